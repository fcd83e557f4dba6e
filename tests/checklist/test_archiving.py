"""Migrations that were merged: remembered in the ledger, and not what a session opens with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_assist.checklist.migrations import Standing, all_migrations
from mig_assist.checklist.session import Session, open_session
from tests.workspace.layouts import small_workspace, write_pair
from tests.workspace.repositories import Repository


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Session]:
    """V19 and then V18 begun on ``feat/x``, of which V18 is merged."""
    repository = Repository(tmp_path)
    small_workspace(tmp_path, (17, "baseline"))
    repository.write(".gitignore", ".mig-assist/\n")
    repository.commit()
    repository.branch("feat/x")
    write_pair(tmp_path, 18, "route_profiles")
    repository.commit()
    repository.git("branch", "--force", "main")
    write_pair(tmp_path, 19, "team_quotas")
    session = open_session(tmp_path)
    session.open_migration(19, "team_quotas")
    session.open_migration(18, "route_profiles")
    yield session
    session.close()


def opened_version(root: Path) -> int | None:
    session = open_session(root)
    session.close()
    return session.migration and session.migration.version


def test_what_is_in_work_comes_first_once_the_merge_is_known(two: Session) -> None:
    root = two.workspace.root
    assert opened_version(root) == 18  # the newest, as nobody has asked git yet
    standings = {view.record.version: view.standing for view in all_migrations(two)}
    assert standings == {18: Standing.MERGED, 19: Standing.HERE}
    assert opened_version(root) == 19


def test_status_all_finds_out_too(two: Session) -> None:
    root = two.workspace.root
    listed = subprocess.run(
        [sys.executable, "-m", "mig_assist", "status", "--all"],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "merged (main)" in listed.stdout
    assert opened_version(root) == 19


def test_a_merge_that_is_undone_brings_it_back(two: Session) -> None:
    all_migrations(two)
    Repository(two.workspace.root).git("branch", "--force", "main", "main~1")
    all_migrations(two)
    assert opened_version(two.workspace.root) == 18


def test_where_there_is_no_other_the_merged_one_is_still_shown(two: Session) -> None:
    root = two.workspace.root
    for path in root.rglob("V19__*.sql"):
        path.unlink()
    all_migrations(two)
    assert opened_version(root) == 18


def status(root: Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", "mig_assist", "status"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


class TestOnTheBaseBranch:
    def test_what_was_merged_from_another_is_not_in_work(self, two: Session) -> None:
        repository = Repository(two.workspace.root)
        for path in repository.root.rglob("V19__*.sql"):
            path.unlink()
        repository.commit("Begin the documents")
        repository.git("checkout", "--quiet", "main")
        repository.git("merge", "--quiet", "--no-ff", "--message=Merge", "feat/x")
        assert opened_version(repository.root) is None
        assert "No migration in work; the last was V18 route_profiles, merged." in status(
            repository.root
        )

    def test_what_was_begun_there_is_in_work_until_it_is_known_to_be_merged(
        self, two: Session
    ) -> None:
        repository = Repository(two.workspace.root)
        repository.git("checkout", "--quiet", "main")
        write_pair(repository.root, 20, "usage_labels")
        two.open_migration(20, "usage_labels")
        all_migrations(two)
        assert opened_version(repository.root) == 20
        repository.commit("Add labels")
        all_migrations(two)
        assert opened_version(repository.root) is None

    def test_untracked_files_that_came_along_are_still_in_work(self, two: Session) -> None:
        repository = Repository(two.workspace.root)
        two.open_migration(19, "team_quotas")
        repository.git("checkout", "--quiet", "main")
        assert opened_version(repository.root) == 19


def test_what_has_gone_from_the_work_tree_is_not_in_work(two: Session) -> None:
    root = two.workspace.root
    for path in (*root.rglob("V18__*.sql"), *root.rglob("V19__*.sql")):
        path.unlink()
    assert opened_version(root) is None
    assert "the last was V18 route_profiles, whose files are not here" in status(root)


def test_a_renamed_file_keeps_its_migration_open(two: Session) -> None:
    root = two.workspace.root
    for path in root.rglob("V1[89]__*.sql"):
        path.rename(path.with_name(path.name.replace("__", "__new_")))
    assert opened_version(root) == 18
