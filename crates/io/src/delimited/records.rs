//! The records of a delimited text file, with the line each begins at.

use std::io::{BufRead, Cursor, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Reader, ReaderBuilder};
use refcast_core::quoted;

use crate::compression::{empty, open_text, read_error};
use crate::error::{Error, Place, Result};

/// A delimited text file, read a record at a time after its header.
pub(super) struct Records {
    path: PathBuf,
    reader: Reader<Box<dyn Read>>,
    /// Lines before the header, which the reader has not seen.
    skipped: u64,
    header: Vec<String>,
}

impl Records {
    /// Opens the file and reads its header; comment lines before it are skipped.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut text = open_text(path)?;
        let (line, skipped) = first_line(path, &mut text)?;
        let delimiter = delimiter(path, &line).ok_or_else(|| {
            Error::format(
                path,
                Place::Line(skipped + 1),
                "one_column",
                "the header has a single column: separate the columns by tabs or commas",
            )
        })?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Box::new(Cursor::new(line).chain(text)) as Box<dyn Read>);
        let mut header = ByteRecord::new();
        reader
            .read_byte_record(&mut header)
            .map_err(|error| csv_error(path, error))?;
        let mut records = Self {
            path: path.to_owned(),
            reader,
            skipped,
            header: Vec::new(),
        };
        records.header = header
            .iter()
            .map(|field| records.text(field, skipped + 1))
            .collect::<Result<_>>()?;
        Ok(records)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The fields of the header line.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next record into `record`; gives its line, or `None` after the last.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>> {
        let more = self
            .reader
            .read_byte_record(record)
            .map_err(|error| csv_error(&self.path, error))?;
        let line = record.position().map_or(0, csv::Position::line) + self.skipped;
        Ok(more.then_some(line))
    }

    /// A field as text.
    pub(super) fn text(&self, field: &[u8], line: u64) -> Result<String> {
        match std::str::from_utf8(field) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(_) => Err(Error::format(
                &self.path,
                Place::Line(line),
                "not_utf8",
                format!(
                    "{} is not UTF-8 text: save the file as UTF-8",
                    quoted(&String::from_utf8_lossy(field))
                ),
            )),
        }
    }

    /// Refuses a record that has not `width` fields.
    pub(super) fn check_width(&self, record: &ByteRecord, line: u64, width: usize) -> Result<()> {
        if record.len() == width {
            Ok(())
        } else {
            Err(ragged(&self.path, line, width, record.len()))
        }
    }
}

pub(super) fn ragged(path: &Path, line: u64, expected: usize, found: usize) -> Error {
    Error::format(
        path,
        Place::Line(line),
        "ragged_row",
        format!(
            "has {found} columns where {expected} are expected: give every line the same columns, and check quotes \
             and that the file is whole"
        ),
    )
}

/// The header line, and how many lines came before it.
fn first_line(path: &Path, text: &mut dyn BufRead) -> Result<(Vec<u8>, u64)> {
    let mut skipped = 0;
    loop {
        let mut line = Vec::new();
        let read = text
            .read_until(b'\n', &mut line)
            .map_err(|error| read_error(path, error))?;
        if read == 0 {
            return Err(empty(path));
        }
        // Spreadsheets mark UTF-8 with these bytes; they would become part of the first name.
        if skipped == 0 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.contains(&0) {
            return Err(Error::format(
                path,
                Place::Whole,
                "foreign_format",
                "is a binary file, not a table of text: pass TSV, CSV or h5ad",
            ));
        }
        let is_comment = line.starts_with(b"# ") || line.starts_with(b"##");
        if !is_comment && !line.trim_ascii().is_empty() {
            return Ok((line, skipped));
        }
        skipped += 1;
    }
}

/// The delimiter that the name promises, if the header has it; otherwise the one that it has most
/// of, a space only where there is no other. `None` when there is a single column.
fn delimiter(path: &Path, header: &[u8]) -> Option<u8> {
    let occurrences = |delimiter: u8| header.iter().filter(|&&b| b == delimiter).count();
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let promised = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => Some(b','),
        Some("tsv" | "tab") => Some(b'\t'),
        _ => None,
    };
    if let Some(delimiter) = promised.filter(|&delimiter| occurrences(delimiter) > 0) {
        return Some(delimiter);
    }
    // max_by_key keeps the last of equals: the tab is the likeliest.
    [b';', b',', b'\t']
        .into_iter()
        .max_by_key(|&delimiter| occurrences(delimiter))
        .filter(|&delimiter| occurrences(delimiter) > 0)
        .or_else(|| header.trim_ascii().contains(&b' ').then_some(b' '))
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let line = error
        .position()
        .map_or(Place::Whole, |position| Place::Line(position.line()));
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => read_error(path, error),
        _ => Error::format(path, line, "malformed_table", text),
    }
}
