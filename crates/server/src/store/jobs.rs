//! The jobs as a table: who may change what, and when.
//!
//! A worker holds a job by a lease: its name, the number of the claim, and a time until which it
//! must renew. Whatever ends a job asks for the lease in the same statement, so that of two workers
//! that both believe they hold a job, one alone can end it.

mod lease;
mod rows;
mod sql;

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::job::{Job, Lease, NewJob, Status, Stored, Submitted};
use super::{Error, Result};

pub use sql::SqlJobs;

/// The bounds that a store of jobs keeps.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How many jobs may wait. Of these places a key may take no more than are left free, so that
    /// there is one for the next key. Servers that share a database and submit at the very same time may
    /// pass it by one each.
    pub max_queue: u32,
    /// Bytes of the queries of all jobs that wait; those of one key take half of them at most.
    pub max_queue_bytes: u64,
    /// How long a job and its result are kept after its end.
    pub retention: Duration,
    /// How long a worker holds a job without a sign of life.
    pub lease: Duration,
    /// How many workers may be lost over a job before it fails: a query that kills the server must
    /// not do so for ever.
    pub max_attempts: u32,
    /// Bytes of results that are kept: the oldest make room.
    pub max_result_bytes: u64,
    /// The same of each key; no single result may have more.
    pub max_result_bytes_by_key: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_queue: 1000,
            max_queue_bytes: 1 << 30,
            retention: Duration::from_secs(24 * 60 * 60),
            lease: Duration::from_secs(30),
            max_attempts: 5,
            max_result_bytes: 50 << 30,
            max_result_bytes_by_key: 10 << 30,
        }
    }
}

/// What a worker learns when it renews a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The job is still its own.
    Held,
    /// Still its own, and to be stopped.
    Cancelled,
    /// Someone else's by now, or nobody's.
    Lost,
}

/// What has become of an attempt to end a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The result is the job's.
    Ready,
    /// The job was cancelled before; it has ended without its result.
    Cancelled,
    /// The job is no longer this worker's; nothing was changed.
    Lost,
}

/// How many jobs there are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting.
    pub pending: u64,
    /// With a worker.
    pub running: u64,
    /// With a result.
    pub ready: u64,
    /// Ended without one.
    pub failed: u64,
}

/// Where jobs are kept. Every operation may fail with [`Error::Unavailable`].
#[async_trait]
pub trait JobStore: Send + Sync + 'static {
    /// The bounds in force.
    fn policy(&self) -> &Policy;

    /// Takes a job in, to be run.
    ///
    /// # Errors
    /// [`Error::QueueFull`]; [`Error::IdempotencyConflict`]; [`Error::Revoked`].
    async fn submit(&self, job: NewJob) -> Result<Submitted>;

    /// What is known of a job.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn status(&self, id: Uuid) -> Result<Status>;

    /// The job that has waited longest of the key whose last one was taken longest ago, now
    /// `worker`'s; none when none waits.
    async fn claim(&self, worker: &str) -> Result<Option<Job>>;

    /// Holds on to a job.
    async fn renew(&self, lease: &Lease) -> Result<Renewed>;

    /// Ends a job with a result. To be asked again after a failure: it knows its own work.
    async fn finish(&self, lease: &Lease, stored: &Stored) -> Result<Finished>;

    /// Ends a job without a result; false when it is no longer this worker's.
    async fn fail(&self, lease: &Lease, message: &str) -> Result<bool>;

    /// Puts a job back in its place in the queue: the server ends in order. False when it is no
    /// longer this worker's.
    async fn hand_back(&self, lease: &Lease) -> Result<bool>;

    /// Puts a job back at the end of the queue, as one whose worker was lost. False when it is no
    /// longer this worker's.
    async fn lose(&self, lease: &Lease) -> Result<bool>;

    /// Puts a job back at the end of the queue, as one whose result could not be stored through no
    /// fault of its own. False when it is no longer this worker's.
    async fn put_off(&self, lease: &Lease) -> Result<bool>;

    /// Ends a waiting job, marks a running one to be stopped, leaves one that has ended. The status
    /// is that after.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn request_cancel(&self, id: Uuid) -> Result<Status>;

    /// The running jobs of `worker` that are to be stopped: another server was told so.
    async fn to_stop(&self, worker: &str) -> Result<Vec<Uuid>>;

    /// Puts back the jobs whose workers gave no sign of life in time, and fails those that lost too
    /// many. How many there were.
    async fn requeue_lost(&self) -> Result<u64>;

    /// At the start of a server: puts back the jobs that were running when it ended, where it is
    /// certain that no other server has them.
    async fn requeue_own(&self) -> Result<u64>;

    /// Ended jobs whose time of keeping is over, at most `limit`.
    async fn expired(&self, limit: u32) -> Result<Vec<Uuid>>;

    /// Forgets an expired job. Its results must be gone already: nothing else knows of them.
    async fn forget(&self, id: Uuid) -> Result<()>;

    /// The oldest jobs whose results have no room among those that are kept, at most `limit`.
    async fn surplus(&self, limit: u32) -> Result<Vec<Uuid>>;

    /// Deletes a job that has ended. Its results must be gone already, as for [`Self::forget`].
    async fn delete(&self, id: Uuid) -> Result<()>;

    /// Forgets the queries of jobs that have ended: they may be megabytes, and nobody asks for them.
    async fn forget_queries(&self) -> Result<()>;

    /// Gives some of the space that is no longer needed back to the disk. Whether there may be more.
    async fn give_back_space(&self) -> Result<bool>;

    /// Whether a job could be taken in: it writes, as that would.
    async fn ping(&self) -> Result<()>;

    /// How many jobs there are in each state.
    async fn counts(&self) -> Result<JobCounts>;
}
