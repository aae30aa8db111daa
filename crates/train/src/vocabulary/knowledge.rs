//! Reading tab-separated tables with a header, gzipped or not.

use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use refcast_core::{Error, Result};
use refcast_io::input::{self, BoundedReader, most_kept};

/// The columns asked for, of every row of a table; absent cells are empty.
///
/// # Errors
/// When the file cannot be read, lacks a column, or holds far more than one of its size should.
pub(crate) fn read_columns<const N: usize>(
    path: &Path,
    columns: [&str; N],
) -> Result<Vec<[String; N]>> {
    let (file, bytes) = input::open(path).map_err(|error| fault(path, &error.to_string()))?;
    let reader = BufReader::new(file);
    if path.extension().is_some_and(|extension| extension == "gz") {
        let text = BoundedReader::new(GzDecoder::new(reader), most_kept(bytes));
        columns_of(path, text, columns)
    } else {
        columns_of(path, reader, columns)
    }
}

fn columns_of<const N: usize>(
    path: &Path,
    reader: impl Read,
    columns: [&str; N],
) -> Result<Vec<[String; N]>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .flexible(true)
        .from_reader(reader);
    let header = reader
        .headers()
        .map_err(|error| fault(path, &error.to_string()))?
        .clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| fault(path, &format!("it has no column `{column}`")))?;
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| fault(path, &error.to_string()))?;
            Ok(places.map(|place| record.get(place).unwrap_or("").trim().to_owned()))
        })
        .collect()
}

pub(crate) fn fault(path: &Path, why: &str) -> Error {
    Error::one(
        path.display().to_string(),
        "unreadable_table",
        format!("the table cannot be used: {why}"),
    )
}
