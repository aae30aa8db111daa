//! The three files of a folder: matrix, features and barcodes, under the names in use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use refcast_core::{Fault, Faults};

use crate::error::{Error, Result};
use crate::hdf5::listed;

/// What the names end in, gzipped or not; before it may stand a prefix, as GEO puts one
/// (`GSM4557327_matrix.mtx.gz`).
const MATRIX: &str = "matrix.mtx";
const FEATURES: [&str; 2] = ["features.tsv", "genes.tsv"];
const BARCODES: [&str; 1] = ["barcodes.tsv"];

/// The files of one matrix.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) matrix: PathBuf,
    pub(super) features: PathBuf,
    pub(super) barcodes: PathBuf,
}

impl Files {
    /// Finds them from the folder, or from the matrix in it.
    ///
    /// # Errors
    /// Every file that is missing, with what is there instead; a folder with several matrices.
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
        let names = names_in(folder)?;
        let shown = folder.display().to_string();
        let (matrix, prefix) = if path.is_dir() {
            match chosen(&names) {
                Ok(name) => (name.clone(), prefix(&name).unwrap_or_default().to_owned()),
                Err(fault) => return Err(fault.describe(folder, &names).into()),
            }
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !path.exists() {
                let error = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(Error::read(path, error));
            }
            (
                name.to_string(),
                prefix(&name).unwrap_or_default().to_owned(),
            )
        };
        let mut faults = Faults::new();
        let mut beside = |what: &str, endings: &[&str]| {
            let candidates: Vec<String> = endings
                .iter()
                .flat_map(|ending| [format!("{prefix}{ending}.gz"), format!("{prefix}{ending}")])
                .collect();
            let found = candidates.iter().find(|name| names.contains(*name));
            if found.is_none() {
                let message = format!(
                    "has no {} beside {matrix}: the matrix does not name its {what}; copy that file into the \
                     folder too, which has {}",
                    candidates.join(" or "),
                    listed(&names.iter().collect::<Vec<_>>())
                );
                faults.push(Fault::new(&shown, "missing_file", message));
            }
            found.map(|name| folder.join(name)).unwrap_or_default()
        };
        let files = Self {
            features: beside("genes", &FEATURES),
            barcodes: beside("cells", &BARCODES),
            matrix: folder.join(&matrix),
        };
        Ok(faults.finish(files)?)
    }
}

/// What stands before `matrix.mtx` or `matrix.mtx.gz`; `None` for another name.
fn prefix(name: &str) -> Option<&str> {
    name.strip_suffix(".gz")
        .unwrap_or(name)
        .strip_suffix(MATRIX)
}

enum NotOne {
    None,
    Several(Vec<String>),
}

/// The matrix of a folder. Unpacked beside its gzip it is the same; one without prefix is that of
/// the folder.
fn chosen(names: &BTreeSet<String>) -> std::result::Result<String, NotOne> {
    let prefixes: BTreeSet<&str> = names.iter().filter_map(|name| prefix(name)).collect();
    let of = |prefix: &str| {
        let plain = format!("{prefix}{MATRIX}");
        let packed = format!("{plain}.gz");
        if names.contains(&plain) {
            plain
        } else {
            packed
        }
    };
    if prefixes.contains("") {
        return Ok(of(""));
    }
    let mut all = prefixes.into_iter();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(of(only)),
        (None, _) => Err(NotOne::None),
        (Some(first), Some(second)) => Err(NotOne::Several(
            [first, second].into_iter().chain(all).map(of).collect(),
        )),
    }
}

impl NotOne {
    fn describe(self, folder: &Path, names: &BTreeSet<String>) -> refcast_core::Error {
        let shown = folder.display().to_string();
        let fault = match self {
            Self::Several(matrices) => Fault::new(
                shown,
                "several_matrices",
                format!(
                    "has several matrices ({}): pass one of these files instead of the folder",
                    listed(&matrices)
                ),
            ),
            Self::None if names.iter().any(|name| is_zarr(name)) => Fault::new(
                shown,
                "foreign_format",
                "is a zarr store: convert it with `anndata.read_zarr(path).write_h5ad(\"counts.h5ad\")`",
            ),
            Self::None => {
                let nearby = matrices_below(folder, names);
                let fix = if nearby.is_empty() {
                    format!(
                        "pass a folder with {MATRIX}.gz, features.tsv.gz and barcodes.tsv.gz, or a file; it has {}",
                        listed(&names.iter().collect::<Vec<_>>())
                    )
                } else {
                    format!("pass {}, which is in it", nearby.join(" or "))
                };
                let message = format!("is a folder without {MATRIX} or {MATRIX}.gz: {fix}");
                Fault::new(shown, "missing_file", message)
            }
        };
        fault.into()
    }
}

fn is_zarr(name: &str) -> bool {
    matches!(name, ".zgroup" | ".zattrs" | ".zmetadata" | "zarr.json")
}

/// What could have been meant by a folder that has no matrix itself, `outs` for example.
fn matrices_below(folder: &Path, names: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let path = folder.join(name);
        let is_file = name.ends_with(".h5") || name.ends_with(".h5ad");
        let holds = path.is_dir()
            && names_in(&path).is_ok_and(|names| names.iter().any(|name| prefix(name).is_some()));
        if (is_file && !name.contains("molecule_info")) || holds {
            found.push(path.display().to_string());
        }
    }
    // Whoever has both wants the cells.
    let filtered = |name: &String| name.contains("filtered");
    if found.iter().any(filtered) {
        found.retain(filtered);
    }
    found.truncate(3);
    found
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>> {
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
