//! The lines of a text file with their numbers, whatever ends a line and however the text is encoded.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::compression::{empty, open_text, read_error};
use crate::error::{Error, Place, Result};
use crate::input::{LONGEST_LINE, most_kept};

/// A text file, read a line at a time. Lines end with LF, CR LF or a lone CR; UTF-16 becomes UTF-8.
pub(crate) struct LineReader {
    path: PathBuf,
    text: Box<dyn BufRead>,
    number: u64,
    /// The last line ended with a CR, so that a LF that comes next belongs to it.
    after_cr: bool,
    longest: usize,
    /// Bytes that are kept of the file, and may be.
    kept: u64,
    most_kept: u64,
}

impl LineReader {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or is of a kind that is known not to be text.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (mut text, bytes) = open_text(path)?;
        let start = text.fill_buf().map_err(|error| read_error(path, error))?;
        if start.is_empty() {
            return Err(empty(path));
        }
        // A spreadsheet marks its encoding by the first bytes; they would become part of a name.
        let marked = start.starts_with(b"\xef\xbb\xbf");
        let order = utf16_order(start);
        if marked {
            text.consume(3);
        }
        Ok(Self {
            path: path.to_owned(),
            text: match order {
                Some(order) => Box::new(BufReader::new(Utf16::new(text, order))),
                None => text,
            },
            number: 0,
            after_cr: false,
            longest: LONGEST_LINE,
            kept: 0,
            most_kept: most_kept(bytes),
        })
    }

    /// The same text, of which no line has more than `longest` bytes.
    pub(crate) fn with_longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// The number of the line that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line into `line`, without its end; gives its number from 1, or `None` after
    /// the last.
    ///
    /// # Errors
    /// When the file cannot be read on, is not text, or has a line that is too long.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<u64>> {
        line.clear();
        let mut started = false;
        loop {
            let buffer = self
                .text
                .fill_buf()
                .map_err(|error| read_error(&self.path, error))?;
            if buffer.is_empty() {
                self.number += u64::from(started);
                return Ok(started.then_some(self.number));
            }
            let skipped = usize::from(self.after_cr && buffer[0] == b'\n');
            self.after_cr = false;
            let rest = &buffer[skipped..];
            started |= !rest.is_empty();
            let end = rest
                .iter()
                .position(|&byte| matches!(byte, b'\n' | b'\r' | 0));
            let part = &rest[..end.unwrap_or(rest.len())];
            if line.len() + part.len() > self.longest {
                return Err(self.too_long());
            }
            line.extend_from_slice(part);
            let read = skipped + part.len();
            match end.map(|end| rest[end]) {
                Some(0) => return Err(binary(&self.path)),
                Some(byte) => {
                    self.after_cr = byte == b'\r';
                    self.text.consume(read + 1);
                    self.number += 1;
                    return Ok(Some(self.number));
                }
                None => self.text.consume(read),
            }
        }
    }

    /// Counts `bytes` that are kept of the text.
    ///
    /// # Errors
    /// When more is kept than of a file of this size may be.
    pub(crate) fn keep(&mut self, bytes: usize) -> Result<()> {
        self.kept = self.kept.saturating_add(bytes as u64);
        if self.kept <= self.most_kept {
            return Ok(());
        }
        Err(Error::format(
            &self.path,
            Place::Line(self.number),
            "unpacks_to_too_much",
            "holds far more up to here than counts that were compressed to its size can: it looks made to fill the \
             memory; where you know that it is not, unpack it with `gunzip` and pass that",
        ))
    }

    fn too_long(&self) -> Error {
        Error::format(
            &self.path,
            Place::Line(self.number + 1),
            "line_too_long",
            format!(
                "the line has no end within {} bytes: this is no text of its kind, or its line ends were lost; write it \
                 again with a line for each row",
                self.longest
            ),
        )
    }
}

/// The order of the bytes of UTF-16.
#[derive(Clone, Copy)]
enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// Whether text is UTF-16: by its mark, or by zeros in every other byte of what must be a plain
/// header.
fn utf16_order(start: &[u8]) -> Option<ByteOrder> {
    let zeros = |first: usize| {
        let bytes = start.iter().skip(first).step_by(2).take(16);
        start.len() >= 8 && bytes.clone().all(|&byte| byte == 0) && bytes.len() >= 4
    };
    if start.starts_with(b"\xff\xfe") {
        Some(ByteOrder::LittleEndian)
    } else if start.starts_with(b"\xfe\xff") {
        Some(ByteOrder::BigEndian)
    } else {
        match (zeros(0), zeros(1)) {
            (false, true) => Some(ByteOrder::LittleEndian),
            (true, false) => Some(ByteOrder::BigEndian),
            _ => None,
        }
    }
}

/// UTF-16 as UTF-8; what is no character becomes U+FFFD.
struct Utf16 {
    text: Box<dyn BufRead>,
    order: ByteOrder,
    /// Bytes of UTF-8 that are not handed out yet.
    decoded: Vec<u8>,
    given: usize,
    /// Bytes of UTF-16 that wait for the rest of their character.
    rest: Vec<u8>,
    started: bool,
}

impl Utf16 {
    fn new(text: Box<dyn BufRead>, order: ByteOrder) -> Self {
        Self {
            text,
            order,
            decoded: Vec::new(),
            given: 0,
            rest: Vec::new(),
            started: false,
        }
    }

    fn unit(&self, pair: &[u8]) -> u16 {
        match self.order {
            ByteOrder::LittleEndian => u16::from_le_bytes([pair[0], pair[1]]),
            ByteOrder::BigEndian => u16::from_be_bytes([pair[0], pair[1]]),
        }
    }

    /// Decodes what the buffer below holds; nothing is left to decode at the end of the file.
    fn refill(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.given = 0;
        let read = self.text.fill_buf()?;
        let n = read.len();
        self.rest.extend_from_slice(read);
        self.text.consume(n);
        let mut units: Vec<u16> = self
            .rest
            .chunks_exact(2)
            .map(|pair| self.unit(pair))
            .collect();
        let mut used = units.len() * 2;
        if n > 0
            && units
                .last()
                .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
        {
            units.pop();
            used -= 2;
        }
        self.rest.drain(..used);
        let mut text: String = char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        if !self.started && text.starts_with('\u{feff}') {
            text.remove(0);
        }
        self.started |= n > 0;
        self.decoded = text.into_bytes();
        if n == 0 && !self.rest.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        if n > 0 && self.decoded.is_empty() {
            return self.refill();
        }
        Ok(())
    }
}

impl Read for Utf16 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.decoded.len() {
            self.refill()?;
        }
        let left = &self.decoded[self.given..];
        let n = left.len().min(into.len());
        into[..n].copy_from_slice(&left[..n]);
        self.given += n;
        Ok(n)
    }
}

/// The fault of a text that holds bytes of no text.
fn binary(path: &Path) -> Error {
    Error::format(
        path,
        Place::Whole,
        "foreign_format",
        "is a binary file, not a table of text: pass TSV, CSV or h5ad",
    )
}
