//! What can go wrong with a file, named by file and place, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use refcast_core::{Fault, IntoFaults, quoted};

use crate::hdf5::Hdf5Fault;
use crate::input;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file could not be read, used or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system did not let the file be read.
    #[error("{}: cannot be read: {source}; check the path and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system did not let the file be written.
    #[error("{}: cannot be written: {source}; check that the folder exists, is writable and has space", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}{place}: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// What is wrong and what to do.
        message: String,
        /// A stable name for programs.
        code: &'static str,
    },
    /// An HDF5 file is not what it should be.
    #[error(transparent)]
    Hdf5(#[from] Hdf5Fault),
    /// The content is readable but cannot be used; every fault that was found.
    #[error(transparent)]
    Invalid(#[from] refcast_core::Error),
}

/// Where in a file a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line of a text file, from 1.
    Line(u64),
    /// A column, by name, in a line of a text file.
    Cell {
        /// The line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
    },
    /// A field or dataset inside a structured file: `/layers/counts`.
    Field(String),
    /// A gene of a sample.
    Value {
        /// The name of the sample.
        sample: String,
        /// The name of the gene; `None` when the fault is of the whole sample.
        gene: Option<String>,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
            Self::Cell { line, column } => write!(f, ":{line}: column {}", quoted(column)),
            Self::Field(field) => write!(f, ": {field}"),
            Self::Value { sample, gene: None } => write!(f, ": sample {}", quoted(sample)),
            Self::Value {
                sample,
                gene: Some(gene),
            } => {
                write!(f, ": sample {}, gene {}", quoted(sample), quoted(gene))
            }
        }
    }
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        match self {
            Self::Write { .. } => Err(self),
            error => Ok(refcast_core::Error::from(error).into_faults("")),
        }
    }
}

impl Error {
    /// A file that is not what it should be. `message` says what is wrong and what to do.
    pub fn format(
        path: &Path,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Format {
            path: path.to_owned(),
            place,
            message: message.into(),
            code,
        }
    }

    /// Whether it is of one sample, so that others may still be read.
    pub fn is_of_a_sample(&self) -> bool {
        matches!(
            self,
            Self::Format {
                place: Place::Value { .. },
                ..
            } | Self::Invalid(_)
        )
    }

    /// Whether all that is wrong with a sample is that it has no count.
    pub fn is_of_an_empty_sample(&self) -> bool {
        self.is_of_a_sample()
            && matches!(
                self,
                Self::Format {
                    code: "all_zero",
                    ..
                }
            )
    }

    /// The same, with how to do in practice what its message says to do.
    pub(crate) fn with_advice(mut self, advice: &str) -> Self {
        if let Self::Format { message, .. } = &mut self {
            message.push_str(&format!(", as {advice}"));
        }
        self
    }

    /// A failure of the system while reading, or a path that is not read since it is no file.
    pub fn read(path: &Path, source: io::Error) -> Self {
        match input::refusal(&source) {
            Some(refusal) => Self::format(path, Place::Whole, "not_a_file", refusal),
            None => Self::Read {
                path: path.to_owned(),
                source,
            },
        }
    }

    /// A failure of the system while writing.
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<Error> for refcast_core::Error {
    /// The same as faults whose path names the file and the place in it.
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(error) => error,
            Error::Hdf5(fault) => {
                let mut place = fault.path.display().to_string();
                if !fault.field.is_empty() {
                    place.push_str(&format!(": {}", fault.field));
                }
                Fault::new(place, fault.code, format!("{}; {}", fault.problem, fault.fix)).into()
            }
            Error::Read { path, source } => Fault::new(
                path.display().to_string(),
                "cannot_read",
                format!("cannot be read: {source}; check the path and its permissions"),
            )
            .into(),
            Error::Write { path, source } => Fault::new(
                path.display().to_string(),
                "cannot_write",
                format!("cannot be written: {source}; check that the folder exists, is writable and has space"),
            )
            .into(),
            Error::Format { path, place, message, code } => {
                Fault::new(format!("{}{place}", path.display()), code, message).into()
            }
        }
    }
}
