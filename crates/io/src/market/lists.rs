//! The lists beside a matrix: a line for each of its rows and columns.

use std::path::Path;

use crate::error::{Error, Place, Result};
use crate::features::AxisTable;
use crate::genomes::is_ensembl_gene_id;

/// Titles of columns that begin a header, in lower case: those of genes, and those of cells.
const TITLES: [&str; 35] = [
    "gene",
    "genes",
    "gene_id",
    "gene_ids",
    "geneid",
    "gene_name",
    "gene_symbol",
    "gene_short_name",
    "ensembl",
    "ensembl_id",
    "ensembl_gene_id",
    "ensembl_ids",
    "symbol",
    "symbols",
    "name",
    "names",
    "id",
    "ids",
    "feature",
    "features",
    "feature_id",
    "feature_name",
    "chr",
    "chromosome",
    "barcode",
    "barcodes",
    "cell",
    "cells",
    "cell_id",
    "cell_barcode",
    "bc_wells",
    "cb",
    // What R calls a column without a name.
    "x",
    "v1",
    "index",
];

/// Bytes that a line takes beside its letters, as text and as fields.
const LINE: usize = 128;

/// Columns of a line that must be there if the first has them; what comes after may be broken into
/// any number of words.
const FIXED_COLUMNS: usize = 3;

/// Reads a list; its fields are separated by tabs, in `.csv` by commas.
///
/// # Errors
/// A file that cannot be read, or a line that has fewer columns than the first.
pub(super) fn read_list(path: &Path) -> Result<AxisTable> {
    let lines = read_lines(path)?;
    let separator = separator(path, &lines);
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(lines.len());
    let mut least = 0;
    for (line, text) in (1u64..).zip(&lines) {
        let fields = fields(text, separator);
        if line == 1 {
            least = fields.len().min(FIXED_COLUMNS);
        } else if fields.len() < least {
            let message = format!(
                "has {} columns where the first line has {}: separate id, symbol and type by tabs, in every line",
                fields.len(),
                rows.first().map_or(0, Vec::len)
            );
            return Err(Error::format(
                path,
                Place::Line(line),
                "ragged_row",
                message,
            ));
        }
        rows.push(fields);
    }
    Ok(AxisTable { header: None, rows })
}

/// The list with its first line as header, where that is one: it has titles of columns.
pub(super) fn with_header(lines: &AxisTable) -> Option<AxisTable> {
    let (first, rest) = lines.rows.split_first()?;
    let is_title = |field: &String| TITLES.contains(&field.to_lowercase().as_str());
    first.iter().any(is_title).then(|| AxisTable {
        header: Some(first.clone()),
        rows: rest.to_vec(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Tab,
    Comma,
    Blanks,
}

/// Tabs where there are any; where there are none, commas of a `.csv`, or blanks behind Ensembl ids.
fn separator(path: &Path, lines: &[String]) -> Separator {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let all = |test: fn(&str) -> bool| !lines.is_empty() && lines.iter().all(|line| test(line));
    if lines.iter().any(|line| line.contains('\t')) {
        Separator::Tab
    } else if name.ends_with(".csv") || all(|line| line.contains(',')) {
        Separator::Comma
    } else if all(|line| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(is_ensembl_gene_id) && words.next().is_some()
    }) {
        Separator::Blanks
    } else {
        Separator::Tab
    }
}

/// The fields of a line, without the quotes that some programs put around them.
fn fields(line: &str, separator: Separator) -> Vec<String> {
    let plain = |field: &str| field.trim().trim_matches('"').trim().to_owned();
    match separator {
        Separator::Tab => line.split('\t').map(plain).collect(),
        Separator::Blanks => line.split_whitespace().map(plain).collect(),
        Separator::Comma => {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(line.as_bytes());
            let record = reader.records().next().and_then(|record| record.ok());
            record.map_or_else(
                || line.split(',').map(plain).collect(),
                |record| record.iter().map(plain).collect(),
            )
        }
    }
}

/// All lines but empty ones at the end.
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut text = crate::lines::LineReader::open(path)?;
    let mut line = Vec::new();
    while let Some(number) = text.next(&mut line)? {
        text.keep(LINE + line.len())?;
        let own = String::from_utf8(std::mem::take(&mut line)).map_err(|_| {
            Error::format(
                path,
                Place::Line(number),
                "not_utf8",
                "is not UTF-8 text: copy the file again, or save it as UTF-8",
            )
        })?;
        lines.push(own);
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    Ok(lines)
}
