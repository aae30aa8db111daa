//! A worker: takes a job, runs it while it holds the lease, and ends it.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinError;

use super::super::results::Unwritten;
use super::super::{Error, Finished, Job, Lease, Renewed, Result, Stored};
use super::running::{Cause, Stop};
use super::{Inner, Work, WorkError, bridge, upkeep};

/// What a user is told of a fault of the program. The log has the rest.
const UNEXPECTED: &str = "the server failed at this query; the operator finds the cause in the log";

/// Takes one job after the other until the server ends.
pub(super) async fn run(inner: Arc<Inner>) {
    let mut stop = inner.stop.subscribe();
    while !inner.stopping() {
        match inner.store.claim(&inner.worker).await {
            Ok(Some(job)) => {
                if run_one(&inner, job).await {
                    // The next job's result would not be taken either.
                    tokio::select! {
                        () = tokio::time::sleep(inner.store.policy().lease) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(?error, "no job can be taken"),
        }
        tokio::select! {
            () = inner.wake.notified() => {}
            () = tokio::time::sleep(inner.settings.poll) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Whether the result store refused the result.
async fn run_one(inner: &Inner, job: Job) -> bool {
    let lease = Lease {
        job: job.id,
        worker: inner.worker.clone(),
        attempt: job.attempt,
    };
    let entry = inner.running.enter(&lease);
    // Taken while the server was told to end: too late for the word to stop that the others get.
    if inner.stopping() {
        if let Err(error) = inner.store.hand_back(&lease).await {
            tracing::error!(?error, job = %lease.job, "a job was not put back; its lease will run out");
        }
        return false;
    }
    let policy = inner.store.policy();
    let most = policy.max_result_bytes.min(policy.max_result_bytes_by_key);
    let (out, pieces) = bridge::channel(most);
    let working = tokio::task::spawn_blocking({
        let work = inner.work.clone();
        let stop = entry.stop.clone();
        move || work_through(&*work, &job, out, &stop)
    });
    let name = lease.result_name();
    let (worked, written) = tokio::select! {
        ended = async { tokio::join!(working, inner.results.write(&name, pieces)) } => ended,
        never = keep(inner, &lease, &entry.stop) => match never {},
    };
    let ending = match entry.stop.cause() {
        Some(Cause::Overdue) if matches!(worked, Ok(Err(WorkError::Stopped))) => {
            Ending::Fail(format!(
                "the job took longer than {} s, the most that this server gives one: ask for fewer \
                 samples at a time",
                inner.settings.longest.as_secs()
            ))
        }
        cause => ending(worked, written, cause, &lease),
    };
    let refused = matches!(ending, Ending::Again | Ending::PutOff);
    if let Err(error) = end(inner, &lease, ending).await {
        tracing::error!(?error, job = %lease.job, "a job could not be ended; its lease will run out");
    }
    refused
}

fn work_through(
    work: &dyn Work,
    job: &Job,
    mut out: bridge::PieceWriter,
    stop: &Stop,
) -> std::result::Result<(), WorkError> {
    work.run(job, &mut out, &|| stop.cause().is_some())?;
    out.finish()
        .map_err(|error| WorkError::Failed(error.to_string()))
}

/// Renews the lease for as long as it is polled, and passes on what it learns by that; ends a job
/// that runs for too long.
async fn keep(inner: &Inner, lease: &Lease, stop: &Stop) -> Infallible {
    let begun = Instant::now();
    loop {
        let left = inner.settings.longest.saturating_sub(begun.elapsed());
        if left.is_zero() {
            stop.stop(Cause::Overdue);
        }
        let wait = inner.store.policy().lease / 3;
        // The lease of a job that is told to stop is held until it has.
        tokio::time::sleep(if left.is_zero() { wait } else { wait.min(left) }).await;
        match inner.store.renew(lease).await {
            Ok(Renewed::Held) => {}
            Ok(Renewed::Cancelled) => stop.stop(Cause::Cancelled),
            Ok(Renewed::Lost) => {
                tracing::warn!(job = %lease.job, "the lease is lost");
                stop.stop(Cause::Lost);
            }
            // The work goes on: if no one takes the job meanwhile, it can still be ended.
            Err(error) => tracing::warn!(?error, job = %lease.job, "the lease is not renewed"),
        }
    }
}

/// How a job ends.
#[derive(Debug, PartialEq)]
enum Ending {
    Publish(Stored),
    Fail(String),
    /// The server ends; the job is for the next one.
    HandBack,
    /// No fault of the job: once more.
    Again,
    /// The disk is full: once more when there is space, however long that takes.
    PutOff,
    /// It is no longer this worker's.
    LeaveAlone,
}

fn ending(
    worked: std::result::Result<std::result::Result<(), WorkError>, JoinError>,
    written: std::result::Result<Stored, Unwritten>,
    cause: Option<Cause>,
    lease: &Lease,
) -> Ending {
    let job = lease.job;
    let failed_store = match &written {
        Err(Unwritten::Store(error)) => Some(error),
        _ => None,
    };
    if let Some(error) = failed_store {
        tracing::warn!(?error, %job, "a result could not be stored");
    }
    match (worked, written) {
        (Ok(Ok(())), Ok(stored)) => Ending::Publish(stored),
        (Ok(Err(WorkError::Stopped)), _) if cause.is_some() => match cause {
            Some(Cause::Cancelled) => Ending::Fail("cancelled".to_owned()),
            Some(Cause::Shutdown) => Ending::HandBack,
            Some(Cause::Lost | Cause::Overdue) | None => Ending::LeaveAlone,
        },
        // Whatever the work says then, it says of a writer that failed it.
        (Ok(_), Err(Unwritten::Store(error))) if error.is_full_disk() => Ending::PutOff,
        (Ok(_), Err(Unwritten::Store(_))) => Ending::Again,
        (Ok(Err(WorkError::Invalid(message) | WorkError::Failed(message))), _) => {
            Ending::Fail(message)
        }
        (Ok(Err(WorkError::Stopped) | Ok(())), _) => {
            tracing::error!(%job, "the work ended without a result and without a word");
            Ending::Fail(UNEXPECTED.to_owned())
        }
        (Err(error), _) if error.is_panic() => {
            tracing::error!(%error, %job, "the work panicked");
            Ending::Fail(UNEXPECTED.to_owned())
        }
        // The runtime ends.
        (Err(_), _) => Ending::HandBack,
    }
}

async fn end(inner: &Inner, lease: &Lease, ending: Ending) -> Result<()> {
    let store = &inner.store;
    let patience = store.policy().lease;
    let unused = match ending {
        Ending::Publish(stored) => {
            let finished = patiently(patience, || store.finish(lease, &stored)).await?;
            if finished != Finished::Ready {
                tracing::info!(job = %lease.job, ?finished, "a result is not wanted any more");
            } else if let Err(error) = upkeep::make_room(inner).await {
                tracing::warn!(?error, "results that make room cannot be deleted");
            }
            finished != Finished::Ready
        }
        Ending::Fail(message) => {
            patiently(patience, || store.fail(lease, &message)).await?;
            false
        }
        Ending::HandBack => {
            patiently(patience, || store.hand_back(lease)).await?;
            false
        }
        Ending::PutOff => {
            patiently(patience, || store.put_off(lease)).await?;
            false
        }
        Ending::Again => {
            patiently(patience, || store.lose(lease)).await?;
            false
        }
        Ending::LeaveAlone => false,
    };
    if unused {
        inner.results.delete(&lease.result_name()).await?;
    }
    Ok(())
}

/// Asks again while the store cannot be reached: work that is done is not thrown away because the
/// database starts anew.
async fn patiently<T, F: Future<Output = Result<T>>>(
    patience: Duration,
    ask: impl Fn() -> F,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(Error::Unavailable { .. }) if begun.elapsed() < patience => {
                tokio::time::sleep(patience.min(Duration::from_secs(1))).await;
            }
            answer => return answer,
        }
    }
}
