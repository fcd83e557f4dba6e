"""PostgreSQL's ALTER TABLE statements on one table, as what libsql has for them.

What SQLite can say is said so; all else becomes one rebuild, for which the table's own text is
edited (https://www.sqlite.org/lang_altertable.html).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.layout import in_manner, laid_out, paragraphs
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome
from mig_assist.draft.derive.postgres_alters import Alter, Change, read_alter
from mig_assist.draft.derive.postgres_side import named
from mig_assist.draft.derive.reader import Reader, mentioned, spaced
from mig_assist.draft.derive.rebuilding import Order, indexes_of, rebuild_statements, triggers_of
from mig_assist.draft.derive.rehearsal import Rehearsal, refusal
from mig_assist.draft.derive.table_edits import TableEdits, is_constant, limit_of
from mig_assist.draft.derive.table_text import Definition
from mig_assist.draft.derive.wordings import Wordings
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold


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
        spared: the folded names of indexes that are gone, since the file drops them later on.
    """

    outcome: Outcome
    table: Table | None
    texts: tuple[str, ...] = ()
    rebuilt: bool = False
    spared: frozenset[str] = frozenset()


def altered(
    alters: Sequence[Alter], context: Context, doomed: Collection[str] = frozenset()
) -> Altered:
    """What libsql does where PostgreSQL alters a table.

    Args:
        alters: ALTER TABLE statements, all on one table.
        context: both sides just before them.
        doomed: the folded names of indexes that the file drops later on.
    """
    table = named(context.libsql, alters[0].table) if alters else None
    if table is None:
        name = alters[0].table if alters else "?"
        return Altered(Outcome(None, [f"libsql has no table {name} so far."]), None)
    return _Altering(table, alters, context, doomed).altered()


def after(others: Iterable[Altered], last: Altered) -> Altered:
    """What is done to a table behind what is done to others."""
    first = list(others)
    texts = [text for each in (*first, last) for text in each.texts]
    doubts = dict.fromkeys(d for each in (*first, last) for d in each.outcome.doubts)
    note = last.outcome.note
    outcome = Outcome(paragraphs(texts) or None, [*doubts], bool(doubts or note), note)
    return replace(last, outcome=outcome, texts=tuple(texts), rebuilt=True)


class _Altering:
    def __init__(
        self, table: Table, alters: Sequence[Alter], context: Context, doomed: Collection[str]
    ) -> None:
        self.table = table
        self.context = context
        self.doomed = doomed
        self.spared: set[str] = set()
        self.words = Wordings(context, named(context.postgres, table.name))
        self.doubt = self.words.doubt
        self.changes = [change for alter in alters for change in alter.changes]
        self.notes: list[str] = []
        self.lines: list[str] = []
        self.rebuilt = False
        self.rehearsal = Rehearsal(context.libsql, context.definitions)

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
        note = " ".join(dict.fromkeys(self.notes))
        doubts = self.words.doubts
        outcome = Outcome(text, doubts, bool(doubts or note), note)
        spared = frozenset(self.spared)
        return Altered(outcome, after, tuple(self.lines), self.rebuilt, spared)

    def _run(self, sql: str) -> str:
        """Run a statement; what libsql says against it."""
        self.lines.append(sql)
        return self.rehearsal.attempt(sql)

    def _run_all(self, statements: Iterable[str]) -> None:
        """Run statements; the first that fails is the cause of all that follow."""
        errors = [error for sql in statements if (error := self._run(sql))]
        if self.words.doubts:  # a function that is not known has its mark
            errors = [each for each in errors if not each.startswith("no such function")]
        self.doubt(*(refusal(error) for error in errors[:1]))

    def _flush(self, changes: Sequence[Change], name: str) -> None:
        table = named(self.rehearsal.schema(), name)
        if table is None or not changes:
            return
        work = [change for change in changes if self._matters(change, table)]
        self.rebuilt |= len(work) < len(changes)
        if not work:
            return
        rules = self._rules_of_new(work)
        natives = [
            self._native(change, table, rules.get(fold(change.name or ""), ()))
            for change in work
            if not _is_among(change, rules)
        ]
        if all(natives):
            self.rebuilt |= bool(rules)
            self._run_all(native or "" for native in natives)
            return
        self.rebuilt = True
        self._rebuild(table, work)

    def _matters(self, change: Change, table: Table) -> bool:
        """Whether libsql has to do anything; says why not."""
        if change.kind == "VALIDATE":
            self.notes.append(f"libsql checked every row when {change.name} was added.")
        elif change.kind == "HIDES":
            self.doubt("libsql hides no rows: let the application's queries do so.")
        elif change.kind == "OTHER":
            self.doubt(f"libsql has nothing for: {change.said}")
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
                text = self.words.default(change, column)
                return not text.doubts and _bare(text.text) == _bare(column.default)
        return False

    def _column(self, table: Table, change: Change) -> str | None:
        wanted = fold(change.name or "")
        return next((c.name for c in table.columns if fold(c.name) == wanted), None)

    def _retypes(self, change: Change, table: Table) -> bool:
        column = table.column(self._column(table, change) or "")
        if column is None:
            return True
        wanted = self.words.type(change, table)
        item = Definition(self.rehearsal.sql_of(table.name)).column(column.name)
        if self.words.limit(change, column.name, wanted) != limit_of(item):
            return True
        folds = self.words.folds(change)
        if folds is not None and folds is not ((column.collation or "").upper() == "NOCASE"):
            return True
        if wanted.upper() == column.type.upper():
            self.notes.append(f"{column.name} is {column.type} on libsql before and after.")
            return False
        return True

    # What SQLite can say

    def _rules_of_new(self, work: Sequence[Change]) -> dict[str, list[Change]]:
        """The foreign keys that can be said of one column that is added, by its folded name."""
        added = {fold(each.name or "") for each in work if each.kind == "ADD COLUMN"}
        found: dict[str, list[Change]] = {}
        for change in work:
            reader = Reader(change.text, Backend.POSTGRES)
            if change.kind == "ADD CONSTRAINT" and reader.accept("FOREIGN", "KEY", "("):
                name = fold(reader.folded_name())
                if reader.accept(")", "REFERENCES") and name in added:
                    found.setdefault(name, []).append(change)
        return found

    def _reference(self, change: Change, table: Table) -> str | None:
        """A foreign key as its column says it."""
        text = self.words.constraint(change, table)[1]
        if text is None:
            return None
        reader = Reader(text, Backend.LIBSQL)
        reader.skip_to("FOREIGN")
        start = reader.start(reader.place)
        reader.skip_to("REFERENCES")
        return text[:start] + text[reader.start(reader.place) :]

    def _native(self, change: Change, table: Table, keys: Sequence[Change] = ()) -> str | None:
        """The ALTER TABLE that SQLite has for a change, if it has one.

        Args:
            keys: foreign keys of a column that is added.
        """
        if change.kind == "ADD COLUMN":
            text, following = self.words.column(change, table)
            references = [self._reference(key, table) for key in keys]
            text = " ".join([text, *filter(None, references)])
            if following:
                return None
            item = Definition(f"CREATE TABLE t ({text})").items[0]
            kinds = {clause.kind: clause for clause in item.clauses}
            default = kinds.get("DEFAULT")
            value = ""
            if default is not None:
                whole = f"CREATE TABLE t ({text})"
                value = whole[default.start : default.end][len("DEFAULT") :].strip()
            computed = bool(value) and not is_constant(value)
            if kinds.keys() & {"PRIMARY", "UNIQUE", "GENERATED"} or computed:
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
        texts = self.rehearsal.texts()
        all_of_them = indexes_of(table, texts)
        triggers = triggers_of(table, texts)
        edits = TableEdits(table, texts.get(fold(table.name), ""), dict(all_of_them), self.words)
        before = edits.text.sql
        for change in changes:
            edits.edit(change)
        if edits.text.sql == before and not edits.filled:
            drops = [f"DROP INDEX {quoted(n)}" for n in all_of_them.keys() - edits.indexes.keys()]
            self._run_all([*drops, *edits.extra])
            return
        kept = [c for c in table.columns if fold(c.name) not in edits.dropped]
        columns = {c.name: quoted(c.name) for c in kept if c.generated is None}
        columns |= edits.filled
        made = (*self._indexes_left(table, edits), *edits.extra)
        for name, sql in triggers.items():
            if mentioned(sql, Backend.LIBSQL) & set(edits.dropped):
                self.doubt(f"The trigger {name} uses a column that is dropped.")
        house = self.context.house
        order = Order(laid_out(edits.text.sql, house.libsql), columns, made, (*triggers.values(),))
        script = rebuild_statements(
            table,
            order,
            self.rehearsal.schema(),
            texts,
            house.rebuilt(table.name, self.context.version),
            enforced=house.foreign_keys,
        )
        self.doubt(*script.doubts)
        own = {order.sql, *order.indexes, *order.triggers}
        self._run_all(in_manner(script.statements, own, self.context))
        after = named(self.rehearsal.schema(), table.name)
        for rule in edits.lost(after) if after is not None and not self.words.doubts else ():
            self.doubt(f"The rebuild loses this rule: {rule}")

    def _indexes_left(self, table: Table, edits: TableEdits) -> Iterator[str]:
        """The indexes that are made anew: but for those of a dropped column, or dropped later."""
        gone = set(edits.dropped)
        for index in table.indexes:
            words = {fold(part.text) for part in index.parts if not part.is_expression}
            for text in (*(p.text for p in index.parts if p.is_expression), index.predicate or ""):
                words |= mentioned(text, Backend.LIBSQL)
            name = fold(index.name)
            if name in self.doomed:
                self.spared.add(name)
            elif name in edits.indexes and not words & gone:
                yield edits.indexes[name]


def _is_among(change: Change, rules: Mapping[str, Sequence[Change]]) -> bool:
    return any(change is each for changes in rules.values() for each in changes)


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
