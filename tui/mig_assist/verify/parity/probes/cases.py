"""The statements that show what a suspect rule does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.schema import ForeignKey, Trigger
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import (
    PairedForeignKey,
    PairedSchema,
    PairedTable,
    paired_foreign_key,
)
from mig_assist.verify.parity.probes.refusals import Category
from mig_assist.verify.parity.probes.rows import Known, spread, values_for
from mig_assist.verify.parity.probes.run import Case, Row, Step, Verb
from mig_assist.verify.parity.probes.texts import (
    characters,
    is_chance,
    is_volatile,
    listed,
    literals,
    mentioned,
    says,
)
from mig_assist.verify.parity.probes.values import Value, fresh

MOST_CASES = 300
"""How many statements are tried for one suspect and one kind of statement."""

KEY_RULES = ("parity/unique", "parity/index", "parity/primary-key", "parity/collation")
_RULE = frozenset({Category.CHECK, Category.TRIGGER})
_RELEVANT = {
    "parity/nullability": _RULE | {Category.NOT_NULL},
    "parity/unique": _RULE | {Category.UNIQUE},
    "parity/primary-key": _RULE | {Category.UNIQUE, Category.NOT_NULL},
    "parity/index": _RULE | {Category.UNIQUE},
    "parity/collation": _RULE | {Category.UNIQUE},
    "parity/foreign-key": _RULE | {Category.FOREIGN_KEY},
    "parity/default": _RULE | {Category.NOT_NULL},
}
_EFFECTS = ("parity/trigger", "parity/behaviour", "parity/default", "parity/generated")
_ALWAYS = ("parity/check", "parity/trigger", "parity/behaviour", "parity/default",
           "parity/generated", "parity/nullability")  # fmt: skip
_UNDECIDED = ("parity/unique", "parity/index", "parity/primary-key", "parity/foreign-key",
              "parity/collation", "parity/view")  # fmt: skip
_FOLDING = ("parity/unique", "parity/collation")
_ODD: dict[LogicalType, tuple[Value, ...]] = {
    LogicalType.ENUM: ("disallowed",),
    LogicalType.BOOLEAN: (2, -1),
    LogicalType.JSON: ("{", ""),
}
"""What PostgreSQL's type refuses by itself, as a rule of libsql may do."""
_PATTERNS = r"like|glob|~|regexp|similar|trim|translate|replace|instr|position|strpos|substr"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LONGEST_TEXT = 200
_MOST_STARTS = 6
_FEW = 6


def concerns_probes(suspect: Divergence) -> bool:
    """Whether behaviour can tell more about a difference than its texts do."""
    if suspect.rule in _ALWAYS:
        return True
    return suspect.rule in _UNDECIDED and (not suspect.decided or _folds(suspect))


def _folds(suspect: Divergence) -> bool:
    """Whether a collation and a function may be one rule; two functions are two indexes."""
    texts = [text for text in (suspect.libsql, suspect.postgres) if text]
    function = r"(?:lower|upper)\s*\("
    both = len(texts) > 1 and all(says([text], function) for text in texts)
    return suspect.rule in _FOLDING and not both and says(texts, rf"{function}|collate")


@dataclass(frozen=True)
class Subject:
    """A suspect with the things of both schemas that it is about.

    Attributes:
        columns: those of the table that its texts mention.
        rules: the names and expressions, folded, by which the engines call the rule.
        triggers: those that it is about.
        others: further tables and views that its texts mention.
        volatile: whether a clock, a random generator or a sequence may have made what is stored.
        chance: whether it may be one of the latter two.
        unshared: the tables that its triggers speak of and only one side has.
    """

    suspect: Divergence
    table: PairedTable
    columns: tuple[str, ...]
    rules: frozenset[str]
    triggers: tuple[Trigger, ...]
    others: tuple[str, ...]
    volatile: bool
    chance: bool
    foreign_key: PairedForeignKey | None = None
    unshared: tuple[str, ...] = ()

    def with_columns(self, columns: Iterable[str]) -> Subject:
        """The subject, with further columns to vary."""
        return replace(self, columns=tuple(dict.fromkeys((*self.columns, *columns))))

    @property
    def relevant(self) -> frozenset[Category]:
        """The categories in which its refusals may come."""
        return _RELEVANT.get(self.suspect.rule, _RULE)

    @property
    def reads(self) -> tuple[str, ...]:
        """The tables whose rows it may change."""
        if self.suspect.rule in _EFFECTS or self.triggers:
            return (self.table.key, *self.others)
        return ()

    @property
    def has_effects(self) -> bool:
        """Whether what is stored can tell about it, without any refusal."""
        return self.suspect.rule in _EFFECTS


def subject_of(suspect: Divergence, schema: PairedSchema) -> Subject | None:
    """What a suspect is about; None where its table is not on both sides."""
    table = schema.tables.get(folded(suspect.table))
    if table is None:
        return None
    said = [text for text in (suspect.libsql, suspect.postgres) if text]
    words = {word for text in (*said, suspect.object) for word in mentioned(text)}
    texts, rules = list(said), set[str]()
    triggers: list[Trigger] = []
    for side in table.sides:
        for check in side.checks:
            named = check.name and folded(check.name) in words
            if named or any(_stands_in(check.expression, text) for text in said):
                texts.append(check.expression)
                rules |= {folded(check.name or ""), _squeezed(check.expression)}
        for trigger in side.triggers:
            if suspect.rule == "parity/trigger" and folded(trigger.name) in words:
                triggers.append(trigger)
                texts += [trigger.condition or "", trigger.action, " ".join(trigger.update_of)]
        for index in side.indexes:
            if folded(index.name) in words:
                texts += [*(part.text for part in index.parts), index.predicate or ""]
        for column in side.columns:
            if folded(column.name) in words or suspect.object.endswith(f".{column.name}"):
                texts += [column.generated or "", column.default or ""]
    columns = table.mentioned([*texts, suspect.object.rpartition(".")[2]])
    everything = {word for text in texts for word in mentioned(text)}
    others = tuple(name for name in schema.tables if name in everything and name != table.key)
    happens = [
        text
        for name in (table.key, *others)
        for side in schema.tables[name].sides
        for trigger in side.triggers
        for text in (trigger.action, trigger.condition or "")
    ]
    return Subject(
        suspect,
        table,
        columns,
        frozenset(rules - {""}),
        tuple(triggers),
        others,
        any(map(is_volatile, (*texts, *happens))),
        any(map(is_chance, (*texts, *happens))),
        _foreign_key(table, suspect),
        tuple(sorted(schema.unshared & {word for t in triggers for word in mentioned(t.action)})),
    )


def insert_cases(subject: Subject, base: Known) -> Iterator[Case]:
    """The base row, and the row with the subject's columns varied."""
    yield Case((base.insert,), subject.reads)
    for row in variations(subject, base):
        yield Case((Step(Verb.INSERT, subject.table.key, row),), subject.reads)


def sign_cases(subject: Subject, name: str, rows: Sequence[Row]) -> Iterator[Case]:
    """Accepted texts of a column with one sign more, or another one, where patterns look at them.

    Args:
        rows: those that both sides accepted.
    """
    table = subject.table
    column = table.by_key[name]
    texts = (*table.rule_texts, subject.suspect.libsql or "", subject.suspect.postgres or "")
    own = [text for text in texts if name in mentioned(text) and says([text], _PATTERNS)]
    if column.kind is not LogicalType.TEXT or column.generated or not own:
        return
    signs = characters(one for text in own for one in literals(text) if isinstance(one, str))
    accepted: dict[str, Row] = {}
    for row in rows:
        value = dict(row).get(name)
        if isinstance(value, str) and value and len(value) <= _LONGEST_TEXT:
            accepted.setdefault(value, row)
    shortest = sorted(accepted, key=lambda text: (len(text) < _FEW // 2, len(text), text))
    for start in shortest[:2] or [""]:
        found = dict(accepted.get(start, rows[0]))
        for value in _with_signs(start, signs):
            yield Case((_insert(table, {**found, name: value}),), subject.reads)


def _with_signs(text: str, signs: Iterable[str]) -> Iterator[str]:
    middle = len(text) // 2
    for sign in signs:
        added = (text[:place] + sign + text[place:] for place in (middle, len(text), 0))
        instead = (text[:place] + sign + text[place + 1 :] for place in (middle, len(text) - 1, 0))
        yield from dict.fromkeys((sign, *added, *(instead if text else ())))


def change_cases(
    subject: Subject, base: Known, starts: Sequence[Row], others: Sequence[Row]
) -> Iterator[Case]:
    """UPDATE, upsert and DELETE of rows that went in.

    Args:
        starts: rows that both sides accepted, the base row first.
        others: rows that were tried, accepted or not, whose values an UPDATE may set.
    """
    table = subject.table
    choices = _choices(subject, base)
    broad = bool(subject.triggers) or subject.suspect.rule in ("parity/trigger", "parity/behaviour")
    for place, start in enumerate(starts[: _MOST_STARTS if broad else 2]):
        insert = Step(Verb.INSERT, table.key, start)
        found = dict(start)
        where = _where(table, found)
        for column in subject.columns:
            for value in choices.get(column, ())[: None if place == 0 else 8]:
                yield _update(subject, insert, ((column, value),), where)
        if not broad:
            continue
        for side in table.columns:
            column = side.key
            if column in found and not side.generated:
                yield _update(subject, insert, ((column, found[column]),), where)
                if place == 0 and column not in subject.columns and not side.labels:
                    other = fresh(side.kind, 7, side.postgres.type if side.postgres else "")
                    yield _update(subject, insert, ((column, other),), where)
        yield Case((insert, Step(Verb.DELETE, table.key, where=where)), subject.reads)
        key = table.primary
        if place == 0 and table.libsql.primary_key and table.postgres.primary_key:
            for row in others[:40]:
                if all(dict(row).get(column) == found.get(column) for column in key):
                    step = Step(Verb.INSERT, table.key, row, upsert_key=key)
                    yield Case((insert, step), subject.reads)
    if len(subject.columns) > 1:
        insert = base.insert
        where = _where(table, dict(base.row))
        for row in others[:120]:
            changed = tuple((c, v) for c, v in row if dict(base.row).get(c, None) != v)
            if len(changed) > 1:
                yield _update(subject, insert, changed, where)


def key_cases(subject: Subject, base: Known, second: Known) -> Iterator[Case]:
    """A second row that shares a key with the first one, exactly, nearly and in part."""
    table = subject.table
    reads = subject.reads
    yield Case((base.insert, second.insert), reads)
    first, other = dict(base.row), dict(second.row)
    columns = _key_columns(subject)
    said = {c for key in table.keys if set(key.columns) & set(columns) for c in key.predicate}
    predicate = [c for c in subject.columns if c not in columns or c in said]
    states = list(spread([(first.get(c), *_few(table, c)) for c in predicate], 12)) or [()]
    for state in states:
        for later in states:
            one = {**first, **dict(zip(predicate, state, strict=True))}
            for size in range(len(columns), 0, -1):
                for chosen in combinations(columns, size):
                    shared = {c: one.get(c) for c in chosen}
                    two = {**other, **dict(zip(predicate, later, strict=True)), **shared}
                    yield _pair(subject, one, two)
            for column in columns:
                same = {c: one.get(c) for c in columns}
                two = {**other, **dict(zip(predicate, later, strict=True)), **same}
                for near in _near(one.get(column)):
                    yield _pair(subject, one, {**two, column: near})
                if table.by_key[column].nullable:
                    yield _pair(subject, {**one, column: None}, {**two, column: None})
    insert = (base.insert, second.insert)
    for size in range(len(columns), 0, -1):
        for chosen in combinations(columns, size):
            values = tuple((c, first.get(c)) for c in chosen)
            step = Step(Verb.UPDATE, table.key, values, _where(table, other))
            yield Case((*insert, step), reads)


def foreign_key_cases(subject: Subject, child: Known, parent: Known) -> Iterator[Case]:
    """Missing parents, and what becomes of the child when its parent goes or changes.

    The parent's row is there already.
    """
    key = subject.foreign_key
    if key is None:
        return
    table = subject.table
    reads = tuple(dict.fromkeys((table.key, key.target)))
    row = dict(child.row)
    yield Case((child.insert,), reads)
    missing: dict[str, Value] = {}
    for column in key.columns:
        side = table.by_key[column]
        type_ = side.postgres.type if side.postgres else ""
        missing[column] = side.labels[-1] if side.labels else fresh(side.kind, 90, type_)
    for size in range(1, len(key.columns) + 1):
        for chosen in combinations(key.columns, size):
            absent = {c: missing[c] for c in chosen}
            yield Case((_insert(table, {**row, **absent}),), reads)
            nulls: dict[str, Value] = dict.fromkeys(chosen)
            yield Case((_insert(table, {**row, **nulls}),), reads)
            if size < len(key.columns):
                yield Case((_insert(table, {**row, **missing, **nulls}),), reads)
            for values in (absent, nulls):
                step = Step(Verb.UPDATE, table.key, tuple(values.items()), _where(table, row))
                yield Case((child.insert, step), reads)
    found = dict(parent.row)
    where = tuple((c, found.get(c)) for c in key.target_columns)
    yield Case((child.insert, Step(Verb.DELETE, key.target, where=where)), reads)
    for column, target in zip(key.columns, key.target_columns, strict=False):
        step = Step(Verb.UPDATE, key.target, ((target, missing[column]),), where)
        yield Case((child.insert, step), reads)


def default_cases(subject: Subject, rows: Iterable[Row]) -> Iterator[Case]:
    """Rows without the column that has the default."""
    name = folded(subject.suspect.object.rpartition(".")[2])
    columns = (name,) if name in subject.table.by_key else subject.columns
    for row in rows:
        for column in columns:
            rest = tuple((c, v) for c, v in row if c != column)
            yield Case((Step(Verb.INSERT, subject.table.key, rest),), subject.reads)


def variations(subject: Subject, base: Known) -> Iterator[Row]:
    """The base row with one, two, … of the subject's columns changed."""
    choices = _choices(subject, base)
    row = dict(base.row)
    names = [name for name in subject.columns if choices.get(name)]
    for name in names:
        for value in choices[name]:
            yield tuple({**row, name: value}.items())
    filled = {name: [v for v in choices[name] if v is not None] for name in names}
    if len(names) > _FEW // 2:  # a rule over many columns speaks where all of them hold something
        for values in spread([filled[name][:_FEW] or [None] for name in names], MOST_CASES // 6):
            yield tuple({**row, **dict(zip(names, values, strict=True))}.items())
    for size in (2, 3):
        for chosen in combinations(names[:8], size):
            for values in spread([choices[name] for name in chosen], MOST_CASES // 3):
                yield tuple({**row, **dict(zip(chosen, values, strict=True))}.items())


def _choices(subject: Subject, base: Known) -> dict[str, tuple[Value, ...]]:
    """What each of the subject's columns may be set to."""
    table, row = subject.table, dict(base.row)
    known = {(step.table, column): value for step in base.before for column, value in step.values}
    found: dict[str, tuple[Value, ...]] = {}
    for name in subject.columns:
        column = table.by_key[name]
        if column.generated:
            continue
        values = values_for(table, column)
        if len(subject.columns) == 1:
            values += _ODD.get(column.kind, ())
        if column.kind in (LogicalType.ENUM, LogicalType.BOOLEAN):
            values += listed(subject.suspect.libsql or "", name)
        parents: list[Value] = []
        for key in table.foreign_keys:
            for mine, target in zip(key.columns, key.target_columns, strict=False):
                if mine == name:
                    own = row.get(target) if key.target == table.key else None
                    parents += [known.get((key.target, target)), own]
        if parents:
            values = (*parents, None, *values[:_FEW])
        found[name] = tuple(dict.fromkeys(values))
    return found


def _update(subject: Subject, insert: Step, values: Row, where: Row) -> Case:
    return Case((insert, Step(Verb.UPDATE, subject.table.key, values, where)), subject.reads)


def _pair(subject: Subject, one: dict[str, Value], two: dict[str, Value]) -> Case:
    return Case((_insert(subject.table, one), _insert(subject.table, two)), subject.reads)


def _insert(table: PairedTable, row: dict[str, Value]) -> Step:
    return Step(Verb.INSERT, table.key, tuple(row.items()))


def _where(table: PairedTable, row: dict[str, Value]) -> Row:
    return tuple((column, row[column]) for column in table.primary if column in row)


def _few(table: PairedTable, column: str) -> tuple[Value, ...]:
    values = values_for(table, table.by_key[column])
    return (*values[:_FEW], None)


def _key_columns(subject: Subject) -> list[str]:
    keys = [key for key in subject.table.keys if set(key.columns) <= set(subject.columns)]
    found = {column for key in keys for column in key.columns}
    return [column for column in subject.columns if not found or column in found][:4]


def _near(value: Value) -> Iterable[Value]:
    """What a collation or a function may take for the same."""
    if isinstance(value, str):
        return (value.upper(), value.swapcase(), f"{value} ", f" {value}", value + "é", value + "É")
    return ()


def _foreign_key(table: PairedTable, suspect: Divergence) -> PairedForeignKey | None:
    """The foreign key that a suspect is about: that whose columns and target it names most."""
    if suspect.rule != "parity/foreign-key":
        return None
    keys: list[ForeignKey] = [key for side in table.sides for key in side.foreign_keys]
    words = mentioned(suspect.object)
    fitting = [k for k in keys if {folded(c) for c in k.columns} <= words]
    named = [k for k in keys if k.name and folded(k.name) in words]
    chosen = fitting or named
    return paired_foreign_key(max(chosen, key=lambda k: len(k.columns))) if chosen else None


def _stands_in(expression: str, text: str) -> bool:
    """Whether a text holds an expression word for word."""
    one, other = (" ".join(_TOKEN.findall(each.lower())) for each in (expression, text))
    return bool(one) and f" {one} " in f" {other} "


def _squeezed(text: str) -> str:
    return "".join(folded(text).split())
