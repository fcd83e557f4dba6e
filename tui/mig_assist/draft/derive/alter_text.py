"""PostgreSQL's ALTER TABLE as the house lays it out: changes in one statement, or one for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from mig_assist.draft.derive.outcome import MARK, Outcome
from mig_assist.draft.house.model import HouseStyle
from mig_assist.draft.spelling import cased

_WIDTH = 92
_CONSTRAINT = re.compile(r'(?P<verb>ADD|DROP) CONSTRAINT (?P<name>"(?:[^"]|"")*"|\S+)')


class Phase(IntEnum):
    """The order in which one rebuild's statements are safe."""

    DELETE = 0
    FOREIGN_KEYS_OFF = 1
    OFF = 2
    ADD_COLUMNS = 3
    UPDATE = 4
    COLUMNS = 5
    RULES = 6
    FOREIGN_KEYS_ON = 7
    REST = 8


@dataclass(frozen=True, slots=True)
class Alteration:
    """A statement without its semicolon, or a mark's message where nothing is said.

    Attributes:
        sql: the statement, where it is no ALTER TABLE.
        table, change: of an ALTER TABLE, as they are written.
        beside: the folded names of other tables that it concerns.
    """

    phase: Phase
    sql: str = ""
    doubts: tuple[str, ...] = ()
    table: str = ""
    change: str = ""
    beside: tuple[str, ...] = ()

    @property
    def merges(self) -> bool:
        """Whether it may stand in one ALTER TABLE with others."""
        return bool(self.change) and not self.doubts and not self.change.startswith("RENAME ")


def written(alterations: Iterable[Alteration], house: HouseStyle) -> Outcome:
    """Statements as one text, each mark above what it is about; the others above all."""
    doubts: list[str] = []
    parts: list[str] = []
    for group in _groups(alterations, house):
        first = group[0]
        if not (first.sql or first.change):
            doubts += first.doubts
            continue
        marks = (f"-- {MARK} {' '.join(doubt.split())}" for doubt in first.doubts)
        sql = first.sql or _alter_table(group, house.postgres.indent)
        parts.append("\n".join((*marks, cased(sql, house.postgres.keywords))))
    return Outcome(";\n\n".join(parts) or None, doubts, shown=bool(doubts))


def _groups(alterations: Iterable[Alteration], house: HouseStyle) -> Iterator[list[Alteration]]:
    """Those that stand in one statement."""
    group: list[Alteration] = []
    for each in alterations:
        if group and not _together(group, each, house):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _together(group: list[Alteration], each: Alteration, house: HouseStyle) -> bool:
    last = group[-1]
    if not (last.merges and each.merges and last.table == each.table):
        return False
    one, other = (_CONSTRAINT.match(alteration.change) for alteration in (last, each))
    if one and other and (one["verb"], other["verb"]) == ("DROP", "ADD"):
        return house.change == "together"
    return house.alter == "together"


def _alter_table(group: list[Alteration], indent: str) -> str:
    table = group[0].table
    line = f"ALTER TABLE {table} {group[0].change}"
    if len(group) == 1 and len(line) <= _WIDTH and "\n" not in line:
        return line
    changes = f",\n{indent}".join(_broken(each.change, indent) for each in group)
    return f"ALTER TABLE {table}\n{indent}{changes}"


def _broken(change: str, indent: str) -> str:
    """A long ADD CONSTRAINT on several lines."""
    found = _CONSTRAINT.match(change)
    if found is None or found["verb"] == "DROP" or len(indent + change) <= _WIDTH:
        return change
    before = indent * 2
    rule = change[found.end() :].lstrip()
    if len(before + rule) > _WIDTH:
        rule = rule.replace(") REFERENCES ", f")\n{before}REFERENCES ")
    return f"{found[0]}\n{before}{rule}"
