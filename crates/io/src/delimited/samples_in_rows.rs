//! Tables with a row per sample: streamed, one row in memory.

use std::path::Path;

use super::faults::refused;
use super::number::NumberStyle;
use super::number::StyleSurvey;
use super::record::Record;
use super::records::Records;
use crate::error::{Error, Place, Result};
use crate::input::NAME;
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// A samples × genes table, read a row at a time.
pub struct SamplesInRows {
    records: Records,
    genes: Vec<String>,
    samples: Vec<String>,
    style: NumberStyle,
    notes: Vec<String>,
    record: Record,
    next: usize,
}

impl SamplesInRows {
    /// Opens the table and reads the sample names, which takes a pass over the whole file.
    ///
    /// # Errors
    /// When the file cannot be read, its rows are ragged, or a sample name is missing or repeated.
    pub fn open(path: &Path) -> Result<Self> {
        let mut records = Records::open(path)?;
        let mut record = Record::default();
        let Some(mut line) = records.next(&mut record)? else {
            return Err(Error::format(
                path,
                Place::Whole,
                "header_only",
                "has a header and no row: pass a line per sample",
            ));
        };
        records.check_header(&record, line)?;
        let width = records.layout().width;
        let Some(header) = records.layout().header.clone() else {
            return Err(Error::format(
                path,
                Place::Line(line),
                "no_header",
                "the first line holds values and no names: add a line above it that names the genes",
            ));
        };
        let mut genes = header;
        genes.remove(0);
        // A delimiter at the end of every line makes a column without name or content.
        while genes.last().is_some_and(String::is_empty) {
            genes.pop();
        }
        if genes.is_empty() {
            return Err(Error::format(
                path,
                Place::Whole,
                "no_columns",
                "has no column of counts beside the names: separate the columns by tabs or commas",
            ));
        }
        let notes = records.layout().notes.clone();
        let mut samples = Vec::new();
        let mut survey = StyleSurvey::default();
        loop {
            records.check_width(&record, line, width)?;
            let sample = records.text(record.cell(0), line)?;
            records.keep(NAME + sample.len())?;
            samples.push(sample);
            for cell in record.cells().skip(1).take(genes.len()) {
                survey.add(cell, NumberStyle::PLAIN.parse(cell));
            }
            match records.next(&mut record)? {
                Some(next) => line = next,
                None => break,
            }
        }
        check_sample_names(path, &samples)?;
        Ok(Self {
            records: Records::open(path)?,
            genes,
            samples,
            style: survey.style().unwrap_or(NumberStyle::PLAIN),
            notes,
            record,
            next: 0,
        })
    }
}

impl SampleSource for SamplesInRows {
    fn path(&self) -> &Path {
        self.records.path()
    }

    fn gene_names(&self) -> &[String] {
        &self.genes
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        None
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        if self.next == self.samples.len() {
            return Ok(None);
        }
        let Some(line) = self.records.next(&mut self.record)? else {
            return Err(Error::format(
                self.records.path(),
                Place::Whole,
                "file_changed",
                "became shorter while it was read: wait until it is written, then run again",
            ));
        };
        let path = self.records.path();
        self.records
            .check_width(&self.record, line, self.records.layout().width)?;
        let mut values = Vec::with_capacity(self.genes.len());
        for (at, name) in self.genes.iter().enumerate() {
            let cell = self.record.cell(at + 1);
            let value = self.style.parse(cell);
            values.push(value.ok_or_else(|| refused(path, line, name, cell))?);
        }
        self.next += 1;
        Ok(Some(RawSample::Dense(values)))
    }
}
