//! Tables with a row per gene: read whole, then handed out a column at a time.

use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::columns::{Columns, check_orientation};
use super::number;
use super::records::Records;
use crate::error::{Error, Place, Result};
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// A genes × samples table. Held in memory, four bytes a cell as long as every cell is a count
/// that fits them.
pub struct GenesInRows {
    path: PathBuf,
    genes: Vec<String>,
    symbols: Option<Vec<String>>,
    samples: Vec<String>,
    cells: Cells,
    next: usize,
}

impl GenesInRows {
    /// Reads the table.
    ///
    /// # Errors
    /// When the file cannot be read or is not such a table; values are checked per sample, later.
    pub fn open(path: &Path) -> Result<Self> {
        let mut records = Records::open(path)?;
        let mut record = ByteRecord::new();
        let Some(mut line) = records.next(&mut record)? else {
            return Err(Error::format(
                path,
                Place::Whole,
                "header_only",
                "has a header and no row: pass a line per gene",
            ));
        };
        let columns = Columns::from_header(&records, record.len(), line, true)?;
        check_orientation(path, &columns.names)?;
        check_sample_names(path, &columns.names)?;
        let mut genes = Vec::new();
        let mut symbols = Vec::new();
        let mut cells = Cells::Whole(Vec::new());
        loop {
            records.check_width(&record, line, columns.width)?;
            genes.push(records.text(&record[0], line)?);
            if let Some(column) = columns.symbols {
                symbols.push(records.text(&record[column], line)?);
            }
            for (cell, name) in record.iter().skip(columns.first_value).zip(&columns.names) {
                let value =
                    number::parse(cell).ok_or_else(|| number::refused(path, line, name, cell))?;
                cells.push(value);
            }
            match records.next(&mut record)? {
                Some(next) => line = next,
                None => break,
            }
        }
        Ok(Self {
            path: path.to_owned(),
            genes,
            symbols: columns.symbols.map(|_| symbols),
            samples: columns.names,
            cells,
            next: 0,
        })
    }
}

impl SampleSource for GenesInRows {
    fn path(&self) -> &Path {
        &self.path
    }

    fn gene_names(&self) -> &[String] {
        &self.genes
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.symbols.as_deref()
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        let samples = self.samples.len();
        if self.next == samples {
            return Ok(None);
        }
        let column = self.cells.column(self.next, samples);
        self.next += 1;
        Ok(Some(RawSample::Dense(column)))
    }
}

/// The cells of a table, row after row.
enum Cells {
    /// As long as every value is whole and fits four bytes.
    Whole(Vec<u32>),
    /// As soon as one does not, so that the check can say what it was.
    Real(Vec<f64>),
}

impl Cells {
    fn push(&mut self, value: f64) {
        match self {
            Self::Whole(cells) => {
                // A cast saturates and drops the fraction; what survives it is a count. The sign
                // of a negative zero is lost, which is no loss.
                let count = value as u32;
                if f64::from(count) == value {
                    cells.push(count);
                } else {
                    let mut real: Vec<f64> = cells.iter().map(|&count| f64::from(count)).collect();
                    real.push(value);
                    *self = Self::Real(real);
                }
            }
            Self::Real(cells) => cells.push(value),
        }
    }

    fn column(&self, column: usize, width: usize) -> Vec<f64> {
        match self {
            Self::Whole(cells) => cells
                .iter()
                .skip(column)
                .step_by(width)
                .map(|&count| f64::from(count))
                .collect(),
            Self::Real(cells) => cells.iter().skip(column).step_by(width).copied().collect(),
        }
    }
}
