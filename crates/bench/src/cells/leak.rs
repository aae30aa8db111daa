//! Whether training sees the cells that it is tested on, or others that would tell of them. Runs on
//! every fold before training, on the very corpus that training gets, and from the cells that are
//! asked for rather than from what the fold meant to leave out.

use std::collections::BTreeSet;

use refcast_train::CellCorpus;
use refcast_train::corpus::cells::CellSet;

use super::arms::{LABEL, Row, is_treated, text};
use crate::error::{Error, Result};

/// What training must not hold of the set that is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Apart<'a> {
    /// Treated cells with the label of one that is asked for.
    Kind,
    /// Cells of the same donor, by this column; nor those whose donor is not known.
    Donor(&'a str),
    /// Any cell.
    Set,
}

/// Checks a fold that asks for these cells of a set.
///
/// # Errors
/// The first leak, with the cell; no cells that are asked for.
pub fn check(
    (benchmark, fold): (&str, &str),
    set: &CellSet,
    asked: &[usize],
    apart: Apart<'_>,
    training: &CellCorpus,
) -> Result<()> {
    let name = &set.recipe.name;
    if asked.is_empty() {
        return Err(Error::Empty {
            benchmark: benchmark.to_owned(),
            selector: format!("{fold} of {name}"),
        });
    }
    let of = |column: &str| -> BTreeSet<&str> {
        asked
            .iter()
            .map(|&cell| text(&set.rows[cell], column))
            .collect()
    };
    let ids = of("sample_id");
    let column = match apart {
        Apart::Kind => LABEL,
        Apart::Donor(column) => column,
        Apart::Set => "sample_id",
    };
    let values = of(column);
    let leaks = |row: &&Row| {
        ids.contains(text(row, "sample_id"))
            || match apart {
                Apart::Kind => is_treated(row) && values.contains(text(row, column)),
                Apart::Donor(_) => {
                    matches!(text(row, column), own if own.is_empty() || values.contains(own))
                }
                Apart::Set => true,
            }
    };
    let mut own = training.sets.iter().filter(|own| own.recipe.name == *name);
    let found = own.find_map(|own| own.rows.iter().find(leaks));
    found.map_or(Ok(()), |row| {
        Err(Error::Leak {
            benchmark: benchmark.to_owned(),
            fold: fold.to_owned(),
            problem: format!(
                "{} of {name} is in training, with {column} {:?}",
                text(row, "sample_id"),
                text(row, column)
            ),
        })
    })
}
