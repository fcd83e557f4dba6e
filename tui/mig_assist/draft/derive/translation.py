"""The one place at which rebuilds and triggers ask for text in the other dialect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.derive import (
    data_to_libsql,
    data_to_postgres,
    statements_to_libsql,
    statements_to_postgres,
)
from mig_assist.draft.derive.constraints_to_libsql import stored_json
from mig_assist.draft.derive.constraints_to_postgres import default_text
from mig_assist.draft.derive.known import Known
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.queries import name_tables
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.to_postgres import ToPostgres
from mig_assist.draft.derive.tokens import tokenize
from mig_assist.draft.derive.type_hints import NO_HINT, hints_of
from mig_assist.draft.derive.types_of import beside, of_target, to_libsql, to_postgres
from mig_assist.engines.logical_types import logical_type
from mig_assist.engines.schema import Column, Table


@dataclass(frozen=True, slots=True)
class Text:
    """Text in the other dialect, and what is uncertain about it."""

    text: str
    doubts: tuple[str, ...] = ()


class Translation:
    """From one dialect into the other, with what is known of both sides' tables."""

    def __init__(self, source: Backend, context: Context) -> None:
        self.source = source
        self.context = context
        self.known = Known(context)

    def learn(self, table: Table) -> None:
        """A table is as the source has it from here on."""
        self.known.put(table, self.source)

    def condition_of_trigger(self, sql: str, table: str) -> Text:
        """A condition over NEW and OLD of a table."""
        return self.value_of_trigger(sql, table, "")

    def value_of_trigger(self, sql: str, table: str, column: str) -> Text:
        """An expression over NEW and OLD of a table, as the value of one of its columns."""
        writer = self._writer(sql)
        known = self.known.table(table)
        if known is not None:
            writer.tables |= {"new": known, "old": known}
        name_tables(writer)
        whole = Span(0, len(writer.tokens))
        target = known.columns.get(column.lower()) if known is not None else None
        if target is None:
            return Text(writer.render(whole), tuple(writer.doubts))
        wanted, source = (self.known.meant(target, b) for b in (writer.target, writer.source))
        writer.want(whole, wanted, source)
        return Text(writer.value(whole, wanted), tuple(writer.doubts))

    def expression(self, sql: str, *tables: str, kind: str = "") -> Text:
        """An expression over the columns of some tables.

        Args:
            kind: the type on the other side of the column that it is a value for; empty for none.
        """
        writer = self._writer(sql)
        name_tables(writer)
        for name in tables:
            table = self.known.table(name)
            if table is not None:
                writer.tables[name.lower()] = table
        whole = Span(0, len(writer.tokens))
        wanted = logical_type(kind, self.source.other) if kind else None
        writer.want(whole, wanted)
        text = writer.value(whole, wanted) if wanted else writer.render(whole)
        return Text(text, tuple(writer.doubts))

    def default(self, column: Column, kind: str) -> Text:
        """A column's default for a type of the other side; empty where there is none."""
        if column.default is None:
            return Text("")
        writer = self._writer(column.default)
        meant = logical_type(kind, self.source.other)
        span = Span(0, len(writer.tokens))
        writer.want(span, meant)
        if isinstance(writer, ToPostgres):
            text = default_text(writer, span, meant)
        else:
            text = stored_json(writer.value(span, meant), meant)
        return Text(text, tuple(writer.doubts))

    def statement(self, sql: str) -> Text:
        """A statement without its semicolon."""
        tokens = tuple(tokenize(sql, self.source)[0])
        if self.source is Backend.LIBSQL:
            outcome = statements_to_postgres.carry(tokens, self.known)
        else:
            outcome = statements_to_libsql.carry(tokens, self.known)
        return Text(outcome.text or "", tuple(outcome.doubts))

    def statement_of_trigger(self, sql: str, table: str) -> Text:
        """An INSERT, UPDATE or DELETE of a trigger on a table, without its semicolon."""
        writer = self._writer(sql)
        known = self.known.table(table)
        if known is not None:
            writer.tables |= {"new": known, "old": known}
        word = writer.key(0)
        if isinstance(writer, ToLibsql):
            if word == "UPDATE":
                outcome = data_to_libsql.update(writer, 0)
            elif word == "DELETE":
                outcome = data_to_libsql.delete(writer, 0)
            else:
                outcome = data_to_libsql.insert(writer, 0)
        elif word == "UPDATE":
            outcome = data_to_postgres.update(writer, 0)
        elif word == "DELETE":
            outcome = data_to_postgres.delete(writer)
        else:
            outcome = data_to_postgres.insert(writer, 0)
        return Text(outcome.text or "", tuple(outcome.doubts))

    def column_type(
        self, name: str, declared: str, *, strict: bool = False, table: Table | None = None
    ) -> Text:
        """The type of a column on the other side.

        Args:
            strict: whether libsql's table takes only the types of STRICT tables.
            table: libsql's table, whose rules and keys say more of the column.
        """
        if self.source is Backend.LIBSQL:
            referred = of_target(declared, self._target(name, table) if table else "")
            if referred is not None:
                return Text(referred)
            hint = hints_of(table).get(name.lower(), NO_HINT) if table else NO_HINT
            here = self.known.table(table.name) if table else None
            sides = {n: (c.libsql, c.postgres) for n, c in here.columns.items()} if here else {}
            others = beside(sides, name.lower(), declared)
            found = to_postgres(name, declared, self.known.types, hint, others)
        else:
            enums: Iterable[str] = self.known.enums
            found = to_libsql(name, declared, self.known.types, strict, own=enums)
        return Text(found.text, (found.doubt,) if found.doubt else ())

    def _target(self, name: str, table: Table) -> str:
        """PostgreSQL's type of the column that a column refers to; empty where it is not known."""
        for foreign in table.foreign_keys:
            target = self.known.table(foreign.target)
            for mine, theirs in zip(foreign.columns, foreign.target_columns, strict=False):
                known = target.columns.get(theirs.lower()) if target else None
                if known is not None and mine.lower() == name.lower():
                    return known.postgres
        return ""

    def _writer(self, sql: str) -> ToPostgres | ToLibsql:
        tokens, _ = tokenize(sql, self.source)
        if self.source is Backend.LIBSQL:
            return ToPostgres(tuple(tokens), self.known)
        return ToLibsql(tuple(tokens), self.known)
