//! Answers: tables with a row for each sample, made some at a time and written in any format.
//!
//! A [`Row`] has counts, columns of metadata, latents and, where a treatment was predicted, the
//! effect. A format is one [`Writer`], whatever was asked.

mod arrow;
mod destination;
mod facts;
mod h5ad;
mod head;
mod json;
mod metadata;
mod resources;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;

use refcast_io::AlignmentReport;
use refcast_model::Reference;

use crate::error::Result;

pub use arrow::ArrowWriter;
pub use destination::{Destination, Format};
pub use facts::InputFacts;
pub use head::{Content, Head};
pub use json::JsonWriter;
pub use metadata::{Entry, RowMetadata};
pub use resources::Resources;
pub use row::{Effect, FieldProbabilities, Probabilities, Row};
pub use writer::Writer;

/// Some rows, in the order of the samples.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The sample that they were generated from, with its first rows; none where there is none.
    pub reference: Option<&'a Reference>,
    /// The rows.
    pub rows: &'a [Row<'a>],
}

/// Makes all rows, hands them on in batches, and says how genes were matched.
type Run<'a> = Box<
    dyn FnOnce(
            &Resources<'_>,
            &mut dyn FnMut(Batch<'_>) -> Result<()>,
        ) -> Result<Option<AlignmentReport>>
        + 'a,
>;

/// A table that is made while it is read.
pub struct Answer<'a> {
    head: Head,
    run: Run<'a>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        head: Head,
        run: impl FnOnce(
            &Resources<'_>,
            &mut dyn FnMut(Batch<'_>) -> Result<()>,
        ) -> Result<Option<AlignmentReport>>
        + 'a,
    ) -> Self {
        Self {
            head,
            run: Box::new(run),
        }
    }

    /// What is known before the first row is made.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Makes all rows, hands them to `take` in batches, and says how genes were matched; nothing
    /// for an answer without input.
    ///
    /// # Errors
    /// The faults of all samples of the input, a failure of the model, or the first of `take`.
    pub fn each(
        self,
        resources: &Resources<'_>,
        mut take: impl FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<Option<AlignmentReport>> {
        (self.run)(resources, &mut take)
    }

    /// Writes the answer into a file, in the format that its name asks for.
    ///
    /// # Errors
    /// As [`Destination::new`] and [`Answer::each`]; a file that cannot be written. Nothing is under
    /// its name then.
    pub fn write(self, path: &Path) -> Result<()> {
        let mut writer = Destination::new(path, &[])?.open(self.head())?;
        let alignment = self.each(&Resources::default(), |batch| {
            batch.rows.iter().try_for_each(|row| writer.write(row))
        })?;
        writer.finish(alignment.as_ref())
    }
}
