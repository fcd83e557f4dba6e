"""A workspace that names no registry works by the one that it has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mig_assist import digest_cache
from mig_assist.checklist.inputs import InputReader
from mig_assist.draft.begin import plan_beginning
from mig_assist.state_folder import state_folder
from mig_assist.verify.numbers import check_number
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.workspace import open_workspace
from mig_assist.workspace.registry import RegistryError, open_registry
from mig_assist.workspace.registry_search import known_registry
from tests.repositories.builder import RegistryKind, Repository, build_repository


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let what was just written be old enough to be remembered, and give memory a place."""
    monkeypatch.setattr(digest_cache, "SETTLED_SECONDS", -60.0)
    state_folder(tmp_path)


def remembered(root: Path) -> str:
    return (root / ".mig-assist/digests.json").read_text()


def loaded_by_status(root: Path) -> str:
    """The modules that deriving the registry's inputs loads, in a fresh interpreter."""
    code = (
        "import sys; from pathlib import Path; from mig_assist.workspace import open_workspace;"
        "from mig_assist.checklist.inputs import InputReader;"
        "print(sorted(InputReader(open_workspace(Path.cwd()), 20, 'x').registry()));"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("kind", ["rust", "toml"])
def test_a_registry_that_was_found_gets_the_new_entry(tmp_path: Path, kind: RegistryKind) -> None:
    repository = build_repository(tmp_path, registry=kind)
    workspace = open_workspace(tmp_path)
    assert open_registry(workspace).path == repository.registry_path
    changes = plan_beginning(workspace, 20, "route_tags", "blank").changes
    assert repository.registry_path in [change.path for change in changes]
    assert repository.registry_path in InputReader(workspace, 20, "route_tags").registry()


def test_where_nothing_lists_them_the_folders_are_the_list(tmp_path: Path) -> None:
    build_repository(tmp_path)
    workspace = open_workspace(tmp_path)
    assert open_registry(workspace).path is None
    assert known_registry(workspace).kind == "none"


def test_of_two_lists_none_is_guessed(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, registry="rust")
    source = (tmp_path / "src/migrations.rs").read_text()
    repository.write("src/bin/seed.rs", source.replace("../migrations", "../../migrations"))
    workspace = open_workspace(tmp_path)
    with pytest.raises(RegistryError, match="More than one file") as refused:
        open_registry(workspace)
    assert "src/migrations.rs" in refused.value.message
    assert "src/bin/seed.rs" in refused.value.message
    assert "mig-assist init --registry" in refused.value.fix
    for report in (
        check_registry(workspace),
        check_number(Subject(workspace, 20, "route_tags")),
    ):
        assert "registry/unreadable" in [finding.code for finding in report.findings]
    assert known_registry(workspace).path == ""


@pytest.mark.usefixtures("settled")
def test_it_is_searched_for_once_at_a_commit(tmp_path: Path) -> None:
    build_repository(tmp_path, registry="rust")
    open_registry(open_workspace(tmp_path))
    assert "src/migrations.rs" in remembered(tmp_path)
    answer, _, modules = loaded_by_status(tmp_path).partition("\n")
    assert "src/migrations.rs" in answer
    for module in ("tree_sitter", "mig_assist.workspace.registry.detect", "subprocess"):
        assert module not in modules.split()


@pytest.mark.usefixtures("settled")
def test_a_registry_that_came_with_a_commit_is_noticed(tmp_path: Path) -> None:
    repository = build_repository(tmp_path)
    workspace = open_workspace(tmp_path)
    assert open_registry(workspace).path is None
    listed = Repository(tmp_path, repository.shape, "rust", names=repository.names)
    listed.write_registry()
    listed.commit("List the migrations")
    assert known_registry(workspace).path == "src/migrations.rs"


@pytest.mark.usefixtures("settled")
def test_a_registry_that_was_just_written_is_noticed(tmp_path: Path) -> None:
    repository = build_repository(tmp_path)
    workspace = open_workspace(tmp_path)
    assert open_registry(workspace).path is None
    Repository(tmp_path, repository.shape, "rust", names=repository.names).write_registry()
    assert open_registry(workspace).path == "src/migrations.rs"
