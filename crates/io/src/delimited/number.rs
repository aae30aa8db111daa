//! Cells of a table as numbers.

use std::path::Path;

use refcast_core::quoted;

use crate::error::{Error, Place};

/// A cell as a number; `None` when it is none. NaN and infinities are numbers here: the check of
/// the whole sample names them.
pub(super) fn parse(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    // Nearly every cell of a count table is a short run of digits.
    if !cell.is_empty() && cell.len() <= 15 && cell.iter().all(u8::is_ascii_digit) {
        let value = cell
            .iter()
            .fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        return Some(value as f64);
    }
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// Says of a cell that is not a number what to do.
pub(super) fn refused(path: &Path, line: u64, column: &str, cell: &[u8]) -> Error {
    let text = String::from_utf8_lossy(cell);
    let place = Place::Cell {
        line,
        column: column.to_owned(),
    };
    let missing = matches!(
        text.trim().to_lowercase().as_str(),
        "" | "na" | "n/a" | "null" | "none" | "-"
    );
    let message = if missing {
        format!(
            "{} is not a count: leave a gene that was not measured out of the file, and write 0 for one that was \
             measured and not seen",
            quoted(&text)
        )
    } else {
        format!(
            "{} is not a number: beside the ids only columns of annotation such as `gene_symbol`, `gene_name` or \
             `description` may hold text; remove this one",
            quoted(&text)
        )
    };
    Error::format(path, place, "not_a_number", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_every_way_that_programs_write_them() {
        for (cell, value) in [
            ("0", 0.0),
            ("12", 12.0),
            (" 12.0 ", 12.0),
            ("1e+05", 1e5),
            ("1234567890123456789", 1234567890123456789.0),
        ] {
            assert_eq!(parse(cell.as_bytes()), Some(value), "{cell}");
        }
        assert!(parse(b"NaN").unwrap().is_nan());
    }

    #[test]
    fn what_is_not_a_number_is_none() {
        for cell in ["", "NA", "TP53", "1,000", "12 reads", "\u{660}"] {
            assert_eq!(parse(cell.as_bytes()), None, "{cell}");
        }
    }
}
