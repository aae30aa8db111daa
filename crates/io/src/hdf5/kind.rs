//! What a file should be: it decides how the file is called in messages, and how to make it again.

/// What an HDF5 file should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hdf5Kind {
    /// An AnnData, `.h5ad`.
    AnnData,
    /// A MuData, `.h5mu`.
    MuData,
    /// A loom file, `.loom`.
    Loom,
    /// A matrix of Cell Ranger, `.h5`.
    CellRanger,
}

impl Hdf5Kind {
    /// What people call it, with its article.
    pub(crate) fn called(self) -> &'static str {
        match self {
            Self::AnnData => "an h5ad file",
            Self::MuData => "an h5mu file",
            Self::Loom => "a loom file",
            Self::CellRanger => "a 10x matrix",
        }
    }

    /// The name of its faults for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::AnnData => "invalid_h5ad",
            Self::MuData => "invalid_h5mu",
            Self::Loom => "invalid_loom",
            Self::CellRanger => "invalid_10x",
        }
    }

    /// How to make it again when something is missing from it.
    pub(crate) fn again(self) -> &'static str {
        match self {
            Self::AnnData => "write the file again with `adata.write_h5ad(path)`",
            Self::MuData => "write the file again with `mdata.write(path)`",
            Self::Loom => "write the file again with `loompy.create(...)`",
            Self::CellRanger => {
                "copy the file again from the `outs` folder of Cell Ranger, or pass the folder \
                 `filtered_feature_bc_matrix` beside it"
            }
        }
    }

    /// How to make it again with numbers that can be read.
    pub(crate) fn with_usual_numbers(self) -> &'static str {
        match self {
            Self::AnnData => {
                "pass the matrix of counts, or store it as usual numbers: \
                 `adata.X = adata.X.astype(\"float32\")`"
            }
            Self::MuData | Self::Loom | Self::CellRanger => self.again(),
        }
    }

    /// How to make it again without a filter that cannot be undone here.
    pub(crate) fn with_gzip(self) -> &'static str {
        match self {
            Self::AnnData => {
                "write it again from Python, where that filter is installed: \
                 `adata.write_h5ad(path, compression=\"gzip\")`"
            }
            Self::MuData => {
                "write it again from Python, where that filter is installed: \
                 `mdata.write(path, compression=\"gzip\")`"
            }
            Self::Loom => {
                "write it again from Python, where that filter is installed: \
                 `anndata.read_loom(path).write_h5ad(\"counts.h5ad\")`"
            }
            Self::CellRanger => {
                "write it again from Python, where that filter is installed: \
                 `scanpy.read_10x_h5(path).write_h5ad(\"counts.h5ad\")`"
            }
        }
    }
}
