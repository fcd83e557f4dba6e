-- Of equal rows one stays, then they are unique.
-- == before libsql
CREATE TABLE seen (workspace_id TEXT NOT NULL, word TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
INSERT INTO seen VALUES ('ws-1', 'a', 5), ('ws-1', 'a', 9), ('ws-2', 'a', 1), ('ws-1', 'b', 2);
-- == before postgres
CREATE TABLE seen (workspace_id TEXT NOT NULL, word TEXT NOT NULL, at BIGINT NOT NULL);
INSERT INTO seen VALUES ('ws-1', 'a', 5), ('ws-1', 'a', 9), ('ws-2', 'a', 1), ('ws-1', 'b', 2);
-- == libsql
DELETE FROM seen
WHERE EXISTS (
    SELECT 1 FROM seen newer
    WHERE newer.workspace_id = seen.workspace_id AND newer.word = seen.word AND newer.at > seen.at
);
CREATE UNIQUE INDEX seen_word_key ON seen (workspace_id, word);
-- == postgres
DELETE FROM seen
WHERE EXISTS (
    SELECT 1 FROM seen newer
    WHERE newer.workspace_id = seen.workspace_id AND newer.word = seen.word AND newer.at > seen.at
);
CREATE UNIQUE INDEX seen_word_key ON seen (workspace_id, word);
