//! What can go wrong with a benchmark: no such one, a split that selects nothing, or one that leaks.

use std::path::PathBuf;

use refcast_core::{Fault, IntoFaults, Modality};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that no benchmark has.
    #[error("there is no benchmark {name:?}; there are {known}")]
    Unknown {
        /// The name as given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A benchmark of another modality than the recipe's.
    #[error(
        "benchmark {benchmark} is of {}, and the recipe {recipe} of {}: measure {} with it, or leave it out",
        own.name(), other.name(), crate::benchmark::recipe_of(*own)
    )]
    Modality {
        /// Its name.
        benchmark: String,
        /// What its samples are of.
        own: Modality,
        /// The recipe's id.
        recipe: String,
        /// What the recipe's samples are of.
        other: Modality,
    },
    /// A benchmark's file that does not say what it must.
    #[error("benchmark {benchmark}: {problem}")]
    Benchmark {
        /// Its name.
        benchmark: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// A part of a split that no sample of the corpus meets.
    #[error(
        "benchmark {benchmark}: {selector} selects nothing in this corpus; mend the benchmark's file or the corpus, a split that tests nothing has no score"
    )]
    Empty {
        /// Its name.
        benchmark: String,
        /// What was asked for.
        selector: String,
    },
    /// Training would see what it is tested on.
    #[error("benchmark {benchmark}, {fold}: {problem}")]
    Leak {
        /// Its name.
        benchmark: String,
        /// What the fold leaves out.
        fold: String,
        /// What leaks, and where.
        problem: String,
    },
    /// A corpus or recipe that cannot be read, or a training that fails.
    #[error(transparent)]
    Training(#[from] refcast_train::Error),
    /// A model that cannot answer.
    #[error(transparent)]
    Model(#[from] refcast_model::Error),
    /// A table of knowledge that cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A text or number of the domain that is not valid.
    #[error(transparent)]
    Core(#[from] refcast_core::Error),
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        let message = self.to_string();
        let fault = |path, code| Ok(vec![Fault::new(path, code, message)]);
        match self {
            Self::Training(error) => error.try_into_faults().map_err(Self::Training),
            Self::Core(error) => Ok(error.into_faults("")),
            Self::Unknown { .. } => fault("benchmarks", "unknown"),
            Self::Modality { .. } => fault("benchmarks", "other_modality"),
            Self::Empty { .. } => fault("corpus", "empty_split"),
            Self::File { .. } => fault("corpus", "unreadable"),
            error @ (Self::Benchmark { .. } | Self::Leak { .. } | Self::Model(_)) => Err(error),
        }
    }
}
