//! Tables with a row per sample: streamed, one row in memory.

use std::path::Path;

use csv::ByteRecord;

use super::columns::Columns;
use super::number;
use super::records::Records;
use crate::error::{Error, Place, Result};
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// A samples × genes table, read a row at a time.
pub struct SamplesInRows {
    records: Records,
    columns: Columns,
    samples: Vec<String>,
    record: ByteRecord,
    next: usize,
}

impl SamplesInRows {
    /// Opens the table and reads the sample names, which takes a pass over the whole file.
    ///
    /// # Errors
    /// When the file cannot be read, its rows are ragged, or a sample name is missing or repeated.
    pub fn open(path: &Path) -> Result<Self> {
        let mut records = Records::open(path)?;
        let mut record = ByteRecord::new();
        let Some(mut line) = records.next(&mut record)? else {
            return Err(Error::format(
                path,
                Place::Whole,
                "header_only",
                "has a header and no row: pass a line per sample",
            ));
        };
        let columns = Columns::from_header(&records, record.len(), line, false)?;
        let mut samples = Vec::new();
        loop {
            records.check_width(&record, line, columns.width)?;
            samples.push(records.text(&record[0], line)?);
            match records.next(&mut record)? {
                Some(next) => line = next,
                None => break,
            }
        }
        check_sample_names(path, &samples)?;
        Ok(Self {
            records: Records::open(path)?,
            columns,
            samples,
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
        &self.columns.names
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        None
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
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
        self.records
            .check_width(&self.record, line, self.columns.width)?;
        let mut values = Vec::with_capacity(self.columns.names.len());
        for (cell, name) in self
            .record
            .iter()
            .skip(self.columns.first_value)
            .zip(&self.columns.names)
        {
            values.push(
                number::parse(cell)
                    .ok_or_else(|| number::refused(self.records.path(), line, name, cell))?,
            );
        }
        self.next += 1;
        Ok(Some(RawSample::Dense(values)))
    }
}
