//! Opening a count matrix, whatever kind of file it is in.

use std::path::{Path, PathBuf};

use crate::delimited::{Orientation, open_table};
use crate::error::Result;
use crate::file_kind::FileKind;
use crate::h5ad::{H5adSource, Matrix};
use crate::sample_names::check_sample_names;
use crate::several::Several;
use crate::source::SampleSource;
use crate::tenx::{TenxFolder, TenxHdf5};

/// How to read a file where it does not say so itself.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// What the rows of a text table are.
    pub orientation: Orientation,
    /// Which matrix of an h5ad file holds the counts.
    pub matrix: Matrix,
    /// The samples that are asked for by name, if any: a column of a table that is named here is a
    /// sample even if it looks like annotation.
    pub samples: Vec<String>,
}

/// Opens a count matrix: AnnData, a matrix or folder of Cell Ranger, or a text table; see
/// [`FileKind::of`].
///
/// # Errors
/// When the file cannot be read, is not of its kind, or names a sample twice.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
    Ok(match FileKind::of(path)? {
        FileKind::AnnData => {
            let source = H5adSource::open(path, options.matrix.clone())?;
            check_sample_names(path, source.sample_names())?;
            Box::new(source)
        }
        FileKind::TenxHdf5 => Box::new(TenxHdf5::open(path)?),
        FileKind::TenxFolder => Box::new(TenxFolder::open(path)?),
        FileKind::Table => open_table(path, options.orientation, &options.samples)?,
    })
}

/// Opens count matrices, several as one: tables with the same genes, each with samples of its own,
/// as programs write that count sample by sample.
///
/// # Errors
/// As [`open`]; files whose genes differ, or that are no tables of text.
pub fn open_all(paths: &[PathBuf], options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
    match paths {
        [only] => open(only, options),
        paths => {
            let sources = paths
                .iter()
                .map(|path| open(path, options))
                .collect::<Result<Vec<_>>>()?;
            let folder = paths.first().and_then(|path| path.parent());
            let folder = folder.unwrap_or(Path::new("."));
            Ok(Box::new(Several::new(folder, sources)?))
        }
    }
}
