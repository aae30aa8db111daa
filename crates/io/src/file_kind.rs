//! What kind of file a path names: by what it holds, and by its name where it holds nothing yet.

use std::path::Path;

use hdf5_pure::is_hdf5;

use crate::error::{Error, Result};
use crate::hdf5::{Container, Hdf5Fault, Hdf5Kind};
use crate::several::tables_in;
use crate::{h5mu, input, loom, market, tenx};

/// The kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// AnnData, `.h5ad`.
    AnnData,
    /// MuData, `.h5mu`.
    MuData,
    /// A loom file, `.loom`.
    Loom,
    /// A matrix of Cell Ranger in HDF5, `.h5`.
    TenxHdf5,
    /// A folder with a MatrixMarket file and lists of its genes and cells, or the `.mtx` in it.
    MarketFolder,
    /// A table of text.
    Table,
    /// A folder of tables of one sample each.
    TableFolder,
}

/// Kinds of HDF5 by what is in them; the first that fits.
type LooksLikeIt = fn(&Container) -> std::result::Result<bool, Hdf5Fault>;
const BY_CONTENT: [(FileKind, LooksLikeIt); 4] = [
    // Before AnnData: it has `obs` and `var` of its own beside its modalities.
    (FileKind::MuData, h5mu::looks_like_it),
    (FileKind::AnnData, |container| container.has("obs")),
    (FileKind::Loom, loom::looks_like_it),
    (FileKind::TenxHdf5, tenx::looks_like_it),
];

/// Kinds by the endings of names, in lower case.
const BY_NAME: [(&str, FileKind); 7] = [
    (".h5ad", FileKind::AnnData),
    (".h5mu", FileKind::MuData),
    (".loom", FileKind::Loom),
    (".h5", FileKind::TenxHdf5),
    (".hdf5", FileKind::TenxHdf5),
    (".mtx", FileKind::MarketFolder),
    (".mtx.gz", FileKind::MarketFolder),
];

impl FileKind {
    /// Recognises `path`. An HDF5 file is told by what is in it, not by its extension. A file that
    /// does not exist, or is not what its extension says, is what its extension says: opening it
    /// then tells what is wrong.
    ///
    /// # Errors
    /// What is no file and no folder; an HDF5 file that is damaged.
    pub fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            let of_tables = !market::has_matrix(path) && !tables_in(path)?.is_empty();
            return Ok(if of_tables {
                Self::TableFolder
            } else {
                Self::MarketFolder
            });
        }
        // What is there and no file is refused; what is not there is so where it is opened.
        let opened = input::open(path).map_err(|error| Error::read(path, error));
        if let Err(refused @ Error::Format { .. }) = opened {
            return Err(refused);
        }
        if opened.is_ok() && is_hdf5(path).unwrap_or(false) {
            let container = Container::open(path, Hdf5Kind::AnnData)?;
            for (kind, looks_like_it) in BY_CONTENT {
                if looks_like_it(&container)? {
                    return Ok(kind);
                }
            }
            return Ok(Self::AnnData);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_lowercase();
        let named = BY_NAME.iter().find(|(ending, _)| name.ends_with(ending));
        Ok(named.map_or(Self::Table, |&(_, kind)| kind))
    }

    /// Whether a file of this kind has layers beside its main matrix.
    pub fn has_layers(self) -> bool {
        matches!(self, Self::AnnData | Self::MuData | Self::Loom)
    }

    /// Whether a file of this kind may hold its counts in `raw`.
    pub fn has_raw(self) -> bool {
        matches!(self, Self::AnnData | Self::MuData)
    }
}
