"""What a static reading of migrations knows of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mig_assist.engines.database import HISTORY_TABLE
from mig_assist.engines.postgres_names import free_name, quoted
from mig_assist.engines.postgres_static.expressions import Node
from mig_assist.engines.postgres_static.type_names import Name, TypeUse, type_use
from mig_assist.engines.schema import Domain, EnumType, Schema, Table, Trigger, View

PUBLIC = "public"
TEMPORARY = "pg_temp"


class Unclear(Exception):
    """A statement whose effect cannot be told.

    Attributes:
        objects: what it may touch; None for anything.
    """

    def __init__(self, *objects: Name) -> None:
        self.objects = frozenset(objects) or None


@dataclass(frozen=True, slots=True)
class Function:
    """A function.

    Attributes:
        arguments: the types that tell it from others of its name.
        statement: the CREATE FUNCTION that made it.
    """

    name: Name
    arguments: tuple[str, ...]
    language: str
    source: str
    statement: str


@dataclass(frozen=True, slots=True)
class TableState:
    """A table, and what of it the schema model does not say.

    Attributes:
        user_types: column → the application's own type that it has.
        sequences: column → the sequence that its default asks for numbers.
        functions: trigger → its function.
        not_nulls: NOT NULL constraint → column.
        exclusions: EXCLUDE constraint → the columns that it uses.
        options: those of the table itself, such as UNLOGGED.
        notes: constraint or trigger → an option that the table has as long as there is this one,
            with its name for ``{}``.
        children: tables that inherit from it or are its partitions.
    """

    table: Table
    user_types: Mapping[str, Name] = field(default_factory=dict)
    sequences: Mapping[str, Name] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    not_nulls: Mapping[str, str] = field(default_factory=dict)
    exclusions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Name, ...] = ()

    def settled(self) -> TableState:
        """The state without notes on what is gone, its table with the options that this makes."""
        present = {*self.constraint_names, *(trigger.name for trigger in self.table.triggers)}
        notes = {name: note for name, note in self.notes.items() if name in present}
        told = {note.replace("{}", name) for name, note in notes.items()}
        options = tuple(sorted(self.options | told))
        if options == self.table.options and len(notes) == len(self.notes):
            return self
        return replace(self, table=replace(self.table, options=options), notes=notes)

    @property
    def constraint_names(self) -> Iterator[str]:
        """The names of its constraints, those of NOT NULL left out."""
        table = self.table
        keys = (table.primary_key,) if table.primary_key else ()
        for constraint in (*keys, *table.uniques, *table.foreign_keys, *table.checks):
            if constraint.name is not None:
                yield constraint.name
        yield from self.exclusions

    @property
    def index_names(self) -> Iterator[str]:
        """The names of its indexes, those of its constraints included."""
        table = self.table
        keys = (table.primary_key,) if table.primary_key else ()
        for item in (*keys, *table.uniques, *table.indexes):
            if item.name is not None:
                yield item.name
        yield from self.exclusions


@dataclass(frozen=True, slots=True)
class ViewState:
    """A view, and the relations and columns that it may depend on."""

    view: View
    relations: frozenset[Name] = frozenset()
    columns: frozenset[str] = frozenset()
    functions: Mapping[str, Function] = field(default_factory=dict)

    @property
    def index_names(self) -> Iterator[str]:
        """The names of a materialized view's indexes."""
        return (index.name for index in self.view.indexes)


@dataclass(slots=True)
class Catalog:
    """Everything known after some migrations; a copy is changed while the next one is read.

    Attributes:
        sequences: each with the table and column that own it.
        indexes: every index with its table or materialized view.
        constraints: how many tables have a constraint of a name.
        unclear: objects of which it is not known what they are like now.
        rest_unclear: whether there may be objects that nothing here names.
        path: where unqualified names are looked for.
    """

    tables: dict[Name, TableState] = field(default_factory=dict)
    views: dict[Name, ViewState] = field(default_factory=dict)
    sequences: dict[Name, tuple[Name, str] | None] = field(default_factory=dict)
    enums: dict[Name, EnumType] = field(default_factory=dict)
    domains: dict[Name, Domain] = field(default_factory=dict)
    other_types: set[Name] = field(default_factory=set)
    functions: dict[Name, tuple[Function, ...]] = field(default_factory=dict)
    indexes: dict[Name, Name] = field(default_factory=dict)
    constraints: dict[Name, int] = field(default_factory=dict)
    unclear: set[Name] = field(default_factory=set)
    rest_unclear: bool = False
    path: tuple[str, ...] = (PUBLIC,)

    def copy(self) -> Catalog:
        """A catalog that can be changed without changing this one."""
        return replace(
            self,
            tables=dict(self.tables),
            views=dict(self.views),
            sequences=dict(self.sequences),
            enums=dict(self.enums),
            domains=dict(self.domains),
            other_types=set(self.other_types),
            functions=dict(self.functions),
            indexes=dict(self.indexes),
            constraints=dict(self.constraints),
            unclear=set(self.unclear),
        )

    def schema(self) -> Schema:
        """What of it is known for certain and lies where the application looks."""

        def shown(items: Mapping[Name, Any]) -> list[Any]:
            return [
                items[name]
                for name in sorted(items)
                if name[0] == PUBLIC and name not in self.unclear and name[1] != HISTORY_TABLE
            ]

        return Schema(
            tuple(state.table for state in shown(self.tables)),
            tuple(state.view for state in shown(self.views)),
            tuple(shown(self.enums)),
            tuple(shown(self.domains)),
        )

    # Names

    @property
    def current(self) -> str:
        """The schema in which unqualified things are made."""
        if not self.path:
            raise Unclear
        return self.path[0]

    def new_name(self, relation: Node) -> Name:
        """The name of something to be made, from a RangeVar."""
        if relation.relpersistence == "t":
            return TEMPORARY, relation.relname
        return relation.schemaname or self.current, relation.relname

    def made_name(self, names: tuple[str, ...]) -> Name:
        """The name of something to be made, from a plain or qualified name."""
        return (names[-2] if len(names) > 1 else self.current), names[-1]

    def existing(self, names: tuple[str, ...], *kinds: Iterable[Name]) -> Name | None:
        """The object of a plain or qualified name among objects of some kinds."""
        spaces = names[-2:-1] if len(names) > 1 else (TEMPORARY, *self.path)
        for space in spaces:
            for objects in kinds:
                if (space, names[-1]) in objects:
                    return space, names[-1]
        return None

    def relation(self, relation: Node, *kinds: Iterable[Name]) -> Name | None:
        """The object that a RangeVar names."""
        return self.existing(relation_names(relation), *kinds)

    def label(self, name: Name) -> str:
        """A name as text, with its schema where the search path does not find it."""
        space, plain = name
        return quoted(plain) if space in (PUBLIC, TEMPORARY) else f"{quoted(space)}.{quoted(plain)}"

    def plain(self, name: Name) -> str:
        """As :meth:`label`, but as the catalog holds it: without quotes."""
        space, plain = name
        return plain if space in (PUBLIC, TEMPORARY) else f"{space}.{plain}"

    def is_relation(self, name: Name) -> bool:
        """Whether a table, view, index or sequence has this name."""
        return (
            name in self.tables
            or name in self.views
            or name in self.indexes
            or name in self.sequences
        )

    def index_name(self, table: Name, columns: str | None, label: str, *, constraint: bool) -> str:
        """A made-up name for an index or a sequence (ChooseRelationName())."""
        space, plain = table

        def is_taken(name: str) -> bool:
            return self.is_relation((space, name)) or (
                constraint and (space, name) in self.constraints
            )

        return free_name(plain, columns, label, is_taken)

    def constraint_name(self, table: Name, columns: str | None, label: str) -> str:
        """A made-up name for a constraint without an index (ChooseConstraintName())."""
        space, plain = table
        return free_name(plain, columns, label, lambda name: (space, name) in self.constraints)

    def type_of(self, node: Node) -> TypeUse:
        """The type that a TypeName means."""

        def find(names: tuple[str, ...]) -> Name | None:
            return self.existing(names, self.enums, self.domains, self.other_types)

        return type_use(node, find, self.label)

    # Changes

    def put_table(self, name: Name, state: TableState | None) -> None:
        """Store a table's new state, or remove it."""
        before = self.tables.get(name)
        self._account(name, before, -1)
        if state is None:
            self.tables.pop(name, None)
        else:
            state = self.tables[name] = state.settled()
        self._account(name, state, +1)

    def _account(self, name: Name, state: TableState | None, change: int) -> None:
        if state is None:
            return
        space = name[0]
        for constraint in state.constraint_names:
            number = self.constraints.get((space, constraint), 0) + change
            if number:
                self.constraints[space, constraint] = number
            else:
                self.constraints.pop((space, constraint), None)
        for index in state.index_names:
            if change > 0:
                self.indexes[space, index] = name
            else:
                self.indexes.pop((space, index), None)

    def put_view(self, name: Name, state: ViewState | None) -> None:
        """Store a view's new state, or remove it."""
        for index in self.views[name].index_names if name in self.views else ():
            self.indexes.pop((name[0], index), None)
        if state is None:
            self.views.pop(name, None)
            return
        self.views[name] = state
        for index in state.index_names:
            self.indexes[name[0], index] = name

    def change_tables(self, change: Callable[[TableState], TableState]) -> None:
        """Let every table become what a function makes of it."""
        for name, state in tuple(self.tables.items()):
            changed = change(state)
            if changed is not state:
                self.put_table(name, changed)

    def forget(self, name: Name) -> None:
        """What is gone, or made anew, is no longer unclear."""
        self.unclear.discard(name)

    def everything(self) -> set[Name]:
        """The names of all objects that a schema shows."""
        return {*self.tables, *self.views, *self.enums, *self.domains}


def relation_names(relation: Node) -> tuple[str, ...]:
    """A RangeVar's name, with its schema where it says one."""
    return (relation.schemaname, relation.relname) if relation.schemaname else (relation.relname,)


def sorted_triggers(triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """Triggers by name."""
    return tuple(sorted(triggers, key=lambda trigger: trigger.name))
