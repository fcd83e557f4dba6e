"""What `check` and `doctor` say of the base, so that no gate passes in silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.conftest import MigAssist
from tests.repositories.builder import Repository, build_repository

FEATURE = "feat/scopes"
NO_SERVER = {"POSTGRES_URL": "postgresql://nobody@127.0.0.1:1/none"}


def with_feature(root: Path) -> Repository:
    """A repository whose feature branch has a version of its own, checked out."""
    repository = build_repository(root, "siblings")
    repository.checkout(FEATURE, create=True)
    repository.add(20, "more_scopes")
    repository.commit("Add scopes")
    return repository


def clone(repository: Repository, target: Path, *options: str) -> Path:
    subprocess.run(
        ["git", "clone", "--quiet", *options, repository.root.as_uri(), str(target)], check=True
    )
    return target


def told(mig_assist: MigAssist, root: Path) -> str:
    """What doctor says of the base."""
    checks = {c["name"]: c for c in mig_assist("doctor", "--json", cwd=root).json["checks"]}
    return f"{checks['base']['detail']} {checks['base']['fix']}"


def test_the_base_is_named_with_how_it_was_found(mig_assist: MigAssist, tmp_path: Path) -> None:
    root = with_feature(tmp_path / "a").root
    assert ", found by its name" in told(mig_assist, root)
    first = mig_assist("check", cwd=root, **NO_SERVER).stderr.splitlines()[0]
    assert first.startswith("base: main at ")
    (root / "mig-assist.toml").write_text('[git]\nbase = "main"\n')
    assert "as mig-assist.toml says" in told(mig_assist, root)
    stated = mig_assist("check", "--base", "HEAD~1", cwd=root, **NO_SERVER)
    assert stated.stderr.startswith("base: HEAD~1, as --base says\n")


def test_a_clone_of_the_feature_branch_says_why_it_checks_nothing(
    mig_assist: MigAssist, tmp_path: Path
) -> None:
    root = clone(with_feature(tmp_path / "a"), tmp_path / "b")
    result = mig_assist("check", cwd=root)
    assert (result.status, result.stdout) == (0, "no version checked: nothing to complain of\n")
    assert f"base: origin/{FEATURE} at " in result.stderr
    assert "Nothing is checked" in result.stderr
    assert "--base, or [git] base in mig-assist.toml" in result.stderr
    assert "this commit is part of it" in told(mig_assist, root)


def test_a_shallow_clone_of_one_branch_checks_everything_and_says_so(
    mig_assist: MigAssist, tmp_path: Path
) -> None:
    repository = with_feature(tmp_path / "a")
    repository.checkout("main")
    root = clone(repository, tmp_path / "b", "--depth=1", "--single-branch", f"--branch={FEATURE}")
    result = mig_assist("check", cwd=root, **NO_SERVER)
    first = result.stderr.splitlines()[0]
    assert first.startswith("base: none: this clone is shallow")
    assert "so all versions are checked" in first
    assert "this clone is shallow" in told(mig_assist, root)


def test_looking_leaves_nothing_behind(mig_assist: MigAssist, tmp_path: Path) -> None:
    repository = with_feature(tmp_path / "a")
    for command in ("doctor", "status"):
        mig_assist(command, cwd=repository.root)
    assert not (repository.root / ".mig-assist").exists()
    (repository.root / ".mig-assist").mkdir()  # as one who did not know better has left it
    for command in ("doctor", "status"):
        mig_assist(command, cwd=repository.root)
    assert list((repository.root / ".mig-assist").iterdir()) == []


def test_without_a_server_what_needs_none_is_told_all_the_same(
    mig_assist: MigAssist, tmp_path: Path
) -> None:
    repository = with_feature(tmp_path / "a")
    (repository.root / "postgres" / "V20__more_scopes.sql").unlink()
    repository.write("sqlite/V21__update.sql", "CREATE TABLE a (id TEXT);\n")
    repository.write("postgres/V21__update.sql", "CREATE TABLE a (id TEXT);\n")
    result = mig_assist("check", cwd=repository.root, **NO_SERVER)
    assert result.status == 3
    assert "pair/missing-file" in result.stdout
