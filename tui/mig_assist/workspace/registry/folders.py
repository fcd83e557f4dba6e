"""No registry file: the runner takes every migration that lies in the folders."""

from __future__ import annotations

from mig_assist.digests import content_digest, file_digest
from mig_assist.file_changes import FileChange
from mig_assist.workspace.files import MigrationFile, pairs, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry


class FolderRegistry:
    """The folders themselves, seen as a list.

    Attributes:
        by_hand: the file that names the migrations in a form that is not edited; else empty.
    """

    path: str | None = None

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.by_hand = workspace.config.registry.path

    def entries(self) -> tuple[RegistryEntry, ...]:
        """One entry for each version that has a file."""
        return tuple(
            RegistryEntry(
                pair.version,
                pair.files[0].name,
                {
                    file.backend: file_digest(self._workspace.root / file.path) or ""
                    for file in pair.files
                },
                {file.backend: file.path for file in pair.files},
            )
            for pair in pairs(scan(self._workspace))
        )

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:  # noqa: ARG002
        """Nothing to edit: the file's presence is its entry."""
        return None

    def checksum(self, file: MigrationFile, content: bytes) -> str:  # noqa: ARG002
        """The content's digest."""
        return content_digest(content)

    def without_entry(self, version: int) -> FileChange | None:  # noqa: ARG002
        """Nothing to edit."""
        return None

    def renamed(self, version: int, new_entry: RegistryEntry) -> FileChange | None:  # noqa: ARG002
        """Nothing to edit."""
        return None
