"""Migrations for the engine tests, and what a database looks like as a comparable value."""

from __future__ import annotations

import json
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.engines.database import Database, MigrationScript


def script(sql: str, version: int = 17, name: str = "baseline") -> MigrationScript:
    """A registered migration."""
    path = f"migrations/V{version}__{name}.sql"
    return MigrationScript(version, name, content_digest(sql.encode()), sql, path)


BASELINE = script(
    """
    -- Whoever calls.
    CREATE TABLE teams (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE);
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('admin', 'member'))
    );
    INSERT INTO teams (id, slug) VALUES (1, '100%'), (2, 'a;b');
    """
)

_TOUCH_TRIGGER = {
    Backend.LIBSQL: """
    CREATE TRIGGER teams_are_shouted AFTER UPDATE ON teams BEGIN
        UPDATE teams SET shout = upper(new.slug) WHERE id = new.id AND shout <> upper(new.slug);
    END;
    """,
    Backend.POSTGRES: """
    CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        new.shout := upper(new.slug);
        RETURN new;
    END $$;
    CREATE TRIGGER teams_are_shouted BEFORE UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION shout();
    """,
}


def many_kinds_of_change(backend: Backend) -> MigrationScript:
    """A V18 on top of BASELINE that touches schema and rows in many ways."""
    sql = f"""
    CREATE TABLE routes (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
    CREATE UNIQUE INDEX routes_path_key ON routes (path);
    ALTER TABLE teams ADD COLUMN shout TEXT NOT NULL DEFAULT '';
    {_TOUCH_TRIGGER[backend]}
    CREATE VIEW admins AS SELECT id FROM users WHERE role = 'admin';
    INSERT INTO users (id, team_id, role) VALUES (1, 1, 'admin'), (2, 2, 'member');
    UPDATE teams SET slug = slug || '!';
    DELETE FROM teams WHERE id = 2;
    DROP VIEW admins;
    DROP TABLE users;
    ALTER TABLE teams RENAME TO crews;
    """
    return script(sql, 18, "many_kinds_of_change")


def fingerprint(database: Database) -> object:
    """The whole catalog, every row of every table, and the history."""
    tables = database.application_tables()
    rows = {table: sorted(map(str, database.query(f'SELECT * FROM "{table}"'))) for table in tables}
    catalog = [database.query(query) for query in _CATALOG[database.backend]]
    return catalog, rows, database.history()


_CATALOG = {
    Backend.LIBSQL: ("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",),
    Backend.POSTGRES: (
        """
        SELECT c.relname, c.relkind, a.attname, a.attnotnull, format_type(a.atttypid, a.atttypmod),
               pg_get_expr(d.adbin, d.adrelid)
          FROM pg_class c
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 3
        """,
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " ORDER BY 1",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1",
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1",
    ),
}


def write_workspace(root: Path, *migrations: MigrationScript) -> Path:
    """A workspace whose registry lists the given migrations, alike for both backends."""
    entries = []
    for migration in migrations:
        paths = {Backend.LIBSQL: migration.path, Backend.POSTGRES: f"postgres/{migration.path}"}
        for path in paths.values():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(migration.sql, encoding="utf-8")
        checksums = ", ".join(f'{backend} = "{migration.checksum}"' for backend in Backend)
        entries.append(
            f"[[migration]]\nversion = {migration.version}\nname = {json.dumps(migration.name)}\n"
            f"checksum = {{ {checksums} }}\n"
            + "".join(f"{backend} = {json.dumps(path)}\n" for backend, path in paths.items())
        )
    (root / "registry.toml").write_text("\n".join(entries), encoding="utf-8")
    (root / "mig-assist.toml").write_text(
        '[registry]\nkind = "toml"\npath = "registry.toml"\n'
        '[migrations]\nlibsql = "migrations"\npostgres = "postgres/migrations"\n',
        encoding="utf-8",
    )
    return root
