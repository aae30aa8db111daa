//! The one error of the library.

use refcast_core::{Fault, IntoFaults};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was given is not valid: every fault that was found, for the user to put right.
    #[error(transparent)]
    Invalid(refcast_core::Error),
    /// What was given is valid, and the work failed: a full disk, a damaged installation.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// Invalid by one fault; see [`Fault::new`].
    pub fn invalid(
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid(Fault::new(path, code, message).into())
    }

    pub(crate) fn faults(faults: Vec<Fault>) -> Self {
        Self::Invalid(refcast_core::Error::Invalid(faults))
    }

    fn of<E: IntoFaults>(error: E) -> Self {
        match error.try_into_faults() {
            Ok(faults) => Self::faults(faults),
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        match self {
            Self::Invalid(error) => Ok(error.into_faults("")),
            error @ Self::Failed(_) => Err(error),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<refcast_core::Error> for Error {
    fn from(error: refcast_core::Error) -> Self {
        Self::of(error)
    }
}

impl From<refcast_io::Error> for Error {
    fn from(error: refcast_io::Error) -> Self {
        Self::of(error)
    }
}

impl From<refcast_model::Error> for Error {
    fn from(error: refcast_model::Error) -> Self {
        Self::of(error)
    }
}
