//! Operations on a database, each of which runs to its end once it is begun.
//!
//! A caller may be dropped at any moment: its client went away. Were it in the middle of a
//! transaction then, the connection would go back to the pool in a state that the pool does not
//! know. So each operation is a task of its own, which its caller only waits for; and a connection
//! on which one failed is closed, not used again.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Database;
use crate::store::Result;

/// How long a caller waits for its turn before it is told that the store cannot be reached.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long an operation may take: a database that has gone without a word holds nobody for longer.
const LONGEST: Duration = Duration::from_secs(60);

/// A statement with its parameters, which it owns.
pub(in crate::store) type Statement = sqlx::query::Query<'static, Any, AnyArguments>;

/// A statement of `sql`, which holds no text from outside: that is bound.
pub(in crate::store) fn statement(sql: String) -> Statement {
    sqlx::query(AssertSqlSafe(sql))
}

/// The rows that a statement gives. All are read: SQLite ends a statement only then.
pub(in crate::store) async fn fetch(
    connection: &mut AnyConnection,
    statement: Statement,
) -> Result<Vec<AnyRow>> {
    Ok(statement.fetch_all(connection).await?)
}

/// How many rows a statement changes.
pub(in crate::store) async fn execute(
    connection: &mut AnyConnection,
    statement: Statement,
) -> Result<u64> {
    Ok(statement.execute(connection).await?.rows_affected())
}

/// The connections for one purpose, and the queue before them.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pool: AnyPool,
    // As many as there are connections. A caller that goes away before its turn has begun nothing,
    // so that no more operations are in memory than run.
    turns: Arc<Semaphore>,
}

impl Line {
    pub(super) fn new(pool: AnyPool) -> Self {
        let connections = pool.options().get_max_connections();
        Self {
            turns: Arc::new(Semaphore::new(connections as usize)),
            pool,
        }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let pool = self.pool.clone();
        let task = tokio::spawn(async move {
            let _turn = turn;
            let mut connection = pool.acquire().await?;
            match timeout(LONGEST, work(&mut connection)).await {
                Ok(Ok(done)) => Ok(done),
                Ok(Err(error)) => {
                    connection.close_on_drop();
                    Err(error)
                }
                // It does not answer, so it is not asked to close either.
                Err(_) => {
                    drop(connection.detach());
                    Err(sqlx::Error::PoolTimedOut.into())
                }
            }
        });
        // The task panicked, or the runtime ends.
        task.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

impl Database {
    /// The rows of a statement that only reads.
    ///
    /// # Errors
    /// `Error::Unavailable`, as of all here.
    pub(in crate::store) async fn read(&self, statement: Statement) -> Result<Vec<AnyRow>> {
        self.read
            .run(|connection| fetch(connection, statement).boxed())
            .await
    }

    /// How many rows a statement changes.
    pub(in crate::store) async fn change(&self, statement: Statement) -> Result<u64> {
        self.write
            .run(|connection| execute(connection, statement).boxed())
            .await
    }

    /// The rows of a statement that changes some.
    pub(in crate::store) async fn change_and_return(
        &self,
        statement: Statement,
    ) -> Result<Vec<AnyRow>> {
        self.write
            .run(|connection| fetch(connection, statement).boxed())
            .await
    }

    /// Some statements as one: all of them count, or none where `work` fails.
    pub(in crate::store) async fn transaction<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let begin = self.begin();
        self.write
            .run(move |connection| {
                async move {
                    let mut transaction = connection.begin_with(begin).await?;
                    let done = work(&mut transaction).await?;
                    transaction.commit().await?;
                    Ok(done)
                }
                .boxed()
            })
            .await
    }
}
