"""What engines say when they refuse a statement, and which sort of rule it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mig_assist.verify.parity.names import folded


class Category(StrEnum):
    """Which sort of rule refused something."""

    CHECK = "check"
    TRIGGER = "trigger"
    UNIQUE = "unique"
    NOT_NULL = "not null"
    FOREIGN_KEY = "foreign key"
    TYPE = "type"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an engine said when it refused.

    Attributes:
        rule: the constraint's name, or what stands for it; empty where it is not known.
        column: where the engine names one.
        late: it came only when deferred rules were looked at.
    """

    category: Category
    message: str
    rule: str = ""
    column: str = ""
    table: str = ""
    late: bool = False


_LIBSQL = (
    (Category.CHECK, re.compile(r"CHECK constraint failed: (?P<rule>.*)", re.DOTALL)),
    (Category.NOT_NULL, re.compile(r"NOT NULL constraint failed: (?P<table>.*?)\.(?P<column>.*)")),
    (Category.UNIQUE, re.compile(r"UNIQUE constraint failed: index '(?P<rule>.*)'")),
    (Category.UNIQUE, re.compile(r"UNIQUE constraint failed: (?P<rule>.*)")),
    (Category.UNIQUE, re.compile(r"PRIMARY KEY must be unique|PRIMARY KEY constraint failed")),
    (Category.FOREIGN_KEY, re.compile(r"FOREIGN KEY constraint failed|foreign key mismatch")),
    (Category.TYPE, re.compile(r"cannot store .* in .* column .*?\.(?P<column>.*)")),
    (Category.TYPE, re.compile(r"datatype mismatch|integer overflow|malformed JSON")),
)


def libsql_refusal(message: str) -> Refusal:
    """What libsql's message says; its last line is the statement."""
    said = message.rpartition("\n")[0] or message
    said = re.sub(r"^.*?SQLite (?:failure|error): `?|`$", "", said)
    for category, pattern in _LIBSQL:
        match = pattern.search(said)
        if match:
            parts = match.groupdict()
            return Refusal(
                category,
                said,
                folded(parts.get("rule") or ""),
                folded(parts.get("column") or ""),
                folded(parts.get("table") or ""),
            )
    return Refusal(Category.TRIGGER, said)


def refusal_category(message: str, sqlstate: str | None) -> Category:
    """The category of what either engine said."""
    if sqlstate:
        return postgres_category(sqlstate, "a constraint")
    return libsql_refusal(message).category


def postgres_category(state: str, constraint: str) -> Category:
    """The category of an SQLSTATE (the manual, appendix A), and the constraint that it names."""
    if state in _STATES and (constraint or state == "23502"):
        return _STATES[state]
    if state == "22001":
        return Category.CHECK
    if state.startswith("22") or state in ("42804", "42846"):
        return Category.TYPE
    return Category.TRIGGER


_STATES = {
    "23502": Category.NOT_NULL,
    "23503": Category.FOREIGN_KEY,
    "23001": Category.FOREIGN_KEY,
    "23505": Category.UNIQUE,
    "23P01": Category.UNIQUE,
    "23514": Category.CHECK,
}
