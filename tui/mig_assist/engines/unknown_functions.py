"""Data statements that call a function which only the application's own connection knows.

On an empty database such a statement moves nothing, so that a replay can go on without it; what
it does to rows nobody can tell here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mig_assist.engines.database import DatabaseError, MigrationScript
from mig_assist.engines.statements import leading_words

_UNKNOWN = re.compile(r"no such function: (?P<name>\w+)")
_DATA = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"))


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A data statement that was left out.

    Attributes:
        line: of the file, where it begins.
        function: what it calls.
    """

    script: MigrationScript
    line: int
    function: str


def unknown_function(error: DatabaseError) -> str | None:
    """The function that libsql does not know, where a data statement failed for nothing else."""
    found = _UNKNOWN.search(error.message)
    statement = error.statement
    if found is None or statement is None:
        return None
    return found["name"] if set(leading_words(statement, 1)) <= _DATA else None


def without_statement(
    script: MigrationScript, error: DatabaseError
) -> tuple[MigrationScript, PassedOver] | None:
    """A script without the data statement that failed for an unknown function, if one did.

    Every other statement stays on its line.
    """
    function, statement = unknown_function(error), error.statement
    if function is None or statement is None:
        return None
    lines = script.sql.splitlines(keepends=True)
    start = len("".join(lines[: statement.line - 1]))
    place = script.sql.find(statement.text, start)
    if place < 0:
        return None
    text = statement.text
    sql = script.sql[:place] + "\n" * text.count("\n") + script.sql[place + len(text) :]
    return replace(script, sql=sql), PassedOver(script, statement.line, function)
