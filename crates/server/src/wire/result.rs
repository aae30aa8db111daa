//! The result as JSON, written output by output.

use std::io::{self, Write};

use serde::Serialize;

use super::output::Outputs;

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

    /// Adds some outputs.
    ///
    /// # Errors
    /// Of the writer.
    pub fn push(&mut self, outputs: &Outputs<'_>) -> io::Result<()> {
        match outputs {
            Outputs::Samples(samples) => samples.iter().try_for_each(|output| self.one(output)),
            Outputs::Annotations(said) => said.iter().try_for_each(|output| self.one(output)),
        }
    }

    fn one(&mut self, output: &impl Serialize) -> io::Result<()> {
        if !self.is_first {
            self.out.write_all(b",")?;
        }
        self.is_first = false;
        Ok(serde_json::to_writer(&mut self.out, output)?)
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
