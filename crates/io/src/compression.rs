//! Text files, compressed or not: told apart by their first bytes, never by their name.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Place, Result};

const BUFFER: usize = 1 << 17;

/// What a table is often mistaken for, by the first bytes, and what to do with it.
const FOREIGN: &[(&[u8], &str)] = &[
    (
        b"\x89HDF",
        "is an HDF5 file, not text: give it the extension `.h5ad` if that is what it is",
    ),
    (
        b"PK\x03\x04",
        "is an Excel workbook or zip archive: save the sheet as CSV, or unpack it",
    ),
    (
        b"BZh",
        "is compressed with bzip2: decompress it, or use gzip",
    ),
    (
        b"\xfd7zXZ",
        "is compressed with xz: decompress it, or use gzip",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "is compressed with zstd: decompress it, or use gzip",
    ),
    (
        b"PAR1",
        "is a Parquet file, not text: export it as CSV or h5ad",
    ),
];

/// Opens a text file, decompressing it if it is gzipped (in one member or several, as bgzip does).
///
/// # Errors
/// When it cannot be opened, is empty, or is of a kind that is known not to be text.
pub(crate) fn open_text(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).map_err(|error| Error::read(path, error))?;
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let start = reader
        .fill_buf()
        .map_err(|error| Error::read(path, error))?;
    if start.is_empty() {
        return Err(empty(path));
    }
    if let Some((_, message)) = FOREIGN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(Error::format(
            path,
            Place::Whole,
            "foreign_format",
            *message,
        ));
    }
    if start.starts_with(b"\x1f\x8b") {
        let decoder = MultiGzDecoder::new(reader);
        return Ok(Box::new(BufReader::with_capacity(BUFFER, decoder)));
    }
    Ok(Box::new(reader))
}

/// A file without content.
pub(crate) fn empty(path: &Path) -> Error {
    Error::format(
        path,
        Place::Whole,
        "empty_file",
        "is empty: pass a table with a header line and a line per gene",
    )
}

/// A failure while reading on: of the gzip stream where it is that, of the system otherwise.
pub(crate) fn read_error(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::format(
            path,
            Place::Whole,
            "truncated_gzip",
            "the gzip stream ends early: the file is truncated; copy or download it again",
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Error::format(
            path,
            Place::Whole,
            "corrupt_gzip",
            format!("the gzip stream is corrupt ({error}); copy or download it again"),
        ),
        _ => Error::read(path, error),
    }
}
