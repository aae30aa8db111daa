//! The jobs in a database: submission, status, claiming, expiry.

use async_trait::async_trait;
use futures::FutureExt;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::super::database::{Database, execute, fetch};
use super::super::folder::FolderLock;
use super::super::job::{Idempotency, Job, Lease, NewJob, State, Status, Stored, Submitted};
use super::{Error, Finished, JobCounts, JobStore, Policy, Renewed, Result, lease, rows};

/// The jobs of a [`Database`].
#[derive(Debug)]
pub struct SqlJobs {
    pub(super) database: Database,
    pub(super) policy: Policy,
    // Held for as long as the store is: that no other server has its jobs rests on it.
    sole: Option<FolderLock>,
}

impl SqlJobs {
    /// The jobs of a database that only this server has, as `lock` shows: at its start the jobs
    /// that ran when it last ended are put back at once.
    pub fn sole(database: Database, lock: FolderLock, policy: Policy) -> Self {
        Self {
            // A lock on a folder says nothing of who else uses a PostgreSQL.
            sole: Some(lock).filter(|_| !database.shared()),
            database,
            policy,
        }
    }

    /// The jobs of a database that other servers may have too: a job is put back when its lease
    /// runs out.
    pub fn shared(database: Database, policy: Policy) -> Self {
        Self {
            database,
            policy,
            sole: None,
        }
    }

    async fn submitted_before(
        &self,
        owner: &str,
        idempotency: Option<&Idempotency>,
    ) -> Result<Option<Submitted>> {
        let Some(idempotency) = idempotency else {
            return Ok(None);
        };
        let sql = self
            .database
            .sql("SELECT id, body_sha256 FROM jobs WHERE owner = $1 AND idempotency_key = $2");
        let rows = self
            .database
            .read(sql.bind(owner).bind(&idempotency.key))
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        if row.try_get::<String, _>("body_sha256")? != idempotency.body {
            return Err(Error::IdempotencyConflict);
        }
        Ok(Some(Submitted {
            id: rows::id(row)?,
            created: false,
        }))
    }

    /// Whether the job was taken in. It was not where the queue is full, or where the same key came
    /// at the same moment.
    async fn insert(&self, id: &str, owner: &str, job: NewJob) -> Result<bool> {
        // One statement, so that the count and the insertion see the same queue.
        let sql = self.database.sql(
            "INSERT INTO jobs (id, owner, model_id, model_version, state, created_ms, queued_ms, \
                 attempt, losses, cancel_requested, idempotency_key, body_sha256, query_bytes) \
             SELECT $1, $2, $3, $4, 'pending', {now}, {now}, 0, 0, 0, $5, $6, $8 \
             WHERE (SELECT COUNT(*) FROM jobs WHERE state = 'pending') + \
                 CASE WHEN $2 = '' THEN 0 ELSE (SELECT COUNT(*) FROM jobs \
                     WHERE state = 'pending' AND owner = $2) END < $7 \
             AND (SELECT CAST(COALESCE(SUM(query_bytes), 0) AS BIGINT) FROM jobs \
                 WHERE state = 'pending') <= $9 - $8 \
             AND ($2 = '' OR (SELECT CAST(COALESCE(SUM(query_bytes), 0) AS BIGINT) FROM jobs \
                 WHERE state = 'pending' AND owner = $2) <= $9 / 2 - $8) \
             ON CONFLICT DO NOTHING RETURNING id",
        );
        // A key that is being revoked waits for this to end, and then ends the job; one that was
        // revoked while its query was read submits nothing.
        let own_key = self
            .database
            .sql("SELECT revoked_ms FROM api_keys WHERE id = $1 {for_share}")
            .bind(owner);
        let (key, body) = job.idempotency.map(|i| (i.key, i.body)).unzip();
        let insert = sql
            .bind(id)
            .bind(owner)
            .bind(job.model_id)
            .bind(job.model_version)
            .bind(key)
            .bind(body)
            .bind(i64::from(self.policy.max_queue))
            .bind(i64::try_from(job.query.len()).unwrap_or(i64::MAX))
            .bind(i64::try_from(self.policy.max_queue_bytes).unwrap_or(i64::MAX));
        let query = self
            .database
            .sql("INSERT INTO queries (id, query) VALUES ($1, $2)")
            .bind(id)
            .bind(job.query);
        self.database
            .transaction(|transaction| {
                async move {
                    if let Some(key) = fetch(transaction, own_key).await?.first()
                        && key.try_get::<Option<i64>, _>("revoked_ms")?.is_some()
                    {
                        return Err(Error::Revoked);
                    }
                    if fetch(transaction, insert).await?.is_empty() {
                        return Ok(false);
                    }
                    execute(transaction, query).await?;
                    Ok(true)
                }
                .boxed()
            })
            .await
    }

    /// Forgets the query of a job that has ended: whoever submits and cancels again and again must not
    /// fill the disk until the next look at all of them.
    async fn forget_query(&self, id: Uuid) -> Result<()> {
        let sql = self.database.sql(
            "DELETE FROM queries WHERE id = $1 AND EXISTS (SELECT 1 FROM jobs \
                 WHERE jobs.id = $1 AND state IN ('ready', 'failed'))",
        );
        self.database.change(sql.bind(id.to_string())).await?;
        Ok(())
    }

    /// The same where the job's end is what counts: what is left is forgotten by
    /// [`JobStore::forget_queries`].
    async fn forget_query_of_ended(&self, id: Uuid) {
        if let Err(error) = self.forget_query(id).await {
            tracing::warn!(?error, job = %id, "a query is kept for a while longer");
        }
    }

    /// The milliseconds for which a job is kept.
    pub(super) fn retention_ms(&self) -> i64 {
        milliseconds(self.policy.retention)
    }

    /// The milliseconds that a lease lasts.
    pub(super) fn lease_ms(&self) -> i64 {
        milliseconds(self.policy.lease)
    }
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    // A century at most, so that a time of the clock plus this is still a number of the table.
    const CENTURY: i64 = 100 * 366 * 24 * 60 * 60 * 1000;
    i64::try_from(duration.as_millis()).map_or(CENTURY, |ms| ms.min(CENTURY))
}

#[async_trait]
impl JobStore for SqlJobs {
    fn policy(&self) -> &Policy {
        &self.policy
    }

    async fn submit(&self, job: NewJob) -> Result<Submitted> {
        let owner = job.owner.clone().unwrap_or_default();
        let idempotency = job.idempotency.clone();
        let (owner, idempotency) = (owner.as_str(), idempotency.as_ref());
        if let Some(before) = self.submitted_before(owner, idempotency).await? {
            return Ok(before);
        }
        let id = Uuid::new_v4();
        if self.insert(&id.to_string(), owner, job).await? {
            return Ok(Submitted { id, created: true });
        }
        // Refused by its key, where the same submission won a race, or else by the queue.
        match self.submitted_before(owner, idempotency).await? {
            Some(before) => Ok(before),
            None => Err(Error::QueueFull {
                max: self.policy.max_queue,
                mebibytes: self.policy.max_queue_bytes >> 20,
            }),
        }
    }

    async fn status(&self, id: Uuid) -> Result<Status> {
        let sql = format!("SELECT {} FROM jobs WHERE id = $1", rows::STATUS);
        let rows = self
            .database
            .read(self.database.sql(&sql).bind(id.to_string()))
            .await?;
        Ok(rows::status(rows.first().ok_or(Error::NotFound)?)?)
    }

    async fn claim(&self, worker: &str) -> Result<Option<Job>> {
        let sql = self.database.sql(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $1, \
                 started_ms = {now}, lease_until_ms = {now} + $2 \
             WHERE state = 'pending' AND id = (SELECT id FROM jobs AS waiting \
                 WHERE state = 'pending' \
                 ORDER BY COALESCE((SELECT MAX(started_ms) FROM jobs AS own \
                     WHERE own.owner = waiting.owner), 0), queued_ms, id LIMIT 1 {skip_locked}) \
             RETURNING id, owner, model_id, model_version, attempt, \
                 (SELECT query FROM queries WHERE queries.id = jobs.id) AS query",
        );
        let claimed: Vec<AnyRow> = self
            .database
            .change_and_return(sql.bind(worker).bind(self.lease_ms()))
            .await?;
        Ok(claimed.first().map(rows::job).transpose()?)
    }

    async fn renew(&self, lease: &Lease) -> Result<Renewed> {
        lease::renew(self, lease).await
    }

    async fn finish(&self, lease: &Lease, stored: &Stored) -> Result<Finished> {
        let finished = lease::finish(self, lease, stored).await?;
        if finished != Finished::Lost {
            self.forget_query_of_ended(lease.job).await;
        }
        Ok(finished)
    }

    async fn fail(&self, lease: &Lease, message: &str) -> Result<bool> {
        let has_failed = lease::fail(self, lease, message).await?;
        if has_failed {
            self.forget_query_of_ended(lease.job).await;
        }
        Ok(has_failed)
    }

    async fn hand_back(&self, lease: &Lease) -> Result<bool> {
        lease::release(self, lease, lease::Why::ServerEnds).await
    }

    async fn lose(&self, lease: &Lease) -> Result<bool> {
        lease::release(self, lease, lease::Why::WorkerLost).await
    }

    async fn put_off(&self, lease: &Lease) -> Result<bool> {
        lease::release(self, lease, lease::Why::DiskFull).await
    }

    async fn request_cancel(&self, id: Uuid) -> Result<Status> {
        let sql = self.database.sql(&format!(
            "UPDATE jobs SET cancel_requested = 1, \
                 state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END, \
                 message = CASE WHEN state = 'pending' THEN $2 ELSE message END, \
                 finished_ms = CASE WHEN state = 'pending' THEN {{now}} ELSE finished_ms END, \
                 expires_ms = CASE WHEN state = 'pending' THEN {{now}} + $3 ELSE expires_ms END \
             WHERE id = $1 AND state IN ('pending', 'running') RETURNING {}",
            rows::STATUS
        ));
        let changed = self
            .database
            .change_and_return(
                sql.bind(id.to_string())
                    .bind(lease::CANCELLED)
                    .bind(self.retention_ms()),
            )
            .await?;
        let status = match changed.first() {
            Some(row) => rows::status(row)?,
            None => return self.status(id).await,
        };
        if status.state != State::Running {
            self.forget_query_of_ended(id).await;
        }
        Ok(status)
    }

    async fn to_stop(&self, worker: &str) -> Result<Vec<Uuid>> {
        let sql = self.database.sql(
            "SELECT id FROM jobs WHERE state = 'running' AND worker = $1 AND cancel_requested = 1",
        );
        let rows = self.database.read(sql.bind(worker)).await?;
        Ok(rows.iter().map(rows::id).collect::<sqlx::Result<_>>()?)
    }

    async fn requeue_lost(&self) -> Result<u64> {
        lease::release_lost(self, "lease_until_ms < {now}").await
    }

    async fn requeue_own(&self) -> Result<u64> {
        match self.sole {
            Some(_) => lease::release_lost(self, "lease_until_ms IS NOT NULL").await,
            None => Ok(0),
        }
    }

    async fn expired(&self, limit: u32) -> Result<Vec<Uuid>> {
        let sql = self.database.sql(
            "SELECT id FROM jobs WHERE expires_ms IS NOT NULL AND expires_ms < {now} \
             ORDER BY expires_ms LIMIT $1",
        );
        let expired = self.database.read(sql.bind(i64::from(limit))).await?;
        Ok(expired.iter().map(rows::id).collect::<sqlx::Result<_>>()?)
    }

    async fn forget(&self, id: Uuid) -> Result<()> {
        let sql = self
            .database
            .sql("DELETE FROM jobs WHERE id = $1 AND expires_ms < {now}");
        self.database.change(sql.bind(id.to_string())).await?;
        Ok(())
    }

    async fn surplus(&self, limit: u32) -> Result<Vec<Uuid>> {
        // The sums are those of a result and all that are younger.
        let sql = self.database.sql(
            "SELECT id FROM (SELECT id, finished_ms, \
                 SUM(result_bytes) OVER (PARTITION BY owner ORDER BY finished_ms DESC, id) AS own, \
                 SUM(result_bytes) OVER (ORDER BY finished_ms DESC, id) AS whole \
                 FROM jobs WHERE state = 'ready') AS kept \
             WHERE own > $1 OR whole > $2 ORDER BY finished_ms LIMIT $3",
        );
        let bytes = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
        let surplus = sql
            .bind(bytes(self.policy.max_result_bytes_by_key))
            .bind(bytes(self.policy.max_result_bytes))
            .bind(i64::from(limit));
        let rows = self.database.read(surplus).await?;
        Ok(rows.iter().map(rows::id).collect::<sqlx::Result<_>>()?)
    }

    async fn delete(&self, id: Uuid) -> Result<()> {
        let sql = self
            .database
            .sql("DELETE FROM jobs WHERE id = $1 AND state IN ('ready', 'failed')");
        self.database.change(sql.bind(id.to_string())).await?;
        Ok(())
    }

    async fn forget_queries(&self) -> Result<()> {
        let sql = self.database.sql(
            "DELETE FROM queries \
             WHERE id IN (SELECT id FROM jobs WHERE state IN ('ready', 'failed'))",
        );
        self.database.change(sql).await.map(drop)
    }

    async fn give_back_space(&self) -> Result<bool> {
        self.database.give_back_space().await
    }

    async fn ping(&self) -> Result<()> {
        self.database.ping().await
    }

    async fn counts(&self) -> Result<JobCounts> {
        let sql = self
            .database
            .sql("SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state");
        let rows = self.database.read(sql).await?;
        let mut counts = JobCounts::default();
        for row in rows {
            let jobs = u64::try_from(row.try_get::<i64, _>("jobs")?).unwrap_or(0);
            match row.try_get::<String, _>("state")?.as_str() {
                "pending" => counts.pending = jobs,
                "running" => counts.running = jobs,
                "ready" => counts.ready = jobs,
                "failed" => counts.failed = jobs,
                _ => {}
            }
        }
        Ok(counts)
    }
}
