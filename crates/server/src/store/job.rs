//! A job: a query that was accepted, and what has become of it.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where a job stands. The words are those of the wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for a worker.
    Pending,
    /// A worker has it.
    Running,
    /// It has a result.
    Ready,
    /// It has ended without a result; the message says why. A cancelled job is one of these.
    Failed,
}

impl State {
    /// The word of the protocol: `pending`, `running`, `ready`, `failed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    /// The state of a word of the protocol.
    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Pending, Self::Running, Self::Ready, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// What is submitted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The id of the key that submits it; `None` without keys.
    pub owner: Option<String>,
    /// The id of the model to ask.
    pub model_id: String,
    /// The version of the model that was checked against.
    pub model_version: String,
    /// The query, JSON, with its seed: whoever runs it gets the same bytes.
    pub query: String,
    /// What makes a repeated submission the same one.
    pub idempotency: Option<Idempotency>,
}

/// A client's `Idempotency-Key` and the request it came with, both as hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    pub(super) key: String,
    pub(super) body: String,
}

impl Idempotency {
    /// Of the key as the client wrote it, and of all that makes the request what it is. `request`
    /// is what the client sent, before a seed is drawn, and holds the model's id.
    pub fn new(key: &str, request: &[u8]) -> Self {
        Self {
            key: hex::encode(Sha256::digest(key.as_bytes())),
            body: hex::encode(Sha256::digest(request)),
        }
    }
}

/// What has become of a submission.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The job's id.
    pub id: Uuid,
    /// False where the same submission came before: `id` is that of then.
    pub created: bool,
}

/// A job as a worker gets it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job's id.
    pub id: Uuid,
    /// The id of the key that submitted it.
    pub owner: Option<String>,
    /// The id of the model to ask.
    pub model_id: String,
    /// The version of the model at submission.
    pub model_version: String,
    /// The query, JSON.
    pub query: String,
    /// The how manieth claim of this job this is, from 1.
    pub attempt: i64,
}

/// A worker's right to end a job. It holds while the row names this worker and this attempt.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The job's id.
    pub job: Uuid,
    /// The server whose worker it is, by an id drawn at its start.
    pub worker: String,
    /// The claim it comes from.
    pub attempt: i64,
}

impl Lease {
    /// The name of this attempt's result. No other attempt has it, so that a worker that lost its
    /// lease without knowing writes beside the result that counts, not over it.
    pub fn result_name(&self) -> String {
        format!("{}/{}", self.job, self.attempt)
    }
}

/// A result that lies in the result store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name there.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// What can be told of a job. Times are milliseconds since 1970 by the store's clock.
#[derive(Debug, Clone)]
pub struct Status {
    /// The job's id.
    pub id: Uuid,
    /// The id of the key that submitted it.
    pub owner: Option<String>,
    /// Whether that key was revoked.
    pub owner_is_revoked: bool,
    /// The id of the model asked.
    pub model_id: String,
    /// The version of the model at submission.
    pub model_version: String,
    /// Where it stands.
    pub state: State,
    /// Why it failed; nothing else sets it.
    pub message: Option<String>,
    /// When it was submitted.
    pub created_ms: i64,
    /// When a worker took it, at its last attempt.
    pub started_ms: Option<i64>,
    /// When it ended.
    pub finished_ms: Option<i64>,
    /// When it and its result are deleted.
    pub expires_ms: Option<i64>,
    /// How often a worker took it. Of a ready job: the attempt that made the result.
    pub attempt: i64,
    /// Whether it is to end without a result.
    pub cancel_requested: bool,
    /// The result of a ready job.
    pub result: Option<Stored>,
}
