//! The cells of a MatrixMarket file, one at a time, whatever the order of its entries.
//!
//! The file is read twice. The first time checks every line and whether the entries are sorted by
//! cell, as Cell Ranger, STARsolo and R write them. If they are, the second time streams them; if
//! not (`scipy.io.mmwrite` of a matrix by genes), it sorts them in a temporary file.

use std::path::Path;

use super::entries::{Market, MarketSize};
use crate::by_cell::{ByCell, Gathering, MatrixEntry};
use crate::error::{Error, Place, Result};
use crate::features::summed;

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) size: MarketSize,
    /// Entries of each cell.
    pub(super) stored: Vec<u32>,
    /// Whether the entries of each cell follow each other, cell after cell.
    pub(super) sorted: bool,
}

/// Reads the whole file.
///
/// # Errors
/// Whatever is wrong with a line; a cell with more entries than can be counted.
pub(super) fn survey(mut market: Market, path: &Path) -> Result<Survey> {
    let size = market.size();
    let mut stored = vec![0u32; market.n_cells() as usize];
    let mut sorted = true;
    let mut last = 0;
    while let Some(entry) = market.next()? {
        sorted &= entry.cell >= last;
        last = entry.cell;
        // Within the size, which the entry was checked against.
        let count = &mut stored[entry.cell as usize];
        *count = count.checked_add(1).ok_or_else(|| {
            let message =
                "a cell has more entries than any reference has genes: copy the file again";
            Error::format(path, Place::Whole, "too_many_entries", message)
        })?;
    }
    Ok(Survey {
        size,
        stored,
        sorted,
    })
}

/// Cells in the order of the barcodes.
pub(super) enum MarketCells {
    /// Entries are streamed; the one that was read too far is kept.
    Sorted {
        market: Box<Market>,
        ahead: Option<MatrixEntry>,
        cell: u32,
        cells: u32,
    },
    /// Entries were sorted in a temporary file.
    Gathered(ByCell),
}

impl MarketCells {
    /// Begins the second reading.
    ///
    /// # Errors
    /// When the file cannot be read again, or there is no space to sort it.
    pub(super) fn open(path: &Path, survey: Survey, cells_in_rows: bool) -> Result<Self> {
        let mut market = Market::open(path)?.with_cells_in_rows(cells_in_rows);
        if market.size() != survey.size {
            return Err(changed(path));
        }
        if survey.sorted {
            return Ok(Self::Sorted {
                ahead: market.next()?,
                market: Box::new(market),
                cell: 0,
                cells: survey.stored.len() as u32,
            });
        }
        let unsorted = |error| Error::write(&std::env::temp_dir(), error);
        let mut gathering = Gathering::new(survey.stored).map_err(unsorted)?;
        while let Some(entry) = market.next()? {
            gathering.add(entry).map_err(unsorted)?;
        }
        Ok(Self::Gathered(gathering.finish().map_err(unsorted)?))
    }

    /// The features and values of the next cell, by feature and each once; values that repeat are
    /// added up, as scipy does. `None` after the last.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub(super) fn next(&mut self, path: &Path) -> Result<Option<(Vec<u32>, Vec<f64>)>> {
        let entries = match self {
            Self::Gathered(by_cell) => by_cell
                .next()
                .map_err(|error| Error::read(&std::env::temp_dir(), error))?,
            Self::Sorted {
                market,
                ahead,
                cell,
                cells,
            } => {
                if cell == cells {
                    return Ok(None);
                }
                let mut entries = Vec::new();
                while let Some(entry) = *ahead {
                    if entry.cell > *cell {
                        break;
                    }
                    if entry.cell < *cell {
                        return Err(changed(path));
                    }
                    entries.push(entry);
                    *ahead = market.next()?;
                }
                *cell += 1;
                Some(entries)
            }
        };
        let entries = entries.map(|entries| {
            let entries = entries.into_iter();
            summed(entries.map(|entry| (entry.feature, entry.value)))
        });
        Ok(entries)
    }
}

fn changed(path: &Path) -> Error {
    Error::format(
        path,
        Place::Whole,
        "changed",
        "changed while it was read: wait until it is complete",
    )
}
