//! The entries of a MatrixMarket file: one line per stored value, `row column count`, from 1.

use std::path::{Path, PathBuf};

use refcast_core::quoted;

use crate::by_cell::{ENTRY, MatrixEntry};
use crate::error::{Error, Place, Result};
use crate::lines::LineReader;

/// No line of such a file is longer; what is, is no such file.
const LONGEST_LINE: usize = 4096;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MarketSize {
    pub(super) rows: u64,
    pub(super) columns: u64,
    /// Stored values.
    pub(super) entries: u64,
}

/// A file that is read an entry at a time.
pub(super) struct Market {
    path: PathBuf,
    lines: LineReader,
    size: MarketSize,
    /// Whether rows are cells; columns are otherwise.
    cells_in_rows: bool,
    /// Entries read so far.
    read: u64,
    /// The line that `text` holds, from 1; after the last, the one that would come next.
    line: u64,
    text: Vec<u8>,
}

impl Market {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    /// A file that cannot be read, or is not a matrix of counts in coordinates.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut market = Self {
            path: path.to_owned(),
            lines: LineReader::open(path)?.with_longest(LONGEST_LINE),
            size: MarketSize {
                rows: 0,
                columns: 0,
                entries: 0,
            },
            cells_in_rows: false,
            read: 0,
            line: 0,
            text: Vec::new(),
        };
        market.next_line()?;
        market.expect_coordinates()?;
        loop {
            if !market.next_line()? {
                return Err(market.fault(
                    "truncated",
                    "the file ends before the line of its size: it is cut off; copy it again",
                ));
            }
            if !market.text.starts_with(b"%") {
                break;
            }
        }
        let mut numbers = market
            .text
            .split(|b| b.is_ascii_whitespace())
            .filter(|t| !t.is_empty());
        let mut next = || numbers.next().and_then(whole);
        let (rows, columns, entries) = (next(), next(), next());
        let (Some(rows), Some(columns), Some(entries), None) = (rows, columns, entries, next())
        else {
            let message = format!(
                "{} is not the size of a matrix, `rows columns entries`: copy the file again",
                market.shown()
            );
            return Err(market.fault("bad_size", message));
        };
        market.size = MarketSize {
            rows,
            columns,
            entries,
        };
        Ok(market)
    }

    pub(super) fn size(&self) -> MarketSize {
        self.size
    }

    /// The same file with what its rows are.
    pub(super) fn with_cells_in_rows(self, cells_in_rows: bool) -> Self {
        Self {
            cells_in_rows,
            ..self
        }
    }

    /// How many cells it has.
    pub(super) fn n_cells(&self) -> u64 {
        if self.cells_in_rows {
            self.size.rows
        } else {
            self.size.columns
        }
    }

    /// The next entry, or `None` after the last.
    ///
    /// # Errors
    /// A line that is no entry or lies outside the matrix, entries too few or too many.
    pub(super) fn next(&mut self) -> Result<Option<MatrixEntry>> {
        loop {
            if !self.next_line()? {
                if self.read == self.size.entries {
                    return Ok(None);
                }
                let message = format!(
                    "the file ends after {} of {} entries: it is cut off; copy it again",
                    self.read, self.size.entries
                );
                return Err(self.fault("truncated", message));
            }
            if !self.text.trim_ascii().is_empty() {
                break;
            }
        }
        if self.read == self.size.entries {
            let message = format!(
                "has more entries than the {} that its header says: copy it again",
                self.size.entries
            );
            return Err(self.fault("too_many_entries", message));
        }
        let Some((row, column, value)) = parse(&self.text) else {
            let message = format!(
                "{} is not an entry, `row column count`: copy the file again",
                self.shown()
            );
            return Err(self.fault("bad_entry", message));
        };
        let inside = |place: u64, size: u64| {
            let from_zero = place.checked_sub(1).filter(|_| place <= size);
            from_zero.and_then(|place| u32::try_from(place).ok())
        };
        let (Some(row), Some(column)) = (
            inside(row, self.size.rows),
            inside(column, self.size.columns),
        ) else {
            let message = format!(
                "{} lies outside the matrix of {} × {}, which is counted from 1: copy the file again",
                self.shown(),
                self.size.rows,
                self.size.columns
            );
            return Err(self.fault("outside", message));
        };
        self.read += 1;
        let (feature, cell) = if self.cells_in_rows {
            (column, row)
        } else {
            (row, column)
        };
        Ok(Some(MatrixEntry {
            feature,
            cell,
            value,
        }))
    }

    fn expect_coordinates(&self) -> Result<()> {
        let header = String::from_utf8_lossy(&self.text).to_lowercase();
        let words: Vec<&str> = header.split_whitespace().collect();
        let message = match words.as_slice() {
            [
                "%%matrixmarket",
                "matrix",
                "coordinate",
                "integer" | "unsigned-integer" | "real" | "double",
                "general",
            ] => {
                return Ok(());
            }
            ["%%matrixmarket", "matrix", "array", ..] => {
                "is a dense MatrixMarket file; write it sparse: `scipy.io.mmwrite(path, \
                 scipy.sparse.csc_matrix(m))`"
            }
            ["%%matrixmarket", ..] => {
                "is no general matrix of numbers: counts have the header `%%MatrixMarket matrix coordinate integer \
                 general`"
            }
            _ => {
                "is no MatrixMarket file: its first line begins with `%%MatrixMarket`; check the path"
            }
        };
        Err(self.fault("foreign_format", message))
    }

    /// Reads a line into `text`, without its end; `false` after the last. Every line counts as kept: those of
    /// entries are, if not in memory then on the disk.
    fn next_line(&mut self) -> Result<bool> {
        let read = self.lines.next(&mut self.text)?;
        self.line = read.unwrap_or(self.lines.number() + 1);
        self.lines.keep(ENTRY)?;
        Ok(read.is_some())
    }

    fn shown(&self) -> String {
        quoted(String::from_utf8_lossy(&self.text).trim())
    }

    fn fault(&self, code: &'static str, message: impl Into<String>) -> Error {
        Error::format(&self.path, Place::Line(self.line), code, message)
    }
}

/// The three numbers of an entry.
fn parse(line: &[u8]) -> Option<(u64, u64, f64)> {
    let mut fields = line
        .split(|b| b.is_ascii_whitespace())
        .filter(|field| !field.is_empty());
    let (row, column, value) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let value = match whole(value) {
        Some(count) => count as f64,
        None => std::str::from_utf8(value).ok()?.parse().ok()?,
    };
    Some((whole(row)?, whole(column)?, value))
}

/// A run of digits that a double holds exactly.
fn whole(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 15 || !field.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = field.iter().map(|digit| u64::from(digit - b'0'));
    Some(digits.fold(0, |number, digit| number * 10 + digit))
}
