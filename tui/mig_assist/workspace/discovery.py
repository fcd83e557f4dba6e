"""Finding the workspace from a folder inside it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mig_assist.backend import Backend
from mig_assist.errors import WrongUse
from mig_assist.workspace.config import (
    CONFIG_NAME,
    Config,
    MigrationFolders,
    check_pairs,
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
    root = workspace_root(start)
    if os.path.lexists(root / CONFIG_NAME):
        return Workspace(root, configured(root, start, read_config(root)))
    usual = usual_layout(root, MigrationFolders())
    if usual is not None:
        return Workspace(root, _with(Config(), *usual))
    from mig_assist.workspace.detection import detect

    detection = detect(root, start)
    if detection.choice is not None:
        found = detection.choice
        return Workspace(root, _with(Config(), found.layout, found.shared))
    if len(detection.workspaces_below) == 1 and not detection.ranking.candidates:
        root /= detection.workspaces_below[0]
        return Workspace(root, configured(root, root, read_config(root)))
    raise unclear(detection)


def workspace_root(start: Path) -> Path:
    """The folder that is, or would be, the root of the workspace that ``start`` lies in.

    Args:
        start: as :func:`real_folder` gives it.
    """
    folders = [start, *start.parents]
    repository = next((folder for folder in folders if os.path.lexists(folder / ".git")), None)
    if repository is not None:
        folders = folders[: folders.index(repository) + 1]
    for folder in folders:
        if os.path.lexists(folder / CONFIG_NAME):
            return folder
    if repository is not None:
        return repository
    for folder in folders:
        if usual_layout(folder, MigrationFolders()):
            return folder
    from mig_assist.workspace.detection.listing import project_root

    return project_root(start)


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


def usual_layout(root: Path, folders: MigrationFolders) -> tuple[Layout, frozenset[int]] | None:
    """The layout of two folders in which every file is named in the usual way.

    With it come the versions that both hold. This is quick; None leaves the rest to detection.
    """
    layout = Layout(Side(folders.libsql), Side(folders.postgres))
    versions = [_usual_versions(root / side.folder, side) for side in layout]
    return (layout, versions[0] & versions[1]) if all(versions) else None


def configured(root: Path, start: Path, stated: Mapping[str, Any]) -> Config:
    """What a mig-assist.toml at ``root`` states, and what the files say of the rest.

    Raises:
        SeveralLayouts: it states no folders, and more than one place holds pairs.
        ConfigurationError: it is wrong.
    """
    config = parse_config(stated)
    folders = config.migrations
    shared = None
    if not folders.states_patterns and (usual := usual_layout(root, folders)):
        layout, shared = usual
    elif states_layout(stated):
        from mig_assist.workspace.detection import detect_style

        layout = detect_style(root, folders).layout
    else:
        layout, shared = _detected(root, start) or (folders.layout, frozenset())
    config = _with(config, layout)
    check_pairs(config.migrations)
    if "baseline" in stated:
        return config
    return _with(config, layout, _shared(root, config) if shared is None else shared)


def states_layout(stated: Mapping[str, Any]) -> bool:
    """Whether a mig-assist.toml says where the migrations lie or how they are named."""
    return not {"pairs"}.issuperset(stated.get("migrations", ()))


def unclear(detection: Detection) -> WrongUse:
    """The error that says why no place was chosen, and how to choose one."""
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
    looked_at += _links_to_folders(detection.root)[:_MOST_SHOWN]
    return NotAWorkspace(
        "Not a workspace",
        f"No {CONFIG_NAME} and no pairs of migrations in {detection.root}."
        + "".join(f"\n  {reason}." for reason in looked_at),
        "Change into the repository, name it with --repo, tell `mig-assist init` where the"
        " migrations are, or try `mig-assist tour`, which needs none.",
    )


def _links_to_folders(root: Path) -> list[str]:
    """The links that might have been followed, and why they were not."""
    from mig_assist.workspace.detection.listing import list_files

    told = []
    for path in list_files(root).paths:
        place = root / path
        if os.path.islink(place) and os.path.isdir(place):  # noqa: PTH112, PTH114 - never raise
            inside = Path(os.path.realpath(place)).is_relative_to(root)
            why = "name the folder itself" if inside else "what it holds is outside the repository"
            told.append(f"{path}: it is a link to a folder, and is not followed; {why}")
    return told


def _detected(root: Path, start: Path) -> tuple[Layout, frozenset[int]] | None:
    from mig_assist.workspace.detection import detect

    detection = detect(root, start)
    if detection.choice is not None:
        return detection.choice.layout, detection.choice.shared
    if detection.ranking.candidates:
        raise unclear(detection)
    return None


def _with(config: Config, layout: Layout, shared: frozenset[int] = frozenset()) -> Config:
    """A configuration with what was found: the layout, and the first version of both sides."""
    migrations = MigrationFolders.of(layout)._replace(pairs=config.migrations.pairs)
    return config._replace(migrations=migrations, baseline=min(shared, default=config.baseline))


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
