"""The tour plays on a throwaway copy: complete, at its baseline, with a repository of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.tour import NAME, author, document, make_workspace
from mig_assist.errors import EnvironmentLacks
from mig_assist.file_changes import write_all
from mig_assist.verify.name import name_findings
from mig_assist.verify.numbers import next_version
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.pair import check_files, check_sql
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.git import base_of, changed_since, current_branch, head_revision
from tests.workspace.layouts import write
from tests.workspace.repositories import Repository


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The tour's workspace."""
    folder = tmp_path / "tour"
    folder.mkdir()
    make_workspace(folder)
    return open_workspace(folder)


def test_it_begins_at_the_baseline_on_a_branch_of_its_own(workspace: Workspace) -> None:
    assert next_version(workspace) == 18
    assert current_branch(workspace.root) == "feat/route-profiles"
    base = base_of(workspace)
    assert base is not None
    assert changed_since(workspace.root, base.revision) == frozenset()


def test_it_needs_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    make_workspace(tmp_path)
    assert next_version(open_workspace(tmp_path)) == 18
    assert not (tmp_path / ".git").exists()


def test_a_git_that_does_not_work_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "bin/git", '#!/bin/sh\nmkdir -p .git\n[ "$1" = init ]\n').chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    folder = tmp_path / "tour"
    folder.mkdir()
    make_workspace(folder)
    assert not (folder / ".git").exists()


def test_neither_a_hook_nor_settings_of_the_user_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Repository(tmp_path / "theirs")
    before = theirs.commit()
    home = tmp_path / "home"
    write(home, "hooks/pre-commit", "#!/bin/sh\nexit 1\n").chmod(0o755)
    write(home, ".gitconfig", f"[core]\n\thooksPath = {home}/hooks\n[commit]\n\tgpgsign = true\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(theirs.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(theirs.root))
    folder = tmp_path / "tour"
    folder.mkdir()
    make_workspace(folder)
    assert current_branch(folder) == "feat/route-profiles"
    assert head_revision(folder) is not None
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    assert theirs.git("rev-parse", "HEAD") == before
    assert theirs.git("status", "--porcelain") == ""


def test_a_copy_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "docs", "a file where a folder belongs")
    with pytest.raises(EnvironmentLacks, match="could not be copied"):
        make_workspace(tmp_path)


def test_what_it_authors_is_a_migration_without_fault(workspace: Workspace) -> None:
    beginning = author(workspace, 18)
    write_all(workspace.root, beginning.changes)
    subject = Subject(workspace, beginning.version, beginning.name)
    assert (subject.version, subject.name) == (18, NAME)
    assert not list(name_findings(NAME))
    assert check_files(subject).findings == ()
    for backend in Backend:
        assert check_sql(subject, backend).findings == ()
    assert check_registry(workspace).findings == ()
    tests = workspace.root / f"tests/store/test_v18_{NAME}.py"
    compile(tests.read_text(), tests.name, "exec")


def test_it_documents_every_item_and_leaves_no_question_open(workspace: Workspace) -> None:
    changes = document(workspace)
    assert set(changes) == {"data-docs", "user-docs", "adr"}
    write_all(workspace.root, list(changes.values()))
    origin = Origin(head_revision(workspace.root), {})
    for change in changes.values():
        assert changed_files(workspace, {change.path: "now"}, origin) == (change.path,)
        assert "mig-assist: todo" not in (workspace.root / change.path).read_text()
        assert "V18" in (workspace.root / change.path).read_text()
