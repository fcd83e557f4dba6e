"""What git knows of the workspace; every answer has a form for "there is no git"."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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

_REBASES = ("rebase-merge", "rebase-apply")


@dataclass(frozen=True, slots=True)
class Base:
    """The revision from which this work started.

    Attributes:
        revision: a full commit id.
        branch: the branch it is the merge base with, as the user would call it.
        tip: the commit that the branch is at now.
    """

    revision: str
    branch: str
    tip: str = field(default="", compare=False)


class Branch(NamedTuple):
    """A local or remote-tracking branch.

    Attributes:
        name: as the user would call it: ``feat/x``, ``origin/feat/x``.
        remote: the remote it was fetched from; empty for a local one.
        commit: the commit it is at.
    """

    name: str
    remote: str
    commit: str

    @property
    def local_name(self) -> str:
        """What it is called in its own repository."""
        return self.name.removeprefix(f"{self.remote}/") if self.remote else self.name


class Situation(NamedTuple):
    """What is unusual about a work tree just now.

    Attributes:
        unfinished: "merge", "rebase", "cherry-pick" or "revert", as begun; empty for none.
        detached: whether no branch is checked out, and none is being rebased.
        shallow: whether the clone lacks a part of its history.
    """

    unfinished: str = ""
    detached: bool = False
    shallow: bool = False


def current_branch(root: Path) -> str | None:
    """The checked-out branch, or the one that is being rebased; None without git or branch.

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
    if not head.startswith(prefix):
        # A rebase works on a detached head, and remembers whose commits it moves.
        rebased = (_first_line(directory / f"{kind}/head-name") for kind in _REBASES)
        head = next((f"ref: {name}" for name in rebased if name), "")
    return head.removeprefix(prefix) if head.startswith(prefix) else None


def situation(root: Path) -> Situation:
    """What is unusual about the work tree; read from ``.git`` without a process."""
    directory = _git_directory(root)
    if directory is None:
        return Situation()
    rebasing = any((directory / kind).is_dir() for kind in _REBASES)
    marks = (("merge", "MERGE"), ("cherry-pick", "CHERRY_PICK"), ("revert", "REVERT"))
    begun = (word for word, mark in marks if (directory / f"{mark}_HEAD").is_file())
    return Situation(
        "rebase" if rebasing else next(begun, ""),
        current_branch(root) is None,
        (_common_directory(directory) / "shallow").is_file(),
    )


def base_position(workspace: Workspace) -> str | None:
    """Where the base branch is now, as far as git's own small files tell.

    It changes whenever the branch moves: by a fetch, say. Found without a process, hence None
    where it takes one, without git, and where the base is the branch that is checked out.
    """
    root, named = workspace.root, workspace.config.git.base
    directory = _git_directory(root)
    if directory is None:
        return None
    common = _common_directory(directory)
    origin = "refs/remotes/origin/"
    head = _first_line(common / f"{origin}HEAD").removeprefix("ref: ")
    references = (f"refs/heads/{named}", f"refs/remotes/{named}") if named else (
        head, f"{origin}main", f"{origin}master", "refs/heads/main", "refs/heads/master"
    )  # fmt: skip
    packed: dict[str, str] | None = None
    for reference in filter(None, references):
        position = _first_line(common / reference)
        if not position:
            packed = _packed_references(common) if packed is None else packed
            position = packed.get(reference, "")
        if position:
            ours = reference == f"refs/heads/{current_branch(root)}"
            return None if ours else f"{reference.split('/', 2)[2]} {position}"
    return None


def head_position(root: Path) -> str:
    """The commit that is checked out, as far as git's own small files tell; empty otherwise.

    Found without a process.
    """
    directory = _git_directory(root)
    if directory is None:
        return ""
    head = _first_line(directory / "HEAD")
    if not head.startswith("ref: "):
        return head
    common, reference = _common_directory(directory), head.removeprefix("ref: ")
    return _first_line(common / reference) or _packed_references(common).get(reference, "")


def references_mark(root: Path) -> Hashable:
    """A value that differs whenever a branch moved, came or went; found without a process.

    Git replaces the files of its branches, so the times of the folders that hold them tell.
    """
    directory = _git_directory(root)
    if directory is None:
        return None
    common = _common_directory(directory)
    places = (directory / "HEAD", common / "packed-refs", common / "reftable")
    found = [modified(place) for place in places]
    folders = [common / "refs" / "heads", common / "refs" / "remotes"]
    while folders:
        folder = folders.pop()
        found.append(modified(folder))
        try:
            with os.scandir(folder) as entries:
                folders += [folder / e.name for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:
            continue
    return tuple(found)


def branches(root: Path) -> tuple[Branch, ...]:
    """Every local and every remote-tracking branch, local ones first."""
    form = "%(refname)%00%(objectname)%00%(symref)"
    listed = _git(root, "for-each-ref", f"--format={form}", "refs/heads", "refs/remotes")
    found = []
    for line in (listed or "").split("\n"):
        reference, _, rest = line.partition("\0")
        commit, _, symbolic = rest.partition("\0")
        kind, _, name = reference.removeprefix("refs/").partition("/")
        if name and not symbolic:
            remote = name.partition("/")[0] if kind == "remotes" else ""
            found.append(Branch(name, remote, commit))
    return tuple(found)


def folder_listings(
    root: Path, commits: Sequence[str], folder: str
) -> dict[str, tuple[frozenset[str], str]]:
    """The names in a folder at each of many commits, with an id that equal contents share.

    Two processes do for any number of commits; each distinct content is read once.

    Args:
        folder: relative to ``root``; empty for ``root`` itself.
    """
    prefix = _prefix(root)
    place = "/".join(part for part in (prefix, folder) if part)
    if prefix is None or not commits or "\n" in place:
        return {}
    asked = "".join(f"{commit}:{place}\n" for commit in commits)
    answers = _git_bytes(root, "cat-file", "--batch-check=%(objectname) %(objecttype)", given=asked)
    trees: dict[str, str] = {}
    for commit, line in zip(commits, (answers or b"").decode().splitlines(), strict=False):
        tree, _, kind = line.partition(" ")
        if kind == "tree":
            trees[commit] = tree
    distinct = list(dict.fromkeys(trees.values()))
    content = _git_bytes(root, "cat-file", "--batch", given="\n".join(distinct) + "\n")
    names = dict(_tree_names(content or b""))
    return {c: (names[tree], tree) for c, tree in trees.items() if tree in names}


def other_work_trees(root: Path) -> tuple[Path, ...]:
    """The same folder in the other work trees of the repository, as far as they exist."""
    directory, prefix = _git_directory(root), _prefix(root)
    if directory is None or prefix is None:
        return ()
    common = _common_directory(directory)
    tops = [common.parent] if common.name == ".git" else []
    try:
        linked = sorted((common / "worktrees").iterdir())
    except OSError:
        linked = []
    for entry in linked:
        marker = _first_line(entry / "gitdir")
        if marker:
            tops.append((entry / marker).parent)
    here = os.path.realpath(root)
    places = [Path(os.path.realpath(top / prefix)) for top in tops]
    return tuple(place for place in places if str(place) != here and place.is_dir())


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
    root = workspace.root
    for branch, tip in _candidates(workspace):
        revision = _git(root, "merge-base", "HEAD", tip)
        if revision:
            remote = Base(revision, branch, tip)
            return remote if workspace.config.git.base else _newer_base(root, remote)
    return None


def _newer_base(root: Path, remote: Base) -> Base:
    """The local default branch instead of its remote-tracking one, where we left that later."""
    local = remote.branch.removeprefix("origin/")
    if local in (remote.branch, current_branch(root)):
        return remote
    tip = _commit(root, f"refs/heads/{local}")
    revision = _git(root, "merge-base", "HEAD", tip) if tip and tip != remote.tip else None
    if tip is None or not revision:
        return remote
    older, newer = (remote.tip, tip) if revision == remote.revision else (remote.revision, revision)
    return Base(revision, local, tip) if _is_ancestor(root, older, newer) else remote


def _is_ancestor(root: Path, older: str, newer: str) -> bool:
    return _git(root, "merge-base", "--is-ancestor", older, newer) is not None


def merged_commits(root: Path) -> tuple[str, ...]:
    """The commits that an unfinished merge brings in; found without a process."""
    directory = _git_directory(root)
    try:
        return tuple((directory / "MERGE_HEAD").read_text().split()) if directory else ()
    except OSError:
        return ()


def unmerged_paths(root: Path) -> tuple[str, ...]:
    """Paths, relative to ``root``, that git holds to be in conflict."""
    listed = _git(root, "diff", "--name-only", "--relative", "--diff-filter=U", "-z")
    return tuple(path for path in (listed or "").split("\0") if path)


def former_tips(root: Path, branch: str, most: int = 50) -> tuple[str, ...]:
    """The commits that a branch was at, newest first, as far as git remembers them."""
    listed = _git(root, "log", "-g", "--format=%H", f"-{most}", f"refs/heads/{branch}", "--")
    return tuple(dict.fromkeys((listed or "").split()))


def base_branch(workspace: Workspace) -> Base | None:
    """The same, with an empty revision where the history that leads to it is not here.

    Raises:
        ConfigurationError: as above.
    """
    found = base_of(workspace)
    if found is None:
        branch, tip = next(_candidates(workspace), ("", ""))
        found = Base("", branch, tip) if branch else None
    return found


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


def _candidates(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Each branch that may be the base, with the commit it is at."""
    root, named = workspace.root, workspace.config.git.base
    if _git_directory(root) is None or head_revision(root) is None:
        return
    if named and _commit(root, named) is None:
        raise ConfigurationError(
            f"{CONFIG_NAME}: git.base names no branch",
            f"git knows no {named!r}.",
            "Correct it, or fetch the branch.",
        )
    for branch in (named,) if named else _default_branches(root):
        tip = _commit(root, branch)
        if tip:
            yield branch, tip


def _default_branches(root: Path) -> tuple[str, ...]:
    remote = _git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    return tuple(filter(None, (remote, "origin/main", "origin/master", "main", "master")))


def _commit(root: Path, revision: str) -> str | None:
    """The full id of a commit; None where git knows no such one."""
    return _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )


def _prefix(root: Path) -> str | None:
    """Where ``root`` lies in its work tree, with forward slashes; empty for its top."""
    for folder in (root, *root.parents):
        if os.path.lexists(folder / ".git"):
            relative = root.relative_to(folder).as_posix()
            return "" if relative == "." else relative
    return None


def modified(place: Path) -> int:
    """When a file or folder last changed, in nanoseconds; 0 where it is not there."""
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0


def _common_directory(directory: Path) -> Path:
    """The directory that all work trees share."""
    common = _first_line(directory / "commondir")
    return Path(os.path.normpath(directory / common)) if common else directory


def _packed_references(common: Path) -> dict[str, str]:
    try:
        text = (common / "packed-refs").read_text("utf-8", "backslashreplace")
    except OSError:
        return {}
    lines = (line.split(" ", 1) for line in text.splitlines() if not line.startswith(("#", "^")))
    return {name: commit for commit, name in lines}


def _tree_names(content: bytes) -> Iterator[tuple[str, frozenset[str]]]:
    """Id and names of each tree in the output of ``git cat-file --batch``."""
    import re

    place = 0
    while place < len(content):
        end = content.index(b"\n", place)
        name, kind, *size = content[place:end].split(b" ")
        place = end + 1
        if not size:  # missing
            continue
        tree = content[place : place + int(size[0])]
        place += len(tree) + 1
        # An entry is its mode, its name, and its id: 20 bytes for SHA-1, 32 for SHA-256.
        entries = re.findall(rb"[0-7]+ ([^\0]+)\0.{%d}" % (len(name) // 2), tree, re.DOTALL)
        if kind == b"tree":
            # Decoded at once, which takes a quarter of the time.
            names = os.fsdecode(b"\0".join(entries)).split("\0") if entries else ()
            yield name.decode(), frozenset(names)


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


def _git_bytes(root: Path, *arguments: str, given: str = "") -> bytes | None:
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
            input=os.fsencode(given),
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError):  # ValueError: a NUL character in an argument
        return None
    return completed.stdout if completed.returncode == 0 else None
