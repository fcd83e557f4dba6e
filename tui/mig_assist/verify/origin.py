"""What changed in the workspace since a migration was opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mig_assist.workspace.git import base_of, changed_since, current_branch
from mig_assist.workspace.model import Workspace


@dataclass(frozen=True, slots=True)
class Origin:
    """How things stood when the migration was opened.

    Attributes:
        base: the commit that was checked out then, None without git.
        snapshot: path → digest at that time, of every document and test.
    """

    base: str | None
    snapshot: Mapping[str, str]


def changed_files(workspace: Workspace, now: Mapping[str, str], origin: Origin) -> tuple[str, ...]:
    """Those of the files in ``now`` that were added or changed since the work began, sorted.

    Args:
        now: path → digest of the files that exist now.
        origin: its snapshot decides where git cannot tell.
    """
    told = [
        changed
        for revision in _revisions(workspace, origin)
        if (changed := changed_since(workspace.root, revision)) is not None
    ]
    if told:
        return tuple(sorted(frozenset().union(*told) & now.keys()))
    return tuple(sorted(path for path in now if origin.snapshot.get(path) != now[path]))


def _revisions(workspace: Workspace, origin: Origin) -> Iterator[str]:
    """The commits since which a change is one of this work.

    That is the merge base: what others did before it came with a merge or a rebase. On the
    default branch itself the merge base moves with every commit, so there it is also the commit
    at which the migration was opened.
    """
    base = base_of(workspace)
    if base is not None:
        yield base.revision
    default = None if base is None else base.branch.removeprefix("origin/")
    if origin.base and default in (None, current_branch(workspace.root)):
        yield origin.base
