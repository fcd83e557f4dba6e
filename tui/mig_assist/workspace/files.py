"""Migration files by their names: reading the folders, pairing the two backends."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.backend import Backend
from mig_assist.errors import EnvironmentLacks
from mig_assist.workspace.model import Workspace

if TYPE_CHECKING:
    from mig_assist.source_text import SourceText


class MigrationFile(NamedTuple):
    """One SQL file of one version for one backend; ``path`` is relative to the workspace."""

    version: int
    name: str
    backend: Backend
    path: str


class Pair(NamedTuple):
    """The files of one version; complete when each backend has exactly one.

    Where both sides give several files one number and call them alike, each name is a pair.
    """

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


def migration_folder(workspace: Workspace, backend: Backend) -> str:
    """The folder of a backend's migrations, relative to the workspace."""
    return workspace.layout.of(backend).folder


def migration_path(workspace: Workspace, backend: Backend, version: int, name: str) -> str:
    """Where a migration's file belongs, relative to the workspace."""
    return workspace.layout.of(backend).path(version, name)


def scan(workspace: Workspace) -> tuple[MigrationFile, ...]:
    """Every migration file of both sides, by version, backend and path.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
        ChangeRefused: a folder leads out of the workspace by a symbolic link.
    """
    files = [
        file
        for backend in sorted(Backend)
        for file in sorted(_scan_side(workspace, backend), key=itemgetter(3))
    ]
    files.sort(key=itemgetter(0))
    return tuple(files)


def pairs(files: Iterable[MigrationFile]) -> tuple[Pair, ...]:
    """Group files by version, lowest first; of one version, in the order of their names."""
    by_version: defaultdict[int, list[MigrationFile]] = defaultdict(list)
    for file in files:
        by_version[file.version].append(file)
    return tuple(
        Pair(version, group)
        for version in sorted(by_version)
        for group in _of_one_change(by_version[version])
    )


def _of_one_change(files: Sequence[MigrationFile]) -> Iterator[tuple[MigrationFile, ...]]:
    """The files of one version, apart where their names say that they are several pairs."""
    sides = [{file.name for file in files if file.backend is backend} for backend in Backend]
    fewer, more = sorted(sides, key=len)
    if len(more) < 2 or len(fewer) == 1 or not fewer <= more:
        yield tuple(files)
        return
    for name in sorted(more):
        yield tuple(file for file in files if file.name == name)


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
    """What lies in the migration folders, was meant to be a migration, and is none.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    layout = workspace.layout
    shared = layout.libsql.folder == layout.postgres.folder
    for backend in Backend:
        side = layout.of(backend)
        readers = [side.parse, side.parse_down]
        if shared:
            other = layout.of(backend.other)
            readers += [other.parse, other.parse_down]
        for entry in sorted(_entries(workspace, backend), key=lambda entry: entry.name):
            number = side.near(entry.name)
            below = f"{entry.name}/{side.inside}" if side.inside else entry.name
            if number is None or any(read(below) for read in readers):
                continue
            if side.inside and not entry.is_dir():
                continue
            path = side.below_root(entry.name)
            yield NearMiss(number, backend, shown(path))
        if shared:
            return


def left_out(workspace: Workspace) -> tuple[str, ...]:
    """The paths of numbered files beside the migrations that are none, however they are named.

    With them all but the first of those that one version has too many of. Files that undo
    something, or are named for another database, are not among them.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    from mig_assist.workspace.detection.naming import is_numbered_up

    found = scan(workspace)
    taken = {file.path for file in found}
    paths = [
        file.path
        for pair in pairs(found)
        for backend in Backend
        for file in [file for file in pair.files if file.backend is backend][1:]
    ]
    for backend in Backend:
        side = workspace.layout.of(backend)
        for name in sorted(entry.name for entry in _entries(workspace, backend)):
            path = side.below_root(f"{name}/{side.inside}" if side.inside else name)
            if path in taken or side.parse_down(name) or not is_numbered_up(path):
                continue
            if os.path.lexists(workspace.root / path):
                paths.append(shown(path))
    return tuple(dict.fromkeys(paths))


def _scan_side(workspace: Workspace, backend: Backend) -> Iterator[MigrationFile]:
    side, read = workspace.layout.of(backend), workspace.layout.reader(backend)
    start = side.below_root("")
    inside = f"/{side.inside}" if side.inside else ""
    entries = _entries(workspace, backend)
    # What has a file of its own does not take the one for both sides.
    own = {side.own(entry.name) for entry in entries} if side.common else ()
    for entry in entries:
        below = entry.name + inside
        parsed = read(below)
        if parsed is None or (inside and not os.path.isfile(entry.path + inside)):  # noqa: PTH113
            continue
        if own and parsed in own and not side.own(below):
            continue
        yield MigrationFile(*parsed, backend, start + below)


def _entries(workspace: Workspace, backend: Backend) -> list[os.DirEntry[str]]:
    folder = migration_folder(workspace, backend)
    _require_inside(workspace.root, folder)
    try:
        # Far faster than Path.iterdir with thousands of versions.
        with os.scandir(workspace.root / folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EnvironmentLacks(
            f"{folder} cannot be listed",
            f"{error.strerror or error}.",
            "Check the folder's permissions.",
        ) from None


def _require_inside(root: Path, path: str) -> None:
    real, home = os.path.realpath(root / path), os.path.realpath(root)
    if real != home and not real.startswith(home.rstrip("/") + "/"):
        from mig_assist.file_changes import resolve_inside

        resolve_inside(root, path)
