//! The one place where HDF5 is opened and asked, and where its errors become faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdf5_pure::{
    AttrValue, ChunkCacheConfig, Error as Hdf5Error, File, FileAccessProperties, FormatError,
    MetadataCacheConfig, is_hdf5,
};

use super::dataset::Hdf5Dataset;
use super::fault::Hdf5Fault;
use super::filters;
use super::kind::Hdf5Kind;
use super::pages::PagedFile;
use crate::input;

/// Decompressed chunks kept per dataset, so that a chunk shared by two windows of rows is
/// decompressed once.
const CHUNK_CACHE_BYTES: usize = 16 << 20;
const METADATA_CACHE_BYTES: usize = 8 << 20;

/// Which file is read; every fault needs it.
#[derive(Debug)]
pub(crate) struct Hdf5Origin {
    pub(crate) path: PathBuf,
    /// What it should be.
    pub(crate) kind: Hdf5Kind,
    /// The group that is read as if it were the whole file, with a slash behind it; empty for the file.
    root: String,
    /// Size of the file in bytes, the measure of what its arrays can plausibly hold.
    pub(crate) bytes: u64,
}

impl Hdf5Origin {
    pub(crate) fn fault(
        &self,
        field: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Hdf5Fault {
        Hdf5Fault::new(&self.path, self.kind, &self.inside(field), problem, fix)
    }

    /// The path in the file of a field of the root.
    fn inside(&self, field: &str) -> String {
        let path = format!("{}{field}", self.root);
        path.trim_end_matches('/').to_owned()
    }

    /// A fault that only a damaged file, or a broken writer, can show.
    pub(crate) fn damaged(&self, field: &str, problem: impl Into<String>) -> Hdf5Fault {
        self.fault(
            field,
            problem,
            "the file is damaged: copy or download it again, or write it again from its source",
        )
    }

    /// Refuses a field of which `bytes` would be kept in memory, if no file of counts of this size has so many.
    pub(crate) fn expect_kept(&self, field: &str, bytes: u64) -> Result<(), Hdf5Fault> {
        if bytes <= input::most_kept(self.bytes) {
            return Ok(());
        }
        Err(self.fault(
            field,
            format!(
                "unpacks to {bytes} bytes, far more than counts that were compressed to a file of {} can",
                self.bytes
            ),
            "it is damaged or made to fill the memory; where you know that it is not, unpack it: `h5repack -f NONE IN \
             OUT`",
        ))
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
            // A dataset that may grow both ways, whose chunks lie in a tree that the library lacks.
            Hdf5Error::Format(unread @ FormatError::ChunkedReadError(what))
                if what.contains("version 2 B-tree") =>
            {
                self.newer(field, unread)
            }
            // Sides of chunks in three bytes, which the library takes for the end of a message that
            // is long enough.
            Hdf5Error::Format(
                odd @ FormatError::UnexpectedEof {
                    expected,
                    available,
                },
            ) if expected <= available => self.newer(field, odd),
            Hdf5Error::Format(FormatError::UnexpectedEof { .. }) => {
                self.damaged(field, "the file ends before its data does (truncated?)")
            }
            Hdf5Error::Format(FormatError::Source(reason)) => self.fault(
                field,
                format!("cannot be read: {reason}"),
                "check that the disk or network it is on works",
            ),
            Hdf5Error::Format(
                // Other numbers are no versions that there are: damage.
                newer @ (FormatError::UnsupportedVersion(4..=6)
                | FormatError::InvalidLayoutVersion(5..=7)
                | FormatError::InvalidDatatypeVersion { version: 4..=7, .. }),
            ) => self.newer(field, newer),
            Hdf5Error::FileMarkedInUse(_) => self.fault(
                field,
                "another program has the file open for writing, or died while it had",
                "close that program, or clear the mark with `h5clear -s FILE`",
            ),
            other => self.damaged(field, format!("HDF5 says: {other}")),
        }
    }

    /// A fault of a file that is sound, and of a newer version of HDF5 than can be read here.
    fn newer(&self, field: &str, what: &FormatError) -> Hdf5Fault {
        self.fault(
            field,
            format!("is written in a newer format of HDF5 than is read here (HDF5 says: {what})"),
            "the file is sound: write it again in the format of HDF5 1.10, `h5repack --low=0 --high=2 IN OUT`, or, an \
             .h5ad, in Python: `anndata.read_h5ad(\"IN\").write_h5ad(\"OUT\")`",
        )
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
    pub(crate) origin: Arc<Hdf5Origin>,
    file: File,
}

impl Container {
    /// Opens `path`, which should be of `kind`; whether it is has yet to be seen.
    pub(crate) fn open(path: &Path, kind: Hdf5Kind) -> Result<Self, Hdf5Fault> {
        let unreadable = |error: std::io::Error| {
            Hdf5Fault::new(
                path,
                kind,
                "",
                format!("cannot be opened: {error}"),
                "check the path and that you may read it",
            )
        };
        if path.is_dir() {
            return Err(Hdf5Fault::new(
                path,
                kind,
                "",
                format!("is a folder, not {}", kind.called()),
                "if it is a zarr store, convert it: `anndata.read_zarr(path).write_h5ad(...)`",
            ));
        }
        let (opened, bytes) = input::open(path).map_err(unreadable)?;
        let origin = Arc::new(Hdf5Origin {
            path: path.to_path_buf(),
            kind,
            root: String::new(),
            bytes,
        });
        if bytes == 0 {
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
        let source = PagedFile::new(opened, bytes);
        let file = origin.ask("", || File::from_source_with_options(source, access))?;
        // The file says how long it is: the surest sign of an interrupted copy or download.
        let promised = file.superblock().eof_address;
        if promised > origin.bytes && promised != u64::MAX {
            let problem = format!("is truncated: {} of {promised} bytes", origin.bytes);
            return Err(origin.damaged("", problem));
        }
        Ok(Self { origin, file })
    }

    /// The same file, of which only the group `at` is read, as if it were a file of `kind`.
    pub(crate) fn within(self, at: &str, kind: Hdf5Kind) -> Self {
        let origin = Hdf5Origin {
            path: self.origin.path.clone(),
            kind,
            root: format!("{at}/"),
            bytes: self.origin.bytes,
        };
        Self {
            origin: Arc::new(origin),
            file: self.file,
        }
    }

    /// Whether there is anything of that name.
    pub(crate) fn has(&self, at: &str) -> Result<bool, Hdf5Fault> {
        Ok(self.is_dataset(at)? || self.is_group(at)?)
    }

    /// Whether `at` names a dataset.
    pub(crate) fn is_dataset(&self, at: &str) -> Result<bool, Hdf5Fault> {
        let path = self.origin.inside(at);
        present(self.origin.ask(at, || {
            Ok(self.file.dataset(&path).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    /// Whether `at` names a group.
    pub(crate) fn is_group(&self, at: &str) -> Result<bool, Hdf5Fault> {
        let path = self.origin.inside(at);
        present(self.origin.ask(at, || {
            Ok(self.file.group(&path).map(|_| ()).map_err(Absence::from))
        })?)
        .map_err(|error| self.origin.explain(at, &error))
    }

    pub(crate) fn dataset(&self, at: &str) -> Result<Hdf5Dataset, Hdf5Fault> {
        let path = self.origin.inside(at);
        let dataset = self.origin.ask(at, || self.file.dataset(&path))?;
        Hdf5Dataset::new(Arc::clone(&self.origin), at, dataset)
    }

    /// Names of the groups and datasets directly under `at` (empty: the root), sorted.
    pub(crate) fn members(&self, at: &str) -> Result<Vec<String>, Hdf5Fault> {
        let path = self.origin.inside(at);
        self.origin.ask(at, || {
            let group = if path.is_empty() {
                self.file.root()
            } else {
                self.file.group(&path)?
            };
            let mut names = group.groups()?;
            names.extend(group.datasets()?);
            names.sort();
            Ok(names)
        })
    }

    /// The attributes of a group.
    pub(crate) fn attributes(&self, at: &str) -> Result<HashMap<String, AttrValue>, Hdf5Fault> {
        let path = self.origin.inside(at);
        self.origin.ask(at, || self.file.group(&path)?.attrs())
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
