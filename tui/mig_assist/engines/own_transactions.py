"""Files that begin and commit their transaction themselves, because their runner opens none.

What such a file does in several transactions is run in a single one here: its effect is the same,
and it can be rolled back. What works only outside of a transaction goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.engines.sections import forgoes_transaction, up_part
from mig_assist.engines.statements import (
    SqlSyntaxError,
    Statement,
    leading_words,
    split_statements,
    transaction_control,
)

FOREIGN_KEYS_OFF = "PRAGMA foreign_keys = OFF"
FOREIGN_KEYS_ON = "PRAGMA foreign_keys = ON"

_HINT = re.compile(r"\b(?:BEGIN|START)\b[^;\n]*;|\bCONCURRENTLY\b", re.IGNORECASE)
"""What nearly all files lack, so that they need not be taken apart."""
_SWITCHES_OFF = re.compile(
    r"PRAGMA\s+(?:\w+\s*\.\s*)?foreign_keys\s*[=(]\s*['\"]?(?:off|0|no|false)\b", re.IGNORECASE
)
_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Course:
    """The statements of a file in the order in which they are run.

    Attributes:
        before: those that mean nothing inside a transaction, and come before it.
        inside: all others, without those that begin and end transactions.
    """

    before: tuple[Statement, ...]
    inside: tuple[Statement, ...]


def course_of(statements: Sequence[Statement], backend: Backend) -> Course | None:
    """How statements run where each transaction is their own; None where one is left open.

    SQLite ignores PRAGMA foreign_keys inside a transaction (https://sqlite.org/pragma.html), and
    PostgreSQL refuses CONCURRENTLY there, which changes nothing of what comes out.
    """
    before: list[Statement] = []
    inside: list[Statement] = []
    is_open = False
    controls = frozenset(transaction_control(statements))
    for statement in statements:
        if statement in controls:
            if _opens(statement) is is_open or not (_opens(statement) or _commits(statement)):
                return None
            is_open = not is_open
        elif is_open:
            inside.append(statement)
        elif backend is Backend.LIBSQL and _SWITCHES_OFF.match(statement.text):
            before.append(statement)
        else:
            inside.append(_waiting(statement) if _is_concurrent(statement, backend) else statement)
    return None if is_open else Course(tuple(before), tuple(inside))


def brings_transactions(sql: str, backend: Backend) -> bool:
    """Whether a file can only be run by a runner that opens no transaction for it.

    One that asks for that in a tool's comment says nothing of other files.
    """
    sql = up_part(sql)
    if not _HINT.search(sql) or forgoes_transaction(sql):
        return False
    try:
        statements = split_statements(sql, backend)
    except SqlSyntaxError:
        return False
    if not transaction_control(statements):
        return any(_is_concurrent(statement, backend) for statement in statements)
    return course_of(statements, backend) is not None


def _opens(statement: Statement) -> bool:
    return leading_words(statement, 1)[0] in ("BEGIN", "START")


def _commits(statement: Statement) -> bool:
    match leading_words(statement, 2):
        case ("COMMIT" | "END",) | ("COMMIT" | "END", "TRANSACTION" | "WORK"):
            return True
    return False


def _is_concurrent(statement: Statement, backend: Backend) -> bool:
    words = leading_words(statement)
    return (
        backend is Backend.POSTGRES
        and words[:1] in (("CREATE",), ("DROP",), ("REINDEX",))
        and "CONCURRENTLY" in words
    )


def _waiting(statement: Statement) -> Statement:
    """The same without CONCURRENTLY; every other word stays in its place."""
    return replace(statement, text=_CONCURRENTLY.sub(" " * 12, statement.text, 1))
