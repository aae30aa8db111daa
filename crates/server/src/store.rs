//! Everything the server keeps: jobs and keys in a database, results in a folder or a bucket.
//!
//! A database is SQLite in the state folder or a PostgreSQL that several servers share
//! ([`Database`]); results are a folder or an S3-compatible bucket ([`Results`]). [`Jobs`] joins
//! the two with workers and is all that the routes hold.

mod database;
mod error;
mod folder;
mod job;
mod jobs;
mod keys;
mod queue;
mod results;

pub use database::Database;
use error::needs_cluster;
pub use error::{Error, Result};
pub use folder::{FolderLock, StateFolder};
pub(crate) use folder::{find_regular, open_regular, read_short};
pub use job::{Idempotency, Job, Lease, NewJob, State, Status, Stored, Submitted};
pub use jobs::{Finished, JobCounts, JobStore, Policy, Renewed, SqlJobs};
pub use keys::{Key, KeyDraft, Keys, NewKey};
pub use queue::{Jobs, QueueSettings, Work, WorkError};
pub use results::{Open, ResultBytes, Results, S3};
