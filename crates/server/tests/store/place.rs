//! Where a store is: enough for another process, or a later server, to open it.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use refcast_server::store::{
    Database, Jobs, Policy, QueueSettings, Results, S3, SqlJobs, StateFolder, Work,
};

const FOLDER: &str = "REFCAST_TEST_PLACE_FOLDER";
const POSTGRES: &str = "REFCAST_TEST_PLACE_POSTGRES";
const BUCKET: &str = "REFCAST_TEST_PLACE_BUCKET";

/// Where a store is.
pub struct Place {
    pub folder: PathBuf,
    /// The address of the database, where it is not in the folder.
    pub postgres: Option<String>,
    /// The address of the results, where they are not in the folder.
    pub bucket: Option<String>,
}

impl Place {
    /// What tells it to another process.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![(FOLDER, self.folder.clone().into())];
        variables.extend(self.postgres.iter().map(|url| (POSTGRES, url.into())));
        variables.extend(self.bucket.iter().map(|url| (BUCKET, url.into())));
        variables
    }

    /// What another process has told, if this one was started by one.
    pub fn told() -> Option<Self> {
        Some(Self {
            folder: env::var_os(FOLDER)?.into(),
            postgres: env::var(POSTGRES).ok(),
            bucket: env::var(BUCKET).ok(),
        })
    }

    /// A server of it, as `refcast serve` opens one. Where others share it, the jobs of one that was
    /// killed come back when its lease has run out.
    pub async fn server(&self, work: impl Work, lease: Duration, workers: usize) -> Jobs {
        let folder = StateFolder::open(&self.folder).unwrap();
        let policy = Policy {
            lease,
            ..Policy::default()
        };
        let jobs = match &self.postgres {
            Some(url) => SqlJobs::shared(Database::postgres(url).await.unwrap(), policy),
            None => {
                let lock = loop {
                    // One that was killed, or a runtime that was dropped, may take a moment to be gone.
                    match folder.lock() {
                        Ok(lock) => break lock,
                        Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                };
                SqlJobs::sole(Database::embedded(&folder).await.unwrap(), lock, policy)
            }
        };
        let results = match &self.bucket {
            Some(url) => Results::in_bucket(&bucket(url)).await.unwrap(),
            None => Results::in_folder(&folder).unwrap(),
        };
        let settings = QueueSettings {
            workers,
            poll: Duration::from_millis(100),
            ..QueueSettings::default()
        };
        Jobs::start(Arc::new(jobs), results, Arc::new(work), settings)
            .await
            .unwrap()
    }
}

/// The bucket at `url`, of the server that the environment names.
pub fn bucket(url: &str) -> S3 {
    S3 {
        url: url.to_owned(),
        endpoint: env::var("REFCAST_TEST_S3_ENDPOINT").ok(),
    }
}
