//! What kind of file a path names: by what it holds, and by its name where it holds nothing yet.

use std::path::Path;

use hdf5_pure::is_hdf5;

use crate::error::Result;
use crate::hdf5::{Container, Kind};
use crate::tenx::looks_like_it;

/// The kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// AnnData, `.h5ad`.
    AnnData,
    /// A matrix of Cell Ranger in HDF5, `.h5`.
    TenxHdf5,
    /// A folder of Cell Ranger, or the `matrix.mtx` in it.
    TenxFolder,
    /// A table of text.
    Table,
}

impl FileKind {
    /// Recognises `path`. An HDF5 file is told by what is in it, not by its extension. A file that
    /// does not exist, or is not what its extension says, is what its extension says: opening it
    /// then tells what is wrong.
    ///
    /// # Errors
    /// An HDF5 file that is damaged.
    pub fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::TenxFolder);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_lowercase();
        if is_hdf5(path).unwrap_or(false) {
            let container = Container::open(path, Kind::AnnData)?;
            let is_anndata = container.members("")?.iter().any(|member| member == "obs");
            return Ok(if !is_anndata && looks_like_it(&container)? {
                Self::TenxHdf5
            } else {
                Self::AnnData
            });
        }
        Ok(if name.ends_with(".h5ad") {
            Self::AnnData
        } else if name.ends_with(".h5") || name.ends_with(".hdf5") {
            Self::TenxHdf5
        } else if name.ends_with(".mtx") || name.ends_with(".mtx.gz") {
            Self::TenxFolder
        } else {
            Self::Table
        })
    }
}
