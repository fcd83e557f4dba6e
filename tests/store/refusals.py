"""Why an engine refuses a statement, in words that are the same for both backends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import pytest

from mig_assist.engines.database import DatabaseError


class Refusal(StrEnum):
    """The kind of rule that a statement broke."""

    CHECK = "CHECK"
    FOREIGN_KEY = "FOREIGN KEY"
    NOT_NULL = "NOT NULL"
    TRIGGER = "trigger"
    TYPE = "type"
    UNIQUE = "UNIQUE"


# PostgreSQL 18 manual, appendix A. RESTRICT has a code of its own there since version 18.
_SQLSTATES = {
    "22P02": Refusal.TYPE,
    "23000": Refusal.TRIGGER,
    "23001": Refusal.FOREIGN_KEY,
    "23502": Refusal.NOT_NULL,
    "23503": Refusal.FOREIGN_KEY,
    "23505": Refusal.UNIQUE,
    "23514": Refusal.CHECK,
    "P0001": Refusal.TRIGGER,
}

_SQLITE_WORDS = {
    "CHECK constraint failed": Refusal.CHECK,
    "FOREIGN KEY constraint failed": Refusal.FOREIGN_KEY,
    "NOT NULL constraint failed": Refusal.NOT_NULL,
    "UNIQUE constraint failed": Refusal.UNIQUE,
    "cannot store": Refusal.TYPE,
}


@contextmanager
def refused(reason: Refusal, naming: str = "") -> Iterator[None]:
    """Expect that the engine refuses a statement for ``reason``.

    Args:
        reason: the kind of rule that must be broken; a refusal for another one is a failure.
        naming: text that the engine's message must have; needed for a trigger, which libsql
            reports by nothing but the trigger's own words.
    """
    __tracebackhide__ = True
    assert naming or reason is not Refusal.TRIGGER, "say what the trigger's message has"
    with pytest.raises(DatabaseError) as caught:
        yield
    message = str(caught.value)
    assert _reason(caught.value) is reason, message
    assert naming in message


def _reason(error: DatabaseError) -> Refusal | None:
    if error.sqlstate is not None:
        return _SQLSTATES.get(error.sqlstate)
    message = str(error)
    known = (reason for words, reason in _SQLITE_WORDS.items() if words in message)
    return next(known, Refusal.TRIGGER)
