"""Noticing that a number was taken: what is said, and when it is worth asking git again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mig_assist.checklist.number_watch import NumberNews, look_at_numbers, numbers_mark
from mig_assist.checklist.session import Session, open_session
from tests.workspace.layouts import pair_paths, small_workspace, write_pair
from tests.workspace.repositories import Repository

OURS = "route_profiles"
THEIRS = "user_labels"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[tuple[Repository, Session]]:
    """V18 in work and committed on ``feat/x``; ``main`` is at V17."""
    root = tmp_path / "work"
    repository = Repository(root)
    small_workspace(root, (17, "baseline"))
    repository.write(".gitignore", ".mig-assist/\n")
    repository.commit()
    repository.branch("feat/x")
    write_pair(root, 18, OURS)
    repository.commit()
    session = open_session(root)
    session.open_migration(18, OURS)
    yield repository, session
    session.close()


def elsewhere(repository: Repository, branch: str, version: int, name: str) -> Path:
    """Commit a pair on another branch, in a work tree of its own that is gone then."""
    other = repository.root.with_name("other")
    repository.git("worktree", "add", "--quiet", str(other), branch)
    write_pair(other, version, name)
    repository.git("add", "--all", cwd=other)
    repository.git("commit", "--quiet", "--message=Take a number", cwd=other)
    repository.git("worktree", "remove", "--force", str(other))
    return other


def said(session: Session) -> str:
    """What would stand at the top of the wizard."""
    problem = look_at_numbers(session).problem
    return "" if problem is None else f"{problem.severity}: {problem.message}"


def test_nothing_is_said_of_a_free_number(work: tuple[Repository, Session]) -> None:
    assert look_at_numbers(work[1]) == NumberNews()


def test_a_registry_in_conflict_is_said_where_no_number_is_wrong(
    work: tuple[Repository, Session],
) -> None:
    before = numbers_mark(work[1])
    registry = work[0].root / "migrations/registry.toml"
    text = registry.read_text()
    registry.write_text(f"{text}<<<<<<< HEAD\n=======\n>>>>>>> main\n")
    assert numbers_mark(work[1]) != before
    assert said(work[1]).startswith("error: migrations/registry.toml is in conflict")
    registry.write_text(text)
    assert said(work[1]) == ""


def test_the_base_branch_took_it(work: tuple[Repository, Session]) -> None:
    elsewhere(work[0], "main", 18, THEIRS)
    assert said(work[1]) == "error: V18 is 'user_labels' on main already."


def test_the_base_branch_went_past_it(work: tuple[Repository, Session]) -> None:
    elsewhere(work[0], "main", 19, THEIRS)
    assert "error: main is at V19: a database there would never run V18." in said(work[1])


def test_another_branch_took_it(work: tuple[Repository, Session]) -> None:
    repository, session = work
    repository.git("branch", "feat/y", "main")
    elsewhere(repository, "feat/y", 18, THEIRS)
    assert said(session) == "warning: V18 is held by feat/y too, for 'user_labels'."


def test_the_base_branch_matters_more_than_others(work: tuple[Repository, Session]) -> None:
    repository, session = work
    repository.git("branch", "feat/y", "main")
    elsewhere(repository, "feat/y", 18, "team_quotas")
    elsewhere(repository, "main", 18, THEIRS)
    assert said(session) == "error: V18 is 'user_labels' on main already."


def test_it_is_there_twice_in_the_folders(work: tuple[Repository, Session]) -> None:
    write_pair(work[0].root, 18, THEIRS)
    assert said(work[1]).startswith("error: V18 is also the number of migrations/V18__user_labels")


def test_a_lower_migration_of_the_same_branch_counts(work: tuple[Repository, Session]) -> None:
    repository, session = work
    write_pair(repository.root, 19, "team_quotas")
    session.open_migration(19, "team_quotas")
    elsewhere(repository, "main", 18, THEIRS)
    assert session.migration is not None
    assert session.migration.version == 19
    assert said(session) == "error: V18 is 'user_labels' on main already."


def test_what_is_merged_needs_no_other_number(work: tuple[Repository, Session]) -> None:
    repository, session = work
    repository.git("branch", "--force", "main", "feat/x")
    repository.git("branch", "feat/y", "main~1")
    elsewhere(repository, "feat/y", 18, THEIRS)
    assert look_at_numbers(session) == NumberNews(None, merged=True)
    assert look_at_numbers(session) == NumberNews(None, merged=False)


def test_without_git_only_the_folders_tell(tmp_path: Path) -> None:
    small_workspace(tmp_path, (17, "baseline"), (18, OURS))
    session = open_session(tmp_path)
    session.open_migration(18, OURS)
    assert look_at_numbers(session) == NumberNews()
    write_pair(tmp_path, 18, THEIRS)
    assert "V18 is also the number of" in said(session)
    session.close()


def test_an_edit_is_no_reason_to_ask_again(work: tuple[Repository, Session]) -> None:
    repository, session = work
    before = numbers_mark(session)
    path = repository.root / pair_paths(18, OURS)[0]
    path.write_text("CREATE TABLE route_profiles (id INTEGER PRIMARY KEY, note TEXT);\n")
    repository.git("status")
    assert numbers_mark(session) == before


@pytest.mark.parametrize(
    "happens",
    [
        lambda repository: elsewhere(repository, "main", 18, THEIRS),
        lambda repository: repository.git("branch", "feat/deep/y", "main"),
        lambda repository: repository.git("update-ref", "refs/remotes/origin/feat/z", "main"),
        lambda repository: repository.git("pack-refs", "--all"),
        lambda repository: repository.git("checkout", "--quiet", "main"),
        lambda repository: write_pair(repository.root, 18, THEIRS),
        lambda repository: repository.git("worktree", "add", "--quiet", "../third", "main"),
    ],
    ids=["commit on main", "branch", "fetch", "packing", "checkout", "files", "work tree"],
)
def test_whatever_may_take_a_number_is_noticed(
    work: tuple[Repository, Session], happens: Callable[[Repository], object]
) -> None:
    repository, session = work
    before = numbers_mark(session)
    happens(repository)
    assert numbers_mark(session) != before
