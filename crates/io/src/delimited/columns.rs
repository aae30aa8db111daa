//! What the columns of a table are, told by its header.

use std::path::Path;

use refcast_core::GeneId;

use super::records::{Records, ragged};
use crate::error::{Error, Place, Result};

/// Headers of columns that hold symbols.
const SYMBOLS: &[&str] = &[
    "symbol",
    "gene_name",
    "gene_symbol",
    "genename",
    "genesymbol",
    "hgnc_symbol",
    "external_gene_name",
    "gene",
];

/// Headers of other columns that stand between the ids and the counts; `chr` to `length` are
/// those of featureCounts, whose lengths would else be read as a sample.
const ANNOTATION: &[&str] = &[
    "description",
    "gene_description",
    "gene_type",
    "gene_biotype",
    "biotype",
    "chr",
    "chrom",
    "chromosome",
    "start",
    "end",
    "strand",
    "length",
    "entrezid",
    "entrez_id",
];

/// The columns of a table with ids in the first column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many columns every row has.
    pub(super) width: usize,
    /// The column of symbols, if there is one.
    pub(super) symbols: Option<usize>,
    /// The first column of counts.
    pub(super) first_value: usize,
    /// The names of the columns of counts.
    pub(super) names: Vec<String>,
}

impl Columns {
    /// Reads the header against the width of the first row. R's `write.table` names no column for
    /// the ids, so that its header is one shorter. `annotated` allows columns of annotation after
    /// the ids.
    pub(super) fn from_header(
        records: &Records,
        row_width: usize,
        row_line: u64,
        annotated: bool,
    ) -> Result<Self> {
        let header = records.header();
        let mut names: Vec<String> = header.to_vec();
        if row_width == header.len() + 1 {
            names.insert(0, String::new());
        } else if row_width != header.len() {
            return Err(ragged(records.path(), row_line, header.len(), row_width));
        }
        let mut symbols = None;
        let mut first_value = 1;
        while let Some(name) = names.get(first_value).filter(|_| annotated) {
            let name = name.to_lowercase().replace([' ', '.'], "_");
            if SYMBOLS.contains(&name.as_str()) {
                symbols = symbols.or(Some(first_value));
            } else if !ANNOTATION.contains(&name.as_str()) {
                break;
            }
            first_value += 1;
        }
        let names = names.split_off(first_value.min(names.len()));
        if names.is_empty() {
            return Err(Error::format(
                records.path(),
                Place::Whole,
                "no_columns",
                "has no column of counts beside the names: separate the columns by tabs or commas",
            ));
        }
        Ok(Self {
            width: row_width,
            symbols,
            first_value,
            names,
        })
    }
}

/// Refuses a table whose samples are named like genes: it lies on its side.
pub(super) fn check_orientation(path: &Path, sample_names: &[String]) -> Result<()> {
    let genes = sample_names
        .iter()
        .filter(|name| name.parse::<GeneId>().is_ok())
        .count();
    if genes * 2 <= sample_names.len() {
        return Ok(());
    }
    Err(Error::format(
        path,
        Place::Line(1),
        "wrong_orientation",
        format!(
            "{genes} of {} columns are named like genes: the table has samples in rows; say so \
             (`--samples-in-rows`), or transpose it",
            sample_names.len()
        ),
    ))
}
