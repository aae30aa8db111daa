//! What a worker may do with a job while it holds it, and what becomes of it when it does not.

use sqlx::Row;

use super::super::database::Statement;
use super::super::job::{Lease, Stored};
use super::{Finished, Renewed, Result, SqlJobs};

/// What a cancelled job's message says.
pub(super) const CANCELLED: &str = "cancelled";

/// Holds for the row that the parameters from `first` on (job, worker, attempt) still have a lease
/// on. That the time of the lease is over does not matter: until someone has put the job back, it is
/// theirs.
fn held(first: usize) -> String {
    format!(
        "id = ${first} AND worker = ${} AND attempt = ${} AND state = 'running'",
        first + 1,
        first + 2
    )
}

/// Binds the parameters of [`held`].
fn holder(sql: Statement, lease: &Lease) -> Statement {
    sql.bind(lease.job.to_string())
        .bind(lease.worker.clone())
        .bind(lease.attempt)
}

/// Why a job goes back to the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Its server ends in order. The job keeps its place.
    ServerEnds,
    /// Its worker was killed, or could not store the result. That is counted, and the job goes to
    /// the end of the queue: one that kills its server must not keep the others from running.
    WorkerLost,
    /// Its result found no room. That is not counted: it may take its operator a while.
    DiskFull,
}

pub(super) async fn renew(store: &SqlJobs, lease: &Lease) -> Result<Renewed> {
    let sql = store.database.sql(&format!(
        "UPDATE jobs SET lease_until_ms = {{now}} + $4 WHERE {} RETURNING cancel_requested",
        held(1)
    ));
    let held = store
        .database
        .change_and_return(holder(sql, lease).bind(store.lease_ms()))
        .await?;
    Ok(match held.first() {
        None => Renewed::Lost,
        Some(row) if row.try_get::<i64, _>("cancel_requested")? != 0 => Renewed::Cancelled,
        Some(_) => Renewed::Held,
    })
}

pub(super) async fn finish(store: &SqlJobs, lease: &Lease, stored: &Stored) -> Result<Finished> {
    let sql = store.database.sql(&format!(
        "UPDATE jobs SET finished_ms = {{now}}, expires_ms = {{now}} + $4, \
             worker = NULL, lease_until_ms = NULL, \
             state = CASE WHEN cancel_requested = 1 THEN 'failed' ELSE 'ready' END, \
             message = CASE WHEN cancel_requested = 1 THEN $5 ELSE NULL END, \
             result = CASE WHEN cancel_requested = 1 THEN NULL ELSE $6 END, \
             result_bytes = CASE WHEN cancel_requested = 1 THEN NULL ELSE $7 END \
         WHERE {} RETURNING cancel_requested",
        held(1)
    ));
    let ended = store
        .database
        .change_and_return(
            holder(sql, lease)
                .bind(store.retention_ms())
                .bind(CANCELLED)
                .bind(&stored.name)
                .bind(i64::try_from(stored.bytes).unwrap_or(i64::MAX)),
        )
        .await?;
    match ended.first() {
        Some(row) if row.try_get::<i64, _>("cancel_requested")? != 0 => Ok(Finished::Cancelled),
        Some(_) => Ok(Finished::Ready),
        // An earlier call may have done it without its answer coming back. To call that lost would
        // make the worker delete the result that the row points to.
        None => {
            let own = store
                .database
                .sql("SELECT id FROM jobs WHERE id = $1 AND result = $2")
                .bind(lease.job.to_string())
                .bind(&stored.name);
            let own = store.database.change_and_return(own).await?;
            Ok(own.first().map_or(Finished::Lost, |_| Finished::Ready))
        }
    }
}

pub(super) async fn fail(store: &SqlJobs, lease: &Lease, message: &str) -> Result<bool> {
    let sql = store.database.sql(&format!(
        "UPDATE jobs SET state = 'failed', message = $4, finished_ms = {{now}}, \
             expires_ms = {{now}} + $5, worker = NULL, lease_until_ms = NULL \
         WHERE {}",
        held(1)
    ));
    let ended = store
        .database
        .change(
            holder(sql, lease)
                // PostgreSQL has no text with this character in it.
                .bind(message.replace('\0', " "))
                .bind(store.retention_ms()),
        )
        .await?;
    Ok(ended > 0)
}

/// Gives up one lease.
pub(super) async fn release(store: &SqlJobs, lease: &Lease, why: Why) -> Result<bool> {
    let sql = store
        .database
        .sql(&back_to_queue(why != Why::ServerEnds, &held(6)));
    let released = store
        .database
        .change(holder(ends(sql, store, why == Why::WorkerLost), lease))
        .await?;
    Ok(released > 0)
}

/// Gives up every lease that `condition` holds for.
pub(super) async fn release_lost(store: &SqlJobs, condition: &str) -> Result<u64> {
    // Rows that another server is at are left to it: two servers that change the same rows in
    // different orders would wait for each other.
    let sql = store.database.sql(&back_to_queue(
        true,
        &format!(
            "state = 'running' AND id IN \
         (SELECT id FROM jobs WHERE state = 'running' AND {condition} {{skip_locked}})"
        ),
    ));
    let released = store.database.change(ends(sql, store, true)).await?;
    Ok(released)
}

/// Binds the parameters of [`back_to_queue`].
fn ends(sql: Statement, store: &SqlJobs, is_lost: bool) -> Statement {
    sql.bind(i64::from(is_lost))
        .bind(i64::from(store.policy.max_attempts))
        .bind(CANCELLED)
        .bind(given_up(store))
        .bind(store.retention_ms())
}

/// `last`: whether the job waits behind all others. `$1`: 1 where the worker was lost, else 0; `$2`:
/// how many may be; `$3`, `$4`: the messages of a job that was cancelled meanwhile and of one that
/// lost too many; `$5`: the time of keeping.
fn back_to_queue(last: bool, condition: &str) -> String {
    let queued = if last { "{now}" } else { "queued_ms" };
    let ends = "(cancel_requested = 1 OR losses + $1 >= $2)";
    format!(
        "UPDATE jobs SET losses = losses + $1, worker = NULL, lease_until_ms = NULL, \
             queued_ms = {queued}, \
             state = CASE WHEN {ends} THEN 'failed' ELSE 'pending' END, \
             message = CASE WHEN cancel_requested = 1 THEN $3 \
                 WHEN losses + $1 >= $2 THEN $4 ELSE NULL END, \
             finished_ms = CASE WHEN {ends} THEN {{now}} ELSE NULL END, \
             expires_ms = CASE WHEN {ends} THEN {{now}} + $5 ELSE NULL END \
         WHERE {condition}"
    )
}

fn given_up(store: &SqlJobs) -> String {
    format!(
        "given up after {} attempts, each of which the server did not outlive or could not store; \
         try again with fewer samples",
        store.policy.max_attempts
    )
}
