//! What the columns of a table with a row per gene are: ids, symbols, counts, annotation.

use std::collections::HashSet;
use std::path::Path;

use refcast_core::{GeneId, quoted};

use super::layout::{is_ensembl, is_summary};
use super::number::{is_missing, is_number};
use super::record::Record;
use super::records::Records;
use super::tools::{self, CountColumns};
use crate::error::{Error, Place, Result};

/// Headers of columns that hold names of genes, the surest first.
const GENE_HEADERS: &[&str] = &[
    "symbol",
    "gene_symbol",
    "genesymbol",
    "hgnc_symbol",
    "gene_name",
    "genename",
    "external_gene_name",
    "gene",
    "genes",
    "gene_id",
    "geneid",
    "gene_ids",
    "name",
    "id",
    "feature",
    "feature_name",
    "feature_id",
    "gene_short_name",
    "hgnc",
    "hugo_symbol",
    "target_id",
    "transcript_id",
    "tracking_id",
];

/// Words in the headers of annotation in numbers.
const ANNOTATION_WORDS: &[&str] = &[
    "length",
    "len",
    "width",
    "size",
    "start",
    "end",
    "stop",
    "begin",
    "pos",
    "position",
    "chr",
    "chrom",
    "chromosome",
    "seqnames",
    "strand",
    "exon",
    "exons",
    "exoncount",
    "gc",
    "level",
    "tsl",
    "support",
    "entrez",
    "entrezid",
    "entrezgene",
    "ncbi",
    "geneid",
    "ncbigene",
    "hgnc",
    "version",
    "taxid",
    "taxon",
    "total",
    "totals",
    "sum",
    "rowsum",
    "rowsums",
    "mean",
    "average",
    "avg",
    "median",
    "sd",
    "var",
    "variance",
    "cv",
    "max",
    "min",
    "rank",
    "index",
    "row",
    "number",
    "no",
    "transcripts",
    "isoforms",
    "genelength",
    "codinglength",
    "txlength",
    "effectivelength",
    "efflength",
    "mappability",
    "unnamed",
    "havana",
    "source",
    "score",
    "frame",
    "bp",
    "kb",
    "cds",
    "from",
    "to",
    "coverage",
];

/// The columns of a table with a row per gene.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many cells every row has.
    pub(super) width: usize,
    /// The column of the genes' ids, or of their symbols where there are no ids.
    pub(super) ids: usize,
    /// The column of symbols beside the ids, if there is one.
    pub(super) symbols: Option<usize>,
    /// The columns that may hold counts.
    pub(super) values: Vec<ValueColumn>,
    /// What was passed over and guessed, a sentence each.
    pub(super) notes: Vec<String>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueColumn {
    /// Its place in the row.
    pub(super) column: usize,
    /// Its name; the sample's.
    pub(super) name: String,
    /// The name is a word of annotation; only the values can say what it is.
    pub(super) named_like_annotation: bool,
    /// It was asked for by name, and is a sample whatever it holds.
    pub(super) wanted: bool,
}

/// What the first rows hold in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnContent {
    Nothing,
    Numbers,
    Text,
}

impl Columns {
    /// Reads the columns of `records`, of which `wanted` names samples that the user picks.
    ///
    /// # Errors
    /// When no column holds counts, or the table is one that holds none.
    pub(super) fn find(
        records: &Records,
        first_rows: &[(u64, Record)],
        wanted: &[String],
    ) -> Result<Self> {
        let layout = records.layout();
        let path = records.path();
        let is_star = first_rows
            .iter()
            .any(|(_, row)| row.cell(0).starts_with(b"N_"));
        let rows: Vec<&Record> = first_rows
            .iter()
            .map(|(_, row)| row)
            .filter(|row| !is_summary(row.cell(0)))
            .collect();
        let width = layout.width;
        let contents: Vec<ColumnContent> =
            (0..width).map(|column| content_of(&rows, column)).collect();
        let names = match &layout.header {
            Some(names) => names.clone(),
            None => headless(path, layout.header_line, &contents, is_star)?,
        };
        let lower: Vec<String> = names.iter().map(|name| normalised(name)).collect();
        let ids = id_column(&rows, &contents, &lower);
        let symbols = symbol_column(&rows, &contents, &lower, ids);
        let mut notes = layout.notes.clone();
        let counts = tools::count_columns(path, &names, width)?;
        let mut passed_over = Vec::new();
        let mut values = Vec::new();
        for column in (0..width).filter(|&column| column != ids && Some(column) != symbols) {
            let name = names.get(column).cloned().unwrap_or_default();
            let is_wanted = wanted.iter().any(|wanted| wanted.trim() == name) && !name.is_empty();
            let is_row_number = column == 0 && name.is_empty() && ids > 0;
            let chosen = match (&counts, contents[column]) {
                _ if is_wanted => true,
                (_, ColumnContent::Nothing) if name.is_empty() => continue,
                _ if is_row_number => false,
                (CountColumns::These(these), _) => these.iter().any(|(own, _)| *own == column),
                (CountColumns::AllBut(others), _) if others.contains(&column) => false,
                (_, ColumnContent::Text) => false,
                _ => true,
            };
            if chosen {
                let renamed = match &counts {
                    CountColumns::These(these) if !is_wanted => these
                        .iter()
                        .find(|(own, _)| *own == column)
                        .map(|(_, name)| name.clone()),
                    _ => None,
                };
                values.push(ValueColumn {
                    column,
                    named_like_annotation: is_annotation(&name),
                    name: renamed.unwrap_or(name),
                    wanted: is_wanted,
                });
            } else if !name.is_empty() {
                passed_over.push(quoted(&name));
            }
        }
        if let (CountColumns::These(_), true) = (&counts, values.iter().any(|value| value.wanted)) {
            values.retain(|value| value.wanted);
        }
        if values.is_empty() {
            return Err(Error::format(
                path,
                Place::Whole,
                "no_columns",
                "has no column of counts beside the names: separate the columns by tabs or commas",
            ));
        }
        if layout.header.is_none() {
            notes.push(
                "the table has no header line; the sample is named after the file".to_owned(),
            );
        }
        if !passed_over.is_empty() {
            notes.push(format!("{} passed over: no counts", columns(&passed_over)));
        }
        Ok(Self {
            width,
            ids,
            symbols,
            values,
            notes,
        })
    }
}

/// `column a`, or `columns a, b and 3 more`, for a sentence.
pub(super) fn columns(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        1 => format!("column {shown}"),
        n if n > SHOWN => format!("columns {shown} and {} more", n - SHOWN),
        _ => format!("columns {shown}"),
    }
}

/// The names of the columns of a table without a header line: that of the file for a single
/// column of counts, those of STAR for its table.
fn headless(
    path: &Path,
    line: u64,
    contents: &[ColumnContent],
    has_star_rows: bool,
) -> Result<Vec<String>> {
    let numeric: Vec<usize> = (1..contents.len())
        .filter(|&column| contents[column] == ColumnContent::Numbers)
        .collect();
    let mut names = vec![String::new(); contents.len()];
    match numeric.as_slice() {
        [only] => names[*only] = tools::sample_name(path),
        _ if has_star_rows && contents.len() == 4 => {
            for (name, column) in names[1..].iter_mut().zip(tools::STAR_COLUMNS) {
                (*name).push_str(column);
            }
        }
        _ => {
            return Err(Error::format(
                path,
                Place::Line(line),
                "no_header",
                format!(
                    "the first line holds values and no names, and the table has {} columns of numbers: add a line \
                     above it that names the columns (`gene_id` and a name for each sample, {} in all)",
                    numeric.len(),
                    contents.len()
                ),
            ));
        }
    }
    Ok(names)
}

/// The name of a column in lower case, its words joined by `_`.
pub(super) fn normalised(name: &str) -> String {
    name.to_lowercase().replace([' ', '.', '-'], "_")
}

fn is_annotation(name: &str) -> bool {
    // CodingLength and gene_length are two words each; S1_total is named after what it counts.
    let mut words = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    let words: Vec<String> = words
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words
        .last()
        .is_some_and(|last| ANNOTATION_WORDS.contains(&last.as_str()))
        || words
            .iter()
            .any(|word| ["entrez", "entrezid", "length", "start", "end"].contains(&word.as_str()))
}

fn content_of(rows: &[&Record], column: usize) -> ColumnContent {
    let (mut numbers, mut texts) = (0, 0);
    for row in rows {
        let cell = row.cell(column);
        if is_missing(cell) {
        } else if is_number(cell) {
            numbers += 1;
        } else {
            texts += 1;
        }
    }
    match (numbers, texts) {
        (0, 0) => ColumnContent::Nothing,
        (numbers, texts) if texts > numbers => ColumnContent::Text,
        _ => ColumnContent::Numbers,
    }
}

/// The fraction of the rows that `test` holds for.
fn fraction(rows: &[&Record], column: usize, test: impl Fn(&[u8]) -> bool) -> f64 {
    let holding = rows.iter().filter(|row| test(row.cell(column))).count();
    holding as f64 / rows.len().max(1) as f64
}

/// The fraction of the rows that hold a text of their own.
fn distinct(rows: &[&Record], column: usize) -> f64 {
    let texts: HashSet<&[u8]> = rows.iter().map(|row| row.cell(column)).collect();
    texts.len() as f64 / rows.len().max(1) as f64
}

/// The column of the genes: that of the Ensembl ids, wherever it stands; else the first that is
/// headed like names and holds text; else the first of texts that differ; else the first column.
fn id_column(rows: &[&Record], contents: &[ColumnContent], headers: &[String]) -> usize {
    let columns = 0..contents.len();
    let is_gene =
        |cell: &[u8]| is_ensembl(cell) && !cell.starts_with(b"ENST") && !cell.starts_with(b"ENSP");
    let ensembl = columns
        .clone()
        .find(|&column| fraction(rows, column, is_gene) > 0.5);
    if let Some(column) = ensembl {
        return column;
    }
    let tells =
        |column: &usize| contents[*column] == ColumnContent::Text && distinct(rows, *column) > 0.5;
    let headed = |column: &usize| {
        let header = headers.get(*column).map_or("", String::as_str);
        GENE_HEADERS.contains(&header)
    };
    if tells(&0) && (headed(&0) || headers.first().is_none_or(String::is_empty)) {
        return 0;
    }
    let texts: Vec<usize> = columns.filter(tells).collect();
    texts
        .iter()
        .copied()
        .find(|column| headed(column))
        .or_else(|| texts.first().copied())
        .unwrap_or(0)
}

/// The column of symbols beside the ids.
fn symbol_column(
    rows: &[&Record],
    contents: &[ColumnContent],
    headers: &[String],
    ids: usize,
) -> Option<usize> {
    const SYMBOLS: usize = 11;
    let others = (0..contents.len())
        .filter(|&column| column != ids && contents[column] == ColumnContent::Text);
    let mut headed: Vec<(usize, usize)> = others
        .filter(|&column| distinct(rows, column) > 0.2)
        .filter_map(|column| {
            let header = headers.get(column)?;
            let rank = GENE_HEADERS[..SYMBOLS]
                .iter()
                .position(|known| known == header);
            let description = header == "description" && looks_like_symbols(rows, column);
            rank.or(description.then_some(SYMBOLS))
                .map(|rank| (rank, column))
        })
        .collect();
    headed.sort_unstable();
    headed.first().map(|&(_, column)| column)
}

/// GTEx calls its symbols `Description`.
fn looks_like_symbols(rows: &[&Record], column: usize) -> bool {
    fraction(rows, column, |cell| {
        !cell.contains(&b' ') && cell.len() < 25
    }) > 0.95
}

/// Symbols of genes that nearly every table has, as R may have written them.
const COMMON_GENES: &[&str] = &[
    "ACTB", "GAPDH", "TP53", "B2M", "EEF1A1", "RPL3", "RPLP0", "MYC", "CD74", "VIM", "TMSB4X",
    "MALAT1", "HLA-A", "HLA.A", "STAT1", "JUN", "FOS", "CD4", "EGFR", "TNF", "IL6", "SIGLEC5",
    "TSPAN6",
];

/// Refuses a table whose samples are named like genes: it lies on its side.
pub(super) fn check_orientation(path: &Path, line: u64, names: &[&str]) -> Result<()> {
    let ids = names
        .iter()
        .filter(|name| name.parse::<GeneId>().is_ok())
        .count();
    let common = names
        .iter()
        .filter(|name| COMMON_GENES.contains(&name.to_uppercase().as_str()))
        .count();
    let genes = if ids * 2 > names.len() {
        ids
    } else if common >= 3 {
        common
    } else {
        return Ok(());
    };
    Err(Error::format(
        path,
        Place::Line(line),
        "wrong_orientation",
        format!(
            "{genes} of {} columns are named like genes: the table has samples in rows; say so \
             (`--samples-in-rows`), or transpose it",
            names.len()
        ),
    ))
}
