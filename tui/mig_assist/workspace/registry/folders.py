"""No registry file: the runner takes every migration that lies in the folders."""

from __future__ import annotations

from mig_assist.digests import file_digest
from mig_assist.file_changes import FileChange
from mig_assist.workspace.files import pairs, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry


class FolderRegistry:
    """The folders themselves, seen as a list."""

    path: str | None = None

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

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
