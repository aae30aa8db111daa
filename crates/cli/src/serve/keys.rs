//! `refcast serve keys`.

use std::num::NonZeroU32;

use refcast_server::store::{Database, Error, Key, KeyDraft, Keys, StateFolder};
use serde::Serialize;

use crate::failure::{Failure, Result};
use crate::flags::{CommonFlags, KeysCommand, StoreFlags};
use crate::stdout::{print, print_json};

/// A key, for programs. Times are milliseconds since 1970.
#[derive(Serialize)]
struct KeyList<'a> {
    id: &'a str,
    name: &'a str,
    created_ms: i64,
    last_used_ms: Option<i64>,
    revoked_ms: Option<i64>,
    per_minute: Option<u32>,
}

/// Adds, lists or revokes keys; a running server sees it at its next request.
pub async fn run(command: &KeysCommand, store: &StoreFlags, common: &CommonFlags) -> Result<()> {
    let database = match &store.database {
        Some(url) => Database::postgres(url).await,
        None => match StateFolder::open(&store.state_dir) {
            Ok(folder) => Database::embedded(&folder).await,
            Err(error) => Err(error),
        },
    };
    let keys = Keys::new(database.map_err(failed)?);
    match command {
        KeysCommand::Add { name, per_minute } => add(&keys, name, *per_minute, common).await,
        KeysCommand::List => list(&keys, common).await,
        KeysCommand::Revoke { id } => revoke(&keys, id).await,
    }
}

async fn add(
    keys: &Keys,
    name: &str,
    per_minute: Option<NonZeroU32>,
    common: &CommonFlags,
) -> Result<()> {
    let draft = KeyDraft {
        name: name.trim().to_owned(),
        requests_per_minute: per_minute,
    };
    let made = keys.add(&draft).await.map_err(|error| match error {
        Error::KeyName(_) => Failure::invalid("name", "invalid_name", error.to_string()),
        error => failed(error),
    })?;
    if common.json {
        #[derive(Serialize)]
        struct Made<'a> {
            id: &'a str,
            key: &'a str,
        }
        return print_json(&Made {
            id: &made.id,
            key: &made.token,
        });
    }
    print(|out| writeln!(out, "{}", made.token))?;
    if !common.quiet {
        anstream::eprintln!(
            "Keep it now: it is not shown again. A running server asks for keys from its next start."
        );
    }
    Ok(())
}

async fn list(keys: &Keys, common: &CommonFlags) -> Result<()> {
    let keys = keys.list().await.map_err(failed)?;
    let rows: Vec<KeyList<'_>> = keys.iter().map(listed).collect();
    if common.json {
        return print_json(&rows);
    }
    print(|out| {
        writeln!(out, "id\tname\tstate\tper_minute\tlast_used_days_ago")?;
        for row in &rows {
            let state = if row.revoked_ms.is_some() {
                "revoked"
            } else {
                "active"
            };
            let limit = row.per_minute.map_or_else(String::new, |n| n.to_string());
            let used = row
                .last_used_ms
                .map_or_else(|| "never".to_owned(), days_ago);
            // One that an earlier version took may hold anything.
            let name = row.name.replace(char::is_control, "\u{fffd}");
            writeln!(out, "{}\t{name}\t{state}\t{limit}\t{used}", row.id)?;
        }
        Ok(())
    })
}

async fn revoke(keys: &Keys, id: &str) -> Result<()> {
    match keys.revoke(id).await {
        Err(Error::UnknownKey) => Err(Failure::invalid(
            "id",
            "unknown_key",
            Error::UnknownKey.to_string(),
        )),
        done => done.map_err(failed),
    }
}

fn listed(key: &Key) -> KeyList<'_> {
    KeyList {
        id: &key.id,
        name: &key.name,
        created_ms: key.created_ms,
        last_used_ms: key.last_used_ms,
        revoked_ms: key.revoked_ms,
        per_minute: key.requests_per_minute.map(NonZeroU32::get),
    }
}

fn days_ago(ms: i64) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64);
    format!("{:.1}", (now - ms).max(0) as f64 / 86_400_000.0)
}

fn failed(error: Error) -> Failure {
    Failure::Failed(error.to_string())
}
