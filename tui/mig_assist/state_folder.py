"""``.mig-assist/``: the folder at a workspace's root for all that git must not see."""

from __future__ import annotations

from pathlib import Path

from mig_assist.errors import EnvironmentLacks

NAME = ".mig-assist"

JOURNAL = f"{NAME}/journal"
"""Where files are staged that are to be written together."""


def state_folder(root: Path) -> Path:
    """The workspace's ``.mig-assist`` folder, created with a ``.gitignore`` of its own.

    Raises:
        EnvironmentLacks: the folder cannot be created or written.
    """
    folder = root / NAME
    try:
        folder.mkdir(exist_ok=True)
        if not is_hidden(root):
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentLacks(
            f"{NAME}/ cannot be written",
            f"{error.strerror or error}: {folder}",
            "mig-assist keeps its records there. Make the workspace writable, or free some disk"
            " space.",
        ) from None
    return folder


def is_hidden(root: Path) -> bool:
    """Whether the folder is there, and git is told not to see it."""
    return (root / NAME / ".gitignore").exists()
