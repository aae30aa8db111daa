//! API keys, and the secret that servers share, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::num::NonZeroU32;

use refcast_server::signing::{Permit, Signer};
use refcast_server::store::{Error, KeyDraft, Keys, NewJob, NewKey, Policy, State};
use store::{Store, new_job};
use uuid::Uuid;

on_every_store! { databases:
    a_key_is_good_until_it_is_revoked,
    the_jobs_of_a_revoked_key_end,
    no_job_of_a_key_that_is_being_revoked_is_left,
    a_wrong_secret_is_no_key,
    the_list_shows_no_secret,
    the_last_use_is_written,
    a_key_made_by_another_program_counts_at_once,
    servers_on_one_database_share_the_secret,
}

async fn add(keys: &Keys, name: &str, per_minute: Option<u32>) -> NewKey {
    let draft = KeyDraft {
        name: name.into(),
        requests_per_minute: per_minute.and_then(NonZeroU32::new),
    };
    keys.add(&draft).await.unwrap()
}

async fn a_key_is_good_until_it_is_revoked(store: Store) {
    let keys = Keys::new(store.database.clone());
    assert!(!keys.any().await.unwrap());
    let made = add(&keys, "notebook", Some(30)).await;
    let other = add(&keys, "pipeline", None).await;
    assert!(keys.any().await.unwrap());
    let key = keys.verify(&made.token).await.unwrap().unwrap();
    assert_eq!(
        (key.id.as_str(), key.name.as_str()),
        (&*made.id, "notebook")
    );
    assert_eq!(key.requests_per_minute, NonZeroU32::new(30));

    keys.revoke(&made.id).await.unwrap();
    assert!(keys.verify(&made.token).await.unwrap().is_none());
    assert!(keys.verify(&other.token).await.unwrap().is_some());
    // Keys of one millisecond have no order of their own.
    let when = async || {
        let listed = keys.list().await.unwrap();
        let own = listed.iter().find(|key| key.id == made.id).unwrap();
        own.revoked_ms
    };
    let revoked = when().await.unwrap();
    keys.revoke(&made.id).await.unwrap();
    assert_eq!(when().await, Some(revoked));
    let unknown = keys.revoke("nothing").await;
    assert!(matches!(unknown, Err(Error::UnknownKey)), "{unknown:?}");
    keys.revoke(&other.id).await.unwrap();
    assert!(keys.any().await.unwrap(), "there were keys");
}

async fn the_jobs_of_a_revoked_key_end(store: Store) {
    let keys = Keys::new(store.database.clone());
    let made = add(&keys, "notebook", None).await;
    let jobs = store.jobs(Policy::default());
    let own = |owner: &str| NewJob {
        owner: Some(owner.into()),
        ..new_job("{}")
    };
    let running = jobs.submit(own(&made.id)).await.unwrap().id;
    jobs.claim("w").await.unwrap().unwrap();
    let waiting = jobs.submit(own(&made.id)).await.unwrap().id;
    let other = jobs.submit(own("other")).await.unwrap().id;
    keys.revoke(&made.id).await.unwrap();
    let status = jobs.status(waiting).await.unwrap();
    assert_eq!(status.state, State::Failed);
    assert!(status.owner_is_revoked);
    assert_eq!(status.message.as_deref(), Some("its key was revoked"));
    assert_eq!(jobs.to_stop("w").await.unwrap(), [running]);
    let status = jobs.status(other).await.unwrap();
    assert_eq!(
        (status.state, status.owner_is_revoked),
        (State::Pending, false)
    );
}

async fn no_job_of_a_key_that_is_being_revoked_is_left(store: Store) {
    let keys = Keys::new(store.database.clone());
    let made = add(&keys, "notebook", None).await;
    let jobs = store.jobs(Policy::default());
    let submissions: Vec<_> = (0..40)
        .map(|_| {
            let (jobs, owner) = (jobs.clone(), made.id.clone());
            tokio::spawn(async move {
                let job = NewJob {
                    owner: Some(owner),
                    ..new_job("{}")
                };
                jobs.submit(job).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    keys.revoke(&made.id).await.unwrap();
    for submission in submissions {
        match submission.await.unwrap() {
            Ok(submitted) => {
                let status = jobs.status(submitted.id).await.unwrap();
                assert_eq!(status.state, State::Failed, "{status:?}");
            }
            Err(error) => assert!(matches!(error, Error::Revoked), "{error:?}"),
        }
    }
    assert!(jobs.claim("w").await.unwrap().is_none());
}

async fn a_wrong_secret_is_no_key(store: Store) {
    let keys = Keys::new(store.database.clone());
    let one = add(&keys, "one", None).await.token;
    let two = add(&keys, "two", None).await.token;
    // The id of one with the secret of the other.
    let mixed = format!("{}{}", &one[..one.len() - 64], &two[two.len() - 64..]);
    let end = if one.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{end}", &one[..one.len() - 1]);
    for wrong in ["", "Bearer", &mixed, &changed, &one[..one.len() - 1]] {
        assert!(keys.verify(wrong).await.unwrap().is_none(), "{wrong}");
    }
}

async fn the_list_shows_no_secret(store: Store) {
    let keys = Keys::new(store.database.clone());
    let made = add(&keys, "notebook", None).await;
    let secret = made.token.rsplit('_').next().unwrap().to_owned();
    let list = format!("{:?}", keys.list().await.unwrap());
    assert!(list.contains(&made.id) && !list.contains(&secret));
}

#[tokio::test]
async fn the_file_holds_no_secret() {
    let store = Store::embedded().await;
    let made = add(&Keys::new(store.database.clone()), "notebook", None).await;
    let secret = made.token.rsplit('_').next().unwrap();
    let log = std::fs::read(store.folder.path().join("refcast.sqlite-wal")).unwrap();
    let found = |text: &str| log.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(found(&made.id) && !found(secret));
}

async fn the_last_use_is_written(store: Store) {
    let keys = Keys::new(store.database.clone());
    let made = add(&keys, "notebook", None).await;
    assert_eq!(keys.list().await.unwrap()[0].last_used_ms, None);
    keys.verify(&made.token).await.unwrap().unwrap();
    let first = keys.list().await.unwrap()[0].last_used_ms.unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    keys.verify(&made.token).await.unwrap().unwrap();
    // At most once a minute.
    assert_eq!(keys.list().await.unwrap()[0].last_used_ms, Some(first));
}

async fn a_key_made_by_another_program_counts_at_once(store: Store) {
    let server = Keys::new(store.database.clone());
    // The program opens the folder while the server has it locked.
    let _lock = store.folder.lock().unwrap();
    let program = Keys::new(store.opened_again().await);
    let made = add(&program, "notebook", None).await;
    assert!(server.verify(&made.token).await.unwrap().is_some());
    program.revoke(&made.id).await.unwrap();
    assert!(server.verify(&made.token).await.unwrap().is_none());
}

async fn servers_on_one_database_share_the_secret(store: Store) {
    let other = store.opened_again().await;
    let (one, two) = tokio::join!(
        Signer::in_database(&store.database),
        Signer::in_database(&other)
    );
    let permit = Permit {
        job: Uuid::new_v4(),
        attempt: 1,
        expires: 100,
    };
    let signature = one.unwrap().sign(&permit);
    assert!(two.unwrap().verify(&permit, &signature, 100));
}
