//! What every count matrix looks like to the rest of the program: samples, one at a time.

use std::path::Path;

use crate::error::{Error, Result};

/// The values of one sample as the file holds them, not checked yet; see [`crate::check`].
#[derive(Debug, Clone, PartialEq)]
pub enum RawSample {
    /// A value for every gene of the file, `[file genes]`.
    Dense(Vec<f64>),
    /// The values that are stored; every other gene of the file is a measured zero.
    Sparse {
        /// Positions among the file's genes, `[stored]`.
        gene: Vec<u32>,
        /// The value at each position, `[stored]`.
        value: Vec<f64>,
    },
}

/// A count matrix that is read one sample (or cell) at a time, in the order of its names.
pub trait SampleSource {
    /// The file, for messages.
    fn path(&self) -> &Path;

    /// The gene names as the file writes them, `[file genes]`: ids or symbols.
    fn gene_names(&self) -> &[String];

    /// The symbols that the file gives beside the names, `[file genes]`, when it does.
    fn gene_symbols(&self) -> Option<&[String]>;

    /// The names of all samples, known before the first is read, `[samples]`.
    fn sample_names(&self) -> &[String];

    /// What a reader of the result should know about how the file was read, a sentence each: what
    /// was left out, for example.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// The next sample, or `None` after the last.
    ///
    /// # Errors
    /// When the file cannot be read on or is malformed where this sample is.
    fn next_sample(&mut self) -> Result<Option<RawSample>>;

    /// What is said of a sample that is no counts, with what the file knows about it: where else in
    /// it the counts are. An error of the whole file comes back where every sample has the fault.
    fn explain(&self, error: Error) -> Error {
        error
    }
}
