"""Many branches at a time, unusual states of a work tree, and where the base branch is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mig_assist.workspace.config import Config, GitConfig
from mig_assist.workspace.git import (
    Situation,
    base_branch,
    base_of,
    base_position,
    branches,
    current_branch,
    folder_listings,
    other_work_trees,
    situation,
)
from mig_assist.workspace.model import Workspace
from tests.workspace.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one file on ``main``, and one more on ``feat/x``."""
    made = Repository(tmp_path / "repository")
    made.write("sql/V17__a.sql")
    made.commit()
    made.branch("feat/x")
    made.write("sql/V18__b.sql")
    made.commit()
    made.git("checkout", "--quiet", "main")
    return made


def test_branches_have_a_name_and_a_commit(repository: Repository) -> None:
    assert [branch.name for branch in branches(repository.root)] == ["feat/x", "main"]
    assert branches(repository.root)[1].commit == repository.git("rev-parse", "main")


def test_remote_ones_know_their_own_name(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", str(repository.root), str(tmp_path / "clone"))
    found = {branch.name: branch for branch in branches(tmp_path / "clone")}
    assert set(found) == {"main", "origin/feat/x", "origin/main"}
    assert found["origin/feat/x"].local_name == "feat/x"


@pytest.mark.parametrize("name", ["$(id)", "`id`;x", 'a"b', "--help", "größe", "[", "a\tb"])
def test_a_hostile_name_is_only_a_name(repository: Repository, name: str) -> None:
    reference = f"refs/heads/{name}"
    allowed = subprocess.run(["git", "check-ref-format", reference], check=False).returncode == 0
    if allowed:
        repository.git("update-ref", reference, "feat/x")
    assert (name in [branch.name for branch in branches(repository.root)]) == allowed
    commits = [branch.commit for branch in branches(repository.root)]
    assert folder_listings(repository.root, commits, "sql")


def test_a_folder_is_listed_at_each_commit(repository: Repository) -> None:
    tips = {branch.name: branch.commit for branch in branches(repository.root)}
    first = repository.git("rev-parse", "main")
    listed = folder_listings(repository.root, [*tips.values(), "0" * 40], "sql")
    assert listed[tips["main"]][0] == {"V17__a.sql"}
    assert listed[tips["feat/x"]][0] == {"V17__a.sql", "V18__b.sql"}
    assert "0" * 40 not in listed
    assert folder_listings(repository.root, [first], "nothing/here") == {}
    assert folder_listings(repository.root, [first], "")[first][0] == {"sql"}
    assert folder_listings(repository.root / "sql", [first], "")[first][0] == {"V17__a.sql"}


def test_ids_of_256_bits_are_read_too(tmp_path: Path) -> None:
    made = Repository(tmp_path / "long")
    shutil.rmtree(made.root / ".git")
    made.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    made.write("sql/V17__a.sql")
    commit = made.commit()
    assert folder_listings(made.root, [commit], "sql")[commit][0] == {"V17__a.sql"}


def test_without_git_there_is_nothing(tmp_path: Path) -> None:
    assert branches(tmp_path) == ()
    assert folder_listings(tmp_path, ["HEAD"], "sql") == {}
    assert other_work_trees(tmp_path) == ()
    assert situation(tmp_path) == Situation()
    assert base_position(Workspace(tmp_path, Config())) is None


def test_the_other_work_trees_are_known_from_each(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", str(tmp_path / "second"), "feat/x")
    assert other_work_trees(repository.root) == (tmp_path / "second",)
    assert other_work_trees(tmp_path / "second") == (repository.root,)
    assert other_work_trees(tmp_path / "second" / "sql") == (repository.root / "sql",)
    shutil.rmtree(tmp_path / "second")
    assert other_work_trees(repository.root) == ()


class TestSituation:
    def test_nothing_is_unusual_on_a_branch(self, repository: Repository) -> None:
        assert situation(repository.root) == Situation()

    def test_a_detached_head(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "--detach")
        assert situation(repository.root) == Situation(detached=True)

    def test_a_merge_in_conflict(self, repository: Repository) -> None:
        repository.write("sql/V18__b.sql", "other\n")
        repository.commit()
        with pytest.raises(subprocess.CalledProcessError):
            repository.git("merge", "feat/x")
        assert situation(repository.root) == Situation("merge")
        assert current_branch(repository.root) == "main"

    def test_a_rebase_in_conflict_is_still_on_its_branch(self, repository: Repository) -> None:
        repository.write("sql/V18__b.sql", "other\n")
        repository.commit()
        repository.git("checkout", "--quiet", "feat/x")
        with pytest.raises(subprocess.CalledProcessError):
            repository.git("rebase", "main")
        assert situation(repository.root) == Situation("rebase")
        assert current_branch(repository.root) == "feat/x"

    def test_a_shallow_clone(self, repository: Repository, tmp_path: Path) -> None:
        repository.git("checkout", "--quiet", "feat/x")
        repository.git("checkout", "--quiet", "main")
        repository.write("later.txt")
        repository.commit()
        url = f"file://{repository.root}"
        clone = tmp_path / "clone"
        repository.git(
            "clone",
            "--quiet",
            "--depth=1",
            "--no-single-branch",
            "--branch=feat/x",
            url,
            str(clone),
        )
        assert situation(clone).shallow
        workspace = Workspace(clone, Config())
        assert base_of(workspace) is None
        base = base_branch(workspace)
        assert base is not None
        assert (base.revision, base.branch) == ("", "origin/main")


class TestBasePosition:
    def test_it_moves_with_the_branch(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "feat/x")
        workspace = Workspace(repository.root, Config())
        before = base_position(workspace)
        assert before == f"main {repository.git('rev-parse', 'main')}"
        repository.git("branch", "--force", "main", "feat/x")
        assert base_position(workspace) not in (None, before)

    def test_packed_references_are_read(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "feat/x")
        before = base_position(Workspace(repository.root, Config()))
        repository.git("pack-refs", "--all")
        assert base_position(Workspace(repository.root, Config())) == before

    def test_on_the_base_itself_there_is_nothing_to_watch(self, repository: Repository) -> None:
        assert base_position(Workspace(repository.root, Config())) is None

    def test_the_configured_branch_is_meant(self, repository: Repository) -> None:
        workspace = Workspace(repository.root, Config(git=GitConfig("feat/x")))
        assert base_position(workspace) == f"feat/x {repository.git('rev-parse', 'feat/x')}"

    def test_a_remotes_default_branch_comes_first(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.git("clone", "--quiet", str(repository.root), str(tmp_path / "clone"))
        position = base_position(Workspace(tmp_path / "clone", Config()))
        assert position == f"origin/main {repository.git('rev-parse', 'main')}"
