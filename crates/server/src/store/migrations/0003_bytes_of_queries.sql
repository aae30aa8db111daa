-- How much the queries of waiting jobs take, which has a bound; read without the queries themselves.
ALTER TABLE jobs ADD COLUMN query_bytes BIGINT NOT NULL DEFAULT 0;

UPDATE jobs SET query_bytes = COALESCE((SELECT LENGTH(query) FROM queries WHERE queries.id = jobs.id), 0)
WHERE state IN ('pending', 'running');
