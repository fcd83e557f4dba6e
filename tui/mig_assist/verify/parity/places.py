"""The statement of a version that a divergence comes from: best effort, or an honest None."""

from __future__ import annotations

import re
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.statements import Statement, statements_of
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.versions import Version

_WORD = re.compile(r"\w+")
_KINDS = frozenset(("UNIQUE", "PRIMARY", "FOREIGN", "KEY", "CHECK"))
"""Words of what an object is called that are no names."""


class Place(NamedTuple):
    """A file of the workspace, and a line in it where one is known."""

    path: str
    line: int | None


def place_of(divergence: Divergence, *versions: Version) -> Place | None:
    """Where a version, or one of the pairs that share its number, says what it is about.

    That is the statement that names most of it, in the file of the side that has it; where both
    name as much, or neither is alone with it, in libsql's.
    """
    has = [backend for backend in Backend if _said(divergence, backend)]
    first = has[0] if len(has) == 1 else Backend.LIBSQL
    if divergence.backend is not None:
        first = divergence.backend.other
    scripts = [
        (backend, script)
        for backend in (first, first.other)
        for version in versions
        if (script := version.scripts.get(backend)) is not None
    ]
    found = [
        (line.named, backend is first, Place(script.path, line.line))
        for backend, script in scripts
        if (line := _line(script, backend, divergence)) is not None
    ]
    if found:
        # A side that lost the thing speaks of it, where the other one has had it all along.
        return max(found, key=lambda each: each[:2])[-1]
    return next((Place(script.path, None) for _, script in scripts), None)


class _Found(NamedTuple):
    """A line, and whether it names the thing itself and not only its table."""

    named: bool
    line: int


def _said(divergence: Divergence, backend: Backend) -> str | None:
    return divergence.libsql if backend is Backend.LIBSQL else divergence.postgres


def _line(script: MigrationScript, backend: Backend, divergence: Divergence) -> _Found | None:
    table = divergence.table.lower()
    called = [word for word in _WORD.findall(divergence.object) if word not in _KINDS]
    named = [word.lower() for word in called if word.lower() != table] or [table]
    said = " ".join((_said(divergence, backend) or "\0").lower().split())
    best: tuple[tuple[bool, bool, bool, int], Statement] | None = None
    for statement in statements_of(script.sql, backend):
        there = {word.lower() for word in _WORD.findall(statement.text)}
        whole = all(word in there for word in named)
        verbatim = " ".join(statement.text.lower().split()).startswith(said)
        score = verbatim, whole, table in there, sum(word in there for word in named)
        # What an object is called may be made up of words that are everywhere.
        if (whole or table in there) and (best is None or score > best[0]):
            best = score, statement
    if best is None:
        return None
    (_, whole, *_), statement = best
    for name in reversed(named):
        if found := re.search(rf"\b{re.escape(name)}\b", statement.text, re.IGNORECASE):
            line = statement.line + statement.text.count("\n", 0, found.start())
            return _Found(whole, line)
    return _Found(whole, statement.line)
