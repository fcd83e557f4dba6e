"""The registry under new numbers, also where it is in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from mig_assist.file_changes import FileChange
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Migration
from mig_assist.workspace.registry import RegistryEntry, open_registry
from mig_assist.workspace.registry.conflict import EditableRegistry, registry_conflict


def moved_registry(
    workspace: Workspace, moved: Mapping[Migration, RegistryEntry]
) -> FileChange | None:
    """The registry's edit that gives each of our migrations its new entry.

    A conflict is resolved by keeping every entry of both sides. None where there is no registry,
    or it lists none of ours.

    Args:
        moved: our migrations by their old number, with what the registry is to say of each.

    Raises:
        RegistryError: it cannot be read or edited, or what is in conflict is more than entries.
    """
    found = open_registry(workspace)
    if found.path is None:
        return None
    registry = cast("EditableRegistry", found)  # as every one that is a file
    content = registry.content()
    conflict = registry_conflict(registry, found.path)
    resolved = conflict.resolved(moved).content if conflict else None
    text = registry.text_of(resolved or content)
    # The highest first, so that none of them takes the number of another.
    for (version, name), entry in sorted(moved.items(), reverse=True):
        if any((known.version, known.name) == (version, name) for known in text.entries):
            text = text.renamed(version, entry)
    return registry.change(content, text.content)
