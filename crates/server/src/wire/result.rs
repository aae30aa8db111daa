//! The result as JSON, written sample by sample.

use std::io::{self, Write};

use refcast_core::Prediction;
use serde::Serialize;

use super::metadata::SampleMetadata;
use super::query::Task;

/// One output. The keys are those that clients look for.
#[derive(Serialize)]
struct Output<'a> {
    counts: &'a [u64],
    metadata: SampleMetadata<'a>,
    latents: &'a refcast_core::Latents,
}

/// Writes `{"outputs": […], "gene_order": […], "model_version": …}`.
pub struct JsonWriter<W> {
    out: W,
    is_first: bool,
}

impl<W: Write> JsonWriter<W> {
    /// Starts the document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(br#"{"outputs":["#)?;
        Ok(Self {
            out,
            is_first: true,
        })
    }

    /// Adds a sample of input number `input`.
    ///
    /// # Errors
    /// Of the writer.
    pub fn push(&mut self, task: &Task, input: usize, prediction: &Prediction) -> io::Result<()> {
        if !self.is_first {
            self.out.write_all(b",")?;
        }
        self.is_first = false;
        let output = Output {
            counts: prediction.counts.values(),
            metadata: SampleMetadata::of(task, input, prediction),
            latents: &prediction.latents,
        };
        Ok(serde_json::to_writer(&mut self.out, &output)?)
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finish(
        mut self,
        gene_order_json: &str,
        model_version: &str,
        warnings: &[String],
    ) -> io::Result<W> {
        self.out.write_all(br#"],"gene_order":"#)?;
        self.out.write_all(gene_order_json.as_bytes())?;
        self.out.write_all(br#","model_version":"#)?;
        serde_json::to_writer(&mut self.out, model_version)?;
        self.out.write_all(br#","warnings":"#)?;
        serde_json::to_writer(&mut self.out, warnings)?;
        self.out.write_all(b"}")?;
        self.out.flush()?;
        Ok(self.out)
    }
}
