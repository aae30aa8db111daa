//! What a command ends with when it does not succeed, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use refcast_core::Fault;

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

    /// The faults of an input, or what failed though no input was at fault.
    pub fn of<E: std::fmt::Display>(found: std::result::Result<Vec<Fault>, E>) -> Self {
        match found {
            Ok(faults) => Self::Invalid(faults),
            Err(error) => Self::Failed(error.to_string()),
        }
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

impl From<refcast_core::Error> for Failure {
    fn from(error: refcast_core::Error) -> Self {
        Self::Invalid(error.into_faults(""))
    }
}

impl From<refcast_io::Error> for Failure {
    fn from(error: refcast_io::Error) -> Self {
        match error {
            refcast_io::Error::Write { .. } => Self::Failed(error.to_string()),
            error => refcast_core::Error::from(error).into(),
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

/// Everything that is wrong, gathered from several places so that it is reported at once.
#[derive(Debug, Default)]
pub struct Gathered {
    faults: Vec<Fault>,
}

impl Gathered {
    /// The value of a success; the faults of an invalid input are kept for later.
    ///
    /// # Errors
    /// A failure that is not the input's, which ends the command at once.
    pub fn keep<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Invalid(faults)) => {
                self.faults.extend(faults);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Adds a fault.
    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// # Errors
    /// Every fault gathered, if there is one.
    pub fn check(self) -> Result<()> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::Invalid(self.faults))
        }
    }
}
