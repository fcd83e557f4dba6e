"""The registry's entry for a pair, and the edit that puts it there."""

from __future__ import annotations

from collections.abc import Mapping

from mig_assist.backend import Backend
from mig_assist.file_changes import FileChange
from mig_assist.workspace.files import MigrationFile, migration_path, read_inside
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import Registry, RegistryEntry, open_registry


def entry_for(
    workspace: Workspace,
    version: int,
    name: str,
    contents: Mapping[Backend, bytes],
    registry: Registry | None = None,
) -> RegistryEntry:
    """The entry of a pair with the given contents.

    Args:
        registry: the workspace's, where it was read already.

    Raises:
        RegistryError: the registry, whose kind of checksum is asked for, cannot be read.
    """
    registry = registry or open_registry(workspace)
    paths = {side: migration_path(workspace, side, version, name) for side in Backend}
    files = [MigrationFile(version, name, side, path) for side, path in paths.items()]
    checksums = {file.backend: registry.checksum(file, contents[file.backend]) for file in files}
    return RegistryEntry(version, name, checksums, paths)


def registry_edit(workspace: Workspace, version: int, name: str) -> FileChange | None:
    """The edit that registers the pair as its files are now; None where nothing has to change.

    Raises:
        UnreadableSource: one of the files, or the registry, cannot be read.
        RegistryError: the registry is not one.
    """
    contents: dict[Backend, bytes] = {}
    for side in Backend:
        path = migration_path(workspace, side, version, name)
        source = read_inside(workspace.root, path)
        contents[side] = source.encode(source.text)
    return open_registry(workspace).with_entry(entry_for(workspace, version, name, contents))
