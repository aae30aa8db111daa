//! One line of a table as its cells.

use std::ops::Range;

use crate::input::MOST_COLUMNS;

/// What stands between the cells of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One byte: a tab, comma or semicolon.
    Byte(u8),
    /// Spaces, any number of them.
    Spaces,
}

/// The cells of a line, without the quotes around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    text: Vec<u8>,
    cells: Vec<Range<usize>>,
}

impl Record {
    /// Splits `line`; cells beyond [`MOST_COLUMNS`] are left out but for one. A quote opens a cell only where
    /// another closes it before the next delimiter: a stray quote in a description is a character like any other,
    /// and no cell or line is lost to it. Gives whether a quote was left open.
    pub(super) fn split(&mut self, line: &[u8], delimiter: Delimiter) -> bool {
        self.text.clear();
        self.cells.clear();
        match delimiter {
            Delimiter::Byte(byte) => self.split_at(line, byte),
            Delimiter::Spaces => {
                let words = line.split(|byte| matches!(byte, b' ' | b'\t'));
                let words = words.filter(|word| !word.is_empty());
                for word in words.take(MOST_COLUMNS + 1) {
                    self.push(unquoted(word).unwrap_or(word));
                }
                false
            }
        }
    }

    fn split_at(&mut self, line: &[u8], delimiter: u8) -> bool {
        let mut open = false;
        let mut rest = line;
        loop {
            let quoted = rest.trim_ascii_start().starts_with(b"\"");
            let closed = quoted.then(|| closing_quote(rest, delimiter)).flatten();
            open |= quoted && closed.is_none();
            let end = closed.or_else(|| rest.iter().position(|&byte| byte == delimiter));
            let cell = &rest[..end.unwrap_or(rest.len())];
            match closed.and_then(|_| unquoted(cell)) {
                Some(inner) if inner.windows(2).any(|pair| pair == b"\"\"") => {
                    let start = self.text.len();
                    let mut bytes = inner.iter().copied().peekable();
                    while let Some(byte) = bytes.next() {
                        self.text.push(byte);
                        if byte == b'"' && bytes.peek() == Some(&b'"') {
                            bytes.next();
                        }
                    }
                    self.cells.push(start..self.text.len());
                }
                Some(inner) => self.push(inner),
                None => self.push(cell.trim_ascii()),
            }
            let more = self.cells.len() <= MOST_COLUMNS;
            match end.filter(|&end| end < rest.len() && more) {
                Some(end) => rest = &rest[end + 1..],
                None => return open,
            }
        }
    }

    fn push(&mut self, cell: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(cell);
        self.cells.push(start..self.text.len());
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell at `column`; empty beyond the last.
    pub(super) fn cell(&self, column: usize) -> &[u8] {
        self.cells
            .get(column)
            .map_or(b"", |range| &self.text[range.clone()])
    }

    /// All cells.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.cells.iter().map(|range| &self.text[range.clone()])
    }

    /// Whether no cell holds anything.
    pub(super) fn is_blank(&self) -> bool {
        self.cells().all(|cell| cell.trim_ascii().is_empty())
    }

    /// How many cells there are up to the last that holds something.
    pub(super) fn filled(&self) -> usize {
        self.cells()
            .collect::<Vec<_>>()
            .iter()
            .rposition(|cell| !cell.trim_ascii().is_empty())
            .map_or(0, |last| last + 1)
    }
}

/// The end of a cell that begins with a quote: where a delimiter, or the end of the line, follows
/// the quote that closes it.
fn closing_quote(rest: &[u8], delimiter: u8) -> Option<usize> {
    let start = rest.iter().position(|&byte| byte == b'"')? + 1;
    let mut at = start;
    while at < rest.len() {
        if rest[at] != b'"' {
            at += 1;
        } else if rest.get(at + 1) == Some(&b'"') {
            at += 2;
        } else {
            let after = &rest[at + 1..];
            let blank = after.iter().take_while(|&&byte| byte == b' ').count();
            return match after.get(blank) {
                None => Some(rest.len()),
                Some(&byte) if byte == delimiter => Some(at + 1 + blank),
                // Something follows the quote: it closed nothing.
                Some(_) => None,
            };
        }
    }
    None
}

/// What stands between the quotes of a cell, if it has them.
fn unquoted(cell: &[u8]) -> Option<&[u8]> {
    let cell = cell.trim_ascii();
    let inner = cell.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(inner.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str, delimiter: u8) -> (Vec<String>, bool) {
        let mut record = Record::default();
        let open = record.split(line.as_bytes(), Delimiter::Byte(delimiter));
        let cells = record
            .cells()
            .map(|cell| String::from_utf8_lossy(cell).into_owned());
        (cells.collect(), open)
    }

    #[test]
    fn quotes_hold_delimiters_and_are_taken_off() {
        for (line, expected) in [
            ("a,b", vec!["a", "b"]),
            ("\"a, b\",c", vec!["a, b", "c"]),
            ("\"a \"\"b\"\"\", c ", vec!["a \"b\"", "c"]),
            ("\"\",1,", vec!["", "1", ""]),
            ("", vec![""]),
        ] {
            assert_eq!(
                cells(line, b','),
                (expected.iter().map(|&c| c.to_owned()).collect(), false)
            );
        }
    }

    #[test]
    fn a_stray_quote_is_a_character() {
        let (found, open) = cells("TP53\t\"guardian\t5\t6", b'\t');
        assert_eq!(found, ["TP53", "\"guardian", "5", "6"]);
        assert!(open);
        assert_eq!(cells("5\" end\t1", b'\t').0, ["5\" end", "1"]);
        assert_eq!(cells("\"a\" b\t1", b'\t').0, ["\"a\" b", "1"]);
        assert_eq!(cells("\"a\t1\t\"b\t2", b'\t').0, ["\"a", "1", "\"b", "2"]);
    }

    #[test]
    fn runs_of_spaces_are_one_delimiter() {
        let mut record = Record::default();
        record.split(b" \"G1\"   5  6 ", Delimiter::Spaces);
        assert_eq!(record.cells().collect::<Vec<_>>(), [&b"G1"[..], b"5", b"6"]);
    }
}
