//! The queue with its workers: what goes in comes out, whole, once, whatever happens meanwhile.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use refcast_server::store::{
    Error, Job, JobStore, Jobs, Policy, QueueSettings, SqlJobs, State, Stored, Work, WorkError,
};
use store::{Store, ended, new_job, result};
use uuid::Uuid;

on_every_store! { databases_and_results:
    a_result_is_what_was_written,
    a_large_result_comes_in_parts,
    two_servers_on_a_store_do_each_job_once,
    a_cancelled_job_stops_at_once,
    an_expired_result_is_deleted,
    a_job_that_has_ended_is_deleted_with_its_result,
    results_without_room_are_deleted,
    a_server_that_ends_hands_its_jobs_back,
    work_that_fails_says_why,
}

/// The bytes that a query stands for: `length seed`.
fn bytes_of(query: &str) -> Vec<u8> {
    let (length, seed) = query.split_once(' ').unwrap();
    let mut state: u64 = seed.parse::<u64>().unwrap() + 1;
    (0..length.parse::<usize>().unwrap())
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// Writes the bytes of the query, slowly if asked, and remembers how often it ran each job.
#[derive(Clone, Default)]
struct Writer {
    pause: Duration,
    whole: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Writer {
    fn slow(pause: u64) -> Self {
        Self {
            pause: Duration::from_millis(pause),
            ..Self::default()
        }
    }
}

impl Work for Writer {
    fn run(
        &self,
        job: &Job,
        out: &mut dyn Write,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), WorkError> {
        let bytes = bytes_of(&job.query);
        for piece in bytes.chunks(bytes.len() / 10 + 1) {
            if stopped() {
                return Err(WorkError::Stopped);
            }
            std::thread::sleep(self.pause / 10);
            out.write_all(piece)
                .map_err(|error| WorkError::Failed(error.to_string()))?;
        }
        *self.whole.lock().unwrap().entry(job.id).or_default() += 1;
        Ok(())
    }
}

/// Waits to be stopped, and says when it began and when it was.
#[derive(Clone, Default)]
struct Endless {
    begun: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
}

impl Work for Endless {
    fn run(
        &self,
        _: &Job,
        out: &mut dyn Write,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), WorkError> {
        out.write_all(&[1; 1 << 20]).unwrap();
        self.begun.store(true, Ordering::SeqCst);
        while !stopped() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.stopped.store(true, Ordering::SeqCst);
        Err(WorkError::Stopped)
    }
}

async fn until(what: &AtomicBool) {
    let begun = Instant::now();
    while !what.load(Ordering::SeqCst) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn workers(workers: usize) -> QueueSettings {
    QueueSettings {
        workers,
        poll: Duration::from_millis(20),
        sweep: Duration::from_millis(20),
        ..QueueSettings::default()
    }
}

async fn a_result_is_what_was_written(store: Store) {
    let settings = QueueSettings {
        // A submission wakes a worker: nothing here waits for the next look.
        poll: Duration::from_secs(3600),
        ..workers(2)
    };
    let jobs = store
        .queue(Policy::default(), Writer::default(), settings)
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for query in ["0 1", "1 2", "262144 3", "1000003 4"] {
        let id = jobs.submit(new_job(query)).await.unwrap().id;
        let status = ended(&jobs, id).await;
        assert_eq!(status.state, State::Ready, "{status:?}");
        assert!(result(&jobs, &status).await == bytes_of(query), "{query}");
        let other = jobs.open_result(id, 2).await;
        assert!(matches!(other, Err(Error::NotFound)), "{other:?}");
    }
    let none = jobs.open_result(Uuid::new_v4(), 1).await;
    assert!(matches!(none, Err(Error::NotFound)), "{none:?}");
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn a_large_result_comes_in_parts(store: Store) {
    let jobs = store
        .queue(Policy::default(), Writer::default(), workers(1))
        .await;
    let query = "20000001 5";
    let id = jobs.submit(new_job(query)).await.unwrap().id;
    let status = ended(&jobs, id).await;
    assert_eq!(status.result.as_ref().unwrap().bytes, 20_000_001);
    assert!(result(&jobs, &status).await == bytes_of(query));
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn two_servers_on_a_store_do_each_job_once(store: Store) {
    let work = Writer::slow(10);
    let first = store
        .queue(Policy::default(), work.clone(), workers(3))
        .await;
    let database = store.opened_again().await;
    let second = Jobs::start(
        Arc::new(SqlJobs::shared(database, Policy::default())),
        store.results.clone(),
        Arc::new(work.clone()),
        workers(3),
    )
    .await
    .unwrap();
    let servers = [first, second];
    let submissions = (0..40).map(|i| {
        let jobs = &servers[i % 2];
        async move {
            let query = format!("1000 {i}");
            (jobs.submit(new_job(&query)).await.unwrap().id, query)
        }
    });
    for (id, query) in join_all(submissions).await {
        let status = ended(&servers[0], id).await;
        assert_eq!((status.state, status.attempt), (State::Ready, 1));
        assert!(result(&servers[1], &status).await == bytes_of(&query));
    }
    let whole = work.whole.lock().unwrap().clone();
    assert_eq!(whole.len(), 40);
    assert!(whole.values().all(|&times| times == 1));
    for jobs in servers {
        jobs.shutdown(Duration::from_secs(5)).await;
    }
}

async fn a_cancelled_job_stops_at_once(store: Store) {
    let work = Endless::default();
    // With a lease this long, what is seen here came by the shorter way.
    let jobs = store
        .queue(Policy::default(), work.clone(), workers(1))
        .await;
    let id = jobs.submit(new_job("")).await.unwrap().id;
    until(&work.begun).await;
    let early = jobs.open_result(id, 1).await;
    assert!(
        matches!(early, Err(Error::NotReady(State::Running))),
        "{early:?}"
    );
    assert_eq!(jobs.running_here(), 1);
    let begun = Instant::now();
    assert!(jobs.cancel(id).await.unwrap().cancel_requested);
    let status = ended(&jobs, id).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(status.message.as_deref(), Some("cancelled"));
    assert!(work.stopped.load(Ordering::SeqCst));
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn an_expired_result_is_deleted(store: Store) {
    let policy = Policy {
        retention: Duration::from_millis(300),
        ..Policy::default()
    };
    let jobs = store.queue(policy, Writer::default(), workers(1)).await;
    let id = jobs.submit(new_job("100 1")).await.unwrap().id;
    let stored = ended(&jobs, id).await.result.unwrap();
    let begun = Instant::now();
    while jobs.status(id).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let gone = store.results.open(&stored).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn a_job_that_has_ended_is_deleted_with_its_result(store: Store) {
    let jobs = store
        .queue(Policy::default(), Writer::default(), workers(1))
        .await;
    let id = jobs.submit(new_job("100 1")).await.unwrap().id;
    let stored = ended(&jobs, id).await.result.unwrap();
    jobs.delete(id).await.unwrap();
    for gone in [jobs.status(id).await.map(drop), jobs.delete(id).await] {
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    }
    let gone = store.results.open(&stored).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn results_without_room_are_deleted(store: Store) {
    let policy = Policy {
        max_result_bytes_by_key: 250,
        ..Policy::default()
    };
    // Nothing is swept: the result that comes makes the room.
    let settings = QueueSettings {
        sweep: Duration::from_secs(3600),
        ..workers(1)
    };
    let jobs = store.queue(policy, Writer::default(), settings).await;
    let mut all = Vec::new();
    for seed in 0..4 {
        let query = format!("100 {seed}");
        let id = jobs.submit(new_job(&query)).await.unwrap().id;
        all.push(ended(&jobs, id).await);
    }
    let begun = Instant::now();
    while jobs.status(all[1].id).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for (at, status) in all.iter().enumerate() {
        let is_kept = jobs.status(status.id).await.is_ok();
        assert_eq!(is_kept, at >= 2, "{at}");
        let stored = status.result.as_ref().unwrap();
        assert_eq!(store.results.open(stored).await.is_ok(), is_kept, "{at}");
    }
    // One that never has room is not made.
    let id = jobs.submit(new_job("251 1")).await.unwrap().id;
    let message = ended(&jobs, id).await.message.unwrap();
    assert!(message.contains("fewer samples"), "{message}");
    jobs.shutdown(Duration::from_secs(5)).await;
}

async fn a_server_that_ends_hands_its_jobs_back(store: Store) {
    let work = Endless::default();
    let first = store
        .queue(Policy::default(), work.clone(), workers(1))
        .await;
    let id = first.submit(new_job("50 7")).await.unwrap().id;
    until(&work.begun).await;
    first.shutdown(Duration::from_millis(50)).await;
    let status = first.status(id).await.unwrap();
    assert_eq!((status.state, status.attempt), (State::Pending, 1));
    // Taken in for whoever serves next, and begun by nobody.
    let late = first.submit(new_job("60 8")).await.unwrap().id;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(first.status(late).await.unwrap().state, State::Pending);

    let second = store
        .queue(Policy::default(), Writer::slow(200), workers(2))
        .await;
    while second.running_here() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What can end in the time that is given does.
    second.shutdown(Duration::from_secs(30)).await;
    for (id, query) in [(id, "50 7"), (late, "60 8")] {
        let status = second.status(id).await.unwrap();
        assert_eq!(status.state, State::Ready, "{status:?}");
        assert!(result(&second, &status).await == bytes_of(query));
    }
}

async fn work_that_fails_says_why(store: Store) {
    struct Failing;
    impl Work for Failing {
        fn run(
            &self,
            job: &Job,
            out: &mut dyn Write,
            _: &(dyn Fn() -> bool + Sync),
        ) -> Result<(), WorkError> {
            out.write_all(&[0; 300_000]).unwrap();
            match &*job.query {
                "invalid" => Err(WorkError::Invalid("no such gene".into())),
                "failed" => Err(WorkError::Failed("the model is damaged".into())),
                "stopped" => Err(WorkError::Stopped),
                _ => panic!("at /a/path"),
            }
        }
    }
    let jobs = store.queue(Policy::default(), Failing, workers(1)).await;
    for (query, message) in [
        ("invalid", "no such gene"),
        ("failed", "the model is damaged"),
        ("stopped", "the server failed at this query"),
        ("panic", "the server failed at this query"),
    ] {
        let id = jobs.submit(new_job(query)).await.unwrap().id;
        let status = ended(&jobs, id).await;
        assert_eq!((status.state, status.attempt), (State::Failed, 1));
        let told = status.message.unwrap();
        assert!(
            told.starts_with(message) && !told.contains("path"),
            "{told}"
        );
        let name = format!("{id}/1");
        let left = store.results.open(&Stored { name, bytes: 0 }).await;
        assert!(matches!(left, Err(Error::NotFound)), "{left:?}");
    }
    jobs.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_too_long_is_ended_and_the_next_is_run() {
    let store = Store::embedded().await;
    let settings = QueueSettings {
        longest: Duration::from_secs(1),
        ..workers(1)
    };
    // With a lease this long, what is seen here is the limit.
    let jobs = store
        .queue(Policy::default(), Writer::slow(3_000), settings)
        .await;
    let begun = Instant::now();
    for query in ["100 1", "200 2"] {
        let id = jobs.submit(new_job(query)).await.unwrap().id;
        let status = ended(&jobs, id).await;
        assert_eq!((status.state, status.attempt), (State::Failed, 1));
        let message = status.message.unwrap();
        assert!(message.contains("longer than 1 s"), "{message}");
    }
    assert!(begun.elapsed() > Duration::from_secs(2));
    jobs.shutdown(Duration::from_secs(5)).await;
}

/// Without waiting for the next sign of life, which is ten seconds away.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_another_server_runs_is_cancelled_soon() {
    let store = Store::embedded().await;
    let work = Endless::default();
    let at_work = store
        .queue(Policy::default(), work.clone(), workers(1))
        .await;
    let other = store
        .queue(Policy::default(), Endless::default(), workers(0))
        .await;
    let id = other.submit(new_job("")).await.unwrap().id;
    until(&work.begun).await;
    let begun = Instant::now();
    other.cancel(id).await.unwrap();
    ended(&other, id).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    at_work.shutdown(Duration::from_secs(5)).await;
}

/// The other server is told at its next sign of life.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_cancelled_through_another_server() {
    let store = Store::embedded().await;
    let policy = Policy {
        lease: Duration::from_millis(300),
        ..Policy::default()
    };
    let work = Endless::default();
    let at_work = store.queue(policy.clone(), work.clone(), workers(1)).await;
    let other = store.queue(policy, Endless::default(), workers(0)).await;
    let id = other.submit(new_job("")).await.unwrap().id;
    until(&work.begun).await;
    // Longer than the lease: it is renewed while the work goes on.
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(other.status(id).await.unwrap().attempt, 1);
    assert_eq!(other.cancel(id).await.unwrap().state, State::Running);
    let status = ended(&other, id).await;
    assert_eq!(status.message.as_deref(), Some("cancelled"));
    at_work.shutdown(Duration::from_secs(5)).await;
}

/// A worker that hangs keeps neither the server from ending nor its job from being done.
#[tokio::test(flavor = "multi_thread")]
async fn work_that_does_not_stop_is_handed_back_all_the_same() {
    struct Deaf(Arc<AtomicBool>);
    impl Work for Deaf {
        fn run(
            &self,
            _: &Job,
            _: &mut dyn Write,
            _: &(dyn Fn() -> bool + Sync),
        ) -> Result<(), WorkError> {
            while !self.0.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(())
        }
    }
    let store = Store::embedded().await;
    let release = Arc::new(AtomicBool::new(false));
    let first = store
        .queue(Policy::default(), Deaf(release.clone()), workers(1))
        .await;
    let id = first.submit(new_job("70 9")).await.unwrap().id;
    while first.running_here() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    first.shutdown(Duration::ZERO).await;
    let second = store
        .queue(Policy::default(), Writer::default(), workers(1))
        .await;
    let status = ended(&second, id).await;
    assert_eq!((status.state, status.attempt), (State::Ready, 2));
    // It wakes up too late, and changes nothing.
    release.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let status = second.status(id).await.unwrap();
    assert_eq!(status.attempt, 2);
    assert!(result(&second, &status).await == bytes_of("70 9"));
    let left = Stored {
        name: format!("{id}/1"),
        bytes: 0,
    };
    assert!(matches!(
        store.results.open(&left).await,
        Err(Error::NotFound)
    ));
    second.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_store_that_fails_is_tried_again_and_then_said() {
    let store = Store::embedded().await;
    let results = store.folder.path().join("results");
    std::fs::remove_dir(&results).unwrap();
    std::fs::write(&results, "in the way").unwrap();
    let policy = Policy {
        max_attempts: 3,
        // So long a worker waits after a failure.
        lease: Duration::from_millis(100),
        ..Policy::default()
    };
    let jobs = store.queue(policy, Writer::default(), workers(1)).await;
    let id = jobs.submit(new_job("100 1")).await.unwrap().id;
    let status = ended(&jobs, id).await;
    assert_eq!((status.state, status.attempt), (State::Failed, 3));
    let told = status.message.unwrap();
    assert!(told.contains("could not store"), "{told}");
    assert!(!told.contains("results"), "{told}");
    jobs.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_workers_jobs_are_taken_in_and_wait() {
    let store = Store::embedded().await;
    let jobs: Arc<dyn JobStore> = store.jobs(Policy::default());
    let queue = store
        .queue(Policy::default(), Writer::default(), workers(0))
        .await;
    let id = queue.submit(new_job("1 1")).await.unwrap().id;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(jobs.status(id).await.unwrap().state, State::Pending);
    queue.shutdown(Duration::ZERO).await;
}
