"""Lists of tables that people keep by hand: a guard of resets, a seed, an export.

Configuration names them: a file with a table on each line, or ``path:NAME`` for a list inside a
Rust, TOML or JSON file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from mig_assist.digests import content_digest
from mig_assist.errors import ErrorInFile
from mig_assist.file_changes import ChangeRefused, FileChange, resolve_inside
from mig_assist.source_text import UnreadableSource, decode_source, read_source
from mig_assist.workspace.model import Workspace


class TableListError(ErrorInFile):
    """What configuration names is no list of tables."""


class ListedTable(NamedTuple):
    """A table in a list, with its 1-based line."""

    name: str
    line: int


class TableText(Protocol):
    """A list in the text of its file."""

    content: bytes
    """The file's bytes."""

    line: int
    """1-based line in which the list begins."""

    tables: tuple[ListedTable, ...]
    """In the order of the list."""

    def with_table(self, name: str, index: int) -> bytes:
        """The file's bytes with a table added before the one with an index, or at the end."""

    def without_table(self, index: int) -> bytes:
        """The file's bytes without a table."""


class TableList:
    """A list that configuration names, read and edited.

    Attributes:
        path: its file, relative to the workspace.
    """

    def __init__(self, workspace: Workspace, stated: str, path: str) -> None:
        self.path = posixpath.normpath(path)
        self._name = stated.removeprefix(path).removeprefix(":")
        self._stated = stated
        self._workspace = workspace

    def read(self) -> TableText:
        """The list as it is now.

        Raises:
            TableListError: there is none, or it is of another kind.
        """
        return self._parsed(self._content())

    def changed(self, added: Sequence[str], removed: Collection[str]) -> FileChange | None:
        """The edit that adds and removes tables in the list's own style; None for none.

        New ones go where the alphabet puts them, if the list follows it, and else to its end.

        Raises:
            TableListError: as for :meth:`read`, or the list cannot be edited.
        """
        before = self._content()
        try:
            content = self._edited(before, added, removed)
        except NoTableList as problem:
            raise self._error(f"{problem}.", problem.line) from None
        if content == before:
            return None
        unwanted = {name.lower() for name in removed} - {name.lower() for name in added}
        held = {table.name.lower() for table in self._parsed(content).tables}
        if unwanted & held or not {name.lower() for name in added} <= held:
            raise self._error("The list is written in a way that cannot be edited.")
        return FileChange(self.path, content, content_digest(before))

    def _edited(self, content: bytes, added: Sequence[str], removed: Collection[str]) -> bytes:
        text = self._parsed(content)
        names = [table.name for table in text.tables]
        is_sorted = names == sorted(names)
        for name in removed:
            index = _index(text.tables, name)
            while index is not None:
                text = self._parsed(text.without_table(index))
                index = _index(text.tables, name)
        for name in added:
            if _index(text.tables, name) is None:
                before = [table.name < name or not is_sorted for table in text.tables]
                text = self._parsed(text.with_table(name, sum(before)))
        return text.content

    def _content(self) -> bytes:
        try:
            place = resolve_inside(self._workspace.root, self.path)
            # For its checks; the bytes are needed as they are, line endings included.
            read_source(place, self.path)
            return place.read_bytes()
        except (ChangeRefused, UnreadableSource) as error:
            raise TableListError(error.title, error.message, error.fix) from None
        except OSError as error:
            raise self._error(f"It cannot be read: {error.strerror or error}.") from None

    def _parsed(self, content: bytes) -> TableText:
        suffix = posixpath.splitext(self.path)[1].lower()
        try:
            if suffix == ".rs":
                from mig_assist.workspace.registry.rust.formatting import style_of
                from mig_assist.workspace.table_lists.rust import RustTables

                style = style_of(self._workspace.root, self.path)
                return RustTables(content, self._name, style)
            source = decode_source(content, self.path)
            if suffix in (".toml", ".json"):
                from mig_assist.workspace.table_lists.data import DataTables

                return DataTables(content.decode(), self._name, source, suffix)
            if self._name:
                raise NoTableList(f"{suffix or 'Such a'} file has no list called {self._name}")
            from mig_assist.workspace.table_lists.lines import LineTables

            return LineTables(content.decode())
        except NoTableList as problem:
            raise self._error(f"{problem}.", problem.line) from None

    def _error(self, message: str, line: int | None = None) -> TableListError:
        return TableListError(
            f"{self._stated} is no list of tables",
            message,
            "Correct it, or its name under [lists] in mig-assist.toml.",
            line,
        )


class NoTableList(Exception):
    """Why a text has no such list; ``line`` is 1-based, where it is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def table_lists(workspace: Workspace) -> tuple[TableList, ...]:
    """The lists that the workspace's configuration names."""
    lists = workspace.config.lists
    stated = zip(lists.tables, lists.paths, strict=True)
    return tuple(TableList(workspace, each, path) for each, path in stated)


def _index(tables: Sequence[ListedTable], name: str) -> int | None:
    """The place of a table; unquoted names are alike in any case."""
    wanted = name.lower()
    return next((n for n, table in enumerate(tables) if table.name.lower() == wanted), None)
