"""The registry: the list of migrations that the runner obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from mig_assist.backend import Backend
from mig_assist.errors import ErrorInFile
from mig_assist.file_changes import FileChange
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.model import Workspace


class RegistryError(ErrorInFile):
    """The registry cannot be read as a list of migrations."""


class EntryText(NamedTuple):
    """A text in an entry that follows from the files it names.

    Attributes:
        field: what the registry calls it.
        expected: what it would be for these files.
        line: 1-based line of the text.
        is_checksum: whether it stands for the files' content.
    """

    field: str
    value: str
    expected: str
    line: int
    is_checksum: bool = False


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What a registry says of one version; paths are relative to the workspace.

    Attributes:
        checksums: what is recorded for each side; a side has none where none is recorded.
        line: 1-based line of the entry, where the registry is a file.
        path_lines: 1-based line of each path, likewise.
        texts: what else can be checked against the files.
    """

    version: int
    name: str
    checksums: Mapping[Backend, str]
    paths: Mapping[Backend, str]
    line: int | None = field(default=None, compare=False)
    path_lines: Mapping[Backend, int] = field(default_factory=dict, compare=False)
    texts: tuple[EntryText, ...] = field(default=(), compare=False)


class Registry(Protocol):
    """One way of keeping a list of migrations."""

    path: str | None
    """The registry file, relative to the workspace; None where the folders are the list."""

    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the list.

        Raises:
            RegistryError: it cannot be read.
        """

    def checksum(self, file: MigrationFile, content: bytes) -> str:
        """What this registry records as the checksum of a migration file with that content.

        Raises:
            RegistryError: it cannot be read.
        """

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:
        """The edit that adds ``entry``, or replaces the one of its version; None for none.

        Raises:
            RegistryError: it cannot be read or edited.
        """

    def without_entry(self, version: int) -> FileChange | None:
        """The edit that removes the entry of a version; None where there is none.

        Raises:
            RegistryError: it cannot be read or edited, or lists the version twice.
        """

    def renamed(self, version: int, new_entry: RegistryEntry) -> FileChange | None:
        """The edit that turns the entry of a version into another one, in its right place.

        Where the version is listed twice, the entry with the new one's name is meant.

        Raises:
            RegistryError: it cannot be read or edited, or it is not plain which entry is meant.
        """


def open_registry(workspace: Workspace) -> Registry:
    """The workspace's registry: the one that its configuration names, else the one it has.

    Raises:
        RegistryError: none is named, and more than one file lists the migrations.
    """
    if not workspace.config.registry.kind:
        from mig_assist.workspace.registry_search import find_registry

        found = find_registry(workspace)
        workspace = workspace._replace(config=workspace.config._replace(registry=found))
    config = workspace.config.registry
    if config.kind == "toml":
        from mig_assist.workspace.registry.toml import TomlRegistry

        return TomlRegistry(workspace.root, config.path)
    if config.kind == "rust":
        from mig_assist.workspace.registry.rust import RustRegistry

        return RustRegistry(workspace)
    from mig_assist.workspace.registry.folders import FolderRegistry

    return FolderRegistry(workspace)
