//! Tables with a row per gene: read whole, then handed out a column at a time.

use std::path::{Path, PathBuf};

use refcast_core::quoted;

use super::annotation::{ExclusionReason, judge};
use super::columns::{Columns, ValueColumn, check_orientation, columns as listed};
use super::faults::CellFaults;
use super::layout::is_summary;
use super::number::{NumberStyle, StyleSurvey, is_missing};
use super::record::Record;
use super::records::Records;
use super::units::check_units;
use super::values::TableValues;
use crate::error::{Error, Place, Result};
use crate::input::NAME;
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// A genes × samples table, held in memory.
pub struct GenesInRows {
    path: PathBuf,
    genes: Vec<String>,
    symbols: Option<Vec<String>>,
    samples: Vec<String>,
    /// Where in `cells` the samples are, `[samples]`.
    columns: Vec<usize>,
    cells: TableValues,
    notes: Vec<String>,
    next: usize,
}

impl GenesInRows {
    /// Reads the table. Columns that `wanted` names are samples whatever they look like.
    ///
    /// # Errors
    /// When the file cannot be read, is not such a table, or holds another unit than counts; single
    /// values are checked per sample, later.
    pub fn open(path: &Path, wanted: &[String]) -> Result<Self> {
        let (rows, survey) = GeneRows::read(path, wanted, NumberStyle::PLAIN)?;
        // A spreadsheet may have written the numbers in a style that only all of them tell.
        let (mut rows, style) = match survey.style() {
            Some(style) => (GeneRows::read(path, wanted, style)?.0, Some(style)),
            None => (rows, None),
        };
        rows.faults.check(path)?;
        if let Some(style) = style {
            rows.notes.push(described(style));
        }
        let reasons = judge(&rows.cells, &rows.values);
        for (reason, why) in [
            (
                ExclusionReason::Annotation,
                "passed over: by the values, annotation and no sample",
            ),
            (
                ExclusionReason::Total,
                "passed over: the sum or mean of the others",
            ),
        ] {
            let names: Vec<String> = rows
                .values
                .iter()
                .zip(&reasons)
                .filter(|(_, own)| **own == Some(reason))
                .map(|(column, _)| quoted(&column.name))
                .collect();
            if !names.is_empty() {
                rows.notes.push(format!(
                    "{} {why} (to use one all the same, name it with --samples)",
                    listed(&names)
                ));
            }
        }
        let columns: Vec<usize> = (0..rows.values.len())
            .filter(|&at| reasons[at].is_none())
            .collect();
        if columns.is_empty() {
            return Err(Error::format(
                path,
                Place::Whole,
                "no_columns",
                "has columns of annotation only, none of counts: pass a column for each sample",
            ));
        }
        let samples: Vec<String> = columns
            .iter()
            .map(|&at| rows.values[at].name.clone())
            .collect();
        check_sample_names(path, &samples)?;
        check_units(
            path,
            &samples,
            columns.iter().map(|&at| rows.cells.column(at)),
        )?;
        Ok(Self {
            path: path.to_owned(),
            genes: rows.genes,
            symbols: rows.symbols,
            samples,
            columns,
            cells: rows.cells,
            notes: rows.notes,
            next: 0,
        })
    }
}

fn described(style: NumberStyle) -> String {
    let group = match style.group {
        Some(',') => "commas",
        Some('.') => "points",
        Some(' ') => "spaces",
        Some('\'') => "apostrophes",
        Some(_) => "underscores",
        None => "",
    };
    let decimal = if style.decimal == ',' {
        "a decimal comma"
    } else {
        ""
    };
    match (group, decimal) {
        ("", decimal) => format!("numbers read with {decimal}"),
        (group, "") => format!("numbers read with {group} between thousands"),
        (group, decimal) => format!("numbers read with {group} between thousands and {decimal}"),
    }
}

/// The rows of the table with every column that may hold counts.
struct GeneRows {
    genes: Vec<String>,
    symbols: Option<Vec<String>>,
    values: Vec<ValueColumn>,
    cells: TableValues,
    faults: CellFaults,
    notes: Vec<String>,
}

impl GeneRows {
    fn read(path: &Path, wanted: &[String], style: NumberStyle) -> Result<(Self, StyleSurvey)> {
        let mut records = Records::open(path)?;
        let first_rows = records.first_rows();
        let Some((line, first)) = first_rows.first() else {
            return Err(Error::format(
                path,
                Place::Whole,
                "header_only",
                "has a header and no row: pass a line per gene",
            ));
        };
        records.check_header(first, *line)?;
        let layout = records.layout();
        if let Some(header) = &layout.header {
            let names: Vec<&str> = header.iter().skip(1).map(String::as_str).collect();
            check_orientation(path, layout.header_line, &names)?;
        }
        let columns = Columns::find(&records, &first_rows, wanted)?;
        let mut survey = StyleSurvey::default();
        let mut rows = Self {
            genes: Vec::new(),
            symbols: columns.symbols.map(|_| Vec::new()),
            cells: TableValues::new(columns.values.len()),
            faults: CellFaults::new(columns.values.len()),
            values: columns.values,
            notes: columns.notes,
        };
        let mut record = Record::default();
        while let Some(line) = records.next(&mut record)? {
            records.check_width(&record, line, columns.width)?;
            let gene = records.text(record.cell(columns.ids), line)?;
            let mut kept = NAME + gene.len();
            if let (Some(symbols), Some(column)) = (&mut rows.symbols, columns.symbols) {
                let symbol = records.text(record.cell(column), line)?;
                kept += NAME + symbol.len();
                symbols.push(symbol);
            }
            let before = rows.cells.bytes();
            let is_summary = is_summary(gene.as_bytes());
            for (at, value) in rows.values.iter().enumerate() {
                let cell = record.cell(value.column);
                let parsed = style.parse(cell);
                if !is_summary && !value.named_like_annotation {
                    survey.add(cell, parsed);
                }
                rows.cells.push(match parsed {
                    Some(parsed) => parsed,
                    // Lines that sum up what was not counted may be empty, and annotation may be
                    // missing for a gene.
                    None if is_summary => 0.0,
                    None if value.named_like_annotation && is_missing(cell) => f64::NAN,
                    None => {
                        rows.faults.add(at, line, &value.name, cell);
                        0.0
                    }
                });
            }
            rows.genes.push(gene);
            records.keep(kept + rows.cells.bytes() - before)?;
        }
        Ok((rows, survey))
    }
}

impl SampleSource for GenesInRows {
    fn path(&self) -> &Path {
        &self.path
    }

    fn gene_names(&self) -> &[String] {
        &self.genes
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.symbols.as_deref()
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        let Some(&column) = self.columns.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        Ok(Some(RawSample::Dense(self.cells.column(column))))
    }
}
