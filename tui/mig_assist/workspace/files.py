"""Migration files by their names: reading the folders, pairing the two backends."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.backend import Backend
from mig_assist.errors import EnvironmentLacks
from mig_assist.workspace.model import Workspace

if TYPE_CHECKING:
    from mig_assist.source_text import SourceText

_FILE_NAME = re.compile(r"V(?P<version>0|[1-9][0-9]{0,8})__(?P<name>[^/\\]+)\.sql")
_NEAR_MISS = re.compile(r"v(?P<version>[0-9]+).*\.sql", re.IGNORECASE | re.DOTALL)


class MigrationFile(NamedTuple):
    """One SQL file of one version for one backend; ``path`` is relative to the workspace."""

    version: int
    name: str
    backend: Backend
    path: str


class Pair(NamedTuple):
    """All files of one version; complete when each backend has exactly one."""

    version: int
    files: tuple[MigrationFile, ...]

    def of(self, backend: Backend) -> MigrationFile | None:
        """The backend's file; the first by name where there are several."""
        return next((file for file in self.files if file.backend is backend), None)


class NearMiss(NamedTuple):
    """A file such as ``v18__x.sql``, ``V018__x.sql`` or ``V18_x.sql``, which no runner would find.

    What cannot be printed in its path is escaped.
    """

    version: int
    backend: Backend
    path: str


def file_name(version: int, name: str) -> str:
    """How a migration's file is called, on both sides."""
    return f"V{version}__{name}.sql"


def parse_file_name(name: str) -> tuple[int, str] | None:
    """Version and name of a migration file, or None where the name is of another kind.

    A name with control characters, or with bytes that are not UTF-8, is never a migration's, so
    that no later place has to show, store or pass on such a thing.
    """
    match = _FILE_NAME.fullmatch(name)
    if match is None or not name.isprintable():
        return None
    return int(match["version"]), match["name"]


def migration_folder(workspace: Workspace, backend: Backend) -> str:
    """The folder of a backend's migrations, relative to the workspace."""
    folders = workspace.config.migrations
    return folders.libsql if backend is Backend.LIBSQL else folders.postgres


def migration_path(workspace: Workspace, backend: Backend, version: int, name: str) -> str:
    """Where a migration's file belongs, relative to the workspace."""
    return _below(migration_folder(workspace, backend), file_name(version, name))


def scan(workspace: Workspace) -> tuple[MigrationFile, ...]:
    """Every migration file of both folders, by version, backend and path.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    return tuple(
        sorted(
            (file for backend in Backend for file in _scan_folder(workspace, backend)),
            key=lambda file: (file.version, file.backend, file.path),
        )
    )


def pairs(files: Iterable[MigrationFile]) -> tuple[Pair, ...]:
    """Group files by version, lowest first."""
    by_version: defaultdict[int, list[MigrationFile]] = defaultdict(list)
    for file in files:
        by_version[file.version].append(file)
    return tuple(Pair(version, tuple(by_version[version])) for version in sorted(by_version))


def shown(path: str) -> str:
    """A path as it can be printed and stored, whatever bytes it is made of."""
    return path if path.isprintable() else ascii(path)[1:-1]


def read_inside(root: Path, path: str) -> SourceText:
    """Read a text file of the workspace; ``path`` is relative to its root.

    Raises:
        UnreadableSource: it is no text file, or a symbolic link leads out of the workspace.
    """
    from mig_assist.file_changes import ChangeRefused, resolve_inside
    from mig_assist.source_text import UnreadableSource, read_source

    try:
        return read_source(resolve_inside(root, path), path)
    except ChangeRefused as error:
        raise UnreadableSource(error.title, error.message, error.fix) from None


def near_misses(workspace: Workspace) -> Iterator[NearMiss]:
    """SQL files in the migration folders that were meant to be migrations, and are not.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    for backend in Backend:
        for name in sorted(_names(workspace, backend)):
            match = _NEAR_MISS.fullmatch(name)
            if match and parse_file_name(name) is None:
                path = _below(migration_folder(workspace, backend), name)
                yield NearMiss(int(match["version"]), backend, shown(path))


def _scan_folder(workspace: Workspace, backend: Backend) -> Iterator[MigrationFile]:
    folder = migration_folder(workspace, backend)
    for name in _names(workspace, backend):
        parsed = parse_file_name(name)
        if parsed is not None:
            yield MigrationFile(*parsed, backend, _below(folder, name))


def _names(workspace: Workspace, backend: Backend) -> list[str]:
    folder = migration_folder(workspace, backend)
    try:
        # os.listdir is several times faster than Path.iterdir with thousands of versions.
        return os.listdir(workspace.root / folder)  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EnvironmentLacks(
            f"{folder} cannot be listed",
            f"{error.strerror or error}.",
            "Check the folder's permissions.",
        ) from None


def _below(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
