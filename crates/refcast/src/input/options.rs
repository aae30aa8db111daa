//! How a file is read, as far as its kind leaves it open.

use std::path::Path;

use refcast_core::{Fault, Faults};
use refcast_io::h5ad::Matrix;
use refcast_io::{FileKind, Orientation, ReadOptions, TranscriptGenes};

use super::names::possible;
use crate::error::{Error, Result};

/// How a file is read, as far as its kind leaves it open.
#[derive(Debug, Clone, Copy, Default)]
pub struct InputOptions<'a> {
    /// Only these samples; all where there are none.
    pub samples: Option<&'a [String]>,
    /// A table has a row per sample.
    pub samples_in_rows: bool,
    /// The table of the genes of transcripts.
    pub transcript_genes: Option<&'a Path>,
    /// The layer of an .h5ad.
    pub layer: Option<&'a str>,
    /// `raw` of an .h5ad.
    pub raw: bool,
}

/// The options for `path`.
///
/// # Errors
/// Flags that belong to another kind of file, or that contradict each other; a file that is damaged.
pub fn read_options(given: InputOptions<'_>, path: &Path) -> Result<ReadOptions> {
    let kind = FileKind::of(path)?;
    let mut faults = Faults::new();
    let mut refuse =
        |field: &str, message: &str| faults.push(Fault::new(field, "contradiction", message));
    if kind != FileKind::Table && given.samples_in_rows {
        refuse(
            "samples_in_rows",
            "only a text table needs to be told what its rows are: leave the flag out",
        );
    }
    if !kind.has_layers() && given.layer.is_some() {
        refuse(
            "layer",
            "only an .h5ad, .h5mu or .loom has layers: leave the flag out",
        );
    }
    if !kind.has_raw() && given.raw {
        refuse(
            "raw",
            "only an .h5ad or .h5mu has `raw`: leave the flag out",
        );
    }
    if given.raw && given.layer.is_some() {
        refuse("layer", "give either --layer or --raw");
    }
    faults.into_result()?;
    let transcripts = given
        .transcript_genes
        .map(|table| Ok::<_, Error>((TranscriptGenes::read(table)?, table.to_owned())))
        .transpose()?;
    Ok(ReadOptions {
        transcripts,
        orientation: if given.samples_in_rows {
            Orientation::SamplesInRows
        } else {
            Orientation::GenesInRows
        },
        matrix: match given.layer {
            Some(layer) => Matrix::Layer(layer.to_owned()),
            None if given.raw => Matrix::Raw,
            None => Matrix::X,
        },
        samples: given.samples.map(possible).unwrap_or_default(),
    })
}
