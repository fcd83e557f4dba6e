"""Finding the workspace from a folder inside it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.errors import WrongUse
from mig_assist.workspace.config import (
    CONFIG_NAME,
    Config,
    MigrationFolders,
    parse_config,
    read_config,
)
from mig_assist.workspace.layout import Layout, Side
from mig_assist.workspace.model import Workspace

if TYPE_CHECKING:
    from mig_assist.workspace.detection import Detection

_MOST_SHOWN = 5
# A file that might be a migration, in whatever style.
_NUMBERED = re.compile(r"[A-Za-z]?[0-9].*\.sql")


class NotAWorkspace(WrongUse):
    """No pairs of migrations belong to this folder."""


class SeveralLayouts(WrongUse):
    """More than one place holds pairs, and none stands out."""


def open_workspace(start: Path) -> Workspace:
    """The workspace that ``start`` lies in.

    The nearest folder with a mig-assist.toml is one. Without, it is the git repository, whose
    pairs are searched for. Outside of git it is a folder with migrations in ``migrations/`` and
    ``migrations/postgres/``, else the folder of the project. What mig-assist.toml does not state
    is taken from the files.

    Raises:
        NotAWorkspace: there is none.
        SeveralLayouts: there are several, and none stands out.
        ConfigurationError: its mig-assist.toml is wrong.
    """
    start = real_folder(start)
    repository = repository_root(start)
    folders = _upwards(start, repository)
    for folder in folders:
        if os.path.lexists(folder / CONFIG_NAME):
            return Workspace(folder, _configured(folder, start))
    for folder in (repository,) if repository else folders:
        usual = usual_layout(folder, MigrationFolders())
        if usual is not None:
            return Workspace(folder, _with(Config(), *usual))
    from mig_assist.workspace.detection import detect
    from mig_assist.workspace.detection.listing import project_root

    detection = detect(repository or project_root(start), start)
    if detection.choice is not None:
        found = detection.choice
        return Workspace(detection.root, _with(Config(), found.layout, found.shared))
    if len(detection.workspaces_below) == 1 and not detection.ranking.candidates:
        folder = detection.root / detection.workspaces_below[0]
        return Workspace(folder, _configured(folder, folder))
    raise _nothing_clear(detection)


def real_folder(start: Path) -> Path:
    """Where a path leads: without links, and without ``..``, whose parents would be others.

    Raises:
        NotAWorkspace: to no folder.
    """
    try:
        start = Path(os.path.realpath(start))
    except OSError:
        raise NotAWorkspace(
            "The current folder is gone", "It was removed meanwhile.", "Change into another one."
        ) from None
    if not os.path.isdir(start):  # noqa: PTH112 - Path.is_dir raises where permission lacks
        raise NotAWorkspace("No such folder", f"{start} is not a folder.", "Name an existing one.")
    return start


def repository_root(start: Path) -> Path | None:
    """The top folder of the git repository, or work tree, that ``start`` lies in."""
    return next((f for f in (start, *start.parents) if os.path.lexists(f / ".git")), None)


def usual_layout(root: Path, folders: MigrationFolders) -> tuple[Layout, frozenset[int]] | None:
    """The layout of two folders in which every file is named in the usual way.

    With it come the versions that both hold. This is quick; None leaves the rest to detection.
    """
    layout = Layout(Side(folders.libsql), Side(folders.postgres))
    versions = [_usual_versions(root / side.folder, side) for side in layout]
    return (layout, versions[0] & versions[1]) if all(versions) else None


def _upwards(start: Path, repository: Path | None) -> list[Path]:
    folders = [start, *start.parents]
    return folders[: folders.index(repository) + 1] if repository else folders


def _configured(root: Path, start: Path) -> Config:
    """What mig-assist.toml states, and what the files say of the rest."""
    stated = read_config(root)
    config = parse_config(stated)
    folders = config.migrations
    shared = None
    if not folders.states_patterns and (usual := usual_layout(root, folders)):
        layout, shared = usual
    elif "migrations" in stated:
        from mig_assist.workspace.detection import detect_style

        layout = detect_style(root, folders).layout
    else:
        layout, shared = _detected(root, start) or (folders.layout, frozenset())
    config = config._replace(migrations=MigrationFolders.of(layout))
    if "baseline" in stated:
        return config
    return _with(config, layout, _shared(root, config) if shared is None else shared)


def _detected(root: Path, start: Path) -> tuple[Layout, frozenset[int]] | None:
    from mig_assist.workspace.detection import detect

    detection = detect(root, start)
    if detection.choice is not None:
        return detection.choice.layout, detection.choice.shared
    if detection.ranking.candidates:
        raise _nothing_clear(detection)
    return None


def _with(config: Config, layout: Layout, shared: frozenset[int]) -> Config:
    """A configuration with what was found: the layout, and the first version of both sides."""
    return config._replace(
        migrations=MigrationFolders.of(layout), baseline=min(shared, default=config.baseline)
    )


def _shared(root: Path, config: Config) -> frozenset[int]:
    from mig_assist.workspace.files import pairs, scan

    found = pairs(scan(Workspace(root, config)))
    return frozenset(pair.version for pair in found if all(map(pair.of, Backend)))


def _usual_versions(folder: Path, side: Side) -> frozenset[int]:
    """The versions in a folder; none where any file is named in another way."""
    try:
        # Far faster than Path.iterdir with thousands of versions.
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return frozenset()
    versions = set()
    for name in names:
        parsed = side.parse(name)
        if parsed:
            versions.add(parsed[0])
        elif _NUMBERED.fullmatch(name):
            return frozenset()
    return frozenset(versions)


def _nothing_clear(detection: Detection) -> WrongUse:
    candidates = detection.ranking.candidates
    if candidates:
        shown = [f"{c.shown} ({c.evidence})" for c in candidates[:_MOST_SHOWN]]
        first = candidates[0].layout
        title = (
            "More than one place holds pairs" if len(shown) > 1 else "Pairs among tests or examples"
        )
        return SeveralLayouts(
            title,
            f"In {detection.root}: {'; '.join(shown)}.",
            "Choose with `mig-assist init`, for instance"
            f" --libsql {first.libsql.folder} --postgres {first.postgres.folder}.",
        )
    if detection.workspaces_below:
        shown = list(detection.workspaces_below[:_MOST_SHOWN])
        return SeveralLayouts(
            f"Several folders have a {CONFIG_NAME}",
            f"In {detection.root}: {', '.join(shown)}.",
            "Change into one of them, or name it with --repo.",
        )
    looked_at = [f"{r.what}: {r.reason}" for r in detection.ranking.rejections[:_MOST_SHOWN]]
    looked_at += [f"{folder} cannot be listed" for folder in detection.listing.unreadable]
    return NotAWorkspace(
        "Not a workspace",
        f"No {CONFIG_NAME} and no pairs of migrations in {detection.root}."
        + "".join(f"\n  {reason}." for reason in looked_at),
        "Change into the repository, name it with --repo, tell `mig-assist init` where the"
        " migrations are, or try `mig-assist tour`, which needs none.",
    )
