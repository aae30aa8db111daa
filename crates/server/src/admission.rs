//! How much is worked on at once, and how many requests may wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::{Failure, Result};

/// What a refused request is told to wait, seconds.
const RETRY_AFTER: u64 = 1;

/// A gate before work: so many at work, so many waiting, the rest refused at once.
#[derive(Clone)]
pub struct Admission {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

/// One that waits; leaves the count when it is dropped, also where the client goes away.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    /// `at_once` pieces of work, and `most_waiting` requests before them.
    pub fn new(at_once: usize, most_waiting: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            waiting: Arc::new(AtomicUsize::new(0)),
            most_waiting,
        }
    }

    /// Waits for a place at work, which the permit holds: it goes with the work, not with the request,
    /// whose client may leave before the work has ended. Who waits is sent away with the time limit of
    /// requests.
    ///
    /// # Errors
    /// 429 where too many wait already.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Waiting(Arc::clone(&self.waiting));
        if before >= self.most_waiting {
            return Err(Failure::busy(
                "as many requests as this server takes are waiting already: come again",
                RETRY_AFTER,
            ));
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        drop(waiting);
        permit.map_err(|_| Failure::unavailable("the server is shutting down"))
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}
