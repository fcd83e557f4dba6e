"""Migration files by their names: reading the folders, pairing the two backends."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.errors import EnvironmentLacks
from mig_assist.workspace.model import Workspace


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
        ChangeRefused: a folder or a file leads out of the workspace by a symbolic link.
    """
    files = [
        file
        for backend in sorted(Backend)
        for file in sorted(_scan_side(workspace, backend), key=itemgetter(3))
    ]
    files.sort(key=itemgetter(0))
    return tuple(files)


def pairs(files: Iterable[MigrationFile]) -> tuple[Pair, ...]:
    """Group files by version, lowest first."""
    by_version: defaultdict[int, list[MigrationFile]] = defaultdict(list)
    for file in files:
        by_version[file.version].append(file)
    return tuple(Pair(version, tuple(by_version[version])) for version in sorted(by_version))


def _scan_side(workspace: Workspace, backend: Backend) -> Iterator[MigrationFile]:
    root, side = workspace.root, workspace.layout.of(backend)
    read = workspace.layout.reader(backend)
    start = side.below_root("")
    inside = f"/{side.inside}" if side.inside else ""
    _require_inside(root, side.folder)
    try:
        # Far faster than Path.iterdir with thousands of versions.
        with os.scandir(root / side.folder) as entries:
            for entry in entries:
                below = entry.name + inside
                parsed = read(below)
                if parsed is None or (inside and not os.path.isfile(entry.path + inside)):  # noqa: PTH113
                    continue
                path = start + below
                if entry.is_symlink() or (inside and os.path.islink(entry.path + inside)):  # noqa: PTH114
                    _require_inside(root, path)
                yield MigrationFile(*parsed, backend, path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise EnvironmentLacks(
            f"{side.folder or 'The workspace'} cannot be listed",
            f"{error.strerror or error}.",
            "Check the folder's permissions.",
        ) from None


def _require_inside(root: Path, path: str) -> None:
    real, home = os.path.realpath(root / path), os.path.realpath(root)
    if real != home and not real.startswith(home.rstrip("/") + "/"):
        from mig_assist.file_changes import resolve_inside

        resolve_inside(root, path)
