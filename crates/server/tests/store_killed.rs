//! Servers that end without a word: their jobs are done by the next, once, and to the same bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use refcast_server::store::{
    Database, Job, Jobs, Policy, QueueSettings, Results, SqlJobs, State, StateFolder, Work,
    WorkError,
};
use store::{ended, new_job, result};

/// Where the test below says to the program it starts which folder is meant.
const FOLDER: &str = "REFCAST_TEST_KILLED_SERVER";
const KILLS: usize = 10;
const JOBS: u32 = 100;

/// Half a million bytes that the query alone decides, in some 20 ms.
struct Slow;

impl Work for Slow {
    fn run(
        &self,
        job: &Job,
        out: &mut dyn Write,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), WorkError> {
        for piece in expected(&job.query).chunks(100_000) {
            if stopped() {
                return Err(WorkError::Stopped);
            }
            std::thread::sleep(Duration::from_millis(4));
            out.write_all(piece)
                .map_err(|error| WorkError::Failed(error.to_string()))?;
        }
        Ok(())
    }
}

fn expected(query: &str) -> Vec<u8> {
    query.bytes().cycle().take(500_000).collect()
}

async fn server(folder: &StateFolder, workers: usize) -> Jobs {
    let lock = loop {
        // A process that was killed, or a runtime that was dropped, may take a moment to be gone.
        match folder.lock() {
            Ok(lock) => break lock,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let database = Database::embedded(folder).await.unwrap();
    Jobs::start(
        Arc::new(SqlJobs::sole(database, lock, Policy::default())),
        Results::in_folder(folder).unwrap(),
        Arc::new(Slow),
        QueueSettings {
            workers,
            ..QueueSettings::default()
        },
    )
    .await
    .unwrap()
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
    let mut repeated = 0;
    for (id, query) in submitted {
        let status = ended(jobs, *id).await;
        assert_eq!(status.state, State::Ready, "{status:?}");
        assert!(result(jobs, &status).await == expected(query), "{query}");
        repeated += usize::from(status.attempt > 1);
    }
    let counts = jobs.counts().await.unwrap();
    assert_eq!(counts.ready as usize, submitted.len());
    assert_eq!((counts.pending, counts.running, counts.failed), (0, 0, 0));
    repeated
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_ten_times_does_every_job_once() {
    let base = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(base.path()).unwrap();
    let jobs = server(&folder, 0).await;
    let submitted = submit(&jobs, JOBS).await;
    jobs.shutdown(Duration::ZERO).await;
    drop(jobs);
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_server_to_be_killed", "--ignored"])
            .env(FOLDER, base.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(250)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let jobs = server(&folder, 2).await;
    let repeated = check(&jobs, &submitted).await;
    assert!(repeated > 0, "the kills were meant to come in the middle");
    jobs.shutdown(Duration::from_secs(5)).await;
}

/// Not a test: what the one above starts, and kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started and killed by another test"]
async fn a_server_to_be_killed() {
    let Some(path) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = StateFolder::open(path.as_ref()).unwrap();
    let _jobs = server(&folder, 2).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[test]
fn a_runtime_dropped_in_the_middle_leaves_the_jobs_to_the_next() {
    let base = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(base.path()).unwrap();
    let first = tokio::runtime::Runtime::new().unwrap();
    let submitted = first.block_on(async {
        let jobs = server(&folder, 2).await;
        let submitted = submit(&jobs, 20).await;
        while jobs.running_here() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        submitted
    });
    first.shutdown_background();
    let second = tokio::runtime::Runtime::new().unwrap();
    second.block_on(async {
        let jobs = server(&folder, 2).await;
        check(&jobs, &submitted).await;
        jobs.shutdown(Duration::from_secs(5)).await;
    });
}
