//! Answers as text: counts with a row for each gene and a column for each sample, or metadata with a
//! row for each sample.

use std::path::{Path, PathBuf};

use csv::WriterBuilder;
use refcast_core::Counts;
use refcast_io::{AlignmentReport, AtomicFile, write_counts};

use super::head::Head;
use super::metadata::Entry;
use super::row::Row;
use super::writer::Writer;
use crate::error::Result;

/// A table of counts in the making. Its lines hold a value of every sample, so the counts are held
/// until the last has come: 8 bytes for each gene of each sample.
pub(super) struct CountsTable {
    path: PathBuf,
    head: Head,
    samples: Vec<(String, Counts)>,
}

impl CountsTable {
    pub(super) fn new(path: &Path, head: &Head) -> Self {
        Self {
            path: path.to_owned(),
            head: head.clone(),
            samples: Vec::new(),
        }
    }
}

impl Writer for CountsTable {
    fn write(&mut self, row: &Row<'_>) -> Result<()> {
        self.samples.push((row.name.clone(), row.counts.clone()));
        Ok(())
    }

    fn finish(self: Box<Self>, _alignment: Option<&AlignmentReport>) -> Result<()> {
        let samples: Vec<(&str, &Counts)> = self
            .samples
            .iter()
            .map(|(name, counts)| (name.as_str(), counts))
            .collect();
        Ok(write_counts(&self.path, &self.head.axis, &samples)?)
    }
}

/// A table of metadata in the making.
pub(super) struct MetadataTable {
    path: PathBuf,
    table: csv::Writer<AtomicFile>,
    has_header: bool,
}

impl MetadataTable {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let is_csv = path
            .extension()
            .is_some_and(|own| own.eq_ignore_ascii_case("csv"));
        let delimiter = if is_csv { b',' } else { b'\t' };
        let table = WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(AtomicFile::create(path)?);
        Ok(Self {
            path: path.to_owned(),
            table,
            has_header: false,
        })
    }

    fn append(&mut self, row: &Row<'_>) -> csv::Result<()> {
        let entries = &row.metadata.0;
        if !self.has_header {
            self.table
                .write_record(entries.iter().map(|(key, _)| key.as_ref()))?;
            self.has_header = true;
        }
        self.table
            .write_record(entries.iter().map(|(_, entry)| cell(entry)))
    }
}

/// On one line whatever it holds; empty where there is nothing.
fn cell(entry: &Entry<'_>) -> String {
    match entry {
        Entry::Text(text) => text
            .as_deref()
            .unwrap_or("")
            .replace(['\t', '\n', '\r'], " "),
        Entry::Whole(value) => value.to_string(),
        Entry::Number(value) => format!("{value:.4}"),
        Entry::Truth(value) => value.to_string(),
        Entry::Report(_) => String::new(),
    }
}

impl Writer for MetadataTable {
    fn write(&mut self, row: &Row<'_>) -> Result<()> {
        let written = self.append(row).map_err(std::io::Error::from);
        Ok(written.map_err(|error| refcast_io::Error::write(&self.path, error))?)
    }

    fn finish(self: Box<Self>, _alignment: Option<&AlignmentReport>) -> Result<()> {
        let failed = |error| refcast_io::Error::write(&self.path, error);
        let file = self
            .table
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        Ok(file.commit()?)
    }
}
