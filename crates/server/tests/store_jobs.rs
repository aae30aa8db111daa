//! The table of jobs: who may change what, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use refcast_server::store::{
    Error, Finished, Job, JobStore, Lease, NewJob, Policy, Renewed, SqlJobs, State, Stored,
};
use store::{Store, new_job, with_key};
use uuid::Uuid;

on_every_store! { databases:
    a_job_goes_from_pending_to_ready,
    the_longest_waiting_job_is_taken_first,
    many_claimers_never_get_the_same_job,
    of_two_workers_that_believe_they_hold_a_job_one_publishes,
    an_end_that_was_not_heard_of_is_confirmed,
    a_repeated_submission_is_the_same_job,
    a_repetition_at_the_same_moment_is_the_same_job,
    a_full_queue_refuses,
    a_cancelled_job_ends_without_a_result,
    a_job_that_loses_every_worker_fails_in_the_end,
    a_job_handed_back_keeps_its_place_and_is_not_counted,
    an_expired_job_is_forgotten,
    a_failed_job_says_why,
    any_query_comes_back_as_it_was,
    one_key_does_not_fill_the_queue,
    the_queries_that_wait_are_bounded_in_bytes,
    the_query_of_a_job_that_has_ended_is_forgotten_at_once,
    keys_take_turns,
    the_oldest_results_make_room,
}

fn lease(job: &Job, worker: &str) -> Lease {
    Lease {
        job: job.id,
        worker: worker.into(),
        attempt: job.attempt,
    }
}

fn stored(lease: &Lease) -> Stored {
    Stored {
        name: lease.result_name(),
        bytes: 5,
    }
}

/// A lease that is over by the next statement or the one after.
fn short() -> Policy {
    Policy {
        lease: Duration::from_millis(1),
        ..Policy::default()
    }
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn a_job_goes_from_pending_to_ready(store: Store) {
    let jobs = store.jobs(Policy::default());
    assert!(jobs.claim("w").await.unwrap().is_none());
    let id = jobs.submit(new_job("{}")).await.unwrap().id;
    let waiting = jobs.status(id).await.unwrap();
    assert_eq!((waiting.state, waiting.attempt), (State::Pending, 0));
    assert_eq!((waiting.owner, waiting.started_ms), (None, None));

    let job = jobs.claim("w").await.unwrap().unwrap();
    assert_eq!((job.id, job.attempt, &*job.query), (id, 1, "{}"));
    assert_eq!(jobs.status(id).await.unwrap().state, State::Running);
    let lease = lease(&job, "w");
    assert_eq!(jobs.renew(&lease).await.unwrap(), Renewed::Held);
    let stored = stored(&lease);
    assert_eq!(jobs.finish(&lease, &stored).await.unwrap(), Finished::Ready);

    let ready = jobs.status(id).await.unwrap();
    assert_eq!(ready.state, State::Ready);
    assert_eq!(ready.result, Some(stored));
    let (created, finished) = (ready.created_ms, ready.finished_ms.unwrap());
    assert!(created <= ready.started_ms.unwrap() && ready.started_ms.unwrap() <= finished);
    assert_eq!(ready.expires_ms.unwrap() - finished, 24 * 60 * 60 * 1000);
    let wall = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert!((wall.as_millis() as i64 - created).abs() < 60_000);
    let counts = jobs.counts().await.unwrap();
    assert_eq!((counts.ready, counts.pending, counts.running), (1, 0, 0));
}

async fn the_longest_waiting_job_is_taken_first(store: Store) {
    let jobs = store.jobs(Policy::default());
    let mut submitted = Vec::new();
    for _ in 0..5 {
        submitted.push(jobs.submit(new_job("{}")).await.unwrap().id);
        a_moment().await;
    }
    for id in submitted {
        assert_eq!(jobs.claim("w").await.unwrap().unwrap().id, id);
    }
}

async fn many_claimers_never_get_the_same_job(store: Store) {
    const JOBS: usize = 60;
    let first = store.jobs(Policy::default());
    let second: Arc<dyn JobStore> = Arc::new(SqlJobs::shared(
        store.opened_again().await,
        Policy::default(),
    ));
    let submissions = (0..JOBS).map(|i| {
        let jobs = [&first, &second][i % 2].clone();
        tokio::spawn(async move { jobs.submit(new_job("{}")).await.unwrap() })
    });
    join_all(submissions).await;
    let claimers = (0..12).map(|i| {
        let jobs = [&first, &second][i % 2].clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            while let Some(job) = jobs.claim(&format!("w{i}")).await.unwrap() {
                assert_eq!(job.attempt, 1);
                mine.push(job.id);
            }
            mine
        })
    });
    let claimed: Vec<Uuid> = join_all(claimers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    assert_eq!(claimed.len(), JOBS);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), JOBS);
}

async fn of_two_workers_that_believe_they_hold_a_job_one_publishes(store: Store) {
    let jobs = store.jobs(short());
    for _ in 0..10 {
        let id = jobs.submit(new_job("{}")).await.unwrap().id;
        let first = lease(&jobs.claim("first").await.unwrap().unwrap(), "first");
        a_moment().await;
        assert_eq!(jobs.requeue_lost().await.unwrap(), 1);
        // The same worker may be the second too: the attempt tells them apart.
        let second = lease(&jobs.claim("first").await.unwrap().unwrap(), "first");
        assert_ne!(first.result_name(), second.result_name());
        assert_eq!(jobs.renew(&first).await.unwrap(), Renewed::Lost);
        let ends = [&first, &second, &first, &second].map(|lease| {
            let (jobs, lease) = (jobs.clone(), lease.clone());
            tokio::spawn(async move { jobs.finish(&lease, &stored(&lease)).await.unwrap() })
        });
        let ends: Vec<_> = join_all(ends)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(
            ends,
            [
                Finished::Lost,
                Finished::Ready,
                Finished::Lost,
                Finished::Ready
            ]
        );
        assert!(!jobs.fail(&first, "late").await.unwrap());
        assert!(!jobs.lose(&first).await.unwrap());
        assert!(!jobs.hand_back(&first).await.unwrap());
        let status = jobs.status(id).await.unwrap();
        assert_eq!(status.result, Some(stored(&second)));
    }
}

async fn an_end_that_was_not_heard_of_is_confirmed(store: Store) {
    let jobs = store.jobs(Policy::default());
    jobs.submit(new_job("{}")).await.unwrap();
    let lease = lease(&jobs.claim("w").await.unwrap().unwrap(), "w");
    for _ in 0..2 {
        let finished = jobs.finish(&lease, &stored(&lease)).await.unwrap();
        assert_eq!(finished, Finished::Ready);
    }
}

async fn a_repeated_submission_is_the_same_job(store: Store) {
    let jobs = store.jobs(Policy::default());
    let first = jobs.submit(with_key(None, "k", "body")).await.unwrap();
    assert!(first.created);
    let again = jobs.submit(with_key(None, "k", "body")).await.unwrap();
    assert_eq!((again.id, again.created), (first.id, false));
    let other = jobs.submit(with_key(None, "k", "other")).await;
    assert!(
        matches!(other, Err(Error::IdempotencyConflict)),
        "{other:?}"
    );
    // Another user's key is another key.
    let theirs = jobs
        .submit(with_key(Some("a"), "k", "other"))
        .await
        .unwrap();
    assert!(theirs.created);
    assert_eq!(
        jobs.status(theirs.id).await.unwrap().owner.as_deref(),
        Some("a")
    );
    // Without a key nothing is the same.
    let plain = jobs.submit(new_job("body")).await.unwrap();
    let plain_again = jobs.submit(new_job("body")).await.unwrap();
    assert_ne!(plain.id, plain_again.id);
    // And it stays the same when it has ended.
    jobs.request_cancel(first.id).await.unwrap();
    let later = jobs.submit(with_key(None, "k", "body")).await.unwrap();
    assert_eq!((later.id, later.created), (first.id, false));
}

async fn a_repetition_at_the_same_moment_is_the_same_job(store: Store) {
    let jobs = store.jobs(Policy::default());
    let other: Arc<dyn JobStore> = Arc::new(SqlJobs::shared(
        store.opened_again().await,
        Policy::default(),
    ));
    let all = (0..20).map(|i| {
        let jobs = [&jobs, &other][i % 2].clone();
        tokio::spawn(async move { jobs.submit(with_key(None, "k", "body")).await.unwrap() })
    });
    let all: Vec<_> = join_all(all)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(all.iter().filter(|s| s.created).count(), 1);
    assert_eq!(all.iter().map(|s| s.id).collect::<HashSet<_>>().len(), 1);
    assert_eq!(jobs.counts().await.unwrap().pending, 1);
}

async fn a_full_queue_refuses(store: Store) {
    let jobs = store.jobs(Policy {
        max_queue: 2,
        ..Policy::default()
    });
    jobs.submit(new_job("{}")).await.unwrap();
    let second = with_key(None, "k", "body");
    jobs.submit(second.clone()).await.unwrap();
    let third = jobs.submit(new_job("{}")).await;
    assert!(
        matches!(third, Err(Error::QueueFull { max: 2, .. })),
        "{third:?}"
    );
    // What was taken in before is not refused when it is repeated.
    assert!(!jobs.submit(second).await.unwrap().created);
    jobs.claim("w").await.unwrap().unwrap();
    jobs.submit(new_job("{}")).await.unwrap();
    assert_eq!(jobs.counts().await.unwrap().pending, 2);
}

async fn a_cancelled_job_ends_without_a_result(store: Store) {
    let jobs = store.jobs(Policy::default());
    let unknown = jobs.request_cancel(Uuid::new_v4()).await;
    assert!(matches!(unknown, Err(Error::NotFound)));

    let waiting = jobs.submit(new_job("{}")).await.unwrap().id;
    let status = jobs.request_cancel(waiting).await.unwrap();
    assert_eq!(status.state, State::Failed);
    assert_eq!(status.message.as_deref(), Some("cancelled"));
    assert!(status.expires_ms.is_some());
    assert!(jobs.claim("w").await.unwrap().is_none());

    // At work: told at the next sign of life, and whatever it does then, no result.
    for back in [false, true] {
        let id = jobs.submit(new_job("{}")).await.unwrap().id;
        let lease = lease(&jobs.claim("w").await.unwrap().unwrap(), "w");
        let status = jobs.request_cancel(id).await.unwrap();
        assert_eq!(
            (status.state, status.cancel_requested),
            (State::Running, true)
        );
        assert_eq!(jobs.renew(&lease).await.unwrap(), Renewed::Cancelled);
        if back {
            assert!(jobs.hand_back(&lease).await.unwrap());
        } else {
            let finished = jobs.finish(&lease, &stored(&lease)).await.unwrap();
            assert_eq!(finished, Finished::Cancelled);
        }
        let status = jobs.status(id).await.unwrap();
        assert_eq!((status.state, status.result), (State::Failed, None));
        assert_eq!(status.message.as_deref(), Some("cancelled"));
    }

    // Ended: it stays.
    let id = jobs.submit(new_job("{}")).await.unwrap().id;
    let lease = lease(&jobs.claim("w").await.unwrap().unwrap(), "w");
    jobs.finish(&lease, &stored(&lease)).await.unwrap();
    let status = jobs.request_cancel(id).await.unwrap();
    assert_eq!(status.state, State::Ready);
    assert!(!status.cancel_requested);
}

async fn a_job_that_loses_every_worker_fails_in_the_end(store: Store) {
    let jobs = store.jobs(Policy {
        max_attempts: 3,
        ..short()
    });
    let id = jobs.submit(new_job("{}")).await.unwrap().id;
    for attempt in 1..=3 {
        let job = jobs.claim("w").await.unwrap().unwrap();
        assert_eq!(job.attempt, attempt);
        a_moment().await;
        assert_eq!(jobs.requeue_lost().await.unwrap(), 1);
    }
    assert!(jobs.claim("w").await.unwrap().is_none());
    let status = jobs.status(id).await.unwrap();
    assert_eq!(status.state, State::Failed);
    let message = status.message.unwrap();
    assert!(message.contains("after 3 attempts"), "{message}");
    // A lease that lasts is left alone.
    let lasting = store.jobs(Policy::default());
    lasting.submit(new_job("{}")).await.unwrap();
    lasting.claim("w").await.unwrap().unwrap();
    a_moment().await;
    assert_eq!(lasting.requeue_lost().await.unwrap(), 0);
    assert_eq!(
        lasting.requeue_own().await.unwrap(),
        0,
        "others may be at it"
    );
}

async fn a_job_handed_back_keeps_its_place_and_is_not_counted(store: Store) {
    let jobs = store.jobs(Policy {
        max_attempts: 2,
        ..Policy::default()
    });
    let first = jobs.submit(new_job("{}")).await.unwrap().id;
    a_moment().await;
    let second = jobs.submit(new_job("{}")).await.unwrap().id;
    for attempt in 1..=5 {
        let job = jobs.claim("w").await.unwrap().unwrap();
        assert_eq!((job.id, job.attempt), (first, attempt));
        assert!(jobs.hand_back(&lease(&job, "w")).await.unwrap());
    }
    // A loss is counted, and the others come first.
    let job = jobs.claim("w").await.unwrap().unwrap();
    assert!(jobs.lose(&lease(&job, "w")).await.unwrap());
    assert_eq!(jobs.claim("w").await.unwrap().unwrap().id, second);
    let job = jobs.claim("w").await.unwrap().unwrap();
    assert!(jobs.lose(&lease(&job, "w")).await.unwrap());
    assert_eq!(jobs.status(first).await.unwrap().state, State::Failed);
}

async fn an_expired_job_is_forgotten(store: Store) {
    let kept = store.jobs(Policy::default());
    let jobs = store.jobs(Policy {
        retention: Duration::ZERO,
        ..Policy::default()
    });
    let [waiting, ended, long] = [
        jobs.submit(with_key(None, "k", "b")).await.unwrap().id,
        jobs.submit(with_key(None, "l", "b")).await.unwrap().id,
        kept.submit(new_job("{}")).await.unwrap().id,
    ];
    jobs.request_cancel(ended).await.unwrap();
    kept.request_cancel(long).await.unwrap();
    a_moment().await;
    assert_eq!(jobs.expired(10).await.unwrap(), [ended]);
    for id in [waiting, ended, long] {
        jobs.forget(id).await.unwrap();
    }
    assert!(matches!(jobs.status(ended).await, Err(Error::NotFound)));
    assert_eq!(jobs.status(waiting).await.unwrap().state, State::Pending);
    assert_eq!(jobs.status(long).await.unwrap().state, State::Failed);
    // Its idempotency key is free again.
    assert!(
        jobs.submit(with_key(None, "l", "other"))
            .await
            .unwrap()
            .created
    );
}

async fn a_failed_job_says_why(store: Store) {
    let jobs = store.jobs(Policy::default());
    let id = jobs.submit(new_job("{}")).await.unwrap().id;
    let lease = lease(&jobs.claim("w").await.unwrap().unwrap(), "w");
    assert!(jobs.fail(&lease, "no \0 such gene: \u{b5}").await.unwrap());
    let status = jobs.status(id).await.unwrap();
    assert_eq!(status.state, State::Failed);
    assert_eq!(status.message.as_deref(), Some("no   such gene: \u{b5}"));
}

fn of(owner: &str) -> NewJob {
    NewJob {
        owner: Some(owner.into()),
        ..new_job("{}")
    }
}

async fn one_key_does_not_fill_the_queue(store: Store) {
    let jobs = store.jobs(Policy {
        max_queue: 100,
        ..Policy::default()
    });
    let mut taken = Vec::new();
    for owner in ["greedy", "second", "third"] {
        let mut own = 0;
        while jobs.submit(of(owner)).await.is_ok() {
            own += 1;
        }
        taken.push(own);
    }
    // Each half of what the ones before it left.
    assert_eq!(taken, [50, 25, 13]);
    let full = jobs.submit(of("greedy")).await;
    assert!(matches!(full, Err(Error::QueueFull { .. })), "{full:?}");
    jobs.submit(of("newcomer")).await.unwrap();
}

fn large(owner: Option<&str>, mebibytes: usize) -> NewJob {
    NewJob {
        owner: owner.map(str::to_owned),
        ..new_job(&"x".repeat(mebibytes << 20))
    }
}

async fn the_queries_that_wait_are_bounded_in_bytes(store: Store) {
    let jobs = store.jobs(Policy {
        max_queue_bytes: 8 << 20,
        ..Policy::default()
    });
    let is_full = |submitted: Result<_, Error>| matches!(submitted, Err(Error::QueueFull { .. }));
    assert!(is_full(jobs.submit(large(Some("greedy"), 5)).await));
    jobs.submit(large(Some("greedy"), 3)).await.unwrap();
    jobs.submit(large(Some("greedy"), 1)).await.unwrap();
    // Half is for the others.
    assert!(is_full(jobs.submit(of("greedy")).await));
    jobs.submit(large(Some("second"), 3)).await.unwrap();
    assert!(is_full(jobs.submit(large(None, 2)).await));
    jobs.submit(large(None, 1)).await.unwrap();
    assert!(is_full(jobs.submit(of("third")).await));
    // A job that is taken makes room.
    jobs.claim("w").await.unwrap().unwrap();
    jobs.submit(large(None, 1)).await.unwrap();
}

async fn the_query_of_a_job_that_has_ended_is_forgotten_at_once(store: Store) {
    let jobs = store.jobs(Policy::default());
    let cancelled = jobs.submit(new_job("first")).await.unwrap().id;
    jobs.request_cancel(cancelled).await.unwrap();
    let failed = jobs.submit(new_job("second")).await.unwrap().id;
    let job = jobs.claim("w").await.unwrap().unwrap();
    assert_eq!(job.id, failed);
    assert_eq!(store.queries().await, 1);
    assert!(jobs.fail(&lease(&job, "w"), "no").await.unwrap());
    let ready = jobs.submit(new_job("third")).await.unwrap().id;
    let job = jobs.claim("w").await.unwrap().unwrap();
    assert_eq!(job.id, ready);
    let own = lease(&job, "w");
    jobs.finish(&own, &stored(&own)).await.unwrap();
    assert_eq!(store.queries().await, 0);
}

async fn keys_take_turns(store: Store) {
    let jobs = store.jobs(Policy::default());
    for owner in ["many", "many", "many", "one", "many", "other"] {
        jobs.submit(of(owner)).await.unwrap();
        a_moment().await;
    }
    let mut turns = Vec::new();
    while let Some(job) = jobs.claim("w").await.unwrap() {
        turns.push(job.owner.unwrap());
        a_moment().await;
    }
    assert_eq!(turns, ["many", "one", "other", "many", "many", "many"]);
}

async fn the_oldest_results_make_room(store: Store) {
    let jobs = store.jobs(Policy {
        max_result_bytes: 100,
        max_result_bytes_by_key: 50,
        ..Policy::default()
    });
    let mut ids = Vec::new();
    for (owner, bytes) in [("a", 30), ("a", 20), ("a", 20), ("b", 40), ("c", 15)] {
        let id = jobs.submit(of(owner)).await.unwrap().id;
        let lease = lease(&jobs.claim("w").await.unwrap().unwrap(), "w");
        let stored = Stored {
            bytes,
            ..stored(&lease)
        };
        jobs.finish(&lease, &stored).await.unwrap();
        a_moment().await;
        ids.push(id);
    }
    // The first has no room beside the others of its key, without which all have room.
    assert_eq!(jobs.surplus(10).await.unwrap(), [ids[0]]);
    jobs.delete(ids[0]).await.unwrap();
    assert!(jobs.surplus(10).await.unwrap().is_empty());
    assert!(matches!(jobs.status(ids[0]).await, Err(Error::NotFound)));
    // A job that has not ended is not deleted.
    let waiting = jobs.submit(of("a")).await.unwrap().id;
    jobs.delete(waiting).await.unwrap();
    assert_eq!(jobs.status(waiting).await.unwrap().state, State::Pending);
    let smaller = store.jobs(Policy {
        max_result_bytes: 60,
        ..Policy::default()
    });
    assert_eq!(smaller.surplus(10).await.unwrap(), [ids[1], ids[2]]);
}

async fn any_query_comes_back_as_it_was(store: Store) {
    let jobs = store.jobs(Policy::default());
    for query in [
        String::new(),
        "{\"a\":\"'é\\u0000$1?\"}".into(),
        "[1]".repeat(1 << 20),
    ] {
        jobs.submit(new_job(&query)).await.unwrap();
        assert!(jobs.claim("w").await.unwrap().unwrap().query == query);
    }
}

#[tokio::test]
async fn the_only_server_of_a_folder_puts_its_jobs_back_at_once() {
    let store = Store::embedded().await;
    let lock = store.folder.lock().unwrap();
    let jobs = SqlJobs::sole(store.database.clone(), lock, Policy::default());
    let id = jobs.submit(new_job("{}")).await.unwrap().id;
    jobs.claim("before").await.unwrap().unwrap();
    assert!(store.folder.lock().is_err(), "held while the store is");
    drop(jobs);
    let lock = store.folder.lock().unwrap();
    let jobs = SqlJobs::sole(store.database.clone(), lock, Policy::default());
    assert_eq!(jobs.requeue_own().await.unwrap(), 1);
    let job = jobs.claim("after").await.unwrap().unwrap();
    assert_eq!((job.id, job.attempt), (id, 2));
}
