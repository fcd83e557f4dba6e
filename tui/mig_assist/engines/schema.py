"""One schema model for both engines: what their catalogs say, in the engines' own words.

Expressions, types and definitions are kept as each engine writes them; whether two of them mean
the same is for :mod:`mig_assist.verify.parity` to say. Names are as the catalog holds them,
unquoted and in their own case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Action(StrEnum):
    """What a foreign key does to the child when its parent goes or changes."""

    NO_ACTION = "NO ACTION"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view.

    Attributes:
        type: as declared: on libsql what the CREATE TABLE says, empty where it says nothing; on
            PostgreSQL what format_type() says (``character varying(40)``).
        nullable: whether the column accepts NULL by itself. On libsql a primary key of a table
            that is neither STRICT nor WITHOUT ROWID is nullable, unless it is the row id.
        default: the expression as the catalog has it; None where there is none, and for a column
            that numbers itself.
        generated: the expression of a generated column.
        stored: whether a generated column is stored.
        numbered: whether the engine supplies the number of a new row: INTEGER PRIMARY KEY on
            libsql, serial and identity on PostgreSQL.
        never_reused: whether such a number never comes again after its row is gone
            (AUTOINCREMENT; sequences).
        collation: where it is not the type's own.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    generated: str | None = None
    stored: bool = False
    numbered: bool = False
    never_reused: bool = False
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key or a UNIQUE constraint.

    Attributes:
        name: of the constraint; None where the source names none, as inline constraints on libsql.
        on_conflict: SQLite's conflict clause, upper case; empty for ABORT, the default.
    """

    name: str | None
    columns: tuple[str, ...]
    deferrable: bool = False
    deferred: bool = False
    nulls_distinct: bool = True
    on_conflict: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key; ``deferred`` means INITIALLY DEFERRED.

    Attributes:
        target_columns: resolved to the target's primary key where the source names none.
        set_columns: of ON DELETE SET NULL (a, b); empty for all columns.
        validated: False where PostgreSQL has not looked at the rows (NOT VALID).
    """

    name: str | None
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: Action = Action.NO_ACTION
    on_update: Action = Action.NO_ACTION
    deferrable: bool = False
    deferred: bool = False
    match_full: bool = False
    set_columns: tuple[str, ...] = ()
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; the expression stands without CHECK and its outer parentheses."""

    name: str | None
    expression: str
    validated: bool = True


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One column or expression of an index, with its order.

    Attributes:
        text: the column's name, or the expression.
        is_expression: which of the two.
        nulls_first: as the engine sorts this part: NULLs are the smallest value on libsql and the
            largest on PostgreSQL, unless the index says otherwise.
        operator_class: on PostgreSQL, where it is not the default of the type.
    """

    text: str
    is_expression: bool = False
    descending: bool = False
    nulls_first: bool = False
    collation: str | None = None
    operator_class: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index that was created by itself, not by a constraint."""

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    predicate: str | None = None
    method: str = "btree"
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger.

    Attributes:
        timing: BEFORE, AFTER or INSTEAD OF.
        events: of INSERT, UPDATE, DELETE, TRUNCATE; sorted.
        update_of: the columns of UPDATE OF; sorted.
        condition: of WHEN, without its outer parentheses.
        action: on libsql the statements between BEGIN and END, on PostgreSQL the source of the
            function; what it does, never its name.
        enabled: False where PostgreSQL has it disabled.
    """

    name: str
    timing: str
    events: tuple[str, ...]
    action: str
    update_of: tuple[str, ...] = ()
    condition: str | None = None
    for_each_row: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table with everything that hangs on it.

    Attributes:
        columns: in their order.
        uniques, foreign_keys, checks: in an order that does not depend on the source's.
        indexes, triggers: by name.
        strict: on libsql, whether values of a wrong type are refused; always so on PostgreSQL.
        options: what else was declared and matters: WITHOUT ROWID, UNLOGGED, PARTITION BY …,
            INHERITS …, ROW LEVEL SECURITY, VIRTUAL TABLE …; sorted.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: Key | None = None
    uniques: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    strict: bool = True
    options: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of a name; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class View:
    """A view; its definition is the SELECT alone."""

    name: str
    columns: tuple[str, ...]
    definition: str
    materialized: bool = False
    triggers: tuple[Trigger, ...] = ()
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumType:
    """A PostgreSQL enum: its labels in their order."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """A PostgreSQL domain: a type with rules; in a CHECK the value is called VALUE."""

    name: str
    type: str
    nullable: bool
    default: str | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything that an application's migrations have made, without the history table.

    Tables, views, enums and domains are sorted by name.
    """

    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    enums: tuple[EnumType, ...] = ()
    domains: tuple[Domain, ...] = ()

    def table(self, name: str) -> Table | None:
        """The table of a name; None where there is none."""
        return next((table for table in self.tables if table.name == name), None)

    def with_tables(self, changed: Iterable[Table], removed: Iterable[str]) -> Schema:
        """The schema after some tables have changed, come or gone."""
        tables = {table.name: table for table in self.tables}
        for name in removed:
            tables.pop(name, None)
        tables.update((table.name, table) for table in changed)
        return replace(self, tables=tuple(tables[name] for name in sorted(tables)))
