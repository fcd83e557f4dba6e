"""Finding the pairs of a repository without configuration, from its files alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.detection.listing import Listing, list_files, walk_files
from mig_assist.workspace.detection.naming import Group, groups_in
from mig_assist.workspace.detection.pairing import Candidate, Ranking, Rejection, rank
from mig_assist.workspace.layout import Layout, Side

__all__ = ["Candidate", "Detection", "Rejection", "detect", "detect_style"]


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
        return rank(groups_in(path for path in own if path.endswith(".sql")), self.start)

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


def detect_style(root: Path, libsql: str, postgres: str) -> Layout | None:
    """How the files of two folders are named; None where there are none.

    A side without files takes the other's style.
    """
    paths = [
        f"{folder}/{path}" if folder else path
        for folder in (libsql, postgres)
        for path in walk_files(root / folder, ".sql").paths
    ]
    groups = groups_in(dict.fromkeys(paths))
    styles = [_newest(group for group in groups if group.folder == f) for f in (libsql, postgres)]
    known = next(filter(None, styles), None)
    if known is None:
        return None
    first, second = (style or known for style in styles)
    return Layout(first._replace(folder=libsql), second._replace(folder=postgres))


def _newest(groups: Iterable[Group]) -> Side | None:
    newest = max(groups, key=lambda group: max(group.names), default=None)
    return newest.side if newest else None
