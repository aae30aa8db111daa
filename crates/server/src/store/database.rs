//! The database behind jobs and keys: SQLite in the state folder, or a shared PostgreSQL.

mod operation;

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Connection, Row, SqlStr};

use super::folder::{StateFolder, find_regular, touch_private};
use super::{Error, Result};
use operation::Line;

pub(super) use operation::{Statement, execute, fetch, statement};

/// What SQLite calls a database that gives back space when it is told to.
const INCREMENTAL: i64 = 2;
/// Connections to a PostgreSQL.
const CONNECTIONS: u32 = 10;
/// Connections that read a SQLite file.
const READERS: u32 = 4;

/// An open database of either kind, with its tables in place. Cheap to clone.
///
/// Every operation on it runs to its end in a task of its own: a caller that goes away, as a client
/// does in the middle of a request, leaves no transaction half begun.
#[derive(Debug, Clone)]
pub struct Database {
    kind: DatabaseKind,
    // SQLite has one writer at a time: one connection that writes makes its callers wait in turn,
    // where several would find each other's lock and sleep.
    write: Line,
    read: Line,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatabaseKind {
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
        touch_private(&path)?;
        // SQLite opens these by itself, if they are there.
        for beside in ["-wal", "-shm", "-journal"] {
            let mut name = path.clone().into_os_string();
            name.push(beside);
            find_regular(Path::new(&name), OpenOptions::new().read(true))?;
        }
        let url = sqlite_url(&path).ok_or_else(|| fail(&"its path is not valid text"))?;
        sqlx::any::install_default_drivers();
        // Once without the pool, which would try for its whole time and then say only that it did.
        check(&url).await.map_err(|error| {
            if error.is_damage() {
                Error::Setup(format!(
                    "{} is damaged ({error}): put a copy of before in its place, or move it away, \
                     with the files beside it that begin like it, to start without keys and jobs",
                    path.display()
                ))
            } else {
                fail(&error)
            }
        })?;
        let write = pool(1, DatabaseKind::Sqlite)
            .connect(&url)
            .await
            .map_err(|error| fail(&error))?;
        migrate(&write).await.map_err(|error| fail(&error))?;
        let read = pool(READERS, DatabaseKind::Sqlite)
            .connect(&url)
            .await
            .map_err(|error| fail(&error))?;
        Ok(Self {
            kind: DatabaseKind::Sqlite,
            write: Line::new(write),
            read: Line::new(read),
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
        if !cfg!(feature = "cluster") {
            return Err(fail(&super::needs_cluster("PostgreSQL")));
        }
        sqlx::any::install_default_drivers();
        // Once without the pool, which would try for its whole time and then say only that it did.
        sqlx::AnyConnection::connect(url)
            .await
            .map_err(|error| fail(&error))?
            .close()
            .await
            .map_err(|error| fail(&error))?;
        let pool = pool(CONNECTIONS, DatabaseKind::Postgres)
            .connect(url)
            .await
            .map_err(|error| fail(&error))?;
        migrate(&pool).await.map_err(|error| fail(&error))?;
        let line = Line::new(pool);
        Ok(Self {
            kind: DatabaseKind::Postgres,
            write: line.clone(),
            read: line,
        })
    }

    /// Whether other servers may be at work on the same database.
    pub(super) fn shared(&self) -> bool {
        self.kind == DatabaseKind::Postgres
    }

    /// `text` with `{now}`, one time throughout the statement, `{skip_locked}` and `{for_share}` as
    /// this database spells them. Everything else in the store's SQL is common to both.
    pub(super) fn sql(&self, text: &str) -> Statement {
        let (now, skip_locked, for_share) = match self.kind {
            // One transaction writes at a time: there is nobody to wait for.
            DatabaseKind::Sqlite => ("CAST(unixepoch('subsec') * 1000 AS INTEGER)", "", ""),
            DatabaseKind::Postgres => (
                "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)",
                "FOR UPDATE SKIP LOCKED",
                "FOR SHARE",
            ),
        };
        statement(
            text.replace("{now}", now)
                .replace("{skip_locked}", skip_locked)
                .replace("{for_share}", for_share),
        )
    }

    /// How a transaction begins that will write.
    fn begin(&self) -> &'static str {
        match self.kind {
            // A transaction that begins by reading may not become a writing one when the program
            // that manages keys wrote in between.
            DatabaseKind::Sqlite => "BEGIN IMMEDIATE",
            DatabaseKind::Postgres => "BEGIN",
        }
    }

    /// The secret of this name; `drawn` where there was none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn secret_or(&self, name: &str, drawn: &str) -> Result<String> {
        // Of servers that start at the same time one is first, and all read what it wrote.
        let insert =
            self.sql("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        self.change(insert.bind(name).bind(drawn)).await?;
        let select = self.sql("SELECT value FROM secrets WHERE name = $1");
        let rows = self.change_and_return(select.bind(name)).await?;
        Ok(rows
            .first()
            .ok_or(sqlx::Error::RowNotFound)?
            .try_get("value")?)
    }

    /// Writes to the database, for the readiness of the server: one that can be read alone takes no
    /// job and revokes no key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot.
    pub async fn ping(&self) -> Result<()> {
        let sign = self.sql(
            "INSERT INTO signs_of_life (name, at_ms) VALUES ('server', {now}) \
             ON CONFLICT (name) DO UPDATE SET at_ms = {now}",
        );
        self.change(sign).await.map(drop)
    }

    /// Gives some of the space that a SQLite file no longer needs back to the disk. Whether there may
    /// be more. A file that was made without this stays as it is, and a PostgreSQL looks after itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn give_back_space(&self) -> Result<bool> {
        // A page has 4 kB. Some stay, so that small changes do not move the end of the file each time.
        const KEPT: i64 = 1_000;
        const AT_ONCE: i64 = 2_000;
        if self.kind == DatabaseKind::Postgres {
            return Ok(false);
        }
        let number = |name: &'static str| async move {
            let rows = self.read(statement(format!("PRAGMA {name}"))).await?;
            let first = rows.first().map(|row| row.try_get::<i64, _>(0));
            Ok::<_, Error>(first.transpose()?.unwrap_or(0))
        };
        let spare = number("freelist_count").await? - KEPT;
        if spare <= 0 || number("auto_vacuum").await? != INCREMENTAL {
            return Ok(false);
        }
        let pages = spare.min(AT_ONCE);
        let give_back = statement(format!("PRAGMA incremental_vacuum({pages})"));
        self.change_and_return(give_back).await?;
        Ok(spare > AT_ONCE)
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// What is wrong with a SQLite file.
#[derive(Debug, thiserror::Error)]
enum DatabaseFault {
    #[error("{0}")]
    Found(String),
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

impl DatabaseFault {
    /// Whether the file is not what was written.
    fn is_damage(&self) -> bool {
        // Malformed; no database.
        const CODES: [i32; 2] = [11, 26];
        match self {
            Self::Found(_) => true,
            Self::Sql(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                let code = code.and_then(|code| code.parse::<i32>().ok());
                code.is_some_and(|code| CODES.contains(&(code & 0xff)))
            }
        }
    }
}

/// Reads a SQLite file through.
async fn check(url: &str) -> std::result::Result<(), DatabaseFault> {
    let mut connection = AnyConnection::connect(url).await?;
    prepare(&mut connection, DatabaseKind::Sqlite).await?;
    let row = sqlx::query("PRAGMA quick_check(1)")
        .fetch_one(&mut connection)
        .await?;
    let found: String = row.try_get(0)?;
    connection.close().await?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(DatabaseFault::Found(found)),
    }
}

fn pool(connections: u32, kind: DatabaseKind) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(operation::PATIENCE)
        .after_connect(move |connection, _| {
            Box::pin(async move { prepare(connection, kind).await })
        })
}

async fn prepare(connection: &mut AnyConnection, kind: DatabaseKind) -> sqlx::Result<()> {
    let settings: &[&'static str] = match kind {
        // Readers go on while one writes; what was answered to a client survives a loss of power;
        // the program that manages keys may hold the file for a moment.
        // The journal gives back what it took beyond some megabytes.
        DatabaseKind::Sqlite => &[
            "PRAGMA busy_timeout = 10000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA journal_size_limit = 16777216",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
        ],
        // Locks of a server that hangs in the middle of its work do not keep the others waiting.
        DatabaseKind::Postgres => &["SET idle_in_transaction_session_timeout = '60s'"],
    };
    if kind == DatabaseKind::Sqlite && is_empty(connection).await? {
        // A database that is made now can give back what it no longer needs; one with tables stays as it
        // was made. To say so writes: not with each connection, since a full disk would refuse them all.
        let setting = sqlx::query("PRAGMA auto_vacuum = INCREMENTAL");
        setting.execute(&mut *connection).await?;
    }
    for setting in settings {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether a SQLite file has nothing in it yet.
async fn is_empty(connection: &mut AnyConnection) -> sqlx::Result<bool> {
    let pages = sqlx::query("PRAGMA page_count")
        .fetch_one(connection)
        .await?;
    Ok(pages.try_get::<i64, _>(0)? == 0)
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

/// What the tables have become, one step after the other.
const MIGRATIONS: [(&str, &str); 3] = [
    (
        "jobs and keys",
        include_str!("migrations/0001_jobs_and_keys.sql"),
    ),
    (
        "fair shares and signs of life",
        include_str!("migrations/0002_fair_shares_and_signs_of_life.sql"),
    ),
    (
        "bytes of queries",
        include_str!("migrations/0003_bytes_of_queries.sql"),
    ),
];

async fn migrate(pool: &AnyPool) -> std::result::Result<(), sqlx::migrate::MigrateError> {
    let migrations = MIGRATIONS.iter().zip(1..).map(|((name, sql), version)| {
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    // Built by hand: the macro that reads the folder would bring a second build of every driver.
    let migrator = Migrator {
        migrations: migrations.collect(),
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

    /// Fills the database with `rows` of a megabyte and empties it again.
    async fn fill_and_empty(database: &Database, rows: usize) {
        for row in 0..rows {
            let insert = database.sql("INSERT INTO secrets (name, value) VALUES ($1, $2)");
            let insert = insert.bind(row.to_string()).bind("x".repeat(1 << 20));
            database.change(insert).await.unwrap();
        }
        database
            .change(database.sql("DELETE FROM secrets"))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn space_that_is_no_longer_needed_is_given_back_some_at_a_time() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        let database = Database::embedded(&folder).await.unwrap();
        assert!(!database.give_back_space().await.unwrap());
        fill_and_empty(&database, 30).await;
        let mut steps = 0;
        while database.give_back_space().await.unwrap() {
            steps += 1;
        }
        assert!((2..10).contains(&steps), "{steps}");
        // The file ends where its last page does once the journal was written into it.
        database.close().await;
        let bytes = folder.database().metadata().unwrap().len();
        assert!(bytes < 6 << 20, "{bytes}");
        Database::embedded(&folder).await.unwrap();
    }

    #[tokio::test]
    async fn a_database_that_was_made_without_it_stays_as_it_is() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        touch_private(&folder.database()).unwrap();
        sqlx::any::install_default_drivers();
        let url = sqlite_url(&folder.database()).unwrap();
        let mut older = AnyConnection::connect(&url).await.unwrap();
        for sql in ["PRAGMA journal_mode = WAL", "CREATE TABLE older (a TEXT)"] {
            sqlx::query(sql).execute(&mut older).await.unwrap();
        }
        older.close().await.unwrap();
        let database = Database::embedded(&folder).await.unwrap();
        fill_and_empty(&database, 10).await;
        assert!(!database.give_back_space().await.unwrap());
        database.ping().await.unwrap();
        database.close().await;
        assert!(folder.database().metadata().unwrap().len() > 9 << 20);
        Database::embedded(&folder).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_file_is_named_at_once() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        Database::embedded(&folder).await.unwrap().close().await;
        let whole = std::fs::read(folder.database()).unwrap();
        let mut holed = whole.clone();
        holed[5000..20_000].fill(7);
        for damaged in [
            &b"not a database, but longer than its head".repeat(100),
            &holed,
        ] {
            std::fs::write(folder.database(), damaged).unwrap();
            let begun = std::time::Instant::now();
            let error = Database::embedded(&folder).await.unwrap_err().to_string();
            assert!(
                error.contains("refcast.sqlite is damaged") && error.contains("move it away"),
                "{error}"
            );
            assert!(begun.elapsed() < std::time::Duration::from_secs(2));
        }
        std::fs::write(folder.database(), &whole).unwrap();
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

    #[cfg(feature = "cluster")]
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

    #[cfg(not(feature = "cluster"))]
    #[tokio::test]
    async fn a_build_without_it_says_how_to_have_it() {
        let error = Database::postgres("postgres://me:hidden@127.0.0.1:1/none").await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("--features cluster"), "{error}");
    }
}
