//! A folder of Cell Ranger: a MatrixMarket file with the names of its rows and columns.

use std::path::{Path, PathBuf};

use refcast_core::{Fault, Faults};

use super::cells::{Cells, survey};
use super::features::Features;
use super::files::Files;
use super::lists::{read_barcodes, read_features};
use super::market::{Market, Size};
use super::raw_matrix::refuse_empty_droplets;
use crate::error::Result;
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// A 10x matrix as a folder of text files opened for reading, one cell at a time.
///
/// Opening reads the matrix once, to check all of it. If its entries are sorted by cell, as Cell
/// Ranger writes them, cells are then streamed and memory does not grow with the stored values. If
/// not, opening sorts them in a temporary file, 16 bytes an entry, with 20 MB of memory and 64 KB
/// for every million entries.
pub struct TenxFolder {
    path: PathBuf,
    matrix: PathBuf,
    features: Features,
    barcodes: Vec<String>,
    cells: Cells,
    notes: Vec<String>,
}

impl TenxFolder {
    /// Opens a folder, or the `matrix.mtx` in it.
    ///
    /// # Errors
    /// Every fault at once: files that are missing or cut off, lists that do not fit the matrix,
    /// ids that occur twice, genes of several genomes, no gene at all, the raw matrix of all
    /// barcodes.
    pub fn open(path: &Path) -> Result<Self> {
        let files = Files::find(path)?;
        let mut faults = Faults::new();
        let features = keep(&mut faults, read_features(&files.features)).map(|table| {
            let shown = files.features.display().to_string();
            let place = |feature: usize| format!("{shown}:{}", feature + 1);
            Features::new(table, &shown, place, &mut faults)
        });
        let barcodes = keep(&mut faults, read_barcodes(&files.barcodes));
        if let Some(barcodes) = &barcodes {
            keep(&mut faults, check_sample_names(&files.barcodes, barcodes));
        }
        let market = keep(&mut faults, Market::open(&files.matrix));
        if let (Some(features), Some(barcodes), Some(market)) = (&features, &barcodes, &market) {
            let found = [features.position.len(), barcodes.len()];
            check_size(&files, market.size(), found, &mut faults);
        }
        // Of a size that fits the lists, so that no header can ask for memory that is not needed.
        let fits = faults.is_empty();
        let survey = market
            .filter(|_| fits)
            .and_then(|market| keep(&mut faults, survey(market, &files.matrix)));
        if let Some(survey) = &survey {
            let stored = survey.stored.iter().map(|&count| u64::from(count));
            let shown = files.matrix.display().to_string();
            refuse_empty_droplets(stored, &shown, &mut faults);
        }
        let (Some(features), Some(barcodes), Some(survey), true) =
            (features, barcodes, survey, faults.is_empty())
        else {
            return Err(faults.into_error().into());
        };
        let mut notes: Vec<String> = features.left_out.iter().cloned().collect();
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
            cells: Cells::open(&files.matrix, survey)?,
            matrix: files.matrix,
            notes,
        })
    }
}

/// The value of a success; a failure joins the faults.
fn keep<T>(faults: &mut Faults, result: Result<T>) -> Option<T> {
    faults.keep("", result.map_err(refcast_core::Error::from))
}

/// `found`: lines of the lists of features and of barcodes.
fn check_size(files: &Files, size: Size, found: [usize; 2], faults: &mut Faults) {
    let [features, barcodes] = found.map(|lines| lines as u64);
    if (size.rows, size.columns) == (features, barcodes) {
        return;
    }
    if (size.rows, size.columns) == (barcodes, features) {
        let message = format!(
            "is barcodes × features ({} × {}): 10x has features in rows; transpose it: `scipy.io.mmwrite(path, \
             m.T.tocsc())`",
            size.rows, size.columns
        );
        faults.push(Fault::new(
            files.matrix.display().to_string(),
            "transposed",
            message,
        ));
        return;
    }
    let lists = [
        (&files.features, features, size.rows, "rows"),
        (&files.barcodes, barcodes, size.columns, "columns"),
    ];
    for (list, lines, expected, what) in lists {
        if lines != expected {
            let message = format!(
                "has {lines} lines where {} has {expected} {what}: the files are not of one folder, one of them is \
                 cut off, or a header line does not belong; copy them together again",
                files.matrix.display()
            );
            faults.push(Fault::new(
                list.display().to_string(),
                "wrong_length",
                message,
            ));
        }
    }
}

impl SampleSource for TenxFolder {
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
