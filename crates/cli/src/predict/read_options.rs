//! How to read the input, from flags that fit its kind.

use std::path::Path;

use refcast_core::Fault;
use refcast_io::h5ad::Matrix;
use refcast_io::{FileKind, Orientation, ReadOptions};

use crate::failure::{Gathered, Result};
use crate::flags::PredictFlags;

/// The options for `path`.
///
/// # Errors
/// Flags that belong to another kind of file, or that contradict each other; a file that is damaged.
pub fn read_options(flags: &PredictFlags, path: &Path) -> Result<ReadOptions> {
    let kind = FileKind::of(path)?;
    let is_h5ad = kind == FileKind::AnnData;
    let mut gathered = Gathered::default();
    let mut refuse =
        |field: &str, message: &str| gathered.push(Fault::new(field, "contradiction", message));
    if kind != FileKind::Table && flags.samples_in_rows {
        refuse(
            "samples_in_rows",
            "only a text table needs to be told what its rows are: leave the flag out",
        );
    }
    if !is_h5ad && flags.layer.is_some() {
        refuse("layer", "only an .h5ad has layers: leave the flag out");
    }
    if !is_h5ad && flags.raw {
        refuse("raw", "only an .h5ad has `raw`: leave the flag out");
    }
    if flags.raw && flags.layer.is_some() {
        refuse("layer", "give either --layer or --raw");
    }
    gathered.check()?;
    Ok(ReadOptions {
        orientation: if flags.samples_in_rows {
            Orientation::SamplesInRows
        } else {
            Orientation::GenesInRows
        },
        matrix: match &flags.layer {
            Some(layer) => Matrix::Layer(layer.clone()),
            None if flags.raw => Matrix::Raw,
            None => Matrix::X,
        },
    })
}
