"""Who holds a number: the base, other branches, other work trees; and what follows for item 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.findings import Severity
from mig_assist.verify.numbers import check_number, next_version, why_skipped
from mig_assist.verify.report import Subject
from mig_assist.workspace import open_workspace
from mig_assist.workspace.numbers import HolderKind, holdings
from tests.verify.conftest import codes
from tests.workspace.layouts import small_workspace, write_pair, write_registry
from tests.workspace.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A workspace with a V17 baseline on ``main``."""
    made = Repository(tmp_path / "repository")
    small_workspace(made.root, (17, "baseline"))
    made.commit()
    return made


def author(repository: Repository, branch: str, *migrations: tuple[int, str]) -> None:
    """Commit pairs on a new branch that starts where we are."""
    repository.branch(branch)
    for migration in migrations:
        write_pair(repository.root, *migration)
    write_registry(repository.root, (17, "baseline"), *migrations)
    repository.commit()


def check(repository: Repository, version: int, name: str) -> list[str]:
    return codes(check_number(Subject(open_workspace(repository.root), version, name)))


def test_the_next_number_is_one_that_no_branch_holds(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    assert next_version(open_workspace(repository.root)) == 19
    (holder,) = [
        h for h in holdings(open_workspace(repository.root)).holders if h.kind != HolderKind.BASE
    ]
    assert (holder.version, holder.name, holder.shown) == (18, "route_tags", "feat/x")


def test_a_free_number_below_one_that_is_held_is_used(repository: Repository) -> None:
    author(repository, "feat/x", (19, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    assert next_version(open_workspace(repository.root)) == 18


def test_a_number_that_the_base_took_is_an_error(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    author(repository, "theirs", (18, "user_labels"))
    repository.git("branch", "--force", "main", "theirs")
    repository.git("checkout", "--quiet", "feat/x")
    repository.git("branch", "--delete", "--force", "theirs")
    report = check_number(Subject(open_workspace(repository.root), 18, "route_tags"))
    (finding,) = report.findings
    assert finding.code == "history/number-taken"
    assert finding.message == "V18 is 'user_labels' on main already."
    assert "mig-assist renumber" in finding.fix
    assert not report.passed


def test_a_number_that_an_unmerged_branch_took_is_a_warning(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("branch", "feat/on_top")
    repository.git("checkout", "--quiet", "main")
    author(repository, "feat/y", (18, "user_labels"))
    report = check_number(Subject(open_workspace(repository.root), 18, "user_labels"))
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("history/number-claimed", Severity.WARNING)
    assert "feat/on_top and 1 other branch" in finding.message
    assert report.passed


def test_the_same_branch_on_the_remote_is_nobody_else(
    repository: Repository, tmp_path: Path
) -> None:
    author(repository, "feat/x", (18, "old_name"))
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(repository.root))
    clone.git("fetch", "--quiet", "origin")
    clone.git("checkout", "--quiet", "-b", "feat/x", "origin/feat/x")
    for path in (clone.root / "migrations").rglob("V18*"):
        path.rename(path.with_name("V18__new_name.sql"))
    write_registry(clone.root, (17, "baseline"), (18, "new_name"))
    assert check(clone, 18, "new_name") == []


def test_a_base_that_went_further_has_to_be_followed(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    author(repository, "theirs", (19, "user_labels"))
    repository.git("branch", "--force", "main", "theirs")
    repository.git("checkout", "--quiet", "feat/x")
    assert check(repository, 18, "route_tags") == ["history/behind-base"]


def test_a_gap_that_a_branch_will_fill_is_a_warning(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    author(repository, "feat/y", (19, "user_labels"))
    assert check(repository, 19, "user_labels") == ["history/number-waits"]
    assert check(repository, 21, "user_labels") == ["history/gap"]


def test_why_numbers_are_skipped_is_one_sentence(repository: Repository) -> None:
    author(repository, "feat/x", (18, "a_tags"), (19, "b_tags"), (20, "c_tags"))
    repository.git("checkout", "--quiet", "main")
    author(repository, "feat/y", (22, "d_tags"))
    repository.git("checkout", "--quiet", "main")
    workspace = open_workspace(repository.root)
    assert why_skipped(workspace, 21) == "V21 is the next free number: feat/x holds V18 to V20."
    assert why_skipped(workspace, 18) == ""
    report = check_number(Subject(workspace, 21, "user_labels"))
    (finding,) = [f for f in report.findings if f.code == "history/number-waits"]
    assert finding.message == "V21 is the next free number: feat/x holds V18 to V20."
    assert why_skipped(workspace, 23).endswith("feat/x holds V18 to V20, feat/y holds V22.")


def test_a_merged_version_is_never_told_to_move(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    write_pair(repository.root, 20, "user_labels")
    write_registry(repository.root, (17, "baseline"), (20, "user_labels"))
    repository.commit()
    assert check(repository, 20, "user_labels") == []


def test_another_work_tree_holds_what_is_not_committed_there(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "feat/x", str(tmp_path / "second"))
    write_pair(tmp_path / "second", 18, "route_tags")
    workspace = open_workspace(repository.root)
    assert next_version(workspace) == 19
    (holder,) = holdings(workspace).of(18)
    assert (holder.kind, holder.shown) == (HolderKind.WORK_TREE, "../second")


def test_what_was_begun_on_another_branch_holds_its_number(repository: Repository) -> None:
    repository.git("branch", "feat/x")
    workspace = open_workspace(repository.root)
    assert next_version(workspace, [(18, "route_tags", "feat/x")]) == 19
    assert next_version(workspace, [(18, "route_tags", "deleted")]) == 18
    assert next_version(workspace, [(18, "route_tags", "main")]) == 18


def test_a_detached_head_and_a_merge_are_noted(repository: Repository) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "--detach")
    assert check(repository, 18, "route_tags") == ["history/git-detached"]
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-commit", "--no-ff", "feat/x")
    assert check(repository, 18, "route_tags") == ["history/git-unfinished"]


def test_a_shallow_clone_still_knows_who_holds_what(repository: Repository, tmp_path: Path) -> None:
    author(repository, "feat/x", (18, "route_tags"))
    repository.git("checkout", "--quiet", "main")
    author(repository, "theirs", (18, "user_labels"))
    repository.git("branch", "--force", "main", "theirs")
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", f"file://{repository.root}")
    clone.git("fetch", "--quiet", "--depth=1", "origin")
    clone.git("checkout", "--quiet", "feat/x")
    assert check(clone, 18, "route_tags") == ["history/number-taken", "history/git-shallow"]
