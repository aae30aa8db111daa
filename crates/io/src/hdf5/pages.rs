//! A file read in pages.
//!
//! HDF5 keeps each variable-length string in a place of its own, and the library reads each with
//! a call to the system: 30,000 gene names are 60,000 calls, slow everywhere and very slow over
//! a network. A few pages kept in memory make most of those calls unnecessary.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use hdf5_pure::{FormatError, Source};

const PAGE_BYTES: u64 = 64 << 10;
/// Pages kept, each in the slot that its number gives it: 2 MB.
const SLOTS: u64 = 32;

/// A file whose small reads are served from pages.
pub(crate) struct PagedFile {
    length: u64,
    state: Mutex<Hdf5PageCache>,
}

struct Hdf5PageCache {
    file: File,
    slots: Vec<Option<Hdf5Page>>,
}

struct Hdf5Page {
    number: u64,
    bytes: Vec<u8>,
}

impl PagedFile {
    /// `length` is the size of the file, which must not change while it is read.
    pub(crate) fn new(file: File, length: u64) -> Self {
        let slots = (0..SLOTS).map(|_| None).collect();
        Self {
            length,
            state: Mutex::new(Hdf5PageCache { file, slots }),
        }
    }
}

impl Source for PagedFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), FormatError> {
        let wanted = buffer.len() as u64;
        let end = offset.saturating_add(wanted);
        if end > self.length {
            return Err(FormatError::UnexpectedEof {
                expected: usize::try_from(end).unwrap_or(usize::MAX),
                available: usize::try_from(self.length).unwrap_or(usize::MAX),
            });
        }
        // A panic elsewhere leaves pages that are whole or absent, so the lock stays usable.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = offset / PAGE_BYTES;
        let start = offset % PAGE_BYTES;
        if start + wanted > PAGE_BYTES {
            return state.read(offset, buffer);
        }
        let page = state.page(number, self.length)?;
        let from = start as usize; // below PAGE_BYTES
        let found = page.get(from..from + buffer.len());
        buffer.copy_from_slice(found.ok_or_else(|| FormatError::Source("short page".into()))?);
        Ok(())
    }
}

impl Hdf5PageCache {
    fn page(&mut self, number: u64, length: u64) -> Result<&[u8], FormatError> {
        let slot = (number % SLOTS) as usize;
        if self.slots[slot]
            .as_ref()
            .is_none_or(|page| page.number != number)
        {
            let start = number * PAGE_BYTES;
            let mut bytes = vec![0; PAGE_BYTES.min(length - start) as usize];
            self.read(start, &mut bytes)?;
            self.slots[slot] = Some(Hdf5Page { number, bytes });
        }
        Ok(self.slots[slot].as_ref().map_or(&[], |page| &page.bytes))
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), FormatError> {
        let mut all = || {
            self.file.seek(SeekFrom::Start(offset))?;
            self.file.read_exact(buffer)
        };
        all().map_err(|error: std::io::Error| FormatError::Source(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_within_across_and_beyond_pages_give_the_bytes_of_the_file() {
        let bytes: Vec<u8> = (0..PAGE_BYTES * 40).map(|i| (i % 251) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        let paged = PagedFile::new(File::open(&path).unwrap(), bytes.len() as u64);
        // Page 33 takes the slot of page 1, so 1 is read again after it.
        let page = PAGE_BYTES as usize;
        for start in [0, page - 3, page, page * 33 + 5, page + 7, page * 40 - 9] {
            for length in [0, 1, 9, page] {
                let mut buffer = vec![0; length];
                let read = paged.read_at(start as u64, &mut buffer);
                match bytes.get(start..start + length) {
                    Some(expected) => assert_eq!(buffer, expected),
                    None => assert!(matches!(read, Err(FormatError::UnexpectedEof { .. }))),
                }
            }
        }
    }
}
