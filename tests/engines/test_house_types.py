"""What types mean, and which pairs of them break a house's habit."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.house_types import HouseTypes, Standing
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column

Pair = tuple[Column, Column]
ZONED = "timestamp with time zone"


def pair(name: str, libsql: str, postgres: str) -> Pair:
    return Column(name, libsql), Column(name, postgres)


def pairs(count: int, libsql: str, postgres: str, name: str = "n{}ame") -> list[Pair]:
    """Some columns of one pair of types, with names that have nothing in common."""
    return [pair(name.format(number), libsql, postgres) for number in range(count)]


def standing(columns: Iterable[Pair], judged: Pair) -> Standing:
    house = HouseTypes.learn([*columns, judged])
    return house.judge(*judged).standing


@pytest.mark.parametrize(
    ("declared", "meant"),
    [
        ("INTEGER", LogicalType.INTEGER),
        ("INT", LogicalType.INTEGER),
        ("bigint", LogicalType.INTEGER),
        ("UNSIGNED BIG INT", LogicalType.INTEGER),
        ("TINYINT(1)", LogicalType.INTEGER),
        ("TEXT", LogicalType.TEXT),
        ("VARCHAR(40)", LogicalType.TEXT),
        ("NATIVE CHARACTER (70)", LogicalType.TEXT),
        ("CLOB", LogicalType.TEXT),
        ("BLOB", LogicalType.BYTES),
        ("REAL", LogicalType.REAL),
        ("DOUBLE PRECISION", LogicalType.REAL),
        ("FLOAT", LogicalType.REAL),
        ("NUMERIC", LogicalType.DECIMAL),
        ("DECIMAL(10, 2)", LogicalType.DECIMAL),
        ("boolean", LogicalType.BOOLEAN),
        ("DATETIME", LogicalType.TIMESTAMP),
        ("TIMESTAMP", LogicalType.TIMESTAMP),
        ("DATE", LogicalType.DATE),
        ("UUID", LogicalType.UUID),
        ("JSON", LogicalType.JSON),
        ("", LogicalType.ANY),
        ("SOMETHING", LogicalType.ANY),
    ],
)
def test_a_libsql_type_means_its_affinity_or_what_its_name_says(
    declared: str, meant: LogicalType
) -> None:
    assert logical_type(declared, Backend.LIBSQL) is meant


@pytest.mark.parametrize(
    ("declared", "meant"),
    [
        ("bigint", LogicalType.INTEGER),
        ("int4", LogicalType.INTEGER),
        ("SMALLINT", LogicalType.INTEGER),
        ("bigserial", LogicalType.INTEGER),
        ("double precision", LogicalType.REAL),
        ("numeric(10,2)", LogicalType.DECIMAL),
        ("text", LogicalType.TEXT),
        ("character varying(40)", LogicalType.TEXT),
        ("varchar", LogicalType.TEXT),
        ("character(3)", LogicalType.TEXT),
        ("public.citext", LogicalType.TEXT),
        ("boolean", LogicalType.BOOLEAN),
        ("jsonb", LogicalType.JSON),
        (ZONED, LogicalType.TIMESTAMP),
        ("timestamp(3) without time zone", LogicalType.TIMESTAMP),
        ("timestamptz", LogicalType.TIMESTAMP),
        ("date", LogicalType.DATE),
        ("time without time zone", LogicalType.TIME),
        ("interval", LogicalType.INTERVAL),
        ("uuid", LogicalType.UUID),
        ("bytea", LogicalType.BYTES),
        ("text[]", LogicalType.ARRAY),
        ("mood", LogicalType.ENUM),
        ('public."Mood"', LogicalType.ENUM),
        ("positive", LogicalType.INTEGER),
        ("tsvector", LogicalType.ANY),
    ],
)
def test_a_postgres_type_means_what_its_documentation_says(
    declared: str, meant: LogicalType
) -> None:
    found = logical_type(
        declared, Backend.POSTGRES, enums=("mood", "Mood"), domains={"positive": "integer"}
    )

    assert found is meant


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("INTEGER", "bigint"),
        ("INTEGER", "integer"),
        ("INTEGER", "smallint"),
        ("TEXT", "text"),
        ("TEXT", "uuid"),
        ("TEXT", ZONED),
        ("TEXT", "jsonb"),
        ("TEXT", "character varying"),
        ("INTEGER", "numeric(20,0)"),
        ("VARCHAR(40)", "character varying(40)"),
        ("DECIMAL(10,2)", "numeric(10,2)"),
        ("DECIMAL(10)", "numeric(10,0)"),
        ("TIMESTAMP", ZONED),
        ("DATETIME", ZONED),
        ("BOOLEAN", "boolean"),
        ("INTEGER", "boolean"),
        ("BLOB", "bytea"),
        ("BLOB", "uuid"),
        ("REAL", "double precision"),
        ("REAL", "numeric"),
        ("", "text"),
        ("UUID", "text"),
        ("TEXT", "mood"),
    ],
)
def test_a_single_column_that_can_hold_the_same_is_left_alone(libsql: str, postgres: str) -> None:
    assert standing([], pair("thing", libsql, postgres)) is Standing.AGREES


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("TEXT", "bigint"),
        ("TEXT", "bytea"),
        ("TEXT", "boolean"),
        ("BLOB", "text"),
        ("INTEGER", "text"),
        ("INTEGER", "uuid"),
        ("BOOLEAN", "text"),
        ("INTEGER", ZONED),
    ],
)
def test_types_that_cannot_hold_the_same_are_found_in_any_house(libsql: str, postgres: str) -> None:
    columns = [*pairs(10, "TEXT", "text"), *pairs(3, "BLOB", "bytea")]

    assert standing([], pair("thing", libsql, postgres)) is Standing.INCOMPATIBLE
    assert standing(columns, pair("thing", libsql, postgres)) is not Standing.AGREES


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [("VARCHAR(40)", "character varying(50)"), ("DECIMAL(10,2)", "numeric(12,2)")],
)
def test_lengths_that_both_sides_state_are_the_same(libsql: str, postgres: str) -> None:
    assert standing([], pair("thing", libsql, postgres)) is Standing.LENGTHS_DIFFER


LIMITED = [
    ("TEXT", "character varying(3)", "text"),
    ("REAL", "numeric(4,1)", "numeric"),
    ("NUMERIC", "numeric(4,1)", "numeric"),
    ("INTEGER", "numeric(4,0)", "bigint"),
]


@pytest.mark.parametrize(("libsql", "limited", "plain"), LIMITED)
def test_a_limit_that_only_postgres_states_is_told_unless_it_is_the_custom(
    libsql: str, limited: str, plain: str
) -> None:
    judged = pair("thing", libsql, limited)
    free, bound = pairs(1, libsql, plain), pairs(2, libsql, limited, "b{}")

    assert standing([], judged) is Standing.LIMITED
    assert standing(free, judged) is Standing.LIMITED
    assert standing([*free, *free, *bound, judged], judged) is Standing.AGREES
    assert standing([*bound[:1], judged], judged) is Standing.AGREES
    assert standing([*pairs(12, libsql, plain), judged], judged) in (
        Standing.BREAKS_HABIT,
        Standing.LIMITED,
    )


def test_a_pair_of_types_is_customary_where_others_have_it() -> None:
    judged = pair("thing", "TEXT", "uuid")
    others = pairs(2, "TEXT", "text")

    assert not HouseTypes.learn([*others, judged]).judge(*judged).customary
    assert (
        HouseTypes.learn([*others, *pairs(2, "TEXT", "uuid", "c{}"), judged])
        .judge(*judged)
        .customary
    )
    assert HouseTypes.learn([], {"TEXT": ["uuid"]}).judge(*judged).customary


@pytest.mark.parametrize("postgres", ["bigint", "bytea"])
def test_one_column_that_differs_from_all_others_breaks_the_habit(postgres: str) -> None:
    judged = pair("thing", "TEXT", postgres)
    house = HouseTypes.learn([*pairs(12, "TEXT", "text"), judged])

    verdict = house.judge(*judged)

    assert verdict.standing is Standing.BREAKS_HABIT
    assert str(verdict.habit) == "TEXT with text"
    assert verdict.kept_by == 12


def test_the_width_of_an_integer_is_a_habit_too() -> None:
    judged = pair("size", "INTEGER", "integer")

    assert standing(pairs(20, "INTEGER", "bigint"), judged) is Standing.BREAKS_HABIT
    assert standing(pairs(20, "INTEGER", "integer"), judged) is Standing.AGREES


def test_the_column_need_not_be_among_those_learned_from() -> None:
    house = HouseTypes.learn(pairs(20, "INTEGER", "bigint"))

    assert house.judge(*pair("size", "INTEGER", "bigint")).agrees
    assert not house.judge(*pair("size", "INTEGER", "integer")).agrees


def test_a_habit_of_unusual_types_is_a_habit() -> None:
    columns = pairs(26, "INTEGER", ZONED)

    assert standing(columns, pair("seen", "INTEGER", ZONED)) is Standing.AGREES


@pytest.mark.parametrize("share", [0.6, 0.75, 0.85])
def test_two_ways_in_one_house_are_both_left_alone(share: float) -> None:
    many = round(40 * share)
    columns = [*pairs(many, "TEXT", "text", "a{}b"), *pairs(40 - many, "TEXT", "uuid", "c{}d")]
    house = HouseTypes.learn(columns)

    assert all(house.judge(*column).agrees for column in columns)


def test_few_columns_make_no_habit() -> None:
    columns = pairs(3, "TEXT", "text")

    assert standing(columns, pair("thing", "TEXT", "uuid")) is Standing.AGREES


@pytest.mark.parametrize(
    ("name", "libsql", "postgres"),
    [
        ("x{}_at", "TEXT", ZONED),
        ("x{}_id", "TEXT", "uuid"),
        ("xId", "TEXT", "uuid"),
        ("x{}_seen", "INTEGER", "boolean"),
        ("seen", "INTEGER", "boolean"),
        ("created", "TEXT", ZONED),
    ],
)
def test_what_is_plainly_right_breaks_at_most_the_habit_of_its_namesakes(
    name: str, libsql: str, postgres: str
) -> None:
    usual = "text" if libsql == "TEXT" else "bigint"
    columns = [*pairs(60, libsql, usual, "{}name"), *pairs(8, libsql, postgres, name)]
    house = HouseTypes.learn(columns)

    assert all(house.judge(*column).agrees for column in columns)
    judged = pair(name.format("y"), libsql, usual)
    if postgres == "boolean" or "{" in name:  # a number may be called like a flag
        assert standing(columns, judged) is Standing.AGREES
    else:
        verdict = HouseTypes.learn([*columns, judged]).judge(*judged)
        assert (verdict.standing, verdict.wider) == (Standing.BREAKS_HABIT, True)


def test_columns_that_begin_alike_have_nothing_in_common() -> None:
    columns = [*pairs(60, "INTEGER", "bigint"), *pairs(8, "INTEGER", "boolean", "login_{}x")]

    assert standing(columns, pair("login_remember_for", "INTEGER", "bigint")) is Standing.AGREES


@pytest.mark.parametrize(
    ("libsql", "usual", "wider"),
    [
        ("INTEGER", "integer", "bigint"),
        ("INTEGER", "smallint", "integer"),
        ("TEXT", "character varying", "text"),
        ("TIMESTAMP", "date", ZONED),
        ("TIMESTAMP", "timestamp without time zone", ZONED),
    ],
)
def test_the_wider_type_breaks_no_habit_and_the_narrower_one_does(
    libsql: str, usual: str, wider: str
) -> None:
    for name in ("{}x_amount", "n{}ame"):
        columns = pairs(12, libsql, usual, name)
        assert standing(columns, pair(name.format("y"), libsql, wider)) is Standing.AGREES
        columns = pairs(12, libsql, wider, name)
        narrow = pair(name.format("y"), libsql, usual)
        assert standing(columns, narrow) is Standing.BREAKS_HABIT


@pytest.mark.parametrize("postgres", ["jsonb", "json", "uuid", "inet", "text[]", "interval", ZONED])
def test_what_libsql_can_only_hold_as_a_text_breaks_no_habit_of_texts(postgres: str) -> None:
    usual = pairs(30, "TEXT", "text", "x{}_data")
    judged = pair("own_data", "TEXT", postgres)
    house = HouseTypes.learn([*usual, judged])

    assert house.judge(*judged).agrees
    assert not house.judge(*judged).customary
    twice = HouseTypes.learn([*usual, judged, pair("other", "TEXT", postgres)])
    assert twice.judge(*judged).customary, "all there are of it are texts"
    namesakes = [*usual, *pairs(6, "TEXT", "text", "own_data")]
    assert standing(namesakes, judged) is Standing.BREAKS_HABIT


def test_no_habit_is_held_against_a_type_that_has_its_own_reason() -> None:
    judged = pair("client_id", "TEXT", "uuid")
    house = HouseTypes.learn([*pairs(9, "TEXT", "text", "client_id"), judged])

    assert house.judge(*judged).standing is Standing.BREAKS_HABIT
    assert house.judge(*judged, chosen=True).agrees


def test_an_id_belongs_with_those_that_refer_to_it() -> None:
    columns = pairs(8, "INTEGER", "bigint", "x{}_id")

    verdict = HouseTypes.learn(columns).judge(*pair("id", "INTEGER", "integer"))
    assert verdict.among == "columns named …_id"


def test_what_is_stated_counts_more_than_any_habit() -> None:
    columns = pairs(20, "TEXT", "text")
    stated = {"TEXT": ["TEXT", "UUID"], "*_json": ["jsonb"]}
    house = HouseTypes.learn(columns, stated)

    assert house.judge(*pair("thing", "TEXT", "uuid")).agrees
    assert house.judge(*pair("a_json", "TEXT", "jsonb")).agrees
    assert house.judge(*pair("a_json", "TEXT", "text")).standing is Standing.BREAKS_HABIT
    assert house.judge(*pair("thing", "TEXT", "jsonb")).standing is Standing.BREAKS_HABIT
    assert house.judge(*pair("thing", "INTEGER", "bigint")).agrees


def test_two_ways_among_columns_of_one_kind_of_name_are_both_left_alone() -> None:
    columns = [
        *pairs(400, "TEXT", "text"),
        *pairs(40, "TEXT", "text", "a{}b_json"),
        *pairs(10, "TEXT", "jsonb", "c{}d_json"),
    ]
    house = HouseTypes.learn(columns)

    assert all(house.judge(*column).agrees for column in columns)


def test_a_habit_broken_several_times_says_so() -> None:
    judged = pairs(5, "INTEGER", "integer", "a{}b")
    house = HouseTypes.learn([*pairs(250, "INTEGER", "bigint"), *judged])

    verdict = house.judge(*judged[0])

    assert (verdict.standing, verdict.broken_by) == (Standing.BREAKS_HABIT, 4)


def test_what_is_plainly_right_does_not_break_a_habit_of_special_columns() -> None:
    columns = pairs(5, "INTEGER", "boolean")
    assert standing(columns, pair("size", "INTEGER", "bigint")) is Standing.AGREES
