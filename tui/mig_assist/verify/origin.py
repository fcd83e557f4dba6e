"""What changed in the workspace since a migration was opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mig_assist.workspace.git import base_of, changed_since
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
        origin: asked first, because on the default branch itself the merge base moves with every
            commit; its snapshot decides where git cannot tell.
    """
    base = base_of(workspace)
    for revision in (origin.base, base.revision if base else None):
        changed = changed_since(workspace.root, revision) if revision else None
        if changed and (found := _within(changed, now)):
            return found
    if base is None:
        return _within({p for p, digest in now.items() if origin.snapshot.get(p) != digest}, now)
    return ()


def _within(changed: Collection[str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(path for path in changed if path in now))
