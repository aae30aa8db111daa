//! Cells of a table that hold no number: counted, the first of each column named.

use std::path::Path;

use refcast_core::{Fault, Faults, quoted};

use super::number::{is_missing, is_number};
use crate::error::{Error, Place, Result};

/// Columns whose faults are named one by one.
const NAMED_COLUMNS: usize = 10;

/// What is wrong with the cells of each column.
pub(super) struct CellFaults(Vec<Option<First>>);

struct First {
    line: u64,
    column: String,
    cell: String,
    missing: bool,
    grouped: bool,
    times: usize,
}

impl CellFaults {
    /// No fault yet, of `columns` columns.
    pub(super) fn new(columns: usize) -> Self {
        Self((0..columns).map(|_| None).collect())
    }

    /// Adds a cell that holds no number.
    pub(super) fn add(&mut self, at: usize, line: u64, column: &str, cell: &[u8]) {
        match &mut self.0[at] {
            Some(first) => first.times += 1,
            none => {
                *none = Some(First {
                    line,
                    column: column.to_owned(),
                    cell: String::from_utf8_lossy(cell).into_owned(),
                    missing: is_missing(cell),
                    grouped: is_number(cell),
                    times: 1,
                });
            }
        }
    }

    /// # Errors
    /// The first fault of every column, bounded.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let mut faults = Faults::new();
        let faulty: Vec<&First> = self.0.iter().flatten().collect();
        for first in faulty.iter().take(NAMED_COLUMNS) {
            faults.push(first.fault(path));
        }
        if let Some(more) = faulty
            .len()
            .checked_sub(NAMED_COLUMNS)
            .filter(|&more| more > 0)
        {
            faults.add(
                path.display().to_string(),
                "not_a_number",
                format!("{more} more columns hold cells that are no numbers"),
            );
        }
        faults.into_result().map_err(Error::Invalid)
    }
}

impl First {
    fn fault(&self, path: &Path) -> Fault {
        let place = Place::Cell {
            line: self.line,
            column: self.column.clone(),
        };
        let others = match self.times {
            1 => String::new(),
            times => format!(" (and {} more cells of the column are none)", times - 1),
        };
        let cell = quoted(&self.cell);
        let message = if self.missing {
            format!(
                "{cell} is not a count{others}: leave a gene that was not measured out of the file, and write 0 for \
                 one that was measured and not seen"
            )
        } else if self.grouped {
            format!(
                "{cell} is a number in another style than other cells of the table{others}: write all numbers \
                 alike, without separators of thousands"
            )
        } else {
            format!(
                "{cell} is not a number{others}: correct the cell; if the column is no sample, leave it out, or name \
                 the samples with --samples"
            )
        };
        Fault::new(
            format!("{}{place}", path.display()),
            "not_a_number",
            message,
        )
    }
}

/// The fault of a single cell.
pub(super) fn refused(path: &Path, line: u64, column: &str, cell: &[u8]) -> Error {
    let mut faults = CellFaults::new(1);
    faults.add(0, line, column, cell);
    let fault = faults.0.into_iter().flatten().next();
    match fault {
        Some(first) => refcast_core::Error::from(first.fault(path)).into(),
        None => Error::format(path, Place::Line(line), "not_a_number", "is not a number"),
    }
}
