"""The registry: the list of migrations that the runner obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mig_assist.backend import Backend
from mig_assist.errors import MigAssistError
from mig_assist.file_changes import FileChange
from mig_assist.workspace.model import Workspace


class RegistryError(MigAssistError):
    """The registry cannot be read as a list of migrations.

    Attributes:
        line: 1-based line of the problem, where it is known.
    """

    def __init__(self, title: str, message: str = "", fix: str = "", line: int | None = None):
        super().__init__(title, message, fix)
        self.line = line


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What a registry says of one version; paths are relative to the workspace."""

    version: int
    name: str
    checksums: Mapping[Backend, str]
    paths: Mapping[Backend, str]


class Registry(Protocol):
    """One way of keeping a list of migrations."""

    path: str | None
    """The registry file, relative to the workspace; None where the folders are the list."""

    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the list.

        Raises:
            RegistryError: it cannot be read.
        """

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:
        """The edit that adds ``entry``, or replaces the one of its version; None for none.

        Raises:
            RegistryError: it cannot be read.
        """


def open_registry(workspace: Workspace) -> Registry:
    """The workspace's registry, by the kind its configuration names."""
    if workspace.config.registry.kind == "toml":
        from mig_assist.workspace.registry.toml import TomlRegistry

        return TomlRegistry(workspace.root, workspace.config.registry.path)
    from mig_assist.workspace.registry.folders import FolderRegistry

    return FolderRegistry(workspace)
