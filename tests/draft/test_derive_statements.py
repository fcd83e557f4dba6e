"""Single statements in both directions: what changes, and that nothing else does."""

from __future__ import annotations

import time

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context, Derived, derive
from mig_assist.draft.house import HouseStyle, learn
from mig_assist.draft.house.learning import Script
from mig_assist.draft.house.reading import libsql_side, postgres_schema
from mig_assist.engines.schema import Column, Key, Schema, Table
from mig_assist.engines.statements import check_syntax

LIBSQL, POSTGRES = Backend.LIBSQL, Backend.POSTGRES


def _table(name: str, *columns: Column) -> Table:
    return Table(name, columns, Key(None, ("id",)))


BEFORE = Context(
    Schema(
        (
            _table(
                "people",
                Column("id", "INTEGER", nullable=False, numbered=True),
                Column("name", "TEXT", nullable=False),
                Column("score", "INTEGER"),
                Column("active", "INTEGER", nullable=False),
                Column("seen", "TEXT"),
                Column("born", "INTEGER"),
                Column("extra", "TEXT"),
                Column("photo", "BLOB"),
            ),
        )
    ),
    Schema(
        (
            _table(
                "people",
                Column("id", "bigint", nullable=False, numbered=True),
                Column("name", "text", nullable=False),
                Column("score", "bigint"),
                Column("active", "boolean", nullable=False),
                Column("seen", "timestamp with time zone"),
                Column("born", "bigint"),
                Column("extra", "jsonb"),
                Column("photo", "bytea"),
            ),
        )
    ),
    HouseStyle(),
)


def carried(sql: str, source: Backend) -> Derived:
    """The counterpart; its grammar has to accept it."""
    derived = derive(sql, source, BEFORE)
    assert not check_syntax(derived.sql, source.other)
    return derived


TO_POSTGRES = {
    "SELECT 1": "SELECT 1",
    "UPDATE people SET active = 1 WHERE active == 0": (
        "UPDATE people SET active = TRUE WHERE active = FALSE"
    ),
    "UPDATE people SET score = ifnull(score, 0) + 1": (
        "UPDATE people SET score = coalesce(score, 0) + 1"
    ),
    "DELETE FROM people WHERE active IN (0, 1) AND score": (
        "DELETE FROM people WHERE active IN (FALSE, TRUE) AND score <> 0"
    ),
    "DELETE FROM people WHERE born IS score": (
        "DELETE FROM people WHERE born IS NOT DISTINCT FROM score"
    ),
    "DELETE FROM people WHERE score IS NOT NULL": "DELETE FROM people WHERE score IS NOT NULL",
    "DELETE FROM people WHERE name LIKE 'ann%'": "DELETE FROM people WHERE name ILIKE 'ann%'",
    "DELETE FROM people WHERE name LIKE '%_@%'": "DELETE FROM people WHERE name LIKE '%_@%'",
    "DELETE FROM people WHERE name GLOB 'a_b*'": r"DELETE FROM people WHERE name LIKE 'a\_b%'",
    "UPDATE people SET score = iif(active = 1, 2, 3)": (
        "UPDATE people SET score = CASE WHEN active = TRUE THEN 2 ELSE 3 END"
    ),
    "UPDATE people SET score = max(id, 3)": "UPDATE people SET score = greatest(id, 3)",
    "UPDATE people SET score = max(score, 3)": (
        "UPDATE people SET score = CASE WHEN score IS NOT NULL THEN greatest(score, 3) END"
    ),
    "UPDATE people SET seen = datetime('now', '-7 days')": (
        "UPDATE people SET seen = now() - INTERVAL '7 days'"
    ),
    "UPDATE people SET seen = CURRENT_TIMESTAMP": "UPDATE people SET seen = CURRENT_TIMESTAMP",
    "UPDATE people SET born = unixepoch()": (
        "UPDATE people SET born = CAST(floor(extract(epoch FROM now())) AS BIGINT)"
    ),
    "UPDATE people SET born = CAST(strftime('%s', 'now') AS INTEGER)": (
        "UPDATE people SET born = CAST(floor(extract(epoch FROM now())) AS BIGINT)"
    ),
    "UPDATE people SET name = date(born, 'unixepoch')": (
        "UPDATE people SET name = to_char(to_timestamp(born) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    ),
    "CREATE INDEX people_a ON people (json_extract(extra, '$.a'))": (
        "CREATE INDEX people_a ON people ((extra ->> 'a'))"
    ),
    "UPDATE people SET name = COALESCE(json_extract(extra, '$.a'), '')": (
        "UPDATE people SET name = COALESCE((extra ->> 'a'), '')"
    ),
    "UPDATE people SET name = json_extract(extra, '$.a.b')": (
        "UPDATE people SET name = (extra #>> '{a,b}')"
    ),
    "UPDATE people SET photo = x'0A'": r"UPDATE people SET photo = '\x0a'::bytea",
    "INSERT OR IGNORE INTO people (name, active) VALUES ('a', 1)": (
        "INSERT INTO people (name, active) VALUES ('a', TRUE) ON CONFLICT DO NOTHING"
    ),
    "INSERT INTO people (name, active) VALUES ('a', 1)"
    " ON CONFLICT (id) DO UPDATE SET score = score + 1": (
        "INSERT INTO people (name, active) VALUES ('a', TRUE)"
        " ON CONFLICT (id) DO UPDATE SET score = people.score + 1"
    ),
    "CREATE INDEX i ON people (born / 60, name COLLATE NOCASE DESC) WHERE active = 1": (
        "CREATE INDEX i ON people ((born / 60), lower(name) DESC) WHERE active = TRUE"
    ),
    "SELECT `name`, [score] FROM people LIMIT 5, 10": (
        "SELECT name, score FROM people LIMIT 10 OFFSET 5"
    ),
    "CREATE TABLE t (user TEXT)": 'CREATE TABLE t ("user" TEXT)',
    "CREATE TABLE t (id TEXT, desc TEXT)": 'CREATE TABLE t (id TEXT, "desc" TEXT)',
    "CREATE TABLE t (a INTEGER, b INTEGER, CHECK ((a IS NULL) + (b IS NULL) = 1))": (
        "CREATE TABLE t (a BIGINT, b BIGINT,"
        " CHECK (CAST((a IS NULL) AS INTEGER) + CAST((b IS NULL) AS INTEGER) = 1))"
    ),
    "CREATE TABLE t (n TEXT DEFAULT \"x\", g TEXT AS (n || 'y') VIRTUAL) STRICT, WITHOUT ROWID": (
        "CREATE TABLE t (n TEXT DEFAULT 'x', g TEXT GENERATED ALWAYS AS (n || 'y') STORED)"
    ),
    "ALTER TABLE people ADD COLUMN age INTEGER NOT NULL DEFAULT 0": (
        "ALTER TABLE people ADD COLUMN age BIGINT NOT NULL DEFAULT 0"
    ),
}
TO_LIBSQL = {
    "UPDATE public.people SET active = TRUE WHERE name = ANY (ARRAY['a', 'b']::text[])": (
        "UPDATE people SET active = 1 WHERE name IN ('a', 'b')"
    ),
    "UPDATE people SET seen = now() - interval '7 days'": (
        "UPDATE people SET seen = datetime('now', '-7 days')"
    ),
    "UPDATE people SET born = extract(epoch FROM now())::bigint": (
        "UPDATE people SET born = unixepoch()"
    ),
    "UPDATE people SET extra = '{}'::jsonb, name = score::text": (
        "UPDATE people SET extra = '{}', name = CAST(score AS TEXT)"
    ),
    "DELETE FROM people WHERE name ILIKE 'ann%'": "DELETE FROM people WHERE name LIKE 'ann%'",
    "DELETE FROM people WHERE name LIKE 'ann%'": "DELETE FROM people WHERE name GLOB 'ann*'",
    "DELETE FROM people WHERE position('a' IN name) > 0": (
        "DELETE FROM people WHERE instr(name, 'a') > 0"
    ),
    "UPDATE people SET name = substring(name from 2 for 3)": (
        "UPDATE people SET name = substr(name, 2, 3)"
    ),
    r"UPDATE people SET photo = '\x0a'::bytea, name = E'a\'b'": (
        "UPDATE people SET photo = x'0a', name = 'a''b'"
    ),
    "CREATE INDEX CONCURRENTLY i ON people USING brin (born)": "CREATE INDEX i ON people (born)",
    "CREATE TABLE t (id BIGSERIAL PRIMARY KEY, d TIMESTAMPTZ NOT NULL DEFAULT now())": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, d TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT"
    ),
    "CREATE TABLE t (id UUID PRIMARY KEY, ok BOOLEAN NOT NULL DEFAULT false)": (
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, ok INTEGER NOT NULL DEFAULT 0) STRICT"
    ),
    "CREATE OR REPLACE VIEW v AS SELECT name FROM people WHERE active": (
        "DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT name FROM people WHERE active"
    ),
    "DROP TABLE IF EXISTS a, b CASCADE": "DROP TABLE IF EXISTS a;\nDROP TABLE IF EXISTS b",
    "TRUNCATE people": "DELETE FROM people",
    "ALTER TABLE people ADD COLUMN IF NOT EXISTS a TEXT, ADD COLUMN b BIGINT": (
        "ALTER TABLE people ADD COLUMN a TEXT;\nALTER TABLE people ADD COLUMN b INTEGER"
    ),
    "INSERT INTO people (name, active) SELECT 'a', TRUE FROM people ON CONFLICT DO NOTHING": (
        "INSERT INTO people (name, active) SELECT 'a', 1 FROM people"
        " WHERE true ON CONFLICT DO NOTHING"
    ),
}
MARKED = {
    "CREATE VIRTUAL TABLE t USING fts5(a)": LIBSQL,
    "UPDATE people SET name = soundex(name)": LIBSQL,
    "INSERT OR REPLACE INTO unknown (name) VALUES ('a')": LIBSQL,
    "CREATE TABLE t (a TEXT COLLATE NOCASE)": LIBSQL,
    "CREATE TABLE t (a)": LIBSQL,
    "SELEC 1": LIBSQL,
    "CREATE TABLE t (": LIBSQL,
    "DO $$ BEGIN PERFORM 1; END $$": POSTGRES,
    "SELECT DISTINCT ON (name) * FROM people": POSTGRES,
    "UPDATE people SET name = md5(name)": POSTGRES,
    "DELETE FROM people WHERE extra @> '{}'": POSTGRES,
    "SELECT * FORM people": POSTGRES,
}


@pytest.mark.parametrize(("libsql", "postgres"), TO_POSTGRES.items())
def test_libsql_becomes_postgres(libsql: str, postgres: str) -> None:
    derived = carried(f"{libsql};\n", LIBSQL)
    assert (derived.sql, derived.marks) == (f"{postgres};\n", ())


@pytest.mark.parametrize(("postgres", "libsql"), TO_LIBSQL.items())
def test_postgres_becomes_libsql(postgres: str, libsql: str) -> None:
    derived = carried(f"{postgres};\n", POSTGRES)
    assert (derived.sql, derived.marks) == (f"{libsql};\n", ())


@pytest.mark.parametrize(("sql", "source"), MARKED.items())
def test_what_is_not_certain_is_marked_in_place(sql: str, source: Backend) -> None:
    derived = derive(f"-- before\n{sql};\n\nSELECT 2;\n", source, BEFORE)
    assert derived.marks
    lines = derived.sql.splitlines()
    for mark in derived.marks:
        assert lines[mark.line - 1] == f"-- mig-assist: todo {mark.message}"
    assert not check_syntax(derived.sql, source.other)
    assert lines[0] == "-- before"
    if sql.count("(") == sql.count(")"):
        assert derived.sql.endswith("\nSELECT 2;\n")


def test_comments_and_layout_stay() -> None:
    sql = (
        "-- head\r\n\n/* one */ CREATE TABLE t ( -- the table\n"
        "\tid  INTEGER,   -- number\n\n    name TEXT /* what */ NOT NULL -- last\n"
        ") STRICT -- end\n;\n\n\n-- tail"
    )
    assert derive(sql, LIBSQL, BEFORE).sql == (
        sql.replace("INTEGER", "BIGINT").replace(" STRICT", "")
    )


def test_what_both_dialects_share_is_untouched() -> None:
    sql = (
        "select  Name , count( * )\nfrom people -- all\n"
        "where name = 'it''s; -- no'\ngroup by name ;"
    )
    assert derive(sql, LIBSQL, BEFORE).sql == sql
    assert derive(sql, POSTGRES, BEFORE).sql == sql


def test_a_file_without_a_statement_left_has_one_that_does_nothing() -> None:
    assert derive("PRAGMA foreign_keys = OFF;\n", LIBSQL, BEFORE).sql == "SELECT 1;\n"


@pytest.mark.parametrize("source", Backend)
@pytest.mark.parametrize(
    "sql", ["", "\n", "-- nothing", ";;", "/* open", "'open", '"', "((((", "\0"]
)
def test_fragments_are_no_trouble(sql: str, source: Backend) -> None:
    derive(sql, source, BEFORE)


@pytest.mark.parametrize("source", Backend)
def test_every_prefix_of_a_file_can_be_derived(source: Backend) -> None:
    sql = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x' CHECK (a IN ('x', 'y')));"
        "INSERT INTO people (name, active) SELECT a, CASE WHEN a = 'x' THEN 1 ELSE 0 END FROM t;"
    )
    for stop in range(0, len(sql), 3):
        derive(sql[:stop], source, BEFORE)


@pytest.mark.parametrize("source", Backend)
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO people (name) VALUES ('a');\n" * 4_000,
        "SELECT '" + "x" * 2_000_000 + "';",
        "SELECT " + "(" * 20_000 + "1" + ")" * 20_000 + ";",
        "SELECT " + "abs(" * 3_000 + "1" + ")" * 3_000 + ";",
        "SELECT 1" + " + 1" * 20_000 + ";",
        "CREATE TABLE t (" + ", ".join(f"c{n} TEXT" for n in range(1_500)) + ");",
    ],
    ids=["statements", "literal", "parentheses", "calls", "terms", "columns"],
)
def test_large_input_is_carried_or_marked_in_linear_time(sql: str, source: Backend) -> None:
    started = time.process_time()
    derive(sql, source, BEFORE)
    assert time.process_time() - started < 60


def test_hostile_names_stay_names() -> None:
    sql = 'CREATE TABLE "a""; DROP TABLE people; --" ("x y" TEXT, `it\'s` INTEGER);'
    derived = carried(sql, LIBSQL)
    assert derived.sql == (
        'CREATE TABLE "a""; DROP TABLE people; --" ("x y" TEXT, "it\'s" BIGINT);'
    )


def test_a_sequence_goes_on_behind_the_numbers_that_are_given() -> None:
    derived = carried("INSERT INTO people (id, name, active) VALUES (0, 'a', 1);", LIBSQL)
    assert derived.sql.splitlines()[-1] == (
        "SELECT setval(pg_get_serial_sequence('people', 'id'), greatest(max(id), 1), max(id) > 0)"
        " FROM people;"
    )


FLAGS = {
    "UPDATE people SET active = 1 - active": (
        "UPDATE people SET active = (1 - CAST(active AS INTEGER)) <> 0"
    ),
    "UPDATE people SET score = active, born = (score > 5)": (
        "UPDATE people SET score = CAST(active AS INTEGER), born = CAST((score > 5) AS INTEGER)"
    ),
    "UPDATE people SET score = (SELECT sum(p.active) FROM people p WHERE p.born = people.born)": (
        "UPDATE people SET score ="
        " (SELECT sum(CAST(p.active AS INTEGER)) FROM people p WHERE p.born = people.born)"
    ),
    "UPDATE people SET name = CASE active WHEN 1 THEN 'a' ELSE 'b' END": (
        "UPDATE people SET name = CASE active WHEN TRUE THEN 'a' ELSE 'b' END"
    ),
}


@pytest.mark.parametrize(("libsql", "postgres"), FLAGS.items())
def test_numbers_and_booleans_are_kept_apart(libsql: str, postgres: str) -> None:
    derived = carried(f"{libsql};\n", LIBSQL)
    assert (derived.sql, derived.marks) == (f"{postgres};\n", ())


@pytest.mark.parametrize("condition", ["seen > 5", "seen + 60 > seen"])
def test_what_postgres_does_not_compare_is_marked(condition: str) -> None:
    assert derive(f"DELETE FROM people WHERE {condition};", LIBSQL, BEFORE).marks


UUIDS = (
    "CREATE TABLE k (uuid TEXT NOT NULL PRIMARY KEY, user_uuid TEXT, size DECIMAL, name TEXT);",
    "CREATE TABLE k (uuid CHAR(36) NOT NULL PRIMARY KEY, user_uuid CHAR(36), size NUMERIC(9, 2),"
    " name TEXT);",
)


def _context(libsql: str, postgres: str, *, house: bool) -> Context:
    mine, definitions = libsql_side([Script(libsql, "V1.sql")])
    theirs = postgres_schema([Script(postgres, "V1.sql")])
    style = learn([(libsql, postgres)], mine, theirs) if house else HouseStyle()
    return Context(mine, theirs, style, definitions)


@pytest.mark.parametrize("house", [True, False])
@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("CREATE TABLE o (org_uuid TEXT);", "CREATE TABLE o (org_uuid CHAR(36));"),
        ("ALTER TABLE k ADD COLUMN org_uuid TEXT;", "ALTER TABLE k ADD COLUMN org_uuid CHAR(36);"),
        ("CREATE TABLE o (max_size DECIMAL);", "CREATE TABLE o (max_size NUMERIC(9,2));"),
        ("CREATE TABLE o (tag CHAR(3), note TEXT);", "CREATE TABLE o (tag CHAR(3), note TEXT);"),
        (
            "CREATE TABLE o (mine CHAR(40) REFERENCES k (uuid), its TEXT REFERENCES k (uuid));",
            "CREATE TABLE o (mine CHAR(40) REFERENCES k (uuid), its CHAR(36) REFERENCES k (uuid));",
        ),
    ],
)
def test_a_length_is_the_columns_own_or_its_relatives(sql: str, wanted: str, house: bool) -> None:
    context = _context(*UUIDS, house=house)
    derived = derive(sql, LIBSQL, context)
    assert " ".join(derived.sql.replace("CHARACTER(", "CHAR(").split()) == wanted
    assert derived.marks == ()


def test_no_column_is_a_char_without_a_length() -> None:
    pair = (
        "CREATE TABLE t (a_uuid TEXT, b_uuid TEXT, c_uuid TEXT);",
        "CREATE TABLE t (a_uuid CHAR(36), b_uuid CHAR(40), c_uuid CHAR);",
    )
    sql = "CREATE TABLE o (d_uuid TEXT, grade CHAR);"
    assert derive(sql, LIBSQL, _context(*pair, house=True)).sql == (
        "CREATE TABLE o (d_uuid TEXT, grade TEXT);"
    )


def test_a_cast_cuts_off_where_it_did() -> None:
    sql = "UPDATE people SET name = CAST(score AS VARCHAR(3));"
    assert carried(sql, LIBSQL).sql == "UPDATE people SET name = CAST(score AS TEXT);"
    assert carried(sql, POSTGRES).sql == (
        "UPDATE people SET name = substr(CAST(score AS TEXT), 1, 3);"
    )
    sql = "UPDATE people SET name = score::char(3), extra = 'abc'::varchar(3);"
    assert carried(sql, POSTGRES).sql == (
        "UPDATE people SET name = rtrim(substr(CAST(score AS TEXT), 1, 3), ' '), extra = 'abc';"
    )


@pytest.mark.parametrize("source", Backend)
def test_guards_stay_as_they_are_whatever_the_house_writes_elsewhere(source: Backend) -> None:
    plain = "CREATE TABLE t (id INTEGER); CREATE TABLE u (id INTEGER); DROP TABLE u;"
    guarded = "CREATE TABLE IF NOT EXISTS t (id INTEGER); DROP TABLE IF EXISTS u;"
    for sql in (
        "DROP TABLE IF EXISTS t;\nCREATE TABLE t (id INTEGER",
        "CREATE TABLE IF NOT EXISTS w (id INTEGER",
        "CREATE TABLE w (id INTEGER",
        "DROP TABLE t;",
    ):
        for house in (plain, guarded):
            whole = sql if sql.endswith(";") else f"{sql});"
            derived = derive(whole, source, _context(house, house, house=True))
            assert derived.sql.startswith(sql)


def test_the_header_names_the_backend_of_its_own_file() -> None:
    above = "-- V18 add_region_to_teams (libsql): where a team is, on libsql (libsql): too\n\n"
    there = above.replace("(libsql)", "(PostgreSQL)", 1)
    statement = "UPDATE people SET name = 'a';\n"
    assert carried(above + statement, LIBSQL).sql == there + statement
    assert carried(there + statement, POSTGRES).sql == above + statement
