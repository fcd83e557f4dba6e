"""Triggers of one side as triggers of the other: the same statements are refused and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.surroundings import trigger_functions
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.schema import Schema, Trigger
from mig_assist.engines.scratch import scratch_database

TABLES = {
    Backend.LIBSQL: """
        CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, state TEXT, seen INTEGER);
        CREATE TABLE log (what TEXT, doc INTEGER);
        CREATE VIEW titles AS SELECT DISTINCT id, title FROM docs;""",
    Backend.POSTGRES: """
        CREATE TABLE docs (id BIGINT PRIMARY KEY, title TEXT NOT NULL, state TEXT, seen BIGINT);
        CREATE TABLE log (what TEXT, doc BIGINT);
        CREATE VIEW titles AS SELECT DISTINCT id, title FROM docs;""",
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
    "UPDATE titles SET title = 'seen' WHERE id = 1",
    "UPDATE titles SET title = '' WHERE id = 1",
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
    "sets several columns": """CREATE TRIGGER docs_touch AFTER UPDATE OF title ON docs
        BEGIN UPDATE docs SET seen = seen + 1, title = upper(title) WHERE id = OLD.id; END;""",
    "stands in for a view": """CREATE TRIGGER titles_set INSTEAD OF UPDATE ON titles
        WHEN NEW.title <> ''
        BEGIN UPDATE docs SET title = NEW.title WHERE id = OLD.id; END;""",
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
    "sets on two events": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.state := 'new'; NEW.seen := coalesce(NEW.seen, 7); RETURN NEW; END; $$;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON docs
        FOR EACH ROW EXECUTE FUNCTION f();""",
    "asks what happens": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            INSERT INTO log (what, doc) VALUES ('came', NEW.id);
          ELSIF (TG_OP = 'UPDATE') THEN
            INSERT INTO log (what, doc) VALUES ('changed', NEW.id);
          ELSE
            INSERT INTO log (what, doc) VALUES ('went', OLD.id);
            RETURN OLD;
          END IF;
          IF TG_OP IN ('INSERT', 'DELETE') THEN
            INSERT INTO log (what, doc) VALUES ('in or out', 0);
          END IF;
          RETURN NEW;
        END; $$;
        CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON docs
        FOR EACH ROW EXECUTE FUNCTION f();""",
    "asks what happens and for more": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND NEW.seen < OLD.seen THEN
            RAISE EXCEPTION 'backwards' USING ERRCODE = 'check_violation';
          END IF;
          RETURN COALESCE(NEW, OLD);
        END; $$;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "needs the number of a new row": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log (what, doc) VALUES ('in', NEW.id); RETURN NEW; END; $$;
        CREATE TRIGGER t BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "compares as distinct": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log (what, doc) VALUES ('x', NEW.id); RETURN NULL; END; $$;
        CREATE TRIGGER t AFTER UPDATE ON docs FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION f();""",
    "writes under two conditions": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.seen > 0 THEN INSERT INTO log (what, doc) VALUES ('x', 1); END IF;
        RETURN NULL; END; $$;
        CREATE TRIGGER t AFTER UPDATE ON docs FOR EACH ROW WHEN (NEW.seen <> OLD.seen)
        EXECUTE FUNCTION f();""",
    "asks for a row not there": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO log (what, doc) VALUES (coalesce(OLD.title, 'none'), coalesce(NEW.seen, 0));
          RETURN NULL;
        END; $$;
        CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON docs FOR EACH ROW
        EXECUTE FUNCTION f();""",
    "compares with a row not there": """CREATE FUNCTION f() RETURNS trigger AS $$
        BEGIN
          IF NEW.title IS DISTINCT FROM OLD.title THEN
            INSERT INTO log (what, doc) VALUES ('title', NEW.id);
          END IF;
          RETURN NULL;
        END; $$ LANGUAGE plpgsql;
        CREATE TRIGGER t AFTER INSERT OR UPDATE OF title ON docs FOR EACH ROW
        EXECUTE FUNCTION f();""",
    "is made anew before it is done": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RETURN NULL; END; $$;
        CREATE TRIGGER t AFTER DELETE ON docs FOR EACH ROW EXECUTE FUNCTION f();
        CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log (what, doc) VALUES ('gone', OLD.id); RETURN NULL; END; $$;""",
}
NOT_CARRIED = {
    Backend.LIBSQL: [
        """CREATE TRIGGER t AFTER UPDATE ON docs
            BEGIN UPDATE docs SET seen = 1 WHERE id <> NEW.id; END;""",
        """CREATE TRIGGER t AFTER DELETE ON docs BEGIN DELETE FROM docs WHERE id > OLD.id; END;""",
        "CREATE TRIGGER t AFTER INSERT ON docs BEGIN SELECT RAISE(IGNORE); END;",
        "CREATE TRIGGER t AFTER INSERT ON docs BEGIN SELECT count(*) FROM docs; END;",
        "CREATE TEMP TRIGGER t AFTER INSERT ON docs BEGIN INSERT INTO log VALUES ('x', 1); END;",
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

SAID = {
    "title before": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.title := upper(NEW.state); RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "twice": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.seen := NEW.seen + 1; RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "from others that it has set before": """CREATE FUNCTION f() RETURNS trigger AS $$
        BEGIN NEW.seen := 1; NEW.state := NEW.seen; RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER t BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "returns OLD": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RETURN OLD; END $$;
        CREATE TRIGGER t BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "returns early": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.seen > 0 THEN RETURN NULL; END IF;
        INSERT INTO log VALUES ('x', 1); RETURN NULL; END $$;
        CREATE TRIGGER t AFTER UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "numbers a row only once": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.id > 9 THEN RAISE EXCEPTION 'full'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "sets it off anew": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE docs SET seen = 0 WHERE id = NEW.id + 1; RETURN NULL; END $$;
        CREATE TRIGGER t AFTER UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "libsql would set its columns twice": """CREATE FUNCTION f() RETURNS trigger AS $$
        BEGIN NEW.seen := coalesce(OLD.seen, 0) + 1; RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "no column FOUND": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE log SET doc = 2 WHERE doc = NEW.id;
        IF NOT FOUND THEN RAISE EXCEPTION 'none'; END IF; RETURN NULL; END $$;
        CREATE TRIGGER t AFTER UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "no column TG_TABLE_NAME": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log VALUES (TG_TABLE_NAME, 1); RETURN NULL; END $$;
        CREATE TRIGGER t AFTER INSERT OR DELETE ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "no column current_n": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log VALUES ('x', current_n); RETURN NULL; END $$;
        CREATE TRIGGER t AFTER UPDATE OF title ON docs FOR EACH ROW EXECUTE FUNCTION f();""",
    "transition tables": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log SELECT title, id FROM fresh; RETURN NULL; END $$;
        CREATE TRIGGER t AFTER INSERT ON docs REFERENCING NEW TABLE AS fresh
        FOR EACH ROW EXECUTE FUNCTION f();""",
    "may wait for the end": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE CONSTRAINT TRIGGER t AFTER INSERT ON docs DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION f();""",
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
    assert "TRIGGER t" in "".join(line for line in derived.sql.splitlines() if line[:2] == "--")


@pytest.mark.parametrize("why", SAID)
def test_what_would_act_otherwise_is_said_once(context: Context, why: str) -> None:
    derived = derive(SAID[why], Backend.POSTGRES, context)
    assert [why in mark.message for mark in derived.marks] == [True]
    assert "CREATE" not in "".join(
        line for line in derived.sql.splitlines() if not line.startswith("--")
    )


TOUCH = {
    Backend.LIBSQL: """CREATE TRIGGER docs_touch AFTER UPDATE ON docs
        BEGIN UPDATE docs SET seen = 1 WHERE id = NEW.id; END;""",
    Backend.POSTGRES: """CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.seen := 1; RETURN NEW; END $$;
        CREATE TRIGGER docs_touch BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION touch();""",
}
MOMENTS = {
    Backend.LIBSQL: """CREATE TABLE moments (id INTEGER PRIMARY KEY, at TEXT, day TEXT,
        secs INTEGER, stamp INTEGER, ok INTEGER);""",
    Backend.POSTGRES: """CREATE TABLE moments (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, day DATE,
        secs BIGINT, stamp TIMESTAMPTZ, ok BOOLEAN);""",
}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "datetime('now')"),
        ("at", "datetime('now', '+1 day')"),
        ("day", "date('now')"),
        ("secs", "unixepoch()"),
        ("stamp", "unixepoch()"),
        ("ok", "1"),
    ],
)
def test_a_row_is_set_to_what_its_columns_hold(postgres_url: str, column: str, value: str) -> None:
    update = f"UPDATE moments SET {column} = {value} WHERE id = "
    trigger = f"CREATE TRIGGER t AFTER UPDATE ON moments BEGIN {update}NEW.id; END;"
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        for database, backend in ((libsql, Backend.LIBSQL), (postgres, Backend.POSTGRES)):
            database.apply(MigrationScript(1, "m", "", MOMENTS[backend], "V1.sql"))
        both = Context(read_schema(libsql), read_schema(postgres), HouseStyle())
        derived = derive(trigger, Backend.LIBSQL, both)
        assert derived.marks == ()
        plain = derive(f"{update}1;", Backend.LIBSQL, both).sql
        written = plain.partition(" = ")[2].partition(" WHERE")[0]
        assert f"NEW.{column} := {written};" in derived.sql
        sql = f"SET TIME ZONE 'Asia/Tokyo';\n{derived.sql}\nINSERT INTO moments VALUES (1);\n"
        sql += "UPDATE moments SET id = 2;"
        with postgres.transaction(MigrationScript(2, "t", "", sql, "V2.sql"), keep=False):
            off = postgres.query("SELECT abs(extract(epoch FROM now() - at)) FROM moments")
            assert off[0][0] is None or off[0][0] in (0, 86400)


LOG = {
    Backend.LIBSQL: """CREATE TRIGGER docs_log AFTER UPDATE{of} ON docs
        BEGIN INSERT INTO log VALUES ('x', NEW.id); END;""",
    Backend.POSTGRES: """CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO log VALUES ('x', NEW.id); RETURN NULL; END $$;
        CREATE TRIGGER docs_log AFTER UPDATE{of} ON docs FOR EACH ROW EXECUTE FUNCTION log_it();
        """,
}


@pytest.mark.parametrize("source", Backend)
@pytest.mark.parametrize("of", ["", " OF title"])
def test_what_libsql_sets_off_twice_is_said(
    engines: dict[Backend, Database], context: Context, source: Backend, of: str
) -> None:
    sql = TOUCH[source] + LOG[source].format(of=of)
    derived = derive(sql, source, context)
    alike = effects(engines[source], sql) == effects(engines[source.other], derived.sql)
    assert bool(derived.marks) is not alike
    assert alike is bool(of)


def test_what_keeps_half_a_statement_is_said(context: Context) -> None:
    sql = "CREATE TRIGGER t BEFORE UPDATE ON docs BEGIN SELECT RAISE(FAIL, 'no'); END;"
    (mark,) = derive(sql, Backend.LIBSQL, context).marks
    assert mark.message.startswith("RAISE(FAIL) keeps")


def test_a_function_that_may_be_left_is_replaced(context: Context) -> None:
    table = context.postgres.tables[0]
    known = replace(table, triggers=(Trigger("t", "AFTER", ("INSERT",), "BEGIN END"),))
    there = replace(context, postgres=context.postgres.with_tables([known], []))
    sql = "DROP TRIGGER t;\nCREATE TRIGGER t AFTER INSERT ON docs BEGIN DELETE FROM log; END;\n"
    assert "CREATE OR REPLACE FUNCTION t()" in derive(sql, Backend.LIBSQL, there).sql


def test_comments_stay_beside_what_they_are_about(context: Context) -> None:
    sql = """CREATE TRIGGER docs_log AFTER INSERT ON docs BEGIN
  -- first the log
  INSERT INTO log (what) VALUES (NEW.title); -- as it is
  /* then the rest */
  INSERT INTO log (what)
  -- shouted
  VALUES (upper(NEW.title));
  -- that is all
END;
"""
    lines = [line.strip() for line in derive(sql, Backend.LIBSQL, context).sql.splitlines()]
    assert lines[lines.index("BEGIN") + 1 : lines.index("END;")] == [
        "-- first the log",
        "INSERT INTO log (what) VALUES (NEW.title); -- as it is",
        "/* then the rest */",
        "INSERT INTO log (what)",
        "-- shouted",
        "VALUES (upper(NEW.title));",
        "-- that is all",
        "RETURN NULL;",
    ]


SHARED = """
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END;$$;
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END;$$;
CREATE TRIGGER one AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER two AFTER DELETE ON docs FOR EACH ROW EXECUTE FUNCTION public.note();
CREATE TRIGGER three AFTER UPDATE ON docs FOR EACH ROW EXECUTE PROCEDURE own();
"""
BOTH = "DROP TRIGGER one ON docs;\nDROP TRIGGER IF EXISTS two ON docs;\n"


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("DROP TRIGGER one;\n", "DROP TRIGGER one ON docs;\n"),
        (
            "DROP TRIGGER one;\nDROP TRIGGER IF EXISTS two;\n",
            f"{BOTH}DROP FUNCTION IF EXISTS note();\n",
        ),
        ("DROP TRIGGER three;\n", "DROP TRIGGER three ON docs;\nDROP FUNCTION own();\n"),
    ],
)
def test_a_function_goes_with_the_last_trigger_that_calls_it(
    postgres_url: str, sql: str, wanted: str
) -> None:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        database.apply(MigrationScript(1, "x", "", TABLES[Backend.POSTGRES] + SHARED, "x.sql"))
        calls = trigger_functions([SHARED])
        assert calls == {"one": "note", "two": "note", "three": "own"}
        context = Context(Schema(), read_schema(database), HouseStyle(), trigger_functions=calls)
        derived = derive(sql, Backend.LIBSQL, context)
        assert derived.sql == wanted
        database.apply(MigrationScript(2, "y", "", derived.sql, "y.sql"))
