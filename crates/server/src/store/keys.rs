//! API keys: `refcast_<id>_<secret>`. The secret is 256 random bits, shown once; what is kept is its
//! SHA-256, which is as hard to turn back as the secret is to guess. (A slow hash, as for words that
//! people choose, would protect nothing more and cost time on every request.)

use std::num::NonZeroU32;

use futures::FutureExt;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq;

use super::database::execute;
use super::{Database, Error, Result};
use crate::signing::{draw, secret as decoded};

/// What every key begins with, so that one in the wrong place is known for what it is.
const PREFIX: &str = "refcast_";
/// Digits of an id. Ids are not secret.
const ID: usize = 12;
/// Characters of a name.
const LONGEST_NAME: usize = 200;
/// A key's last use is written at most this often.
const USE_WRITTEN_EVERY_MS: i64 = 60_000;

/// What is known of a key; the secret is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The part of the key that may be shown: the owner of its jobs.
    pub id: String,
    /// What it was named, for people.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it was last used, to the minute.
    pub last_used_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
    /// Requests a minute; `None` for the server's limit.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct KeyDraft {
    /// Its name, for people.
    pub name: String,
    /// Requests a minute; `None` for the server's limit.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// A key just made. This is the only time that it is there whole.
pub struct NewKey {
    /// The part that may be shown.
    pub id: String,
    /// All of it: what the client sends.
    pub token: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewKey({}{}_…)", PREFIX, self.id)
    }
}

/// The keys of a [`Database`]. A key that is added or revoked by another program counts at the next
/// request.
#[derive(Debug, Clone)]
pub struct Keys {
    database: Database,
}

impl Keys {
    /// The keys in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a key.
    ///
    /// # Errors
    /// [`Error::KeyName`]; [`Error::Unavailable`].
    pub async fn add(&self, draft: &KeyDraft) -> Result<NewKey> {
        check_name(&draft.name)?;
        let id = hex::encode(draw()?)[..ID].to_owned();
        let secret = hex::encode(draw()?);
        let sql = self.database.sql(
            "INSERT INTO api_keys (id, name, hash, created_ms, requests_per_minute) \
             VALUES ($1, $2, $3, {now}, $4)",
        );
        let insert = sql
            .bind(&id)
            .bind(&draft.name)
            .bind(hex::encode(hash(&id, &secret)))
            .bind(draft.requests_per_minute.map(|n| i64::from(n.get())));
        self.database.change(insert).await?;
        let token = format!("{PREFIX}{id}_{secret}");
        Ok(NewKey { id, token })
    }

    /// All keys, revoked ones too, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list(&self) -> Result<Vec<Key>> {
        let sql = self
            .database
            .sql("SELECT * FROM api_keys ORDER BY created_ms, id");
        let rows = self.database.read(sql).await?;
        Ok(rows.iter().map(key).collect::<sqlx::Result<_>>()?)
    }

    /// Whether there is a key, or ever was one: a server whose keys were all revoked is not one that
    /// asks for none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn any(&self) -> Result<bool> {
        let sql = self.database.sql("SELECT id FROM api_keys LIMIT 1");
        Ok(!self.database.read(sql).await?.is_empty())
    }

    /// Ends a key by its id, and its jobs: those that wait at once, those that run when their
    /// servers look. To revoke one twice changes nothing.
    ///
    /// # Errors
    /// [`Error::UnknownKey`]; [`Error::Unavailable`].
    pub async fn revoke(&self, id: &str) -> Result<()> {
        let revoke = self
            .database
            .sql("UPDATE api_keys SET revoked_ms = COALESCE(revoked_ms, {now}) WHERE id = $1")
            .bind(id);
        // No time of keeping is known here: nobody may ask for them any more.
        let end = self
            .database
            .sql(
                "UPDATE jobs SET cancel_requested = 1, \
                     state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END, \
                     message = CASE WHEN state = 'pending' THEN 'its key was revoked' END, \
                     finished_ms = CASE WHEN state = 'pending' THEN {now} END, \
                     expires_ms = CASE WHEN state = 'pending' THEN {now} END \
                 WHERE owner = $1 AND state IN ('pending', 'running')",
            )
            .bind(id);
        self.database
            .transaction(|transaction| {
                async move {
                    if execute(transaction, revoke).await? == 0 {
                        return Err(Error::UnknownKey);
                    }
                    execute(transaction, end).await.map(drop)
                }
                .boxed()
            })
            .await
    }

    /// The key that `token` is; none where it is no key, a wrong one or a revoked one, which are
    /// not told apart.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn verify(&self, token: &str) -> Result<Option<Key>> {
        let Some((id, secret)) = parse(token) else {
            return Ok(None);
        };
        let sql = self
            .database
            .sql("SELECT *, {now} AS now_ms FROM api_keys WHERE id = $1");
        let rows = self.database.read(sql.bind(id)).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let kept: String = row.try_get("hash")?;
        let same = decoded(&kept).is_some_and(|kept| kept.ct_eq(&hash(id, secret)).into());
        let key = key(row)?;
        if !same || key.revoked_ms.is_some() {
            return Ok(None);
        }
        let now: i64 = row.try_get("now_ms")?;
        if key
            .last_used_ms
            .is_none_or(|used| now - used >= USE_WRITTEN_EVERY_MS)
        {
            self.note_use(&key.id).await;
        }
        Ok(Some(key))
    }

    /// Whether a key that was good has ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn is_revoked(&self, id: &str) -> Result<bool> {
        let sql = self
            .database
            .sql("SELECT id FROM api_keys WHERE id = $1 AND revoked_ms IS NULL");
        Ok(self.database.read(sql.bind(id)).await?.is_empty())
    }

    /// A use that cannot be written does not keep a good key out.
    async fn note_use(&self, id: &str) {
        let sql = self
            .database
            .sql("UPDATE api_keys SET last_used_ms = {now} WHERE id = $1");
        if let Err(error) = self.database.change(sql.bind(id)).await {
            tracing::warn!(%error, key = id, "the last use of a key is not written");
        }
    }
}

/// Refuses a name that would not be a line of a list, or hide others in it.
fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::KeyName("is empty: name whose key it is"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::KeyName("is longer than 200 characters: shorten it"));
    }
    if name.chars().any(|c| c.is_control() || is_direction(c)) {
        return Err(Error::KeyName(
            "has characters that control a terminal, as the end of a line does: leave them out",
        ));
    }
    Ok(())
}

/// Ends of lines beside the controls, and what turns the direction of a line.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The id and the secret of what looks like a key.
fn parse(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let hexadecimal = |text: &str, length| {
        text.len() == length && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    };
    (hexadecimal(id, ID) && hexadecimal(secret, 64)).then_some((id, secret))
}

/// Salted by the id, which no two keys have in common.
fn hash(id: &str, secret: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"refcast key 1 ")
        .chain_update(id)
        .chain_update(b" ")
        .chain_update(secret)
        .finalize()
        .into()
}

fn key(row: &AnyRow) -> sqlx::Result<Key> {
    let limit: Option<i64> = row.try_get("requests_per_minute")?;
    Ok(Key {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        created_ms: row.try_get("created_ms")?,
        last_used_ms: row.try_get("last_used_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
        requests_per_minute: limit
            .and_then(|n| u32::try_from(n).ok())
            .and_then(NonZeroU32::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_of_a_key_is_looked_up() {
        let secret = "a".repeat(64);
        let token = format!("refcast_0123456789ab_{secret}");
        assert_eq!(parse(&token), Some(("0123456789ab", &*secret)));
        for wrong in [
            "",
            "refcast_",
            "refcast_0123456789ab_",
            &token[..token.len() - 1],
            &token[1..],
            &token.to_uppercase(),
            &format!("{token}0"),
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_short_lines() {
        for right in ["laptop", "Zoë's laptop (2)", &"ä".repeat(200)] {
            check_name(right).expect(right);
        }
        for wrong in [
            "",
            " ",
            &"a".repeat(201),
            "a\nb",
            "a\tb",
            "a\u{1b}[2Jb",
            "a\u{0}",
            "a\u{85}",
            "a\u{202e}b",
        ] {
            let error = check_name(wrong).unwrap_err();
            assert!(matches!(error, Error::KeyName(_)), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn a_new_key_is_not_printed_by_accident() {
        let key = NewKey {
            id: "0123456789ab".into(),
            token: "refcast_0123456789ab_deadbeef".into(),
        };
        assert!(!format!("{key:?}").contains("deadbeef"));
    }
}
