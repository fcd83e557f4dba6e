"""A registry kept in Rust source, read and edited through its syntax tree."""

from __future__ import annotations

from mig_assist.digests import content_digest
from mig_assist.file_changes import ChangeRefused, FileChange, resolve_inside
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.registry.places import crate_of, locator
from mig_assist.workspace.registry.rust.formatting import style_of
from mig_assist.workspace.registry.rust.reading import Surroundings
from mig_assist.workspace.registry.rust.text import Manner, RustText


class RustRegistry:
    """The list of migrations in a Rust file of the workspace.

    Where the file holds a list for each backend, both are read and edited as one.
    """

    def __init__(self, workspace: Workspace) -> None:
        config = workspace.config.registry
        self.path: str | None = config.path
        self._path = config.path
        self._name = config.name
        self._workspace = workspace
        self._last: RustText | None = None

    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the list.

        Raises:
            RegistryError: the file cannot be read, or has no list of migrations.
        """
        return self.text().entries

    def checksum(self, file: MigrationFile, content: bytes) -> str:
        """What this registry records as the checksum of a migration file with that content.

        Raises:
            RegistryError: as for :meth:`entries`.
        """
        return (self._last or self.text()).checksum(file, content)

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:
        """The edit that adds ``entry``, or replaces the one of its version; None for none.

        Raises:
            RegistryError: as for :meth:`entries`, or the list cannot be edited.
        """
        text = self.text()
        return self.change(text.content, text.with_entry(entry).content)

    def without_entry(self, version: int) -> FileChange | None:
        """The edit that removes the entry of a version; None where there is none.

        Raises:
            RegistryError: as for :meth:`entries`, or the list cannot be edited.
        """
        text = self.text()
        return self.change(text.content, text.without_entry(version).content)

    def renamed(self, version: int, new_entry: RegistryEntry) -> FileChange | None:
        """The edit that turns the entry of a version into another one, in its right place.

        Where the version is listed twice, the entry with the new one's name is meant.

        Raises:
            RegistryError: as for :meth:`entries`, or the list cannot be edited.
        """
        text = self.text()
        return self.change(text.content, text.renamed(version, new_entry).content)

    def text(self) -> RustText:
        """The file as it is now.

        Raises:
            RegistryError: it cannot be read.
        """
        return self.text_of(self.content())

    def text_of(self, content: bytes) -> RustText:
        """The registry as it would be with another content of its file."""
        if self._last is None or self._last.content != content:
            root, config = self._workspace.root, self._workspace.config
            around = Surroundings(
                self._path,
                crate_of(root, self._path),
                self._workspace.layout,
                config.baseline,
                locator(self._workspace.layout),
                self._content_of,
            )
            self._last = RustText(content, Manner(around, style_of(root, self._path), self._name))
        return self._last

    def change(self, old: bytes, new: bytes) -> FileChange | None:
        """The edit that leads from one content to the other; None where they are equal."""
        return None if new == old else FileChange(self._path, new, content_digest(old))

    def content(self) -> bytes:
        """The file's bytes as they are now.

        Raises:
            RegistryError: it cannot be read as text.
        """
        try:
            file = resolve_inside(self._workspace.root, self._path)
            # For its checks; the bytes are needed as they are, line endings included.
            read_source(file, self._path)
            return file.read_bytes()
        except (ChangeRefused, UnreadableSource) as error:
            raise RegistryError(error.title, error.message, error.fix) from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise RegistryError(f"{self._path} cannot be read", f"{reason}.") from None

    def _content_of(self, path: str) -> bytes | None:
        try:
            return resolve_inside(self._workspace.root, path).read_bytes()
        except (ChangeRefused, OSError):
            return None
