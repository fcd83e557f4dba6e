"""Which values probes try, how each side writes them, and when two of them are one."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import LogicalType
from mig_assist.verify.parity.probes.texts import is_volatile, literals, mentioned, samples
from mig_assist.verify.parity.probes.values import alike, canonical, edges, literal

NOON = datetime(2024, 5, 6, 12, tzinfo=timezone.utc)  # noqa: UP017


@pytest.mark.parametrize(
    ("rule", "kind", "wanted"),
    [
        ("n > 7", LogicalType.INTEGER, {6, 7, 8}),
        ("n BETWEEN -3 AND 9", LogicalType.INTEGER, {-4, -3, -2, 8, 9, 10}),
        ("w <= 1.5", LogicalType.REAL, {1.0, 1.5, 2.0}),
        ("length(s) <= 3", LogicalType.TEXT, {"aa", "aaa", "aaaa"}),
        ("s IN ('x', 'y')", LogicalType.TEXT, {"x", "y", "disallowed", ""}),
        ("s LIKE 'ab%'", LogicalType.TEXT, {"ab", "AB"}),
        ("trim(s) <> ''", LogicalType.TEXT, {"", " ", "\t", "\n", " a "}),
        ("s ~ '^[a-z]{3}-[0-9]+$'", LogicalType.TEXT, {"aaa-0"}),
        ("json_valid(s)", LogicalType.TEXT, {"{}", "{", "[1,]"}),
        ("b", LogicalType.BOOLEAN, {True, False}),
    ],
)
def test_values_lie_at_the_edges_of_rules(
    rule: str, kind: LogicalType, wanted: set[object]
) -> None:
    assert wanted <= set(edges(kind, [rule]))


def test_values_stay_within_the_type() -> None:
    assert max(edges(LogicalType.INTEGER, ["n < 32767"], limit=32767)) == 32767  # type: ignore[type-var]
    assert set(edges(LogicalType.ENUM, ["m <> 'c'"], labels=("a", "b"))) == {"a", "b"}
    assert edges(LogicalType.TEXT, ["s <> 'x'"]) == edges(LogicalType.TEXT, ["s <> 'x'"])


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        ("^[a-f]{4}$", "aaaa"),
        ("^(GET|POST) /", "GET /"),
        (r"^\d+\.\d+$", "1.1"),
        ("%_@_%", "a@a"),
        ("[0-9]*", "0"),
        ("^[^a]b?$", "1"),
        ("^[[:digit:]]+x$", "1x"),
    ],
)
def test_samples_match_their_pattern(pattern: str, sample: str) -> None:
    assert sample in samples(pattern)


def test_unreadable_patterns_have_no_sample_and_raise_nothing() -> None:
    for pattern in ("(((", ")", "[", "*", "{3}", "\\", "(?:", "[]", "^"):
        samples(pattern)


def test_words_and_literals_of_any_dialect_are_found() -> None:
    text = """NEW."Mixed ""Case" = 'it''s' -- n > 99
              AND [old] <> -5 /* 'no' */ AND `tick` LIKE E'a%' AND price::numeric > 1.5"""
    assert {'mixed "case', "old", "tick", "price"} <= mentioned(text)
    assert literals(text) == ("it's", 5, -5, "a%", 1.5)


@pytest.mark.parametrize(
    "text", ["now()", "CURRENT_TIMESTAMP", "hex(randomblob(8))", "nextval('s')"]
)
def test_clocks_and_generators_are_known(text: str) -> None:
    assert is_volatile(text)
    assert not is_volatile("'known'::text")


@pytest.mark.parametrize(
    ("value", "kind", "libsql", "postgres"),
    [
        (True, LogicalType.BOOLEAN, ("INTEGER", "1"), ("boolean", "true")),
        (True, LogicalType.BOOLEAN, ("INTEGER", "1"), ("bigint", "1")),
        ("it's", LogicalType.TEXT, ("TEXT", "'it''s'"), ("text", "'it''s'")),
        (b"\x01", LogicalType.BYTES, ("BLOB", "X'01'"), ("bytea", "'\\x01'")),
        (NOON, LogicalType.TIMESTAMP, ("INTEGER", "1714996800"),
         ("timestamp with time zone", "'2024-05-06 12:00:00+00'")),
        (NOON, LogicalType.TIMESTAMP, ("TEXT", "'2024-05-06 12:00:00'"),
         ("timestamp without time zone", "'2024-05-06 12:00:00'")),
        (5, LogicalType.INTEGER, ("INTEGER", "5"), ("text", "'5'")),
        (None, LogicalType.JSON, ("TEXT", "NULL"), ("jsonb", "NULL")),
    ],
)  # fmt: skip
def test_each_side_gets_its_own_literal(
    value: bool | int | str | bytes | datetime | None,
    kind: LogicalType,
    libsql: tuple[str, str],
    postgres: tuple[str, str],
) -> None:
    for backend, (type_, text) in ((Backend.LIBSQL, libsql), (Backend.POSTGRES, postgres)):
        assert literal(value, kind, backend, type_) == text


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (LogicalType.BOOLEAN, 1, True),
        (LogicalType.BOOLEAN, 0, "f"),
        (LogicalType.INTEGER, 3, Decimal(3)),
        (LogicalType.REAL, 0.1, Decimal("0.1")),
        (LogicalType.DECIMAL, 2.5, Decimal("2.50")),
        (LogicalType.JSON, '{"a": 1, "b": [2]}', '{"b":[2],"a":1}'),
        (LogicalType.TIMESTAMP, 1714996800, "2024-05-06T12:00:00+00:00"),
        (LogicalType.TIMESTAMP, "2024-05-06 12:00:00", "2024-05-06T14:00:00+02:00"),
        (LogicalType.UUID, bytes(15) + b"\x07", "00000000-0000-0000-0000-000000000007"),
        (LogicalType.BYTES, b"\xff", "\\xff"),
    ],
)
def test_equal_values_are_one_value(kind: LogicalType, one: object, other: object) -> None:
    assert canonical(one, kind) == canonical(other, kind)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (LogicalType.TEXT, "1", "01"),
        (LogicalType.TEXT, "a", "A"),
        (LogicalType.TEXT, "", None),
        (LogicalType.JSON, "[1, 2]", "[2, 1]"),
        (LogicalType.INTEGER, 1, 2),
        (LogicalType.TIMESTAMP, 1714996800, "2024-05-06T12:00:01+00:00"),
    ],
)
def test_unequal_values_stay_unequal(kind: LogicalType, one: object, other: object) -> None:
    assert canonical(one, kind) != canonical(other, kind)


def test_values_of_clocks_and_generators_are_alike_by_their_kind() -> None:
    assert alike(1714996800.0, 1714996803.5)
    assert alike("2024-05-06 12:00:00", "2024-05-06T12:00:02+00:00")
    one, other = "00000000-0000-4000-8000-00000000000a", "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    assert alike(one, other, chance=True)
    assert not alike(one, other)
    assert alike("12:00:00", "12:00:01.25")
    assert alike(1714996800123, 1714996803000)
    assert not alike(1714996800, 1714996800000)
    assert not alike(1714996800.0, 1714996800.0 + 2 * 3600)
    assert not alike(1, 2)
    assert alike(1, 2000, any_numbers=True)
    assert not alike(None, 1714996800.0)
    assert not alike("queued", "running")
    assert not alike(1714996800.0, 1614996800.0)
