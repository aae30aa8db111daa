//! Tab-separated tables with a header, plain or gzipped: annotations, knowledge, curation.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use refcast_io::input::{self, BoundedReader, most_kept};

use crate::error::{Error, Result};

/// A row by column name. Empty cells are absent: empty is unknown.
pub type Row = BTreeMap<String, String>;

/// Opens a table whose first row is the header.
///
/// # Errors
/// A file that cannot be read, or that holds far more than one of its size should.
pub fn open(path: &Path) -> Result<csv::Reader<Box<dyn Read>>> {
    let (file, bytes) = input::open(path).map_err(|source| Error::file(path, source))?;
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    let input: Box<dyn Read> = if gzipped {
        Box::new(BoundedReader::new(
            MultiGzDecoder::new(file),
            most_kept(bytes),
        ))
    } else {
        Box::new(file)
    };
    Ok(csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(input))
}

/// Reads the rows of a table.
///
/// # Errors
/// A file that cannot be read, or a row with more or fewer cells than the header.
pub fn read_rows(path: &Path) -> Result<Vec<Row>> {
    let mut reader = open(path)?;
    let problem = |problem: csv::Error| Error::recipe(path, problem.to_string());
    let header = reader.headers().map_err(problem)?.clone();
    reader
        .records()
        .map(|record| {
            let record = record.map_err(problem)?;
            let cells = header.iter().zip(record.iter());
            Ok(cells
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
                .collect())
        })
        .collect()
}
