//! How to read the input, from flags that fit its kind.

use std::path::Path;

use refcast_core::Fault;
use refcast_io::h5ad::Matrix;
use refcast_io::{FileKind, Orientation, ReadOptions, TranscriptGenes};

use super::sample_names::possible;
use crate::failure::{Failure, Gathered, Result};
use crate::flags::PredictFlags;

/// The flags that say how an input is read.
#[derive(Debug, Clone, Copy)]
pub struct InputOptions<'a> {
    /// Only these samples.
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

impl<'a> From<&'a PredictFlags> for InputOptions<'a> {
    fn from(flags: &'a PredictFlags) -> Self {
        Self {
            samples: flags.samples.as_deref(),
            samples_in_rows: flags.samples_in_rows,
            transcript_genes: flags.transcript_genes.as_deref(),
            layer: flags.layer.as_deref(),
            raw: flags.raw,
        }
    }
}

/// The options for `path`.
///
/// # Errors
/// Flags that belong to another kind of file, or that contradict each other; a file that is damaged.
pub fn read_options(flags: InputOptions<'_>, path: &Path) -> Result<ReadOptions> {
    let kind = FileKind::of(path)?;
    let mut gathered = Gathered::default();
    let mut refuse =
        |field: &str, message: &str| gathered.push(Fault::new(field, "contradiction", message));
    if kind != FileKind::Table && flags.samples_in_rows {
        refuse(
            "samples_in_rows",
            "only a text table needs to be told what its rows are: leave the flag out",
        );
    }
    if !kind.has_layers() && flags.layer.is_some() {
        refuse(
            "layer",
            "only an .h5ad, .h5mu or .loom has layers: leave the flag out",
        );
    }
    if !kind.has_raw() && flags.raw {
        refuse(
            "raw",
            "only an .h5ad or .h5mu has `raw`: leave the flag out",
        );
    }
    if flags.raw && flags.layer.is_some() {
        refuse("layer", "give either --layer or --raw");
    }
    gathered.check()?;
    let transcripts = flags
        .transcript_genes
        .map(|table| Ok::<_, Failure>((TranscriptGenes::read(table)?, table.to_owned())))
        .transpose()?;
    Ok(ReadOptions {
        transcripts,
        orientation: if flags.samples_in_rows {
            Orientation::SamplesInRows
        } else {
            Orientation::GenesInRows
        },
        matrix: match flags.layer {
            Some(layer) => Matrix::Layer(layer.to_owned()),
            None if flags.raw => Matrix::Raw,
            None => Matrix::X,
        },
        samples: flags.samples.map(possible).unwrap_or_default(),
    })
}
