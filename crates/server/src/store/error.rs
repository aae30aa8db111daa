//! What can go wrong with what the server keeps, said so that a user may read it.

/// The result of everything in the store that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store did not do what was asked. Only [`Error::Setup`] names paths and addresses: it
/// comes from opening a store, before there is a user. The cause of [`Error::Unavailable`] is its
/// `source`, for the log and not for an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No job with this id: never submitted, or expired.
    #[error("no such job: it was never submitted, or its time of keeping is over")]
    NotFound,
    /// The job has no result to open: it has not ended, or it failed.
    #[error("the job has no result: it is {}", .0.as_str())]
    NotReady(super::State),
    /// As many jobs wait as may.
    #[error("{max} jobs are waiting already; try again later")]
    QueueFull {
        /// The greatest number of waiting jobs.
        max: u32,
    },
    /// The idempotency key came before, with another request.
    #[error("this Idempotency-Key came before with another request; use a new one for each")]
    IdempotencyConflict,
    /// No key with this id.
    #[error("no key has this id; `refcast serve keys list` shows those there are")]
    UnknownKey,
    /// The database or the place of the results does not answer as it should.
    #[error("{what} cannot be reached; try again later")]
    Unavailable {
        /// `the job store`, `the result store`.
        what: &'static str,
        /// Why, for the log.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store cannot be opened: what is wrong and how to mend it, for whoever runs the server.
    #[error("{0}")]
    Setup(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable {
            what: "the job store",
            source: error.into(),
        }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::Unavailable {
            what: "the result store",
            source: error.into(),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Unavailable {
            what: "the result store",
            source: error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_reads_holds_neither_sql_nor_paths() {
        let error = Error::from(sqlx::Error::Configuration("postgres://me:secret@db".into()));
        assert_eq!(
            error.to_string(),
            "the job store cannot be reached; try again later"
        );
    }
}
