"""A script is split where the engines themselves see a statement end."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.engines.sections import forgoes_transaction, sections
from mig_assist.engines.statements import (
    SqlSyntaxError,
    Statement,
    split_statements,
    transaction_control,
)

BOTH = pytest.mark.parametrize("backend", list(Backend), ids=str)


def texts(sql: str, backend: Backend) -> list[str]:
    return [statement.text for statement in split_statements(sql, backend)]


def lines(sql: str, backend: Backend) -> list[int]:
    return [statement.line for statement in split_statements(sql, backend)]


@BOTH
def test_each_statement_comes_with_its_text_and_the_line_of_its_first_token(
    backend: Backend,
) -> None:
    sql = "-- head\n\nSELECT 1;\n/* two\nlines; */ SELECT\n 'ü', 2 ;SELECT 3 -- tail\n"
    assert split_statements(sql, backend) == (
        Statement("SELECT 1", 3),
        Statement("SELECT\n 'ü', 2", 5),
        Statement("SELECT 3", 6),
    )


@BOTH
@pytest.mark.parametrize(
    "sql", ["", "  \n", "-- nothing\n", "/* nothing; */", ";;\n;", "; -- x\n;"]
)
def test_a_script_without_statements_has_none(sql: str, backend: Backend) -> None:
    assert split_statements(sql, backend) == ()


@BOTH
def test_a_semicolon_in_a_string_a_name_or_a_comment_ends_nothing(backend: Backend) -> None:
    statements = [
        "SELECT ';', 'it''s; fine'",
        'SELECT 1 AS "a;""b;"',
        "SELECT 1 /* ; */ + 1",
        "SELECT 1 -- ;\n + 1",
    ]
    assert texts(";\n".join(statements), backend) == statements


@BOTH
def test_the_last_statement_needs_no_semicolon_and_keeps_no_comment(backend: Backend) -> None:
    assert texts("SELECT 1;\nSELECT 2 /* done */\n-- really\n", backend) == ["SELECT 1", "SELECT 2"]


@BOTH
def test_ten_thousand_statements_keep_their_texts_and_lines(backend: Backend) -> None:
    one = "CREATE TABLE t (\n    id INTEGER, -- ;\n    name TEXT DEFAULT ';'\n)"
    statements = split_statements(f"{one};\n" * 10_000, backend)
    assert [statement.line for statement in statements] == list(range(1, 40_001, 4))
    assert {statement.text for statement in statements} == {one}


@BOTH
def test_windows_line_ends_count_once(backend: Backend) -> None:
    assert lines("SELECT 1;\r\n\r\nSELECT 2;", backend) == [1, 3]


@BOTH
@pytest.mark.parametrize(
    "sql", ["SELECT 1;\nSELECT '\0'; DROP TABLE t", "SELECT 1;\nSELECT '\ud800'"]
)
def test_what_an_engine_would_see_cut_short_is_refused(sql: str, backend: Backend) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        split_statements(sql, backend)
    assert caught.value.line == 2


class TestSqlite:
    @pytest.mark.parametrize(
        "head",
        [
            "CREATE TRIGGER t",
            "create temp trigger t",
            "CREATE /* x */ TEMPORARY -- y\n TRIGGER t",
            "EXPLAIN CREATE TRIGGER t",
            "EXPLAIN QUERY PLAN CREATE TRIGGER t",
        ],
    )
    def test_a_trigger_ends_with_the_end_of_its_body(self, head: str) -> None:
        trigger = f"""{head} AFTER INSERT ON a BEGIN
            SELECT CASE WHEN new.id > 1 THEN 'END;' ELSE "END" END;
            UPDATE a SET b = CASE c WHEN 1 THEN 2 END;
        END"""
        assert texts(f"{trigger};SELECT 1", Backend.LIBSQL) == [trigger, "SELECT 1"]
        assert texts(f"{trigger} ;\n", Backend.LIBSQL) == [trigger]
        assert texts(trigger, Backend.LIBSQL) == [trigger]

    def test_a_case_outside_of_a_trigger_ends_nothing(self) -> None:
        statements = ["SELECT CASE WHEN 1 THEN 2 END", "CREATE TABLE trigger_ (a)", "END"]
        assert texts(";".join(statements), Backend.LIBSQL) == statements

    @pytest.mark.parametrize("name", ["[a;b]", "`a;``b`", '"a;""b"', "'a;''b'"])
    def test_every_way_of_quoting_protects_a_semicolon(self, name: str) -> None:
        assert texts(f"SELECT 1 AS {name}; SELECT 2", Backend.LIBSQL) == [
            f"SELECT 1 AS {name}",
            "SELECT 2",
        ]

    @pytest.mark.parametrize("opened", ["'x; y", '"x; y', "`x; y", "[x; y", "$$x"])
    def test_what_is_left_open_runs_to_the_end(self, opened: str) -> None:
        assert texts(f"SELECT 1; SELECT {opened}", Backend.LIBSQL) == [
            "SELECT 1",
            f"SELECT {opened}",
        ]

    @given(
        st.lists(
            st.sampled_from(
                [*"; ' \" ` [ ] - / * \n".split(" "), " ", "--", "/*", "*/", "END", "CREATE",
                 "TEMP", "TRIGGER", "EXPLAIN", "x", "_", "é", "1"]
            ),
            max_size=30,
        ).map("".join)
    )  # fmt: skip
    def test_a_cut_falls_where_sqlite_itself_says_that_a_statement_is_complete(
        self, sql: str
    ) -> None:
        statements = texts(sql, Backend.LIBSQL)
        for text in statements[:-1]:
            assert sqlite3.complete_statement(f"{text}\n;")
        for text in statements:
            for place, character in enumerate(text):
                if character == ";":
                    assert not sqlite3.complete_statement(text[: place + 1])


class TestPostgres:
    def test_dollar_quotes_nested_comments_and_sql_bodies_are_one_statement(self) -> None:
        statements = [
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN; RETURN $$;$$; END $x$",
            "SELECT /* /* ; */ ; */ 1",
            "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
            r"SELECT E'\';'",
        ]
        assert texts(" ;\n".join(statements), Backend.POSTGRES) == statements

    def test_a_comment_that_reads_like_a_statement_is_none(self) -> None:
        sql = "SELECT 1;\n/* SELECT 2 */ ;\n-- SELECT 2\nSELECT 2"
        assert split_statements(sql, Backend.POSTGRES)[1] == Statement("SELECT 2", 4)

    def test_an_expression_may_be_nested_deeply(self) -> None:
        chain = "SELECT " + " || ".join(["'a'"] * 500)
        assert texts(f"{chain};{chain}", Backend.POSTGRES) == [chain, chain]

    def test_a_script_that_does_not_parse_is_refused_with_the_line(self) -> None:
        with pytest.raises(SqlSyntaxError, match="TABEL") as caught:
            split_statements("SELECT 'üüü';\n\nCREATE TABEL t ();", Backend.POSTGRES)
        assert caught.value.line == 3


# Texts in which any of the dialects' quotes may hold any character.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
QUOTED = st.one_of(
    NAMES.map(lambda text: "'" + text.replace("'", "''") + "'"),
    NAMES.map(lambda text: '1 AS "' + text.replace('"', '""') + '"'),
    st.integers(0, 9999).map(str),
)
PLAIN = st.lists(QUOTED, min_size=1, max_size=4).map(lambda parts: "SELECT " + ", ".join(parts))
BETWEEN = st.sampled_from([" ", "\n", "-- it's; \"\n", "/* ; ' */", "\t\n\n", ""])
TRIGGERS = PLAIN.map(lambda body: f"CREATE TRIGGER t AFTER INSERT ON a BEGIN\n{body};\n{body}; END")
FUNCTIONS = PLAIN.map(
    lambda body: f"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ {body};\n $body$"
)


@pytest.mark.parametrize(
    ("backend", "statement"),
    [(Backend.LIBSQL, PLAIN | TRIGGERS), (Backend.POSTGRES, PLAIN | FUNCTIONS)],
    ids=list(Backend),
)
@given(data=st.data())
def test_statements_that_were_joined_come_apart_again(
    backend: Backend, statement: st.SearchStrategy[str], data: st.DataObject
) -> None:
    sql, expected = "", []
    for text in data.draw(st.lists(statement, max_size=6)):
        sql += data.draw(BETWEEN)
        expected.append(Statement(text, sql.count("\n") + 1))
        sql += text + data.draw(BETWEEN) + ";"
    sql += data.draw(BETWEEN)
    assert list(split_statements(sql, backend)) == expected


@BOTH
@pytest.mark.parametrize(
    "sql",
    ["BEGIN", "begin immediate", "COMMIT", "END", "/* x */ End -- y", "ROLLBACK",
     "ROLLBACK TRANSACTION", "COMMIT TRANSACTION"],
)  # fmt: skip
def test_what_begins_or_ends_a_transaction_is_found(sql: str, backend: Backend) -> None:
    if backend is Backend.POSTGRES:
        sql = sql.replace(" immediate", "")
    statements = split_statements(f"SELECT 1;\n{sql};SELECT 2", backend)
    assert transaction_control(statements) == (statements[1],)


@pytest.mark.parametrize(
    "sql",
    ["START TRANSACTION", "ABORT", "COMMIT AND CHAIN", "ROLLBACK WORK", "PREPARE TRANSACTION 'x'",
     "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'"],
)  # fmt: skip
def test_postgresql_has_more_words_for_it(sql: str) -> None:
    statements = split_statements(sql, Backend.POSTGRES)
    assert transaction_control(statements) == statements


@BOTH
@pytest.mark.parametrize(
    "sql",
    ["SAVEPOINT a", "RELEASE a", "RELEASE SAVEPOINT a", "ROLLBACK TO a", "ROLLBACK /* x */ TO a",
     "ROLLBACK TRANSACTION TO SAVEPOINT a", "SELECT 1 AS commit",
     "CREATE TABLE rollback_ (id INT)"],
)  # fmt: skip
def test_what_stays_inside_the_transaction_is_not(sql: str, backend: Backend) -> None:
    assert transaction_control(split_statements(sql, backend)) == ()


def test_a_prepared_statement_is_no_transaction() -> None:
    assert transaction_control(split_statements("PREPARE p AS SELECT 1", Backend.POSTGRES)) == ()


ONE_FILE = {
    "goose": (
        "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (id TEXT);\n"
        "-- +goose StatementEnd\n"
        "CREATE TABLE b (id TEXT);\n\n-- +goose Down\nDROP TABLE b;\nDROP TABLE a;\n"
    ),
    "dbmate": (
        "-- migrate:up\nCREATE TABLE a (id TEXT);\n\n\nCREATE TABLE b (id TEXT);\n\n"
        "-- migrate:down transaction:false\nDROP TABLE b;\nDROP TABLE a;\n"
    ),
    "sql-migrate": (
        "-- +migrate Up\n\nCREATE TABLE a (id TEXT);\n\nCREATE TABLE b (id TEXT);\n"
        "-- +migrate Down\nDROP TABLE b;\nDROP TABLE a;\n"
    ),
}


class TestOneFileTools:
    """What undoes a version in the same file is no part of it."""

    @pytest.mark.parametrize("backend", Backend)
    @pytest.mark.parametrize("sql", ONE_FILE.values(), ids=ONE_FILE)
    def test_only_the_part_that_goes_up_is_the_version(self, sql: str, backend: Backend) -> None:
        up, down = sections(sql)
        made = [statement.text[:14] for statement in split_statements(sql, backend)]
        assert made == ["CREATE TABLE a", "CREATE TABLE b"]
        assert len(up.splitlines()) == len(down.splitlines()) == len(sql.splitlines())
        assert [line for line in up.splitlines() if "DROP" in line] == []
        lines = down.splitlines()
        assert lines.index("DROP TABLE b;") == sql.splitlines().index("DROP TABLE b;")

    def test_every_part_that_goes_up_counts(self) -> None:
        sql = "\n".join(["-- migrate:up", "SELECT 1;", "-- migrate:down", "SELECT 2;"] * 2)
        statements = split_statements(sql, Backend.POSTGRES)
        assert [(s.text, s.line) for s in statements] == [("SELECT 1", 2), ("SELECT 1", 6)]

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT 1; -- migrate:down\nSELECT 2;",
            "-- migrate:down\nSELECT 1;\nSELECT 2;",
            "-- +goose Up\nSELECT 1;\n-- migrate:down\nSELECT 2;",
            "-- Down the road:\nSELECT 1;\nSELECT 2;",
        ],
    )
    def test_a_comment_that_no_tool_reads_so_divides_nothing(self, sql: str) -> None:
        assert len(split_statements(sql, Backend.LIBSQL)) == 2

    @pytest.mark.parametrize(
        ("sql", "forgoes"),
        [
            ("-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", True),
            ("-- migrate:up transaction:false\nSELECT 1;", True),
            ("-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\n", False),
            ("-- +migrate Up notransaction\nSELECT 1;", True),
            ("-- no-transaction\nSELECT 1;", True),
            ("SELECT 1;\n-- no-transaction\n", False),
        ],
    )
    def test_a_file_can_ask_for_no_transaction(self, sql: str, *, forgoes: bool) -> None:
        assert forgoes_transaction(sql) == forgoes
