"""What a trigger is and does, whichever dialect it is written in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A CREATE TRIGGER as it is written.

    Attributes:
        body: libsql's statements, without semicolons.
        function: that PostgreSQL's trigger calls.
        limit: why it cannot be carried, whatever it does; empty where nothing is against it.
        remarks: of libsql, the comments before each statement of the body and before its END: the
            first line of each stands behind the statement before.
    """

    name: str
    timing: str
    events: tuple[str, ...]
    columns: tuple[str, ...]
    table: str
    condition: str
    body: tuple[str, ...] = ()
    function: str = ""
    limit: str = ""
    remarks: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a trigger does.

    Attributes:
        kind: REFUSE, FAIL, which refuses a row and keeps those before it, SKIP, WRITE, SET.
        text: the message, the statement, or the expression.
        condition: under which, besides the trigger's own; empty for always.
        column: that is SET.
        above, behind: the comments that stand there.
    """

    kind: str
    text: str = ""
    condition: str = ""
    column: str = ""
    above: tuple[str, ...] = ()
    behind: str = ""


class NotSimple(Exception):
    """A trigger does what is not carried; the message says what."""
