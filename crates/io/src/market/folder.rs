//! A folder with a MatrixMarket file and the names of its rows and columns.

use std::path::{Path, PathBuf};

use refcast_core::Faults;

use super::cells::{MarketCells, survey};
use super::entries::Market;
use super::files::MarketFiles;
use super::fit::fit;
use super::lists::read_list;
use crate::error::Result;
use crate::features::{Features, table_of};
use crate::raw_matrix::refuse_empty_droplets;
use crate::sample_names::{UNIQUE_BARCODES, check_sample_names};
use crate::source::{RawSample, SampleSource};

/// A matrix as a folder of text files opened for reading, one cell at a time.
///
/// Opening reads the matrix once, to check all of it. If its entries are sorted by cell, as Cell
/// Ranger writes them, cells are then streamed and memory does not grow with the stored values. If
/// not, opening sorts them in a temporary file, 16 bytes an entry, with 20 MB of memory and 64 KB
/// for every million entries.
pub struct MarketFolder {
    path: PathBuf,
    matrix: PathBuf,
    features: Features,
    barcodes: Vec<String>,
    cells: MarketCells,
    notes: Vec<String>,
}

impl MarketFolder {
    /// Opens a folder, or the `.mtx` in it.
    ///
    /// # Errors
    /// Every fault at once: files that are missing or cut off, lists that do not fit the matrix,
    /// genes without an id or of several genomes of which none is human, no gene at all, the raw
    /// matrix of all barcodes.
    pub fn open(path: &Path) -> Result<Self> {
        let files = MarketFiles::find(path)?;
        let mut faults = Faults::new();
        let genes = keep(&mut faults, read_list(&files.genes));
        let cells = keep(&mut faults, read_list(&files.cells));
        let market = keep(&mut faults, Market::open(&files.matrix));
        // Of a size that fits the lists, so that no header can ask for memory that is not needed.
        let fitted = match (genes, cells, &market) {
            (Some(genes), Some(cells), Some(market)) => {
                fit(&files, market.size(), genes, cells, &mut faults)
            }
            _ => None,
        };
        let Some((fitted, market)) = fitted.zip(market) else {
            return Err(faults.into_error().into());
        };
        let shown = files.genes.display().to_string();
        let first_line = 1 + usize::from(fitted.genes.header.is_some());
        let place = |feature: usize| format!("{shown}:{}", feature + first_line);
        let features = Features::new(table_of(&fitted.genes), &shown, place, &mut faults);
        let barcodes = fitted.cells.names();
        let named = check_sample_names(&files.cells, &barcodes);
        keep(
            &mut faults,
            named.map_err(|error| error.with_advice(UNIQUE_BARCODES)),
        );
        let market = market.with_cells_in_rows(fitted.cells_in_rows);
        let survey = keep(&mut faults, survey(market, &files.matrix));
        if let Some(survey) = &survey {
            let stored = survey.stored.iter().map(|&count| u64::from(count));
            let shown = files.matrix.display().to_string();
            refuse_empty_droplets(stored, &shown, &mut faults);
        }
        let (Some(survey), true) = (survey, faults.is_empty()) else {
            return Err(faults.into_error().into());
        };
        let mut notes = features.notes.clone();
        if fitted.cells_in_rows != files.cells_in_rows {
            let lies = match fitted.cells_in_rows {
                true => "cells × genes",
                false => "genes × cells",
            };
            notes.push(format!(
                "{} is {lies}, as the lengths of its lists say, and was read so",
                files.matrix.display()
            ));
        }
        if !survey.sorted {
            notes.push(format!(
                "{} is not sorted by cell; it was sorted in a temporary file first",
                files.matrix.display()
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            features,
            barcodes,
            cells: MarketCells::open(&files.matrix, survey, fitted.cells_in_rows)?,
            matrix: files.matrix,
            notes,
        })
    }
}

/// The value of a success; a failure joins the faults.
fn keep<T>(faults: &mut Faults, result: Result<T>) -> Option<T> {
    faults.keep("", result.map_err(refcast_core::Error::from))
}

impl SampleSource for MarketFolder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn gene_names(&self) -> &[String] {
        &self.features.ids
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.features.symbols.as_deref()
    }

    fn sample_names(&self) -> &[String] {
        &self.barcodes
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        let cell = self.cells.next(&self.matrix)?;
        Ok(cell.map(|(feature, value)| {
            let (gene, value) = self.features.genes_of(feature, value);
            RawSample::Sparse { gene, value }
        }))
    }
}
