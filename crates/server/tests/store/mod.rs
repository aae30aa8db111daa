//! The stores that the tests run on: SQLite and a folder always, PostgreSQL and S3 where
//! `REFCAST_TEST_POSTGRES` (`postgres://user@host/database`) and `REFCAST_TEST_S3`
//! (`s3://bucket/prefix`, with its server in `REFCAST_TEST_S3_ENDPOINT`) say where they are.

// Each test file uses its own part of this.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod place;

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use place::Place;
use refcast_server::store::{
    Database, Idempotency, JobStore, Jobs, NewJob, Policy, QueueSettings, Results, SqlJobs, State,
    StateFolder, Status, Work,
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

/// A store of a test's own, empty.
pub struct Store {
    pub database: Database,
    pub results: Results,
    pub folder: StateFolder,
    postgres: Option<String>,
    bucket: Option<String>,
    // Deleted at the end.
    _base: TempDir,
}

impl Store {
    pub async fn embedded() -> Self {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        Self {
            database: Database::embedded(&folder).await.unwrap(),
            results: Results::in_folder(&folder).unwrap(),
            folder,
            postgres: None,
            bucket: None,
            _base: base,
        }
    }

    /// In a schema of its own of the server that the environment names.
    pub async fn postgres(test: &str) -> Option<Self> {
        let url = named("REFCAST_TEST_POSTGRES", test)?;
        let schema = format!("test_{}", Uuid::new_v4().simple());
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        let joint = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{joint}options[search_path]={schema}");
        Some(Self {
            database: Database::postgres(&url).await.unwrap(),
            postgres: Some(url),
            ..Self::embedded().await
        })
    }

    /// Jobs in SQLite, results in the bucket that the environment names.
    pub async fn bucket(test: &str) -> Option<Self> {
        let url = named("REFCAST_TEST_S3", test)?;
        Some(Self::embedded().await.with_bucket(&url).await)
    }

    /// Jobs in PostgreSQL and results in the bucket, as several servers share them.
    pub async fn shared(test: &str) -> Option<Self> {
        let url = named("REFCAST_TEST_S3", test)?;
        Some(Self::postgres(test).await?.with_bucket(&url).await)
    }

    async fn with_bucket(self, url: &str) -> Self {
        let url = format!("{url}/{}", Uuid::new_v4());
        Self {
            results: Results::in_bucket(&place::bucket(&url)).await.unwrap(),
            bucket: Some(url),
            ..self
        }
    }

    /// What another process needs to open the same.
    pub fn place(&self) -> Place {
        Place {
            folder: self.folder.path().to_owned(),
            postgres: self.postgres.clone(),
            bucket: self.bucket.clone(),
        }
    }

    /// The same database as another server would open it.
    pub async fn opened_again(&self) -> Database {
        match &self.postgres {
            Some(url) => Database::postgres(url).await.unwrap(),
            None => Database::embedded(&self.folder).await.unwrap(),
        }
    }

    /// How many queries it has.
    pub async fn queries(&self) -> i64 {
        sqlx::any::install_default_drivers();
        let file = self.folder.path().join("refcast.sqlite");
        let url = self.postgres.clone();
        let url = url.unwrap_or_else(|| format!("sqlite://{}", file.display()));
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        let counted = sqlx::query_scalar("SELECT COUNT(*) FROM queries");
        let queries = counted.fetch_one(&pool).await.unwrap();
        pool.close().await;
        queries
    }

    pub fn jobs(&self, policy: Policy) -> Arc<dyn JobStore> {
        Arc::new(SqlJobs::shared(self.database.clone(), policy))
    }

    pub async fn queue(&self, policy: Policy, work: impl Work, settings: QueueSettings) -> Jobs {
        Jobs::start(
            self.jobs(policy),
            self.results.clone(),
            Arc::new(work),
            settings,
        )
        .await
        .unwrap()
    }
}

/// What the environment says, or a line that says that the test did not run.
fn named(variable: &str, test: &str) -> Option<String> {
    let value = env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        println!("SKIPPED {test}: {variable} is not set");
    }
    value
}

/// The same tests on each kind of store.
#[macro_export]
macro_rules! on_every_store {
    (databases: $($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::store::Store::embedded().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(store) = $crate::store::Store::postgres(stringify!($test)).await {
                    super::$test(store).await;
                }
            })*
        }
    };
    (databases_and_results: $($test:ident),* $(,)?) => {
        $crate::on_every_store!(databases: $($test),*);
        mod s3 {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(store) = $crate::store::Store::bucket(stringify!($test)).await {
                    super::$test(store).await;
                }
            })*
        }
    };
    (alone_and_shared: $($test:ident),* $(,)?) => {
        mod sqlite_and_folder {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::store::Store::embedded().await).await;
            })*
        }
        mod postgres_and_s3 {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(store) = $crate::store::Store::shared(stringify!($test)).await {
                    super::$test(store).await;
                }
            })*
        }
    };
}

pub fn new_job(query: &str) -> NewJob {
    NewJob {
        owner: None,
        model_id: "gem-1-bulk".into(),
        model_version: "1".into(),
        query: query.into(),
        idempotency: None,
    }
}

pub fn with_key(owner: Option<&str>, key: &str, body: &str) -> NewJob {
    NewJob {
        owner: owner.map(Into::into),
        idempotency: Some(Idempotency::new(key, body.as_bytes())),
        ..new_job(body)
    }
}

/// The status once the job has ended.
pub async fn ended(jobs: &Jobs, id: Uuid) -> Status {
    let begun = Instant::now();
    loop {
        let status = jobs.status(id).await.unwrap();
        if matches!(status.state, State::Ready | State::Failed) {
            return status;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{status:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The whole result, and that its length was told rightly.
pub async fn result(jobs: &Jobs, status: &Status) -> Vec<u8> {
    let open = jobs.open_result(status.id, status.attempt).await.unwrap();
    let pieces: Vec<_> = open.content.try_collect().await.unwrap();
    let whole = pieces.concat();
    assert_eq!(whole.len() as u64, open.bytes);
    whole
}
