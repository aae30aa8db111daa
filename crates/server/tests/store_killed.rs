//! Servers that end without a word: their jobs are done by the next, once, and to the same bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use refcast_server::store::{Job, Jobs, State, Work, WorkError};
use store::place::Place;
use store::{Store, ended, new_job, result};

on_every_store! { alone_and_shared:
    a_server_killed_often_does_every_job_once,
}

/// How often: ten times, or as often as `REFCAST_TEST_KILLS` says.
fn kills() -> usize {
    let told = std::env::var("REFCAST_TEST_KILLS").ok();
    told.map_or(10, |kills| kills.parse().unwrap())
}

/// How long a shared store waits for a server that was killed.
const LEASE: Duration = Duration::from_secs(1);

/// Half a million bytes that the query alone decides, in some 20 ms.
struct Slow {
    /// Made when a job begins.
    begun: PathBuf,
}

impl Slow {
    fn new(place: &Place) -> Self {
        Self {
            begun: begun(&place.folder),
        }
    }
}

impl Work for Slow {
    fn run(
        &self,
        job: &Job,
        out: &mut dyn Write,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), WorkError> {
        let failed = |error: std::io::Error| WorkError::Failed(error.to_string());
        std::fs::write(&self.begun, "").map_err(failed)?;
        for piece in expected(&job.query).chunks(100_000) {
            if stopped() {
                return Err(WorkError::Stopped);
            }
            std::thread::sleep(Duration::from_millis(4));
            out.write_all(piece).map_err(failed)?;
        }
        Ok(())
    }
}

fn begun(folder: &Path) -> PathBuf {
    folder.join("begun")
}

fn expected(query: &str) -> Vec<u8> {
    query.bytes().cycle().take(500_000).collect()
}

async fn server(place: &Place, workers: usize) -> Jobs {
    place.server(Slow::new(place), LEASE, workers).await
}

async fn submit(jobs: &Jobs, count: u32) -> Vec<(uuid::Uuid, String)> {
    let mut submitted = Vec::new();
    for i in 0..count {
        let query = format!("query {i};");
        submitted.push((jobs.submit(new_job(&query)).await.unwrap().id, query));
    }
    submitted
}

/// Every job is ready, with the bytes of an undisturbed run. How many were begun more than once.
async fn check(jobs: &Jobs, submitted: &[(uuid::Uuid, String)]) -> usize {
    // However many there are, one after the other ends.
    let (mut ready, mut since) = (0, Instant::now());
    loop {
        let counts = jobs.counts().await.unwrap();
        if counts.pending + counts.running == 0 {
            break;
        }
        if counts.ready > ready {
            (ready, since) = (counts.ready, Instant::now());
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{counts:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut repeated = 0;
    let mut results = HashSet::new();
    for (id, query) in submitted {
        let status = ended(jobs, *id).await;
        assert_eq!(status.state, State::Ready, "{status:?}");
        assert!(result(jobs, &status).await == expected(query), "{query}");
        assert!(results.insert(status.result.unwrap().name), "{query}");
        repeated += usize::from(status.attempt > 1);
    }
    let counts = jobs.counts().await.unwrap();
    assert_eq!(counts.ready as usize, submitted.len());
    assert_eq!((counts.pending, counts.running, counts.failed), (0, 0, 0));
    repeated
}

async fn a_server_killed_often_does_every_job_once(store: Store) {
    // Started again by the lines below, to be killed.
    if let Some(place) = Place::told() {
        let _jobs = server(&place, 2).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        return;
    }
    let place = store.place();
    let jobs = server(&place, 0).await;
    // More than are done between the kills.
    let submitted = submit(&jobs, 10 * kills() as u32).await;
    jobs.shutdown(Duration::ZERO).await;
    drop(jobs);
    for _ in 0..kills() {
        let mut child = again(&place);
        at_work(&place).await;
        // Three jobs long, so that they are not all done before the last kill.
        tokio::time::sleep(Duration::from_millis(60)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let jobs = server(&place, 2).await;
    let repeated = check(&jobs, &submitted).await;
    assert!(
        repeated >= kills(),
        "{repeated}: the kills were meant to come in the middle of jobs"
    );
    jobs.shutdown(Duration::from_secs(5)).await;
}

/// This test in a process of its own, which serves `place`.
fn again(place: &Place) -> Child {
    let kind = match place.postgres {
        None => "sqlite_and_folder",
        Some(_) => "postgres_and_s3",
    };
    let test = format!("{kind}::a_server_killed_often_does_every_job_once");
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test])
        .envs(place.variables())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until a job has begun that had not before.
async fn at_work(place: &Place) {
    let begun = begun(&place.folder);
    // There is none yet the first time.
    let _ = std::fs::remove_file(&begun);
    let since = Instant::now();
    while !begun.exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "no job begins");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_runtime_dropped_in_the_middle_leaves_the_jobs_to_the_next() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let first = runtime();
    let (store, submitted) = first.block_on(async {
        let store = Store::embedded().await;
        let jobs = server(&store.place(), 2).await;
        let submitted = submit(&jobs, 20).await;
        while jobs.running_here() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (store, submitted)
    });
    first.shutdown_background();
    runtime().block_on(async {
        let jobs = server(&store.place(), 2).await;
        check(&jobs, &submitted).await;
        jobs.shutdown(Duration::from_secs(5)).await;
    });
}
