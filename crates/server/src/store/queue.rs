//! The queue: what the routes hold. Jobs go in, workers run them, results come out.

mod bridge;
mod running;
mod upkeep;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::results::{Open, Results};
use super::{Error, Job, JobCounts, JobStore, NewJob, Result, State, Status, Submitted};
use running::{Cause, Running};

/// What a worker does with a job.
pub trait Work: Send + Sync + 'static {
    /// Runs `job` on a thread that may block, and writes its result to `out` as it comes. Must ask
    /// `stopped` every so often, and return [`WorkError::Stopped`] soon after it is true. The same
    /// job must give the same bytes each time: a job whose server was killed is run again.
    ///
    /// # Errors
    /// [`WorkError`]; nothing of what was written is then kept.
    fn run(
        &self,
        job: &Job,
        out: &mut dyn std::io::Write,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> std::result::Result<(), WorkError>;
}

/// Why a job has no result. The texts are told to the user as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkError {
    /// It was told to stop, and did.
    Stopped,
    /// The query cannot be run after all: the model has changed since it was checked.
    Invalid(String),
    /// The work failed. (A failure to write is not told to the user: the job is tried again.)
    Failed(String),
}

/// How the queue runs.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How many jobs run at a time. With 0 this server takes jobs in and runs none.
    pub workers: usize,
    /// How often the queue is asked without a sign: jobs that came through another server, leases
    /// that ran out.
    pub poll: Duration,
    /// How often what has expired is deleted.
    pub sweep: Duration,
    /// How long a job may run, at each attempt.
    pub longest: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            workers: 1,
            poll: Duration::from_secs(1),
            sweep: Duration::from_secs(60),
            longest: Duration::from_secs(60 * 60),
        }
    }
}

/// The queue and its workers. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    store: Arc<dyn JobStore>,
    results: Results,
    work: Arc<dyn Work>,
    settings: QueueSettings,
    /// This server's name on its leases, drawn at each start: no lease of before is its own.
    worker: String,
    running: Running,
    wake: Notify,
    stopping: AtomicBool,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// When the store was last asked whether it takes writes, and what was wrong then.
    tried: Mutex<Option<(Instant, Option<&'static str>)>>,
}

impl Jobs {
    /// Puts back what a former start of this server left running, and starts the workers on the
    /// current runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn start(
        store: Arc<dyn JobStore>,
        results: Results,
        work: Arc<dyn Work>,
        settings: QueueSettings,
    ) -> Result<Self> {
        let back = store.requeue_own().await?;
        if back > 0 {
            tracing::info!(
                jobs = back,
                "jobs of the last run are put back in the queue"
            );
        }
        let inner = Arc::new(Inner {
            store,
            results,
            work,
            settings,
            worker: Uuid::new_v4().to_string(),
            running: Running::default(),
            wake: Notify::new(),
            stopping: AtomicBool::new(false),
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
            tried: Mutex::default(),
        });
        let mut tasks = inner.tasks.lock().await;
        for _ in 0..inner.settings.workers {
            tasks.push(tokio::spawn(worker::run(inner.clone())));
        }
        tasks.push(tokio::spawn(upkeep::run(inner.clone())));
        drop(tasks);
        Ok(Self(inner))
    }

    /// Takes a job in and wakes a worker.
    ///
    /// # Errors
    /// [`Error::QueueFull`], [`Error::IdempotencyConflict`], [`Error::Unavailable`].
    pub async fn submit(&self, job: NewJob) -> Result<Submitted> {
        let submitted = self.0.store.submit(job).await?;
        if submitted.created {
            self.0.wake.notify_one();
        }
        Ok(submitted)
    }

    /// What is known of a job.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn status(&self, id: Uuid) -> Result<Status> {
        self.0.store.status(id).await
    }

    /// Ends a waiting job; stops a running one, here at once and in another server at its next sign
    /// of life. One that has ended stays as it is. The status is that after: `running` still, with
    /// `cancel_requested`, where the worker has yet to stop.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn cancel(&self, id: Uuid) -> Result<Status> {
        let status = self.0.store.request_cancel(id).await?;
        if status.cancel_requested && status.state == State::Running {
            self.0.running.stop(id, Cause::Cancelled);
        }
        Ok(status)
    }

    /// Deletes a job that has ended, with its result; ends one that has not, as [`Self::cancel`].
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn delete(&self, id: Uuid) -> Result<()> {
        match self.status(id).await?.state {
            State::Pending | State::Running => self.cancel(id).await.map(drop),
            State::Ready | State::Failed => upkeep::delete(&self.0, id).await,
        }
    }

    /// Opens the result of a ready job.
    ///
    /// # Errors
    /// [`Error::Revoked`] where the key that submitted it was;
    /// [`Error::NotFound`] of a job that is not there, or has no attempt of this number;
    /// [`Error::NotReady`]; [`Error::Unavailable`].
    pub async fn open_result(&self, id: Uuid, attempt: i64) -> Result<Open> {
        let status = self.status(id).await?;
        if status.owner_is_revoked {
            return Err(Error::Revoked);
        }
        if status.attempt != attempt {
            return Err(Error::NotFound);
        }
        match &status.result {
            Some(stored) if status.state == State::Ready => self.0.results.open(stored).await,
            _ => Err(Error::NotReady(status.state)),
        }
    }

    /// Whether a job could be taken in, by a write. Whoever asks has no key: it is tried once a
    /// second at most, whatever the number of those who ask.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ready(&self) -> Result<()> {
        const GOOD_FOR: Duration = Duration::from_secs(1);
        const LONGEST: Duration = Duration::from_secs(3);
        const AWAY: &str = "the job store cannot be reached";
        let mut tried = self.0.tried.lock().await;
        let wrong = match *tried {
            Some((at, wrong)) if at.elapsed() < GOOD_FOR => wrong,
            _ => {
                let asked = tokio::time::timeout(LONGEST, self.0.store.ping()).await;
                let wrong = match asked {
                    Ok(Ok(())) => None,
                    Ok(Err(Error::Unavailable { what, source })) => {
                        tracing::warn!(%source, "{what}");
                        Some(what)
                    }
                    Ok(Err(_)) | Err(_) => Some(AWAY),
                };
                *tried = Some((Instant::now(), wrong));
                wrong
            }
        };
        match wrong {
            None => Ok(()),
            Some(what) => Err(Error::Unavailable {
                what,
                source: "asked by a write".into(),
            }),
        }
    }

    /// How many jobs there are in each state, of all servers on the store.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn counts(&self) -> Result<JobCounts> {
        self.0.store.counts().await
    }

    /// How many jobs this server runs now.
    pub fn running_here(&self) -> usize {
        self.0.running.len()
    }

    /// Ends the workers: no job is begun from now on, those that run have `grace` to end, and the
    /// rest are stopped and put back. Afterwards jobs can still be asked for, and submitted for
    /// whoever serves next.
    ///
    /// A work that does not stop when told keeps its thread: end the runtime with
    /// `shutdown_background` after this, since to drop it would wait.
    pub async fn shutdown(&self, grace: Duration) {
        /// What is left, after the word to stop, for a work to see it and its job to be put back.
        const HANDING_BACK: Duration = Duration::from_secs(3);
        let inner = &self.0;
        inner.stopping.store(true, Ordering::Relaxed);
        inner.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *inner.tasks.lock().await);
        if tokio::time::timeout(grace, join_all(&mut tasks))
            .await
            .is_ok()
        {
            return;
        }
        tasks.retain(|task| !task.is_finished());
        inner.running.stop_all(Cause::Shutdown);
        if tokio::time::timeout(HANDING_BACK, join_all(&mut tasks))
            .await
            .is_ok()
        {
            return;
        }
        for lease in inner.running.leases() {
            tracing::warn!(job = %lease.job, "a job that does not stop is put back as it is");
            if let Err(error) = inner.store.hand_back(&lease).await {
                tracing::error!(%error, job = %lease.job, "a job was not put back; its lease will run out");
            }
        }
    }
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs")
            .field("settings", &self.0.settings)
            .field("running", &self.running_here())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
