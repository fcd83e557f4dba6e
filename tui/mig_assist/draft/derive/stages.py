"""A PostgreSQL file gone through on libsql: what each table is like where an ALTER TABLE stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_alterations import alter_groups, altered
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing
from mig_assist.draft.derive.passages import Passages
from mig_assist.draft.derive.postgres_side import named
from mig_assist.draft.derive.reader import Reader
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.translation import Translation
from mig_assist.draft.derive.triggers_to_libsql import PostgresTriggers
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.schema import Schema, Table


def postgres_passages(statements: Sequence[str], context: Context) -> Passages:
    """What stands in place of triggers, and of those ALTER TABLE that libsql has no words for.

    Args:
        statements: of the whole PostgreSQL file, in order; empty ones are passed over.
        context: both sides before the file.
    """
    groups = alter_groups(statements)
    triggers = PostgresTriggers(statements)
    if not groups and not triggers.any:
        return Passages()
    last = {group[-1]: group for group in groups}
    grouped = {number for group in groups for number in group}
    outcomes: dict[int, Outcome] = {}
    tables: dict[int, Table] = {}
    stage = _Stage(context)
    try:
        for number, sql in enumerate(statements):
            trigger = triggers.outcome(number, stage.context)
            if trigger is not None:
                outcomes[number] = trigger
                stage.put([trigger.text] if trigger.text else ())
            elif number not in grouped:
                stage.follow(sql)
            elif number in last:
                found = altered([statements[each] for each in last[number]], stage.context())
                if found.table is not None:
                    stage.put(found.texts)
                    if found.rebuilt:
                        outcomes |= {each: nothing() for each in last[number]}
                        outcomes[number] = found.outcome
                        tables[number] = found.table
    finally:
        stage.close()
    return Passages({**triggers.functions(), **outcomes}, tables=tables)


class _Stage:
    """libsql's schema, and what is known of PostgreSQL's, in the middle of a file."""

    def __init__(self, context: Context) -> None:
        self._first = context
        self._postgres = context.postgres
        self._rehearsal = Rehearsal(context.libsql, context.definitions)
        self._dirty = True
        self._context = context

    def context(self) -> Context:
        """Both sides here."""
        if self._dirty:
            self._context = replace(
                self._first,
                libsql=self._rehearsal.schema(),
                postgres=self._postgres,
                definitions={**self._first.definitions, **self._rehearsal.texts()},
            )
            self._dirty = False
        return self._context

    def follow(self, sql: str) -> None:
        """A statement that creates or drops something."""
        reader = Reader(sql, Backend.POSTGRES)
        if reader.peek() not in ("CREATE", "DROP"):
            return
        if reader.peek(1) in ("FUNCTION", "OR", "TRIGGER"):
            return
        text = Translation(Backend.POSTGRES, self.context()).statement(sql).text
        self.put(text.split(";\n") if text else ())
        if reader.accept("CREATE", "TABLE"):
            self._postgres = _with(self._postgres, sql)

    def put(self, statements: Sequence[str]) -> None:
        """libsql's statements here."""
        for statement in statements:
            self._rehearsal.attempt(statement)
        self._dirty = True

    def close(self) -> None:
        """End it."""
        self._rehearsal.close()


def _with(schema: Schema, sql: str) -> Schema:
    """PostgreSQL's schema with a table that its own text describes."""
    from mig_assist.engines.postgres_static import NOTHING, interpret
    from mig_assist.engines.statements import SqlSyntaxError

    try:
        result = interpret(NOTHING, MigrationScript(1, "", "", sql, ""))
    except SqlSyntaxError:
        return schema
    new = [table for table in result.schema.tables if named(schema, table.name) is None]
    return schema.with_tables(new, [])
