"""Files that undo a version: written with the pair, examined with it, moved with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.checklist.inputs import InputReader
from mig_assist.draft.begin import plan_beginning
from mig_assist.draft.renumber import plan_renumbering
from mig_assist.draft.scaffolds import template_names
from mig_assist.engines.scratch import scratch_database
from mig_assist.file_changes import write_all
from mig_assist.verify.pair import check_files, check_sql
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.numbers import holdings
from tests.repositories.builder import LAYOUTS, build_repository
from tests.verify.conftest import codes

NAME = "add_region_to_api_key_scopes"
WITH_DOWN = [layout for layout, shape in LAYOUTS.items() if shape.libsql_down]


def begin(workspace: Workspace, version: int, template: str = "add-column") -> Mapping[str, str]:
    beginning = plan_beginning(workspace, version, NAME, template)
    write_all(workspace.root, beginning.changes)
    return {change.path: (change.content or b"").decode() for change in beginning.changes}


@pytest.mark.parametrize("layout", WITH_DOWN)
def test_they_are_written_where_the_layout_has_them(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout, git=False)
    workspace = open_workspace(tmp_path)
    version = workspace.layout.next_version(max(repository.names))
    written = begin(workspace, version)
    assert set(written) == {
        path
        for side in Backend
        for path in (
            repository.path(side, version, NAME),
            repository.down_path(side, version, NAME),
        )
    }
    for side in Backend:
        down = written[repository.down_path(side, version, NAME)]
        assert "ALTER TABLE api_key_scopes DROP COLUMN region;" in down
        assert side.label in down
    subject = Subject(workspace, version, NAME)
    assert check_files(subject).findings == ()


def test_a_side_without_them_gets_none(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    for version in repository.names:
        (tmp_path / repository.down_path(Backend.LIBSQL, version)).unlink()
    written = begin(open_workspace(tmp_path), 4)
    assert [path for path in written if "down" in path] == [
        repository.down_path(Backend.POSTGRES, 4, NAME)
    ]


def test_one_that_is_there_is_kept(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    mine = repository.down_path(Backend.LIBSQL, 4, NAME)
    repository.write(mine, "SELECT 1; -- mine\n")
    assert mine not in begin(open_workspace(tmp_path), 4)


# What a dropped table held is gone: its file asks a person what to say about that.
@pytest.mark.parametrize("template", sorted({*template_names()} - {"drop"}))
def test_every_scaffold_undoes_itself(tmp_path: Path, template: str) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    written = begin(open_workspace(tmp_path), 4, template)
    with scratch_database(Backend.LIBSQL) as database:
        if template != "create-table":
            database.execute("CREATE TABLE api_key_scopes (id TEXT, created_at INTEGER)")

        def apply(path: str) -> list[tuple[object, ...]]:
            for statement in written[path].split(";\n"):
                if any(not line.startswith("--") for line in statement.splitlines() if line):
                    database.execute(statement)
            return database.query("SELECT sql FROM sqlite_schema ORDER BY name")

        before = database.query("SELECT sql FROM sqlite_schema ORDER BY name")
        apply(repository.path(Backend.LIBSQL, 4, NAME))
        assert apply(repository.down_path(Backend.LIBSQL, 4, NAME)) == before


def test_their_marks_and_their_syntax_count(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    workspace = open_workspace(tmp_path)
    begin(workspace, 4)
    subject = Subject(workspace, 4, NAME)
    down = repository.down_path(Backend.LIBSQL, 4, NAME)
    repository.write(repository.path(Backend.LIBSQL, 4, NAME), "SELECT 1;\n")
    findings = check_sql(subject, Backend.LIBSQL).findings
    assert {(finding.code, finding.path) for finding in findings} == {("pair/placeholder", down)}
    repository.write(down, "DROP TABL x;\n")
    assert codes(check_sql(subject, Backend.LIBSQL)) == ["pair/syntax"]
    repository.write(down, "-- The dropped rows are gone for good.\n")
    assert check_sql(subject, Backend.LIBSQL).findings == ()


def test_one_that_is_missing_is_told(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    workspace = open_workspace(tmp_path)
    begin(workspace, 4)
    down = repository.down_path(Backend.POSTGRES, 4, NAME)
    (tmp_path / down).unlink()
    (finding,) = check_files(Subject(workspace, 4, NAME)).findings
    assert (finding.code, finding.path) == ("pair/missing-down-file", down)
    assert not finding.blocks


def test_proofs_look_at_them_too(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "up-down", git=False)
    inputs = InputReader(open_workspace(tmp_path), 3, repository.names[3]).pair()
    assert repository.down_path(Backend.POSTGRES, 3) in inputs


@pytest.mark.parametrize("layout", ["up-down", "flyway-undo", "folder-per-version", "plain-down"])
def test_they_move_with_their_migration(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout)
    version = max(repository.names) + 1
    repository.checkout("feat/x", create=True)
    repository.add(version, "ours")
    mention = repository.down_path(Backend.LIBSQL, version)
    repository.write("docs/undo.md", f"Undo it with {mention}\n")
    repository.commit("Ours")
    repository.checkout("main")
    repository.add(version, "theirs")
    repository.commit("Theirs")
    repository.checkout("feat/x")
    workspace = open_workspace(tmp_path)
    held = holdings(workspace)
    assert held.own == ((version, "ours"),)
    write_all(tmp_path, plan_renumbering(workspace, held.own, held).changes)
    for side in Backend:
        for path in (repository.path, repository.down_path):
            assert (tmp_path / path(side, version + 1, "ours")).is_file()
            assert not (tmp_path / path(side, version, "ours")).exists()
    assert not [folder for folder in tmp_path.glob("migrations/**/") if not any(folder.iterdir())]
    moved = repository.down_path(Backend.LIBSQL, version + 1, "ours")
    assert (tmp_path / "docs/undo.md").read_text() == f"Undo it with {moved}\n"
    down = (tmp_path / moved).read_text()
    assert down == f"DROP TABLE ours_{version};\n"


@pytest.mark.parametrize("layout", ["folder-per-version", "folder-per-version-inside", "diesel"])
def test_whatever_else_lies_in_the_versions_folder_moves_along(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout)
    others = {"metadata.toml": b"run_in_transaction = false\n", "notes/logo.png": b"\x89\0\xff"}
    version = max(repository.names) + 1
    repository.add(version, "ours")
    workspace = open_workspace(tmp_path)

    def place(of: int) -> Path:
        side = workspace.layout.libsql
        return tmp_path / side.path(of, "ours").removesuffix(f"/{side.inside}")

    for path, content in others.items():
        repository.write((place(version) / path).relative_to(tmp_path).as_posix(), content)
    plan = plan_renumbering(workspace, [(version, "ours")], holdings(workspace), version + 1)
    write_all(tmp_path, plan.changes)
    assert not place(version).exists()
    assert {path: (place(version + 1) / path).read_bytes() for path in others} == others
