//! Opening a count matrix, whatever kind of file it is in.

use std::path::{Path, PathBuf};

use crate::delimited::{Orientation, open_table};
use crate::error::Result;
use crate::file_kind::FileKind;
use crate::h5ad::{H5adSource, Matrix};
use crate::h5mu::open_mudata;
use crate::loom::LoomFile;
use crate::market::MarketFolder;
use crate::sample_names::check_sample_names;
use crate::several::{Several, tables_in};
use crate::source::SampleSource;
use crate::tenx::TenxHdf5;
use crate::transcripts::{TranscriptGenes, with_genes};

/// How to read a file where it does not say so itself.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// What the rows of a text table are.
    pub orientation: Orientation,
    /// Which matrix of an h5ad, h5mu or loom file holds the counts.
    pub matrix: Matrix,
    /// The samples that are asked for by name, if any: a column of a table that is named here is a
    /// sample even if it looks like annotation.
    pub samples: Vec<String>,
    /// The genes of transcripts, with the file that they are from, where the names of the file are
    /// transcripts.
    pub transcripts: Option<(TranscriptGenes, PathBuf)>,
}

/// Opens a count matrix, whatever kind of file it is in; see [`FileKind::of`].
///
/// # Errors
/// When the file cannot be read, is not of its kind, or names a sample twice.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
    let matrix = options.matrix.clone();
    Ok(match FileKind::of(path)? {
        FileKind::AnnData => named(H5adSource::open(path, matrix)?)?,
        FileKind::MuData => named(open_mudata(path, matrix)?)?,
        FileKind::Loom => Box::new(LoomFile::open(path, &matrix)?),
        FileKind::TenxHdf5 => Box::new(TenxHdf5::open(path)?),
        FileKind::MarketFolder => Box::new(MarketFolder::open(path)?),
        FileKind::TableFolder => {
            let tables = tables_in(path)?;
            let sources = tables
                .iter()
                .map(|table| open_table(table, options.orientation, &options.samples))
                .collect::<Result<Vec<_>>>()?;
            Box::new(Several::new(path, sources)?)
        }
        FileKind::Table => open_table(path, options.orientation, &options.samples)?,
    })
}

/// Opens count matrices, several as one: tables with the same genes, each with samples of its own,
/// as programs write that count sample by sample.
///
/// # Errors
/// As [`open`]; files whose genes differ, or that are no tables of text.
pub fn open_all(paths: &[PathBuf], options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
    let source = joined(paths, options)?;
    match &options.transcripts {
        Some((genes, table)) => with_genes(source, genes, table),
        None => Ok(source),
    }
}

fn joined(paths: &[PathBuf], options: &ReadOptions) -> Result<Box<dyn SampleSource>> {
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

/// The source of an AnnData whose cells have names of their own.
fn named(source: H5adSource) -> Result<Box<dyn SampleSource>> {
    check_sample_names(source.path(), source.sample_names()).map_err(|error| {
        error.with_advice("`adata.obs_names_make_unique()` does before `adata.write_h5ad(path)`")
    })?;
    Ok(Box::new(source))
}
