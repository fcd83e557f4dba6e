"""Finding the workspace from a folder inside it."""

from __future__ import annotations

import os
from pathlib import Path

from mig_assist.errors import WrongUse
from mig_assist.workspace.config import CONFIG_NAME, Config, MigrationFolders, load_config
from mig_assist.workspace.files import parse_file_name
from mig_assist.workspace.model import Workspace


class NotAWorkspace(WrongUse):
    """Neither this folder nor one above it holds paired migrations."""


def open_workspace(start: Path) -> Workspace:
    """The workspace that ``start`` lies in, looking from there upwards.

    A folder with a mig-assist.toml is one, and so is a folder with migrations in
    ``migrations/`` and ``migrations/postgres/``.

    Raises:
        NotAWorkspace: there is none.
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
    for folder in (start, *start.parents):
        if os.path.lexists(folder / CONFIG_NAME) or _holds_pairs(folder):
            return Workspace(folder, load_config(folder))
    raise NotAWorkspace(
        "Not a workspace",
        f"Neither {start} nor a folder above it has a {CONFIG_NAME}, or migrations in"
        f" {Config().migrations.libsql}/ and {Config().migrations.postgres}/.",
        "Change into the repository, name it with --repo, or try `mig-assist tour`, which needs"
        " none.",
    )


def _holds_pairs(folder: Path) -> bool:
    folders = MigrationFolders()
    return all(_holds_migrations(folder / name) for name in (folders.libsql, folders.postgres))


def _holds_migrations(folder: Path) -> bool:
    try:
        return any(parse_file_name(path.name) for path in folder.iterdir())
    except OSError:
        return False
