"""What has one canonical text behaves alike on both real engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.engines.database import Database
from mig_assist.engines.expressions import canonical, canonical_check, columns_of
from mig_assist.engines.scratch import scratch_database
from tests.engines.spellings import COLUMNS, SAME_CHECKS

L, P = Backend.LIBSQL, Backend.POSTGRES

# What each column is called, its type on both sides, and its sample values.
SAMPLES: Final = {
    "a": ("a", "INTEGER", "bigint", ["0", "1", "2", "5", "-1", "16", "17"]),
    "b": ("b", "INTEGER", "bigint", ["0", "1", "2", "3"]),
    "c": ("c", "INTEGER", "integer", ["0", "1", "100"]),
    "name": (
        "name",
        "TEXT",
        "character varying(200)",
        [
            *("''", "' '", "'x'", "' x '", "'abc'", "'ABCd'", "'a@b'", "'10%'", "'1000'", "'-a-'"),
            *("'it''s'", "'{}'", "'[1]'", "'literal'", "'x/'", "'a_c'", "'a\\b'", "'x-a'"),
            *("'12345'", "'dead'", "'DEAD'", "'deadbeef'", f"'{'x' * 40}'", f"'{'x' * 41}'"),
        ],
    ),
    "status": ("status", "TEXT", "text", ["'a'", "'b'", "'c'", "'B'", "''", "'x'"]),
    "email": ("email", "TEXT", "text", ["'x@y'", "'X@y'"]),
    "price": ("price", "NUMERIC", "numeric", ["0", "0.5", "1", "0.49", "-1", "60"]),
    "ratio": ("ratio", "REAL", "double precision", ["0", "0.25", "0.2", "1", "2000"]),
    "flag": ("flag", "BOOLEAN", "boolean", ["TRUE", "FALSE"]),
    "other": ("other", "BOOLEAN", "boolean", ["TRUE", "FALSE"]),
    "data": ("data", "TEXT", "jsonb", ["'{}'", "'[]'", "'1'", "'\"x\"'"]),
    "body": ("body", "BLOB", "bytea", ["x''", "x'00ff'", "x'01'", f"x'{'00' * 32}'"]),
    "key": ("key", "TEXT", "uuid", ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    "mood": ("mood", "TEXT", "mood", ["'sad'", "'ok'", "'meh'"]),
    "day": ("day", "TEXT", "date", ["'2019-12-31'", "'2020-01-01'", "'2020-02-01'"]),
    "mixed case": ('"Mixed Case"', "INTEGER", "integer", ["0", "1"]),
}


@pytest.fixture(scope="module")
def engines(postgres_url: str) -> Iterator[dict[Backend, Database]]:
    """Both engines with a table of sample values for each column."""
    with scratch_database(L) as libsql, scratch_database(P, postgres_url) as postgres:
        postgres.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'meh')")
        for number, (name, libsql_type, postgres_type, values) in enumerate(SAMPLES.values()):
            for database, kind in ((libsql, libsql_type), (postgres, postgres_type)):
                rows = ", ".join(
                    f"({place}, {_literal(value, database.backend)})"
                    for place, value in enumerate(["NULL", *values])
                )
                database.execute(
                    f"CREATE TABLE sample_{number} (place_{number} int, {name} {kind})"
                )
                database.execute(f"INSERT INTO sample_{number} VALUES {rows}")
        columns = ", ".join(f"{name} {kind}" for name, _, kind, _ in SAMPLES.values())
        postgres.execute(f"CREATE TABLE things ({columns})")
        yield {L: libsql, P: postgres}


def _literal(value: str, backend: Backend) -> str:
    if backend is P and value.startswith("x'"):
        return f"'\\x{value[2:]}"
    return value


def outcomes(database: Database, rule: str, columns: frozenset[str]) -> list[bool]:
    """Whether each combination of sample values passes a CHECK."""
    numbers = [number for number, column in enumerate(SAMPLES) if column in columns] or [0]
    tables = ", ".join(f"sample_{number}" for number in numbers)
    order = ", ".join(f"place_{number}" for number in numbers)
    passes = f"CASE WHEN NOT ({rule}\n) THEN 0 ELSE 1 END"
    if "things." in rule:
        tables = f"(SELECT * FROM {tables}) AS things"
    rows = database.query(f"SELECT {passes} FROM {tables} ORDER BY {order}")
    return [bool(passed) for (passed,) in rows]


def as_catalogued(database: Database, rule: str) -> str:
    """A rule as PostgreSQL's catalog spells it once it is a CHECK."""
    database.execute(f"ALTER TABLE things ADD CONSTRAINT rule CHECK ({rule})")
    try:
        ((text,),) = database.query(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'rule'"
        )
    finally:
        database.execute("ALTER TABLE things DROP CONSTRAINT rule")
    return str(text)


@pytest.mark.parametrize(("libsql", "postgres"), SAME_CHECKS)
def test_the_engines_agree_that_the_spellings_mean_the_same(
    libsql: str, postgres: str, engines: dict[Backend, Database]
) -> None:
    columns = (columns_of(libsql, L) or frozenset()) | (columns_of(postgres, P) or frozenset())
    columns &= SAMPLES.keys()
    assert outcomes(engines[L], libsql, columns) == outcomes(engines[P], postgres, columns)


@pytest.mark.parametrize("postgres", dict.fromkeys(postgres for _, postgres in SAME_CHECKS))
def test_the_catalogs_spelling_of_a_rule_is_one_more(
    postgres: str, engines: dict[Backend, Database]
) -> None:
    catalogued = as_catalogued(engines[P], postgres)

    assert canonical_check(catalogued, P, columns=COLUMNS) == canonical_check(
        postgres, P, columns=COLUMNS
    )


# Rules made up at random, each written in two ways.

Rule = tuple[Any, ...]
Draw = Callable[[st.SearchStrategy[Any]], Any]
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}

operators = st.sampled_from(sorted(_MIRRORED))
integers = st.integers(-1, 3)
numbers = st.sampled_from(["a", "b"])
words = st.sampled_from(["a", "b", "x", "it's", ""])
atoms = st.one_of(
    st.tuples(st.just("compare"), numbers, operators, integers),
    st.tuples(st.just("columns"), operators),
    st.tuples(st.just("between"), numbers, integers, integers),
    st.tuples(st.just("in"), numbers, st.lists(integers, min_size=1, max_size=3)),
    st.tuples(st.just("words"), st.lists(words, min_size=1, max_size=3)),
    st.tuples(st.just("null"), st.sampled_from(["a", "b", "status", "flag"])),
    st.tuples(st.just("flag"), st.sampled_from(["flag", "other"])),
    st.tuples(st.just("length"), operators, st.integers(0, 2)),
    st.tuples(st.just("trimmed")),
    st.tuples(st.just("like"), st.sampled_from(["%_@_%", "1%", "%-%", "_"])),
    st.tuples(st.just("otherwise"), numbers, integers, operators, integers),
)
rules = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=5,
)


def spelled(rule: Rule, backend: Backend, draw: Draw) -> str:
    """A rule in one of the ways to write it."""
    text = draw(st.sampled_from(_spellings(rule, backend, draw)))
    return f"({text})"


def _spellings(rule: Rule, backend: Backend, draw: Draw) -> list[str]:
    match rule:
        case ("compare", column, operator, value):
            number = draw(st.sampled_from([f"{value}", f"({value})", f"CAST({value} AS bigint)"]))
            return [
                f"{column} {operator} {number}",
                f"{number} {_MIRRORED[operator]} {column}",
                f"NOT {column} {_INVERSE[operator]} {number}",
                f'NOT NOT ("{column}" {operator} {number})',
            ]
        case ("columns", operator):
            return [f"a {operator} b", f"(b) {_MIRRORED[operator]} a"]
        case ("between", column, low, high):
            return [
                f"{column} BETWEEN {low} AND {high}",
                f"{column} >= {low} AND {high} >= {column}",
                f"NOT ({column} NOT BETWEEN {low} AND {high})",
                f"NOT ({column} < {low} OR {column} > {high})",
            ]
        case ("in", column, members):
            return _memberships(column, [str(member) for member in members], backend, draw)
        case ("words", members):
            texts = ["'" + member.replace("'", "''") + "'" for member in members]
            return _memberships("status", texts, backend, draw)
        case ("null", column):
            return [f"{column} IS NULL", f"NOT {column} IS NOT NULL", f"NOT ({column} NOTNULL)"]
        case ("flag", column):
            spellings = [column, f"{column} = TRUE", f"{column} <> FALSE", f"NOT NOT {column}"]
            return [*spellings, f"{column} = 1"] if backend is L else spellings
        case ("length", operator, value):
            names = ["length", "char_length"] if backend is P else ["length"]
            return [f"{name}(status) {operator} {value}" for name in names]
        case ("trimmed",):
            native = "btrim(status)" if backend is P else "trim(status, ' ')"
            return ["TRIM(status) <> ''", f"{native} <> ''", "length(trim(status)) > 0"]
        case ("like", pattern):
            return [f"email LIKE '{pattern}'", f"NOT (email NOT LIKE '{pattern}')"]
        case ("otherwise", column, value, operator, bound):
            name = draw(st.sampled_from(["coalesce", "ifnull"])) if backend is L else "COALESCE"
            return [f"{name}({column}, {value}) {operator} {bound}"]
        case ("not", inner):
            return [f"NOT {spelled(inner, backend, draw)}"]
    connective, parts = rule
    ordered = draw(st.permutations(parts))
    texts = [spelled(part, backend, draw) for part in ordered]
    other = "OR" if connective == "and" else "AND"
    return [
        f" {connective} ".join(texts),
        "NOT (" + f" {other} ".join(f"NOT {t}" for t in texts) + ")",
    ]


def _memberships(column: str, members: list[str], backend: Backend, draw: Draw) -> list[str]:
    ordered = draw(st.permutations(members))
    listed = ", ".join(ordered)
    spellings = [
        f"{column} IN ({listed})",
        f"NOT ({column} NOT IN ({listed}))",
        " OR ".join(f"{column} = {member}" for member in ordered),
    ]
    if backend is P:
        spellings += [
            f"{column} = ANY (ARRAY[{listed}])",
            f"NOT ({column} <> ALL (ARRAY[{listed}]))",
        ]
    return spellings


def changed(rule: Rule, draw: Draw) -> Rule:
    """A rule with one thing in it changed."""
    match rule:
        case ("not", inner):
            return draw(st.sampled_from([inner, ("not", changed(inner, draw))]))  # type: ignore[no-any-return]
        case ("and" | "or" as connective, parts):
            place = draw(st.integers(0, len(parts) - 1))
            others = [*parts[:place], changed(parts[place], draw), *parts[place + 1 :]]
            swapped = ("or" if connective == "and" else "and", parts)
            fewer = ("and", [*parts[:place], *parts[place + 1 :], ("null", "status")])
            return draw(st.sampled_from([(connective, others), swapped, fewer]))  # type: ignore[no-any-return]
    return draw(atoms)  # type: ignore[no-any-return]


@settings(max_examples=100)
@given(rules, st.data())
def test_random_spellings_of_a_rule_have_one_text(
    engines: dict[Backend, Database], rule: Rule, data: st.DataObject
) -> None:
    libsql, postgres = spelled(rule, L, data.draw), spelled(rule, P, data.draw)
    catalogued = as_catalogued(engines[P], postgres)

    for form in (canonical, canonical_check):
        text = form(libsql, L, columns=COLUMNS)
        assert text is not None
        assert text == form(postgres, P, columns=COLUMNS)
        assert text == form(catalogued, P, columns=COLUMNS)


@settings(max_examples=100)
@given(rules, st.data())
def test_a_changed_rule_has_the_same_text_only_where_it_behaves_alike(
    engines: dict[Backend, Database], rule: Rule, data: st.DataObject
) -> None:
    libsql = spelled(rule, L, data.draw)
    postgres = spelled(changed(rule, data.draw), P, data.draw)
    columns = (columns_of(libsql, L) or frozenset()) | (columns_of(postgres, P) or frozenset())
    alike = outcomes(engines[L], libsql, columns) == outcomes(engines[P], postgres, columns)

    left = canonical_check(libsql, L, columns=COLUMNS)
    assert left is not None
    if left == canonical_check(postgres, P, columns=COLUMNS):
        assert alike
