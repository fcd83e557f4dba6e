-- The same rule is a CHECK on one side and a pair of triggers on the other.
-- == before libsql
CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 5,
    note TEXT
);
-- == before postgres
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    priority BIGINT NOT NULL DEFAULT 5,
    note TEXT
);
-- == libsql
CREATE TRIGGER jobs_state_insert BEFORE INSERT ON jobs
WHEN NEW.state NOT IN ('queued', 'running', 'done')
BEGIN
    SELECT RAISE(ABORT, 'jobs.state');
END;
CREATE TRIGGER jobs_state_update BEFORE UPDATE OF state ON jobs
WHEN NEW.state NOT IN ('queued', 'running', 'done')
BEGIN
    SELECT RAISE(ABORT, 'jobs.state');
END;
CREATE TRIGGER jobs_priority_insert BEFORE INSERT ON jobs
WHEN NEW.priority < 1 OR NEW.priority > 9
BEGIN
    SELECT RAISE(ABORT, 'jobs.priority');
END;
CREATE TRIGGER jobs_priority_update BEFORE UPDATE ON jobs
WHEN NEW.priority < 1 OR NEW.priority > 9
BEGIN
    SELECT RAISE(ABORT, 'jobs.priority');
END;
-- == postgres
ALTER TABLE jobs ADD CONSTRAINT jobs_state_known CHECK (state IN ('queued', 'running', 'done'));
ALTER TABLE jobs ADD CONSTRAINT jobs_priority_range CHECK (priority BETWEEN 1 AND 9);
