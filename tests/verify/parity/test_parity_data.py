"""What data statements do is compared by their effect on the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.schema import Schema
from mig_assist.findings import Severity
from mig_assist.verify.parity.data import compare_data
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.places import place_of
from mig_assist.verify.parity.population import Extent, Population, Script, plan
from mig_assist.verify.parity.probes.paired import PairedSchema
from mig_assist.verify.parity.probes.run import Bench
from mig_assist.verify.parity.versions import Version
from tests.conftest import REPOSITORY
from tests.verify.parity.side_by_side import (
    SideBySide,
    assert_untouched,
    run,
    side_by_side,
)


@pytest.fixture(scope="module")
def both(postgres_url: str) -> Iterator[SideBySide]:
    with side_by_side(postgres_url) as databases:
        yield databases


BEFORE = """
    CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('x', 'y')), n {int}, flag {flag} NOT NULL,
        settings_json TEXT NOT NULL DEFAULT '{{}}', note TEXT);
    CREATE TABLE c (id TEXT PRIMARY KEY NOT NULL, t_id TEXT REFERENCES t (id) ON DELETE CASCADE);
"""
LIBSQL = BEFORE.format(int="INTEGER", flag="INTEGER")
POSTGRES = BEFORE.format(int="BIGINT", flag="BOOLEAN")


def compared(
    both: SideBySide,
    libsql: str,
    postgres: str,
    before: tuple[str, str] = (LIBSQL, POSTGRES),
) -> tuple[Divergence, ...]:
    def apply(database: Database) -> None:
        run(database, libsql if database.backend is Backend.LIBSQL else postgres)

    with both.holding(*before) as schemas:
        found = compare_data(
            both.libsql, both.postgres, schemas, (libsql, postgres), apply, read_schema
        )
        assert_untouched(both, schemas)
        return found


def populate(
    both: SideBySide,
    schemas: tuple[Schema, Schema],
    *tables: str,
    texts: tuple[str, str] = ("", ""),
) -> Population:
    bench = Bench(both.libsql, both.postgres, PairedSchema(*schemas))
    return plan(bench, Extent(tables, ()), Script(texts)).fill(bench)


REBUILD = """
    CREATE TABLE t2 (id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        n INTEGER NOT NULL, flag INTEGER NOT NULL, settings_json TEXT NOT NULL, note TEXT);
    INSERT INTO t2 SELECT id, slug, kind, coalesce(n, 7), flag, settings_json, note FROM t;
    DROP TABLE t;
    ALTER TABLE t2 RENAME TO t;
"""
CLASH = "INTO t (id, slug, kind, flag) VALUES ('d', 'default', 'x', {})"
INSERT = f"INSERT {CLASH.format('true')}"


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("UPDATE t SET n = 0 WHERE n IS NULL AND kind = 'x'",) * 2,
        ("UPDATE t SET flag = 1 - flag", "UPDATE t SET flag = NOT flag"),
        ("DELETE FROM t WHERE kind = 'y'", "DELETE FROM t WHERE kind <> 'x'"),
        (f"INSERT OR IGNORE {CLASH.format(1)}", f"{INSERT} ON CONFLICT DO NOTHING"),
        (f"INSERT {CLASH.format(1)} ON CONFLICT (id) DO NOTHING",
         f"{INSERT} ON CONFLICT (id) DO NOTHING"),
        (f"INSERT {CLASH.format(1)}", INSERT),
        ("ALTER TABLE t ADD COLUMN rank INTEGER NOT NULL DEFAULT 5",
         "ALTER TABLE t ADD COLUMN rank BIGINT NOT NULL DEFAULT 5"),
        ("ALTER TABLE t ADD COLUMN at INTEGER; UPDATE t SET at = unixepoch()",
         "ALTER TABLE t ADD COLUMN at BIGINT; UPDATE t SET at = extract(epoch FROM now())::bigint"),
        ("ALTER TABLE t ADD COLUMN token TEXT; UPDATE t SET token = lower(hex(randomblob(16)))",
         "ALTER TABLE t ADD COLUMN token TEXT;"
         " UPDATE t SET token = replace(gen_random_uuid()::text, '-', '')"),
        ("SELECT 1", "ALTER TABLE t ALTER COLUMN settings_json DROP DEFAULT;"
         " ALTER TABLE t ALTER COLUMN settings_json TYPE jsonb USING settings_json::jsonb"),
        ("CREATE TABLE kinds AS SELECT kind, count(*) AS n FROM t WHERE 0 GROUP BY kind",
         "CREATE TABLE kinds AS SELECT kind, count(*) AS n FROM t WHERE false GROUP BY kind"),
    ],
)  # fmt: skip
def test_statements_with_one_effect_are_silent(
    both: SideBySide, libsql: str, postgres: str
) -> None:
    assert compared(both, libsql, postgres) == ()


@pytest.mark.parametrize(
    ("libsql", "postgres", "thing"),
    [
        ("UPDATE t SET n = 0 WHERE n IS NULL AND kind = 'x'",
         "UPDATE t SET n = 0 WHERE n IS NULL", "t.n"),
        ("UPDATE t SET n = n + 1", "UPDATE t SET n = n + 2", "t.n"),
        ("UPDATE t SET note = 'old' WHERE note IS NULL", "SELECT 1", "t.note"),
        ("DELETE FROM t WHERE kind = 'y' AND n > 5", "DELETE FROM t WHERE kind = 'y' AND n >= 5",
         "t"),
        ("DELETE FROM t WHERE kind = 'y'", "DELETE FROM t WHERE kind = 'x'", "c"),
        ("ALTER TABLE t ADD COLUMN rank INTEGER NOT NULL DEFAULT 5",
         "ALTER TABLE t ADD COLUMN rank BIGINT NOT NULL DEFAULT 6", "t.rank"),
        ("UPDATE t SET settings_json = json_set(settings_json, '$.v', 1)",
         "UPDATE t SET settings_json = (settings_json::jsonb || '{\"v\": 2}')::text",
         "t.settings_json"),
        (f"INSERT OR IGNORE {CLASH.format(1)}", f"{INSERT} ON CONFLICT (id) DO NOTHING", "t"),
        (f"INSERT OR REPLACE {CLASH.format(1)}",
         f"{INSERT} ON CONFLICT (id) DO UPDATE SET slug = excluded.slug", "t"),
        (f"INSERT OR IGNORE {CLASH.format(1)}", INSERT, "t"),
        (f"INSERT {CLASH.format(1)}; INSERT INTO c VALUES ('k', 'd')", INSERT, "c"),
    ],
)  # fmt: skip
def test_statements_with_different_effects_are_found(
    both: SideBySide, libsql: str, postgres: str, thing: str
) -> None:
    found = compared(both, libsql, postgres)
    assert thing in {d.object for d in found} or thing in {d.table for d in found}
    for divergence in found:
        assert divergence.rule == "parity/data"
        assert divergence.severity is Severity.ERROR


def test_a_rebuild_that_fills_a_column_otherwise_is_found(both: SideBySide) -> None:
    alter = "UPDATE t SET n = {} WHERE n IS NULL; ALTER TABLE t ALTER COLUMN n SET NOT NULL"
    before = tuple(sql.partition("CREATE TABLE c")[0] for sql in (LIBSQL, POSTGRES))
    assert compared(both, REBUILD, alter.format(7), (before[0], before[1])) == ()
    (found,) = compared(both, REBUILD, alter.format(8), (before[0], before[1]))
    assert found.object == "t.n"
    assert (found.libsql, found.postgres) == ("7", "8")


def test_a_failure_on_one_side_names_its_side(both: SideBySide) -> None:
    (found,) = compared(
        both, f"INSERT OR IGNORE {CLASH.format(1)}", f"{INSERT} ON CONFLICT (id) DO NOTHING"
    )
    assert "fails on PostgreSQL" in found.message
    assert "t_slug_key" in found.message


def test_rows_that_a_new_rule_would_refuse_are_no_difference(both: SideBySide) -> None:
    libsql = """
        CREATE TRIGGER note_insert BEFORE INSERT ON t WHEN NEW.note NOT IN ('old', 'new')
        BEGIN SELECT RAISE(ABORT, 'no such note'); END;
        CREATE TRIGGER note_update BEFORE UPDATE OF note ON t WHEN NEW.note NOT IN ('old', 'new')
        BEGIN SELECT RAISE(ABORT, 'no such note'); END
    """
    postgres = "ALTER TABLE t ADD CHECK (note IN ('old', 'new'))"
    assert compared(both, libsql, postgres) == ()


def test_every_table_of_the_baseline_is_filled(both: SideBySide) -> None:
    libsql = (REPOSITORY / "migrations/V17__baseline.sql").read_text()
    postgres = (REPOSITORY / "migrations/postgres/V17__baseline.sql").read_text()
    with both.holding(libsql, postgres) as schemas:
        tables = [table.name for table in schemas[0].tables]
        population = populate(both, schemas, *tables)
        assert population.missing == {}
        for table in schemas[0].tables:
            count = f"SELECT count(*) FROM {table.name}"
            assert both.libsql.query(count) == both.postgres.query(count)
            assert len(population.rows[table.name]) >= 3
        assert population.count > 100


def test_rows_hold_what_the_migration_asks_for(both: SideBySide) -> None:
    with both.holding(LIBSQL, POSTGRES) as schemas:
        texts = ("UPDATE t SET n = 1 WHERE note = 'legacy' AND n > 77", "")
        populate(both, schemas, "t", texts=texts)
        rows = both.libsql.query("SELECT note, n FROM t")
    assert ("legacy", 78) in rows
    assert {n for _, n in rows} >= {None, 76, 77, 78}


def test_a_view_that_shows_other_rows_after_the_migration_is_found(both: SideBySide) -> None:
    view = "CREATE VIEW few AS SELECT id FROM t WHERE {};"
    before = (LIBSQL + view.format("n > 5"), POSTGRES + view.format("n > 4"))
    update = "UPDATE t SET note = 'x' WHERE n = 5"
    found = compared(both, update, update, before)
    assert [divergence.object for divergence in found] == ["few"]
    assert "on PostgreSQL only" in found[0].message


@pytest.mark.parametrize(
    ("libsql", "postgres", "said"),
    [
        (REBUILD, "ALTER TABLE t ALTER COLUMN n SET NOT NULL", "null values"),
        (REBUILD, "ALTER TABLE t ALTER COLUMN n SET NOT NULL;"
         " UPDATE t SET n = 7 WHERE n IS NULL", "null values"),
        (REBUILD.replace("coalesce(n, 7)", "n"),
         "UPDATE t SET n = 7 WHERE n IS NULL; ALTER TABLE t ALTER COLUMN n SET NOT NULL",
         "NOT NULL constraint failed"),
        ("ALTER TABLE t ADD COLUMN at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP;"
         " UPDATE t SET n = n", "ALTER TABLE t ADD COLUMN at TEXT NOT NULL DEFAULT 'x';"
         " UPDATE t SET n = n", "Cannot add a column"),
    ],
)  # fmt: skip
def test_a_backfill_that_only_rows_miss_is_an_error(
    both: SideBySide, libsql: str, postgres: str, said: str
) -> None:
    before = tuple(sql.partition("CREATE TABLE c")[0] for sql in (LIBSQL, POSTGRES))
    (found,) = compared(both, libsql, postgres, (before[0], before[1]))
    assert (found.severity, found.table) == (Severity.ERROR, "t")
    assert said in found.message


def test_blanks_that_fill_up_a_character_column_are_no_difference(both: SideBySide) -> None:
    table = "CREATE TABLE codes (id CHAR(8) PRIMARY KEY NOT NULL, name CHAR(12));"
    update = "UPDATE codes SET name = 'ab' WHERE name IS NULL"
    assert compared(both, update, update, (table, table)) == ()


SEED = "INSERT INTO s (id, code) VALUES ('1', 'A')"


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT,"
         " at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);",
         "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT,"
         " at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);"),
        ("CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT,"
         " token TEXT DEFAULT (lower(hex(randomblob(16)))));",
         "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT,"
         " token TEXT DEFAULT md5(random()::text));"),
        ("CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT, at DATETIME);"
         " CREATE TRIGGER s_at AFTER INSERT ON s BEGIN"
         " UPDATE s SET at = CURRENT_TIMESTAMP WHERE id = NEW.id; END;",
         "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, code TEXT, at TIMESTAMPTZ);"
         " CREATE FUNCTION s_at() RETURNS trigger LANGUAGE plpgsql AS"
         " $$BEGIN NEW.at = now(); RETURN NEW; END$$;"
         " CREATE TRIGGER s_at BEFORE INSERT ON s FOR EACH ROW EXECUTE FUNCTION s_at();"),
    ],
)  # fmt: skip
def test_what_the_tables_make_by_a_clock_or_at_random_is_no_difference(
    both: SideBySide, libsql: str, postgres: str
) -> None:
    view = "CREATE VIEW shown AS SELECT * FROM s;"
    before = (libsql + view, postgres + view)
    assert compared(both, SEED, SEED, before) == ()
    (found,) = compared(both, SEED, SEED.replace("'A'", "'B'"), before)
    assert (found.object, found.libsql, found.postgres) == ("s.code", "'A'", "'B'")


def test_a_message_shows_little_of_a_row(both: SideBySide) -> None:
    long = "INSERT INTO t (id, slug, kind, flag, note) VALUES ('d', 'default', 'x', {}, '{}')"
    found = compared(both, long.format(1, "n" * 300), "SELECT 1")
    assert [d.libsql for d in found] == ["1 row is on libsql only"]
    assert "id = 'd' on libsql" in found[0].message
    assert "nnn" not in found[0].message


NUMBERED = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW low AS {};",
    "CREATE TABLE p (id BIGINT PRIMARY KEY, name TEXT); CREATE VIEW low AS {};",
)


@pytest.mark.parametrize(
    ("libsql", "postgres"), [("id > 5", "id >= 5"), ("id IN (1, 7)", "id IN (1, 8)"),
    ("7000 < id", "7001 < id"), ("id BETWEEN 20 AND 30", "id BETWEEN 20 AND 29")]
)  # fmt: skip
def test_a_generated_key_is_tried_at_the_literals_it_is_compared_with(
    both: SideBySide, libsql: str, postgres: str
) -> None:
    update = "UPDATE p SET name = 'q' WHERE {}"
    before = (NUMBERED[0].format("SELECT name FROM p"), NUMBERED[1].format("SELECT name FROM p"))
    assert compared(both, update.format(libsql), update.format(libsql), before) == ()
    found = compared(both, update.format(libsql), update.format(postgres), before)
    assert {divergence.table for divergence in found} == {"p"}


SERIAL = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE);"
    "CREATE TABLE o (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " p_id INTEGER NOT NULL REFERENCES p (id), st TEXT);",
    "CREATE TABLE p (id SERIAL PRIMARY KEY, code TEXT NOT NULL UNIQUE);"
    "CREATE TABLE o (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " p_id INTEGER NOT NULL REFERENCES p (id), st TEXT);",
)


def test_both_sides_number_new_rows_alike(both: SideBySide) -> None:
    seed = "INSERT INTO p (code) VALUES ('A'); INSERT INTO o (p_id, st) SELECT id, '{}' FROM p"
    assert compared(both, seed.format("open"), seed.format("open"), SERIAL) == ()
    found = compared(both, seed.format("open"), seed.format("shut"), SERIAL)
    assert {divergence.table for divergence in found} == {"o"}


def test_what_differs_before_a_version_is_not_its_fault(both: SideBySide) -> None:
    rows = "INSERT INTO {0} VALUES ('a', {1}); INSERT INTO r VALUES ('x', 'a');"
    table = (
        "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, n INTEGER);"
        "CREATE TABLE r (id TEXT PRIMARY KEY NOT NULL, s_id TEXT NOT NULL REFERENCES s (id));"
    )
    before = (table + rows.format("s", 1), table + rows.format("s", 2))
    update = "UPDATE s SET n = n + {}"
    with both.holding(*before) as schemas:

        def found(libsql: str, postgres: str) -> tuple[Divergence, ...]:
            def apply(database: Database) -> None:
                run(database, libsql if database.backend is Backend.LIBSQL else postgres)

            return compare_data(
                both.libsql, both.postgres, schemas, (libsql, postgres), apply, read_schema
            )

        assert found(update.format(1), update.format(1)) == ()
        assert [d.object for d in found(update.format(1), update.format(2))] == ["s.n"]
        assert both.libsql.query("SELECT n FROM s, r") == [(1,)]
        assert both.postgres.query("SELECT n FROM s, r") == [(2,)]


def test_rows_that_go_with_the_table_they_refer_to_are_one_finding_at_its_drop(
    both: SideBySide,
) -> None:
    keeps = """CREATE TABLE d (id TEXT PRIMARY KEY NOT NULL,
        t_id TEXT REFERENCES t (id) ON DELETE SET NULL);"""
    before = LIBSQL + keeps, POSTGRES + keeps
    rebuild = f"PRAGMA foreign_keys = off;\nSELECT 1 FROM t;\n{REBUILD}"
    update = "UPDATE t SET n = 7 WHERE n IS NULL"
    (gone,) = compared(both, rebuild, update, before)
    assert gone.message == (
        "Rows of c are gone and d.t_id is changed on libsql: dropping t under foreign keys that"
        " are on does that (ON DELETE CASCADE and SET NULL)."
    )
    assert (gone.object, gone.severity) == ("t", Severity.ERROR)
    texts = zip(Backend, (rebuild, update), strict=True)
    scripts = {b: MigrationScript(2, "x", "", sql, f"{b}.sql") for b, sql in texts}
    place = place_of(gone, Version(2, scripts))
    line = rebuild[: rebuild.index("DROP TABLE")].count("\n") + 1
    assert place == ("libsql.sql", line)


def test_json_in_a_text_is_compared_as_json(both: SideBySide) -> None:
    table = "CREATE TABLE kv (k TEXT PRIMARY KEY NOT NULL, v TEXT);"
    libsql = "UPDATE kv SET v = json_object('a', 1, 'b', json_array(k))"
    postgres = "UPDATE kv SET v = json_build_object({}, 'b', json_build_array(k))::text"
    assert compared(both, libsql, postgres.format("'a', 1"), (table, table)) == ()
    (found,) = compared(both, libsql, postgres.format("'a', 2"), (table, table))
    assert found.object == "kv.v"


SPACES = "CREATE TABLE spaces (id {}, uid TEXT NOT NULL UNIQUE, up {});"


@pytest.mark.parametrize(("copied", "expected"), [("uid, up", ["spaces.id"]), ("id, uid, up", [])])
def test_a_copy_that_leaves_out_the_key_gives_rows_other_numbers(
    both: SideBySide, copied: str, expected: list[str]
) -> None:
    key = "INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER"
    before = SPACES.format(*key), SPACES.format("BIGSERIAL PRIMARY KEY", "BIGINT")
    rebuild = f"""
        {SPACES.format(*key).replace("TABLE spaces", "TABLE spaces_new")}
        INSERT INTO spaces_new ({copied}) SELECT {copied} FROM spaces;
        DROP TABLE spaces;
        ALTER TABLE spaces_new RENAME TO spaces;
    """
    found = compared(both, rebuild, "ALTER TABLE spaces ALTER COLUMN up SET DEFAULT 1", before)
    assert [each.object for each in found] == expected
    assert all("has 1 on libsql and 1001 on PostgreSQL" in each.message for each in found)


PEOPLE = """
    CREATE TABLE people (id {0} PRIMARY KEY);
    CREATE TABLE spaces (id {0} PRIMARY KEY, uid TEXT NOT NULL, by {0} NOT NULL);
"""
PATHS = """
    CREATE TABLE paths (u TEXT NOT NULL, made_by {} NOT NULL REFERENCES people (id));
    INSERT INTO paths (u, made_by) SELECT {}, {} FROM spaces;
"""


def test_rows_that_are_copied_have_the_parents_that_their_copies_need(both: SideBySide) -> None:
    before = PEOPLE.format("INTEGER"), PEOPLE.format("BIGINT")

    def found(mine: str, other: str, key: str) -> list[tuple[str, Severity]]:
        files = PATHS.format("INTEGER", mine, key), PATHS.format("BIGINT", other, key)
        return [(each.object, each.severity) for each in compared(both, *files, before)]

    assert found("uid", "uid", "spaces.by") == []
    assert found("lower(uid)", "uid", "spaces.by") == [("paths.u", Severity.ERROR)]
    never = found("lower(uid)", "uid", "by * 3 + 7")
    assert never == [("spaces", Severity.WARNING)], "no rows were found that it takes"


def test_rows_without_null_are_tried_where_a_rule_demands_them(both: SideBySide) -> None:
    loose = "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, a TEXT, b TEXT, c TEXT, d TEXT);"
    strict = loose.replace("TABLE s", "TABLE n").replace("TEXT,", "TEXT NOT NULL,")
    strict = strict.replace("d TEXT", "d TEXT NOT NULL")
    copy = f"{strict} INSERT INTO n SELECT id, a, b, c, {{}} FROM s"
    before = loose, loose
    assert compared(both, copy.format("d"), copy.format("d"), before) == ()
    (found,) = compared(both, copy.format("d || 'x'"), copy.format("d"), before)
    assert (found.object, found.severity) == ("n.d", Severity.ERROR)


def test_a_table_that_cannot_be_dropped_while_others_refer_to_it_is_an_error(
    both: SideBySide,
) -> None:
    before = LIBSQL.replace("ON DELETE CASCADE", ""), POSTGRES.replace("ON DELETE CASCADE", "")
    (found,) = compared(both, REBUILD, "UPDATE t SET n = 7 WHERE n IS NULL", before)
    assert found.severity is Severity.ERROR
    assert "the migration fails on libsql" in found.message


def test_times_are_numbers_where_libsql_s_statements_take_them_for_such(both: SideBySide) -> None:
    before = (
        "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, made DATETIME, said TEXT);",
        "CREATE TABLE s (id TEXT PRIMARY KEY, made TIMESTAMPTZ, said TEXT);",
    )
    libsql = "UPDATE s SET said = strftime('%Y-%m-%d', made, 'unixepoch')"
    postgres = "UPDATE s SET said = to_char(made AT TIME ZONE 'UTC', '{}')"
    assert compared(both, libsql, postgres.format("YYYY-MM-DD"), before) == ()
    (found,) = compared(both, libsql, postgres.format("YYYY-DD-MM"), before)
    assert found.object == "s.said"


def test_times_are_numbers_where_postgres_makes_seconds_of_what_libsql_takes(
    both: SideBySide,
) -> None:
    before = (
        "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, made DATETIME, said TEXT);",
        "CREATE TABLE s (id TEXT PRIMARY KEY, made TIMESTAMPTZ, said TEXT);",
    )
    libsql = "UPDATE s SET said = json_object('id', id, 'made', made)"
    made = "extract(epoch FROM made)::bigint"
    postgres = f"UPDATE s SET said = json_build_object('id', id, 'made', {made})::text"
    assert compared(both, libsql, postgres, before) == ()
    (found,) = compared(both, libsql, postgres.replace(made, f"{made} + 1"), before)
    assert found.object == "s.said"


def test_documents_are_objects_where_statements_set_a_key_of_them(both: SideBySide) -> None:
    before = (
        "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, doc TEXT);",
        "CREATE TABLE s (id TEXT PRIMARY KEY, doc JSONB);",
    )
    libsql = "UPDATE s SET doc = json_set(COALESCE(doc, '{}'), '$.a', 1)"
    postgres = """UPDATE s SET doc = COALESCE(doc, '{}') || '{"a": 1}'"""
    assert compared(both, libsql, postgres, before) == ()
    (found,) = compared(both, libsql, postgres.replace("1}", "2}"), before)
    assert found.object == "s.doc"


def test_documents_are_arrays_where_statements_take_them_for_such(both: SideBySide) -> None:
    before = (
        "CREATE TABLE s (id TEXT PRIMARY KEY NOT NULL, parts TEXT, n INTEGER);",
        "CREATE TABLE s (id TEXT PRIMARY KEY, parts JSONB, n BIGINT);",
    )
    libsql = "UPDATE s SET n = json_array_length(parts)"
    assert compared(both, libsql, "UPDATE s SET n = jsonb_array_length(parts)", before) == ()
    (found,) = compared(both, libsql, "UPDATE s SET n = jsonb_array_length(parts) + 1", before)
    assert found.object == "s.n"


def test_tables_whose_rows_get_other_numbers_are_one_finding(both: SideBySide) -> None:
    table = "CREATE TABLE {} (id {}, name TEXT NOT NULL UNIQUE);"
    key = "INTEGER PRIMARY KEY", "BIGSERIAL PRIMARY KEY"
    before = tuple("".join(table.format(name, kind) for name in "ab") for kind in key)
    copies = "".join(
        f"""{table.format(f"{name}2", key[0])} INSERT INTO {name}2 (name) SELECT name FROM {name};
            DROP TABLE {name}; ALTER TABLE {name}2 RENAME TO {name};"""
        for name in "ab"
    )
    (found,) = compared(both, copies, "UPDATE a SET name = name", (before[0], before[1]))
    assert found.object == "a.id"
    assert found.message.endswith("another row. So do those of b.")
