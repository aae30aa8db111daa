//! What can go wrong in training: a recipe or a corpus that is not what it says.

use std::path::{Path, PathBuf};

use refcast_core::{Fault, IntoFaults};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A recipe, or a table beside it, that does not say what it must.
    #[error("{}: {problem}", path.display())]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// A study of the corpus that does not fit its description.
    #[error("study {study}: {problem}")]
    Study {
        /// The study's folder.
        study: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// A count matrix that cannot be read.
    #[error(transparent)]
    Matrix(#[from] refcast_io::Error),
    /// A text or number of the domain that is not valid.
    #[error(transparent)]
    Core(#[from] refcast_core::Error),
    /// A model that cannot be put together.
    #[error(transparent)]
    Model(#[from] refcast_model::Error),
    /// A graphics processor that is not there, or that fails at its work.
    #[error("gpu: {0}")]
    Gpu(String),
    /// Data that hold nothing to learn from.
    #[error("{0}")]
    Nothing(String),
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        let fault = |path: String, code, problem: String| Ok(vec![Fault::new(path, code, problem)]);
        match self {
            Self::Matrix(error) if !matches!(error, refcast_io::Error::Write { .. }) => {
                Ok(refcast_core::Error::from(error).into_faults(""))
            }
            Self::Core(error) => Ok(error.into_faults("")),
            Self::Recipe { path, problem } => {
                fault(path.display().to_string(), "invalid_recipe", problem)
            }
            Self::Study { study, problem } => fault(study, "invalid_study", problem),
            // Files are only read here; the bundle is written by the model crate.
            Self::File { path, source } => {
                fault(path.display().to_string(), "unreadable", source.to_string())
            }
            error => Err(error),
        }
    }
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn recipe(path: &Path, problem: impl Into<String>) -> Self {
        Self::Recipe {
            path: path.to_owned(),
            problem: problem.into(),
        }
    }

    pub(crate) fn study(study: &str, problem: impl Into<String>) -> Self {
        Self::Study {
            study: study.to_owned(),
            problem: problem.into(),
        }
    }
}
