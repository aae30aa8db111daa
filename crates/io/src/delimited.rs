//! Tables as text: TSV and CSV, gzipped or not, genes × samples or samples × genes.

mod annotation;
mod cells;
mod columns;
mod faults;
mod genes_in_rows;
mod layout;
mod lines;
mod number;
mod record;
mod records;
mod samples_in_rows;
mod tools;
mod units;
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

/// Calls `take` with every line of a text, gzipped or not, in UTF-8 or UTF-16.
///
/// # Errors
/// When the file cannot be read, is empty, or is of a kind that is known not to be text.
pub(crate) fn text_lines(path: &Path, mut take: impl FnMut(&str)) -> Result<()> {
    let mut lines = lines::Lines::open(path)?;
    let mut line = Vec::new();
    while lines.next(path, &mut line)?.is_some() {
        take(&String::from_utf8_lossy(&line));
    }
    Ok(())
}
