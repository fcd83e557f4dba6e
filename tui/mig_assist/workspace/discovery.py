"""Finding the workspace from a folder inside it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.errors import WrongUse
from mig_assist.workspace.config import CONFIG_NAME, Config, parse_config, read_config
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
    try:
        # Without `..`, whose textual parents are other folders than the ones it lies in.
        start = Path(os.path.realpath(start))
    except OSError:
        raise NotAWorkspace(
            "The current folder is gone", "It was removed meanwhile.", "Change into another one."
        ) from None
    if not os.path.isdir(start):  # noqa: PTH112 - Path.is_dir raises where permission lacks
        raise NotAWorkspace("No such folder", f"{start} is not a folder.", "Name an existing one.")
    repository = repository_root(start)
    folders = _upwards(start, repository)
    for folder in folders:
        if os.path.lexists(folder / CONFIG_NAME):
            return Workspace(folder, _configured(folder, start))
    for folder in (repository,) if repository else folders:
        usual = usual_layout(folder)
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


def repository_root(start: Path) -> Path | None:
    """The top folder of the git repository, or work tree, that ``start`` lies in."""
    return next((f for f in (start, *start.parents) if (f / ".git").exists()), None)


def usual_layout(
    root: Path, libsql: str = Layout().libsql.folder, postgres: str = Layout().postgres.folder
) -> tuple[Layout, frozenset[int]] | None:
    """The layout of two folders in which every file is named in the usual way.

    With it come the versions that both hold. This is quick; None leaves the rest to detection.
    """
    layout = Layout(Side(libsql), Side(postgres))
    versions = [_usual_versions(root / side.folder, side) for side in layout]
    return (layout, versions[0] & versions[1]) if all(versions) else None


def _upwards(start: Path, repository: Path | None) -> list[Path]:
    folders = [start, *start.parents]
    return folders[: folders.index(repository) + 1] if repository else folders


def _configured(root: Path, start: Path) -> Config:
    """What mig-assist.toml states, and what the files say of the rest."""
    stated = read_config(root)
    config = parse_config(stated)
    migrations = stated.get("migrations", {})
    if any(key.endswith("pattern") for key in migrations):
        return (
            config if "baseline" in stated else _with(config, config.layout, _shared(root, config))
        )
    libsql, postgres = config.layout.libsql.folder, config.layout.postgres.folder
    usual = usual_layout(root, libsql, postgres)
    if usual is None:
        from mig_assist.workspace.detection import detect, detect_style

        if migrations:
            config = config._replace(layout=detect_style(root, libsql, postgres) or config.layout)
            usual = config.layout, _shared(root, config)
        else:
            detection = detect(root, start)
            found = detection.choice
            if found is None and detection.ranking.candidates:
                raise _nothing_clear(detection)
            usual = (found.layout, found.shared) if found else (config.layout, frozenset())
    layout, shared = usual
    return config._replace(layout=layout) if "baseline" in stated else _with(config, layout, shared)


def _with(config: Config, layout: Layout, shared: frozenset[int]) -> Config:
    """A configuration with what was found: the layout, and the first version of both sides."""
    return config._replace(layout=layout, baseline=min(shared, default=config.baseline))


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
        if parsed and not name.startswith("V0"):
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
            f" --libsql {first.libsql.folder or '.'} --postgres {first.postgres.folder or '.'}.",
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
