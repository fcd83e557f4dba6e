"""A PostgreSQL file gone through on libsql: what each table is like where an ALTER TABLE stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.enums import (
    EnumChange,
    changed,
    read_enum,
    read_enum_change,
    with_enum,
)
from mig_assist.draft.derive.layout import paragraphs
from mig_assist.draft.derive.libsql_alterations import Altered, after, alter_groups, altered
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.passages import Passages
from mig_assist.draft.derive.postgres_alters import Alter, Change, read_alter
from mig_assist.draft.derive.postgres_side import named, same_columns
from mig_assist.draft.derive.reader import Reader, mentioned
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.translation import Translation
from mig_assist.draft.derive.triggers_to_libsql import PostgresTriggers
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.schema import Column, Schema, Table
from mig_assist.engines.spelling import literal, quoted
from mig_assist.engines.sqlite_tokens import fold

_SPARED = "The table that was built anew has no such index."
_OF_A_COLUMN = frozenset(
    (
        "DROP COLUMN",
        "RENAME COLUMN",
        "TYPE",
        "SET DEFAULT",
        "DROP DEFAULT",
        "SET NOT NULL",
        "DROP NOT NULL",
    )
)


def postgres_passages(statements: Sequence[str], context: Context) -> Passages:
    """What stands in place of triggers, and of those ALTER TABLE that libsql has no words for.

    Args:
        statements: of the whole PostgreSQL file, in order; empty ones are passed over.
        context: both sides before the file.
    """
    groups = alter_groups(statements)
    triggers = PostgresTriggers(statements)
    labels = {n: change for n, sql in enumerate(statements) if (change := read_enum_change(sql))}
    if not groups and not triggers.any and not labels:
        return Passages()
    last = {group[-1]: group for group in groups}
    alters = {n: alter for n, sql in enumerate(statements) if (alter := read_alter(sql))}
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
            elif number in labels:
                outcomes[number] = stage.relabel(labels[number], labels.get(number + 1))
            elif number not in grouped:
                stage.follow(sql)
            elif number in last:
                doomed = _dropped_indexes(statements, number)
                group = {each: alters[each] for each in last[number]}
                refused = dict(stage.refused(group))
                group = {each: alter for each, alter in group.items() if each not in refused}
                freed = [each for alter in group.values() for each in stage.cascade(alter)]
                found = altered([*group.values()], stage.context(), doomed)
                if freed and found.table is not None:
                    found = after(freed, found)
                for each in group:
                    stage.alter(statements[each])
                outcomes |= refused
                if found.table is not None:
                    stage.put(found.texts)
                    if found.rebuilt:
                        outcomes |= {each: nothing() for each in group}
                        outcomes[max(group)] = found.outcome
                        tables[number] = found.table
                        outcomes |= {doomed[name]: nothing(_SPARED) for name in found.spared}
    finally:
        stage.close()
    return Passages({**triggers.functions(), **outcomes}, tables=tables)


def _dropped_indexes(statements: Sequence[str], after: int) -> dict[str, int]:
    """The indexes that a file drops behind a statement, and where, by their folded names.

    What stands between the two must not speak of them.
    """
    found: dict[str, int] = {}
    spoken: set[str] = set()
    for number, sql in enumerate(statements[after + 1 :], after + 1):
        reader = Reader(sql, Backend.POSTGRES)
        if reader.accept("DROP", "INDEX"):
            reader.accept("IF", "EXISTS")
            name = reader.folded_name()
            _ = reader.accept("CASCADE") or reader.accept("RESTRICT")
            if reader.at_end and name not in spoken:
                found.setdefault(fold(name), number)
        spoken |= mentioned(sql, Backend.POSTGRES)
    return found


class _Stage:
    """libsql's schema, and what is known of PostgreSQL's, in the middle of a file."""

    def __init__(self, context: Context) -> None:
        self._first = context
        self._postgres = context.postgres
        self._rehearsal = Rehearsal(context.libsql, context.definitions)
        self._dirty = True
        self._context = context
        self._labels: list[tuple[str | None, str]] = []

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
        enum = read_enum(sql)
        if enum is not None:
            self._postgres = with_enum(self._postgres, enum)
            self._dirty = True
        if reader.peek(1) in ("FUNCTION", "OR", "TRIGGER"):
            return
        text = Translation(Backend.POSTGRES, self.context()).statement(sql).text
        self.put(text.split(";\n") if text else ())
        if reader.accept("CREATE", "TABLE"):
            self._postgres = _with(self._postgres, sql)

    def cascade(self, alter: Alter) -> Iterator[Altered]:
        """What DROP CONSTRAINT … CASCADE does to the tables that refer to a key."""
        table = named(self._postgres, alter.table)
        for change in alter.changes if table else ():
            if change.kind != "DROP CONSTRAINT" or "CASCADE" not in change.said.upper().split():
                continue
            keys = (table.primary_key, *table.uniques) if table else ()
            columns = [key.columns for key in keys if key is not None and key.name == change.name]
            for child in self._postgres.tables:
                drops = tuple(
                    Change("DROP CONSTRAINT", key.name, careful=True, said=change.said)
                    for key in child.foreign_keys
                    if columns
                    and fold(key.target) == fold(alter.table)
                    and same_columns(key.target_columns or columns[0], columns[0])
                )
                if drops and fold(child.name) != fold(alter.table):
                    found = altered([Alter(child.name, drops)], self.context())
                    self.put(found.texts)
                    yield found

    def relabel(self, change: EnumChange, following: EnumChange | None) -> Outcome:
        """What becomes of an enum's labels, at the last of the statements that change them."""
        enum = next((e for e in self._postgres.enums if fold(e.name) == fold(change.enum)), None)
        if enum is None:
            return without_counterpart(f"The enum {change.enum} is not known: change its CHECKs.")
        self._labels.append((change.old, change.new))
        self._postgres = with_enum(self._postgres, changed(enum, change))
        self._dirty = True
        if following is not None and fold(following.enum) == fold(change.enum):
            return nothing()
        labels, self._labels = tuple(self._labels), []
        texts: list[str] = []
        found = Outcome(None)
        for table in self._postgres.tables:
            columns = [c.name for c in table.columns if _is_enum(c.type, enum.name)]
            changes = tuple(Change("LABELS", name, labels=labels) for name in columns)
            if not changes:
                continue
            made = altered([Alter(table.name, changes)], self.context())
            self.put(made.texts)
            texts += made.texts
            found.doubts += made.outcome.doubts
            found.note = found.note or made.outcome.note
        found.text = paragraphs(texts) or None
        found.note = found.note or ("" if texts else f"No table on libsql lists {enum.name}.")
        return found

    def refused(self, alters: Mapping[int, Alter]) -> Iterator[tuple[int, Outcome]]:
        """Those of a column that the table does not have, or has already."""
        name = next(iter(alters.values())).table
        sides = {"PostgreSQL": self._postgres, "libsql": self.context().libsql}
        tables = {label: named(schema, name) for label, schema in sides.items()}
        columns = {
            (label, fold(column.name))
            for label, table in tables.items()
            for column in (table.columns if table else ())
        }
        for number, alter in alters.items() if all(tables.values()) else ():
            mine = set(columns)
            for change in alter.changes:
                column = fold(change.name or "")
                added = change.kind == "ADD COLUMN"
                wrong = [label for label in sides if ((label, column) in mine) is added]
                wanted = (added or change.kind in _OF_A_COLUMN) and not change.careful
                if wanted and "libsql" in wrong and (wrong[1:] or len(alter.changes) == 1):
                    said = "has" if added else "has no"
                    what = f"{wrong[0]}'s {name} {said} column {change.name}"
                    yield number, without_counterpart(f"{what} {'already' if added else 'here'}.")
                    break
                if change.kind in ("DROP COLUMN", "RENAME COLUMN"):
                    mine -= {(label, column) for label in sides}
                if change.kind in ("ADD COLUMN", "RENAME COLUMN"):
                    new = fold(Reader(change.text, Backend.POSTGRES).name())
                    mine |= {(label, new) for label in sides}
            else:
                columns = mine

    def alter(self, sql: str) -> None:
        """PostgreSQL's columns after an ALTER TABLE; its rules are as they were."""
        alter = read_alter(sql)
        table = named(self._postgres, alter.table) if alter else None
        if alter is None or table is None:
            return
        columns = {fold(column.name): column for column in table.columns}
        for change in alter.changes:
            name = fold(change.name or "")
            reader = Reader(change.text, Backend.POSTGRES)
            if change.kind == "ADD COLUMN":
                columns[name] = Column(reader.name(), reader.name())
            elif change.kind == "DROP COLUMN":
                columns.pop(name, None)
            elif change.kind == "TYPE" and name in columns:
                columns[name] = replace(columns[name], type=reader.name())
            elif change.kind == "RENAME COLUMN" and name in columns:
                old = columns.pop(name)
                columns[fold(reader.name())] = replace(old, name=change.text)
        renamed = [each for each in alter.changes if each.kind == "RENAME TABLE"]
        name = Reader(renamed[-1].text, Backend.POSTGRES).name() if renamed else table.name
        after = replace(table, name=name, columns=tuple(columns.values()))
        self._postgres = self._postgres.with_tables([after], [table.name] if renamed else [])
        self._dirty = True

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

    # The table's own text may name enums.
    types = (
        f"CREATE TYPE {quoted(enum.name)} AS ENUM ({', '.join(map(literal, enum.labels))});"
        for enum in schema.enums
    )
    try:
        result = interpret(NOTHING, MigrationScript(1, "", "", f"{''.join(types)}{sql}", ""))
    except SqlSyntaxError:
        return schema
    new = [table for table in result.schema.tables if named(schema, table.name) is None]
    return schema.with_tables(new, [])


def _is_enum(declared: str, enum: str) -> bool:
    return fold(declared.rpartition(".")[2].strip('"')) == fold(enum.rpartition(".")[2])
