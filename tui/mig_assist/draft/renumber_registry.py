"""The registry under new numbers, also where it is in conflict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from mig_assist.backend import Backend
from mig_assist.draft.registry_entry import entry_for
from mig_assist.file_changes import FileChange
from mig_assist.workspace.git import content_at
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Migration
from mig_assist.workspace.registry import open_registry
from mig_assist.workspace.registry.conflict import (
    EditableRegistry,
    RegistryConflict,
    has_conflict,
    registry_conflict,
    staged_conflict,
)


def moved_registry(
    workspace: Workspace,
    pairs: Mapping[Migration, tuple[int, Mapping[Backend, bytes]]],
    placed: Collection[Migration] = (),
) -> FileChange | None:
    """The registry's edit that gives each of our migrations its new entry.

    A conflict is resolved by keeping every entry of both sides. None where there is no registry,
    or it lists none of ours.

    Args:
        pairs: our migrations by their old number: the new one, and what both files will hold.
        placed: our migrations that a rebase in progress has replayed already.

    Raises:
        RegistryError: it cannot be read or edited, or what is in conflict is more than entries.
    """
    found = open_registry(workspace)
    if found.path is None:
        return None
    registry = cast("EditableRegistry", found)  # as every one that is a file
    content = registry.content()
    conflict = _conflict(workspace, registry, found.path, placed)
    if conflict is None and not pairs:
        return None
    # Only now: what a registry records as a checksum is read from a side of its conflict.
    moved = {
        (old, name): entry_for(workspace, new, name, contents, found)
        for (old, name), (new, contents) in pairs.items()
    }
    resolved = conflict.resolved(moved).content if conflict else None
    text = registry.text_of(resolved or content)
    # The highest first, so that none of them takes the number of another.
    for (version, name), entry in sorted(moved.items(), reverse=True):
        if any((known.version, known.name) == (version, name) for known in text.entries):
            text = text.renamed(version, entry)
    return registry.change(content, text.content)


def _conflict(
    workspace: Workspace, registry: EditableRegistry, path: str, placed: Collection[Migration]
) -> RegistryConflict | None:
    """The registry's conflict, if it has one.

    The markers tell it as a person may have begun to resolve it. Once a rebase has placed entries
    under new numbers, markers stand inside of entries; then git's index tells each side whole.
    """
    if not has_conflict(registry.content()):
        return None
    if placed:
        ancestor, upper, lower = (content_at(workspace.root, f":{stage}", path) for stage in "123")
        if ancestor and upper and lower:
            return staged_conflict(registry, path, (ancestor, upper, lower), placed)
    return registry_conflict(registry, path)
