"""PostgreSQL's table beside a libsql one: its real names, and those that it makes up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import mentioned, spaced, with_names
from mig_assist.draft.derive.words import spelled_name
from mig_assist.engines.expressions import canonical_check
from mig_assist.engines.postgres_names import free_name, joined
from mig_assist.engines.schema import Check, Column, ForeignKey, Index, Key, Schema, Table
from mig_assist.engines.sqlite_tokens import fold


def named(schema: Schema, name: str) -> Table | None:
    """The table of a name, whatever its case."""
    return next((table for table in schema.tables if fold(table.name) == fold(name)), None)


class PostgresSide:
    """What a libsql table and its parts are called on PostgreSQL."""

    def __init__(self, schema: Schema, table: Table) -> None:
        self.schema = schema
        self.known = named(schema, table.name)
        self.name = self.known.name if self.known else fold(table.name)
        self.columns = {fold(column.name): column for column in self.columns_of(self.known)}
        self.taken = {self.name} | set(_names(self.known))

    @staticmethod
    def columns_of(table: Table | None) -> tuple[Column, ...]:
        """The columns of a table; none where there is no table."""
        return table.columns if table else ()

    @property
    def table(self) -> str:
        """The table's name as it is written."""
        return spelled(self.name)

    def column(self, name: str) -> str:
        """A column's name as it is written."""
        known = self.columns.get(fold(name))
        return spelled(known.name if known else plain(name))

    def list(self, names: Iterable[str]) -> str:
        """Columns in a list."""
        return ", ".join(map(self.column, names))

    def check(self, check: Check) -> Check | None:
        """PostgreSQL's CHECK that says the same."""
        known = self.known.checks if self.known else ()
        if check.name is not None:
            same = [each for each in known if each.name and fold(each.name) == fold(check.name)]
            if same:
                return same[0]
        meaning = canonical_check(check.expression, Backend.LIBSQL)
        if meaning is not None:
            for each in known:
                if canonical_check(each.expression, Backend.POSTGRES) == meaning:
                    return each
        wanted = self._used(check.expression, Backend.LIBSQL)
        alike = [e for e in known if self._used(e.expression, Backend.POSTGRES) == wanted]
        return alike[0] if len(alike) == 1 else None

    def _used(self, expression: str, backend: Backend) -> frozenset[str]:
        return frozenset(mentioned(expression, backend) & self.columns.keys())

    def unique(self, columns: Sequence[str]) -> Key | None:
        """PostgreSQL's UNIQUE constraint over some columns."""
        known = self.known.uniques if self.known else ()
        return next((each for each in known if same_columns(each.columns, columns)), None)

    def unique_index(self, columns: Sequence[str]) -> Index | None:
        """PostgreSQL's unique index over some columns, where it has no constraint."""
        for index in self.known.indexes if self.known else ():
            plain_parts = all(not part.is_expression for part in index.parts)
            texts = tuple(part.text for part in index.parts)
            if (
                index.unique
                and not index.predicate
                and plain_parts
                and same_columns(texts, columns)
            ):
                return index
        return None

    def foreign_key(self, key: ForeignKey) -> ForeignKey | None:
        """PostgreSQL's foreign key over the same columns to the same table."""
        for each in self.known.foreign_keys if self.known else ():
            if same_columns(each.columns, key.columns) and fold(each.target) == fold(key.target):
                return each
        return None

    def index(self, name: str) -> Index | None:
        """PostgreSQL's index of a name."""
        known = self.known.indexes if self.known else ()
        return next((each for each in known if fold(each.name) == fold(name)), None)

    def references(self, columns: Sequence[str]) -> Iterator[tuple[Table, ForeignKey]]:
        """The foreign keys of all tables that need a key over some columns of this one."""
        for table in self.schema.tables:
            for key in table.foreign_keys:
                if key.target == self.name and set(map(fold, key.target_columns)) == set(
                    map(fold, columns)
                ):
                    yield table, key

    def free_name(self, columns: Sequence[str], ending: str) -> str:
        """The name that PostgreSQL would make up for a constraint (ChooseConstraintName)."""
        middle = joined(map(plain, columns)) or None
        name = free_name(self.name, middle, ending, self.taken.__contains__)
        self.taken.add(name)
        return name


def plain(name: str) -> str:
    """A name as PostgreSQL folds it where nobody quotes it."""
    return fold(name)


def spelled(name: str) -> str:
    """A name as PostgreSQL takes it."""
    return spelled_name(name, Backend.POSTGRES)


def same_columns(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two lists name the same columns in one order."""
    return tuple(map(fold, one)) == tuple(map(fold, other))


def check_key(check: Check, renames: Mapping[str, str]) -> object:
    """A libsql CHECK as it is compared with one after columns were renamed."""
    text = with_names(check.expression, renames, Backend.LIBSQL)
    return canonical_check(text, Backend.LIBSQL) or spaced(text, Backend.LIBSQL)


def _names(table: Table | None) -> Iterator[str]:
    if table is None:
        return
    for key in (table.primary_key, *table.uniques, *table.foreign_keys, *table.checks):
        if key is not None and key.name:
            yield key.name
    yield from (index.name for index in table.indexes)
