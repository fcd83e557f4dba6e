"""A registry in TOML, as the embedded workspace keeps it.

Each version is a ``[[migration]]`` table with ``version``, ``name``, ``checksum`` (a table of
one content digest for each backend) and one path for each backend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.file_changes import FileChange
from mig_assist.source_text import SourceText, UnreadableSource
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.layout import HIGHEST_VERSION
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.toml_text import NotToml, parse_toml

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*migration[ \t]*\]\][ \t]*(?:#.*)?$", re.MULTILINE)


class TomlRegistry:
    """A ``registry.toml``; ``path`` is relative to ``root``."""

    def __init__(self, root: Path, path: str) -> None:
        self.path: str | None = path
        self._name = path
        self._root = root

    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the file.

        Raises:
            RegistryError: the file cannot be read, is not TOML, or has an entry that lacks a
                field.
        """
        return self._parsed(self._read().text)

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:
        """The file with ``entry`` in its place; all around it stays as it is.

        Raises:
            RegistryError: as for :meth:`entries`, or the file is written in a way that cannot be
                edited.
        """
        from tomlkit.exceptions import TOMLKitError

        source = self._read()
        entries = list(self._parsed(source.text))
        if entry in entries:
            return None
        versions = [known.version for known in entries]
        if entry.version in versions:
            entries[versions.index(entry.version)] = entry
        else:
            entries.insert(_place(versions, entry.version), entry)
        with suppress(RegistryError, TOMLKitError):
            text = _edited(source.text, versions, entry)
            if self._parsed(text) == tuple(entries):
                before = content_digest(source.encode(source.text))
                return FileChange(self._name, source.encode(text), before)
        raise RegistryError(
            f"{self._name} cannot be edited",
            "Its entries are not written as plain [[migration]] tables.",
            f"Write them so, or register V{entry.version} by hand.",
        )

    def _read(self) -> SourceText:
        try:
            return read_inside(self._root, self._name)
        except UnreadableSource as error:
            raise RegistryError(error.title, error.message, error.fix) from None

    def _parsed(self, text: str) -> tuple[RegistryEntry, ...]:
        try:
            data = parse_toml(text)
        except NotToml as error:
            raise self._error(f"{error}.", error.line) from None
        tables = data.get("migration", [])
        if not isinstance(tables, list):
            raise self._error("`migration` must be a list of tables, written [[migration]].")
        return tuple(self._entry(number, table) for number, table in enumerate(tables, 1))

    def _entry(self, number: int, table: Any) -> RegistryEntry:
        def take(source: Mapping[str, Any], key: str, kind: type[Any]) -> Any:
            value = source.get(key)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self._error(f"Entry {number} lacks a valid `{key}`.")
            return value

        if not isinstance(table, dict):
            raise self._error(f"Entry {number} is not a table.")
        version = take(table, "version", int)
        if not 0 < version <= HIGHEST_VERSION:
            raise self._error(f"Entry {number} has a version that is not one.")
        checksums = take(table, "checksum", dict)
        return RegistryEntry(
            version,
            take(table, "name", str),
            {side: take(checksums, str(side), str) for side in Backend},
            {side: take(table, str(side), str) for side in Backend},
        )

    def _error(self, message: str, line: int | None = None) -> RegistryError:
        return RegistryError(
            f"{self._name} cannot be read as a registry",
            message,
            "Mend it by hand, or restore it from git.",
            line,
        )


def _place(versions: list[int], version: int) -> int:
    return sum(known < version for known in versions)


def _edited(text: str, versions: list[int], entry: RegistryEntry) -> str:
    """The text with the entry replaced or added.

    Only the entry's own lines are looked at, so that a long registry costs no more than a short
    one. Whether that was right is for the caller to see.
    """
    starts = [match.start() for match in _HEADER.finditer(text)]
    if entry.version in versions and len(starts) == len(versions):
        start, end = list(pairwise([*starts, len(text)]))[versions.index(entry.version)]
        return text[:start] + _replaced(text[start:end], entry) + text[end:]
    place = _place(versions, entry.version)
    cut = _above_comments(text, starts[place]) if place < len(starts) else len(text)
    before, after = text[:cut].rstrip("\n"), text[cut:]
    joined = "\n\n".join(part for part in (before, _written(entry), after) if part)
    return joined if after else f"{joined}\n"


def _above_comments(text: str, place: int) -> int:
    """Where the comment begins that stands right above a place."""
    while place:
        start = text.rfind("\n", 0, place - 1) + 1
        if not text[start:place].lstrip().startswith("#"):
            break
        place = start
    return place


def _replaced(lines: str, entry: RegistryEntry) -> str:
    import tomlkit

    document: Any = tomlkit.parse(lines)
    table = document["migration"][0]
    _set(table, "version", entry.version)
    _set(table, "name", entry.name)
    for side in Backend:
        _set(table["checksum"], str(side), entry.checksums[side])
        _set(table, str(side), entry.paths[side])
    return tomlkit.dumps(document)


def _set(table: Any, key: str, value: str | int) -> None:
    if table[key] != value:
        table[key] = value


def _written(entry: RegistryEntry) -> str:
    from tomlkit import string

    def quoted(value: str) -> str:
        return string(value).as_string()

    checksums = ", ".join(f"{side} = {quoted(entry.checksums[side])}" for side in Backend)
    return "\n".join(
        (
            "[[migration]]",
            f"version = {entry.version}",
            f"name = {quoted(entry.name)}",
            f"checksum = {{ {checksums} }}",
            *(f"{side} = {quoted(entry.paths[side])}" for side in Backend),
        )
    )
