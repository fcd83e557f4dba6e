-- A copy of rows into a table whose keys refer to others, a rebuild that keeps its keys, an index
-- over a member of a document, and names that differ in more than case within a team.
-- == before libsql
CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE);
CREATE TABLE spaces (id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE, made_by INTEGER NOT NULL, profile TEXT);
-- == before postgres
CREATE TABLE people (id BIGSERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE TABLE spaces (id BIGSERIAL PRIMARY KEY, slug TEXT NOT NULL UNIQUE, made_by BIGINT NOT NULL, profile JSONB);
-- == libsql
CREATE TABLE space_paths (
    path TEXT NOT NULL,
    made_by INTEGER NOT NULL REFERENCES people (id)
);
INSERT INTO space_paths (path, made_by) SELECT lower(slug), made_by FROM spaces;
CREATE TABLE spaces_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    made_by INTEGER NOT NULL,
    profile TEXT,
    label TEXT COLLATE NOCASE,
    UNIQUE (made_by, label)
);
INSERT INTO spaces_new (id, slug, made_by, profile) SELECT id, slug, made_by, profile FROM spaces;
DROP TABLE spaces;
ALTER TABLE spaces_new RENAME TO spaces;
CREATE INDEX spaces_owner_idx ON spaces (json_extract(profile, '$.owner.name'));
-- == postgres
CREATE TABLE space_paths (
    path TEXT NOT NULL,
    made_by BIGINT NOT NULL REFERENCES people (id)
);
INSERT INTO space_paths (path, made_by) SELECT lower(slug), made_by FROM spaces;
ALTER TABLE spaces ADD COLUMN label TEXT;
CREATE UNIQUE INDEX spaces_made_by_label ON spaces (made_by, lower(label));
CREATE INDEX spaces_owner_idx ON spaces ((profile #>> '{owner,name}'));
