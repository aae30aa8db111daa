//! Counts as text: a row per gene, a column per generated sample.

use std::path::{Path, PathBuf};

use refcast_core::{Counts, Prediction};
use refcast_io::{AlignmentReport, write_counts};

use super::{Provenance, Sink};
use crate::failure::Result;

/// A table in the making. Its lines hold a value of every sample, so the counts are held until the
/// last has come: 8 bytes for each gene of each sample.
#[derive(Debug)]
pub struct TableSink {
    path: PathBuf,
    provenance: Provenance,
    samples: Vec<(String, Counts)>,
}

impl TableSink {
    /// The table that will be at `path`.
    pub fn new(path: &Path, provenance: Provenance) -> Self {
        Self {
            path: path.to_owned(),
            provenance,
            samples: Vec::new(),
        }
    }
}

impl Sink for TableSink {
    fn write(&mut self, prediction: &Prediction) -> Result<()> {
        let name = self.provenance.sample_name(prediction);
        self.samples.push((name, prediction.counts.clone()));
        Ok(())
    }

    fn finish(self: Box<Self>, _alignment: Option<&AlignmentReport>) -> Result<()> {
        let samples: Vec<(&str, &Counts)> = self
            .samples
            .iter()
            .map(|(name, counts)| (name.as_str(), counts))
            .collect();
        Ok(write_counts(&self.path, &self.provenance.axis, &samples)?)
    }
}
