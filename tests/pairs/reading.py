"""Pairs that mean the same on both backends, one file each.

A file has a section for each side, and may have sections for what is there before it; what
stands above the first section says what the pair is about::

    -- == before libsql
    -- == before postgres
    -- == libsql
    -- == postgres

A folder may hold a ``house.sql``: the schema and the rows that each other pair of the folder
stands upon, and the ways in which that house writes its migrations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mig_assist.backend import Backend

CORPUS = Path(__file__).parent
HOUSE = "house.sql"

_SECTION = re.compile(r"^-- == (before )?(libsql|postgres)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EquivalentPair:
    """Two files that mean the same, on top of two that do, too."""

    name: str
    sql: dict[Backend, str]
    before: dict[Backend, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """Pairs of one way of writing, all on top of the same two files."""

    name: str
    sql: Mapping[Backend, str]
    pairs: tuple[EquivalentPair, ...]


def read_pair(path: Path) -> EquivalentPair:
    """The pair of a file."""
    _, *parts = _SECTION.split(path.read_text())
    pair = EquivalentPair(path.stem, {})
    for before, side, sql in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        (pair.before if before else pair.sql)[Backend(side)] = sql
    return pair


def pairs_in(folder: Path) -> tuple[EquivalentPair, ...]:
    """Every pair of a folder but its house, by name."""
    return tuple(read_pair(path) for path in sorted(folder.glob("*.sql")) if path.name != HOUSE)


def houses() -> tuple[House, ...]:
    """The houses of the corpus with their pairs, by name."""
    return tuple(
        House(path.parent.name, read_pair(path).sql, pairs_in(path.parent))
        for path in sorted(CORPUS.glob(f"*/{HOUSE}"))
    )
