-- What a delete leaves behind.
-- == libsql
CREATE TABLE tombstones (id TEXT PRIMARY KEY NOT NULL, what TEXT NOT NULL) STRICT;
CREATE TRIGGER models_tombstone AFTER DELETE ON models
BEGIN
    INSERT OR IGNORE INTO tombstones (id, what) VALUES (OLD.id, 'model ' || OLD.name);
END;
-- == postgres
CREATE TABLE tombstones (id TEXT PRIMARY KEY, what TEXT NOT NULL);
CREATE FUNCTION models_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tombstones (id, what) VALUES (OLD.id, 'model ' || OLD.name) ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER models_tombstone AFTER DELETE ON models
    FOR EACH ROW EXECUTE FUNCTION models_tombstone();
