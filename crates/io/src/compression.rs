//! Text files, compressed or not: told apart by their first bytes, never by their name.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Place, Result};
use crate::foreign;

const BUFFER: usize = 1 << 17;
const GZIP: &[u8] = b"\x1f\x8b";

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
    let gzipped = start.starts_with(GZIP);
    // Looked at through a reader of its own: what is wrong with a gzip stream is told where the
    // stream is read, and only once.
    let mut look: Box<dyn BufRead> = if gzipped {
        let file = File::open(path).map_err(|error| Error::read(path, error))?;
        unpacked(BufReader::with_capacity(BUFFER, file))
    } else {
        Box::new(reader)
    };
    if let Some(what) = foreign::told(look.fill_buf().unwrap_or_default()) {
        return Err(what.refused(path, look));
    }
    if !gzipped {
        return Ok(look);
    }
    let file = File::open(path).map_err(|error| Error::read(path, error))?;
    Ok(unpacked(BufReader::with_capacity(BUFFER, file)))
}

fn unpacked(reader: BufReader<File>) -> Box<dyn BufRead> {
    let decoder = MultiGzDecoder::new(reader);
    Box::new(BufReader::with_capacity(BUFFER, decoder))
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
