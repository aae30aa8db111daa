//! How the lists fit the matrix: which of them has a header, and whether cells are its rows.

use refcast_core::{Fault, Faults};

use super::entries::MarketSize;
use super::files::MarketFiles;
use super::lists::with_header;
use crate::features::AxisTable;

/// Lists that fit.
pub(super) struct MarketLists {
    pub(super) genes: AxisTable,
    pub(super) cells: AxisTable,
    pub(super) cells_in_rows: bool,
}

/// Fits lists to a matrix by the numbers of their lines. Where both ways of lying fit, that of the
/// program that names files so is taken; a first line counts as a header only if it looks like one.
pub(super) fn fit(
    files: &MarketFiles,
    size: MarketSize,
    genes: AxisTable,
    cells: AxisTable,
    faults: &mut Faults,
) -> Option<MarketLists> {
    let rows_and_columns = (size.rows, size.columns);
    let titled = |table: &AxisTable| [Some(table.clone()), with_header(table)];
    for cells_in_rows in [files.cells_in_rows, !files.cells_in_rows] {
        for genes in titled(&genes).into_iter().flatten() {
            for cells in titled(&cells).into_iter().flatten() {
                let lengths = [&genes, &cells].map(|table| table.rows.len() as u64);
                let found = match cells_in_rows {
                    true => (lengths[1], lengths[0]),
                    false => (lengths[0], lengths[1]),
                };
                if found == rows_and_columns {
                    return Some(MarketLists {
                        genes,
                        cells,
                        cells_in_rows,
                    });
                }
            }
        }
    }
    let (of_genes, of_cells) = match files.cells_in_rows {
        true => ((size.columns, "columns"), (size.rows, "rows")),
        false => ((size.rows, "rows"), (size.columns, "columns")),
    };
    for (list, table, (expected, what)) in [
        (&files.genes, &genes, of_genes),
        (&files.cells, &cells, of_cells),
    ] {
        let found = table.rows.len() as u64;
        if found != expected {
            let message = format!(
                "has {found} lines where {} has {expected} {what}: the files are not of one folder, one of them is \
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
    None
}
