//! The one place where a file that the program was given is opened, and how much of one is read.
//!
//! What may be kept of a file in memory, or sorted on the disk, grows with the file as it lies there, not with what it
//! says of itself or unpacks to: `FREE` bytes, and `PER_BYTE` for each of its own. Counts compress to about a byte
//! for each that is not zero, which takes 4 to 16 bytes here, so that no file of counts comes near. Text that was
//! unpacked, however large, always fits.

use std::fmt;
use std::fs::{File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of a line of text: the names of a million cells, or more.
pub const LONGEST_LINE: usize = 1 << 26;
/// The most columns of a table.
pub(crate) const MOST_COLUMNS: usize = 1 << 21;
/// Bytes that a name takes in memory beside its letters.
pub(crate) const NAME: usize = 48;
/// Bytes that may be kept of any file,
const FREE: u64 = 1 << 28;
/// and for each byte of it.
const PER_BYTE: u64 = 128;

/// Opens a file to read; also its size in bytes. Nothing but a file is opened, so that no pipe is waited for and no
/// device read.
///
/// # Errors
/// When it cannot be opened, or is a folder, a pipe, a socket or a device; the message says what to do.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    // Before it is opened as well: opening a pipe waits for whoever writes to it.
    regular(std::fs::metadata(path)?.file_type())?;
    let file = File::open(path)?;
    let about = file.metadata()?;
    regular(about.file_type())?;
    Ok((file, about.len()))
}

/// The content of a file of at most `most` bytes.
///
/// # Errors
/// As [`open`]; a file that is larger.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, bytes) = open(path)?;
    if bytes > most {
        let problem = format!("has {bytes} bytes, more than the {most} that such a file may have");
        return Err(io::Error::other(Refused(problem)));
    }
    let mut content = Vec::new();
    // Some files tell no size.
    BoundedReader::new(file, most).read_to_end(&mut content)?;
    Ok(content)
}

/// What is read of `R`, up to a bound: what goes on beyond it is refused, not cut off.
#[derive(Debug)]
pub struct BoundedReader<R> {
    inner: R,
    most: u64,
    left: u64,
}

impl<R: Read> BoundedReader<R> {
    /// At most `most` bytes of `inner`.
    pub fn new(inner: R, most: u64) -> Self {
        let left = most;
        Self { inner, most, left }
    }
}

impl<R: Read> Read for BoundedReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left > 0 {
            let read = (&mut self.inner).take(self.left).read(into)?;
            self.left -= read as u64;
            return Ok(read);
        }
        if into.is_empty() || self.inner.read(&mut [0])? == 0 {
            return Ok(0);
        }
        let problem = format!(
            "holds more than the {} bytes that such a file may",
            self.most
        );
        Err(io::Error::other(Refused(problem)))
    }
}

/// A path that is not read, and why.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

/// The reason of an error that is a refusal of this module, not of the system.
pub fn refusal(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<Refused>()?;
    Some(inner.to_string())
}

fn regular(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let problem = if kind.is_dir() {
        "is a folder, not a file: name the file in it"
    } else if is_pipe(kind) {
        "is a pipe, not a file, and may never end: write what comes through it to a file and pass that, or pass it on \
         standard input (`COMMAND | refcast predict -i - …`)"
    } else {
        "is a device or socket, not a file: pass a file"
    };
    Err(io::Error::other(Refused(problem.to_owned())))
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// The most bytes that may be kept of a file of `bytes` bytes.
pub fn most_kept(bytes: u64) -> u64 {
    bytes.saturating_mul(PER_BYTE).saturating_add(FREE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        let socket = folder.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, expected) in [
            (pipe.as_path(), "is a pipe"),
            (link.as_path(), "is a device"),
            (socket.as_path(), "socket"),
            (folder.path(), "is a folder"),
            (Path::new("/dev/zero"), "is a device"),
        ] {
            let error = open(path).unwrap_err();
            let refusal = refusal(&error).unwrap();
            assert!(refusal.contains(expected), "{refusal}");
            assert!(read(path, 9).is_err());
        }
        assert_eq!(refusal(&open(&folder.path().join("no")).unwrap_err()), None);
    }

    #[test]
    fn a_file_above_its_bound_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let refused = read(&path, 4).unwrap_err().to_string();
        assert!(refused.contains("5 bytes, more than the 4"), "{refused}");
        let bounded = |most| std::io::read_to_string(BoundedReader::new(b"12345".as_slice(), most));
        assert_eq!(bounded(5).unwrap(), "12345");
        assert!(bounded(4).is_err());
        // A file that tells no size, as those of /proc.
        assert!(read(Path::new("/proc/self/status"), 4).is_err());
    }
}
