"""What an engine refuses of a history, and how a replay goes on without it.

A statement that is refused is left out, so that the rest of the history can still be seen. What
it is about is lost sight of from there on: nobody can tell any more what that is like.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError, DatabaseUnavailable, MigrationScript
from mig_assist.engines.passed_over import without_text
from mig_assist.engines.statements import SqlSyntaxError, statements_of

_NAMES = re.compile(
    r"\b(?:TABLE|INTO|UPDATE|FROM|ON|JOIN|REFERENCES|VIEW|EXISTS|TO|ONLY)\s+"
    r"(?:[\"`\[]?\w+[\"`\]]?\s*\.\s*)?[\"`\[]?(?P<name>\w+)",
    re.IGNORECASE,
)
_NO_NAMES = frozenset("exists if not null only select set update delete cascade conflict".split())


class VersionFailed(Exception):
    """A version could not be applied; the database holds the ones before it.

    Attributes:
        script: which one.
        error: what the engine said.
    """

    def __init__(self, script: MigrationScript, error: DatabaseError | SqlSyntaxError) -> None:
        super().__init__(script.label)
        self.script = script
        self.error = error


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that an engine refused, and without which the history went on.

    Attributes:
        failure: the version, and what the engine said.
        names: the tables, folded, that are lost sight of.
        follows: whether it only fails for what was lost sight of before.
    """

    failure: VersionFailed
    names: frozenset[str]
    follows: bool = False


def without_refused(
    wanted: MigrationScript,
    script: MigrationScript,
    error: DatabaseError,
    backend: Backend,
    lost: Collection[str],
) -> tuple[MigrationScript, Refusal] | None:
    """A script without what was refused of it; None where it is not known what that is about.

    That is one statement, or all of a script that is no SQL or must not be run as it is.

    Args:
        wanted: what was tried.
        script: the same as its file has it.
        lost: the tables that are lost sight of already.
    """
    statement = error.statement
    if statement is None or isinstance(error, DatabaseUnavailable):
        return None
    sql, names = "", names_in(wanted.sql)
    own = names_in(statement.text)
    if own and statement in statements_of(wanted.sql, backend):
        without = without_text(wanted.sql, statement)
        if without is not None:
            sql, names = without, own
    if not names:
        return None
    follows = not names.isdisjoint(lost)
    return replace(wanted, sql=sql), Refusal(VersionFailed(script, error), names, follows)


def names_in(sql: str) -> frozenset[str]:
    """The tables that SQL may be about, folded."""
    return frozenset(found["name"].lower() for found in _NAMES.finditer(sql)) - _NO_NAMES
