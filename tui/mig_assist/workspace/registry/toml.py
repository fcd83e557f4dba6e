"""A registry in TOML, as the embedded workspace keeps it.

Each version is a ``[[migration]]`` table with ``version``, ``name``, ``checksum`` (a table of
one content digest for each backend) and one path for each backend.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.file_changes import FileChange
from mig_assist.source_text import SourceText, UnreadableSource, decode_source
from mig_assist.workspace.files import MigrationFile, read_inside
from mig_assist.workspace.layout import is_version
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.registry.conflict import has_conflict, in_conflict
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

    def checksum(self, file: MigrationFile, content: bytes) -> str:  # noqa: ARG002
        """The content's digest."""
        return content_digest(content)

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

    def without_entry(self, version: int) -> FileChange | None:
        """The file without the entry of a version and the comment above it.

        Raises:
            RegistryError: as for :meth:`with_entry`, or the version is listed twice.
        """
        old = self.content()
        return self.change(old, self.text_of(old).without_entry(version).content)

    def renamed(self, version: int, new_entry: RegistryEntry) -> FileChange | None:
        """The file in which the entry of a version has become another one, in its right place.

        Where the version is listed twice, the entry with the new one's name is meant.

        Raises:
            RegistryError: as for :meth:`with_entry`, or it is not plain which entry is meant.
        """
        old = self.content()
        return self.change(old, self.text_of(old).renamed(version, new_entry).content)

    def content(self) -> bytes:
        """The file's bytes as they are now.

        Raises:
            RegistryError: it cannot be read as text.
        """
        source = self._read()
        return source.encode(source.text)

    def text_of(self, content: bytes) -> TomlText:
        """The registry as it would be with another content."""
        return TomlText(decode_source(content, self._name), self._parsed, self._name)

    def change(self, old: bytes, new: bytes) -> FileChange | None:
        """The edit that leads from one content to the other; None where they are equal."""
        return None if new == old else FileChange(self._name, new, content_digest(old))

    def _read(self) -> SourceText:
        try:
            return read_inside(self._root, self._name)
        except UnreadableSource as error:
            raise RegistryError(error.title, error.message, error.fix) from None

    def _parsed(self, text: str) -> tuple[RegistryEntry, ...]:
        try:
            data = parse_toml(text)
        except NotToml as error:
            if has_conflict(text.encode()):
                raise in_conflict(self._name, error.line) from None
            raise self._error(f"{error}.", error.line) from None
        tables = data.get("migration", [])
        if not isinstance(tables, list):
            raise self._error("`migration` must be a list of tables, written [[migration]].")
        entries = tuple(self._entry(number, table) for number, table in enumerate(tables, 1))
        lines = [
            number for number, line in enumerate(text.split("\n"), 1) if _HEADER.fullmatch(line)
        ]
        if len(lines) != len(entries):
            return entries
        return tuple(replace(each, line=line) for each, line in zip(entries, lines, strict=True))

    def _entry(self, number: int, table: Any) -> RegistryEntry:
        def take(source: Mapping[str, Any], key: str, kind: type[Any]) -> Any:
            value = source.get(key)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self._error(f"Entry {number} lacks a valid `{key}`.")
            return value

        if not isinstance(table, dict):
            raise self._error(f"Entry {number} is not a table.")
        version = take(table, "version", int)
        if not is_version(version):
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


@dataclass(frozen=True, slots=True)
class TomlText:
    """The text of a registry: its entries, and the same text with other entries.

    Attributes:
        parse: reads the entries of such a text.
        name: how errors call the file.
    """

    source: SourceText
    parse: Callable[[str], tuple[RegistryEntry, ...]]
    name: str

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return self.source.encode(self.source.text)

    @property
    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the file.

        Raises:
            RegistryError: it is not TOML, or has an entry that lacks a field.
        """
        return self.parse(self.source.text)

    def frame(self) -> bytes:
        """What stands around the entries."""
        text = self.source.text
        for start, end in reversed(self._blocks()):
            text = text[:start] + text[end:]
        return text.strip().encode()

    def without_entry(self, version: int) -> TomlText:
        """The text without the entry of a version and the comment above it.

        Raises:
            RegistryError: as for :attr:`entries`, the version is listed twice, or the entries are
                not written as plain tables.
        """
        index = self._index(version, "")
        if index is None:
            return self
        kept = [entry for place, entry in enumerate(self.entries) if place != index]
        return self._checked(_cut(self.source.text, *self._blocks()[index])[0], kept)

    def renamed(self, version: int, new: RegistryEntry) -> TomlText:
        """The text in which the entry of a version has become another one, in its right place.

        Raises:
            RegistryError: as for :meth:`without_entry`, or the version is listed twice and it is
                not plain by its name which entry is meant.
        """
        from tomlkit.exceptions import TOMLKitError

        index = self._index(version, new.name)
        if index is None:
            return self
        others = [entry for place, entry in enumerate(self.entries) if place != index]
        rest, block = _cut(self.source.text, *self._blocks()[index])
        try:
            changed = _replaced(block, new)
        except (TOMLKitError, KeyError) as error:
            raise self._unwritable() from error
        place = sum(entry.version <= new.version for entry in others)
        if place == index:
            start, end = self._blocks()[index]
            text = self.source.text[:start] + changed + self.source.text[end:]
            return self._checked(text, [*others[:index], new, *others[index:]])
        without = self._checked(rest, others)
        return without._inserted(place, changed, new)

    def with_entry_of(self, other: TomlText, entry: RegistryEntry) -> TomlText:
        """The text with an entry of another text added as it is written there.

        Raises:
            RegistryError: as for :meth:`without_entry`.
        """
        index = other.entries.index(entry)
        start, end = other._blocks()[index]
        place = sum(known.version <= entry.version for known in self.entries)
        return self._inserted(place, other.source.text[start:end], entry)

    def _inserted(self, place: int, block: str, entry: RegistryEntry) -> TomlText:
        blocks, text = self._blocks(), self.source.text
        at = blocks[place][0] if place < len(blocks) else blocks[-1][1] if blocks else len(text)
        before, after = text[:at].rstrip("\n"), text[at:].lstrip("\n")
        joined = "\n\n".join(part for part in (before, block.strip("\n"), after) if part)
        entries = list(self.entries)
        entries.insert(place, entry)
        return self._checked(joined if after else f"{joined}\n", entries)

    def _index(self, version: int, name: str) -> int | None:
        """The place of an entry; of the one with a name where the version is listed twice."""
        places = [place for place, entry in enumerate(self.entries) if entry.version == version]
        if len(places) > 1:
            places = [place for place in places if self.entries[place].name == name]
            if len(places) != 1:
                raise RegistryError(
                    f"{self.name} cannot be edited",
                    f"V{version} is listed twice.",
                    "Remove one of the entries.",
                )
        return places[0] if places else None

    def _blocks(self) -> list[tuple[int, int]]:
        """Where each entry begins, with the comment right above it, and where it ends."""
        text = self.source.text
        starts = [match.start() for match in _HEADER.finditer(text)]
        if len(starts) != len(self.entries):
            raise self._unwritable()
        headers = sorted((*starts, *(m.start() for m in _FOREIGN_HEADER.finditer(text)), len(text)))
        ends = [headers[bisect_right(headers, start)] for start in starts]
        return [
            (_above_comments(text, start), end if end == len(text) else _above_comments(text, end))
            for start, end in zip(starts, ends, strict=True)
        ]

    def _checked(self, text: str, entries: list[RegistryEntry]) -> TomlText:
        """The text, if it says what it should."""
        changed = replace(self, source=replace(self.source, text=text))
        with suppress(RegistryError):
            if list(changed.entries) == entries:
                return changed
        raise self._unwritable()

    def _unwritable(self) -> RegistryError:
        return RegistryError(
            f"{self.name} cannot be edited",
            "Its entries are not written as plain [[migration]] tables.",
            "Write them so, or make the change by hand.",
        )


_FOREIGN_HEADER = re.compile(r"^[ \t]*\[(?!\[?[ \t]*migration[ \t]*[\].])", re.MULTILINE)


def _cut(text: str, start: int, end: int) -> tuple[str, str]:
    """A text without a span, and the span."""
    before, after = text[:start], text[end:]
    return (before + after if after else before.rstrip("\n") + "\n" * bool(before)), text[start:end]
