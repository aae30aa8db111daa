//! What can go wrong with a model: a bundle that is not what it says, or a query it cannot answer.

use std::path::PathBuf;

use refcast_core::{Fault, IntoFaults};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the bundle that cannot be read.
    #[error("{}: {source}; a bundle is a folder with manifest.json and the files that it lists", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file of the bundle whose content is not what the manifest or the format says.
    #[error("{file}: {problem}; the bundle is damaged or incomplete: copy or train it again")]
    Bundle {
        /// The file within the bundle.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A query that this model cannot answer.
    #[error(transparent)]
    Query(#[from] refcast_core::Error),
    /// Whoever asked does not want the answer any more.
    #[error("nobody wants the answer any more")]
    Unwanted,
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        match self {
            Self::Query(error) => Ok(error.into_faults("")),
            error => Err(error),
        }
    }
}

impl Error {
    /// A damaged bundle.
    pub(crate) fn bundle(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Bundle {
            file: file.into(),
            problem: problem.into(),
        }
    }
}
