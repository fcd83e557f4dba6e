"""A libsql table that is rebuilt, beside PostgreSQL's: what every part of its ALTER asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.alter_text import Alteration, Phase
from mig_assist.draft.derive.copies import column_of, filled, renamed_columns
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.postgres_side import (
    PostgresSide,
    plain,
    spelled,
)
from mig_assist.draft.derive.reader import with_names
from mig_assist.draft.derive.rebuilds import Rebuild
from mig_assist.draft.derive.translation import Text, Translation
from mig_assist.engines.logical_types import (
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Column
from mig_assist.engines.sqlite_tokens import fold


@dataclass(slots=True)
class Fate:
    """What becomes of the columns.

    Attributes:
        renamed: from the old folded name to the new name.
        items: what each new column is filled with, by folded name; None where nothing is said.
        bare: the new columns that are copied as they are.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    items: dict[str, str | None] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)


class AlteredTable:
    """A rebuild with what is known of both sides, and the text of its changes.

    Attributes:
        beside: the rebuilds of the same file.
        names: the tables of all of them, quoted, by their folded names in between.
        unclear: what cannot be told, each as a sentence.
        gone: the columns that end.
        retyped: the new types of columns, by folded name.
        helpers: columns that are there only while the table changes, with their types.
    """

    def __init__(self, rebuild: Rebuild, context: Context, beside: Sequence[Rebuild] = ()) -> None:
        self.rebuild = rebuild
        self.beside = beside
        self.names = {
            name: libsql_name(each.after.name) for each in (*beside, rebuild) for name in each.names
        }
        self.context = context
        self.translation = Translation(Backend.LIBSQL, context)
        self.after_translation = Translation(Backend.LIBSQL, context)
        self.after_translation.learn(rebuild.after)
        self.before, self.after = rebuild.before, rebuild.after
        self.side = PostgresSide(context.postgres, self.before)
        self.unclear: list[str] = list(rebuild.unclear)
        self.copy = rebuild.copies[0] if rebuild.copies else None
        self.old = {fold(column.name): column for column in self.before.columns}
        self.new = {fold(column.name): column for column in self.after.columns}
        self.fate = self._fate()
        self.gone = [
            column
            for name, column in self.old.items()
            if name not in self.new and name not in self.fate.renamed
        ]
        self.retyped: dict[str, Text] = {}
        self.helpers: dict[str, str] = {}
        for column in self.after.columns:
            self._retype(column)
        if self.side.known is not None and self.retyped:
            types = {name: text.text for name, text in self.retyped.items()}
            columns = (
                replace(column, type=types.get(fold(column.name), column.type))
                for column in self.side.known.columns
            )
            retyped = replace(self.side.known, columns=tuple(columns))
            self.after_translation.known.put(retyped, Backend.POSTGRES)

    def _fate(self) -> Fate:
        fate = Fate(items=dict.fromkeys(self.new))
        copy = self.copy
        if copy is None:
            return fate
        given = filled(copy, self.before, self.after)
        if given is None:
            self.unclear.append("The copy's columns cannot be told from its SELECT.")
            return fate
        fate.renamed = renamed_columns(copy, self.before, self.after)
        for name in self.new:
            fate.items[name] = given.get(name)
            if name in given and column_of(given[name], copy, self.before) == name:
                fate.bare.add(name)
        fate.bare |= {fold(name) for name in fate.renamed.values()}
        return fate

    def _retype(self, column: Column) -> None:
        """Keep in mind a column that has another type on PostgreSQL from here on."""
        name = fold(column.name)
        old = self.old.get(self._was(name))
        there = self.side.columns.get(self._was(name))
        if old is None or old.type.upper() == column.type.upper():
            return
        wanted = self.type_of(column)
        now = there.type if there is not None else self.type_of(old).text
        if (postgres_name(now), split_modifier(now)[1]) != (
            postgres_name(wanted.text),
            split_modifier(wanted.text)[1],
        ):
            self.retyped[name] = wanted

    def now(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the old table by the names that they have in the new one."""
        return tuple(self.fate.renamed.get(fold(column), column) for column in columns)

    def then(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the new table by the names that they had in the old one."""
        back = {fold(new): old for old, new in self.fate.renamed.items()}
        return tuple(back.get(fold(column), column) for column in columns)

    def final(self, column: str) -> str:
        """A column of the new table as PostgreSQL calls it in the end."""
        known = self.side.columns.get(fold(column))
        return spelled(known.name) if known else spelled(plain(column))

    def dies(self, columns: Sequence[str] | set[str] | frozenset[str]) -> bool:
        """Whether PostgreSQL drops something by itself, with a column that it uses."""
        gone = {fold(column.name) for column in self.gone}
        return any(fold(column) in gone for column in columns)

    def type_of(self, column: Column) -> Text:
        """A column's type on PostgreSQL: what it is already, where the house pairs these two."""
        there = self.side.columns.get(self._was(column.name))
        if there is not None and self.translation.known.types.keeps(column.type, there.type):
            return Text(there.type)
        return self.translation.column_type(column.name, column.type, table=self.after)

    def _was(self, name: str) -> str:
        """What a column of the new table is called in the old one, folded."""
        back = {fold(new): old for old, new in self.fate.renamed.items()}
        return back.get(fold(name), fold(name))

    def default(self, column: Column) -> Text:
        """A column's default on PostgreSQL."""
        return self.translation.default(column, self.type_of(column).text)

    def filling(self) -> Translation:
        """For a statement that fills columns, while the old ones are there, too."""
        translation = Translation(Backend.LIBSQL, self.context)
        new = [column for name, column in self.new.items() if name not in self.old]
        extra = [Column(name, "") for name in self.helpers]
        libsql = replace(self.before, columns=(*self.before.columns, *new, *extra))
        there = self.side.known or self.before
        types = [Column(plain(c.name), self.type_of(c).text) for c in new]
        types += [Column(name, kind) for name, kind in self.helpers.items()]
        known = tuple(self.side.columns.values()) or self.before.columns
        translation.known.put(libsql, Backend.LIBSQL)
        translation.known.put(replace(there, columns=(*known, *types)), Backend.POSTGRES)
        return translation

    def helper(self, column: str, kind: str) -> str:
        """The name of a column that holds another one's new values for a while."""
        name = f"{plain(column)}_new"
        while name in self.old or name in self.new or name in self.helpers:
            name += "_"
        self.helpers[name] = kind
        return name

    def expression(self, sql: str, kind: str = "") -> Text:
        """An expression over the old table, maybe for a column of a type on PostgreSQL."""
        return self.translation.expression(sql, self.before.name, kind=kind)

    def new_expression(self, sql: str) -> Text:
        """An expression over the new table."""
        return self.after_translation.expression(sql, self.after.name)

    def translated(self, phase: Phase, sql: str) -> Alteration:
        """A libsql statement on either table."""
        translation = self.after_translation if phase is Phase.REST else self.translation
        text = translation.statement(with_names(sql, self.names, Backend.LIBSQL))
        return Alteration(phase, text.text, text.doubts)

    def alter(self, phase: Phase, change: str, *doubts: str) -> Alteration:
        """A change of the table."""
        return Alteration(phase, "", doubts, self.side.table, change)

    def mark(self, phase: Phase, message: str) -> Alteration:
        """What a person has to decide."""
        return Alteration(phase, "", (message,))
