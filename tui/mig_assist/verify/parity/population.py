"""Rows for both databases: the same ones, chosen by what a migration's data statements ask for.

Only the tables that data statements read or write are filled with many rows, at the boundaries of
the statements' literals; what refers to a table that loses rows, and what is only redefined, gets
a few.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache, partial
from itertools import combinations, islice, product, zip_longest

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.schema import Action
from mig_assist.engines.statements import leading_words, statements_of
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import PairedColumn, PairedSchema, PairedTable
from mig_assist.verify.parity.probes.rows import Known, RowFinder, values_for
from mig_assist.verify.parity.probes.run import Bench, Row, Step, Verb
from mig_assist.verify.parity.probes.texts import literals, mentioned, samples, says
from mig_assist.verify.parity.probes.values import Value, edges, fresh, plain

_ROWS = 3
_MOST_SINGLE = 48
_MOST_PAIRED = 36
_MOST_MIXED = 12
_PER_COLUMN = 12
_PER_PAIR = 4
_PER_KEY = 16
_NULL = 2
_MOST_LINKED = 4
_ROWS_WRITTEN = frozenset(
    ("INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "WITH", "COPY", "DO", "CALL",
     "SELECT")
)  # fmt: skip
_ROWS_LOST = re.compile(
    r"^(?:DROP\s+TABLE|DELETE|REPLACE|TRUNCATE|MERGE|DO|CALL|WITH|INSERT\s+OR\s+REPLACE)\b",
    re.IGNORECASE,
)
_REWRITES = re.compile(
    r"^ALTER\b.*\bTYPE\b|^CREATE\s+(?:\w+\s+)*TABLE\b.*\bAS\b.*\bSELECT\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Population:
    """The rows that both databases were filled with.

    Attributes:
        rows: by table, in the order in which they went in.
        missing: why a table has none.
    """

    rows: Mapping[str, tuple[Row, ...]]
    missing: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for rows in self.rows.values())


@dataclass(frozen=True, slots=True)
class Clash:
    """Values of one key that a migration inserts, for a row that is there before it."""

    table: str
    values: Row


@dataclass(frozen=True)
class Script:
    """The statements of both sides' migrations, as far as rows are concerned."""

    texts: tuple[str, str] = ("", "")

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """The text of every statement of both sides, each once."""
        found: dict[str, None] = {}
        for text, backend in zip(self.texts, Backend, strict=True):
            found.update(dict.fromkeys(s.text for s in statements_of(text, backend)))
            if text and not statements_of(text, backend):
                found[text] = None
        return tuple(found)

    @cached_property
    def data(self) -> tuple[str, ...]:
        """The statements that read or write rows."""
        return tuple(
            text
            for text in self.statements
            if _first_word(text) in _ROWS_WRITTEN or _REWRITES.search(text)
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """The names that statements about rows mention."""
        return frozenset().union(*map(mentioned, self.data))

    def near(self, column: str) -> list[str]:
        """The statements about rows that mention a column."""
        return [text for text in self.data if column in mentioned(text)]

    @cached_property
    def texts_said(self) -> tuple[str, ...]:
        """Every text literal of statements about rows."""
        found = (value for text in self.data for value in literals(text))
        return tuple(dict.fromkeys(value for value in found if isinstance(value, str)))


def _first_word(text: str) -> str:
    from mig_assist.engines.statements import Statement

    return next(iter(leading_words(Statement(text, 1), 1)), "")


@dataclass(frozen=True, slots=True)
class Extent:
    """The tables to fill: with many rows, and with a few."""

    many: tuple[str, ...]
    few: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every table of it."""
        return (*self.many, *self.few)


def extent_of(schema: PairedSchema, script: Script) -> Extent:
    """The tables whose rows can tell what a migration does to rows."""
    many = [name for name in schema.tables if name in script.words]
    few: dict[str, None] = {}
    lost: set[str] = set()
    for text in script.statements:
        words = mentioned(text)
        if _first_word(text) == "ALTER":
            few.update(dict.fromkeys(name for name in schema.tables if name in words))
        if _ROWS_LOST.search(text) or _first_word(text) == "UPDATE":
            keys = bool(_ROWS_LOST.search(text))
            lost |= {
                name
                for name, table in schema.tables.items()
                if name in words and (keys or any(c in words for c in table.primary))
            }
    while lost:
        target = lost.pop()
        if target not in many:
            few[target] = None
        for name, table in schema.tables.items():
            for side in table.sides:
                for key in side.foreign_keys:
                    if folded(key.target) == target and name not in few and name not in many:
                        few[name] = None
                        if Action.CASCADE in (key.on_delete, key.on_update):
                            lost.add(name)
    fired = {
        word
        for name in many
        for side in schema.tables[name].sides
        for trigger in side.triggers
        for word in mentioned(trigger.action)
    }
    few.update(dict.fromkeys(name for name in schema.tables if name in fired))
    return Extent(tuple(many), tuple(name for name in few if name not in many))


@dataclass(frozen=True, slots=True)
class _Planned:
    """The rows of one table, and what has to be there before them."""

    table: str
    before: tuple[Step, ...]
    rows: tuple[Step, ...]


@dataclass
class Plan:
    """Rows for a migration, chosen once; they can go in several times, whole or in part."""

    script: Script
    tables: list[_Planned] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Known] = field(default_factory=dict)

    def fill(
        self,
        bench: Bench,
        *,
        clash: Clash | None = None,
        part: tuple[float, float] = (0.0, 1.0),
        whole: bool = False,
    ) -> Population:
        """Fill both databases; the caller rolls that back.

        Args:
            clash: a row to add whose key a migration inserts; few other rows are there then.
            part: which of all the rows of each table, as fractions of their number; what they
                refer to is there in any case.
            whole: whether no row leaves anything NULL.
        """
        few = clash is not None or part != (0.0, 1.0)
        schema = bench.schema
        steps: list[Step] = []
        for planned in self.tables:
            rows = list(planned.rows)
            if clash is not None:
                own = clash.table == planned.table
                base = self.bases[planned.table]
                row = _clashing(schema.tables[clash.table], base, clash) if own else ()
                rows = [Step(Verb.INSERT, planned.table, row)] if own else []
            rows = rows[int(part[0] * len(rows)) : int(part[1] * len(rows))]
            if whole:
                rows = [_whole(schema.tables[planned.table], step) for step in rows]
            steps += [_fitting(schema, step, self.script, few=few) for step in planned.before]
            steps += [_fitting(schema, step, self.script, few=few) for step in rows]
        held: dict[str, tuple[Row, ...]] = {}
        for step in bench.fill(steps):
            held[step.table] = (*held.get(step.table, ()), step.values)
        return Population(held, self.missing)


def plan(bench: Bench, extent: Extent, script: Script) -> Plan:
    """Choose the rows; nothing stays in the databases."""
    schema = bench.schema
    found = Plan(script)
    with bench.open():
        finder = RowFinder(bench)
        for name in extent.all:
            many = name in extent.many
            rows = [finder.row(name, index) for index in range(_ROWS if many else 2)]
            known = [row for row in rows if isinstance(row, Known)]
            if known:
                found.bases[name] = known[0]
            else:
                found.missing[name] = str(rows[0])
    start = 10
    for name, base in found.bases.items():
        table = schema.tables[name]
        known = [
            row for index in range(_ROWS) if isinstance(row := finder.found(name, index), Known)
        ]
        linked = _linked(schema, table, found)
        base = replace(base, row=_fitting(schema, base.insert, script, few=False).values)
        variants = list(_variants(table, base, script, linked, start, many=name in extent.many))
        start += len(variants)
        before = dict.fromkeys(step for row in known for step in row.before)
        steps = [row.insert for row in known]
        steps += [Step(Verb.INSERT, name, row) for row in variants]
        found.tables.append(_Planned(name, tuple(before), tuple(steps)))
    return found


def _linked(schema: PairedSchema, table: PairedTable, plan: Plan) -> dict[str, list[Value]]:
    """By column, keys of the rows of other tables that one statement mentions together with it.

    A statement may look rows up by columns that no foreign key ties together.
    """
    found: dict[str, list[Value]] = {}
    for text in plan.script.data:
        words = mentioned(text)
        if table.key not in words:
            continue
        said = set(literals(text))
        for planned in plan.tables:
            other = schema.tables[planned.table]
            if other.key == table.key or other.key not in words:
                continue
            rows = [dict(step.values) for step in planned.rows]
            rows.sort(key=lambda row: said.isdisjoint(v for v in row.values() if v is not None))
            for name in {name for key in other.keys for name in key.columns} & words:
                kind = other.by_key[name].kind
                values = [row[name] for row in rows if row.get(name) is not None]
                for column in table.columns:
                    if column.key in words and column.kind is kind:
                        found.setdefault(column.key, []).extend(values[:_MOST_LINKED])
    return found


def _variants(
    table: PairedTable,
    base: Known,
    script: Script,
    linked: Mapping[str, Sequence[Value]],
    start: int,
    *,
    many: bool,
) -> Iterator[Row]:
    """Further rows: with other values in one column, in two, in all; and keys of their own."""
    row = dict(base.row)
    parents = {name for key in table.foreign_keys for name in key.columns}
    choices = _choices(table, base, script, linked, only=None if many else parents)
    said = [name for name in choices if name in script.words]
    rest = [[(name, value)] for name in choices if name not in said for value in choices[name][:2]]
    single = [[(name, value) for value in choices[name]] for name in said]
    changes: list[Sequence[tuple[str, Value]]] = [
        *islice(([one] for round_ in zip_longest(*single) for one in round_ if one), _MOST_SINGLE),
        *rest[:_MOST_SINGLE],
    ]
    if many:
        changes += islice(_pairs(table, script, choices), _MOST_PAIRED)
        changes += _mixed(choices)
        changes += islice(_said_keys(table, script, parents), _MOST_SINGLE)
    for place, change in enumerate(changes):
        own = _own_keys(table, row, start + place, parents)
        # Texts that may be anything are told apart: a key may come over them.
        told = {name: f"a{start + place}" for name, v in row.items() if v == "a"}
        yield tuple({**row, **told, **own, **dict(change)}.items())


def _said_keys(
    table: PairedTable, script: Script, parents: Collection[str]
) -> Iterator[Sequence[tuple[str, Value]]]:
    """Keys at the literals that statements compare them with; other rows' keys are far off."""
    columns = [c for c in table.columns if any(c.key in key.columns for key in table.keys)]
    said = [
        [(column.key, value) for value in _of_script(column, script)[:_PER_KEY]]
        for column in columns
        if column.key not in parents and not column.generated and _tells_rows_apart(column, script)
    ]
    yield from ([one] for round_ in zip_longest(*said) for one in round_ if one)


def _tells_rows_apart(column: PairedColumn, script: Script) -> bool:
    """Whether a statement compares a column with a literal."""
    word = rf"\b{re.escape(column.key)}\b\W{{0,2}}"
    return says(
        script.data,
        rf"{word}\s*(?:::\w+\s*)?(?:[<>=!~]|(?:not\s+)?(?:in|between|i?like|glob|is)\b)"
        rf"|(?:[<>=]|\bbetween)\s*(?:\w+\.)?\W?{word}",
    )


def _pairs(
    table: PairedTable, script: Script, choices: Mapping[str, Sequence[Value]]
) -> Iterator[Sequence[tuple[str, Value]]]:
    """Two columns of one statement at once: each may be what a condition demands."""
    pairs: dict[tuple[str, str], None] = {}
    for text in script.data:
        words = mentioned(text)
        if table.key in words:
            names = [name for name in choices if name in words]
            pairs.update(dict.fromkeys(combinations(names, 2)))
    rounds = [
        [
            ((one, v), (two, w))
            for v, w in product(choices[one][:_PER_PAIR], choices[two][:_PER_PAIR])
        ]
        for one, two in pairs
    ]
    yield from (change for round_ in zip_longest(*rounds) for change in round_ if change)


def _mixed(choices: Mapping[str, Sequence[Value]]) -> Iterator[Sequence[tuple[str, Value]]]:
    """Every column at once, drawn alike in every run."""
    if len(choices) > 1:
        draw = random.Random(len(choices))  # noqa: S311 (not a secret)
        for _ in range(_MOST_MIXED):
            yield [(name, draw.choice(values)) for name, values in choices.items()]


def _choices(
    table: PairedTable,
    base: Known,
    script: Script,
    linked: Mapping[str, Sequence[Value]],
    *,
    only: Collection[str] | None,
) -> dict[str, list[Value]]:
    """What each column may be beside what it is in the base row, the likeliest first."""
    row = dict(base.row)
    keys = {name for key in table.keys for name in key.columns}
    known = {(step.table, column): v for step in base.before for column, v in step.values}
    found: dict[str, list[Value]] = {}
    for column in table.columns:
        name = column.key
        if name not in row or name in keys or (only is not None and name not in only):
            continue
        parents = [
            known.get((key.target, target), row.get(target) if key.target == table.key else None)
            for key in table.foreign_keys
            for mine, target in zip(key.columns, key.target_columns, strict=False)
            if mine == name
        ]
        values: list[Value] = []
        if parents:
            values += parents
        else:
            likely = _likely(column, script)
            of_script, of_rules = _of_script(column, script), values_for(table, column)[:-1]
            values += likely or (
                *linked.get(name, ())[:_MOST_LINKED],
                *of_script[: _PER_COLUMN // 2],
                *of_rules[: _PER_COLUMN // 2],
                *of_script,
            )
        if column.nullable:
            values = [*values[:_NULL], None, *values[_NULL:]]
        if column.kind is LogicalType.JSON:  # which no row would hold as a whole
            values = [v for v in values if v is None or str(v)[:1] in ("{", "[")]
        distinct = [value for value in dict.fromkeys(values) if value != row[name]]
        if not column.nullable:
            distinct = [value for value in distinct if value is not None]
        if distinct:
            found[name] = distinct[:_PER_COLUMN]
    return found


_LOOKS = (
    (r"json", LogicalType.JSON, r"jsonb?"),
    (r"uuid", LogicalType.UUID, r"uuid"),
    (r"_at$|timestamp", LogicalType.TIMESTAMP, r"timestamp\w*"),
    (r"_(?:on|date)$", LogicalType.DATE, r"date"),
    (r"$^", LogicalType.INTEGER, r"(?:int|integer|bigint|smallint|int[248]|numeric|real|double)\b"),
)


@lru_cache(maxsize=4096)
def _likely(column: PairedColumn, script: Script) -> tuple[Value, ...]:
    """Values for a text that is not any text: its name, its default or a cast says what it is."""
    if column.kind is not LogicalType.TEXT or column.labels:
        return ()
    defaults = {(side.default or "").split("::")[0].strip("'()") for side in column.sides}
    for name, kind, cast in _LOOKS:
        casts = rf"\b{re.escape(column.key)}\b\W{{0,3}}(?:::\s*|\bas\s+){cast}"
        document = kind is LogicalType.JSON and defaults & {"{}", "[]"}
        if re.search(name, column.key) or document or says(script.texts, casts):
            found = edges(kind, (), limit=column.limit)
            return tuple(
                f"{v:%Y-%m-%d %H:%M:%S}" if isinstance(v, datetime) else str(v) for v in found
            )
    return ()


def _fitting(schema: PairedSchema, step: Step, script: Script, *, few: bool) -> Step:
    """A row whose texts are what their columns' names promise, and what the migration expects."""
    table = schema.tables[step.table]
    fixed = {name for key in table.keys for name in key.columns}
    fixed |= {name for key in table.foreign_keys for name in key.columns}
    values: list[tuple[str, Value]] = []
    for name, value in step.values:
        if value == "a" and name not in fixed:
            likely = _likely(table.by_key[name], script)
            if few and not likely:
                near = (text for line in script.near(name) for text in literals(line))
                likely = tuple(text for text in near if isinstance(text, str))
            value = likely[0] if likely else value
        document = _document(table.by_key[name], script)
        if isinstance(value, str) and document and value[:1] != document[:1]:
            inside = value if value[:1] == "{" else json.dumps(value)
            value = f"[{inside}]" if document == "[]" else document
        values.append((name, value))
    return replace(step, values=tuple(values))


@lru_cache(maxsize=4096)
def _document(column: PairedColumn, script: Script) -> str:
    """An empty array or object where statements take a column's documents for such; else nothing.

    No other would be in there: what engines make of them is all the same.
    """
    if column.kind not in (LogicalType.JSON, LogicalType.TEXT):
        return ""
    name = rf"(?:(?:coalesce|nullif)\s*\(\s*)*(?:\w+\.)?\W?{re.escape(column.key)}\b"
    arrays = r"(?:json_array_length|jsonb?_array_elements\w*|jsonb_array_length)"
    if says(script.data, rf"\b{arrays}\s*\(\s*{name}"):
        return "[]"
    keys = r"json_(?:set|insert|replace|patch)|jsonb_set(?:_lax)?"
    by_key = rf"\b(?:{keys})\s*\(\s*{name}|\bjson_extract\s*\(\s*{name}\W?\s*,\s*'\$\."
    return "{}" if says(script.data, rf"{by_key}|{name}\W?\s*->>?\s*'\w") else ""


def _whole(table: PairedTable, step: Step) -> Step:
    """A row with something in each column that may hold anything, and NULL in none of them."""
    parents = {name for key in table.foreign_keys for name in key.columns}
    given = dict(step.values)
    values: dict[str, Value] = {}
    for column in table.columns:
        if given.get(column.key) is None and column.key not in parents and not column.generated:
            type_ = column.postgres.type if column.postgres else ""
            values[column.key] = column.labels[0] if column.labels else plain(column.kind, type_)
    return replace(step, values=tuple({**given, **values}.items()))


def _of_script(column: PairedColumn, script: Script) -> list[Value]:
    """The boundaries of the literals that stand near a column, and other texts of the script."""
    near = script.near(column.key)
    if not near:
        return []
    type_ = column.postgres.type if column.postgres else ""
    of_type = partial(edges, labels=column.labels, limit=column.limit, postgres_type=type_)
    found, plain = of_type(column.kind, near), of_type(column.kind, ())
    if column.kind is LogicalType.TEXT and not column.labels:
        said = [text for line in near for text in literals(line) if isinstance(text, str)]
        like = [sample for text in said for sample in samples(text)]
        # LIKE on libsql folds case, and so may what a condition does on one side.
        other = [text.swapcase() for text in (*like, *said)]
        often = (*said[:2], *like[:2], *other[:1], *like, *said, *other)
        first: list[Value] = [text for text in often if text in found]
        first += [text for text in script.texts_said if text in plain or not column.limit]
    else:
        first = [value for value in found if value not in plain]
    return [*dict.fromkeys([*first[:_PER_COLUMN], *found])]


def _own_keys(
    table: PairedTable, row: Mapping[str, Value], number: int, parents: Collection[str]
) -> dict[str, Value]:
    """Values of the key columns that no other row has."""
    found: dict[str, Value] = {}
    for key in table.keys:
        for name in key.columns:
            column, value = table.by_key[name], row.get(name)
            if name in parents or column.labels or value is None:
                continue
            if isinstance(value, str) and len(value) > 3 and column.kind is LogicalType.TEXT:
                found[name] = value[:-3] + f"{number:03}"
            else:
                type_ = column.postgres.type if column.postgres else ""
                found[name] = fresh(column.kind, number, type_)
    return found


def _clashing(table: PairedTable, base: Known, clash: Clash) -> Row:
    """A row with keys of its own, but for the one that clashes."""
    row = dict(base.row)
    parents = {name for key in table.foreign_keys for name in key.columns}
    return tuple({**row, **_own_keys(table, row, 907, parents), **dict(clash.values)}.items())
