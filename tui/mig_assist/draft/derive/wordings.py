"""What stands in PostgreSQL's ALTER TABLE, in libsql's words."""

from __future__ import annotations

from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.constraints_to_libsql import CASE_FOLDING, constraint_text
from mig_assist.draft.derive.definitions import read_constraint
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.postgres_alters import Change
from mig_assist.draft.derive.postgres_side import spelled
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.tables_to_libsql import add_column, length_check
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.tokens import tokenize
from mig_assist.draft.derive.translation import Text, Translation
from mig_assist.draft.spelling import cased
from mig_assist.engines.logical_types import postgres_name
from mig_assist.engines.schema import Column, Table
from mig_assist.engines.sqlite_tokens import fold


class Wordings:
    """Prints the parts of changes to one table.

    Attributes:
        doubts: what was uncertain so far, each once.
        there: the table on PostgreSQL.
    """

    def __init__(self, context: Context, there: Table | None) -> None:
        self.context = context
        self.there = there
        self.translation = Translation(Backend.POSTGRES, context)
        self.doubts: list[str] = []

    def doubt(self, *messages: str) -> None:
        """Remember what is uncertain."""
        self.doubts += [each for each in dict.fromkeys(messages) if each not in self.doubts]

    def type(self, change: Change, table: Table) -> str:
        """libsql's type for a TYPE."""
        found = self.translation.column_type(change.name or "", change.text, strict=table.strict)
        self.doubt(*found.doubts)
        return found.text

    def limit(self, change: Change, column: str, wanted: str) -> str:
        """The CHECK of a text's length for PostgreSQL's new type."""
        here = KnownColumn(column, column, wanted, change.text)
        return length_check(self.translation.known.types, here)

    def folds(self, change: Change) -> bool | None:
        """Whether a TYPE makes a column ignore case, or ends that; None where it does neither."""
        if postgres_name(change.text) == CASE_FOLDING:
            return True
        was = self.there.column(change.name or "") if self.there else None
        return False if was is not None and postgres_name(was.type) == CASE_FOLDING else None

    def default(self, change: Change, column: Column) -> Text:
        """What SET DEFAULT says, as a column of libsql holds it."""
        return self.translation.default(replace(column, default=change.text), column.type)

    def expression(self, sql: str, table: Table) -> str:
        """An expression over a table's columns."""
        text = self.translation.expression(sql, table.name)
        self.doubt(*text.doubts)
        return text.text

    def column(self, change: Change, table: Table) -> tuple[str, list[str]]:
        """A column's definition for libsql, and the indexes that keep what it cannot say."""
        # Its first word tells the case in which the statement is written.
        writer, known = self._writer(f"{change.said[:3] or 'ADD'} {change.text}", table)
        text = add_column(writer, known, Span(1, len(writer.tokens)), stored=True)
        self.doubt(*writer.doubts)
        return text, writer.following

    def constraint(self, change: Change, table: Table) -> tuple[str, str | None, list[str]]:
        """A constraint's kind and its text for libsql, and the indexes that stand in its place."""
        label = f"CONSTRAINT {spelled(change.name)} " if change.name else ""
        writer, known = self._writer(label + change.text, table)
        clause = read_constraint(writer, Span(0, len(writer.tokens)))
        text = constraint_text(writer, clause, known)
        self.doubt(*writer.doubts)
        return clause.kind, text, writer.following

    def cased(self, sql: str) -> str:
        """Keywords as the house writes them."""
        return cased(sql, self.context.house.libsql.keywords)

    def _writer(self, sql: str, table: Table) -> tuple[ToLibsql, KnownTable]:
        """What prints a part of an ALTER TABLE, and what is known of the table."""
        tokens, _ = tokenize(sql, Backend.POSTGRES)
        writer = ToLibsql(tuple(tokens), self.translation.known)
        known = self.translation.known.table(table.name) or KnownTable(table.name, table.name)
        writer.tables[fold(table.name)] = known
        return writer, known
