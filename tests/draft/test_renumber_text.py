"""Which mentions of a version mean ours: V18 ``route_tags`` becomes V19."""

from __future__ import annotations

import pytest

from mig_assist.draft.renumber_text import Kind, Rules, renamed, renumbered

RULES = Rules(
    numbers={18: 19},
    names={18: "route_tags"},
    others={18: frozenset({"user_labels"})},
    texts={"V18__route_tags": "V19__route_tags"},
    foreign=frozenset({"audit_v18"}),
)
STACK = Rules(
    numbers={18: 19, 19: 20},
    names={18: "route_tags", 19: "route_notes"},
    others={18: frozenset({"user_labels"}), 19: frozenset()},
    texts={"0018_route_tags": "0019_route_tags", "0019_route_notes": "0020_route_notes"},
)


def under(line: str, kind: Kind, rules: Rules = RULES) -> str:
    return renumbered("migrations/file", line, rules, kind, lambda _line: True)[0]


def doubts(line: str, kind: Kind, rules: Rules = RULES) -> list[str]:
    text, left = renumbered("migrations/file", line, rules, kind, lambda _line: True)
    assert text == line
    return [mention.reason for mention in left]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("CREATE TABLE orders_v18_new (id TEXT);", "CREATE TABLE orders_v19_new (id TEXT);"),
        ("DROP TABLE v18_keep;", "DROP TABLE v19_keep;"),
        ('ALTER TABLE "V18 keep" RENAME TO x;', 'ALTER TABLE "V19 keep" RENAME TO x;'),
        ("-- V18: tags", "-- V19: tags"),
        ("-- migration 18 keeps the rows", "-- migration 19 keeps the rows"),
        ("-- see V18__route_tags.sql", "-- see V19__route_tags.sql"),
    ],
)
def test_names_in_sql_move(line: str, expected: str) -> None:
    assert under(line, Kind.SQL) == expected


@pytest.mark.parametrize(
    "line",
    [
        "CHECK (age >= 18)",
        "UPDATE documents SET version = 18;",
        "CREATE TABLE orders_v180 (id TEXT);",
        "CREATE TABLE rev18 (id TEXT);",
        "-- needs PostgreSQL 18.4",
        "-- V17 and V181",
        "-- after V18__user_labels",
        "SELECT 'abcv18'",
    ],
)
def test_other_numbers_in_sql_stay(line: str) -> None:
    assert doubts(line, Kind.SQL) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("INSERT INTO audit_v18 VALUES (1);", "another V18 has 'audit_v18' too"),
        ("-- V18__something_else", "V18 has another name here"),
        ("-- v18 of user_labels comes first", "the line speaks of another V18"),
        ("-- PostgreSQL v18 locks less", "it may be another thing's version"),
    ],
)
def test_what_may_be_anothers_is_told(line: str, reason: str) -> None:
    assert doubts(line, Kind.SQL) == [reason]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("with store_before(18) as store:", "with store_before(19) as store:"),
        ("assert row.version == 18", "assert row.version == 19"),
        ("assert 18 == row.version", "assert 19 == row.version"),
        ("    version: 18,", "    version: 19,"),
        ('"version": 18,', '"version": 19,'),
        ("migrated_to(18)", "migrated_to(19)"),
        ("Migration::new(version(18))", "Migration::new(version(19))"),
        ('(18, "route_tags"),', '(19, "route_tags"),'),
        ('18 => "route_tags",', '19 => "route_tags",'),
        ("def test_v18_keeps_rows():", "def test_v19_keeps_rows():"),
        ('"V18__route_tags.sql"', '"V19__route_tags.sql"'),
        ("assert latest_version == 18", "assert latest_version == 19"),
    ],
)
def test_number_literals_in_tests_move(line: str, expected: str) -> None:
    assert under(line, Kind.TESTS) == expected


@pytest.mark.parametrize("line", ["for row in range(18):", "assert age == 18", "x = [18]"])
def test_a_number_in_tests_that_may_mean_anything_is_told(line: str) -> None:
    assert doubts(line, Kind.TESTS) == ["whether 18 is a version is not certain"]


def test_a_line_about_another_v18_is_told() -> None:
    assert doubts('(18, "user_labels"),', Kind.TESTS) == ["whether 18 is a version is not certain"]
    assert doubts('version = 18  # "user_labels"', Kind.TESTS) == ["the line speaks of another V18"]


def test_documents_move_where_they_say_version() -> None:
    assert under("Since V18, and before version 18.", Kind.DOCS) == (
        "Since V19, and before version 19."
    )
    assert doubts("There are 18 tables on Python 3.18.", Kind.DOCS) == []
    assert doubts("Needs PostgreSQL version 18.", Kind.DOCS) == [
        "it may be another thing's version"
    ]


def test_other_files_are_told_and_never_changed() -> None:
    assert doubts('const T: &str = "orders_v18_new";', Kind.OTHER) == [
        "neither a migration, a test nor a document"
    ]


def test_a_stack_moves_in_one_step() -> None:
    assert under("-- V18, then V19", Kind.SQL, STACK) == "-- V19, then V20"
    assert under("[0018_route_tags](0019_route_notes)", Kind.DOCS, STACK) == (
        "[0019_route_tags](0020_route_notes)"
    )


def test_padding_is_kept() -> None:
    assert under("-- V0018", Kind.SQL) == "-- V0019"


def test_only_our_lines_change() -> None:
    text, left = renumbered("file", "-- V18\n-- V18", RULES, Kind.SQL, lambda line: line == 2)
    assert (text, left) == ("-- V18\n-- V19", ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_v18_route_tags.py", "test_v19_route_tags.py"),
        ("0007-why-v18-has-tags.md", "0007-why-v19-has-tags.md"),
        ("test_v17_before_v180.py", "test_v17_before_v180.py"),
        ("test_18.py", "test_18.py"),
    ],
)
def test_file_names_move(name: str, expected: str) -> None:
    assert renamed(name, RULES) == expected


STAMPS = Rules(
    numbers={20261120000000: 20261122220901},
    names={20261120000000: "labels"},
    others={20261120000000: frozenset()},
    texts={"20261120000000_labels": "20261122220901_labels"},
)


@pytest.mark.parametrize(
    ("line", "others", "moves"),
    [
        ("fn labels_20261120000000() {", "theirs", True),
        ("fn keeps_rows_20261120000000() {", "", True),
        ("-- 20261120000000 adds labels", "theirs", True),
        ("fn v20261120000000_keeps_rows() {", "", True),
        ("-- after 20261120000000", "", True),
        ("-- after 20261120000000", "theirs", None),
        ("-- 20261120000000 theirs", "theirs", False),
        ("-- labels, then 20261120000000_theirs", "theirs", None),
        ("let id = 120261120000000;", "", False),
    ],
)
def test_a_time_is_the_version_wherever_it_stands(
    line: str, others: str, moves: bool | None
) -> None:
    rules = STAMPS._replace(others={20261120000000: frozenset(filter(None, [others]))})
    text, left = renumbered("t.rs", line, rules, Kind.TESTS, lambda _line: True)
    assert text == (line.replace("20261120000000", "20261122220901") if moves else line)
    assert bool(left) == (moves is None)
