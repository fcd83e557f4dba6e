"""Where paths lead: to which migration, and to which crate."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.layout import Layout


def locator(layout: Layout) -> Callable[[str], MigrationFile | None]:
    """Tells by folder and name which migration a workspace path is a file of; None for others."""
    sides = [
        (backend, layout.of(backend).below_root(""), layout.reader(backend)) for backend in Backend
    ]

    @cache
    def locate(path: str) -> MigrationFile | None:
        for backend, start, read in sides:
            if path.startswith(start):
                parsed = read(path.removeprefix(start))
                if parsed:
                    return MigrationFile(*parsed, backend, path)
        return None

    return locate


def crate_of(root: Path, path: str) -> str:
    """The folder of the Cargo.toml that a Rust file belongs to; the root's where there is none."""
    folder = posixpath.dirname(path)
    while folder and not (root / folder / "Cargo.toml").is_file():
        folder = posixpath.dirname(folder)
    return folder
