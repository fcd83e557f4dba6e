"""Hand-kept lists of tables against what a pair creates and drops."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.checklist.inputs import InputReader
from mig_assist.engines.kept import Shelf
from mig_assist.file_changes import write_all
from mig_assist.verify.report import Subject
from mig_assist.verify.suite import all_pairs, check_pairs
from mig_assist.verify.table_lists import (
    TableChanges,
    check_table_lists,
    list_edits,
    table_changes,
)
from mig_assist.workspace import open_workspace
from tests.workspace.rust_sources import CONFIGURATION, LAYOUT, rustfmt, write, write_pair

RUST = rustfmt('pub const RESET: &[&str] = &["budgets", "teams", "users"];\n')
TEXT = "# Exported nightly.\nusers\nteams\nbudgets\n"
NAME = "rate_limits"


def subject_with(root: Path, libsql: str, postgres: str | None = None) -> Subject:
    """V18 with two lists beside it."""
    lists = '\n[lists]\ntables = ["src/reset.rs:RESET", "export.txt"]\n'
    write(root, "mig-assist.toml", CONFIGURATION + lists)
    write(root, "src/reset.rs", RUST)
    write(root, "export.txt", TEXT)
    write_pair(root, 17, "baseline")
    write(root, LAYOUT.libsql.path(18, NAME), libsql)
    write(root, LAYOUT.postgres.path(18, NAME), libsql if postgres is None else postgres)
    return Subject(open_workspace(root), 18, NAME)


@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize(
    ("sql", "created", "dropped"),
    [
        ("CREATE TABLE teams (id TEXT);", ["teams"], []),
        ("create /* a */ table -- b\n if not exists Teams(id TEXT);", ["teams"], []),
        ('CREATE TABLE "Odd ""name" (id TEXT);', ['Odd "name'], []),
        ("CREATE TABLE a (id TEXT); CREATE TABLE b (id TEXT);", ["a", "b"], []),
        ("CREATE TABLE a AS SELECT 1;", ["a"], []),
        ("CREATE TEMP TABLE a (id TEXT); CREATE TEMPORARY TABLE b (id TEXT);", [], []),
        ("DROP TABLE teams;", [], ["teams"]),
        ("DROP TABLE IF EXISTS teams;", [], ["teams"]),
        ("ALTER TABLE a RENAME TO b;", ["b"], ["a"]),
        ("ALTER TABLE a RENAME COLUMN b TO c;", [], []),
        ("ALTER TABLE a ADD COLUMN b TEXT; CREATE INDEX i ON a (b);", [], []),
        ("CREATE VIEW v AS SELECT 1; SELECT 'CREATE TABLE x (id TEXT)';", [], []),
        ("CREATE TABLE a (id TEXT); DROP TABLE a;", [], []),
        ("DROP TABLE a; CREATE TABLE a (id TEXT);", [], []),
        (
            "CREATE TABLE a_new (id TEXT); INSERT INTO a_new SELECT id FROM a; DROP TABLE a;"
            " ALTER TABLE a_new RENAME TO a;",
            [],
            [],
        ),
        (
            "ALTER TABLE a RENAME TO a_old; CREATE TABLE a (id TEXT); DROP TABLE a_old;",
            [],
            [],
        ),
        ("SELECT 1;", [], []),
        ("", [], []),
    ],
)
def test_what_a_script_does_to_the_set_of_tables(
    backend: Backend, sql: str, created: list[str], dropped: list[str]
) -> None:
    assert table_changes(sql, backend) == TableChanges(tuple(created), tuple(dropped))


@pytest.mark.parametrize(
    ("backend", "sql", "created", "dropped"),
    [
        (Backend.LIBSQL, "CREATE VIRTUAL TABLE t USING fts5(a);", ["t"], []),
        (Backend.LIBSQL, "CREATE TABLE temp.a (id TEXT);", [], []),
        (Backend.LIBSQL, "CREATE TABLE main.b (id TEXT);", ["b"], []),
        (Backend.LIBSQL, "CREATE TABLE [a b] (id TEXT);", ["a b"], []),
        (Backend.LIBSQL, "CREATE TABLE `c` (id TEXT);", ["c"], []),
        (Backend.POSTGRES, "CREATE UNLOGGED TABLE public.a (id TEXT);", ["a"], []),
        (Backend.POSTGRES, "DROP TABLE a, public.b CASCADE;", [], ["a", "b"]),
        (Backend.POSTGRES, "ALTER TABLE IF EXISTS ONLY a RENAME TO b;", ["b"], ["a"]),
        (
            Backend.POSTGRES,
            "CREATE TABLE p (id TEXT) PARTITION BY HASH (id);"
            " CREATE TABLE p10 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);",
            ["p"],
            [],
        ),
    ],
)  # fmt: skip
def test_what_only_one_dialect_has(
    backend: Backend, sql: str, created: list[str], dropped: list[str]
) -> None:
    assert table_changes(sql, backend) == TableChanges(tuple(created), tuple(dropped))


def test_without_lists_there_is_nothing_to_say(tmp_path: Path) -> None:
    write(tmp_path, "mig-assist.toml", CONFIGURATION)
    write_pair(tmp_path, 18, NAME, "CREATE TABLE a (id TEXT);")
    report = check_table_lists(Subject(open_workspace(tmp_path), 18, NAME))
    assert (report.summary, report.findings) == ("no list of tables is kept by hand", ())


def test_new_tables_that_are_missing_are_found_in_each_list(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "CREATE TABLE rate_limits (id TEXT PRIMARY KEY);")
    found = check_table_lists(subject).findings
    assert [(f.code, f.object, f.path, f.line, f.version) for f in found] == [
        ("registry/table-list", "rate_limits", "src/reset.rs", 1, 18),
        ("registry/table-list", "rate_limits", "export.txt", 1, 18),
    ]
    assert all(f.blocks for f in found)


def test_a_table_of_one_side_counts_too(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "SELECT 1;", "CREATE TABLE partitions (id TEXT);")
    assert {f.object for f in check_table_lists(subject).findings} == {"partitions"}


def test_dropped_tables_that_are_still_listed_are_found(tmp_path: Path) -> None:
    found = check_table_lists(subject_with(tmp_path, "DROP TABLE budgets;")).findings
    assert [(f.object, f.path, f.line) for f in found] == [
        ("budgets", "src/reset.rs", 1),
        ("budgets", "export.txt", 4),
    ]


def test_they_are_mended_on_request(tmp_path: Path) -> None:
    sql = (
        "CREATE TABLE rate_limits (id TEXT); CREATE TABLE api_keys (id TEXT);"
        " ALTER TABLE teams RENAME TO groups; DROP TABLE budgets;"
    )
    subject = subject_with(tmp_path, sql)
    assert not check_table_lists(subject).passed
    write_all(tmp_path, list_edits(subject))
    report = check_table_lists(subject)
    assert report.passed
    assert report.summary == "2 lists name the tables as V18 leaves them"
    assert list_edits(subject) == ()
    assert (tmp_path / "src/reset.rs").read_text() == (
        'pub const RESET: &[&str] = &["api_keys", "groups", "rate_limits", "users"];\n'
    )
    assert (tmp_path / "export.txt").read_text() == (
        "# Exported nightly.\nusers\nrate_limits\napi_keys\ngroups\n"
    )


def test_a_list_that_is_none_is_found(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "SELECT 1;")
    write(tmp_path, "src/reset.rs", "const RESET: &[&str] = &[\n    1,\n];\n")
    (tmp_path / "export.txt").unlink()
    found = check_table_lists(subject).findings
    assert [(f.code, f.path, f.line) for f in found] == [
        ("registry/table-list", "src/reset.rs", 2),
        ("registry/table-list", "export.txt", None),
    ]


def test_a_file_that_is_no_sql_is_left_to_the_pair(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "SELECT 1;", "CREATE TABLE (((")
    assert check_table_lists(subject).passed


def test_the_gate_looks_at_what_is_not_merged_yet(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "CREATE TABLE rate_limits (id TEXT PRIMARY KEY);")
    workspace = subject.workspace

    def no_server() -> Shelf:
        raise AssertionError("a static check asks for no server")

    found = check_pairs(workspace, all_pairs(workspace), no_server, None)
    first = next(finding for finding in found if finding.code == "registry/table-list")
    assert (first.item, first.object) == ("registry", "rate_limits")


def test_the_lists_are_inputs_of_the_registry_item(tmp_path: Path) -> None:
    subject = subject_with(tmp_path, "SELECT 1;")
    before = InputReader(subject.workspace, 18, NAME).registry()
    assert {"src/reset.rs", "export.txt"} < before.keys()
    write(tmp_path, "export.txt", "users\n")
    after = InputReader(subject.workspace, 18, NAME).registry()
    assert {path for path in before if before[path] != after[path]} == {"export.txt"}
