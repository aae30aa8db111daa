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
    /// The key of the job was revoked.
    #[error("the key of this job was revoked")]
    Revoked,
    /// The job has no result to open: it has not ended, or it failed.
    #[error("the job has no result: it is {}", .0.as_str())]
    NotReady(super::State),
    /// As many jobs wait as may, or as many bytes of their queries, in all or of one key.
    #[error(
        "as many jobs are waiting as may: {max} in all, with {mebibytes} MiB of queries, and of one key no \
         more than are left free, with half of the bytes; try again later"
    )]
    QueueFull {
        /// The greatest number of waiting jobs.
        max: u32,
        /// The most that their queries may take.
        mebibytes: u64,
    },
    /// The idempotency key came before, with another request.
    #[error("this Idempotency-Key came before with another request; use a new one for each")]
    IdempotencyConflict,
    /// No key with this id.
    #[error("no key has this id; `refcast serve keys list` shows those there are")]
    UnknownKey,
    /// A key cannot have this name: what is wrong with it, and how to mend it.
    #[error("the name of the key {0}")]
    KeyName(&'static str),
    /// The database or the place of the results does not answer as it should.
    #[error("{what}; try again later")]
    Unavailable {
        /// `the job store cannot be reached`, `the disk of the results is full`.
        what: &'static str,
        /// Why, for the log.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store cannot be opened: what is wrong and how to mend it, for whoever runs the server.
    #[error("{0}")]
    Setup(String),
}

/// What to say of a store that this build is without.
pub(super) fn needs_cluster(store: &str) -> String {
    format!(
        "this build of refcast is without {store}: build it with the feature `cluster` \
         (`cargo install --path crates/cli --features cluster`)"
    )
}

impl Error {
    /// Whether a disk is full: a fault of the machine that ends by itself or by its operator, and
    /// not of what was asked.
    pub(super) fn is_full_disk(&self) -> bool {
        matches!(self, Self::Unavailable { source, .. } if says_full(&**source))
    }
}

/// Whether a disk is full, by an error or by what caused it.
fn says_full(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let io = error.downcast_ref::<std::io::Error>();
    if io.is_some_and(|error| matches!(error.kind(), StorageFull | QuotaExceeded)) {
        return true;
    }
    if let Some(sqlx::Error::Database(error)) = error.downcast_ref() {
        return match error.code().as_deref() {
            // SQLite: the file, the file of what its connections share.
            Some("13" | "4874") => true,
            // PostgreSQL.
            Some("53100") => true,
            _ => false,
        };
    }
    error.source().is_some_and(says_full)
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable {
            what: if says_full(&error) {
                "the disk of the job store is full"
            } else {
                "the job store cannot be reached"
            },
            source: error.into(),
        }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        results_away(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        results_away(error.into())
    }
}

fn results_away(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Unavailable {
        what: if says_full(&*source) {
            "the disk of the results is full"
        } else {
            "the result store cannot be reached"
        },
        source,
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
