//! The database behind jobs and keys: SQLite in the state folder, or a shared PostgreSQL.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Connection, Row};

use super::folder::{StateFolder, touch_private};
use super::{Error, Result};

/// How long a caller waits for a connection before it is told that the store cannot be reached.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// An open database of either kind, with its tables in place. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    kind: Kind,
    // SQLite has one writer at a time: one connection that writes makes its callers wait in turn,
    // where several would find each other's lock and sleep.
    pub(super) write: AnyPool,
    pub(super) read: AnyPool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Database {
    /// The SQLite file of `folder`, made at the first start.
    ///
    /// # Errors
    /// [`Error::Setup`] when it cannot be opened, or is of a newer refcast.
    pub async fn embedded(folder: &StateFolder) -> Result<Self> {
        let path = folder.database();
        let fail = |error: &dyn std::fmt::Display| {
            Error::Setup(format!("{} cannot be opened: {error}", path.display()))
        };
        touch_private(&path).map_err(|error| fail(&error))?;
        let url = sqlite_url(&path).ok_or_else(|| fail(&"its path is not valid text"))?;
        sqlx::any::install_default_drivers();
        let write = sqlite_pool(1)
            .connect(&url)
            .await
            .map_err(|error| fail(&error))?;
        migrate(&write).await.map_err(|error| fail(&error))?;
        let read = sqlite_pool(4)
            .connect(&url)
            .await
            .map_err(|error| fail(&error))?;
        Ok(Self {
            kind: Kind::Sqlite,
            write,
            read,
        })
    }

    /// The PostgreSQL (12 or later) at `url`, which several servers may share. It wants a database,
    /// or a schema, of its own.
    ///
    /// # Errors
    /// [`Error::Setup`] when it cannot be reached; the message does not hold `url`, which may hold
    /// a password.
    pub async fn postgres(url: &str) -> Result<Self> {
        let fail = |error: &dyn std::fmt::Display| {
            Error::Setup(format!("the PostgreSQL store cannot be opened: {error}"))
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(fail(
                &"its address must begin with postgres://, as in postgres://user@host/refcast",
            ));
        }
        sqlx::any::install_default_drivers();
        // Once without the pool, which would try for its whole time and then say only that it did.
        sqlx::AnyConnection::connect(url)
            .await
            .map_err(|error| fail(&error))?
            .close()
            .await
            .map_err(|error| fail(&error))?;
        let pool = AnyPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(CONNECTION_WAIT)
            .connect(url)
            .await
            .map_err(|error| fail(&error))?;
        migrate(&pool).await.map_err(|error| fail(&error))?;
        Ok(Self {
            kind: Kind::Postgres,
            write: pool.clone(),
            read: pool,
        })
    }

    /// Whether other servers may be at work on the same database.
    pub(super) fn shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// `text` with `{now}`, one time throughout the statement, and `{skip_locked}` as this database
    /// spells them. Everything else in the store's SQL is common to both.
    pub(super) fn sql(&self, text: &str) -> String {
        let (now, skip_locked) = match self.kind {
            Kind::Sqlite => ("CAST(unixepoch('subsec') * 1000 AS INTEGER)", ""),
            Kind::Postgres => (
                "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)",
                "FOR UPDATE SKIP LOCKED",
            ),
        };
        text.replace("{now}", now)
            .replace("{skip_locked}", skip_locked)
    }

    /// A transaction that will write.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Any>> {
        Ok(match self.kind {
            // A transaction that begins by reading may not become a writing one when the program
            // that manages keys wrote in between.
            Kind::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.write.begin().await?,
        })
    }

    /// The secret of this name; `drawn` where there was none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn secret_or(&self, name: &str, drawn: &str) -> Result<String> {
        // Of servers that start at the same time one is first, and all read what it wrote.
        sqlx::query("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(drawn)
            .execute(&self.write)
            .await?;
        let row = sqlx::query("SELECT value FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&self.write)
            .await?;
        Ok(row.try_get("value")?)
    }

    /// Whether the database answers, for the readiness of the server.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn sqlite_pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .after_connect(|connection, _| {
            Box::pin(async move {
                // Readers go on while one writes; what was answered to a client survives a loss of
                // power; the program that manages keys may hold the file for a moment.
                for pragma in [
                    "PRAGMA busy_timeout = 10000",
                    "PRAGMA journal_mode = WAL",
                    "PRAGMA synchronous = FULL",
                    "PRAGMA foreign_keys = ON",
                ] {
                    sqlx::query(pragma).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
}

/// `path`, absolute, as the address of a database; spaces and question marks in it are escaped.
fn sqlite_url(path: &Path) -> Option<String> {
    let url = url::Url::from_file_path(path).ok()?;
    let path = url.path();
    // On Windows a path in an address begins with a slash that is not the path's.
    let path = if cfg!(windows) {
        path.trim_start_matches('/')
    } else {
        path
    };
    Some(format!("sqlite://{path}?mode=rwc"))
}

async fn migrate(pool: &AnyPool) -> std::result::Result<(), sqlx::migrate::MigrateError> {
    let first = Migration::new(
        1,
        Cow::Borrowed("jobs and keys"),
        MigrationType::Simple,
        Cow::Borrowed(include_str!("migrations/0001_jobs_and_keys.sql")),
        false,
    );
    // Built by hand: the macro that reads the folder would bring a second build of every driver.
    let migrator = Migrator {
        migrations: Cow::Owned(vec![first]),
        ..Migrator::DEFAULT
    };
    migrator.run(pool).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_with_a_strange_name_holds_a_database() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(&base.path().join("a b?c#d%20é")).unwrap();
        Database::embedded(&folder).await.unwrap().close().await;
        assert!(folder.database().metadata().unwrap().len() > 0);
        // And again, with its tables in place.
        Database::embedded(&folder).await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_database_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        Database::embedded(&folder).await.unwrap();
        let mode = folder.database().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_password_is_not_in_the_message_of_a_failed_connection() {
        let error = Database::postgres("postgres://me:hidden@127.0.0.1:1/none")
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("refused") && !error.contains("hidden"),
            "{error}"
        );
    }
}
