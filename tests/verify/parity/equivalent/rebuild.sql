-- A rule is added to a table with rows: a rebuild on libsql, an ALTER TABLE on PostgreSQL.
-- == before libsql
CREATE TABLE teams (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT;
CREATE TABLE routes (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    weight INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX routes_team_idx ON routes (team_id);
-- == before postgres
CREATE TABLE teams (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE routes (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    weight BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX routes_team_idx ON routes (team_id);
-- == libsql
CREATE TABLE routes_new (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE RESTRICT,
    path TEXT NOT NULL,
    weight INTEGER NOT NULL DEFAULT 10 CHECK (weight > 0),
    mode TEXT NOT NULL DEFAULT 'strict' CHECK (mode IN ('strict', 'lenient')),
    CONSTRAINT routes_path_absolute CHECK (substr(path, 1, 1) = '/'),
    UNIQUE (team_id, path)
) STRICT;
INSERT INTO routes_new (id, team_id, path, weight)
    SELECT id, team_id, CASE WHEN substr(path, 1, 1) = '/' THEN path ELSE '/' || path END, max(weight, 1)
    FROM routes;
DROP TABLE routes;
ALTER TABLE routes_new RENAME TO routes;
CREATE INDEX routes_team_idx ON routes (team_id);
CREATE INDEX routes_mode_idx ON routes (mode, team_id) WHERE mode <> 'strict';
-- == postgres
UPDATE routes SET path = '/' || path WHERE substr(path, 1, 1) <> '/';
UPDATE routes SET weight = greatest(weight, 1);
ALTER TABLE routes DROP CONSTRAINT routes_team_id_fkey;
ALTER TABLE routes ADD CONSTRAINT routes_team_id_fkey
    FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE RESTRICT;
ALTER TABLE routes ALTER COLUMN weight SET DEFAULT 10;
ALTER TABLE routes ADD CHECK (weight > 0);
ALTER TABLE routes ADD COLUMN mode TEXT NOT NULL DEFAULT 'strict' CHECK (mode IN ('strict', 'lenient'));
ALTER TABLE routes ADD CONSTRAINT routes_path_absolute CHECK (substr(path, 1, 1) = '/');
ALTER TABLE routes ADD UNIQUE (team_id, path);
CREATE INDEX routes_mode_idx ON routes (mode, team_id) WHERE mode <> 'strict';
