//! The one place where HDF5 is opened and asked, and where its errors become faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdf5_pure::{
    AttrValue, ChunkCacheConfig, Error as Hdf5Error, File, FileAccessProperties, FormatError,
    MetadataCacheConfig, is_hdf5,
};

use super::fault::Hdf5Fault;
use super::field::Field;
use super::filters;
use super::kind::Kind;
use super::pages::PagedFile;

/// Decompressed chunks kept per dataset, so that a chunk shared by two windows of rows is
/// decompressed once.
const CHUNK_CACHE_BYTES: usize = 16 << 20;
const METADATA_CACHE_BYTES: usize = 8 << 20;

/// Which file is read; every fault needs it.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) path: PathBuf,
    /// What it should be.
    pub(crate) kind: Kind,
    /// Size of the file in bytes, the measure of what its arrays can plausibly hold.
    pub(crate) bytes: u64,
}

impl Origin {
    pub(crate) fn fault(
        &self,
        field: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Hdf5Fault {
        Hdf5Fault::new(&self.path, self.kind, field, problem, fix)
    }

    /// A fault that only a damaged file, or a broken writer, can show.
    pub(crate) fn damaged(&self, field: &str, problem: impl Into<String>) -> Hdf5Fault {
        self.fault(
            field,
            problem,
            "the file is damaged: copy or download it again, or write it again from its source",
        )
    }

    /// Asks the HDF5 library something about `field`. Every call into it goes through here, so
    /// that its errors are explained in one place.
    pub(crate) fn ask<T>(
        &self,
        field: &str,
        question: impl FnOnce() -> Result<T, Hdf5Error>,
    ) -> Result<T, Hdf5Fault> {
        question().map_err(|error| self.explain(field, &error))
    }

    fn explain(&self, field: &str, error: &Hdf5Error) -> Hdf5Fault {
        match error {
            Hdf5Error::Format(FormatError::UnsupportedFilter(id)) => {
                self.unsupported_filter(field, *id)
            }
            Hdf5Error::Format(FormatError::PathNotFound(_)) => {
                self.fault(field, "is missing", self.kind.again())
            }
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

    pub(crate) fn unsupported_filter(&self, field: &str, id: u16) -> Hdf5Fault {
        self.fault(
            field,
            format!(
                "is compressed with {}, which cannot be read here",
                filters::name(id)
            ),
            self.kind.with_gzip(),
        )
    }
}

/// An open HDF5 file.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) origin: Arc<Origin>,
    file: File,
}

impl Container {
    /// Opens `path`, which should be of `kind`; whether it is has yet to be seen.
    pub(crate) fn open(path: &Path, kind: Kind) -> Result<Self, Hdf5Fault> {
        let unreadable = |error: std::io::Error| {
            Hdf5Fault::new(
                path,
                kind,
                "",
                format!("cannot be opened: {error}"),
                "check the path and that you may read it",
            )
        };
        let about = std::fs::metadata(path).map_err(unreadable)?;
        if about.is_dir() {
            return Err(Hdf5Fault::new(
                path,
                kind,
                "",
                format!("is a folder, not {}", kind.called()),
                "if it is a zarr store, convert it: `anndata.read_zarr(path).write_h5ad(...)`",
            ));
        }
        let origin = Arc::new(Origin {
            path: path.to_path_buf(),
            kind,
            bytes: about.len(),
        });
        if about.len() == 0 {
            return Err(origin.fault("", "is empty", "write or copy it again"));
        }
        if !is_hdf5(path).map_err(unreadable)? {
            return Err(origin.fault(
                "",
                format!("is not an HDF5 file, so not {}", kind.called()),
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
    pub(crate) fn is_dataset(&self, at: &str) -> Result<bool, Hdf5Fault> {
        present(self.origin.ask(at, || {
            Ok(self.file.dataset(at).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    /// Whether `at` names a group.
    pub(crate) fn is_group(&self, at: &str) -> Result<bool, Hdf5Fault> {
        present(self.origin.ask(at, || {
            Ok(self.file.group(at).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    pub(crate) fn dataset(&self, at: &str) -> Result<Field, Hdf5Fault> {
        let dataset = self.origin.ask(at, || self.file.dataset(at))?;
        Field::new(Arc::clone(&self.origin), at, dataset)
    }

    /// Names of the groups and datasets directly under `at` (empty: the root), sorted.
    pub(crate) fn members(&self, at: &str) -> Result<Vec<String>, Hdf5Fault> {
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
    pub(crate) fn attributes(&self, at: &str) -> Result<HashMap<String, AttrValue>, Hdf5Fault> {
        self.origin.ask(at, || self.file.group(at)?.attrs())
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
