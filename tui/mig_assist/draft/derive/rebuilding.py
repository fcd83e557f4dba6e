"""A libsql table built anew with its rows, its indexes and triggers, and its children's rows.

A version is one transaction with foreign keys on, where ``PRAGMA foreign_keys`` does nothing.
DROP TABLE deletes the rows first, and so sets off ON DELETE of every child, also under
``PRAGMA defer_foreign_keys`` (https://www.sqlite.org/foreignkeys.html, section 5). What that would
touch is therefore moved aside and back. References with NO ACTION need no more than to be
deferred: each row that comes back under the old name settles what it left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import index_sql, quoted, trigger_sql
from mig_assist.draft.derive.reader import mentioned
from mig_assist.draft.derive.table_text import Definition
from mig_assist.engines.schema import Action, Schema, Table, Trigger
from mig_assist.engines.spelling import literal
from mig_assist.engines.sqlite_tokens import fold

_LONG = 90
_UNIQUE = re.compile(r"\s*CREATE\s+UNIQUE\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """Statements without semicolons, and what is not certain about them."""

    statements: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A rebuild that is wanted.

    Attributes:
        sql: the new CREATE TABLE, under the old name.
        columns: the columns that are filled, each with the expression over the old row.
        indexes: the CREATE INDEX statements that are there afterwards.
        triggers: the CREATE TRIGGER statements that are there afterwards.
    """

    sql: str
    columns: Mapping[str, str]
    indexes: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()


def rebuild_statements(
    before: Table,
    order: Order,
    schema: Schema,
    definitions: Mapping[str, str] | None = None,
    called: str = "",
    *,
    enforced: bool = True,
) -> Script:
    """The statements that build a libsql table anew.

    Args:
        before: the table as it is.
        order: what it is to be.
        schema: libsql's, with the table.
        definitions: the CREATE statements of triggers as they were written, by folded name.
        called: the new table's name until the old one is gone, where it is free.
        enforced: whether foreign keys are on meanwhile.
    """
    job = _Job(before, order, schema, definitions or {}, called or f"{before.name}_new")
    return job.simple() if job.is_alone(enforced=enforced) else job.careful()


@dataclass(slots=True)
class _Job:
    before: Table
    order: Order
    schema: Schema
    definitions: Mapping[str, str]
    called: str
    doubts: list[str] = field(default_factory=list)

    def is_alone(self, *, enforced: bool) -> bool:
        """Whether the table may go without anybody noticing, and another one take its name."""
        name = fold(self.before.name)
        if enforced and (
            _referrers(self.before, self.schema.tables)
            or any(True for _ in _own_restrict(self.before))
        ):
            return False
        for table in self.schema.tables:
            if table.name != self.before.name and any(
                name in _words(trigger) for trigger in table.triggers
            ):
                return False
        for view in self.schema.views:
            if name in mentioned(view.definition, Backend.LIBSQL):
                return False
            if any(name in _words(trigger) for trigger in view.triggers):
                return False
        return True

    def simple(self) -> Script:
        """Create, copy, drop, rename."""
        name = self._free(self.called)
        new = quoted(name)
        old = quoted(self.before.name)
        return Script(
            (
                Definition(self.order.sql).renamed(new).sql,
                *self._numbered_as(self.before.name, name),
                self._copied(new, old),
                f"DROP TABLE {old}",
                f"ALTER TABLE {new} RENAME TO {old}",
                *self.order.indexes,
                *self.order.triggers,
            )
        )

    def _copied(self, new: str, old: str) -> str:
        """Fill the table; a line for each column where there are many."""
        into = ", ".join(map(quoted, self.order.columns))
        items = ", ".join(self.order.columns.values())
        if max(len(into), len(items)) < _LONG:
            return f"INSERT INTO {new} ({into})\nSELECT {items}\nFROM {old}"
        into, items = (
            ",\n  ".join(each)
            for each in (map(quoted, self.order.columns), self.order.columns.values())
        )
        return f"INSERT INTO {new} (\n  {into}\n)\nSELECT\n  {items}\nFROM {old}"

    def careful(self) -> Script:
        """Move the rows aside, create the table under its own name, and move them back."""
        moved = self._moved()
        name, rows = quoted(self.before.name), self._aside(self.before)
        statements = ["PRAGMA defer_foreign_keys = ON"] if self._leaves_open(moved) else []
        was = f"{self.before.name}_rows"
        statements += self._numbered_as(self.before.name, was)
        statements.append(f"CREATE TEMP TABLE {rows} AS\nSELECT * FROM {name}")
        statements += [
            f"CREATE TEMP TABLE {self._aside(table)} AS\nSELECT * FROM {quoted(table.name)}"
            for table in moved
        ]
        silenced = list(self._silenced(moved))
        statements += [f"DROP TRIGGER {quoted(trigger.name)}" for trigger, _ in silenced]
        swept = self._swept(moved)
        for table in moved:
            statements += self._released(table)
            if fold(table.name) not in swept:
                statements.append(f"DELETE FROM {quoted(table.name)}")  # noqa: S608
        statements += self._released(self.before)
        # Children refer to what a unique index keeps, and so need it before their rows.
        keys = [sql for sql in self.order.indexes if _UNIQUE.match(sql)]
        statements += [
            f"DROP TABLE {name}",
            self.order.sql,
            *keys,
            *self._numbered_as(was, self.before.name),
            self._copied(name, rows),
        ]
        for table in reversed(moved):
            statements.append(self._back(table))
        statements += [f"DROP TABLE {self._aside(table)}" for table in (self.before, *moved)]
        statements += [sql for sql in self.order.indexes if sql not in keys]
        statements += self.order.triggers
        statements += [
            self.definitions.get(fold(trigger.name)) or trigger_sql(trigger, table.name)
            for trigger, table in silenced
        ]
        return Script(tuple(statements), tuple(self.doubts))

    def _numbered_as(self, name: str, other: str) -> Iterator[str]:
        """Keep the last number of an AUTOINCREMENT under another name, which DROP TABLE spares.

        https://www.sqlite.org/autoinc.html
        """
        if any(column.never_reused for column in self.before.columns):
            yield (
                f"UPDATE sqlite_sequence SET name = {literal(other)}"  # noqa: S608
                f" WHERE name = {literal(name)}"
            )

    def _leaves_open(self, moved: list[Table]) -> bool:
        """Whether a reference has no target for some time, which only a deferred one may."""
        back = [self.before, *reversed(moved)]
        there: set[str] = set()
        for table in back:
            there.add(fold(table.name))
            for key in table.foreign_keys:
                if fold(key.target) in {fold(each.name) for each in back} - there:
                    return True
        return any(
            fold(key.target) in there
            for table in self.schema.tables
            if fold(table.name) not in there
            for key in table.foreign_keys
        )

    def _swept(self, moved: list[Table]) -> frozenset[str]:
        """The children of which every row goes by ON DELETE CASCADE with those of the table."""
        all_of_them = {fold(self.before.name), *(fold(table.name) for table in moved)}
        gone = {fold(self.before.name)}
        for child in reversed(moved):  # those first that others refer to
            keys = [key for key in child.foreign_keys if fold(key.target) in all_of_them]
            always = [
                key
                for key in keys
                if key.on_delete is Action.CASCADE
                and not any((c := child.column(n)) is None or c.nullable for n in key.columns)
            ]
            # What is deleted one by one must not be referred to by what is still there.
            if always and all(
                fold(key.target) in gone and key.on_delete in (Action.CASCADE, Action.NO_ACTION)
                for key in keys
            ):
                gone.add(fold(child.name))
        return frozenset(gone)

    def _moved(self) -> list[Table]:
        """The tables whose rows a DELETE of the old rows would touch, those first that refer."""
        found: dict[str, Table] = {}
        reached = [self.before]
        while reached:
            parent = reached.pop()
            for child in self.schema.tables:
                if child.name in found or child.name == self.before.name:
                    continue
                if any(
                    fold(key.target) == fold(parent.name) and key.on_delete is not Action.NO_ACTION
                    for key in child.foreign_keys
                ):
                    found[child.name] = child
                    reached.append(child)
        left, ordered = dict(found), []
        while left:
            free = [name for name in left if not _referrers(left[name], left.values())]
            name = free[0] if free else next(iter(left))
            table = left.pop(name)
            strict = [
                other.name
                for other in _referrers(table, left.values())
                if any(
                    key.on_delete is Action.RESTRICT and fold(key.target) == fold(table.name)
                    for key in other.foreign_keys
                )
            ]
            if strict:
                self.doubts.append(
                    f"{table.name} and {strict[0]} refer to each other with RESTRICT."
                )
            ordered.append(table)
        if any(
            key.on_delete is Action.RESTRICT and fold(key.target) in map(fold, found)
            for key in self.before.foreign_keys
        ):
            self.doubts.append(f"{self.before.name} refers with RESTRICT to its own children.")
        return ordered

    def _released(self, table: Table) -> Iterator[str]:
        """References of a table to itself that would forbid to delete its rows."""
        for key in table.foreign_keys:
            if fold(key.target) != fold(table.name) or key.on_delete is not Action.RESTRICT:
                continue
            free = [name for name in key.columns if (c := table.column(name)) and c.nullable]
            if free:
                yield f"UPDATE {quoted(table.name)} SET {quoted(free[0])} = NULL"  # noqa: S608
            else:
                self.doubts.append(f"{table.name} refers to itself with RESTRICT and NOT NULL.")

    def _silenced(self, moved: Iterable[Table]) -> Iterator[tuple[Trigger, Table]]:
        """The triggers that moving rows would set off; those of the table itself go with it."""
        for table in moved:
            updated = any(True for _ in _own_restrict(table))
            for trigger in table.triggers:
                if updated or set(trigger.events) & {"INSERT", "DELETE"}:
                    yield trigger, table
        if any(True for _ in _own_restrict(self.before)):
            for trigger in self.before.triggers:
                self.doubts.append(f"The trigger {trigger.name} fires while rows are released.")

    def _back(self, table: Table) -> str:
        name, rows = quoted(table.name), self._aside(table)
        if any(column.generated is not None for column in table.columns):
            names = ", ".join(quoted(c.name) for c in table.columns if c.generated is None)
            return f"INSERT INTO {name} ({names})\nSELECT {names}\nFROM {rows}"
        return f"INSERT INTO {name}\nSELECT * FROM {rows}"

    def _aside(self, table: Table) -> str:
        return quoted(self._free(f"{table.name}_rows"))

    def _free(self, name: str) -> str:
        """A name that no table, view or index has."""
        taken = {fold(table.name) for table in self.schema.tables}
        taken |= {fold(view.name) for view in self.schema.views}
        taken |= {fold(index.name) for table in self.schema.tables for index in table.indexes}
        while fold(name) in taken:
            name += "_"
        return name


def indexes_of(table: Table, definitions: Mapping[str, str]) -> dict[str, str]:
    """The CREATE INDEX of each index by its folded name."""
    return {
        fold(index.name): definitions.get(fold(index.name)) or index_sql(index, table.name)
        for index in table.indexes
    }


def triggers_of(table: Table, definitions: Mapping[str, str]) -> dict[str, str]:
    """The CREATE TRIGGER of each trigger by its folded name."""
    return {
        fold(trigger.name): definitions.get(fold(trigger.name)) or trigger_sql(trigger, table.name)
        for trigger in table.triggers
    }


def _own_restrict(table: Table) -> Iterator[None]:
    for key in table.foreign_keys:
        if fold(key.target) == fold(table.name) and key.on_delete is Action.RESTRICT:
            yield None


def _referrers(table: Table, among: Iterable[Table]) -> list[Table]:
    return [
        other
        for other in among
        if fold(other.name) != fold(table.name)
        and any(fold(key.target) == fold(table.name) for key in other.foreign_keys)
    ]


def _words(trigger: Trigger) -> frozenset[str]:
    return mentioned(f"{trigger.action} {trigger.condition or ''}", Backend.LIBSQL)
