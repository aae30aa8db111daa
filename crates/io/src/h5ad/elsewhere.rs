//! Where in a file the counts are, when the matrix that is read holds none: told by values, since
//! layers have any name.

use std::fmt;

use super::matrix::{Matrix, all};
use crate::hdf5::{Container, Hdf5Dataset, Hdf5Fault};

/// Values of a matrix that are looked at.
const LOOKED_AT: u64 = 1 << 18;

/// How far from a whole number a count may lie, which floats of 32 bits lose.
const ROUNDING: f64 = 1e-3;

/// Parts of names that counts go by, and of parts of them, in lower case.
const LIKELY: [&str; 4] = ["count", "raw", "umi", "matrix"];
const PARTIAL: [&str; 5] = ["spliced", "ambiguous", "mature", "nascent", "intron"];

/// Matrices of whole numbers, likeliest first; at least one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elsewhere(Vec<Matrix>);

/// The matrices of a file, beside `read`, that hold whole numbers; `None` if there is none.
pub(super) fn counts(container: &Container, read: &Matrix) -> Result<Option<Elsewhere>, Hdf5Fault> {
    let mut found = Vec::new();
    for matrix in all(container)?.into_iter().filter(|matrix| matrix != read) {
        // What cannot be read is nowhere to send anybody.
        if holds_counts(container, &matrix.field()).unwrap_or(false) {
            found.push(matrix);
        }
    }
    found.sort_by_key(|matrix| match matrix {
        Matrix::Layer(name) => {
            let name = name.to_lowercase();
            let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
            (has(&PARTIAL), !has(&LIKELY))
        }
        Matrix::X | Matrix::Raw => (false, true),
    });
    Ok((!found.is_empty()).then_some(Elsewhere(found)))
}

/// Whether the values of a matrix, as many as are looked at, are whole numbers and not just 0 and 1.
fn holds_counts(container: &Container, at: &str) -> Result<bool, Hdf5Fault> {
    let field = match container.is_dataset(at)? {
        true => container.dataset(at)?,
        false => container.dataset(&format!("{at}/data"))?,
    };
    if field.is_boolean()? || field.expect_numbers().is_err() {
        return Ok(false);
    }
    let rows = field.shape().first().copied().unwrap_or(0);
    let per_row: u64 = field.shape().iter().skip(1).product();
    let looked_at = (LOOKED_AT / per_row.max(1)).clamp(1, rows.max(1));
    let mut largest: f64 = 0.0;
    for start in [0, (rows / 2).min(rows.saturating_sub(looked_at))] {
        for value in values(&field, start, looked_at.min(rows - start))? {
            if !value.is_finite() || value < 0.0 || (value - value.round()).abs() > ROUNDING {
                return Ok(false);
            }
            largest = largest.max(value);
        }
    }
    Ok(largest > 1.5)
}

fn values(field: &Hdf5Dataset, start: u64, count: u64) -> Result<Vec<f64>, Hdf5Fault> {
    if count == 0 {
        return Ok(Vec::new());
    }
    field.floats(start, count)
}

impl fmt::Display for Elsewhere {
    /// What to do: `layer counts holds whole numbers: read it with `--layer counts``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let described = |matrix: &Matrix| match matrix {
            Matrix::X => ("X".to_owned(), "without --layer and --raw".to_owned()),
            Matrix::Raw => ("raw".to_owned(), "with `--raw`".to_owned()),
            Matrix::Layer(name) if name.contains(' ') => {
                (format!("layer {name}"), format!("with `--layer '{name}'`"))
            }
            Matrix::Layer(name) => (format!("layer {name}"), format!("with `--layer {name}`")),
        };
        for (place, (what, flag)) in self.0.iter().map(described).enumerate() {
            match place {
                0 => write!(f, "{what} holds whole numbers: read it {flag}")?,
                _ => write!(f, ", or {what} {flag}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_that_read_the_counts_are_named() {
        let layer = |name: &str| Matrix::Layer(name.to_owned());
        let found = Elsewhere(vec![layer("counts"), Matrix::Raw, layer("raw data")]);
        assert_eq!(
            found.to_string(),
            "layer counts holds whole numbers: read it with `--layer counts`, or raw with `--raw`, or layer raw data \
             with `--layer 'raw data'`"
        );
    }
}
