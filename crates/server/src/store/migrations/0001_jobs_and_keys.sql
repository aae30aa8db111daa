-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 by the database's clock;
-- truth values are 0 and 1, since the two have no truth type in common.

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    -- The id of the key that submitted it; empty without keys, so that uniqueness below holds.
    owner TEXT NOT NULL,
    model_id TEXT NOT NULL,
    model_version TEXT NOT NULL,
    -- pending, running, ready, failed
    state TEXT NOT NULL,
    message TEXT,
    created_ms BIGINT NOT NULL,
    -- The place in the queue: a job whose worker was lost waits behind those that wait already.
    queued_ms BIGINT NOT NULL,
    started_ms BIGINT,
    finished_ms BIGINT,
    expires_ms BIGINT,
    -- Counts every claim and never goes back: it names the result.
    attempt BIGINT NOT NULL,
    -- Counts the attempts that ended with the loss of their worker: it is bounded.
    losses BIGINT NOT NULL,
    worker TEXT,
    lease_until_ms BIGINT,
    cancel_requested BIGINT NOT NULL,
    result TEXT,
    result_bytes BIGINT,
    -- SHA-256, hex: of the client's key and of the body that came with it.
    idempotency_key TEXT,
    body_sha256 TEXT
);

CREATE UNIQUE INDEX jobs_by_idempotency ON jobs (owner, idempotency_key);
CREATE INDEX jobs_waiting ON jobs (queued_ms, id) WHERE state = 'pending';
CREATE INDEX jobs_running ON jobs (lease_until_ms) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (expires_ms) WHERE expires_ms IS NOT NULL;

-- Apart from `jobs`, since a query may be megabytes and SQLite writes a changed row whole.
CREATE TABLE queries (
    id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    query TEXT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256, hex, of the id and the secret.
    hash TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    last_used_ms BIGINT,
    revoked_ms BIGINT,
    requests_per_minute BIGINT
);

-- What several servers must agree on.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
