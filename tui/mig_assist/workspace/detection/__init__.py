"""Finding the pairs of a repository without configuration, from its files alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.workspace.config import CONFIG_NAME, MigrationFolders
from mig_assist.workspace.detection.listing import Listing, empty_folders, list_files, walk_files
from mig_assist.workspace.detection.naming import Group, backend_of, groups_in, refused_in
from mig_assist.workspace.detection.pairing import Candidate, Ranking, Rejection, rank
from mig_assist.workspace.layout import Side

__all__ = ["Candidate", "Detection", "Ranking", "detect", "detect_style", "empty_pair"]


@dataclass(frozen=True)
class Detection:
    """What the files of a project say about its migrations.

    Attributes:
        root: the folder that was searched, and that all paths are relative to.
        start: the folder where the user is, relative to the root.
    """

    root: Path
    start: str
    listing: Listing

    @cached_property
    def ranking(self) -> Ranking:
        """The candidates, and what was not taken."""
        own = [p for p in self.listing.paths if not p.startswith(self._workspaces_below)]
        files = [path for path in own if path.endswith(".sql")]
        ranking = rank(groups_in(files), self.start)
        refused = (Rejection(f"{folder}/*.sql", reason) for folder, reason in refused_in(files))
        return replace(ranking, rejections=(*ranking.rejections, *refused))

    @cached_property
    def workspaces_below(self) -> tuple[str, ...]:
        """Folders with a mig-assist.toml of their own; their files are not looked at."""
        name = f"/{CONFIG_NAME}"
        return tuple(path.removesuffix(name) for path in self.listing.paths if path.endswith(name))

    @property
    def choice(self) -> Candidate | None:
        """The candidate that clearly stands out."""
        return self.ranking.choice

    @cached_property
    def _workspaces_below(self) -> tuple[str, ...]:
        return tuple(f"{folder}/" for folder in self.workspaces_below)


def detect(root: Path, start: Path) -> Detection:
    """Search a project for pairs; ``start`` is the folder in it where the user is."""
    below = start.relative_to(root).as_posix() if start.is_relative_to(root) else "."
    return Detection(root, "" if below == "." else below, list_files(root, ".sql", CONFIG_NAME))


def empty_pair(root: Path) -> MigrationFolders | None:
    """Two folders beside each other without a file yet, whose names tell the backends.

    None where there is no such pair, or more than one.
    """
    found: dict[str, dict[Backend, str]] = {}
    for folder in empty_folders(root):
        parent, _, name = folder.rpartition("/")
        if (side := backend_of(name)) in tuple(Backend):
            if side in found.setdefault(parent, {}):
                return None
            found[parent][side] = folder
    pairs = [sides for sides in found.values() if len(sides) == len(Backend)]
    if len(pairs) != 1:
        return None
    return MigrationFolders(pairs[0][Backend.LIBSQL], pairs[0][Backend.POSTGRES])


def detect_style(root: Path, stated: MigrationFolders) -> MigrationFolders:
    """How the files of two folders are named, where that is not stated.

    A side without files takes the other's style.
    """
    folders = (stated.libsql, stated.postgres)
    patterns = (stated.libsql_pattern or stated.pattern, stated.postgres_pattern or stated.pattern)
    paths = [
        Side(folder).below_root(path)
        for folder in folders
        for path in walk_files(root / folder, ".sql").paths
    ]
    groups = groups_in(dict.fromkeys(paths))
    found = [
        _newest(groups, backend, folder, pattern)
        for backend, folder, pattern in zip(Backend, folders, patterns, strict=True)
    ]
    known = next(filter(None, found), None)
    if known is None:
        return stated
    libsql, postgres = (side or known for side in found)
    style = MigrationFolders(
        libsql_pattern=patterns[0] or libsql.pattern,
        postgres_pattern=patterns[1] or postgres.pattern,
        libsql_down=libsql.down,
        postgres_down=postgres.down,
        common_pattern=libsql.common,
    )
    said = stated._asdict()
    return MigrationFolders(**{key: said[key] or found for key, found in style._asdict().items()})


def _newest(groups: Iterable[Group], backend: Backend, folder: str, pattern: str) -> Side | None:
    """The side that the newest files of a folder make, among those with the pattern if any is.

    Files that are named for the other backend are no choice where there are others.
    """
    sides = [
        (group.backend in (backend, None), max(group.names), group.side)
        for group in groups
        if group.side.folder == folder and pattern in ("", group.pattern)
    ]
    return max(sides)[-1] if sides else None
