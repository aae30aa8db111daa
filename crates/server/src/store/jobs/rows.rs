//! Rows of the job table as values.

use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::super::job::{Job, State, Status, Stored};

/// The columns that [`status`] reads.
pub(super) const STATUS: &str = "id, owner, model_id, model_version, state, message, created_ms, \
     started_ms, finished_ms, expires_ms, attempt, cancel_requested, result, result_bytes, \
     (SELECT COUNT(*) FROM api_keys WHERE api_keys.id = jobs.owner AND revoked_ms IS NOT NULL) \
         AS owner_is_revoked";

pub(super) fn status(row: &AnyRow) -> sqlx::Result<Status> {
    let state: String = row.try_get("state")?;
    let state = State::of(&state).ok_or_else(|| unknown("state", &state))?;
    let name: Option<String> = row.try_get("result")?;
    let bytes: Option<i64> = row.try_get("result_bytes")?;
    Ok(Status {
        id: id(row)?,
        owner: owner(row)?,
        owner_is_revoked: row.try_get::<i64, _>("owner_is_revoked")? != 0,
        model_id: row.try_get("model_id")?,
        model_version: row.try_get("model_version")?,
        state,
        message: row.try_get("message")?,
        created_ms: row.try_get("created_ms")?,
        started_ms: row.try_get("started_ms")?,
        finished_ms: row.try_get("finished_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        attempt: row.try_get("attempt")?,
        cancel_requested: row.try_get::<i64, _>("cancel_requested")? != 0,
        result: name.map(|name| Stored {
            name,
            bytes: bytes.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        }),
    })
}

pub(super) fn job(row: &AnyRow) -> sqlx::Result<Job> {
    Ok(Job {
        id: id(row)?,
        owner: owner(row)?,
        model_id: row.try_get("model_id")?,
        model_version: row.try_get("model_version")?,
        query: row.try_get("query")?,
        attempt: row.try_get("attempt")?,
    })
}

pub(super) fn id(row: &AnyRow) -> sqlx::Result<Uuid> {
    let id: String = row.try_get("id")?;
    Uuid::parse_str(&id).map_err(|_| unknown("id", &id))
}

/// The table has an empty text for nobody, since a missing value is never equal to another.
fn owner(row: &AnyRow) -> sqlx::Result<Option<String>> {
    let owner: String = row.try_get("owner")?;
    Ok(Some(owner).filter(|owner| !owner.is_empty()))
}

/// A value that no refcast writes: someone else's hand, or a newer program.
fn unknown(column: &str, value: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("unknown value {value:?}").into(),
    }
}
