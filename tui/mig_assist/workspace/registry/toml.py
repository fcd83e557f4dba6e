"""A registry in TOML, as the embedded workspace keeps it.

Each version is a ``[[migration]]`` table with ``version``, ``name``, ``checksum`` (a table of
one content digest for each backend) and one path for each backend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.file_changes import FileChange, resolve_inside
from mig_assist.source_text import read_source
from mig_assist.workspace.registry import RegistryEntry, RegistryError


class TomlRegistry:
    """A ``registry.toml``; ``path`` is relative to ``root``."""

    def __init__(self, root: Path, path: str) -> None:
        self.path: str | None = path
        self._name = path
        self._file = resolve_inside(root, path)

    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the file.

        Raises:
            RegistryError: not TOML, or an entry that lacks a field.
            UnreadableSource: the file cannot be read.
        """
        import tomllib

        text = read_source(self._file, self._name).text
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._error(f"{error}.", _line_of(str(error))) from None
        tables = data.get("migration", [])
        if not isinstance(tables, list):
            raise self._error("`migration` must be a list of tables, written [[migration]].")
        return tuple(self._entry(number, table) for number, table in enumerate(tables, 1))

    def with_entry(self, entry: RegistryEntry) -> FileChange | None:
        """The file with ``entry`` in its place; comments and formatting around it stay.

        Raises:
            RegistryError: not TOML, or an entry that lacks a field.
            UnreadableSource: the file cannot be read.
        """
        import tomlkit

        existing = self.entries()
        if entry in existing:
            return None
        source = read_source(self._file, self._name)
        document = tomlkit.parse(source.text)
        versions = [known.version for known in existing]
        tables = document.setdefault("migration", tomlkit.aot())
        table = tomlkit.table()
        if entry.version in versions:
            table = tables[versions.index(entry.version)]
        table["version"] = entry.version
        table["name"] = entry.name
        checksums = ", ".join(f'{side} = "{entry.checksums[side]}"' for side in Backend)
        table["checksum"] = tomlkit.value(f"{{ {checksums} }}")
        for side in Backend:
            table[str(side)] = entry.paths[side]
        if entry.version not in versions:
            tables.insert(sum(version < entry.version for version in versions), table)
        text = tomlkit.dumps(document)
        text = re.sub(r"(?<=[^\n])\n(?=\[\[migration\]\])", "\n\n", text)
        return FileChange(self._name, source.encode(text), content_digest(self._file.read_bytes()))

    def _entry(self, number: int, table: Any) -> RegistryEntry:
        def take(source: Mapping[str, Any], key: str, kind: type[Any]) -> Any:
            value = source.get(key)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self._error(f"Entry {number} lacks a valid `{key}`.")
            return value

        if not isinstance(table, dict):
            raise self._error(f"Entry {number} is not a table.")
        checksums = take(table, "checksum", dict)
        return RegistryEntry(
            take(table, "version", int),
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


def _line_of(message: str) -> int | None:
    match = re.search(r"at line (\d+)", message)
    return int(match[1]) if match else None
