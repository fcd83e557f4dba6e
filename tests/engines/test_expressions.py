"""Spellings that mean the same have one canonical text, others never."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.expressions import (
    canonical,
    canonical_check,
    canonical_default,
    canonical_filter,
    columns_of,
    conjuncts,
)
from mig_assist.engines.logical_types import LogicalType
from tests.engines.spellings import COLUMNS, DIFFERENT_CHECKS, SAME_CHECKS

L, P = Backend.LIBSQL, Backend.POSTGRES


@pytest.mark.parametrize(("libsql", "postgres"), SAME_CHECKS)
def test_a_rule_has_one_text_in_all_its_spellings(libsql: str, postgres: str) -> None:
    left = canonical_check(libsql, L, columns=COLUMNS)

    assert left is not None
    assert left == canonical_check(postgres, P, columns=COLUMNS)


@pytest.mark.parametrize(("libsql", "postgres"), DIFFERENT_CHECKS)
def test_rules_that_may_behave_differently_never_share_a_text(libsql: str, postgres: str) -> None:
    left = canonical_check(libsql, L, columns=COLUMNS)

    assert left is None or left != canonical_check(postgres, P, columns=COLUMNS)


def text(expression: str, backend: Backend, place: str = "value") -> str | None:
    """The canonical text of an expression over the columns of the tables."""
    form = {"value": canonical, "check": canonical_check, "filter": canonical_filter}[place]
    return form(expression, backend, columns=COLUMNS)


@pytest.mark.parametrize(
    ("libsql", "postgres", "places"),
    [
        ("a IS NULL OR a > 0", "a > 0", {"check"}),
        ("a IS NOT NULL AND a > 0", "a > 0", {"filter"}),
        ("flag = 1", "flag IS TRUE", {"filter"}),
        ("flag = 1", "flag IS NOT FALSE", {"check"}),
        ("flag = 0", "flag IS FALSE", {"filter"}),
        ("flag IN (0, 1)", "flag IS NOT NULL", {"filter"}),
        ("a IS 5", "a = 5", {"filter"}),
        ("a IS NOT 5", "a <> 5", {"check"}),
        ("a > 0 OR a <= 0", "true", {"check"}),
        ("a > 0 AND a <= 0", "false", {"filter"}),
        ("flag", "flag = true", {"value", "check", "filter"}),
        ("a IS NULL OR a IS NOT NULL", "true", {"value", "check", "filter"}),
    ],
)
def test_null_counts_as_it_does_where_the_expression_stands(
    libsql: str, postgres: str, places: set[str]
) -> None:
    alike = {
        place
        for place in ("value", "check", "filter")
        if text(libsql, L, place) == text(postgres, P, place)
    }

    assert alike == places


def test_a_column_that_is_never_null_needs_no_test_for_it() -> None:
    rule = "a IS NOT NULL AND flag IS TRUE"

    assert canonical(rule, L, columns=COLUMNS, not_null={"a", "flag"}) == "flag"


def test_several_checks_say_what_their_conjunction_says() -> None:
    whole = conjuncts("a > 0 AND (b > 0 AND status <> '')", L, columns=COLUMNS)
    parts = [conjuncts(rule, P, columns=COLUMNS) for rule in ("b >= 1 AND a > 0", "status <> ''")]

    assert whole is not None
    assert whole == frozenset().union(*(part or () for part in parts))
    assert len(whole) == 3


def test_a_check_that_forbids_nothing_has_no_rule() -> None:
    assert conjuncts("flag IN (0, 1)", L, columns=COLUMNS) == frozenset()
    assert conjuncts("json_valid(data)", L, columns=COLUMNS) == frozenset()


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a >",
        "a > 0)",
        "(a > 0",
        "a > ANY (SELECT 1)",
        "EXISTS (SELECT 1 FROM t)",
        "a IN (SELECT b FROM t)",
        "count(*) FILTER (WHERE a)",
        "one.a > two.a",
        "(a, b) = (1, 2)",
        "a BETWEEN SYMMETRIC 1 AND 2",
        "a OPERATOR(pg_catalog.=) 1",
        "a = 1; DROP TABLE t",
        "'open",
        "(" * 5000 + "a" + ")" * 5000,
    ],
)
@pytest.mark.parametrize("backend", list(Backend))
def test_what_is_not_understood_has_no_text(expression: str, backend: Backend) -> None:
    assert canonical(expression, backend) is None
    assert conjuncts(expression, backend) is None
    assert columns_of(expression, backend) is None


def test_a_long_chain_is_understood() -> None:
    chain = " OR ".join(f"a = {number}" for number in range(2000))

    assert text(chain, L) == text(f"a IN ({', '.join(map(str, range(2000)))})", P)


def test_without_types_no_cast_is_taken_for_nothing() -> None:
    assert canonical("(a)::text = '1'", P) != canonical("a = '1'", L)


def test_engines_functions_of_one_name_stay_apart() -> None:
    assert text("date(name)", L) != text("date(name)", P)
    assert text("date(name)", L) == text("DATE( name )", L)


def test_new_and_old_rows_stay_apart_and_tables_names_do_not_count() -> None:
    assert text("new.a > old.a", L, "filter") == text("(old.a < NEW.a)", P, "filter")
    assert text("new.a > 0", L) != text("old.a > 0", L)
    assert text("things.a > 0", L) == text("a > 0", P)


def test_the_columns_of_an_expression_are_named_folded() -> None:
    assert columns_of('"Name" = lower(t.EMAIL)', L) == frozenset({"name", "email"})
    assert columns_of("(email)::text = 'x'", P) == frozenset({"email"})


@pytest.mark.parametrize(
    ("libsql", "postgres", "held"),
    [
        ("'x'", "'x'::text", LogicalType.TEXT),
        ("'x'", "'x'::character varying", LogicalType.TEXT),
        ('"X"', "'X'::character varying", LogicalType.TEXT),
        ("'it''s'", "'it''s'::text", LogicalType.TEXT),
        ("''", "''::text", LogicalType.TEXT),
        ("0", "'0'::text", LogicalType.TEXT),
        ("0", "0", LogicalType.INTEGER),
        ("(0)", "'0'::bigint", LogicalType.INTEGER),
        ("-1", "'-1'::integer", LogicalType.INTEGER),
        ("+5", "5", LogicalType.INTEGER),
        ("TRUE", "1", LogicalType.INTEGER),
        ("0.0", "0", LogicalType.REAL),
        ("1", "'1'::double precision", LogicalType.REAL),
        ("0.50", "0.5", LogicalType.DECIMAL),
        ("'0'", "0.00", LogicalType.DECIMAL),
        ("1", "true", LogicalType.BOOLEAN),
        ("FALSE", "false", LogicalType.BOOLEAN),
        ("0", "'f'::boolean", LogicalType.BOOLEAN),
        (None, "NULL::character varying", LogicalType.TEXT),
        ("NULL", None, LogicalType.INTEGER),
        ("'{}'", "'{}'::jsonb", LogicalType.JSON),
        ("'{\"a\":1}'", "'{\"a\": 1}'::jsonb", LogicalType.JSON),
        ("'[]'", "'[]'::json", LogicalType.JSON),
        ("x'00'", "'\\x00'::bytea", LogicalType.BYTES),
        ("'sad'", "'sad'::mood", LogicalType.ENUM),
        ("'2020-01-01'", "'2020-01-01'::date", LogicalType.DATE),
        (
            "'1970-01-01 00:00:00'",
            "'1970-01-01 00:00:00+00'::timestamp with time zone",
            LogicalType.TIMESTAMP,
        ),
        ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", LogicalType.TIMESTAMP),
        ("(datetime('now'))", "now()", LogicalType.TIMESTAMP),
        ("CURRENT_TIMESTAMP", "timezone('utc'::text, now())", LogicalType.TIMESTAMP),
        ("CURRENT_DATE", "CURRENT_DATE", LogicalType.DATE),
        ("(date('now'))", "(now())::date", LogicalType.DATE),
        ("(unixepoch())", "(EXTRACT(epoch FROM now()))::bigint", LogicalType.INTEGER),
        (
            "(strftime('%s', 'now'))",
            "(floor(date_part('epoch'::text, now())))::bigint",
            LogicalType.INTEGER,
        ),
        (
            "(CAST(strftime('%s','now') AS INTEGER))",
            "(EXTRACT(epoch FROM CURRENT_TIMESTAMP))::integer",
            LogicalType.INTEGER,
        ),
        (
            "(CAST(unixepoch('subsec') * 1000 AS INTEGER))",
            "((EXTRACT(epoch FROM now()) * (1000)::numeric))::bigint",
            LogicalType.INTEGER,
        ),
        (
            "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))",
            "(floor((EXTRACT(epoch FROM now()) * (1000)::numeric)))::bigint",
            LogicalType.INTEGER,
        ),
        (
            "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
            "to_char((now() AT TIME ZONE 'utc'::text), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'::text)",
            LogicalType.TEXT,
        ),
    ],
)
def test_a_default_has_one_text_in_all_its_spellings(
    libsql: str | None, postgres: str | None, held: LogicalType
) -> None:
    left = canonical_default(libsql, L, held)

    assert left is not None
    assert left == canonical_default(postgres, P, held)


@pytest.mark.parametrize(
    ("libsql", "postgres", "held"),
    [
        ("'x'", "'y'::text", LogicalType.TEXT),
        ("'x'", "'X'::text", LogicalType.TEXT),
        ("'x'", None, LogicalType.TEXT),
        ("''", "NULL::text", LogicalType.TEXT),
        ("'NULL'", "NULL::text", LogicalType.TEXT),
        ("0", "1", LogicalType.INTEGER),
        ("1", "'-1'::integer", LogicalType.INTEGER),
        ("0", "true", LogicalType.BOOLEAN),
        ("'{}'", "'[]'::jsonb", LogicalType.JSON),
        ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", LogicalType.TEXT),
        ("(unixepoch())", "((EXTRACT(epoch FROM now()) * (1000)::numeric))::bigint", "integer"),
        ("(date('now'))", "now()", LogicalType.TIMESTAMP),
        (
            "(strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
            "to_char((now() AT TIME ZONE 'utc'::text), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'::text)",
            LogicalType.TEXT,
        ),
        (
            "(strftime('%Y-%m-%d', 'now'))",
            "to_char(now(), 'YYYY-MM-DD'::text)",
            LogicalType.TEXT,
        ),
    ],
)
def test_defaults_that_give_other_values_never_share_a_text(
    libsql: str | None, postgres: str | None, held: LogicalType
) -> None:
    left = canonical_default(libsql, L, LogicalType(held))

    assert left is None or left != canonical_default(postgres, P, LogicalType(held))


@pytest.mark.parametrize(
    ("default", "backend"),
    [
        ("(lower(hex(randomblob(16))))", L),
        ("(random())", L),
        ("gen_random_uuid()", P),
        ("my_function()", P),
        ("(now())::text", P),
        ("no expression at all", P),
    ],
)
def test_a_default_that_only_its_engine_understands_has_no_text(
    default: str, backend: Backend
) -> None:
    assert canonical_default(default, backend, LogicalType.TEXT) is None
