//! Disks that are full for a moment: said as such, and over by itself when there is space. Each is a
//! small file system of its own, which root alone can make.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use refcast_server::store::{
    Database, Job, Jobs, KeyDraft, Keys, Policy, QueueSettings, Results, SqlJobs, State,
    StateFolder, Work, WorkError,
};
use store::{ended, new_job, result};

/// Writes half a million bytes.
struct Half;

impl Work for Half {
    fn run(
        &self,
        _: &Job,
        out: &mut dyn Write,
        _: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), WorkError> {
        out.write_all(&[7; 500_000])
            .map_err(|error| WorkError::Failed(error.to_string()))
    }
}

/// A file system in memory, unmounted when it is dropped.
struct Small(PathBuf);

impl Small {
    fn mount(folder: &Path, megabytes: usize, test: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=700")])
            .arg("tmpfs")
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        println!("SKIPPED {test}: no file system can be mounted here");
        None
    }

    /// Takes all the space; how to give it back.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filling");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 10, 1] {
            let piece = vec![1; size];
            while file.write_all(&piece).is_ok() {}
        }
        path
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Files in it may still be open.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn queue(folder: &StateFolder, database: &Database) -> Jobs {
    let policy = Policy {
        lease: Duration::from_millis(300),
        max_attempts: 2,
        ..Policy::default()
    };
    let settings = QueueSettings {
        poll: Duration::from_millis(20),
        ..QueueSettings::default()
    };
    let store = SqlJobs::shared(database.clone(), policy);
    let results = Results::in_folder(folder).unwrap();
    Jobs::start(Arc::new(store), results, Arc::new(Half), settings)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_store_on_a_full_disk_works_again_when_there_is_space() {
    let base = tempfile::tempdir().unwrap();
    let test = "a_job_store_on_a_full_disk_works_again_when_there_is_space";
    let Some(disk) = Small::mount(base.path(), 8, test) else {
        return;
    };
    let folder = StateFolder::open(base.path()).unwrap();
    let database = Database::embedded(&folder).await.unwrap();
    let jobs = queue(&folder, &database).await;
    let keys = Keys::new(database);
    let draft = KeyDraft {
        name: "lab".into(),
        requests_per_minute: None,
    };
    let key = keys.add(&draft).await.unwrap();
    jobs.ready().await.unwrap();
    for _ in 0..3 {
        let filling = disk.fill();
        let query = "x".repeat(100_000);
        for _ in 0..3 {
            let refused = jobs.submit(new_job(&query)).await.unwrap_err().to_string();
            assert!(
                refused.contains("the disk of the job store is full"),
                "{refused}"
            );
        }
        // What was said before is good for a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let refused = jobs.ready().await.unwrap_err().to_string();
        assert!(refused.contains("is full"), "{refused}");
        // To read, no space is needed.
        assert!(keys.verify(&key.token).await.unwrap().is_some());
        std::fs::remove_file(filling).unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        jobs.ready().await.unwrap();
        let id = jobs.submit(new_job(&query)).await.unwrap().id;
        assert_eq!(ended(&jobs, id).await.state, State::Ready);
        jobs.cancel(id).await.unwrap();
    }
    keys.revoke(&key.id).await.unwrap();
    assert!(keys.verify(&key.token).await.unwrap().is_none());
    jobs.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_finds_no_room_waits_for_it() {
    let base = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(base.path()).unwrap();
    Results::in_folder(&folder).unwrap();
    let place = base.path().join("results");
    let Some(disk) = Small::mount(&place, 1, "a_result_that_finds_no_room_waits_for_it") else {
        return;
    };
    let database = Database::embedded(&folder).await.unwrap();
    let jobs = queue(&folder, &database).await;
    let filling = disk.fill();
    let id = jobs.submit(new_job("x")).await.unwrap().id;
    // More attempts than a job that loses its workers has.
    while jobs.status(id).await.unwrap().attempt < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::remove_file(filling).unwrap();
    let status = ended(&jobs, id).await;
    assert_eq!(status.state, State::Ready, "{status:?}");
    assert_eq!(result(&jobs, &status).await.len(), 500_000);
    jobs.shutdown(Duration::from_secs(5)).await;
}
