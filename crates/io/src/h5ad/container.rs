//! The one place where HDF5 is opened and asked, and where its errors become faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdf5_pure::{
    AttrValue, ChunkCacheConfig, Error as Hdf5Error, File, FileAccessProperties, FormatError,
    MetadataCacheConfig, is_hdf5,
};

use super::fault::{H5adFault, listed};
use super::field::Field;
use super::filters;
use super::pages::PagedFile;

/// Decompressed chunks kept per dataset, so that a chunk shared by two windows of rows is
/// decompressed once.
const CHUNK_CACHE_BYTES: usize = 16 << 20;
const METADATA_CACHE_BYTES: usize = 8 << 20;

/// Which file is read; every fault needs it.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) path: PathBuf,
    /// Size of the file in bytes, the measure of what its arrays can plausibly hold.
    pub(super) bytes: u64,
}

impl Origin {
    pub(super) fn fault(
        &self,
        field: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> H5adFault {
        H5adFault::new(&self.path, field, problem, fix)
    }

    /// A fault that only a damaged file, or a broken writer, can show.
    pub(super) fn damaged(&self, field: &str, problem: impl Into<String>) -> H5adFault {
        self.fault(
            field,
            problem,
            "the file is damaged: copy or download it again, or write it again from its source",
        )
    }

    /// Asks the HDF5 library something about `field`. Every call into it goes through here, so
    /// that its errors are explained in one place.
    pub(super) fn ask<T>(
        &self,
        field: &str,
        question: impl FnOnce() -> Result<T, Hdf5Error>,
    ) -> Result<T, H5adFault> {
        question().map_err(|error| self.explain(field, &error))
    }

    fn explain(&self, field: &str, error: &Hdf5Error) -> H5adFault {
        match error {
            Hdf5Error::Format(FormatError::UnsupportedFilter(id)) => {
                self.unsupported_filter(field, *id)
            }
            Hdf5Error::Format(FormatError::PathNotFound(_)) => self.fault(
                field,
                "is missing",
                "write the file again with `adata.write_h5ad(path)`",
            ),
            Hdf5Error::Format(FormatError::UnexpectedEof { .. }) => {
                self.damaged(field, "the file ends before its data does (truncated?)")
            }
            Hdf5Error::Format(FormatError::Source(reason)) => self.fault(
                field,
                format!("cannot be read: {reason}"),
                "check that the disk or network it is on works",
            ),
            Hdf5Error::FileMarkedInUse(_) => self.fault(
                field,
                "another program has the file open for writing, or died while it had",
                "close that program, or clear the mark with `h5clear -s FILE`",
            ),
            other => self.damaged(field, format!("HDF5 says: {other}")),
        }
    }

    pub(super) fn unsupported_filter(&self, field: &str, id: u16) -> H5adFault {
        self.fault(
            field,
            format!(
                "is compressed with {}, which cannot be read here",
                filters::name(id)
            ),
            "write it again from Python, where that filter is installed: \
             `adata.write_h5ad(path, compression=\"gzip\")`",
        )
    }
}

/// An open HDF5 file.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) origin: Arc<Origin>,
    file: File,
}

impl Container {
    pub(super) fn open(path: &Path) -> Result<Self, H5adFault> {
        let unreadable = |error: std::io::Error| {
            H5adFault::new(
                path,
                "",
                format!("cannot be opened: {error}"),
                "check the path and that you may read it",
            )
        };
        let about = std::fs::metadata(path).map_err(unreadable)?;
        if about.is_dir() {
            return Err(H5adFault::new(
                path,
                "",
                "is a folder, not an h5ad file",
                "if it is a zarr store, convert it: `anndata.read_zarr(path).write_h5ad(...)`",
            ));
        }
        let origin = Arc::new(Origin {
            path: path.to_path_buf(),
            bytes: about.len(),
        });
        if about.len() == 0 {
            return Err(origin.fault("", "is empty", "write or copy it again"));
        }
        if !is_hdf5(path).map_err(unreadable)? {
            return Err(origin.fault(
                "",
                "is not an HDF5 file, so not an h5ad file",
                "check the path; a text table needs the ending .tsv or .csv (or .gz after it)",
            ));
        }
        let access = FileAccessProperties::new()
            .with_chunk_cache(
                ChunkCacheConfig::new()
                    .with_max_bytes(CHUNK_CACHE_BYTES)
                    .with_max_slots(4096),
            )
            .with_metadata_cache(MetadataCacheConfig::new(METADATA_CACHE_BYTES));
        let source = PagedFile::new(std::fs::File::open(path).map_err(unreadable)?, about.len());
        let file = origin.ask("", || File::from_source_with_options(source, access))?;
        // The file says how long it is: the surest sign of an interrupted copy or download.
        let promised = file.superblock().eof_address;
        if promised > origin.bytes && promised != u64::MAX {
            let problem = format!("is truncated: {} of {promised} bytes", origin.bytes);
            return Err(origin.damaged("", problem));
        }
        Ok(Self { origin, file })
    }

    /// Whether `at` names a dataset.
    pub(super) fn is_dataset(&self, at: &str) -> Result<bool, H5adFault> {
        present(self.origin.ask(at, || {
            Ok(self.file.dataset(at).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    /// Whether `at` names a group.
    pub(super) fn is_group(&self, at: &str) -> Result<bool, H5adFault> {
        present(self.origin.ask(at, || {
            Ok(self.file.group(at).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    pub(super) fn dataset(&self, at: &str) -> Result<Field, H5adFault> {
        let dataset = self.origin.ask(at, || self.file.dataset(at))?;
        Field::new(Arc::clone(&self.origin), at, dataset)
    }

    /// Names of the groups and datasets directly under `at` (empty: the root), sorted.
    pub(super) fn members(&self, at: &str) -> Result<Vec<String>, H5adFault> {
        self.origin.ask(at, || {
            let group = if at.is_empty() {
                self.file.root()
            } else {
                self.file.group(at)?
            };
            let mut names = group.groups()?;
            names.extend(group.datasets()?);
            names.sort();
            Ok(names)
        })
    }

    /// The attributes of a group.
    pub(super) fn attributes(&self, at: &str) -> Result<HashMap<String, AttrValue>, H5adFault> {
        self.origin.ask(at, || self.file.group(at)?.attrs())
    }

    /// Refuses a file that is HDF5 but no AnnData, saying what it is instead.
    pub(super) fn expect_anndata(&self) -> Result<(), H5adFault> {
        let has = self.members("")?;
        let there = |name: &str| has.iter().any(|other| other == name);
        if there("obs") && there("var") {
            return Ok(());
        }
        let fix = if there("matrix") {
            "it looks like a 10x matrix: convert it with `scanpy.read_10x_h5(path).write_h5ad(...)`"
        } else if there("row_attrs") {
            "it looks like a loom file: convert it with `scanpy.read_loom(path).write_h5ad(...)`"
        } else if there("assays") {
            "it looks like an h5Seurat file: convert it with SeuratDisk's `Convert(path, \"h5ad\")`"
        } else {
            "an h5ad file has obs, var and X: write one with `adata.write_h5ad(path)`"
        };
        Err(self.origin.fault(
            "",
            format!("is HDF5 but not h5ad: it has {}", listed(&has)),
            fix,
        ))
    }
}

/// Why a name could not be opened as the kind of object asked for.
enum Absence {
    /// There is no such name, or it is the other kind of object.
    Absent,
    Failed(Hdf5Error),
}

impl From<Hdf5Error> for Absence {
    fn from(error: Hdf5Error) -> Self {
        match error {
            Hdf5Error::Format(FormatError::PathNotFound(_))
            | Hdf5Error::NotADataset(_)
            | Hdf5Error::NotAGroup(_) => Self::Absent,
            other => Self::Failed(other),
        }
    }
}

fn present(found: Result<(), Absence>) -> Result<bool, Hdf5Error> {
    match found {
        Ok(()) => Ok(true),
        Err(Absence::Absent) => Ok(false),
        Err(Absence::Failed(error)) => Err(error),
    }
}
