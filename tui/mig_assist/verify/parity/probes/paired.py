"""The two schemas seen as one: tables and columns side by side, each with its logical type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column, Domain, ForeignKey, Key, Schema, Table
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.probes.texts import mentioned


@dataclass(frozen=True, slots=True)
class PairedColumn:
    """A column of both sides, or of one alone.

    Attributes:
        key: the folded name.
        kind: what values both sides can hold.
        labels: those of the enum, where PostgreSQL has one.
        limit: the most characters, or the greatest number, that PostgreSQL's type takes.
    """

    key: str
    libsql: Column | None
    postgres: Column | None
    kind: LogicalType
    labels: tuple[str, ...] = ()
    limit: int | None = None

    def of(self, backend: Backend) -> Column | None:
        """One side's column."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    @property
    def sides(self) -> tuple[Column, ...]:
        """The columns that there are."""
        return tuple(side for side in (self.libsql, self.postgres) if side is not None)

    @property
    def nullable(self) -> bool:
        """Whether every side takes NULL by itself."""
        return all(side.nullable and not side.numbered for side in self.sides)

    @property
    def generated(self) -> bool:
        """Whether a side computes it."""
        return any(side.generated is not None for side in self.sides)

    @property
    def numbered(self) -> bool:
        """Whether a side numbers it."""
        return any(side.numbered for side in self.sides)


@dataclass(frozen=True, slots=True)
class PairedKey:
    """A primary key, UNIQUE constraint or unique index by the columns that it looks at."""

    columns: tuple[str, ...]
    predicate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairedForeignKey:
    """A foreign key of either side by folded names."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


class PairedTable:
    """A table that both sides have."""

    def __init__(self, libsql: Table, postgres: Table, types: _Types) -> None:
        self.key = folded(postgres.name)
        self.libsql = libsql
        self.postgres = postgres
        self.columns = tuple(_columns(libsql, postgres, types))
        self._domains = types.domains

    def of(self, backend: Backend) -> Table:
        """One side's table."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    @property
    def sides(self) -> tuple[Table, Table]:
        """Both tables."""
        return self.libsql, self.postgres

    def name(self, backend: Backend) -> str:
        """The table's name as SQL writes it."""
        return quoted(self.of(backend).name)

    @cached_property
    def by_key(self) -> dict[str, PairedColumn]:
        """The columns by their folded names."""
        return {column.key: column for column in self.columns}

    @cached_property
    def shared(self) -> tuple[PairedColumn, ...]:
        """The columns that both sides have and no side numbers."""
        return tuple(c for c in self.columns if len(c.sides) == 2 and not c.numbered)

    @cached_property
    def keys(self) -> tuple[PairedKey, ...]:
        """Everything that a second row has to differ in, on either side."""
        found: dict[PairedKey, None] = {}
        for side in self.sides:
            plain = [key for key in (side.primary_key, *side.uniques) if key is not None]
            for key in plain:
                found[PairedKey(_folded(key.columns))] = None
            for index in side.indexes:
                if index.unique:
                    columns = self.mentioned(part.text for part in index.parts)
                    predicate = self.mentioned([index.predicate or ""])
                    found[PairedKey(columns, predicate)] = None
        return tuple(found)

    @cached_property
    def primary(self) -> tuple[str, ...]:
        """The columns by which a row can be named; all where there is no primary key."""
        keys: list[Key | None] = [side.primary_key for side in self.sides]
        columns = next((_folded(key.columns) for key in keys if key is not None), ())
        return columns or tuple(c.key for c in self.columns if len(c.sides) == 2)

    @cached_property
    def foreign_keys(self) -> tuple[PairedForeignKey, ...]:
        """The foreign keys of both sides, each once."""
        found: dict[PairedForeignKey, None] = {}
        for side in self.sides:
            for key in side.foreign_keys:
                found[paired_foreign_key(key)] = None
        return tuple(found)

    @cached_property
    def rule_texts(self) -> tuple[str, ...]:
        """What the rules of both sides say: CHECKs, triggers, predicates, domains, generation."""
        texts: list[str] = []
        for side in self.sides:
            texts += [check.expression for check in side.checks]
            texts += [f"{t.condition or ''} {t.action}" for t in side.triggers]
            texts += [i.predicate for i in side.indexes if i.predicate and i.unique]
            texts += [c.generated for c in side.columns if c.generated]
        return (*texts, *(text for c in self.columns for text in self.domain_texts(c)))

    def domain_texts(self, column: PairedColumn) -> tuple[str, ...]:
        """The rules of a column's domain, which speak of VALUE, in the column's name."""
        domain = self._domains.get(_bare(column.postgres.type)) if column.postgres else None
        if domain is None:
            return ()
        name = quoted(column.key)
        return tuple(re.sub(r"\bVALUE\b", lambda _: name, c.expression) for c in domain.checks)

    def mentioned(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The columns that texts mention, in the table's order."""
        words = {word for text in texts for word in mentioned(text)}
        return tuple(column.key for column in self.columns if column.key in words)


class PairedSchema:
    """Both schemas, as far as both have a table."""

    def __init__(self, libsql: Schema, postgres: Schema) -> None:
        self.libsql = libsql
        self.postgres = postgres
        types = _Types(postgres)
        other = {folded(table.name): table for table in postgres.tables}
        self.tables = {
            folded(table.name): PairedTable(table, other[folded(table.name)], types)
            for table in libsql.tables
            if folded(table.name) in other
        }

    @cached_property
    def unshared(self) -> frozenset[str]:
        """The folded names of the tables that only one side has."""
        mine, other = ({folded(t.name) for t in s.tables} for s in (self.libsql, self.postgres))
        return frozenset(mine ^ other)

    @property
    def views(self) -> tuple[str, ...]:
        """The folded names of the views that both sides have, without materialized ones."""
        mine, other = ({folded(v.name) for v in s.views} for s in (self.libsql, self.postgres))
        materialized = {folded(v.name) for v in self.postgres.views if v.materialized}
        return tuple(sorted(mine & other - materialized))

    def definitions(self, view: str) -> tuple[str, str]:
        """What a view's SELECT is on libsql and on PostgreSQL."""
        mine, other = (
            next((v.definition for v in side.views if folded(v.name) == view), "")
            for side in (self.libsql, self.postgres)
        )
        return mine, other

    def behind(self, view: str) -> tuple[str, ...]:
        """The tables of which a view shows something, be it through other views."""
        waiting, seen = [view], {view}
        words: set[str] = set()
        while waiting:
            words |= {word for text in self.definitions(waiting.pop()) for word in mentioned(text)}
            further = [name for name in self.views if name in words and name not in seen]
            seen.update(further)
            waiting += further
        return tuple(name for name in self.tables if name in words)


class _Types:
    """What PostgreSQL's own types come down to."""

    def __init__(self, schema: Schema) -> None:
        self.enums = {enum.name: enum.labels for enum in schema.enums}
        self.domains: dict[str, Domain] = {domain.name: domain for domain in schema.domains}

    def base(self, type_: str) -> str:
        """The type below any number of domains."""
        for _ in range(8):
            domain = self.domains.get(_bare(type_))
            if domain is None:
                break
            type_ = domain.type
        return type_


def paired_foreign_key(key: ForeignKey) -> PairedForeignKey:
    """A foreign key by folded names."""
    return PairedForeignKey(_folded(key.columns), folded(key.target), _folded(key.target_columns))


def _columns(libsql: Table, postgres: Table, types: _Types) -> Iterator[PairedColumn]:
    others = {folded(column.name): column for column in postgres.columns}
    for column in libsql.columns:
        yield _paired(folded(column.name), column, others.pop(folded(column.name), None), types)
    for key, other in others.items():
        yield _paired(key, None, other, types)


def _paired(
    key: str, libsql: Column | None, postgres: Column | None, types: _Types
) -> PairedColumn:
    base = types.base(postgres.type) if postgres else None
    labels = types.enums.get(_bare(base), ()) if base else ()
    if base is not None:
        kind = logical_type(base, Backend.POSTGRES, enums=types.enums)
    else:
        kind = logical_type(libsql.type if libsql else "", Backend.LIBSQL)
    return PairedColumn(key, libsql, postgres, kind, labels, _limit(base or ""))


def _limit(base: str) -> int | None:
    length = re.fullmatch(r"(?:character varying|character)\((\d+)\)", base)
    return int(length[1]) if length else {"smallint": 2**15 - 1, "integer": 2**31 - 1}.get(base)


def _bare(type_: str) -> str:
    """A type's own name, without its schema and quotes."""
    last = re.split(r'\.(?=(?:[^"]*"[^"]*")*[^"]*$)', type_)[-1]
    return last[1:-1].replace('""', '"') if last.startswith('"') else last


def _folded(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(folded(name) for name in names)
