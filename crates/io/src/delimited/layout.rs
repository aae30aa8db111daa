//! Where the table lies in a text: what separates its cells, which line names its columns, what
//! stands before it.

use std::path::Path;

use super::number::is_number;
use super::record::{Delimiter, Record};
use crate::error::{Error, Place, Result};

/// A line with its number from 1.
pub(super) type Line = (u64, Vec<u8>);

/// Text before the header that a table may have: a title, a remark.
const MOST_TITLE_LINES: usize = 20;

/// Where the table lies in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TableLayout {
    pub(super) delimiter: Delimiter,
    /// How many cells a row has.
    pub(super) width: usize,
    /// The cells of the line that names the columns, none where there is no such line; made as
    /// wide as the rows where R left the name of the first column out.
    pub(super) header: Option<Vec<String>>,
    /// The number of the header's line.
    pub(super) header_line: u64,
    /// The number of the last line before the rows.
    pub(super) last_line: u64,
    /// What was passed over, a sentence each.
    pub(super) notes: Vec<String>,
}

/// Finds the table in the first lines of a text. `whole` says that these are all of its lines.
///
/// # Errors
/// When no line has two cells, or the header and the rows do not fit each other.
pub(super) fn detect(path: &Path, lines: &[Line]) -> Result<TableLayout> {
    let mut start = 0;
    let mut named = None;
    if let Some((_, first)) = lines.first() {
        named = delimiter_line(first);
        start = usize::from(named.is_some());
    }
    let dimensions = gct_lines(&lines[start..]);
    start += dimensions.map_or(0, |gct| gct.before);
    let content: Vec<&Line> = lines[start..]
        .iter()
        .filter(|(_, line)| dimensions.is_some() || !is_comment(line))
        .filter(|(_, line)| !line.iter().all(|b| b" \t,;\"".contains(b)))
        .collect();
    let Some(&first) = content.first() else {
        return Err(crate::compression::empty(path));
    };
    let (delimiter, width) = match named {
        Some(delimiter) => (delimiter, common_width(&content, delimiter).0),
        None if dimensions.is_some() => {
            let tab = Delimiter::Byte(b'\t');
            (tab, common_width(&content, tab).0)
        }
        None => find_delimiter(path, &content).ok_or_else(|| one_column(path, first.0))?,
    };
    let split = |line: &[u8]| {
        let mut record = Record::default();
        record.split(line, delimiter);
        record
    };
    // A title stands alone in its line, above a table of several columns.
    let titles = content
        .iter()
        .take_while(|(_, line)| width > 1 && split(line).filled() < 2)
        .count();
    let mut notes = Vec::new();
    let mut table = &content[..];
    if (1..=MOST_TITLE_LINES).contains(&titles) && table.len() > titles + 1 {
        table = &content[titles..];
        notes.push(format!(
            "{} before the header passed over",
            if titles == 1 {
                "a line of text".to_owned()
            } else {
                format!("{titles} lines of text")
            }
        ));
    }
    let &(number, line) = &table[0];
    let first = split(line);
    let rows: Vec<Record> = table[1..].iter().map(|(_, line)| split(line)).collect();
    let before = lines[start..]
        .iter()
        .take_while(|(other, _)| other < number)
        .filter(|(_, line)| is_comment(line))
        .last();
    let is_row = looks_like_a_row(&first, &rows, width);
    let commented = before.filter(|_| is_row).and_then(|(number, line)| {
        let text = line.trim_ascii_start();
        let marks = text.iter().take_while(|&&byte| byte == b'#').count();
        let cells = split(text[marks..].trim_ascii_start());
        let fits = cells.len() >= 2 && (cells.len() == width || cells.len() + 1 == width);
        fits.then_some((*number, cells))
    });
    let (header_line, header, last_line) = match commented {
        Some((at, cells)) => (at, Some(cells), number - 1),
        None if is_row => (*number, None, number - 1),
        None => (*number, Some(first), *number),
    };
    let header = header
        .map(|cells| named_columns(path, header_line, &cells, &rows, width))
        .transpose()?;
    Ok(TableLayout {
        delimiter,
        width,
        header,
        header_line,
        last_line: last_line + dimensions.map_or(0, |gct| gct.after),
        notes,
    })
}

/// The names of the columns. R's `write.table` names no column for the ids, so that its header is
/// one shorter than the rows; a delimiter at the end of every row makes the rows one longer too.
fn named_columns(
    path: &Path,
    line: u64,
    header: &Record,
    rows: &[Record],
    width: usize,
) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(width);
    for cell in header.cells() {
        names.push(text(path, line, cell)?);
    }
    while names.len() > width && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.len() + 1 == width {
        let trailing = !rows.is_empty() && rows.iter().all(|row| row.cell(width - 1).is_empty());
        let at = if trailing { names.len() } else { 0 };
        names.insert(at, String::new());
    }
    Ok(names)
}

/// A cell as text.
pub(super) fn text(path: &Path, line: u64, cell: &[u8]) -> Result<String> {
    match std::str::from_utf8(cell) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(_) => Err(Error::format(
            path,
            Place::Line(line),
            "not_utf8",
            format!(
                "{} is not UTF-8 text: save the file as UTF-8",
                refcast_core::quoted(&String::from_utf8_lossy(cell))
            ),
        )),
    }
}

fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#")
}

/// Excel's `sep=;` says what separates the cells of the lines below.
fn delimiter_line(line: &[u8]) -> Option<Delimiter> {
    let line: Vec<u8> = line.iter().copied().filter(|&byte| byte != b'"').collect();
    let text = line.trim_ascii_end().to_ascii_lowercase();
    match text.strip_prefix(b"sep=") {
        Some([byte]) => Some(Delimiter::Byte(*byte)),
        // A tab was trimmed.
        Some([]) => Some(Delimiter::Byte(b'\t')),
        _ => None,
    }
}

/// Lines of a GCT file that are no rows.
#[derive(Clone, Copy)]
struct GctLines {
    /// The version and the dimensions.
    before: usize,
    /// Annotation of the samples below the header, in version 1.3.
    after: u64,
}

fn gct_lines(lines: &[Line]) -> Option<GctLines> {
    let [(_, version), (_, dimensions), ..] = lines else {
        return None;
    };
    if !version.starts_with(b"#1.") {
        return None;
    }
    let numbers: Vec<u64> = String::from_utf8_lossy(dimensions)
        .split_whitespace()
        .map_while(|number| number.parse().ok())
        .collect();
    (numbers.len() >= 2).then(|| GctLines {
        before: 2,
        after: numbers.get(3).copied().unwrap_or(0),
    })
}

/// The number of cells that most lines have, and the fraction of the lines that have it.
fn common_width(lines: &[&Line], delimiter: Delimiter) -> (usize, f64) {
    let mut record = Record::default();
    let mut widths: Vec<usize> = lines
        .iter()
        .map(|(_, line)| {
            record.split(line, delimiter);
            record.len()
        })
        .collect();
    // The header of R is one shorter than the rows and agrees with them all the same.
    if let [header, row, ..] = widths.as_mut_slice()
        && *header >= 1
        && *header + 1 == *row
    {
        *header = *row;
    }
    let mut sorted = widths.clone();
    sorted.sort_unstable();
    let mut best = (0, 0);
    for run in sorted.chunk_by(|a, b| a == b) {
        if run.len() >= best.1 {
            best = (run[0], run.len());
        }
    }
    (best.0, best.1 as f64 / widths.len().max(1) as f64)
}

/// The delimiter on which the lines agree best; of equals the one that the name promises, then a
/// tab. Spaces separate only where nothing else does.
fn find_delimiter(path: &Path, lines: &[&Line]) -> Option<(Delimiter, usize)> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let promised = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => b',',
        _ => b'\t',
    };
    let mut best: Option<(f64, bool, Delimiter, usize)> = None;
    for byte in [b'\t', b';', b',', b'|'] {
        let delimiter = Delimiter::Byte(byte);
        let (width, agreement) = common_width(lines, delimiter);
        let better = best.is_none_or(|(agreed, kept, ..)| {
            (agreement, byte == promised && byte != b'\t') > (agreed, kept)
        });
        if width >= 2 && better {
            best = Some((agreement, byte == promised, delimiter, width));
        }
    }
    // A few commas in words must not make a table of one that is separated by spaces.
    let agreed = best.filter(|(agreement, ..)| *agreement > 0.5 || lines.len() < 4);
    agreed
        .map(|(_, _, delimiter, width)| (delimiter, width))
        .or_else(|| {
            let (width, _) = common_width(lines, Delimiter::Spaces);
            (width >= 2).then_some((Delimiter::Spaces, width))
        })
}

fn one_column(path: &Path, line: u64) -> Error {
    Error::format(
        path,
        Place::Line(line),
        "one_column",
        "the header has a single column: separate the columns by tabs or commas",
    )
}

/// Whether the first line holds values and not names: a number in every column where the rows
/// below have numbers, and a name like theirs in the first.
fn looks_like_a_row(first: &Record, rows: &[Record], width: usize) -> bool {
    if first.len() != width || rows.is_empty() {
        return is_summary(first.cell(0)) && (1..first.len()).all(|at| is_number(first.cell(at)));
    }
    let own = first.cell(0).trim_ascii();
    if own.is_empty() || is_header_word(own) {
        return false;
    }
    let numeric: Vec<usize> = (1..width)
        .filter(|&column| {
            let filled = rows
                .iter()
                .map(|row| row.cell(column))
                .filter(|c| !c.is_empty());
            let (mut numbers, mut all) = (0, 0);
            for cell in filled {
                all += 1;
                numbers += usize::from(is_number(cell));
            }
            all > 0 && numbers * 2 > all
        })
        .collect();
    let holds_numbers =
        !numeric.is_empty() && numeric.iter().all(|&column| is_number(first.cell(column)));
    if !holds_numbers {
        return false;
    }
    if is_summary(own) || is_ensembl(own) {
        return true;
    }
    // Samples may be called 1, 2, 3.
    let numbered = numeric.len() > 1
        && numeric.iter().enumerate().all(|(n, &column)| {
            first.cell(column) == (n + 1).to_string().as_bytes()
                || first.cell(column) == n.to_string().as_bytes()
        });
    let below_are_ids = rows.iter().filter(|row| is_ensembl(row.cell(0))).count() * 2 > rows.len();
    !numbered && !below_are_ids && is_named_like_a_gene(own)
}

/// Whether a cell is the name of a line by which counting programs sum up what they did not count.
pub(super) fn is_summary(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(crate::align::is_summary)
}

pub(super) fn is_ensembl(name: &[u8]) -> bool {
    name.windows(4)
        .enumerate()
        .any(|(at, part)| part == b"ENSG" && name.len() >= at + 15)
        || (name.starts_with(b"ENS") && name.len() >= 15)
}

/// Capitals, digits and what joins them: `HLA-A`, `C1orf112`, `7105`.
fn is_named_like_a_gene(name: &[u8]) -> bool {
    let orf = String::from_utf8_lossy(name).replace("orf", "ORF");
    orf.bytes().all(|byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-._@|:/".contains(&byte)
    })
}

/// Words that head the column of names.
fn is_header_word(name: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "id",
        "ids",
        "gene",
        "genes",
        "geneid",
        "symbol",
        "symbols",
        "name",
        "names",
        "feature",
        "features",
        "transcript",
        "target",
        "probe",
        "probeset",
        "ensembl",
        "ensg",
        "hgnc",
        "entrez",
        "hugo",
        "accession",
        "locus",
        "tracking",
        "description",
        "sample",
        "samples",
        "cell",
        "cells",
        "barcode",
        "barcodes",
        "hybridization",
        "index",
        "rownames",
        "row",
        "status",
        "ens",
        "gid",
        "x",
        "unnamed",
        "identifier",
        "key",
        "g",
    ];
    let text = String::from_utf8_lossy(name).to_lowercase();
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word) || word.starts_with("gene") || word.ends_with("id"))
}
