"""What is known of both sides' tables while a script is gone through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.type_hints import TypeHint
from mig_assist.draft.derive.types_of import HouseTypesBySide, to_libsql, to_postgres
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column, Schema, Table


@dataclass(slots=True)
class KnownColumn:
    """A column on both sides; names are as each catalog holds them."""

    libsql_name: str
    postgres_name: str
    libsql: str
    postgres: str
    nullable: bool = True
    numbered: bool = False
    without_case: bool = False
    extracted: bool = False

    def of(self, backend: Backend) -> str:
        """The type on a side."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    def name(self, backend: Backend) -> str:
        """The name on a side."""
        return self.libsql_name if backend is Backend.LIBSQL else self.postgres_name


@dataclass(slots=True)
class KnownTable:
    """A table on both sides, its columns by their folded names."""

    libsql_name: str
    postgres_name: str
    columns: dict[str, KnownColumn] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    uniques: int = 0
    referred_to: bool = False
    strict: bool = False

    def name(self, backend: Backend) -> str:
        """The name on a side."""
        return self.libsql_name if backend is Backend.LIBSQL else self.postgres_name


class Known:
    """Both sides as they are where the script has come to."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.libsql = context.libsql
        self.postgres = context.postgres
        self.types = context.types or HouseTypesBySide.learn(context.libsql, context.postgres)
        self.enums: dict[str, tuple[str, ...]] = {
            enum.name.lower(): enum.labels for enum in context.postgres.enums
        }
        self.domains: dict[str, tuple[str, str]] = {}
        self._tables: dict[str, KnownTable | None] = {}
        self._lower: dict[Backend, dict[str, Table]] = {
            Backend.LIBSQL: {table.name.lower(): table for table in context.libsql.tables},
            Backend.POSTGRES: {table.name.lower(): table for table in context.postgres.tables},
        }
        self.coming: set[str] = set()
        """The tables that the script has yet to make, folded."""
        self.waiting: dict[str, list[str]] = {}
        """The foreign keys to each of them, as statements that need it."""
        self.views = {
            view.name.lower() for view in (*context.libsql.views, *context.postgres.views)
        }

    def now(self) -> Context:
        """The context as it is here."""
        return replace(self.context, libsql=self.libsql, postgres=self.postgres)

    def schema_table(self, name: str, backend: Backend) -> Table | None:
        """The table of a side, whatever the case of its name."""
        return self._lower[backend].get(name.lower())

    def put(self, table: Table, backend: Backend) -> None:
        """A table has come or changed on a side."""
        self._lower[backend][table.name.lower()] = table
        self._set(backend, self._schema(backend).with_tables([table], []))
        self._tables.pop(table.name.lower(), None)

    def remove(self, name: str, backend: Backend) -> None:
        """A table is gone on a side."""
        table = self._lower[backend].pop(name.lower(), None)
        if table is not None:
            self._set(backend, self._schema(backend).with_tables([], [table.name]))
        self._tables[name.lower()] = None

    def _schema(self, backend: Backend) -> Schema:
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    def _set(self, backend: Backend, schema: Schema) -> None:
        if backend is Backend.LIBSQL:
            self.libsql = schema
        else:
            self.postgres = schema

    def rebuilt(self, after: Table) -> None:
        """A table of libsql has been built anew."""
        there = self._lower[Backend.POSTGRES].get(after.name.lower())
        before = self._lower[Backend.LIBSQL].get(after.name.lower())
        self.put(after, Backend.LIBSQL)
        if there is None:
            return
        left = {column.name.lower() for column in after.columns}
        had = {column.name.lower() for column in before.columns} if before else left
        columns = tuple(
            c for c in there.columns if c.name.lower() in left or c.name.lower() not in had
        )
        self.put(replace(there, columns=columns), Backend.POSTGRES)

    def table(self, name: str) -> KnownTable | None:
        """What is known of a table; None where nothing is."""
        key = name.lower()
        if key not in self._tables:
            self._tables[key] = self._read(key)
        return self._tables[key]

    def remember(self, table: KnownTable) -> None:
        """A statement of this script has made a table."""
        self._tables[table.libsql_name.lower()] = table

    def rename(self, old: str, new: str) -> None:
        """A table has another name from here on."""
        table = self.table(old)
        for backend in Backend:
            there = self._lower[backend].get(old.lower())
            if there is not None:
                self.remove(old, backend)
                self.put(replace(there, name=new), backend)
        self._tables[old.lower()] = None
        if table is not None:
            self._tables[new.lower()] = replace(table, libsql_name=new, postgres_name=new)

    def add_column(self, table: KnownTable, name: str) -> None:
        """A table has one more column from here on."""
        column = table.columns[name]
        self._tables.setdefault(table.libsql_name.lower(), table)
        for backend in Backend:
            there = self._lower[backend].get(table.libsql_name.lower())
            if there is not None and there.column(column.name(backend)) is None:
                made = Column(column.name(backend), column.of(backend), column.nullable)
                self._keep(table, replace(there, columns=(*there.columns, made)), backend)

    def drop_column(self, table: KnownTable, name: str) -> None:
        """A column is gone from here on."""
        table.columns.pop(name.lower(), None)
        for backend in Backend:
            there = self._lower[backend].get(table.libsql_name.lower())
            if there is not None:
                left = tuple(c for c in there.columns if c.name.lower() != name.lower())
                self._keep(table, replace(there, columns=left), backend)

    def rename_column(self, table: KnownTable, old: str, new: str) -> None:
        """A column has another name from here on."""
        column = table.columns.get(old.lower())
        if column is not None:
            changed = replace(column, libsql_name=new, postgres_name=new)
            table.columns = {
                new.lower() if name == old.lower() else name: changed if one is column else one
                for name, one in table.columns.items()
            }
        for backend in Backend:
            there = self._lower[backend].get(table.libsql_name.lower())
            if there is not None:
                renamed = tuple(
                    replace(c, name=new) if c.name.lower() == old.lower() else c
                    for c in there.columns
                )
                self._keep(table, replace(there, columns=renamed), backend)

    def _keep(self, table: KnownTable, changed: Table, backend: Backend) -> None:
        self.put(changed, backend)
        self._tables[table.libsql_name.lower()] = table

    def _read(self, key: str) -> KnownTable | None:
        mine = self._lower[Backend.LIBSQL].get(key)
        theirs = self._lower[Backend.POSTGRES].get(key)
        if mine is None and theirs is None:
            return None
        one = mine or theirs
        assert one is not None  # noqa: S101 - for mypy: one of the two is there
        table = KnownTable(
            mine.name if mine else one.name,
            theirs.name if theirs else one.name,
            strict=mine.strict if mine else bool(self.types.strict),
        )
        left = {column.name.lower(): column for column in mine.columns} if mine else {}
        right = {column.name.lower(): column for column in theirs.columns} if theirs else {}
        for name in dict.fromkeys((*left, *right)):
            a, b = left.get(name), right.get(name)
            if a is None and b is not None:
                libsql = to_libsql(
                    name, b.type, self.types, table.strict, TypeHint(), self.enums
                ).text
                table.columns[name] = KnownColumn(
                    b.name, b.name, libsql, b.type, b.nullable, b.numbered
                )
            elif a is not None:
                postgres = b.type if b else to_postgres(name, a.type, self.types).text
                table.columns[name] = KnownColumn(
                    a.name,
                    b.name if b else a.name,
                    a.type,
                    postgres,
                    a.nullable,
                    a.numbered,
                    _folds(a, postgres),
                )
        key_of = (mine.primary_key if mine else None) or (theirs.primary_key if theirs else None)
        table.primary_key = key_of.columns if key_of else ()
        table.uniques = max(
            (len(t.uniques) + sum(i.unique for i in t.indexes) for t in (mine, theirs) if t),
            default=0,
        )
        table.referred_to = any(
            foreign.target.lower() == key
            for schema in (self.libsql, self.postgres)
            for other in schema.tables
            for foreign in other.foreign_keys
        )
        return table

    def meant(self, column: KnownColumn, backend: Backend) -> LogicalType:
        """What a column's type means on a side."""
        return logical_type(column.of(backend), backend, enums=tuple(self.enums))


def _folds(libsql: Column, postgres: str) -> bool:
    """Whether only libsql compares a column without case."""
    return (libsql.collation or "").upper() == "NOCASE" and postgres.lower() != "citext"


def find_column(tables: Iterable[KnownTable], name: str) -> KnownColumn | None:
    """The column of a name in one of some tables; None where it is in none or in several."""
    found = [table.columns[name] for table in tables if name in table.columns]
    if not found:
        return None
    first = found[0]
    same = all((c.libsql, c.postgres) == (first.libsql, first.postgres) for c in found)
    return first if same else None
