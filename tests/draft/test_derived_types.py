"""Which type a column has on the other side: its own says the family, the house which of it."""

from __future__ import annotations

import re

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house.learning import Script, style
from mig_assist.draft.house.reading import libsql_side, postgres_schema
from mig_assist.draft.house.report import type_lines


def context(libsql: str, postgres: str) -> Context:
    """What is known where the house has one pair."""
    scripts = (Script(libsql, "l.sql", 1), Script(postgres, "p.sql", 1))
    mine, texts = libsql_side([scripts[0]])
    theirs = postgres_schema([scripts[1]])
    return Context(mine, theirs, style([scripts], mine, theirs), texts)


def derived(sql: str, source: Backend, libsql: str = "", postgres: str = "") -> tuple[str, str]:
    """The counterpart, and its marks."""
    made = derive(sql, source, context(libsql, postgres))
    return made.sql, " ".join(mark.message for mark in made.marks)


def postgres_type(column: str, libsql: str = "", postgres: str = "") -> str:
    """PostgreSQL's type of a column that a new table has on libsql."""
    sql, marks = derived(
        f"CREATE TABLE made (it TEXT, {column});", Backend.LIBSQL, libsql, postgres
    )
    assert not marks
    return type_in(sql, column.split()[0])


def libsql_type(column: str, libsql: str = "", postgres: str = "") -> str:
    """libsql's type of a column that a new table has on PostgreSQL."""
    sql, marks = derived(
        f"CREATE TABLE made (it TEXT, {column});", Backend.POSTGRES, libsql, postgres
    )
    assert not marks
    return type_in(sql, column.split()[0])


def type_in(sql: str, column: str) -> str:
    found = re.search(rf"[(,]\s*{column} ([A-Z]+(?:\(\d+\))?)", sql)
    assert found is not None, sql
    return found[1]


FILES = (
    "CREATE TABLE notes (id TEXT PRIMARY KEY, data BLOB, seen INTEGER);",
    "CREATE TABLE notes (id TEXT PRIMARY KEY, data JSONB, seen INTEGER);",
)


def test_bytes_are_no_json_by_their_name() -> None:
    sql, marks = derived("CREATE TABLE f (data BLOB NOT NULL);", Backend.LIBSQL, *FILES)
    assert "data BYTEA NOT NULL" in sql
    assert "Columns like data are jsonb (1) on PostgreSQL: choose its type." in marks


@pytest.mark.parametrize("declared", ["BYTEA", "bytea"])
def test_bytes_are_no_text_by_their_name(declared: str) -> None:
    house = ("CREATE TABLE t (data TEXT, code TEXT);", "CREATE TABLE t (data BYTEA, code TEXT);")
    assert libsql_type(f"data {declared}", *house).upper() == "BLOB"


def test_where_bytes_are_both_bytea_and_json_it_is_asked() -> None:
    house = (
        "CREATE TABLE t (data BLOB, tags BLOB, face BLOB);",
        "CREATE TABLE t (data BYTEA, tags JSONB, face BYTEA);",
    )
    sql, marks = derived("CREATE TABLE f (\n  urls BLOB\n);", Backend.LIBSQL, *house)
    assert "urls BYTEA" in sql
    assert "Columns like urls are bytea (2) and jsonb (1) on PostgreSQL" in marks
    assert postgres_type("face BLOB", *house) == "BYTEA"


HOUSE_OF_KEYS = (
    "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT);"
    "CREATE TABLE teams (id TEXT PRIMARY KEY, user_id TEXT REFERENCES users (id), note TEXT);",
    "CREATE TABLE users (id UUID PRIMARY KEY, name TEXT);"
    "CREATE TABLE teams (id UUID PRIMARY KEY, user_id UUID REFERENCES users (id), note TEXT);",
)


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ("ldap_id TEXT", "TEXT"),
        ("user_code TEXT", "TEXT"),
        ("user_id TEXT", "UUID"),
        ("owner_id TEXT REFERENCES users (id)", "UUID"),
        ("owner TEXT REFERENCES users", "UUID"),
        ("id TEXT PRIMARY KEY", "UUID"),
        ("token_id TEXT PRIMARY KEY", "UUID"),
    ],
)
def test_texts_are_uuids_where_they_are_keys_or_always_so_called(column: str, wanted: str) -> None:
    assert postgres_type(column, *HOUSE_OF_KEYS) == wanted


def test_a_key_of_the_table_itself_has_the_type_of_what_it_refers_to() -> None:
    sql, _ = derived(
        "CREATE TABLE nodes (id TEXT PRIMARY KEY, above TEXT REFERENCES nodes (id));",
        Backend.LIBSQL,
        *HOUSE_OF_KEYS,
    )
    assert "above UUID" in sql


def test_an_added_key_of_a_rebuilt_table_has_the_type_of_what_it_refers_to() -> None:
    sql, _ = derived(
        "CREATE TABLE new_teams (id TEXT PRIMARY KEY, user_id TEXT REFERENCES users (id),"
        " note TEXT NOT NULL, boss TEXT, FOREIGN KEY (boss) REFERENCES users (id));"
        "INSERT INTO new_teams (id, user_id, note) SELECT id, user_id, note FROM teams;"
        "DROP TABLE teams; ALTER TABLE new_teams RENAME TO teams;",
        Backend.LIBSQL,
        *HOUSE_OF_KEYS,
    )
    assert "ADD COLUMN boss UUID" in sql


def test_64_bits_that_are_stated_stay() -> None:
    house = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a_id INTEGER, b_id INTEGER, n BIGINT);",
        "CREATE TABLE t (id SERIAL PRIMARY KEY, a_id INTEGER, b_id INTEGER, n INTEGER);",
    )
    assert postgres_type("c_id BIGINT", *house) == "BIGINT"
    assert postgres_type("n BIGINT", *house) == "BIGINT"
    assert postgres_type("t_id BIGINT REFERENCES t (id)", *house) == "BIGINT"
    assert postgres_type("c_id INTEGER", *house) == "INTEGER"


INTEGERS = (
    "CREATE TABLE t (a INTEGER, b INTEGER, c_count INTEGER, d_count INTEGER, e_at INTEGER,"
    " f_at INTEGER, size SMALLINT);",
    "CREATE TABLE t (a INTEGER, b BIGINT, c_count INTEGER, d_count INTEGER, e_at BIGINT,"
    " f_at BIGINT, size SMALLINT);",
)


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ("a INTEGER", "INTEGER"),
        ("other INTEGER", "BIGINT"),
        ("g_count INTEGER", "INTEGER"),
        ("g_at INTEGER", "BIGINT"),
        ("g_count INTEGER DEFAULT (unixepoch() * 1000)", "BIGINT"),
        ("g_count INTEGER DEFAULT (strftime('%s', 'now') * 1000)", "BIGINT"),
        ("g_count INTEGER DEFAULT 9999999999", "BIGINT"),
        ("size SMALLINT", "SMALLINT"),
    ],
)
def test_integers_have_the_room_that_the_house_gives_them(column: str, wanted: str) -> None:
    sql, _ = derived(f"CREATE TABLE made (it TEXT, {column});", Backend.LIBSQL, *INTEGERS)
    assert type_in(sql, column.split()[0]) == wanted


def test_moments_and_amounts_have_64_bits_where_the_house_says_nothing_of_them() -> None:
    house = ("CREATE TABLE t (a INTEGER, b INTEGER);", "CREATE TABLE t (a INTEGER, b INTEGER);")
    for column in ("created_at", "updated_time", "blob_size", "amount"):
        assert postgres_type(f"{column} INTEGER", *house) == "BIGINT"
    assert postgres_type("rank INTEGER", *house) == "INTEGER"


def test_integers_follow_bigger_integers_of_the_same_name() -> None:
    house = (
        "CREATE TABLE t (a_ends BIGINT, b_ends BIGINT, n INTEGER);",
        "CREATE TABLE t (a_ends BIGINT, b_ends BIGINT, n INTEGER);",
    )
    assert postgres_type("c_ends INTEGER", *house) == "BIGINT"


def test_flags_are_known_by_rules_and_defaults_and_never_by_the_table_they_stand_in() -> None:
    house = (
        "CREATE TABLE flow (login_skip INTEGER DEFAULT FALSE, login_used INTEGER,"
        " login_kept INTEGER, is_old INTEGER, is_new INTEGER);",
        "CREATE TABLE flow (login_skip BOOLEAN DEFAULT FALSE, login_used BOOLEAN,"
        " login_kept BOOLEAN, is_old BOOLEAN, is_new BOOLEAN);",
    )
    assert postgres_type("login_seconds INTEGER", *house) == "BIGINT"
    assert postgres_type("hidden INTEGER DEFAULT FALSE", *house) == "BOOLEAN"
    assert postgres_type("hidden INTEGER CHECK (hidden IN (0, 1))", *house) == "BOOLEAN"
    assert postgres_type("is_red INTEGER", *house) == "BOOLEAN"
    assert postgres_type("is_red INTEGER DEFAULT 7", *house) == "BIGINT"


def test_no_length_is_made_up() -> None:
    house = (
        "CREATE TABLE t (name TEXT, token TEXT, email TEXT, note TEXT);"
        "CREATE TABLE u (token TEXT, email TEXT);",
        "CREATE TABLE t (name VARCHAR(255), token VARCHAR(255), email VARCHAR(9), note TEXT);"
        "CREATE TABLE u (token VARCHAR(16), email TEXT);",
    )
    assert postgres_type("name TEXT", *house) == "VARCHAR(255)"
    assert postgres_type("first_name TEXT", *house) == "TEXT"
    assert postgres_type("token TEXT", *house) == "TEXT"
    assert postgres_type("email TEXT", *house) == "TEXT"


def test_texts_are_json_by_their_rules_and_defaults_and_whole_names() -> None:
    house = (
        "CREATE TABLE t (a TEXT DEFAULT '{}', b TEXT CHECK (json_valid(b)), doc TEXT, note TEXT);",
        "CREATE TABLE t (a JSONB DEFAULT '{}', b JSONB, doc JSONB, note TEXT);",
    )
    assert postgres_type("tags TEXT DEFAULT '[]'", *house) == "JSONB"
    assert postgres_type("tags TEXT CHECK (json_valid(tags))", *house) == "JSONB"
    assert postgres_type("doc TEXT", *house) == "JSONB"
    assert postgres_type("a_doc TEXT", *house) == "TEXT"


def test_relatives_that_do_not_agree_are_told() -> None:
    house = (
        "CREATE TABLE t (data TEXT); CREATE TABLE u (data TEXT, note TEXT);",
        "CREATE TABLE t (data JSONB); CREATE TABLE u (data TEXT, note TEXT);",
    )
    sql, marks = derived("CREATE TABLE v (\n  data TEXT\n);", Backend.LIBSQL, *house)
    assert "Columns like data are jsonb (1) and text (1) on PostgreSQL: choose its type." in marks
    assert sql.index("todo") < sql.index("data JSONB")


def test_names_of_one_storage_are_no_disagreement() -> None:
    house = (
        "CREATE TABLE t (is_a BOOLEAN, is_b NUMERIC, doc TEXT); CREATE TABLE u (doc JSON);",
        "CREATE TABLE t (is_a BOOLEAN, is_b BOOLEAN, doc JSONB); CREATE TABLE u (doc JSONB);",
    )
    assert libsql_type("is_c BOOLEAN", *house) == "BOOLEAN"
    assert libsql_type("doc JSONB", *house) == "TEXT"


def test_moments_that_are_stored_in_two_ways_are_told() -> None:
    house = (
        "CREATE TABLE t (at DATETIME); CREATE TABLE u (at INTEGER);",
        "CREATE TABLE t (at TIMESTAMPTZ); CREATE TABLE u (at TIMESTAMPTZ);",
    )
    _, marks = derived("CREATE TABLE v (at TIMESTAMPTZ);", Backend.POSTGRES, *house)
    assert "Columns like at are DATETIME (1) and INTEGER (1) on libsql: choose its type." in marks


MOMENTS = (
    "CREATE TABLE a (created_at INTEGER, expires_at INTEGER, n INTEGER);"
    "CREATE TABLE b (created_at INTEGER, updated_at INTEGER, ran_at DATETIME);",
    "CREATE TABLE a (created_at BIGINT, expires_at TIMESTAMPTZ, n INTEGER);"
    "CREATE TABLE b (created_at BIGINT, updated_at BIGINT, ran_at TIMESTAMPTZ);",
)


def test_one_table_keeps_its_moments_in_one_way() -> None:
    sql, _ = derived(
        "CREATE TABLE c (expires_at INTEGER, created_at INTEGER);", Backend.LIBSQL, *MOMENTS
    )
    assert "expires_at BIGINT, created_at BIGINT" in sql
    added, _ = derived(
        "ALTER TABLE a ADD COLUMN created_time INTEGER;", Backend.LIBSQL, *FILES_OF_TIMES
    )
    assert "TIMESTAMPTZ" in added


FILES_OF_TIMES = (
    "CREATE TABLE a (expires_at INTEGER);",
    "CREATE TABLE a (expires_at TIMESTAMPTZ);",
)


def test_an_integer_among_timestamps_is_asked_about() -> None:
    house = (
        "CREATE TABLE a (created_at DATETIME, expires_at DATETIME, n INTEGER);",
        "CREATE TABLE a (created_at TIMESTAMPTZ, expires_at TIMESTAMPTZ, n INTEGER);",
    )
    sql, marks = derived("CREATE TABLE c (used_at INTEGER);", Backend.LIBSQL, *house)
    assert "used_at BIGINT" in sql
    assert "timestamp with time zone (2) on PostgreSQL: choose its type" in marks


def test_types_that_mean_the_same_are_followed() -> None:
    house = (
        "CREATE TABLE a (x DATETIME, y DATETIME AFTER x, doc JSON, note TEXT AFTER doc);",
        "CREATE TABLE a (x TIMESTAMP, y TIMESTAMP, doc JSON, note JSONB);",
    )
    assert postgres_type("z TIMESTAMP", *house) == "TIMESTAMP"
    assert postgres_type("note TEXT", *house) == "JSONB"


def test_what_is_json_and_bytes_stays_json_and_so_do_its_defaults() -> None:
    house = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, tags BLOB, doc TEXT NOT NULL DEFAULT '{}');",
        "CREATE TABLE t (id SERIAL PRIMARY KEY, tags JSONB, doc JSONB NOT NULL DEFAULT '{}');",
    )
    sql, marks = derived(
        "CREATE TABLE t_new (id INTEGER PRIMARY KEY, tags BLOB DEFAULT X'5B5D',"
        " doc BLOB NOT NULL DEFAULT X'7B7D');"
        "INSERT INTO t_new (id, tags, doc) SELECT id, tags, doc FROM t;"
        "DROP TABLE t; ALTER TABLE t_new RENAME TO t;",
        Backend.LIBSQL,
        *house,
    )
    assert not marks
    assert "TYPE" not in sql
    assert "bytea" not in sql.lower()
    assert "ALTER COLUMN tags SET DEFAULT '[]'" in sql
    back, marks = derived(
        "ALTER TABLE t ALTER COLUMN tags SET DEFAULT '[]'::jsonb;", Backend.POSTGRES, *house
    )
    assert not marks
    assert "x'5b5d'" in back


@pytest.mark.parametrize("checked", [True, False])
def test_json_is_checked_as_the_house_does(checked: bool) -> None:
    rule = " CHECK (json_valid(doc))" if checked else ""
    house = (f"CREATE TABLE t (doc TEXT{rule});", "CREATE TABLE t (doc JSONB);")
    for statement in ("CREATE TABLE u (body JSONB);", "ALTER TABLE t ADD COLUMN body JSONB;"):
        sql, _ = derived(statement, Backend.POSTGRES, *house)
        assert "body TEXT" in sql
        assert ("json_valid(body)" in sql) is checked


def test_the_report_tells_what_rules_and_defaults_say_of_types() -> None:
    columns = "id INTEGER PRIMARY KEY, {0}, a INTEGER, b INTEGER, c INTEGER"
    flags = "x INTEGER CHECK (x IN (0, 1)), y INTEGER DEFAULT FALSE"
    house = context(
        f"CREATE TABLE t ({columns.format(flags)});",
        f"CREATE TABLE t ({columns.format('x BOOLEAN, y BOOLEAN')});",
    ).house
    lines = [(each.columns, each.postgres, each.count) for each in type_lines(house)]
    assert ("flags by their rule or default", "boolean", 2) in lines
