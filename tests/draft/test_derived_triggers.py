"""Triggers of one side as triggers of the other: the same statements are refused and written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.scratch import scratch_database

TABLES = {
    Backend.LIBSQL: """
        CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, state TEXT, seen INTEGER);
        CREATE TABLE log (what TEXT, doc INTEGER);""",
    Backend.POSTGRES: """
        CREATE TABLE docs (id BIGINT PRIMARY KEY, title TEXT NOT NULL, state TEXT, seen BIGINT);
        CREATE TABLE log (what TEXT, doc BIGINT);""",
}
ROWS = "INSERT INTO docs VALUES (1, 'one', 'open', 0), (2, 'two', 'shut', 5);"
TRIALS = (
    "INSERT INTO docs VALUES (3, 'three', 'open', 1)",
    "INSERT INTO docs VALUES (3, '', 'shut', -1)",
    "UPDATE docs SET title = 'new' WHERE id = 1",
    "UPDATE docs SET seen = seen - 3",
    "UPDATE docs SET state = 'shut', seen = 9 WHERE id = 2",
    "DELETE FROM docs WHERE id = 1",
    "DELETE FROM docs WHERE id = 2",
)
LIBSQL = {
    "refuses": """CREATE TRIGGER docs_seen BEFORE UPDATE OF seen ON docs WHEN NEW.seen < 0
        BEGIN SELECT RAISE(ABORT, '100% wrong'); END;""",
    "refuses where": """CREATE TRIGGER docs_seen BEFORE INSERT ON docs
        BEGIN SELECT RAISE(ABORT, 'it''s empty') WHERE NEW.title = ''; END;""",
    "refuses in a case": """CREATE TRIGGER docs_kept BEFORE DELETE ON docs
        BEGIN SELECT CASE WHEN OLD.state = 'shut' THEN RAISE(ABORT, 'kept') END; END;""",
    "refuses by a query": """CREATE TRIGGER docs_first BEFORE DELETE ON docs
        WHEN EXISTS (SELECT 1 FROM docs AS d WHERE d.id > OLD.id)
        BEGIN SELECT RAISE(ABORT, 'not the last'); END;""",
    "skips": """CREATE TRIGGER docs_skip BEFORE INSERT ON docs WHEN NEW.seen < 0
        BEGIN SELECT RAISE(IGNORE); END;""",
    "writes elsewhere": """CREATE TRIGGER docs_log AFTER UPDATE OF title ON docs
        WHEN NEW.title <> OLD.title
        BEGIN INSERT INTO log (what, doc) VALUES (OLD.title || '$$', NEW.id); END;""",
    "writes twice": """CREATE TRIGGER docs_gone AFTER DELETE ON docs BEGIN
        INSERT INTO log (what, doc) VALUES ('gone', OLD.id);
        UPDATE log SET what = 'went' WHERE doc = OLD.id; END;""",
    "sets its own row": """CREATE TRIGGER docs_touch AFTER UPDATE ON docs
        BEGIN UPDATE docs SET state = upper(state) WHERE id = NEW.id; END;""",
    "sets another column": """CREATE TRIGGER docs_touch AFTER UPDATE OF title ON docs
        BEGIN UPDATE docs SET seen = seen + 1 WHERE id = NEW.id; END;""",
}
POSTGRES = {
    "refuses": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.seen < 0 THEN RAISE EXCEPTION 'wrong'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "writes": """CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $body$
        BEGIN
          INSERT INTO log (what, doc) VALUES ('gone', OLD.id); -- remember it
          RETURN NULL;
        END; $body$ LANGUAGE plpgsql;
        CREATE TRIGGER t AFTER DELETE ON docs FOR EACH ROW WHEN (OLD.seen > 3)
        EXECUTE PROCEDURE f();""",
    "sets": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.state := 'new'; RETURN NEW; END; $$;
        CREATE TRIGGER t BEFORE UPDATE OF title ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
}
NOT_CARRIED = {
    Backend.LIBSQL: [
        """CREATE TRIGGER t AFTER UPDATE ON docs
            BEGIN UPDATE docs SET seen = 1 WHERE id <> NEW.id; END;""",
        """CREATE TRIGGER t AFTER DELETE ON docs BEGIN DELETE FROM docs WHERE id > OLD.id; END;""",
        "CREATE TRIGGER t AFTER INSERT ON docs BEGIN SELECT RAISE(IGNORE); END;",
        "CREATE TRIGGER t AFTER INSERT ON docs BEGIN SELECT count(*) FROM docs; END;",
    ],
    Backend.POSTGRES: [
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE n int; BEGIN RETURN NEW; END $$;
            CREATE TRIGGER t AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no %', NEW.id; END $$;
            CREATE TRIGGER t BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO log VALUES ('x', 1); RETURN NULL; END $$;
            CREATE TRIGGER t AFTER INSERT ON docs FOR EACH STATEMENT EXECUTE FUNCTION f();""",
        "CREATE TRIGGER t AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION elsewhere();",
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_notify('docs', NEW.title); RETURN NEW; END $$;
            CREATE TRIGGER t AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    ],
}


@pytest.fixture(scope="module")
def engines(postgres_url: str) -> Iterator[dict[Backend, Database]]:
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        found: dict[Backend, Database] = {Backend.LIBSQL: libsql, Backend.POSTGRES: postgres}
        for backend, database in found.items():
            database.apply(MigrationScript(1, "docs", "", TABLES[backend] + ROWS, "V1.sql"))
        yield found


@pytest.fixture(scope="module")
def context(engines: dict[Backend, Database]) -> Context:
    schemas = [read_schema(engines[backend]) for backend in (Backend.LIBSQL, Backend.POSTGRES)]
    return Context(schemas[0], schemas[1], HouseStyle())


def effects(database: Database, sql: str) -> list[object]:
    """What comes of each trial after a version: its rows, or that it is refused."""
    found: list[object] = []
    for trial in TRIALS:
        script = MigrationScript(2, "t", "", f"{sql}\n{trial};", "V2.sql")
        try:
            with database.transaction(script, keep=False):
                docs = database.query("SELECT id, title, state, seen FROM docs ORDER BY id")
                log = database.query("SELECT what, doc FROM log ORDER BY what, doc")
                found.append((docs, log))
        except DatabaseError as error:
            at_trial = error.statement is not None and error.statement.text == trial
            found.append("refused" if at_trial else error.message)
    return found


@pytest.mark.parametrize("which", LIBSQL)
def test_libsql_triggers_act_alike_on_postgres(
    engines: dict[Backend, Database], context: Context, which: str
) -> None:
    derived = derive(LIBSQL[which], Backend.LIBSQL, context)
    assert derived.marks == ()
    wanted = effects(engines[Backend.LIBSQL], LIBSQL[which])
    assert effects(engines[Backend.POSTGRES], derived.sql) == wanted
    back = derive(derived.sql, Backend.POSTGRES, context)
    assert back.marks == ()
    assert effects(engines[Backend.LIBSQL], back.sql) == wanted


@pytest.mark.parametrize("which", POSTGRES)
def test_postgres_triggers_act_alike_on_libsql(
    engines: dict[Backend, Database], context: Context, which: str
) -> None:
    derived = derive(POSTGRES[which], Backend.POSTGRES, context)
    assert derived.marks == ()
    wanted = effects(engines[Backend.POSTGRES], POSTGRES[which])
    assert effects(engines[Backend.LIBSQL], derived.sql) == wanted


@pytest.mark.parametrize(
    ("source", "sql"), [(source, sql) for source, all_of in NOT_CARRIED.items() for sql in all_of]
)
def test_other_shapes_are_marked_and_shown(context: Context, source: Backend, sql: str) -> None:
    derived = derive(sql, source, context)
    assert derived.marks
    assert "-- CREATE TRIGGER t" in derived.sql.replace("--             ", "-- ")
