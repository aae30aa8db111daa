//! The jobs that this server runs now, and the word to stop that each can be given.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::super::Lease;

/// Why a running job is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Cause {
    /// Its owner does not want it.
    Cancelled = 1,
    /// It is no longer this server's.
    Lost = 2,
    /// The server ends.
    Shutdown = 3,
    /// It has run for as long as a job may.
    Overdue = 4,
}

/// The word to stop, shared with the thread that works.
#[derive(Debug, Default)]
pub(super) struct Stop(AtomicU8);

impl Stop {
    pub(super) fn cause(&self) -> Option<Cause> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Cause::Cancelled),
            2 => Some(Cause::Lost),
            3 => Some(Cause::Shutdown),
            4 => Some(Cause::Overdue),
            _ => None,
        }
    }

    /// The first cause counts.
    pub(super) fn stop(&self, cause: Cause) {
        let _ = self
            .0
            .compare_exchange(0, cause as u8, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// All that run.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<Uuid, (Lease, Arc<Stop>)>>);

impl Running {
    // A thread that panicked while it held the map has changed one entry whole or not at all.
    fn map(&self) -> MutexGuard<'_, HashMap<Uuid, (Lease, Arc<Stop>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a job, for as long as the returned entry lives.
    pub(super) fn enter(&self, lease: &Lease) -> RunningJob<'_> {
        let stop = Arc::new(Stop::default());
        self.map().insert(lease.job, (lease.clone(), stop.clone()));
        RunningJob {
            running: self,
            job: lease.job,
            stop,
        }
    }

    pub(super) fn stop(&self, job: Uuid, cause: Cause) {
        if let Some((_, stop)) = self.map().get(&job) {
            stop.stop(cause);
        }
    }

    pub(super) fn stop_all(&self, cause: Cause) {
        for (_, stop) in self.map().values() {
            stop.stop(cause);
        }
    }

    pub(super) fn leases(&self) -> Vec<Lease> {
        self.map()
            .values()
            .map(|(lease, _)| lease.clone())
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.map().len()
    }
}

/// A job's place among those that run.
pub(super) struct RunningJob<'a> {
    running: &'a Running,
    job: Uuid,
    pub(super) stop: Arc<Stop>,
}

impl Drop for RunningJob<'_> {
    fn drop(&mut self) {
        // Where the worker's task was dropped with its runtime, the thread is still at work.
        self.stop.stop(Cause::Shutdown);
        // The same job may have been taken again, by another worker of this server.
        let mut map = self.running.map();
        if let Some((_, stop)) = map.get(&self.job)
            && Arc::ptr_eq(stop, &self.stop)
        {
            map.remove(&self.job);
        }
    }
}
