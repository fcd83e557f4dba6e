"""What git knows of the workspace; every answer has a form for "there is no git"."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mig_assist.workspace.model import Workspace


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

    Read from ``.git`` itself, so that `mig-assist status` starts no process.
    """
    directory = _git_directory(root)
    if directory is None:
        return None
    try:
        head = (directory / "HEAD").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    prefix = "ref: refs/heads/"
    return head.strip().removeprefix(prefix) if head.startswith(prefix) else None


def head_revision(root: Path) -> str | None:
    """The commit that is checked out; None without git or before the first commit."""
    return _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def base_of(workspace: Workspace) -> Base | None:
    """The merge base with the default branch, or None where git cannot tell.

    The branch is the one that mig-assist.toml names, else the remote's default branch, else
    ``main`` or ``master``.
    """
    root = workspace.root
    if _git_directory(root) is None:
        return None
    for branch in _candidates(workspace):
        if branch.startswith("-"):
            continue
        revision = _git(root, "merge-base", "HEAD", branch)
        if revision:
            return Base(revision, branch)
    return None


def changed_since(root: Path, revision: str) -> frozenset[str] | None:
    """Paths, relative to ``root``, that differ from ``revision`` now, untracked ones included.

    None where git cannot tell.
    """
    changed = _git(root, "diff", "--name-only", "--relative", "-z", revision, "--")
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


def _candidates(workspace: Workspace) -> tuple[str, ...]:
    if workspace.config.git.base:
        return (workspace.config.git.base,)
    remote = _git(workspace.root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    return tuple(filter(None, (remote, "origin/main", "origin/master", "main", "master")))


def _git_directory(root: Path) -> Path | None:
    for folder in (root, *root.parents):
        marker = folder / ".git"
        if marker.is_dir():
            return marker
        if marker.is_file():
            try:
                text = marker.read_text(encoding="utf-8", errors="surrogateescape").strip()
            except OSError:
                return None
            return folder / text.removeprefix("gitdir:").strip()
    return None


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
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return completed.stdout if completed.returncode == 0 else None
