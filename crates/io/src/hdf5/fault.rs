//! What can be wrong with an HDF5 file, said in one line: file, field, problem, way out.

use std::fmt;
use std::path::{Path, PathBuf};

use super::kind::Hdf5Kind;

/// A fault of an HDF5 file: where it is, what it is and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hdf5Fault {
    /// The file.
    pub path: PathBuf,
    /// The path inside the file, such as `layers/counts`; empty when the whole file is meant.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
    /// A stable name for programs, by the kind of file: `invalid_h5ad`, `invalid_10x`.
    pub code: &'static str,
}

impl Hdf5Fault {
    pub(crate) fn new(
        path: &Path,
        kind: Hdf5Kind,
        field: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_path_buf(),
            field: field.to_owned(),
            problem: problem.into(),
            fix: fix.into(),
            code: kind.code(),
        }
    }
}

impl fmt::Display for Hdf5Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{}; {}", self.problem, self.fix)
    }
}

impl std::error::Error for Hdf5Fault {}

/// The names as a list for a message, cut where it would become a page: `a, b, c and 4 more`.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 12;
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let mut text = shown.join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}
