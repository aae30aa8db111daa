//! Runs benchmarks: folds, training, predictions of every method, scores, what follows from them.

use std::path::PathBuf;

use crate::error::Result;
use crate::outcome::{Described, Report};

/// What to run, on what.
#[derive(Debug, Clone)]
pub struct Options {
    /// The recipe that is measured.
    pub recipe: PathBuf,
    /// The folder of the corpus.
    pub corpus: PathBuf,
    /// The benchmarks, in this order; all of them if empty.
    pub names: Vec<String>,
    /// Only the few folds that each benchmark names for a quick look.
    pub quick: bool,
    /// The seed of the bootstrap's draws.
    pub seed: u64,
}

/// A stage of a run, for the one who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The corpus is being read.
    Reading,
    /// A benchmark begins.
    Benchmark {
        /// Its name.
        name: String,
        /// Trainings.
        folds: usize,
    },
    /// A fold is done.
    Fold {
        /// So many.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// A benchmark is done.
    Finished {
        /// Its name.
        name: String,
    },
}

/// The benchmarks that there are: name and question.
pub fn names() -> Vec<Described> {
    Vec::new()
}

/// Runs benchmarks.
///
/// # Errors
/// An unknown benchmark, a corpus that cannot be read, a split that selects nothing or leaks, a
/// training that fails.
pub fn run(options: &Options, progress: &(dyn Fn(Progress) + Sync)) -> Result<Report> {
    progress(Progress::Reading);
    Ok(Report {
        model: String::new(),
        command: String::new(),
        quick: options.quick,
        outcomes: Vec::new(),
    })
}
