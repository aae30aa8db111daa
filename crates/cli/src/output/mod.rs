//! Generated samples into files: the format by extension, the file only when it is whole.

mod format;
mod h5ad;
mod json;
mod table;

use std::sync::Arc;

use refcast_core::{GeneAxis, PerturbationFields, Prediction, Query};
use refcast_io::AlignmentReport;

use crate::failure::Result;

pub use format::{Destination, Format};
pub use h5ad::uns_entries;

/// What every file says beside the samples: where they come from and how to get them again.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The genes of the samples, in order.
    pub axis: Arc<GeneAxis>,
    /// The model's id.
    pub model_id: String,
    /// The model's version: the hash of its content.
    pub model_version: String,
    /// The query, with the seed in force.
    pub query: Query,
    /// The name of the perturbation for people.
    pub perturbation: String,
}

impl Provenance {
    /// The perturbation in the text fields of the wire protocol.
    fn fields(&self) -> PerturbationFields {
        self.query.perturbation.clone().into()
    }

    /// The name of a generated sample: its reference's, with `.1`, `.2` … where there are several
    /// of each reference. Unique where the references' names are.
    fn sample_name(&self, prediction: &Prediction) -> String {
        if self.query.num_samples == 1 {
            prediction.reference.clone()
        } else {
            format!("{}.{}", prediction.reference, sample_number(prediction))
        }
    }
}

/// Which sample of its reference this is, counted from 1 as people do.
fn sample_number(prediction: &Prediction) -> u32 {
    prediction.sample + 1
}

/// A file that takes samples one by one. Nothing is under the file's name before
/// [`Sink::finish`], and nothing is left anywhere when the sink is dropped instead.
pub trait Sink {
    /// Takes the next sample.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn write(&mut self, prediction: &Prediction) -> Result<()>;

    /// Completes the file and gives it its name. `alignment` says how the genes of the input were
    /// matched; a generated reference has none.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()>;
}

/// Opens the sink for `destination`.
///
/// # Errors
/// When nothing can be created where the file should be.
pub fn open(destination: &Destination, provenance: Provenance) -> Result<Box<dyn Sink>> {
    Ok(match destination.format {
        Format::H5ad => Box::new(h5ad::H5adSink::new(&destination.path, provenance)),
        Format::Json => Box::new(json::JsonSink::create(&destination.path, provenance)?),
        Format::Table => Box::new(table::TableSink::new(&destination.path, provenance)),
    })
}
