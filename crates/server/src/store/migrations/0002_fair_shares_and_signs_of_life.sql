-- Whose turn it is among the keys: the one whose last job was taken longest ago.
CREATE INDEX jobs_by_owner ON jobs (owner, started_ms);

-- Written to learn whether the database can be written to.
CREATE TABLE signs_of_life (
    name TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL
);
