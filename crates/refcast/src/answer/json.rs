//! The result of the wire protocol as JSON, written row by row.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use refcast_io::{AlignmentReport, AtomicFile};
use serde::Serialize;

use super::head::Head;
use super::row::Row;
use super::writer::Writer;
use crate::error::Result;

/// Writes `{"outputs": […], "gene_order": […], "model_version": …}`.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let mut document = refcast::answer::JsonWriter::new(Vec::new())?;
/// document.end_rows("[]", "1")?;
/// document.entry("warnings", &["none"])?;
/// let text = String::from_utf8(document.finish()?).expect("JSON is text");
/// assert_eq!(text, r#"{"outputs":[],"gene_order":[],"model_version":"1","warnings":["none"]}"#);
/// # Ok(())
/// # }
/// ```
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

    /// Adds a row.
    ///
    /// # Errors
    /// Of the writer.
    pub fn push(&mut self, row: &Row<'_>) -> io::Result<()> {
        if !self.is_first {
            self.out.write_all(b",")?;
        }
        self.is_first = false;
        Ok(serde_json::to_writer(&mut self.out, row)?)
    }

    /// Ends the rows.
    ///
    /// # Errors
    /// Of the writer.
    pub fn end_rows(&mut self, gene_order_json: &str, model_version: &str) -> io::Result<()> {
        self.out.write_all(br#"],"gene_order":"#)?;
        self.out.write_all(gene_order_json.as_bytes())?;
        self.entry("model_version", model_version)
    }

    /// Adds an entry beside the rows, which have ended.
    ///
    /// # Errors
    /// Of the writer.
    pub fn entry(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        write!(self.out, ",\"{key}\":")?;
        Ok(serde_json::to_writer(&mut self.out, value)?)
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"}")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The same as a file, with what it takes to read it alone.
pub(super) struct JsonFile {
    path: PathBuf,
    document: JsonWriter<AtomicFile>,
    head: Head,
    observed: Option<Arc<[bool]>>,
}

impl JsonFile {
    pub(super) fn create(path: &Path, head: &Head) -> Result<Self> {
        let document = JsonWriter::new(AtomicFile::create(path)?);
        Ok(Self {
            document: document.map_err(|error| refcast_io::Error::write(path, error))?,
            path: path.to_owned(),
            head: head.clone(),
            observed: None,
        })
    }

    fn end(&mut self, alignment: Option<&AlignmentReport>) -> io::Result<()> {
        let genes = self.head.axis.genes();
        let ids: Vec<_> = genes.iter().map(|gene| gene.id).collect();
        let symbols: Vec<&str> = genes.iter().map(|gene| gene.symbol.as_str()).collect();
        let document = &mut self.document;
        document.end_rows(&serde_json::to_string(&ids)?, &self.head.model_version)?;
        document.entry("gene_symbols", &symbols)?;
        document.entry("observed", &self.observed.as_deref())?;
        document.entry("model_id", &self.head.model_id)?;
        document.entry("query", &self.head.query)?;
        document.entry("alignment", &alignment)
    }
}

impl Writer for JsonFile {
    fn write(&mut self, row: &Row<'_>) -> Result<()> {
        self.observed
            .get_or_insert_with(|| Arc::clone(row.counts.observed()));
        let written = self.document.push(row);
        Ok(written.map_err(|error| refcast_io::Error::write(&self.path, error))?)
    }

    fn finish(mut self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()> {
        let Self { path, .. } = &*self;
        let path = path.clone();
        let failed = |error| refcast_io::Error::write(&path, error);
        self.end(alignment).map_err(failed)?;
        let mut file = self.document.finish().map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        Ok(file.commit()?)
    }
}
