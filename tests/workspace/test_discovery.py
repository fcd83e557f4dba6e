"""A workspace is found from any folder inside it, and from nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mig_assist.workspace import NotAWorkspace, open_workspace
from mig_assist.workspace.config import ConfigurationError
from tests.conftest import WorkspaceCopy
from tests.shared_ground.unprivileged import Unprivileged
from tests.workspace.layouts import write, write_pair


def test_it_is_found_from_its_root_and_from_deep_inside(workspace_copy: WorkspaceCopy) -> None:
    root = workspace_copy()
    for start in (root, root / "migrations" / "postgres", root / "tests" / "store"):
        assert open_workspace(start).root == root


def test_without_a_configuration_both_migration_folders_make_a_workspace(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    nested = tmp_path / "src" / "deep"
    nested.mkdir(parents=True)
    workspace = open_workspace(nested)
    assert workspace.root == tmp_path
    assert workspace.config.registry.kind == ""


@pytest.mark.parametrize("present", ["migrations", "migrations/postgres"])
def test_one_side_alone_makes_none(tmp_path: Path, present: str) -> None:
    write(tmp_path, f"{present}/V17__baseline.sql", "SELECT 1;\n")
    with pytest.raises(NotAWorkspace):
        open_workspace(tmp_path)


def test_the_nearest_workspace_is_meant(workspace_copy: WorkspaceCopy) -> None:
    outer = workspace_copy()
    inner = outer / "vendor" / "service"
    write(inner, "mig-assist.toml", "baseline = 3\n")
    assert open_workspace(inner).config.baseline == 3


def test_where_there_is_none_the_message_helps(tmp_path: Path) -> None:
    with pytest.raises(NotAWorkspace) as caught:
        open_workspace(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "--repo" in caught.value.fix
    assert caught.value.exit_code == 2


def test_a_file_or_nothing_at_all_is_no_place_to_start(workspace_copy: WorkspaceCopy) -> None:
    root = workspace_copy()
    for start in (root / "mig-assist.toml", root / "absent"):
        with pytest.raises(NotAWorkspace, match="is not a folder"):
            open_workspace(start)


def test_a_path_with_dots_leads_where_it_says(
    workspace_copy: WorkspaceCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace_copy()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(root)
    with pytest.raises(NotAWorkspace):
        open_workspace(Path("..", "elsewhere"))
    assert open_workspace(Path("migrations", "..")).root == root


def test_a_symbolic_link_to_a_workspace_leads_to_it(
    workspace_copy: WorkspaceCopy, tmp_path: Path
) -> None:
    root = workspace_copy()
    (tmp_path / "link").symlink_to(root)
    assert open_workspace(tmp_path / "link" / "docs").root == root


def test_a_current_folder_that_was_removed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(NotAWorkspace, match="gone"):
        open_workspace(Path())
    os.chdir(tmp_path)


def test_a_folder_that_may_not_be_entered_is_no_workspace(unprivileged: Unprivileged) -> None:
    closed = unprivileged.folder / "closed"
    write(closed, "inside/mig-assist.toml", "")
    closed.chmod(0)
    with unprivileged.user(), pytest.raises(NotAWorkspace):
        open_workspace(closed / "inside")


def test_a_wrong_configuration_is_an_error_and_not_passed_over(
    workspace_copy: WorkspaceCopy,
) -> None:
    inner = workspace_copy() / "service"
    (inner / "mig-assist.toml").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="is a folder"):
        open_workspace(inner)


def test_a_linked_folder_is_named_with_why_it_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    for folder in ("sqlite", "postgres"):
        write(outside, f"{folder}/V17__baseline.sql", "")
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "migrations").symlink_to(outside)
    with pytest.raises(NotAWorkspace) as caught:
        open_workspace(root)
    assert "migrations: it is a link to a folder" in caught.value.message
    assert "outside the repository" in caught.value.message
