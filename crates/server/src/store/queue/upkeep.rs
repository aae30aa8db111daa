//! What must be done again and again: jobs of lost workers put back, expired ones deleted.

use std::sync::Arc;
use std::time::Instant;

use super::super::Result;
use super::Inner;

/// Expired jobs deleted in one go.
const BATCH: u32 = 100;

pub(super) async fn run(inner: Arc<Inner>) {
    let mut stop = inner.stop.subscribe();
    let mut swept: Option<Instant> = None;
    loop {
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
        }
        tokio::select! {
            () = tokio::time::sleep(inner.settings.poll) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn sweep(inner: &Inner) -> Result<()> {
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
