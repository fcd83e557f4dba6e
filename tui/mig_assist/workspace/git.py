"""What git knows of the workspace; every answer has a form for "there is no git"."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mig_assist.workspace.config import CONFIG_NAME, ConfigurationError
from mig_assist.workspace.model import Workspace

_ELSEWHERE = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
"""Variables that turn git to another repository than the folder's, as its hooks have them."""


@dataclass(frozen=True, slots=True)
class Base:
    """The revision from which this work started.

    Attributes:
        revision: a full commit id.
        branch: the branch it is the merge base with, as the user would call it.
    """

    revision: str
    branch: str


def current_branch(root: Path) -> str | None:
    """The checked-out branch; None without git or on a detached head.

    Read from ``.git`` itself, so that `mig-assist status` starts no process. Bytes that are not
    UTF-8 are escaped.
    """
    directory = _git_directory(root)
    if directory is None:
        return None
    head = _first_line(directory / "HEAD")
    prefix = "ref: refs/heads/"
    if head == f"{prefix}.invalid":  # the references lie in a reftable, which only git can read
        return _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    return head.removeprefix(prefix) if head.startswith(prefix) else None


def head_revision(root: Path) -> str | None:
    """The commit that is checked out; None without git or before the first commit."""
    return _commit(root, "HEAD")


def base_of(workspace: Workspace) -> Base | None:
    """The merge base with the default branch, or None where git cannot tell.

    The branch is the one that mig-assist.toml names, else the remote's default branch, else
    ``main`` or ``master``.

    Raises:
        ConfigurationError: mig-assist.toml names a branch that git does not know.
    """
    root, named = workspace.root, workspace.config.git.base
    if _git_directory(root) is None or head_revision(root) is None:
        return None
    if named and _commit(root, named) is None:
        raise ConfigurationError(
            f"{CONFIG_NAME}: git.base names no branch",
            f"git knows no {named!r}.",
            "Correct it, or fetch the branch.",
        )
    for branch in (named,) if named else _default_branches(root):
        commit = _commit(root, branch)
        revision = _git(root, "merge-base", "HEAD", commit) if commit else None
        if revision:
            return Base(revision, branch)
    return None


def changed_since(root: Path, revision: str) -> frozenset[str] | None:
    """Paths, relative to ``root``, that differ from ``revision`` now, untracked ones included.

    Of a renamed file both paths differ. None where git cannot tell.
    """
    commit = _commit(root, revision)
    if commit is None:
        return None
    changed = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", commit, "--")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    if changed is None or untracked is None:
        return None
    return frozenset(path for path in (changed + "\0" + untracked).split("\0") if path)


def listed_files(root: Path, patterns: Sequence[str] = ()) -> tuple[str, ...] | None:
    """Every file below ``root`` that git tracks or would, as paths relative to it.

    Tracked files that are gone from the work tree are among them. None where git cannot tell.

    Args:
        patterns: git's pathspecs, such as ``*.sql``; all files without any.
    """
    if _git_directory(root) is None:
        return None
    # The monitor that a configuration may name is a program of its own.
    command = ("-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others")
    listed = _git(root, *command, "--exclude-standard", "--", *patterns)
    if listed is None:
        return None
    return tuple(dict.fromkeys(path for path in listed.split("\0") if path))


def content_at(root: Path, revision: str, path: str) -> bytes | None:
    """A file's bytes at a revision; None where it did not exist."""
    return _git_bytes(root, "cat-file", "blob", f"{revision}:./{path}")


def git_environment() -> dict[str, str]:
    """Variables for a git that looks at the folder it runs in, and only looks."""
    inherited = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return {**inherited, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _default_branches(root: Path) -> tuple[str, ...]:
    remote = _git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    return tuple(filter(None, (remote, "origin/main", "origin/master", "main", "master")))


def _commit(root: Path, revision: str) -> str | None:
    """The full id of a commit; None where git knows no such one."""
    return _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )


def _git_directory(root: Path) -> Path | None:
    for folder in (root, *root.parents):
        marker = folder / ".git"
        if os.path.isdir(marker):  # noqa: PTH112 - Path.is_dir raises where permission lacks
            return marker
        link = _first_line(marker)
        if link.startswith("gitdir:"):
            return folder / link.removeprefix("gitdir:").strip()
    return None


def _first_line(path: Path) -> str:
    """The first line of one of git's small files; empty where there is none to read."""
    if not os.path.isfile(path):  # noqa: PTH113 - as above; nor would a pipe ever end
        return ""
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            return file.readline(4096).strip()
    except (OSError, ValueError):  # ValueError: a NUL character in the path
        return ""


def _git(root: Path, *arguments: str) -> str | None:
    output = _git_bytes(root, *arguments)
    return None if output is None else os.fsdecode(output).rstrip("\n")


def _git_bytes(root: Path, *arguments: str) -> bytes | None:
    # Deferred: `mig-assist status` asks for the branch only, and starts no process.
    import shutil
    import subprocess

    if shutil.which("git") is None:
        return None
    try:
        completed = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError):  # ValueError: a NUL character in an argument
        return None
    return completed.stdout if completed.returncode == 0 else None
