//! What a command ends with when it does not succeed, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use refcast_core::{Fault, IntoFaults};

/// The result of every command.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a command did not succeed. The exit codes are decided here and nowhere else.
#[derive(Debug)]
pub enum Failure {
    /// The input, the query or a flag's value is not valid: every fault that was found.
    Invalid(Vec<Fault>),
    /// The input was valid, and the work failed: a full disk, a damaged installation.
    Failed(String),
    /// The work is done, and what must hold does not: a benchmark with `--check`.
    Unmet(String),
    /// Whoever reads standard output has closed it, as `head` does. Not an error.
    Closed,
}

impl Failure {
    /// Invalid by one fault; see [`Fault::new`].
    pub fn invalid(
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![Fault::new(path, code, message)])
    }

    /// 0 for a closed pipe, 1 for failed work and unmet requirements, 3 for invalid input. Usage errors are clap's: 2.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Closed => ExitCode::SUCCESS,
            Self::Failed(_) | Self::Unmet(_) => ExitCode::FAILURE,
            Self::Invalid(_) => ExitCode::from(3),
        }
    }
}

impl<E: IntoFaults> From<E> for Failure {
    fn from(error: E) -> Self {
        match error.try_into_faults() {
            Ok(faults) => Self::Invalid(faults),
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

impl Failure {
    /// A failure to write to standard output.
    pub fn stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Failed(format!("standard output cannot be written: {error}"))
        }
    }
}
