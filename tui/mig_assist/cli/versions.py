"""Versions as people name them: by number, or as the files of the house are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mig_assist.errors import WrongUse

if TYPE_CHECKING:
    from mig_assist.workspace.files import MigrationFile
    from mig_assist.workspace.model import Workspace

_NUMBER = re.compile(r"[vV]?(\d+(?:[-_.:T ]\d+)*)Z?")


def number_in(text: str) -> int | None:
    """The number of a version that is written as one: ``18``, ``0018``, ``V18``, or as a time."""
    match = _NUMBER.fullmatch(text.strip())
    return int(re.sub(r"\D", "", match[1])) if match else None


class VersionNumber(click.ParamType[int]):
    """A version that need not be there yet."""

    name = "version"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it as :func:`number_in` does."""
        number = value if isinstance(value, int) else number_in(value)
        if not number:
            self.fail(f"{value!r} is no version; write it as the files do.", param, ctx)
        return number


def version_named(workspace: Workspace, text: str, known: tuple[int, ...]) -> int:
    """The version that is meant by a number, a name, a label such as ``V18__x``, or a path.

    Args:
        known: the versions to choose from.

    Raises:
        WrongUse: none of them is, or several are.
        EnvironmentLacks: a folder cannot be listed.
    """
    from mig_assist.workspace.files import scan

    number = number_in(text)
    if number in known:
        return number
    wanted = {text.strip(), _without_ending(text.strip()), *_as_path(workspace, text)}
    found = {
        file.version
        for file in scan(workspace)
        if file.version in known and not wanted.isdisjoint(_labels(workspace, file))
    }
    if len(found) == 1:
        return found.pop()
    if found:
        raise WrongUse(
            f"{text!r} is more than one version",
            f"It is {', '.join(f'V{version}' for version in sorted(found)[:9])}.",
            "Name one by its number.",
        )
    raise WrongUse(
        f"No version {text!r}",
        f"The workspace has {_span(known)}." if known else "The workspace has none.",
        "Name one by its number, or as its file is called.",
    )


def _labels(workspace: Workspace, file: MigrationFile) -> Iterator[str]:
    """Its name, what it or its folder is called, and where they lie."""
    folder = workspace.layout.of(file.backend).below_root("")
    entry = file.path[len(folder) :].partition("/")[0]
    yield from (file.name, file.path, entry, _without_ending(entry), f"{folder}{entry}")


def _without_ending(name: str) -> str:
    """``V18__x.sql`` or ``0018_x.up.sql`` without what follows the name."""
    return re.sub(r"(?:\.[A-Za-z]+)*\.sql$", "", name)


def _as_path(workspace: Workspace, text: str) -> Iterator[str]:
    """A path that is there, as the workspace writes it."""
    path = Path(text)
    if path.exists():
        with suppress(ValueError):
            yield path.resolve().relative_to(workspace.root.resolve()).as_posix()


def _span(known: tuple[int, ...]) -> str:
    return f"V{known[0]} to V{known[-1]}" if len(known) > 1 else f"V{known[0]}"
