//! Entries that came in any order, by cell: sorted on disk, in memory that does not grow with them.
//!
//! How many entries each cell has is known, so each block of cells has its place in a temporary
//! file; entries are appended to their block, and a block is put in order when its turn comes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// A stored value of a matrix; positions from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MatrixEntry {
    pub(crate) feature: u32,
    pub(crate) cell: u32,
    pub(crate) value: f64,
}

/// Entries of a block, 16 MB of them; a cell with more is a block of its own.
const BLOCK: u64 = 1 << 20;
/// Bytes held back per block before they are written.
const HELD: usize = 1 << 16;
/// Bytes of an entry in the file: cell, feature, value.
pub(crate) const ENTRY: usize = 16;

/// Entries on their way into the file.
pub(crate) struct Gathering {
    file: File,
    blocks: Vec<CellBlock>,
    /// The block of each cell.
    block_of: Vec<u32>,
    counts: Vec<u32>,
}

struct CellBlock {
    cells: Range<u32>,
    /// Where in the file it begins, and how many of its bytes are written.
    start: u64,
    bytes: u64,
    written: u64,
    held: Vec<u8>,
}

/// Entries by cell.
pub(crate) struct ByCell {
    file: File,
    blocks: std::vec::IntoIter<CellBlock>,
    counts: Vec<u32>,
    cells: Range<u32>,
    entries: std::vec::IntoIter<MatrixEntry>,
}

impl Gathering {
    /// Makes room for `counts[cell]` entries of each cell.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(crate) fn new(counts: Vec<u32>) -> io::Result<Self> {
        let mut blocks: Vec<CellBlock> = Vec::new();
        let mut block_of = Vec::with_capacity(counts.len());
        let mut entries = 0;
        let mut start = 0;
        for (cell, &count) in (0u32..).zip(&counts) {
            let count = u64::from(count);
            if blocks.is_empty() || entries + count > BLOCK {
                entries = 0;
                blocks.push(CellBlock {
                    cells: cell..cell,
                    start,
                    bytes: 0,
                    written: 0,
                    held: Vec::new(),
                });
            }
            entries += count;
            start += count * ENTRY as u64;
            block_of.push(blocks.len() as u32 - 1);
            if let Some(block) = blocks.last_mut() {
                block.bytes += count * ENTRY as u64;
                block.cells.end = cell + 1;
            }
        }
        Ok(Self {
            file: tempfile::tempfile()?,
            blocks,
            block_of,
            counts,
        })
    }

    /// Adds an entry; there must be room for it, which an entry beyond the counts has not.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn add(&mut self, entry: MatrixEntry) -> io::Result<()> {
        let beyond = || io::Error::other("the file changed while it was read");
        let block = self.block_of.get(entry.cell as usize).ok_or_else(beyond)?;
        let block = &mut self.blocks[*block as usize];
        if block.written + (block.held.len() + ENTRY) as u64 > block.bytes {
            return Err(beyond());
        }
        block.held.extend(entry.cell.to_le_bytes());
        block.held.extend(entry.feature.to_le_bytes());
        block.held.extend(entry.value.to_le_bytes());
        if block.held.len() >= HELD {
            block.flush(&mut self.file)?;
        }
        Ok(())
    }

    /// The entries by cell, once all are added.
    ///
    /// # Errors
    /// When they cannot be written, or some are missing.
    pub(crate) fn finish(mut self) -> io::Result<ByCell> {
        for block in &mut self.blocks {
            block.flush(&mut self.file)?;
            if block.written != block.bytes {
                return Err(io::Error::other("the file changed while it was read"));
            }
        }
        Ok(ByCell {
            file: self.file,
            blocks: self.blocks.into_iter(),
            counts: self.counts,
            cells: 0..0,
            entries: Vec::new().into_iter(),
        })
    }
}

impl CellBlock {
    fn flush(&mut self, file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::Start(self.start + self.written))?;
        file.write_all(&self.held)?;
        self.written += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    fn read(&self, file: &mut File) -> io::Result<Vec<MatrixEntry>> {
        let mut bytes = vec![0; self.bytes as usize];
        file.seek(SeekFrom::Start(self.start))?;
        file.read_exact(&mut bytes)?;
        let mut entries: Vec<MatrixEntry> = bytes
            .chunks_exact(ENTRY)
            .filter_map(|bytes| {
                let (cell, rest) = bytes.split_first_chunk::<4>()?;
                let (feature, value) = rest.split_first_chunk::<4>()?;
                Some(MatrixEntry {
                    cell: u32::from_le_bytes(*cell),
                    feature: u32::from_le_bytes(*feature),
                    value: f64::from_le_bytes(*value.first_chunk()?),
                })
            })
            .collect();
        // Stable: values that repeat are summed in the order of the file.
        entries.sort_by_key(|entry| (entry.cell, entry.feature));
        Ok(entries)
    }
}

impl ByCell {
    /// The entries of the next cell, by feature; `None` after the last cell.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<MatrixEntry>>> {
        while self.cells.is_empty() {
            let Some(block) = self.blocks.next() else {
                return Ok(None);
            };
            self.entries = block.read(&mut self.file)?.into_iter();
            self.cells = block.cells.clone();
        }
        let Some(cell) = self.cells.next() else {
            return Ok(None);
        };
        let count = self.counts.get(cell as usize).copied().unwrap_or(0);
        Ok(Some(self.entries.by_ref().take(count as usize).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_many_blocks_come_back_by_cell_and_feature() {
        // A cell larger than a block, empty cells, and small ones.
        let counts = vec![3, 0, BLOCK as u32 + 5, 2, 0];
        let mut all: Vec<MatrixEntry> = (0u32..)
            .zip(&counts)
            .flat_map(|(cell, &count)| {
                (0..count).map(move |feature| MatrixEntry {
                    feature,
                    cell,
                    value: f64::from(feature + cell),
                })
            })
            .collect();
        let expected = all.clone();
        all.reverse();
        let mut gathering = Gathering::new(counts.clone()).unwrap();
        for &entry in &all {
            gathering.add(entry).unwrap();
        }
        assert!(gathering.add(all[0]).is_err());
        let mut by_cell = gathering.finish().unwrap();
        let mut found = Vec::new();
        for count in counts {
            let cell = by_cell.next().unwrap().unwrap();
            assert_eq!(cell.len(), count as usize);
            found.extend(cell);
        }
        assert_eq!(by_cell.next().unwrap(), None);
        assert!(found == expected);
    }
}
