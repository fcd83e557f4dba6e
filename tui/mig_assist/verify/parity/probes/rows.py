"""Rows that both engines accept, found by trying, parents first."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product

from mig_assist.backend import Backend
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import PairedColumn, PairedForeignKey, PairedTable
from mig_assist.verify.parity.probes.refusals import Category, Refusal
from mig_assist.verify.parity.probes.run import Bench, Case, Row, Step, Verb
from mig_assist.verify.parity.probes.texts import literals
from mig_assist.verify.parity.probes.values import Value, edges, fresh, plain, plausible

_MOST_ROUNDS = 24
_MOST_TRIES = 1500
_BATCH = 60
_MOST_BATCHES = 6
_WIDEST = 5


@dataclass(frozen=True, slots=True)
class Known:
    """A row that both sides accept, and the rows that have to be there before it."""

    table: str
    row: Row
    before: tuple[Step, ...]

    @property
    def insert(self) -> Step:
        """The statement that makes the row."""
        return Step(Verb.INSERT, self.table, self.row)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that makes the row."""
        return (*self.before, self.insert)


@dataclass
class _Search:
    table: PairedTable
    index: int
    row: dict[str, Value]
    parents: dict[str, list[Value]] = field(default_factory=dict)
    before: list[Step] = field(default_factory=list)
    pinned: frozenset[str] = frozenset()


class RowFinder:
    """Finds the first, second, … row of tables, and remembers them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._known: dict[tuple[str, int], Known | str] = {}
        self._under_way: list[tuple[str, int]] = []
        self._skipped = 0
        self._only: Backend | None = None

    def row(self, table: str, index: int = 0) -> Known | str:
        """A row that goes in together with those of lower index; else why there is none."""
        place = (table, index)
        if self._only is not None:
            return self._known.get(place, "it has no row on both sides")
        if place not in self._known:
            if table not in self._bench.schema.tables:
                return f"{table} is not on both sides"
            self._under_way.append(place)
            skipped = self._skipped
            try:
                found = self._find(table, index)
            finally:
                self._under_way.pop()
            if isinstance(found, str) and self._under_way and self._skipped > skipped:
                return found  # it may well have a row once those on the cycle have theirs
            self._known[place] = found
        return self._known[place]

    def found(self, table: str, index: int) -> Known | str | None:
        """What is known of a row already."""
        return self._known.get((table, index))

    def one_sided(self, table: str, side: Backend) -> Known | str:
        """A first row that one side accepts, whatever the other one says."""
        self._only = side
        try:
            return self._find(table, 0)
        finally:
            self._only = None

    def linked(self, table: str, key: PairedForeignKey) -> Known | str:
        """A row of a table whose foreign key refers to the first row of its target."""
        parent = self.row(key.target)
        if isinstance(parent, str):
            return parent
        base = self.row(table, 1 if key.target == table else 0)
        if isinstance(base, str):
            return base
        values = dict(parent.row)
        pinned = {c: values.get(t) for c, t in zip(key.columns, key.target_columns, strict=False)}
        search = self._start(self._bench.schema.tables[table], 1 if key.target == table else 0)
        search.row = {**dict(base.row), **pinned}
        search.pinned = frozenset(pinned)
        search.before = list(dict.fromkeys((*base.before, *parent.steps)))
        with self._bench.nested():
            self._bench.keep(search.before)
            problem = self._climb(search)
        return problem or Known(table, tuple(search.row.items()), tuple(search.before))

    def _find(self, name: str, index: int) -> Known | str:
        search = self._start(self._bench.schema.tables[name], index)
        earlier = [self.row(name, lower) for lower in range(index)]
        if any(isinstance(one, str) for one in earlier):
            return next(one for one in earlier if isinstance(one, str))
        steps = [step for one in earlier if isinstance(one, Known) for step in one.steps]
        search.before = list(dict.fromkeys((*steps, *search.before)))
        with self._bench.nested():
            self._bench.keep(search.before)
            problem = self._climb(search)
        own = {one.insert for one in earlier if isinstance(one, Known)}
        before = tuple(step for step in search.before if step not in own)
        return problem or Known(name, tuple(search.row.items()), before)

    def _start(self, table: PairedTable, index: int) -> _Search:
        unique = {name for key in table.keys for name in key.columns}
        search = _Search(table, index, {})
        for column in table.columns:
            if not column.generated:
                search.row[column.key] = _first(column, index, column.key in unique)
        referring: set[str] = set()
        for key in sorted(table.foreign_keys, key=lambda key: -len(key.columns)):
            optional = any(table.by_key[name].nullable for name in key.columns)
            targets = [dict(parent.row) for parent in self._parents(table, key.target, index)]
            if key.target == table.key:
                targets.append(search.row)
            for target_row in targets:
                for name, target in zip(key.columns, key.target_columns, strict=False):
                    value = target_row.get(target)
                    search.parents.setdefault(name, []).append(value)
                    if not optional and name not in referring:
                        search.row[name] = value
                if not optional:
                    referring.update(key.columns)
            for parent in self._parents(table, key.target, index):
                search.before += [step for step in parent.steps if step not in search.before]
        return search

    def _parents(self, table: PairedTable, target: str, index: int) -> Iterator[Known]:
        """The parent rows that there are: that of the same index, then a neighbour of it.

        Of a table that is being looked at already, nothing is known yet; it is on a cycle.
        """
        if target == table.key:
            numbers: Iterable[int] = range(index)
        elif any(target == other for other, _ in self._under_way):
            numbers = ()
            self._skipped += 1
        else:
            numbers = (index, 0) if index else (0,)
        for number in numbers:
            parent = self.row(target, number)
            if isinstance(parent, Known):
                yield parent

    def _climb(self, search: _Search) -> str:
        """Change the columns of whatever refuses the row until nothing does; else say what does."""
        previous: tuple[str, ...] = ()
        seen: dict[tuple[Category, str, str], tuple[str, ...]] = {}
        refusal = self._refusal(search.row, search)
        for _ in range(_MOST_ROUNDS):
            if refusal is None:
                return ""
            place = (refusal.category, refusal.rule, refusal.column or refusal.message)
            columns = self._columns_of(refusal, search)
            if not columns:
                break
            again = place in seen
            if again:
                columns = tuple(dict.fromkeys((*seen[place], *columns, *previous)))
            seen[place] = previous = columns
            following = self._vary(search, columns, set(seen), greedy=not again)
            if following is None:
                if len(columns) < _WIDEST and place in seen and previous != columns:
                    continue
                break
            search.row, refusal = following
        return "" if refusal is None else f"no row of it was found: {refusal.message}"

    def _vary(
        self,
        search: _Search,
        columns: Sequence[str],
        seen: set[tuple[Category, str, str]],
        *,
        greedy: bool,
    ) -> tuple[dict[str, Value], Refusal | None] | None:
        """The first variation that is accepted, or gets further.

        Where ``greedy``, whatever gets further will do.
        """
        further: tuple[dict[str, Value], Refusal] | None = None
        waiting: list[dict[str, Value]] = []
        batches = 0
        for tried, row in enumerate(_variations(search, columns)):
            refusal = self._refused_by_libsql(_case(search, row))
            if refusal is None:
                waiting.append(row)
            elif further is None and _place(refusal) not in seen:
                further = (row, refusal)
                if greedy and not waiting:
                    return further
            size = (1, 4, 20, _BATCH)[min(batches, 3)]
            if len(waiting) == size:
                batches += 1
                found = self._on_postgres(search, waiting, seen)
                if found is not None and (found[1] is None or further is None):
                    if found[1] is None:
                        return found
                    further = (found[0], found[1])
                waiting = []
            if tried >= _MOST_TRIES or batches >= _MOST_BATCHES:
                break
        if waiting:
            found = self._on_postgres(search, waiting, seen)
            if found is not None and (found[1] is None or further is None):
                return found
        return further

    def _on_postgres(
        self,
        search: _Search,
        rows: Sequence[dict[str, Value]],
        seen: set[tuple[Category, str, str]],
    ) -> tuple[dict[str, Value], Refusal | None] | None:
        refusals = self._on_postgres_alone([_case(search, row) for row in rows])
        for row, refusal in zip(rows, refusals, strict=True):
            if refusal is None:
                return row, None
        for row, refusal in zip(rows, refusals, strict=True):
            if refusal is not None and _place(refusal) not in seen:
                return row, refusal
        return None

    def _refusal(self, row: Mapping[str, Value], search: _Search) -> Refusal | None:
        case = _case(search, row)
        return self._refused_by_libsql(case) or self._on_postgres_alone([case])[0]

    def _refused_by_libsql(self, case: Case) -> Refusal | None:
        return None if self._only is Backend.POSTGRES else self._bench.refused_by_libsql(case)

    def _on_postgres_alone(self, cases: Sequence[Case]) -> list[Refusal | None]:
        if self._only is Backend.LIBSQL:
            return [None] * len(cases)
        return [outcome.refusal for outcome in self._bench.on_postgres(cases)]

    def _columns_of(self, refusal: Refusal, search: _Search) -> tuple[str, ...]:
        """The columns that can please what refused."""
        table = search.table
        if refusal.column in table.by_key and refusal.column not in search.pinned:
            return (refusal.column,)
        columns: tuple[str, ...] = ()
        match refusal.category:
            case Category.UNIQUE:
                columns = _unique_columns(table, refusal)
            case Category.FOREIGN_KEY:
                columns = tuple(dict.fromkeys(c for k in table.foreign_keys for c in k.columns))
            case Category.CHECK:
                columns = check_columns(table, refusal)
        if not columns:
            texts = [
                f"{t.condition or ''} {t.action}" for side in table.sides for t in side.triggers
            ]
            columns = table.mentioned(texts)
        return tuple(c for c in columns if c in search.row and c not in search.pinned)


def _place(refusal: Refusal) -> tuple[Category, str, str]:
    return (refusal.category, refusal.rule, refusal.column or refusal.message)


def _case(search: _Search, row: Mapping[str, Value]) -> Case:
    return Case((Step(Verb.INSERT, search.table.key, tuple(row.items())),))


def _first(column: PairedColumn, index: int, unique: bool) -> Value:
    """The value to begin with."""
    type_ = column.postgres.type if column.postgres else ""
    if unique:
        if column.labels:
            return column.labels[index % len(column.labels)]
        return _cut(fresh(column.kind, index, type_), column.limit)
    if column.nullable:
        return None
    given = [value for side in column.sides for value in literals(side.default or "")]
    usable = set(
        edges(
            column.kind,
            [side.default or "" for side in column.sides],
            labels=column.labels,
            limit=column.limit,
            postgres_type=type_,
        )
    )
    for value in given:
        if value in usable:
            return value
    if column.labels:
        return column.labels[0]
    return plain(column.kind, type_)


def _cut(value: Value, limit: int | None) -> Value:
    if limit is None:
        return value
    if isinstance(value, str):
        return value[-limit:]
    return value


def values_for(
    table: PairedTable, column: PairedColumn, index: int = 0, *, more: bool = False
) -> tuple[Value, ...]:
    """Every value to try in a column, by all rules that mention it; NULL is the last one.

    Args:
        index: of the row, for values that must differ from row to row.
        more: also what may please a rule that cannot be read.
    """
    texts = [text for text in table.rule_texts if column.key in table.mentioned([text])]
    texts += [side.default for side in column.sides if side.default]
    type_ = column.postgres.type if column.postgres else ""
    found = edges(column.kind, texts, labels=column.labels, limit=column.limit, postgres_type=type_)
    if more and not column.labels:
        found += plausible(column.kind, column.limit)
        found += tuple(
            _cut(fresh(column.kind, number, type_), column.limit)
            for number in range(index, index + 4)
        )
    return (*dict.fromkeys(found), None)


def _variations(search: _Search, columns: Sequence[str]) -> Iterator[dict[str, Value]]:
    """Rows that differ from the present one in some columns, the nearest first."""
    choices: dict[str, list[Value]] = {}
    keys = {column for key in search.table.keys for column in key.columns}
    for name in columns:
        column = search.table.by_key[name]
        if name in search.parents:
            values: list[Value] = [*dict.fromkeys(search.parents[name])]
        else:
            values = list(values_for(search.table, column, search.index, more=True))[:-1]
            if name in keys:
                values += list(_distinct(values, search.index))
        if column.nullable or not column.sides:
            values.append(None)
        choices[name] = [value for value in dict.fromkeys(values) if value != search.row[name]]
    for count in range(1, len(columns) + 1):
        for chosen in combinations(columns, count):
            combos = spread([choices[name] for name in chosen])
            for values_ in combos:
                yield {**search.row, **dict(zip(chosen, values_, strict=True))}


def spread(choices: Sequence[Sequence[Value]], most: int = 700) -> Iterable[tuple[Value, ...]]:
    """All combinations, or as many of them, drawn alike in every run."""
    size = 1
    for values in choices:
        size *= len(values)
    if size <= most:
        return product(*choices)
    # Not a secret: the same draws in every run are what is wanted.
    draw = random.Random(size)  # noqa: S311
    near = islice(product(*[values[:6] for values in choices]), most)
    drawn = (tuple(draw.choice(values) for values in choices) for _ in range(most))
    return (*near, *drawn)


def _distinct(values: Sequence[Value], index: int) -> Iterator[Value]:
    """Texts of the same length and form as others, yet other ones."""
    for value in values:
        if isinstance(value, str) and value:
            for step in range(1, 4):
                last = value[-1]
                if last.isalnum():
                    other = (
                        chr((ord(last) - 97 + index + step) % 26 + 97)
                        if last.isalpha()
                        else (str((int(last) + index + step) % 10) if last.isdecimal() else last)
                    )
                    yield value[:-1] + other


def _unique_columns(table: PairedTable, refusal: Refusal) -> tuple[str, ...]:
    """The columns of a unique key that the engine names in its way."""
    listed = [part.strip().rpartition(".")[2] for part in refusal.rule.split(",")]
    if listed and all(part in table.by_key for part in listed):
        direct = set(listed)
        extra = [c for key in table.keys if set(key.columns) == direct for c in key.predicate]
        return (*listed, *extra)
    for side in table.sides:
        for key in (side.primary_key, *side.uniques):
            if key is not None and key.name and folded(key.name) == refusal.rule:
                return tuple(folded(column) for column in key.columns)
        for index in side.indexes:
            if folded(index.name) == refusal.rule:
                texts = [part.text for part in index.parts] + [index.predicate or ""]
                return table.mentioned(texts)
    return tuple(dict.fromkeys(c for key in table.keys for c in key.columns))


def check_columns(table: PairedTable, refusal: Refusal) -> tuple[str, ...]:
    """The columns of the CHECK that an engine names when it refuses."""
    for side in table.sides:
        for check in side.checks:
            if refusal.rule in (folded(check.name or ""), folded(check.expression)):
                return table.mentioned([check.expression])
    for side in table.sides:
        for check in side.checks:
            if "".join(refusal.rule.split()) == "".join(folded(check.expression).split()):
                return table.mentioned([check.expression])
    domains = tuple(c.key for c in table.columns if table.domain_texts(c) or c.limit)
    return table.mentioned([refusal.rule]) or domains
