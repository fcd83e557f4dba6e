"""Syntax is judged by the engines' own grammars, without any of the objects that SQL names."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.statements import check_syntax

BOTH = pytest.mark.parametrize("backend", list(Backend), ids=str)


def errors(sql: str, backend: Backend) -> list[tuple[int | None, str]]:
    return [(error.line, error.message) for error in check_syntax(sql, backend)]


@BOTH
@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1",
        "CREATE TABLE a (id INTEGER); INSERT INTO a (id) VALUES (1);",
        "INSERT INTO missing (id) SELECT id FROM other WHERE true ON CONFLICT (id) DO NOTHING;",
        "ALTER TABLE missing ADD COLUMN name TEXT NOT NULL DEFAULT '';",
        "ALTER TABLE missing RENAME TO gone;",
        "CREATE UNIQUE INDEX i ON missing (a) WHERE b IS NOT NULL;",
        "DROP TABLE missing; DROP VIEW missing; DROP INDEX missing;",
        "CREATE VIEW v AS SELECT a FROM missing;",
        "EXPLAIN SELECT 1;",
        "BEGIN; COMMIT;",
    ],
)
def test_what_the_grammar_allows_passes_whatever_it_names(sql: str, backend: Backend) -> None:
    assert errors(sql, backend) == []


@BOTH
def test_a_misspelt_keyword_is_found_with_its_line(backend: Backend) -> None:
    sql = "-- ü\nCREATE TABLE a (\n    id INTEGER\n);\n\nCREATE TABLE b (\n    id INT NOT NUL\n);"
    [(line, message)] = errors(sql, backend)
    assert line == 7
    assert "NUL" in message


@BOTH
def test_what_is_left_open_is_found(backend: Backend) -> None:
    [(line, message)] = errors("SELECT 1;\nSELECT 'abc", backend)
    assert line == 2
    assert "'abc" in message
    assert len(errors("SELECT 1;\nSELECT (", backend)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER INSERT ON missing BEGIN SELECT CASE WHEN 1 THEN 2 END; END;",
        'CREATE TRIGGER t INSTEAD OF DELETE ON "odd ""name" BEGIN SELECT 1; END;',
        "INSERT OR IGNORE INTO missing VALUES (1); REPLACE INTO missing VALUES (1);",
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT; PRAGMA foreign_keys;",
        "CREATE TABLE a (id); CREATE TABLE a (id);",
        "SELECT * FROM json_each('[]'), pragma_table_info('x');",
        "SELECT ?1, :name, @other, $more;",
        "VACUUM; ATTACH 'nothing.db' AS other; EXPLAIN QUERY PLAN SELECT 1;",
    ],
)
def test_sqlite_passes(sql: str) -> None:
    assert errors(sql, Backend.LIBSQL) == []


@pytest.mark.parametrize(
    ("sql", "line", "message"),
    [
        ("SELECT 1;\nCREATE TABLE a (\n  id\n) STRIKT;", 4, "unknown table option: STRIKT"),
        ("SELECT 1\nFORM a;", 2, 'near "a": syntax error'),
        ("CREATE TABLE a (id;\nSELECT 1;", 1, "incomplete input"),
        ("SELECT\n  1 + #;", 2, 'unrecognized token: "#"'),
        ("SELECT 1 UNION SELECT 2\nORDER BY 1 UNION SELECT 3;", 2, "ORDER BY clause should come"),
        (
            "CREATE TRIGGER t AFTER INSERT ON missing BEGIN\n  SELECT 1;\n  SELEC 2;\nEND;",
            3,
            'near "SELEC": syntax error',
        ),
        (
            "CREATE TRIGGER t INSTEAD OF INSERT ON missing BEGIN\n  SELEC 2;\nEND;",
            2,
            'near "SELEC": syntax error',
        ),
        ("ALTER TABLE missing\n  ADD COLUMN a TEXT NOT NUL;", 2, 'near "NUL": syntax error'),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END\nCREATE TABLE b (id);",
            2,
            'near "CREATE": syntax error',
        ),
        ("CREATE TYPE colour AS ENUM ('red');", 1, 'near "TYPE": syntax error'),
    ],
)
def test_sqlite_refuses(sql: str, line: int, message: str) -> None:
    [(found_line, found_message)] = errors(sql, Backend.LIBSQL)
    assert found_line == line
    assert message in found_message


def test_sqlite_is_asked_statement_by_statement() -> None:
    assert [line for line, _ in errors("FIRST;\nSELECT 1;\nSECOND;", Backend.LIBSQL)] == [1, 3]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE colour AS ENUM ('red'); DO $$ BEGIN this is not looked into; END $$;",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (id > 0) NOT VALID; SELECT $1::text;",
        "CREATE TABLE a (id int, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL);",
        "SELECT " + " || ".join(["'a'"] * 500),
    ],
)
def test_postgresql_18_passes(sql: str) -> None:
    assert errors(sql, Backend.POSTGRES) == []


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT 'üüüüüüüüüüüü',\n 'ü' AS x y\n;", 2),
        ("SELECT (\n\n\n", 1),
        ("INSERT OR IGNORE INTO a VALUES (1);", 1),
        ("SELECT 1;\n\nCREATE FUNCTION f() RETURNS int AS $$ SELECT 1;", 3),
    ],
)
def test_postgresql_refuses(sql: str, line: int) -> None:
    [(found, _)] = errors(sql, Backend.POSTGRES)
    assert found == line


@BOTH
def test_ten_thousand_wrong_statements_are_all_looked_at(backend: Backend) -> None:
    found = check_syntax("SELECT 1 FORM a b;\n" * 10_000, backend)
    assert len(found) == (10_000 if backend is Backend.LIBSQL else 1)
