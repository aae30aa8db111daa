//! Opening a count matrix by its name.

use std::path::Path;

use crate::delimited::{Orientation, open_table};
use crate::error::Result;
use crate::h5ad::{H5adSource, Matrix};
use crate::sample_names::check_sample_names;
use crate::source::SampleSource;

/// How to read a file where its name does not say it.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// What the rows of a text table are.
    pub orientation: Orientation,
    /// Which matrix of an h5ad file holds the counts.
    pub matrix: Matrix,
}

/// Opens a count matrix: h5ad by the extension `.h5ad`, a text table otherwise.
///
/// # Errors
/// When the file cannot be read, is not of its kind, or names a sample twice.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
    let is_h5ad = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("h5ad"));
    if !is_h5ad {
        return open_table(path, options.orientation);
    }
    let source = H5adSource::open(path, options.matrix.clone())?;
    check_sample_names(path, source.sample_names())?;
    Ok(Box::new(source))
}
