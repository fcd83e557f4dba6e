-- A log that a trigger keeps.
-- == libsql
CREATE TABLE workspace_log (
    workspace_id TEXT NOT NULL,
    old_name TEXT,
    new_name TEXT NOT NULL
) STRICT;

CREATE TRIGGER workspaces_rename AFTER UPDATE OF name ON workspaces
WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO workspace_log (workspace_id, old_name, new_name) VALUES (NEW.id, OLD.name, NEW.name);
    UPDATE workspaces SET archived_at = NULL WHERE id = NEW.id;
END;
-- == postgres
CREATE TABLE workspace_log (
    workspace_id TEXT NOT NULL,
    old_name TEXT,
    new_name TEXT NOT NULL
);

CREATE FUNCTION workspaces_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO workspace_log (workspace_id, old_name, new_name) VALUES (NEW.id, OLD.name, NEW.name);
    UPDATE workspaces SET archived_at = NULL WHERE id = NEW.id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER workspaces_rename AFTER UPDATE OF name ON workspaces
    FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION workspaces_rename();
