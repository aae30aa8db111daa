//! What can go wrong with a report: files, and nothing else.

use std::path::{Path, PathBuf};

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is there and does not hold what it must.
    #[error("{}: {problem}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// A file that cannot be put in its place.
    #[error(transparent)]
    Write(#[from] refcast_io::Error),
    /// A plot that cannot be drawn.
    #[error("plot of {benchmark}: {problem}")]
    Plot {
        /// Of which benchmark.
        benchmark: String,
        /// What the plotting library says.
        problem: String,
    },
    /// A quick report where only a full one may be.
    #[error(
        "{} holds the full report, and a quick one must not replace it: name another folder",
        .0.display()
    )]
    Quick(PathBuf),
}

impl Error {
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn content(path: &Path, problem: impl ToString) -> Self {
        Self::Content {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}
