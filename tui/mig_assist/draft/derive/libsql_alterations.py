"""PostgreSQL's ALTER TABLE statements on one table, as what libsql has for them.

What SQLite can say is said so; all else becomes one rebuild, for which the table's own text is
edited (https://www.sqlite.org/lang_altertable.html).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.constraints_to_libsql import constraint_text
from mig_assist.draft.derive.definitions import read_constraint
from mig_assist.draft.derive.enums import relabelled, with_labels
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.layout import in_manner, laid_out, paragraphs
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome
from mig_assist.draft.derive.postgres_alters import Alter, Change, read_alter
from mig_assist.draft.derive.postgres_side import named, same_columns, spelled
from mig_assist.draft.derive.reader import Reader, mentioned, spaced
from mig_assist.draft.derive.rebuilding import Order, indexes_of, rebuild_statements, triggers_of
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.table_text import Clause, Definition, Item
from mig_assist.draft.derive.tables_to_libsql import add_column, length_check
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.tokens import tokenize
from mig_assist.draft.derive.translation import Text, Translation
from mig_assist.draft.spelling import cased
from mig_assist.engines.expressions import canonical_check
from mig_assist.engines.schema import Column, Table
from mig_assist.engines.spelling import literal
from mig_assist.engines.sqlite_tokens import fold

_CONSTANT = re.compile(r"[+-]?[0-9.]+|'(?:[^']|'')*'|NULL|TRUE|FALSE", re.IGNORECASE)


def alter_groups(statements: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The numbers of those ALTER TABLE statements that are carried together, in order.

    Statements on one table belong together as long as none between them speaks of that table;
    what becomes of them stands in place of the last one.
    """
    groups: list[tuple[str, list[int]]] = []
    open_groups: dict[str, list[int]] = {}
    for number, sql in enumerate(statements):
        alter = read_alter(sql)
        words = mentioned(sql, Backend.POSTGRES)
        for name in [name for name in open_groups if name in words]:
            if alter is None or fold(alter.table) != name:
                del open_groups[name]
        if alter is None:
            continue
        name = fold(alter.table)
        if name not in open_groups:
            open_groups[name] = []
            groups.append((name, open_groups[name]))
        open_groups[name].append(number)
        if any(change.kind == "RENAME TABLE" for change in alter.changes):
            del open_groups[name]
    return tuple(tuple(numbers) for _, numbers in groups)


@dataclass(frozen=True, slots=True)
class Altered:
    """What becomes of some ALTER TABLE statements.

    Attributes:
        outcome: the text and what is uncertain about it.
        table: as it is on libsql afterwards; None where that is not known.
        texts: the statements one by one.
        rebuilt: whether SQLite's own ALTER TABLE did not do.
    """

    outcome: Outcome
    table: Table | None
    texts: tuple[str, ...] = ()
    rebuilt: bool = False


def altered(statements: Sequence[str], context: Context) -> Altered:
    """What libsql does where PostgreSQL alters a table.

    Args:
        statements: ALTER TABLE statements, all on one table.
        context: both sides just before them.
    """
    alters = [alter for sql in statements if (alter := read_alter(sql)) is not None]
    table = named(context.libsql, alters[0].table) if alters else None
    if table is None:
        name = alters[0].table if alters else "?"
        return Altered(Outcome(None, [f"libsql has no table {name} so far."]), None)
    return _Altering(table, alters, context).altered()


def relabelled_table(alter: Alter, context: Context) -> Altered:
    """What libsql does to a table whose columns have an enum with other labels now."""
    table = named(context.libsql, alter.table)
    if table is None:
        return Altered(Outcome(None, [f"libsql has no table {alter.table} so far."]), None)
    return _Altering(table, [alter], context).altered()


@dataclass(slots=True)
class _Plan:
    """A rebuild in the making.

    Attributes:
        filled: expressions over the old row for columns that are not copied as they are.
        extra: the indexes that are made besides those that the table has had.
    """

    text: Definition
    filled: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    freed: list[tuple[str, str, str]] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


class _Altering:
    def __init__(self, table: Table, alters: Sequence[Alter], context: Context) -> None:
        self.table = table
        self.context = context
        self.there = named(context.postgres, table.name)
        self.definitions = context.definitions
        self.translation = Translation(Backend.POSTGRES, context)
        self.changes = [change for alter in alters for change in alter.changes]
        self.doubts: list[str] = []
        self.notes: list[str] = []
        self.lines: list[str] = []
        self.rebuilt = False
        self.rehearsal = Rehearsal(context.libsql, self.definitions)

    def altered(self) -> Altered:
        """Do it."""
        try:
            pending: list[Change] = []
            name = self.table.name
            for change in self.changes:
                if change.kind in ("RENAME COLUMN", "RENAME TABLE"):
                    self._flush(pending, name)
                    pending = []
                    what = f"COLUMN {quoted(change.name)} " if change.name else ""
                    new = Reader(change.text, Backend.POSTGRES).name()
                    self._run(f"ALTER TABLE {quoted(name)} RENAME {what}TO {quoted(new)}")
                    name = name if change.name else new
                else:
                    pending.append(change)
            self._flush(pending, name)
            after = named(self.rehearsal.schema(), name)
        finally:
            self.rehearsal.close()
        text = paragraphs(self.lines) or None
        note = " ".join(self.notes)
        outcome = Outcome(text, self.doubts, bool(self.doubts or note), note)
        return Altered(outcome, after, tuple(self.lines), self.rebuilt)

    def _run(self, sql: str) -> None:
        self.lines.append(sql)
        error = self.rehearsal.attempt(sql)
        if error:
            self.doubts.append(f"libsql does not accept this: {error}")

    def _flush(self, changes: Sequence[Change], name: str) -> None:
        table = named(self.rehearsal.schema(), name)
        if table is None or not changes:
            return
        work = [change for change in changes if self._matters(change, table)]
        self.rebuilt |= len(work) < len(changes)
        if not work:
            return
        natives = [self._native(change, table) for change in work]
        if all(natives):
            for native in natives:
                self._run(native or "")
            return
        self.rebuilt = True
        self._rebuild(table, work)

    def _matters(self, change: Change, table: Table) -> bool:
        """Whether libsql has to do anything; says why not."""
        if change.kind == "VALIDATE":
            self.notes.append(f"libsql checked every row when {change.name} was added.")
        elif change.kind == "HIDES":
            self.doubts.append("libsql hides no rows: let the application's queries do so.")
        elif change.kind == "OTHER":
            self.doubts.append(f"libsql has nothing for: {change.said}")
        elif change.kind in ("NOTHING", "RENAME CONSTRAINT"):
            self.notes.append(_needless(change))
        elif (change.careful and change.kind == "ADD COLUMN" and self._column(table, change)) or (
            change.careful and change.kind == "DROP COLUMN" and not self._column(table, change)
        ):
            self.notes.append(f"libsql has done this already: {' '.join(change.said.split())}.")
        elif change.kind == "TYPE" and not change.using:
            return self._retypes(change, table)
        elif self._is_so(change, table):
            self.notes.append(f"{change.name} is so on libsql already.")
        else:
            return True
        return False

    def _is_so(self, change: Change, table: Table) -> bool:
        """Whether nothing but this is done to a column, which has always been so."""
        column = table.column(self._column(table, change) or "")
        again = [each for each in self.changes if each.name == change.name]
        if column is None or len(again) > 1:
            return False
        match change.kind:
            case "SET NOT NULL":
                return not column.nullable and not column.numbered
            case "DROP NOT NULL":
                return column.nullable
            case "DROP DEFAULT":
                return column.default is None
            case "SET DEFAULT" if column.default is not None:
                text = self._default(change, column)
                return not text.doubts and _bare(text.text) == _bare(column.default)
        return False

    def _default(self, change: Change, column: Column) -> Text:
        """What SET DEFAULT says, as a column of libsql holds it."""
        return self.translation.default(replace(column, default=change.text), column.type)

    def _column(self, table: Table, change: Change) -> str | None:
        wanted = fold(change.name or "")
        return next((c.name for c in table.columns if fold(c.name) == wanted), None)

    def _retypes(self, change: Change, table: Table) -> bool:
        column = table.column(self._column(table, change) or "")
        if column is None:
            return True
        wanted = self._type(change, table)
        if self._limit(change, column.name, wanted) != _limit_of(self._item(column, table)):
            return True
        if wanted.upper() == column.type.upper():
            self.notes.append(f"{column.name} is {column.type} on libsql before and after.")
            return False
        return True

    def _item(self, column: Column, table: Table) -> Item | None:
        return Definition(self.rehearsal.sql_of(table.name)).column(column.name)

    def _limit(self, change: Change, column: str, wanted: str) -> str:
        """The CHECK of a text's length for PostgreSQL's new type."""
        here = KnownColumn(column, column, wanted, change.text)
        return length_check(self.translation.known.types, here)

    def _type(self, change: Change, table: Table) -> str:
        found = self.translation.column_type(change.name or "", change.text, strict=table.strict)
        self.doubts += found.doubts
        return found.text

    # What SQLite can say

    def _native(self, change: Change, table: Table) -> str | None:
        """The ALTER TABLE that SQLite has for a change, if it has one."""
        if change.kind == "ADD COLUMN":
            text, following = self._column_text(change, table)
            if following:
                return None
            item = Definition(f"CREATE TABLE t ({text})").items[0]
            kinds = {clause.kind: clause for clause in item.clauses}
            default = kinds.get("DEFAULT")
            value = ""
            if default is not None:
                whole = f"CREATE TABLE t ({text})"
                value = whole[default.start : default.end][len("DEFAULT") :].strip()
            constant = bool(_CONSTANT.fullmatch(value))
            if kinds.keys() & {"PRIMARY", "UNIQUE", "GENERATED"} or (value and not constant):
                return None
            if "NOT" in kinds and (not value or value.upper() == "NULL"):
                return None
            if "REFERENCES" in kinds and value and value.upper() != "NULL":
                return None
            return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {text}"
        if change.kind == "DROP COLUMN":
            column = self._column(table, change)
            if column is None or self._is_used(column, table):
                return None
            return f"ALTER TABLE {quoted(table.name)} DROP COLUMN {quoted(column)}"
        return None

    def _is_used(self, column: str, table: Table) -> bool:
        name = fold(column)
        keys = [key.columns for key in (*table.uniques, *filter(None, [table.primary_key]))]
        keys += [key.columns for key in table.foreign_keys]
        if any(name in map(fold, columns) for columns in keys):
            return True
        texts = [check.expression for check in table.checks]
        texts += [c.generated for c in table.columns if c.generated is not None]
        for index in table.indexes:
            texts += [part.text for part in index.parts] + [index.predicate or ""]
        schema = self.rehearsal.schema()
        triggers = [each for table in schema.tables for each in table.triggers]
        triggers += [each for view in schema.views for each in view.triggers]
        texts += [f"{each.action} {each.condition or ''}" for each in triggers]
        texts += [" ".join(each.update_of) for each in triggers]
        texts += [view.definition for view in schema.views]
        for other in schema.tables:
            for key in other.foreign_keys:
                if fold(key.target) == fold(table.name):
                    texts += key.target_columns
        return any(name in mentioned(text, Backend.LIBSQL) for text in texts)

    # Rebuilding

    def _rebuild(self, table: Table, changes: Sequence[Change]) -> None:
        before = self.rehearsal.sql_of(table.name)
        plan = _Plan(Definition(before))
        indexes = indexes_of(table, self.rehearsal.texts())
        all_of_them = dict(indexes)
        triggers = triggers_of(table, self.rehearsal.texts())
        for change in changes:
            self._edit(change, table, plan, indexes)
        if plan.text.sql == before and not plan.filled:
            for name in all_of_them.keys() - indexes.keys():
                self._run(f"DROP INDEX {quoted(name)}")
            for sql in plan.extra:
                self._run(sql)
            return
        kept = [c for c in table.columns if fold(c.name) not in plan.dropped]
        columns = {c.name: quoted(c.name) for c in kept if c.generated is None}
        columns |= plan.filled
        gone = set(plan.dropped)
        for index in table.indexes:
            words = {fold(part.text) for part in index.parts if not part.is_expression}
            for text in (*(p.text for p in index.parts if p.is_expression), index.predicate or ""):
                words |= mentioned(text, Backend.LIBSQL)
            if words & gone:
                indexes.pop(fold(index.name), None)
        for name, sql in triggers.items():
            if mentioned(sql, Backend.LIBSQL) & gone:
                self.doubts.append(f"The trigger {name} uses a column that is dropped.")
        sql = laid_out(plan.text.sql, self.context.house.libsql)
        made = (*indexes.values(), *plan.extra)
        order = Order(sql, columns, made, tuple(triggers.values()))
        schema = self.rehearsal.schema()
        called = self.context.house.rebuilt(table.name, self.context.version)
        script = rebuild_statements(table, order, schema, self.rehearsal.texts(), called)
        self.doubts += script.doubts
        own = {order.sql, *order.indexes, *order.triggers}
        for statement in in_manner(script.statements, own, self.context):
            self._run(statement)

    def _edit(self, change: Change, table: Table, plan: _Plan, indexes: dict[str, str]) -> None:
        item = plan.text.column(change.name or "")
        match change.kind:
            case "ADD COLUMN":
                text, following = self._column_text(change, table)
                plan.text = plan.text.with_item(text, is_column=True)
                plan.extra += following
                plan.added.append(fold(change.name or ""))
            case "DROP COLUMN" if item is not None:
                self._drop_column(item, plan)
            case "TYPE" if item is not None:
                self._edit_type(change, table, item, plan)
            case "SET NOT NULL" if item is not None:
                self._never_null(change.name or "", plan)
            case "DROP NOT NULL" if item is not None:
                for clause in item.clauses:
                    if clause.kind == "NOT":
                        plan.text = plan.text.without(item, clause)
            case "SET DEFAULT" | "DROP DEFAULT" if item is not None:
                self._edit_default(change, table, item, plan)
            case "LABELS" if item is not None:
                self._relabel(change, table, item, plan)
            case "ADD CONSTRAINT":
                self._add_constraint(change, table, plan)
            case "DROP CONSTRAINT":
                self._drop_constraint(change, table, plan, indexes)
            case _:
                self.doubts.append(f"libsql has no column {change.name} for: {change.said}")

    def _drop_column(self, item: Item, plan: _Plan) -> None:
        name = fold(item.column or "")
        plan.dropped.append(name)
        plan.text = plan.text.without(item)
        for found, clause in list(plan.text.clauses()):
            uses = name in clause.columns or name in mentioned(clause.body, Backend.LIBSQL)
            if uses and found.column is None:
                place = next((i for i in plan.text.items if i.clauses == (clause,)), None)
                again = [i for i in plan.text.items if i.column is None]
                for each in again:
                    own = each.clauses[0]
                    if (own.columns, own.body, own.kind) == (
                        clause.columns,
                        clause.body,
                        clause.kind,
                    ):
                        place = each
                if place is not None:
                    plan.text = plan.text.without(place)

    def _edit_type(self, change: Change, table: Table, item: Item, plan: _Plan) -> None:
        wanted = self._type(change, table)
        kind = next((clause for clause in item.clauses if clause.kind == "TYPE"), None)
        if kind is not None:
            plan.text = plan.text.replaced(kind.start, kind.end, wanted)
        else:
            plan.text = plan.text.replaced(
                item.start, item.start + len(quoted(item.column or "")), f"{item.column} {wanted}"
            )
        limit = self._limit(change, item.column or "", wanted)
        item = plan.text.column(item.column or "") or item
        if limit != (was := _limit_of(item)):
            for clause in item.clauses:
                if clause.kind == "CHECK" and _length_check(clause, item) == was and was:
                    plan.text = plan.text.without(item, clause)
            if limit:
                item = plan.text.column(item.column or "") or item
                plan.text = plan.text.with_rule(item, self._cased(limit))
        if change.using and not _is_cast(change.using, change.name or ""):
            text = self.translation.expression(change.using, table.name)
            self.doubts += text.doubts
            plan.filled[item.column or ""] = text.text

    def _relabel(self, change: Change, table: Table, item: Item, plan: _Plan) -> None:
        """Other labels of an enum, in the CHECK that stands for it, the default and the rows."""
        column = item.column or ""
        renamed = {old: new for old, new in change.labels if old is not None}
        checks = [c for i, c in plan.text.clauses() if c.kind == "CHECK" and _lists(c, column)]
        for _, other in plan.text.clauses():
            said = any(word.startswith("'") for word in spaced(other.body, Backend.LIBSQL))
            own = fold(column) in mentioned(other.body, Backend.LIBSQL)
            if other.kind == "CHECK" and said and own and other not in checks:
                self.doubts.append(f"CHECK ({other.body}) may name labels of {column}.")
        for clause in reversed(checks):
            plan.text = plan.text.replaced(
                clause.body_start,
                clause.body_start + len(clause.body),
                relabelled(clause.body, change.labels),
            )
        item = plan.text.column(column) or item
        default = next((c for c in item.clauses if c.kind == "DEFAULT"), None)
        if default is not None and renamed:
            value = plan.text.sql[default.start : default.end]
            plan.text = plan.text.replaced(
                default.start, default.end, with_labels(value, renamed, Backend.LIBSQL)
            )
        if renamed:
            cases = " ".join(
                f"WHEN {literal(old)} THEN {literal(new)}" for old, new in renamed.items()
            )
            plan.filled[column] = f"CASE {quoted(column)} {cases} ELSE {quoted(column)} END"
            texts = [i.predicate or "" for i in table.indexes]
            texts += [f"{t.action} {t.condition or ''}" for t in table.triggers]
            if any(literal(old) in text for text in texts for old in renamed):
                self.doubts.append(f"Indexes or triggers of {table.name} name the old label, too.")

    def _edit_default(self, change: Change, table: Table, item: Item, plan: _Plan) -> None:
        old = next((clause for clause in item.clauses if clause.kind == "DEFAULT"), None)
        if change.kind == "DROP DEFAULT":
            if old is not None:
                plan.text = plan.text.without(item, old)
            return
        held = table.column(self._column(table, change) or "")
        if held is None:
            text = self.translation.expression(change.text, table.name)
        else:
            text = self._default(change, held)
        self.doubts += text.doubts
        plain = bool(_CONSTANT.fullmatch(text.text)) or text.text.startswith("(")
        plain = plain or text.text.upper().startswith("CURRENT_")
        default = f"DEFAULT {text.text}" if plain else f"DEFAULT ({text.text})"
        default = self._cased("DEFAULT") + default.removeprefix("DEFAULT")
        if old is not None:
            plan.text = plan.text.replaced(old.start, old.end, default)
            return
        after = [c for c in item.clauses if c.kind in ("TYPE", "NOT", "NULL")]
        plan.text = plan.text.with_rule(item, default, after[-1] if after else None)

    def _column_text(self, change: Change, table: Table) -> tuple[str, list[str]]:
        """A column's definition for libsql, and the indexes that keep what it cannot say."""
        # Its first word tells the case in which the statement is written.
        writer, known = self._writer(f"{change.said[:3] or 'ADD'} {change.text}", table)
        text = add_column(writer, known, Span(1, len(writer.tokens)), stored=True)
        self.doubts += [doubt for doubt in writer.doubts if doubt not in self.doubts]
        return text, writer.following

    def _writer(self, sql: str, table: Table) -> tuple[ToLibsql, KnownTable]:
        """What prints a part of an ALTER TABLE, and what is known of the table."""
        tokens, _ = tokenize(sql, Backend.POSTGRES)
        writer = ToLibsql(tuple(tokens), self.translation.known)
        known = self.translation.known.table(table.name) or KnownTable(table.name, table.name)
        writer.tables[fold(table.name)] = known
        return writer, known

    def _add_constraint(self, change: Change, table: Table, plan: _Plan) -> None:
        label = f"CONSTRAINT {spelled(change.name)} " if change.name else ""
        writer, known = self._writer(label + change.text, table)
        clause = read_constraint(writer, Span(0, len(writer.tokens)))
        text = constraint_text(writer, clause, known)
        self.doubts += [doubt for doubt in writer.doubts if doubt not in self.doubts]
        plan.extra += writer.following
        if text is None:
            return
        if not plan.text.items:
            self.doubts.append(f"libsql has nothing for: {change.said}")
            return
        head = Definition(f"CREATE TABLE t (a, {text})").items[-1].clauses[0]
        if clause.kind == "CHECK" and self._into_freed(change, head.body, plan):
            return
        if clause.kind == "PRIMARY":
            for name in head.columns:
                self._never_null(name, plan)
        plan.text = plan.text.with_item(text, is_column=False)

    def _cased(self, sql: str) -> str:
        return cased(sql, self.context.house.libsql.keywords)

    def _never_null(self, name: str, plan: _Plan) -> None:
        item = plan.text.column(name)
        if item is None or _has(item, "NOT"):
            return
        kind = next((c for c in item.clauses if c.kind == "TYPE"), None)
        null = next((c for c in item.clauses if c.kind == "NULL"), None)
        if null is not None:
            plan.text = plan.text.replaced(null.start, null.end, self._cased("NOT NULL"))
        else:
            plan.text = plan.text.with_rule(item, self._cased("NOT NULL"), kind)

    def _into_freed(self, change: Change, expression: str, plan: _Plan) -> bool:
        """Put a rule where one of its name has just been, at its column."""
        for number, (name, column, head) in enumerate(plan.freed):
            item = plan.text.column(column)
            if item is None or fold(name) != fold(change.name or ""):
                continue
            used = mentioned(expression, Backend.LIBSQL)
            own = {fold(i.column) for i in plan.text.items if i.column}
            if used & own <= {fold(column)}:
                plan.text = plan.text.with_rule(
                    item, f"{head}{self._cased('CHECK')} ({expression})"
                )
                del plan.freed[number]
                return True
        return False

    def _drop_constraint(
        self, change: Change, table: Table, plan: _Plan, indexes: dict[str, str]
    ) -> None:
        found = self._find(change.name or "", plan.text)
        if found is not None:
            item, clause = found
            if item.column is not None:
                head = f"CONSTRAINT {quoted(clause.name)} " if clause.name else ""
                plan.freed.append((change.name or "", item.column, head))
                if clause.kind == "PRIMARY" and any(c.numbered for c in table.columns):
                    self.doubts.append(f"{item.column} numbers the rows as primary key.")
                plan.text = plan.text.without(item, clause)
            else:
                plan.text = plan.text.without(item)
            return
        index = self._index_of(change.name or "", table)
        if index is not None:
            indexes.pop(fold(index), None)
        elif not change.careful or self._known(change.name or ""):
            self.doubts.append(f"libsql's counterpart of {change.name} is not found: drop it here.")

    def _known(self, name: str) -> bool:
        table = self.there
        if table is None:
            return False
        parts = (*table.checks, *table.uniques, *table.foreign_keys, table.primary_key)
        return any(part is not None and part.name == name for part in parts)

    def _find(self, name: str, text: Definition) -> tuple[Item, Clause] | None:
        """libsql's rule that PostgreSQL calls by a name."""
        rules = [(i, c) for i, c in text.clauses() if c.kind not in ("TYPE", "NOT", "NULL")]
        for item, clause in rules:
            if clause.name is not None and fold(clause.name) == fold(name):
                return item, clause
        there = self.there
        if there is None:
            return None
        checks = [each for each in there.checks if each.name == name]
        if checks:
            own = [(i, c) for i, c in rules if c.kind == "CHECK"]
            return self._check_like(checks[0].expression, own, text)
        if there.primary_key is not None and there.primary_key.name == name:
            return next(((i, c) for i, c in rules if c.kind == "PRIMARY"), None)
        for unique in there.uniques:
            if unique.name == name:
                return next(
                    (
                        (i, c)
                        for i, c in rules
                        if c.kind == "UNIQUE" and same_columns(c.columns, unique.columns)
                    ),
                    None,
                )
        for key in there.foreign_keys:
            if key.name == name:
                return next(
                    (
                        (i, c)
                        for i, c in rules
                        if c.kind in ("FOREIGN", "REFERENCES")
                        and same_columns(c.columns, key.columns)
                        and c.target == fold(key.target)
                    ),
                    None,
                )
        return None

    def _check_like(
        self, expression: str, rules: Sequence[tuple[Item, Clause]], text: Definition
    ) -> tuple[Item, Clause] | None:
        meaning = canonical_check(expression, Backend.POSTGRES)
        for item, clause in rules:
            if meaning and canonical_check(clause.body, Backend.LIBSQL) == meaning:
                return item, clause
        columns = {fold(item.column) for item in text.items if item.column}
        wanted = mentioned(expression, Backend.POSTGRES) & columns
        alike = [
            (item, clause)
            for item, clause in rules
            if mentioned(clause.body, Backend.LIBSQL) & columns == wanted
        ]
        return alike[0] if len(alike) == 1 else None

    def _index_of(self, name: str, table: Table) -> str | None:
        """libsql's unique index beside PostgreSQL's UNIQUE constraint."""
        uniques = self.there.uniques if self.there else ()
        for unique in uniques:
            if unique.name != name:
                continue
            for index in table.indexes:
                texts = tuple(part.text for part in index.parts)
                if index.unique and not index.predicate and same_columns(texts, unique.columns):
                    return index.name
        return next((i.name for i in table.indexes if fold(i.name) == fold(name)), None)


def _limit_of(item: Item | None) -> str:
    """The CHECK of a column that only says how long its text may be; empty where none does."""
    checks = (clause for clause in item.clauses if clause.kind == "CHECK") if item else ()
    return next((text for clause in checks if (text := _length_check(clause, item))), "")


def _length_check(clause: Clause, item: Item | None) -> str:
    words = spaced(clause.body, Backend.LIBSQL)
    if item is None or words[:-1] != ("length", "(", fold(item.column or ""), ")", "<="):
        return ""
    return f"CHECK ({clause.body})"


def _lists(clause: Clause, column: str) -> bool:
    """Whether a CHECK says which texts a column holds, and nothing else."""
    words = spaced(clause.body, Backend.LIBSQL)
    return words[:1] == (fold(column),) and words[1:2] in (("in",), ("IN",)) and words[-1] == ")"


def _bare(expression: str) -> tuple[str, ...]:
    """A default as it is compared: without the parentheses that SQLite asks for."""
    words = spaced(expression, Backend.LIBSQL)
    return words[1:-1] if words[:1] == ("(",) and words[-1:] == (")",) else words


def _needless(change: Change) -> str:
    if change.kind == "RENAME CONSTRAINT":
        return "Nothing on libsql goes by the name of a constraint."
    if change.said.upper().startswith("OWNER"):
        return "libsql has no owners."
    if "SECURITY" in change.said.upper():
        return "libsql hides no rows."
    return "This is about where PostgreSQL keeps and finds rows."


def _has(item: Item, kind: str) -> bool:
    return any(clause.kind == kind for clause in item.clauses)


def _is_cast(using: str, column: str) -> bool:
    """Whether USING only changes the type of its column."""
    words = spaced(using, Backend.POSTGRES)
    name = fold(column)
    return words[:2] == (name, "::") or words[:4] == ("cast", "(", name, "as") or words == (name,)
