"""Halves of one change that stand under two numbers, as their names tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile, scan
from mig_assist.workspace.model import Workspace

Half = tuple[int, str]
"""A version and its name, as one side has it."""


def twins_in(workspace: Workspace) -> dict[Half, Half]:
    """libsql's half of each change that has two numbers → PostgreSQL's.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    return twins(scan(workspace))


def stated(workspace: Workspace, found: Mapping[Half, Half]) -> tuple[str, ...]:
    """How mig-assist.toml says that halves belong together, under ``pairs`` in ``[migrations]``."""
    libsql, postgres = workspace.layout
    return tuple(f"{libsql.entry(*one)} = {postgres.entry(*other)}" for one, other in found.items())


def twins(files: Iterable[MigrationFile]) -> dict[Half, Half]:
    """The same of given files.

    A name counts that is given once on each side. A half that would overtake another file of its
    side, or meet one, were it to count as the other half, belongs to something else.
    """
    halves: defaultdict[Backend, defaultdict[str, list[Half]]] = defaultdict(
        lambda: defaultdict(list)
    )
    versions: defaultdict[Backend, set[int]] = defaultdict(set)
    for file in files:
        halves[file.backend][plain(file.name)].append((file.version, file.name))
        versions[file.backend].add(file.version)
    found: dict[Half, Half] = {}
    for name, [half, *more] in sorted(halves[Backend.LIBSQL].items(), key=lambda item: item[1]):
        others = halves[Backend.POSTGRES].get(name, ())
        if half[0] == min(versions[Backend.LIBSQL]) and half[0] in versions[Backend.POSTGRES]:
            continue  # a side that came later begins with what the other one had come to
        if not more and len(others) == 1 and others[0][0] != half[0]:
            found[half] = others[0]
    own = sorted(versions[Backend.LIBSQL])
    while wrong := _out_of_order(own, found):
        del found[wrong]
    return found


def plain(name: str) -> str:
    """A name without what only its spelling says."""
    return re.sub(r"[\W_]+", "", name).lower()


def _out_of_order(versions: Iterable[int], found: Mapping[Half, Half]) -> Half | None:
    """One of the halves that do not fit between the others; None where all do."""
    by_version = {half[0]: half for half in found}

    def moved(version: int) -> int:
        half = by_version.get(version)
        return found[half][0] if half else version

    for before, after in pairwise(versions):
        if moved(before) >= moved(after):
            farthest = max((before, after), key=lambda version: abs(moved(version) - version))
            return by_version[farthest]
    return None
