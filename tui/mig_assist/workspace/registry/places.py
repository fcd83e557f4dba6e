"""Which migration a path belongs to, whether its file exists or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

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
