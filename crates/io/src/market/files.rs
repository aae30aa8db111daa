//! The files of one matrix: the matrix, the list of its genes and that of its cells, under the names
//! that programs give them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use refcast_core::{Fault, Faults};

use super::folders::{Absent, names_in};
use super::programs::{CELLS, GENES, MarketContent, NamedList, content_of};
use crate::error::{Error, Result};
use crate::hdf5::listed;

/// The files of one matrix.
#[derive(Debug)]
pub(super) struct MarketFiles {
    pub(super) matrix: PathBuf,
    pub(super) genes: PathBuf,
    pub(super) cells: PathBuf,
    /// Whether programs that name files so have cells in rows.
    pub(super) cells_in_rows: bool,
}

impl MarketFiles {
    /// Finds them from the folder, or from the matrix in it.
    ///
    /// # Errors
    /// Every file that is missing, with what is there instead; a folder with several matrices, or
    /// with one of another kind.
    pub(super) fn find(path: &Path) -> Result<Self> {
        let folder = if path.is_dir() {
            path
        } else {
            // The parent of a bare name is empty.
            match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            }
        };
        if !path.exists() {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Error::read(path, error));
        }
        let names = names_in(folder)?;
        let matrix = if path.is_dir() {
            chosen(folder, &names)?
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(refusal) = Absent::parts_apart(folder, &names, &name) {
                return Err(refusal.into());
            }
            name.into_owned()
        };
        let shown = folder.display().to_string();
        let mut faults = Faults::new();
        let mut beside = |what: &str, list: &[NamedList]| {
            let found = best(&matrix, &names, list);
            if found.is_none() {
                let wanted: Vec<&str> = list.iter().map(|named| named.ending).take(5).collect();
                let message = format!(
                    "has no list of {what} for {matrix}, such as {}, gzipped or not and with what stands before \
                     `matrix.mtx` before it: the matrix does not name its {what}; copy that file into the folder \
                     too, which has {}",
                    wanted.join(" or "),
                    listed(&names.iter().collect::<Vec<_>>())
                );
                faults.push(Fault::new(&shown, "missing_file", message));
            }
            found.unwrap_or_default()
        };
        let (genes, cells) = (beside("genes", GENES), beside("cells", CELLS));
        let cells_in_rows = genes.1 || cells.1;
        let files = Self {
            matrix: folder.join(&matrix),
            genes: folder.join(genes.0),
            cells: folder.join(cells.0),
            cells_in_rows,
        };
        Ok(faults.finish(files)?)
    }
}

/// The list that belongs to a matrix: its name, and whether programs that name it so have cells in
/// rows. What stands before the ending must be how the name of the matrix begins; the longest such
/// wins, then the order of the list. A gzipped file wins over the same unpacked.
fn best(matrix: &str, names: &BTreeSet<String>, list: &[NamedList]) -> Option<(String, bool)> {
    let belonging = names.iter().filter_map(|name| {
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let (order, named, prefix) = list.iter().enumerate().find_map(|(order, named)| {
            let prefix = plain.strip_suffix(named.ending)?;
            Some((order, named, prefix))
        })?;
        matrix
            .starts_with(prefix)
            .then_some((prefix.len(), std::cmp::Reverse(order), name, named))
    });
    let best = belonging.max_by_key(|&(length, order, name, _)| (length, order, name));
    best.map(|(_, _, name, named)| (name.clone(), named.cells_in_rows))
}

/// The matrix of a folder. Unpacked beside its gzip it is the same; `matrix.mtx` without anything
/// before it is that of the folder.
fn chosen(folder: &Path, names: &BTreeSet<String>) -> Result<String> {
    if let Some(refusal) = Absent::parts_apart(folder, names, "") {
        return Err(refusal.into());
    }
    let stems: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| stem(name))
        // Parts of the counts, or estimates of others, beside the counts themselves.
        .filter(|stem| content_of(stem) != MarketContent::Part)
        .collect();
    let of = |stem: &str| {
        let plain = format!("{stem}.mtx");
        if names.contains(&plain) {
            plain
        } else {
            format!("{plain}.gz")
        }
    };
    let first = [
        "matrix",
        "cells_x_genes",
        "count_matrix",
        "DGE",
        "quants_mat",
    ]
    .into_iter()
    .find(|name| stems.contains(name));
    if let Some(stem) = first {
        return Ok(of(stem));
    }
    let mut all = stems.into_iter();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(of(only)),
        (None, _) => Err(Absent::no_matrix(folder, names).into()),
        (Some(first), Some(second)) => {
            let several: Vec<String> = [first, second].into_iter().chain(all).map(of).collect();
            Err(refcast_core::Error::from(Fault::new(
                folder.display().to_string(),
                "several_matrices",
                format!(
                    "has several matrices ({}): pass one of these files instead of the folder",
                    listed(&several)
                ),
            ))
            .into())
        }
    }
}

/// What stands before `.mtx` or `.mtx.gz`; `None` for another name.
pub(super) fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".gz")
        .unwrap_or(name)
        .strip_suffix(".mtx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_belongs_to_the_matrix_that_begins_as_it_does() {
        let names: BTreeSet<String> = [
            "GSM1_a_matrix.mtx.gz",
            "GSM1_a_features.tsv.gz",
            "GSM2_b_features.tsv.gz",
            "features.tsv",
            "cells_x_genes.genes.txt",
            "cells_x_genes.genes.names.txt",
            "all_genes.csv",
            "S1_genes.tsv",
        ]
        .map(str::to_owned)
        .into();
        for (matrix, expected, cells_in_rows) in [
            ("GSM1_a_matrix.mtx.gz", "GSM1_a_features.tsv.gz", false),
            ("GSM3_matrix.mtx.gz", "features.tsv", false),
            ("S1_MoleculesPerMatchedBead.mtx", "S1_genes.tsv", false),
            ("cells_x_genes.mtx", "cells_x_genes.genes.txt", true),
        ] {
            let found = best(matrix, &names, GENES);
            assert_eq!(
                found,
                Some((expected.to_owned(), cells_in_rows)),
                "{matrix}"
            );
        }
    }
}
