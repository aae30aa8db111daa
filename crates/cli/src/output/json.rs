//! The result JSON of the wire protocol, with effects and support beside the counts.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use refcast_core::{Latents, PerturbationFields, Prediction, Support};
use refcast_io::{AlignmentReport, AtomicFile, Error};
use serde::Serialize;

use super::{Provenance, Sink, sample_number};
use crate::failure::Result;

/// A result in the making: outputs are written as they come.
pub struct JsonSink {
    path: PathBuf,
    file: AtomicFile,
    provenance: Provenance,
    observed: Option<Arc<[bool]>>,
}

/// One entry of `outputs`. Every entry has the same keys, so that a client can make a table of it.
#[derive(Serialize)]
struct Output<'a> {
    counts: &'a [u64],
    metadata: Metadata<'a>,
    latents: &'a Latents,
    effect: &'a [f32],
    effect_lower: &'a [f32],
    effect_upper: &'a [f32],
    support: &'a Support,
}

#[derive(Serialize)]
struct Metadata<'a> {
    reference: &'a str,
    sample: u32,
    seed: u64,
    perturbation: &'a str,
    #[serde(flatten)]
    fields: PerturbationFields,
}

impl JsonSink {
    /// Creates the file that will be at `path`.
    ///
    /// # Errors
    /// When the folder does not take a file.
    pub fn create(path: &Path, provenance: Provenance) -> Result<Self> {
        let file = AtomicFile::create(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            provenance,
            observed: None,
        })
    }

    fn append(&mut self, prediction: &Prediction) -> io::Result<()> {
        let separator: &[u8] = if self.observed.is_none() {
            b"{\"outputs\":[\n"
        } else {
            b",\n"
        };
        self.file.write_all(separator)?;
        if self.observed.is_none() {
            self.observed = Some(Arc::clone(prediction.counts.observed()));
        }
        let output = Output {
            counts: prediction.counts.values(),
            metadata: Metadata {
                reference: &prediction.reference,
                sample: sample_number(prediction),
                seed: prediction.seed,
                perturbation: &self.provenance.perturbation,
                fields: self.provenance.fields(),
            },
            latents: &prediction.latents,
            effect: &prediction.effect,
            effect_lower: &prediction.effect_lower,
            effect_upper: &prediction.effect_upper,
            support: &prediction.support,
        };
        Ok(serde_json::to_writer(&mut self.file, &output)?)
    }

    fn close(&mut self, alignment: Option<&AlignmentReport>) -> io::Result<()> {
        if self.observed.is_none() {
            self.file.write_all(b"{\"outputs\":[\n")?;
        }
        self.file.write_all(b"\n]")?;
        let Provenance {
            axis,
            model_id,
            model_version,
            query,
            ..
        } = &self.provenance;
        let ids: Vec<_> = axis.genes().iter().map(|gene| gene.id).collect();
        let symbols: Vec<&str> = axis
            .genes()
            .iter()
            .map(|gene| gene.symbol.as_str())
            .collect();
        let observed = self.observed.as_deref();
        entry(&mut self.file, "gene_order", &ids)?;
        entry(&mut self.file, "gene_symbols", &symbols)?;
        entry(&mut self.file, "observed", &observed)?;
        entry(&mut self.file, "model_id", model_id)?;
        entry(&mut self.file, "model_version", model_version)?;
        entry(&mut self.file, "query", query)?;
        entry(&mut self.file, "alignment", &alignment)?;
        self.file.write_all(b"}\n")
    }
}

fn entry(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, ",\n\"{name}\":")?;
    Ok(serde_json::to_writer(out, value)?)
}

impl Sink for JsonSink {
    fn write(&mut self, prediction: &Prediction) -> Result<()> {
        let written = self.append(prediction);
        Ok(written.map_err(|error| Error::write(&self.path, error))?)
    }

    fn finish(mut self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()> {
        let written = self.close(alignment);
        written.map_err(|error| Error::write(&self.path, error))?;
        Ok(self.file.commit()?)
    }
}
