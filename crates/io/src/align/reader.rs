//! The samples of a file on an axis, one at a time.

use super::alignment::{AlignedSample, Alignment};
use super::report::AlignmentReport;
use super::resolver::GeneResolver;
use super::shares::CountShares;
use crate::check::check_sample;
use crate::error::Result;
use crate::source::SampleSource;

/// Reads, checks and aligns the samples of a source, holding one at a time, and keeps the report.
pub struct AlignedReader {
    source: Box<dyn SampleSource>,
    alignment: Alignment,
    shares: CountShares,
}

impl AlignedReader {
    /// Aligns the genes of `source` with the axis of `resolver`.
    ///
    /// # Errors
    /// As [`Alignment::new`].
    pub fn new(source: Box<dyn SampleSource>, resolver: &GeneResolver) -> Result<Self> {
        let path = source.path().display().to_string();
        let alignment = Alignment::new(source.gene_names(), source.gene_symbols(), resolver)
            .map_err(|error| {
                refcast_core::Error::Invalid(refcast_core::Error::from(error).into_faults(&path))
            })?;
        Ok(Self::with_alignment(source, alignment))
    }

    /// As [`AlignedReader::new`] with an alignment made before, of the same genes.
    pub fn with_alignment(source: Box<dyn SampleSource>, alignment: Alignment) -> Self {
        Self {
            source,
            alignment,
            shares: CountShares::default(),
        }
    }

    /// The names of all samples, `[samples]`.
    pub fn sample_names(&self) -> &[String] {
        self.source.sample_names()
    }

    /// The next sample with its name, or `None` after the last.
    ///
    /// # Errors
    /// When the file cannot be read on, or the sample is not one of raw counts.
    pub fn next_sample(&mut self) -> Result<Option<(String, AlignedSample)>> {
        let Some(raw) = self.source.next_sample()? else {
            return Ok(None);
        };
        let position = self.shares.samples();
        let name = self
            .source
            .sample_names()
            .get(position)
            .cloned()
            .unwrap_or_default();
        let path = self.source.path();
        let counts = check_sample(path, &name, self.source.gene_names(), raw)?;
        let sample = self.alignment.align_sample(path, &name, &counts)?;
        self.shares.add(&sample);
        Ok(Some((name, sample)))
    }

    /// What was matched, with the fraction kept of every sample read so far.
    pub fn report(&self) -> AlignmentReport {
        self.shares.report(&self.alignment)
    }
}
