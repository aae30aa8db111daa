//! Tables as text: TSV and CSV, gzipped or not, genes × samples or samples × genes.

mod columns;
mod genes_in_rows;
mod number;
mod records;
mod samples_in_rows;
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

/// Opens a table. The delimiter follows the name (`.tsv`, `.csv`, before `.gz`) where the header
/// agrees, and the header alone otherwise.
///
/// # Errors
/// When the file cannot be read, is empty, or its header is not that of a table; for genes in
/// rows, which are read at once, also for everything that can be wrong below the header.
pub fn open_table(path: &Path, orientation: Orientation) -> Result<Box<dyn SampleSource>> {
    Ok(match orientation {
        Orientation::GenesInRows => Box::new(GenesInRows::open(path)?),
        Orientation::SamplesInRows => Box::new(SamplesInRows::open(path)?),
    })
}
