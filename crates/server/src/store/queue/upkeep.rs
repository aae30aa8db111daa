//! What must be done again and again: jobs stopped that another server was told to end, those of lost
//! workers put back, expired ones deleted, space given back.

use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;

use super::super::Result;
use super::Inner;
use super::running::Cause;

/// Expired jobs deleted in one go.
const BATCH: u32 = 100;

pub(super) async fn run(inner: Arc<Inner>) {
    let mut stop = inner.stop.subscribe();
    let mut swept: Option<Instant> = None;
    let mut has_spare = false;
    loop {
        if inner.running.len() > 0 {
            match inner.store.to_stop(&inner.worker).await {
                Ok(jobs) => jobs
                    .into_iter()
                    .for_each(|job| inner.running.stop(job, Cause::Cancelled)),
                Err(error) => tracing::warn!(?error, "it is not known which jobs are to stop"),
            }
        }
        match inner.store.requeue_lost().await {
            Ok(0) => {}
            Ok(jobs) => {
                tracing::warn!(jobs, "jobs whose worker was lost are put back");
                inner.wake.notify_waiters();
            }
            Err(error) => tracing::warn!(?error, "the queue cannot be looked after"),
        }
        if swept.is_none_or(|at| at.elapsed() >= inner.settings.sweep) {
            if let Err(error) = sweep(&inner).await {
                tracing::warn!(?error, "expired results cannot be deleted");
            }
            swept = Some(Instant::now());
            has_spare = true;
        }
        // Some at a time, so that who submits does not wait for it.
        if has_spare {
            has_spare = inner.store.give_back_space().await.unwrap_or_else(|error| {
                tracing::warn!(?error, "space is not given back to the disk");
                false
            });
        }
        tokio::select! {
            () = tokio::time::sleep(inner.settings.poll) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn sweep(inner: &Inner) -> Result<()> {
    make_room(inner).await?;
    inner.store.forget_queries().await?;
    loop {
        let expired = inner.store.expired(BATCH).await?;
        for &job in &expired {
            // The result first: once the row is gone, nothing knows of it.
            inner.results.delete_all_of(job).await?;
            inner.store.forget(job).await?;
        }
        if expired.len() < BATCH as usize || inner.stopping() {
            return Ok(());
        }
    }
}

/// Deletes the oldest results where there are more than are kept.
pub(super) async fn make_room(inner: &Inner) -> Result<()> {
    loop {
        let surplus = inner.store.surplus(BATCH).await?;
        for &job in &surplus {
            tracing::info!(%job, "a result makes room for younger ones");
            delete(inner, job).await?;
        }
        if surplus.len() < BATCH as usize {
            return Ok(());
        }
    }
}

/// Deletes a job that has ended, its result first, as above.
pub(super) async fn delete(inner: &Inner, job: Uuid) -> Result<()> {
    inner.results.delete_all_of(job).await?;
    inner.store.delete(job).await
}
