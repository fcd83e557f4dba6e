"""The statement of a version that a divergence comes from: best effort, or an honest None."""

from __future__ import annotations

import re
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.statements import Statement
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.versions import Version, statements_of

_WORD = re.compile(r"\w+")


class Place(NamedTuple):
    """A file of the workspace, and a line in it where one is known."""

    path: str
    line: int | None


def place_of(divergence: Divergence, version: Version) -> Place | None:
    """Where a version says what the divergence is about.

    That is in the file of the side that lacks something, if it speaks of the table at all; else
    in the other one, whose statement has no counterpart.
    """
    first = divergence.backend or Backend.LIBSQL
    scripts = [s for b in (first, first.other) if (s := version.scripts.get(b)) is not None]
    for script, backend in ((s, _backend(s, version)) for s in scripts):
        line = _line(script, backend, divergence)
        if line is not None:
            return Place(script.path, line)
    return Place(scripts[0].path, None) if scripts else None


def _backend(script: MigrationScript, version: Version) -> Backend:
    return next(b for b, other in version.scripts.items() if other is script)


def _line(script: MigrationScript, backend: Backend, divergence: Divergence) -> int | None:
    named = [word.lower() for word in _WORD.findall(divergence.object)]
    table = divergence.table.lower()
    best: tuple[int, Statement] | None = None
    for statement in statements_of(script.sql, backend):
        words = {word.lower() for word in _WORD.findall(statement.text)}
        score = sum(word in words for word in named) + 2 * (table in words)
        # What an object is called may be made up of words that are everywhere.
        speaks = table in words or (bool(named) and all(word in words for word in named))
        if speaks and (best is None or score > best[0]):
            best = score, statement
    if best is None:
        return None
    statement = best[1]
    for name in reversed(named):
        if name != table and (
            found := re.search(rf"\b{re.escape(name)}\b", statement.text, re.IGNORECASE)
        ):
            return statement.line + statement.text.count("\n", 0, found.start())
    return statement.line
