//! Text files, compressed or not: told apart by their first bytes, never by their name.

use std::io::{self, BufRead, BufReader, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Place, Result};
use crate::{foreign, input};

const BUFFER: usize = 1 << 17;
const GZIP: &[u8] = b"\x1f\x8b";

/// Opens a text file, decompressing it if it is gzipped (in one member or several, as bgzip does);
/// also its size on the disk.
///
/// # Errors
/// When it cannot be opened, is empty, or is of a kind that is known not to be text.
pub(crate) fn open_text(path: &Path) -> Result<(Box<dyn BufRead>, u64)> {
    let failed = |error| Error::read(path, error);
    let (file, bytes) = input::open(path).map_err(failed)?;
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let start = reader.fill_buf().map_err(failed)?;
    if start.is_empty() {
        return Err(empty(path));
    }
    if !start.starts_with(GZIP) {
        return match foreign::told(start) {
            Some(what) => Err(what.refused(path, reader)),
            None => Ok((Box::new(reader), bytes)),
        };
    }
    // Looked at first: what is wrong with a gzip stream is told where the stream is read, and only
    // once.
    let mut look = unpacked(&mut reader);
    if let Some(what) = foreign::told(look.fill_buf().unwrap_or_default()) {
        return Err(what.refused(path, look));
    }
    drop(look);
    reader.rewind().map_err(failed)?;
    Ok((Box::new(unpacked(reader)), bytes))
}

fn unpacked<R: BufRead>(reader: R) -> BufReader<MultiGzDecoder<R>> {
    BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader))
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
