//! The rows of a text table, with the line each begins at.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::layout::{Line, TableLayout, detect, text};
use super::record::Record;
use crate::error::{Error, Place, Result};
use crate::input::MOST_COLUMNS;
use crate::lines::LineReader;

/// The lines that are looked at to find the table, and the most bytes of them.
const HEAD_LINES: usize = 400;
const HEAD_BYTES: usize = 1 << 23;
/// The most lines that a cell in quotes may span.
const MOST_LINES_A_CELL: usize = 20;

/// A text table, read a row at a time.
pub(super) struct Records {
    path: PathBuf,
    layout: TableLayout,
    /// Lines that were read to find the table and come first.
    head: VecDeque<Line>,
    lines: LineReader,
    line: Vec<u8>,
}

impl Records {
    /// Opens the file and finds the table in it.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, is not text, or holds no table.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut lines = LineReader::open(path)?;
        let mut head: Vec<Line> = Vec::new();
        let mut bytes = 0;
        let mut line = Vec::new();
        while head.len() < HEAD_LINES && (bytes < HEAD_BYTES || head.len() < 3) {
            let Some(number) = lines.next(&mut line)? else {
                break;
            };
            bytes += line.len();
            head.push((number, std::mem::take(&mut line)));
        }
        let joined = with_whole_header(head);
        let layout = detect(path, &joined)?;
        if layout.width > MOST_COLUMNS {
            return Err(Error::format(
                path,
                Place::Line(layout.header_line),
                "too_many_columns",
                format!(
                    "has more than {MOST_COLUMNS} columns: pass the samples in several files, or as h5ad"
                ),
            ));
        }
        let rows = joined
            .into_iter()
            .filter(|(number, _)| *number > layout.last_line);
        Ok(Self {
            path: path.to_owned(),
            head: rows.collect(),
            layout,
            lines,
            line,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the table lies in the text.
    pub(super) fn layout(&self) -> &TableLayout {
        &self.layout
    }

    /// The first rows, without taking them.
    pub(super) fn first_rows(&self) -> Vec<(u64, Record)> {
        let mut rows = Vec::with_capacity(self.head.len());
        for (number, line) in &self.head {
            let mut record = Record::default();
            record.split(line, self.layout.delimiter);
            if !record.is_blank() {
                rows.push((*number, record));
            }
        }
        rows
    }

    /// Reads the next row into `record`; gives its line, or `None` after the last. Blank rows, and
    /// remarks below the header, are passed over.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<Option<u64>> {
        loop {
            let number = match self.head.pop_front() {
                Some((number, line)) => {
                    self.line = line;
                    number
                }
                None => match self.lines.next(&mut self.line)? {
                    Some(number) => number,
                    None => return Ok(None),
                },
            };
            record.split(&self.line, self.layout.delimiter);
            if !record.is_blank() {
                return Ok(Some(number));
            }
        }
    }

    /// Counts bytes that are kept of the table; see [`LineReader::keep`].
    pub(super) fn keep(&mut self, bytes: usize) -> Result<()> {
        self.lines.keep(bytes)
    }

    /// A cell as text.
    pub(super) fn text(&self, cell: &[u8], line: u64) -> Result<String> {
        text(&self.path, line, cell)
    }

    /// Refuses a header that has not as many names as the first row has cells.
    pub(super) fn check_header(&self, first: &Record, line: u64) -> Result<()> {
        let Some(header) = &self.layout.header else {
            return Ok(());
        };
        if header.len() == self.layout.width {
            return Ok(());
        }
        Err(ragged(&self.path, line, header.len(), first.len()))
    }

    /// Refuses a row that has not `width` cells; empty ones at its end do not count.
    pub(super) fn check_width(&self, record: &Record, line: u64, width: usize) -> Result<()> {
        if record.len() == width || (record.len() > width && record.filled() <= width) {
            Ok(())
        } else {
            Err(ragged(&self.path, line, width, record.len()))
        }
    }
}

pub(super) fn ragged(path: &Path, line: u64, expected: usize, found: usize) -> Error {
    Error::format(
        path,
        Place::Line(line),
        "ragged_row",
        format!(
            "has {found} columns where {expected} are expected: give every line the same columns, and check quotes \
             and that the file is whole"
        ),
    )
}

/// Joins the lines of a header whose names hold line ends, as spreadsheets allow: its first line
/// leaves a quote open that a later one closes.
fn with_whole_header(mut head: Vec<Line>) -> Vec<Line> {
    let quotes = |line: &[u8]| line.iter().filter(|&&byte| byte == b'"').count();
    let is_edge = |byte: Option<&u8>| byte.is_none_or(|byte| b"\t,;".contains(byte));
    let opens = |line: &[u8]| {
        let last = line.iter().rposition(|&byte| byte == b'"');
        last.is_some_and(|at| is_edge(at.checked_sub(1).and_then(|before| line.get(before))))
    };
    let closes = |line: &[u8]| {
        let first = line.iter().position(|&byte| byte == b'"');
        first.is_some_and(|at| is_edge(line.get(at + 1)))
    };
    let Some(first) = head.iter().position(|(_, line)| {
        !line.trim_ascii().is_empty() && !line.starts_with(b"#") && !line.starts_with(b"sep=")
    }) else {
        return head;
    };
    if quotes(&head[first].1) % 2 == 0 || !opens(&head[first].1) {
        return head;
    }
    let end = head
        .iter()
        .enumerate()
        .skip(first + 1)
        .take(MOST_LINES_A_CELL)
        .find(|(_, (_, line))| quotes(line) % 2 == 1);
    let Some((end, _)) = end.filter(|(_, (_, line))| closes(line)) else {
        return head;
    };
    let parts: Vec<&[u8]> = head[first..=end]
        .iter()
        .map(|(_, line)| line.as_slice())
        .collect();
    // The rows keep the numbers of their lines: the header takes that of its last.
    let joined = (head[end].0, parts.join(&b' '));
    head.splice(first..=end, [joined]);
    head
}
