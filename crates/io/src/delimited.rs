//! Tables as text: TSV and CSV, gzipped or not, genes × samples or samples × genes.

mod annotation;
mod columns;
mod faults;
mod genes_in_rows;
mod layout;
mod number;
mod record;
mod records;
mod samples_in_rows;
mod tools;
mod units;
mod values;
mod write;

use std::path::Path;

use crate::error::Result;
use crate::source::SampleSource;

pub use genes_in_rows::GenesInRows;
pub use samples_in_rows::SamplesInRows;
pub use write::write_counts;

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// A row per gene, a column per sample: what counting programs write.
    #[default]
    GenesInRows,
    /// A row per sample, a column per gene.
    SamplesInRows,
}

/// Opens a table. What separates its cells, which line names its columns and which columns hold
/// counts is told by the lines themselves; columns that `wanted` names are samples in any case.
///
/// # Errors
/// When the file cannot be read, is empty, or holds no table of counts; for genes in rows, which
/// are read at once, also for everything that can be wrong below the header.
pub fn open_table(
    path: &Path,
    orientation: Orientation,
    wanted: &[String],
) -> Result<Box<dyn SampleSource>> {
    Ok(match orientation {
        Orientation::GenesInRows => Box::new(GenesInRows::open(path, wanted)?),
        Orientation::SamplesInRows => Box::new(SamplesInRows::open(path)?),
    })
}
