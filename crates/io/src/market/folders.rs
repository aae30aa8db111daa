//! A folder that has no matrix to read: what it is, and what to pass instead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use refcast_core::Fault;

use super::files::stem;
use super::programs::{MarketContent, content_of};
use crate::error::{Error, Result};
use crate::hdf5::listed;

/// How deep below a folder a matrix is looked for: `Solo.out/Gene/filtered`.
const DEPTH: usize = 3;

/// Why a folder has no matrix.
pub(super) struct Absent;

impl Absent {
    /// Refuses a folder in which the counts lie apart, spliced from unspliced, and nowhere whole;
    /// `asked` is the matrix that was asked for, if one was.
    pub(super) fn parts_apart(
        folder: &Path,
        names: &BTreeSet<String>,
        asked: &str,
    ) -> Option<refcast_core::Error> {
        let stems: BTreeSet<&str> = names.iter().filter_map(|name| stem(name)).collect();
        let of_parts: Vec<&str> = stems
            .iter()
            .copied()
            .filter(|stem| content_of(stem) == MarketContent::Part && !is_estimate(stem))
            .collect();
        let is_whole = stems.len() > of_parts.len() && asked.is_empty();
        let asks_for_whole = stem(asked).is_some_and(|asked| !of_parts.contains(&asked));
        if of_parts.is_empty() || is_whole || asks_for_whole {
            return None;
        }
        // `kb count` has lists for each of them.
        let by_kb = names.iter().any(|name| name.ends_with(".genes.txt"));
        let by_star = folder
            .parent()
            .filter(|_| of_parts.contains(&"spliced") && !by_kb);
        let fix = match by_star {
            Some(parent) => {
                let filtered = if folder.ends_with("raw") { "raw" } else { "filtered" };
                let solo = parent.parent().unwrap_or(Path::new(""));
                let gene = solo.join("Gene").join(filtered);
                let full = solo.join("GeneFull").join(filtered);
                format!(
                    "of STARsolo pass {}, or {} for nuclei",
                    gene.display(),
                    full.display()
                )
            }
            None => "of `kb count` run it again with `--sum=total` (`--sum=cell` leaves nascent molecules out) \
                     and pass cells_x_genes.total.mtx"
                .to_owned(),
        };
        let message = format!(
            "has molecules apart in {}, none of which holds the counts of genes: {fix}",
            listed(
                &of_parts
                    .iter()
                    .map(|stem| format!("{stem}.mtx"))
                    .collect::<Vec<_>>()
            )
        );
        Some(Fault::new(folder.display().to_string(), "velocity_matrices", message).into())
    }

    /// Says what a folder without a matrix is.
    pub(super) fn no_matrix(folder: &Path, names: &BTreeSet<String>) -> refcast_core::Error {
        let shown = folder.display().to_string();
        if names.iter().any(|name| is_zarr(name)) {
            return Fault::new(
                shown,
                "foreign_format",
                "is a zarr store: convert it with `anndata.read_zarr(path).write_h5ad(\"counts.h5ad\")`",
            )
            .into();
        }
        if names.contains("quants_mat.gz") {
            return Fault::new(
                shown,
                "foreign_format",
                "is a folder of salmon alevin with its matrix in binary (quants_mat.gz): run alevin with `--dumpMtx`, \
                 which writes quants_mat.mtx.gz beside it, or read it with R's tximport",
            )
            .into();
        }
        let nearby = matrices_below(folder, names);
        let fix = if nearby.is_empty() {
            format!(
                "pass a folder with matrix.mtx.gz, features.tsv.gz and barcodes.tsv.gz, or a file; it has {}",
                listed(&names.iter().collect::<Vec<_>>())
            )
        } else {
            format!("pass {}, which is in it", nearby.join(" or "))
        };
        let message = format!("is a folder without matrix.mtx or matrix.mtx.gz: {fix}");
        Fault::new(shown, "missing_file", message).into()
    }
}

fn is_estimate(stem: &str) -> bool {
    stem.contains("UniqueAndMult")
}

fn is_zarr(name: &str) -> bool {
    matches!(name, ".zgroup" | ".zattrs" | ".zmetadata" | "zarr.json")
}

/// What could have been meant by a folder that has no matrix itself, `outs` for example.
fn matrices_below(folder: &Path, names: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<PathBuf> = Vec::new();
    for name in names {
        let lower = name.to_lowercase();
        let is_file = [".h5", ".h5ad", ".h5mu", ".loom"]
            .iter()
            .any(|ending| lower.ends_with(ending));
        if is_file && !lower.contains("molecule_info") {
            found.push(folder.join(name));
        }
        collect(&folder.join(name), DEPTH, &mut found);
    }
    let mut shown: Vec<String> = found
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    // Whoever has both wants the cells.
    let filtered = |name: &String| name.contains("filtered");
    if shown.iter().any(filtered) {
        shown.retain(filtered);
    }
    shown.truncate(4);
    shown
}

/// Whether there is a matrix of counts in `folder`, or below it.
pub(super) fn has_matrix(folder: &Path) -> bool {
    let mut found = Vec::new();
    collect(folder, DEPTH, &mut found);
    !found.is_empty()
}

/// Adds the folders at and below `folder` that have a matrix of counts.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if depth == 0 || !folder.is_dir() {
        return;
    }
    let Ok(names) = names_in(folder) else {
        return;
    };
    let whole =
        |name: &String| stem(name).is_some_and(|stem| content_of(stem) == MarketContent::Whole);
    if names.iter().any(whole) {
        found.push(folder.to_owned());
    }
    for name in &names {
        collect(&folder.join(name), depth - 1, found);
    }
}

pub(super) fn names_in(folder: &Path) -> Result<BTreeSet<String>> {
    let unreadable = |error| Error::read(folder, error);
    std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| {
            Ok(entry
                .map_err(unreadable)?
                .file_name()
                .to_string_lossy()
                .into_owned())
        })
        .collect()
}
