"""The text of a libsql table as PostgreSQL's changes make it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mig_assist.backend import Backend
from mig_assist.draft.derive.enums import relabelled, with_labels
from mig_assist.draft.derive.libsql_text import check_sql, names, quoted, reference_sql
from mig_assist.draft.derive.named_rules import index_named, rule_named
from mig_assist.draft.derive.postgres_alters import Change
from mig_assist.draft.derive.postgres_side import same_columns
from mig_assist.draft.derive.reader import mentioned, spaced
from mig_assist.draft.derive.table_text import Clause, Definition, Item
from mig_assist.draft.derive.wordings import Wordings
from mig_assist.engines.schema import Table
from mig_assist.engines.spelling import literal
from mig_assist.engines.sqlite_tokens import fold

_CONSTANT = re.compile(r"[+-]?[0-9.]+|'(?:[^']|'')*'|NULL|TRUE|FALSE", re.IGNORECASE)


class TableEdits:
    """A table in the making.

    Attributes:
        text: its CREATE TABLE so far.
        indexes: the CREATE INDEX of each index that it keeps, by its folded name.
        filled: expressions over the old row for columns that are not copied as they are.
        dropped: the folded names of columns that are gone.
        removed: the rules that were taken away or that say something else now.
        extra: the indexes that are made besides those that the table has had.
    """

    def __init__(self, table: Table, sql: str, indexes: dict[str, str], wordings: Wordings) -> None:
        self.table = table
        self.text = Definition(sql)
        self.indexes = indexes
        self.filled: dict[str, str] = {}
        self.dropped: list[str] = []
        self.removed: list[Clause] = []
        self.extra: list[str] = []
        self._freed: list[tuple[str, str, str]] = []
        self._words = wordings
        self._doubt = wordings.doubt

    def edit(self, change: Change) -> None:
        """Make one change."""
        item = self.text.column(change.name or "")
        match change.kind:
            case "ADD COLUMN":
                text, following = self._words.column(change, self.table)
                self.text = self.text.with_item(text, is_column=True)
                self.extra += following
            case "DROP COLUMN" if item is not None:
                self._drop_column(item)
            case "TYPE" if item is not None:
                self._edit_type(change, item)
            case "SET NOT NULL" if item is not None:
                self._never_null(change.name or "")
            case "DROP NOT NULL" if item is not None:
                for clause in item.clauses:
                    if clause.kind == "NOT":
                        self.text = self.text.without(item, clause)
            case "SET DEFAULT" | "DROP DEFAULT" if item is not None:
                self._edit_default(change, item)
            case "LABELS" if item is not None:
                self._relabel(change, item)
            case "ADD CONSTRAINT":
                self._add_constraint(change)
            case "DROP CONSTRAINT":
                self._drop_constraint(change)
            case _:
                self._doubt(f"libsql has no column {change.name} for: {change.said}")

    def lost(self, after: Table) -> Iterator[str]:
        """Rules that the table has had, and now neither has nor was to lose."""
        gone = set(self.dropped)

        def spared(kinds: tuple[str, ...], columns: tuple[str, ...]) -> bool:
            return bool(gone & set(map(fold, columns))) or any(
                clause.kind in kinds and same_columns(clause.columns, columns)
                for clause in self.removed
            )

        for key in self.table.foreign_keys:
            kept = any(
                same_columns(key.columns, other.columns) and fold(key.target) == fold(other.target)
                for other in after.foreign_keys
            )
            if not kept and not spared(("FOREIGN", "REFERENCES"), key.columns):
                yield reference_sql(key)
        keys = [(*after.uniques, *filter(None, [after.primary_key]))]
        for unique in self.table.uniques:
            kept = any(same_columns(unique.columns, each.columns) for each in keys[0])
            if not kept and not spared(("UNIQUE", "PRIMARY"), unique.columns):
                yield f"UNIQUE ({names(unique.columns)})"
        bodies = Counter(spaced(check.expression, Backend.LIBSQL) for check in self.table.checks)
        bodies -= Counter(spaced(check.expression, Backend.LIBSQL) for check in after.checks)
        bodies -= Counter(spaced(each.body, Backend.LIBSQL) for each in self.removed)
        for check in self.table.checks:
            words = spaced(check.expression, Backend.LIBSQL)
            if bodies[words] > 0 and not gone & mentioned(check.expression, Backend.LIBSQL):
                yield check_sql(check)

    def _drop_column(self, item: Item) -> None:
        name = fold(item.column or "")
        self.dropped.append(name)
        self.text = self.text.without(item)
        while (rule := self._rule_with(name)) is not None:
            self.text = self.text.without(rule)

    def _rule_with(self, column: str) -> Item | None:
        """A constraint of the table that speaks of a column."""
        for item, clause in self.text.clauses():
            uses = column in clause.columns or column in mentioned(clause.body, Backend.LIBSQL)
            if uses and item.column is None:
                return item
        return None

    def _edit_type(self, change: Change, item: Item) -> None:
        column = item.column or ""
        wanted = self._words.type(change, self.table)
        kind = next((clause for clause in item.clauses if clause.kind == "TYPE"), None)
        if kind is not None:
            self.text = self.text.replaced(kind.start, kind.end, wanted)
        else:
            self.text = self.text.replaced(
                item.start, item.start + len(quoted(column)), f"{item.column} {wanted}"
            )
        limit = self._words.limit(change, column, wanted)
        item = self.text.column(column) or item
        if limit != (was := limit_of(item)):
            for clause in item.clauses:
                if clause.kind == "CHECK" and _length_check(clause, item) == was and was:
                    self.removed.append(clause)
                    self.text = self.text.without(item, clause)
            if limit:
                item = self.text.column(column) or item
                self.text = self.text.with_rule(item, self._words.cased(limit))
        self._fold_case(self._words.folds(change), column)
        if change.using and not _is_cast(change.using, change.name or ""):
            self.filled[column] = self._words.expression(change.using, self.table)

    def _fold_case(self, folds: bool | None, column: str) -> None:
        """Let a column ignore case from now on, or no more."""
        item = self.text.column(column)
        if folds is None or item is None:
            return
        for clause in item.clauses:
            if clause.kind == "COLLATE":
                self.text = self.text.without(item, clause)
        item = self.text.column(column) or item
        if folds:
            kind = next((clause for clause in item.clauses if clause.kind == "TYPE"), None)
            self.text = self.text.with_rule(item, self._words.cased("COLLATE NOCASE"), kind)

    def _relabel(self, change: Change, item: Item) -> None:
        """Other labels of an enum, in the CHECK that stands for it, the default and the rows."""
        column = item.column or ""
        renamed = {old: new for old, new in change.labels if old is not None}
        checks = [c for i, c in self.text.clauses() if c.kind == "CHECK" and _lists(c, column)]
        for _, other in self.text.clauses():
            said = any(word.startswith("'") for word in spaced(other.body, Backend.LIBSQL))
            own = fold(column) in mentioned(other.body, Backend.LIBSQL)
            if other.kind == "CHECK" and said and own and other not in checks:
                self._doubt(f"CHECK ({other.body}) may name labels of {column}.")
        self.removed += checks
        for clause in reversed(checks):
            self.text = self.text.replaced(
                clause.body_start,
                clause.body_start + len(clause.body),
                relabelled(clause.body, change.labels),
            )
        item = self.text.column(column) or item
        default = next((c for c in item.clauses if c.kind == "DEFAULT"), None)
        if default is not None and renamed:
            value = self.text.sql[default.start : default.end]
            self.text = self.text.replaced(
                default.start, default.end, with_labels(value, renamed, Backend.LIBSQL)
            )
        if renamed:
            cases = " ".join(
                f"WHEN {literal(old)} THEN {literal(new)}" for old, new in renamed.items()
            )
            self.filled[column] = f"CASE {quoted(column)} {cases} ELSE {quoted(column)} END"
            texts = [i.predicate or "" for i in self.table.indexes]
            texts += [f"{t.action} {t.condition or ''}" for t in self.table.triggers]
            if any(literal(old) in text for text in texts for old in renamed):
                self._doubt(f"Indexes or triggers of {self.table.name} name the old label, too.")

    def _edit_default(self, change: Change, item: Item) -> None:
        old = next((clause for clause in item.clauses if clause.kind == "DEFAULT"), None)
        if change.kind == "DROP DEFAULT":
            if old is not None:
                self.text = self.text.without(item, old)
            return
        wanted = fold(item.column or "")
        held = next((each for each in self.table.columns if fold(each.name) == wanted), None)
        if held is None:
            value = self._words.expression(change.text, self.table)
        else:
            text = self._words.default(change, held)
            self._doubt(*text.doubts)
            value = text.text
        plain = is_constant(value) or value.startswith("(")
        plain = plain or value.upper().startswith("CURRENT_")
        default = self._words.cased("DEFAULT") + (f" {value}" if plain else f" ({value})")
        if old is not None:
            self.text = self.text.replaced(old.start, old.end, default)
            return
        after = [c for c in item.clauses if c.kind in ("TYPE", "NOT", "NULL")]
        self.text = self.text.with_rule(item, default, after[-1] if after else None)

    def _add_constraint(self, change: Change) -> None:
        kind, text, following = self._words.constraint(change, self.table)
        self.extra += following
        if text is None:
            return
        if not self.text.items:
            self._doubt(f"libsql has nothing for: {change.said}")
            return
        head = Definition(f"CREATE TABLE t (a, {text})").items[-1].clauses[0]
        if kind == "CHECK" and self._into_freed(change, head.body):
            return
        if kind == "PRIMARY":
            for name in head.columns:
                self._never_null(name)
        self.text = self.text.with_item(text, is_column=False)

    def _never_null(self, name: str) -> None:
        item = self.text.column(name)
        if item is None or _has(item, "NOT"):
            return
        kind = next((c for c in item.clauses if c.kind == "TYPE"), None)
        null = next((c for c in item.clauses if c.kind == "NULL"), None)
        words = self._words.cased("NOT NULL")
        if null is not None:
            self.text = self.text.replaced(null.start, null.end, words)
        else:
            self.text = self.text.with_rule(item, words, kind)

    def _into_freed(self, change: Change, expression: str) -> bool:
        """Put a rule where one of its name has just been, at its column."""
        for number, (name, column, head) in enumerate(self._freed):
            item = self.text.column(column)
            if item is None or fold(name) != fold(change.name or ""):
                continue
            used = mentioned(expression, Backend.LIBSQL)
            own = {fold(i.column) for i in self.text.items if i.column}
            if used & own <= {fold(column)}:
                rule = f"{head}{self._words.cased('CHECK')} ({expression})"
                self.text = self.text.with_rule(item, rule)
                del self._freed[number]
                return True
        return False

    def _drop_constraint(self, change: Change) -> None:
        there = self._words.there
        found = rule_named(change.name or "", self.text, there)
        if found is not None:
            self._remove(*found, change.name or "")
            if found[1].kind in ("PRIMARY", "UNIQUE"):
                self._remove_twins(found[1], change.name or "")
            return
        index = index_named(change.name or "", self.table, there)
        if index is not None:
            self.indexes.pop(fold(index), None)
        elif not change.careful or self._known(change.name or ""):
            self._doubt(f"libsql's counterpart of {change.name} is not found: drop it here.")

    def _remove(self, item: Item, clause: Clause, name: str) -> None:
        self.removed.append(clause)
        if item.column is None:
            self.text = self.text.without(item)
            return
        head = f"CONSTRAINT {quoted(clause.name)} " if clause.name else ""
        self._freed.append((name, item.column, head))
        if clause.kind == "PRIMARY" and any(c.numbered for c in self.table.columns):
            self._doubt(f"{item.column} numbers the rows as primary key.")
        self.text = self.text.without(item, clause)

    def _remove_twins(self, gone: Clause, name: str) -> None:
        """Remove the other keys of the same columns, of which PostgreSQL makes but one."""
        there = self._words.there
        keys = (there.primary_key, *there.uniques) if there else ()
        if there is None or any(
            key is not None and key.name != name and same_columns(key.columns, gone.columns)
            for key in keys
        ):
            return
        for item, clause in self.text.clauses():
            if clause.kind in ("PRIMARY", "UNIQUE") and same_columns(clause.columns, gone.columns):
                self._remove(item, clause, name)
                return

    def _known(self, name: str) -> bool:
        table = self._words.there
        if table is None:
            return False
        parts = (*table.checks, *table.uniques, *table.foreign_keys, table.primary_key)
        return any(part is not None and part.name == name for part in parts)


def is_constant(value: str) -> bool:
    """Whether a value is a literal."""
    return bool(_CONSTANT.fullmatch(value))


def limit_of(item: Item | None) -> str:
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


def _has(item: Item, kind: str) -> bool:
    return any(clause.kind == kind for clause in item.clauses)


def _is_cast(using: str, column: str) -> bool:
    """Whether USING only changes the type of its column."""
    words = spaced(using, Backend.POSTGRES)
    name = fold(column)
    return words[:2] == (name, "::") or words[:4] == ("cast", "(", name, "as") or words == (name,)
