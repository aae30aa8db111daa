//! Standard input as a file: the readers go over their input more than once.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use refcast_core::Fault;
use refcast_io::input::LONGEST_LINE;
use tempfile::TempDir;

use crate::error::{Error, Result};

/// The name of the file in messages.
const NAME: &str = "stdin";
/// The most bytes that are put on the disk.
const MOST_BYTES: u64 = 16 << 30;
/// How input begins that has no lines: gzip, HDF5.
const BINARY: [&[u8]; 2] = [b"\x1f\x8b", b"\x89HDF"];

/// What came on standard input, on disk until this is dropped.
#[derive(Debug)]
pub struct Spool {
    folder: TempDir,
}

impl Spool {
    /// Reads standard input to its end.
    ///
    /// # Errors
    /// When it cannot be read, has no end, or there is no space for it.
    pub fn read() -> Result<Self> {
        let failed = |error| Error::Failed(format!("standard input cannot be read: {error}"));
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = File::create(folder.path().join(NAME)).map_err(failed)?;
        match copy(io::stdin().lock(), file, MOST_BYTES).map_err(failed)? {
            None => Ok(Self { folder }),
            Some(problem) => Err(Error::invalid(NAME, "no_end", problem)),
        }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    /// The same error with `stdin` where it names the file.
    pub fn named_stdin(&self, error: Error) -> Error {
        let folder = format!(
            "{}{}",
            self.folder.path().display(),
            std::path::MAIN_SEPARATOR
        );
        let named = |fault: Fault| Fault {
            path: fault.path.replace(&folder, ""),
            message: fault.message.replace(&folder, ""),
            ..fault
        };
        match error {
            Error::Invalid(error) => {
                Error::faults(error.into_faults("").into_iter().map(named).collect())
            }
            other @ Error::Failed(_) => other,
        }
    }
}

/// Copies what comes; what is wrong with it if it has no end that could be seen.
fn copy(mut from: impl BufRead, mut to: impl Write, most: u64) -> io::Result<Option<String>> {
    let start = from.fill_buf()?;
    let is_text = !BINARY.iter().any(|magic| start.starts_with(magic));
    let (mut bytes, mut of_line) = (0, 0);
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        bytes += buffer.len() as u64;
        of_line = match buffer.iter().rposition(|byte| b"\n\r".contains(byte)) {
            Some(end) => buffer.len() - end - 1,
            None => of_line + buffer.len(),
        };
        // Twice as long in UTF-16.
        if is_text && of_line > 2 * LONGEST_LINE {
            let problem = format!(
                "a line has no end within {of_line} bytes: this is no table of text; pass one with a line for each row"
            );
            return Ok(Some(problem));
        }
        if bytes > most {
            let problem =
                format!("has no end within {most} bytes: pass a file that large by its name");
            return Ok(Some(problem));
        }
        to.write_all(buffer)?;
        let read = buffer.len();
        from.consume(read);
    }
}

/// Whether `input` means standard input.
pub fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read, repeat, sink};

    use super::*;

    #[test]
    fn input_without_an_end_is_refused() {
        let copied = |from: &mut dyn Read, most| copy(BufReader::new(from), sink(), most).unwrap();
        let problem = copied(&mut repeat(b'a'), u64::MAX).unwrap();
        assert!(problem.contains("a line has no end"), "{problem}");
        let problem = copied(&mut repeat(b'\n'), 1 << 20).unwrap();
        assert!(problem.contains("no end within 1048576"), "{problem}");
        assert_eq!(copied(&mut b"a\tb\n".as_slice(), 4), None);
        // What is packed has no lines.
        let packed = b"\x1f\x8b".chain(repeat(b'a').take(3 * LONGEST_LINE as u64));
        assert_eq!(copied(&mut { packed }, u64::MAX), None);
    }
}
