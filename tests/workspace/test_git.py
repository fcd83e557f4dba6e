"""What git knows of a workspace; and that everything has an answer where git knows nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mig_assist.workspace.config import Config, ConfigurationError, GitConfig
from mig_assist.workspace.git import (
    Base,
    base_of,
    changed_since,
    content_at,
    current_branch,
    head_revision,
)
from mig_assist.workspace.model import Workspace
from tests.workspace.layouts import write
from tests.workspace.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit on ``main``."""
    made = Repository(tmp_path / "repository")
    made.write("kept.txt")
    made.commit()
    return made


def workspace(root: Path, base: str = "") -> Workspace:
    return Workspace(root, Config(git=GitConfig(base)))


class TestWithoutGit:
    def test_a_folder_without_git_has_no_answers(self, tmp_path: Path) -> None:
        assert current_branch(tmp_path) is None
        assert head_revision(tmp_path) is None
        assert base_of(workspace(tmp_path)) is None
        assert base_of(workspace(tmp_path, "main")) is None
        assert changed_since(tmp_path, "HEAD") is None
        assert content_at(tmp_path, "HEAD", "file") is None

    def test_the_branch_is_known_also_where_git_is_not_installed(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        assert current_branch(repository.root) == "main"
        assert head_revision(repository.root) is None
        assert base_of(workspace(repository.root)) is None
        assert changed_since(repository.root, "HEAD") is None

    def test_before_the_first_commit(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "new")
        assert current_branch(made.root) == "main"
        assert head_revision(made.root) is None
        assert base_of(workspace(made.root)) is None
        assert base_of(workspace(made.root, "main")) is None

    @pytest.mark.parametrize(
        "content", [b"", b"nonsense", b"gitdir: /absent", b"gitdir: a\0b", b"\xff" * 9_000_000]
    )
    def test_a_damaged_git_file_is_no_repository(self, tmp_path: Path, content: bytes) -> None:
        write(tmp_path, ".git", content)
        assert current_branch(tmp_path) is None
        assert base_of(workspace(tmp_path)) is None

    def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        os.mkfifo(tmp_path / ".git" / "HEAD")
        assert current_branch(tmp_path) is None


class TestBranch:
    @pytest.mark.parametrize(
        "name", ["main", "feat/routes/v18", "feat/red]", "größe-☃", "a#b&c", "x" * 200, "@"]
    )
    def test_the_branch_is_told_as_it_is_called(self, repository: Repository, name: str) -> None:
        repository.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
        assert current_branch(repository.root) == name

    def test_a_name_with_a_leading_dash_is_only_a_name(self, repository: Repository) -> None:
        repository.git("update-ref", "refs/heads/--help", "HEAD")
        repository.git("symbolic-ref", "HEAD", "refs/heads/--help")
        assert current_branch(repository.root) == "--help"
        assert base_of(workspace(repository.root)) is not None

    def test_a_name_that_is_not_utf8_is_escaped(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "-b", b"caf\xe9")
        branch = current_branch(repository.root)
        assert branch == r"caf\xe9"
        assert branch.encode()

    def test_a_detached_head_has_no_branch(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "--detach")
        assert current_branch(repository.root) is None
        assert base_of(workspace(repository.root)) == Base(
            repository.git("rev-parse", "main"), "main"
        )

    def test_it_is_known_from_a_folder_below_the_repository(self, repository: Repository) -> None:
        below = repository.root / "services" / "gateway"
        below.mkdir(parents=True)
        assert current_branch(below) == "main"

    @pytest.mark.parametrize("link", ["absolute", "relative"])
    def test_a_worktree_has_a_branch_of_its_own(
        self, repository: Repository, tmp_path: Path, link: str
    ) -> None:
        tree = tmp_path / "tree"
        repository.git("worktree", "add", "--quiet", "-b", "feat/tree", str(tree))
        if link == "relative":
            (tree / ".git").write_text("gitdir: ../repository/.git/worktrees/tree\n")
        assert current_branch(tree) == "feat/tree"
        assert current_branch(repository.root) == "main"
        assert head_revision(tree) == head_revision(repository.root)
        write(tree, "new.txt", "")
        assert changed_since(tree, "main") == frozenset({"new.txt"})


class TestBase:
    def test_it_is_where_the_branch_left_main(self, repository: Repository) -> None:
        left = repository.commit("The last one before the branch")
        repository.branch("feat/routes")
        repository.commit("On the branch")
        repository.git("checkout", "--quiet", "main")
        repository.commit("On main meanwhile")
        repository.git("checkout", "--quiet", "feat/routes")
        assert base_of(workspace(repository.root)) == Base(left, "main")

    def test_on_main_itself_it_is_the_last_commit(self, repository: Repository) -> None:
        last = repository.commit()
        assert base_of(workspace(repository.root)) == Base(last, "main")

    def test_master_will_do(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "old", branch="master")
        made.commit()
        made.branch("topic")
        assert base_of(workspace(made.root)) == Base(made.git("rev-parse", "master"), "master")

    def test_without_any_of_these_branches_there_is_none(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "other", branch="trunk")
        made.commit()
        assert base_of(workspace(made.root)) is None

    def test_the_remotes_default_branch_counts_more_than_ours(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        pushed = repository.git("rev-parse", "HEAD")
        repository.git("branch", "--move", "main", "trunk")
        clone = tmp_path / "clone"
        repository.git("clone", "--quiet", str(repository.root), str(clone))
        ours = Repository(clone)
        ours.branch("main")
        ours.commit("Not pushed")
        assert base_of(workspace(clone)) == Base(pushed, "origin/trunk")

    def test_the_configured_branch_counts_most(self, repository: Repository) -> None:
        repository.branch("develop")
        develop = repository.commit("On develop")
        repository.branch("feat/routes")
        repository.commit("On the branch")
        assert base_of(workspace(repository.root, "develop")) == Base(develop, "develop")

    @pytest.mark.parametrize("named", ["devlop", "--all", "-x", "a b", "main:kept.txt", "@{u}"])
    def test_a_configured_branch_that_is_none_is_an_error(
        self, repository: Repository, named: str
    ) -> None:
        with pytest.raises(ConfigurationError) as caught:
            base_of(workspace(repository.root, named))
        assert caught.value.title == "mig-assist.toml: git.base names no branch"
        assert repr(named) in caught.value.message

    def test_histories_without_a_common_commit_have_no_base(self, repository: Repository) -> None:
        repository.git("checkout", "--quiet", "--orphan", "unrelated")
        repository.commit("The first one of another history")
        assert base_of(workspace(repository.root)) is None

    def test_a_branch_and_a_file_of_one_name_are_told_apart(self, repository: Repository) -> None:
        repository.write("main", "a file")
        last = repository.commit()
        assert base_of(workspace(repository.root)) == Base(last, "main")


class TestChanges:
    def test_everything_that_differs_now_has_changed(self, repository: Repository) -> None:
        for name in ("edited.txt", "deleted.txt", "old.txt", "staged.txt"):
            repository.write(name, f"{name}\n")
        base = repository.commit()
        repository.write("committed.txt")
        repository.commit()
        repository.write("edited.txt", "other\n")
        repository.write("staged.txt", "other\n")
        repository.git("add", "staged.txt")
        repository.git("rm", "--quiet", "deleted.txt")
        repository.git("mv", "old.txt", "new.txt")
        repository.write("untracked/deep/file.txt")
        assert changed_since(repository.root, base) == frozenset(
            {
                "committed.txt",
                "edited.txt",
                "staged.txt",
                "deleted.txt",
                "old.txt",
                "new.txt",
                "untracked/deep/file.txt",
            }
        )

    def test_nothing_has_changed_in_a_clean_tree(self, repository: Repository) -> None:
        assert changed_since(repository.root, "HEAD") == frozenset()

    def test_what_git_ignores_has_not_changed(self, repository: Repository) -> None:
        repository.write(".gitignore", "*.log\n")
        repository.commit()
        repository.write("noise.log")
        assert changed_since(repository.root, "HEAD") == frozenset()

    @pytest.mark.parametrize(
        "name", ["two words", 'quo"te', "new\nline", "tab\t", "größe", "-n", "[red]", " lead"]
    )
    def test_odd_names_come_through(self, repository: Repository, name: str) -> None:
        repository.write(f"a/{name}", "old")
        repository.write(f"b/{name}", "old")
        repository.commit()
        repository.write(f"a/{name}", "new")
        repository.write(f"c/{name}", "new")
        assert changed_since(repository.root, "HEAD") == frozenset({f"a/{name}", f"c/{name}"})
        assert content_at(repository.root, "HEAD", f"b/{name}") == b"old"

    def test_a_workspace_below_the_repository_sees_itself_only(
        self, repository: Repository
    ) -> None:
        repository.write("service/migrations/V17__a.sql", "old")
        base = repository.commit()
        repository.write("service/migrations/V17__a.sql", "new")
        repository.write("service/new.txt")
        repository.write("outside.txt")
        below = repository.root / "service"
        assert changed_since(below, base) == frozenset({"migrations/V17__a.sql", "new.txt"})
        assert content_at(below, base, "migrations/V17__a.sql") == b"old"
        assert content_at(below, base, "kept.txt") is None

    @pytest.mark.parametrize("revision", ["", "unknown", "--output=written", "HEAD:kept.txt"])
    def test_what_is_no_commit_has_no_answer(self, repository: Repository, revision: str) -> None:
        assert changed_since(repository.root, revision) is None
        assert not (repository.root / "written").exists()

    def test_content_is_bytes_as_committed(self, repository: Repository) -> None:
        repository.write("bytes", b"\xff\r\n\n")
        repository.write("empty", b"")
        base = repository.commit()
        repository.write("bytes", b"other")
        assert content_at(repository.root, base, "bytes") == b"\xff\r\n\n"
        assert content_at(repository.root, base, "empty") == b""
        assert content_at(repository.root, base, "absent") is None
        assert content_at(repository.root, base, ".") is None


class TestInsideAGitHook:
    def test_the_folder_decides_and_not_the_environment(
        self, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = Repository(tmp_path / "other")
        other.write("foreign.txt")
        other.commit()
        monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
        repository.write("ours.txt")
        assert head_revision(repository.root) == repository.git("rev-parse", "HEAD")
        assert base_of(workspace(repository.root)) == Base(
            repository.git("rev-parse", "HEAD"), "main"
        )
        assert changed_since(repository.root, "HEAD") == frozenset({"ours.txt"})

    def test_a_real_hook_sees_the_workspace(self, repository: Repository) -> None:
        """git runs pre-commit with GIT_DIR and GIT_INDEX_FILE set."""
        hook = repository.write(
            ".git/hooks/pre-commit",
            f"#!{sys.executable}\n"
            "from pathlib import Path\n"
            "from mig_assist.workspace.git import changed_since\n"
            "Path('seen').write_text('\\n'.join(sorted(changed_since(Path.cwd(), 'HEAD'))))\n",
        )
        hook.chmod(0o755)
        repository.write("service/inside.txt")
        repository.git("add", "--all")
        repository.git("commit", "--quiet", "--message=Add a file")
        assert (repository.root / "seen").read_text() == "service/inside.txt"
