"""What the data statements of a migration do to the same rows on both backends.

Both databases stand at the version before and are filled with the same logical rows; then each
side's migration is applied, and every table is read. This is done several times: with plain rows,
and with rows that clash with those that the migration inserts, by one key at a time, so that it
shows how much a conflict clause swallows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, islice, product

from mig_assist.engines.database import Database, DatabaseError, DatabaseUnavailable
from mig_assist.engines.schema import Schema
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.logical_types import LogicalType
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import PairedColumn, PairedSchema, PairedTable
from mig_assist.verify.parity.probes.rows import Known, RowFinder, values_for
from mig_assist.verify.parity.probes.run import Bench, Case, Row, Step, Verb
from mig_assist.verify.parity.probes.texts import is_volatile, literals, mentioned, says
from mig_assist.verify.parity.probes.values import Value, alike, edges, fresh, shown
from mig_assist.verify.parity.probes.verdicts import unlike_rows

_SAVEPOINT = "mig_assist_data"
_ROWS = 3
_MOST_VARIANTS = 60
_MOST_CLASHES = 6
_MOST_TRIALS = 24
_MOST_PAIRS = 6
_FEW = 6
_MOVES_DATA = re.compile(
    r"\b(?:insert|update|delete|replace|merge|copy|add\s+(?:column\s+)?|create\s+table\s+\S+\s+as"
    r"|create\s+table\s+if\s+not\s+exists\s+\S+\s+as|set\s+default|type|using|drop\s+column)\b",
    re.IGNORECASE,
)

Apply = Callable[[Database], None]
"""Runs the migration of a database's backend in its open transaction; raises DatabaseError."""


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


@dataclass(frozen=True, slots=True)
class _Trial:
    """One application of the version: to which rows.

    Attributes:
        part: which of all the rows of each table, from 0 to 1; a version that fails on both
            sides, as by a new rule that not all of them keep, is tried on halves of them.
    """

    clash: Clash | None = None
    part: tuple[float, float] = (0.0, 1.0)

    def halves(self) -> list[_Trial]:
        """The same with the one and the other half of the rows."""
        start, stop = self.part
        middle = (start + stop) / 2
        return [replace(self, part=(start, middle)), replace(self, part=(middle, stop))]


def moves_data(sql: str) -> bool:
    """Whether a migration may change or move rows, as far as its words tell."""
    return _MOVES_DATA.search(_without_comments(sql)) is not None


def compare_data(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    scripts: tuple[str, str],
    apply: Apply,
    read: Callable[[Database], Schema],
) -> tuple[Divergence, ...]:
    """Apply a version to the same rows on both sides and say where they differ afterwards.

    The caller has a transaction open on each database, which stand at the version before; both
    are left as they were.

    Args:
        schemas: libsql's and PostgreSQL's before the version.
        scripts: the texts of both migrations; their literals are used for rows.
        apply: applies the version to one database.
        read: reads the schema of a database after that.
    """
    before = PairedSchema(*schemas)
    words = mentioned(scripts[0]) | mentioned(scripts[1])
    tables = [
        name
        for name, table in before.tables.items()
        # What refers to a table loses rows with it, as when it is rebuilt.
        if name in words or any(key.target in words for key in table.foreign_keys)
    ]
    found: dict[tuple[str, str], Divergence] = {}
    trials = [_Trial(), *(_Trial(clash) for clash in _clashes(before, scripts))][
        : 1 + _MOST_CLASHES
    ]
    done = 0
    while trials and done < _MOST_TRIALS:
        trial = trials.pop(0)
        done += 1
        with _undone(libsql, postgres):
            population = populate(
                libsql,
                postgres,
                schemas,
                tables=tables,
                texts=scripts,
                clash=trial.clash,
                part=trial.part,
            )
            failures = [_failure(apply, database) for database in (libsql, postgres)]
            differences = _one_failed(failures, tables)
            if failures == [None, None]:
                after = (read(libsql), read(postgres))
                volatile = all(map(is_volatile, scripts))
                differences = compare_rows(libsql, postgres, after, volatile=volatile)
            elif not differences and trial.clash is None and population.count > len(tables):
                trials += trial.halves()
        for divergence in differences:
            found.setdefault((divergence.table, divergence.object), divergence)
        if any(divergence.severity is Severity.ERROR for divergence in found.values()):
            break
    return tuple(found.values())


def populate(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    *,
    tables: Collection[str] | None = None,
    texts: Sequence[str] = (),
    clash: Clash | None = None,
    part: tuple[float, float] = (0.0, 1.0),
) -> Population:
    """Fill tables of both databases, with the tables that they refer to, with the same rows.

    The rows stay; the caller rolls them back.

    Args:
        tables: by folded name; all where it is None.
        texts: whose literals the rows should hold too.
        clash: a row to add whose key a migration inserts.
        part: which of all the rows of each table, as fractions of their number; what they
            refer to is there in any case.
    """
    schema = PairedSchema(*schemas)
    bench = Bench(libsql, postgres, schema)
    wanted = [name for name in schema.tables if tables is None or name in tables]
    steps: dict[Step, None] = {}
    missing: dict[str, str] = {}
    few = clash is not None or part != (0.0, 1.0)
    with bench.open():
        finder = RowFinder(bench)
        for name in wanted:
            found = [finder.row(name, index) for index in range(_ROWS)]
            known = [row for row in found if isinstance(row, Known)]
            if not known:
                missing[name] = str(found[0])
                continue
            table = schema.tables[name]
            before = dict.fromkeys(step for row in known for step in row.before)
            steps.update(dict.fromkeys(_fitting(schema, step, texts, few) for step in before))
            variants = _variants(table, known[0], texts, len(steps))
            rows = [_fitting(schema, row.insert, texts, few) for row in known]
            rows += [Step(Verb.INSERT, name, row) for row in variants]
            if clash is not None:
                own = clash.table == name
                rows = [Step(Verb.INSERT, name, _clashing(table, known[0], clash))] if own else []
            rows = rows[int(part[0] * len(rows)) : int(part[1] * len(rows))]
            steps = dict.fromkeys(_accepted(bench, steps))
            steps.update(dict.fromkeys(_usable(bench, steps, rows)))
    bench.keep(steps)
    held: dict[str, tuple[Row, ...]] = {}
    for step in steps:
        held[step.table] = (*held.get(step.table, ()), step.values)
    return Population(held, missing)


def compare_rows(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    *,
    volatile: bool = False,
) -> tuple[Divergence, ...]:
    """One divergence for each table whose rows differ, about its smallest row that does.

    Args:
        schemas: of both databases as they are now.
        volatile: whether values may come from a clock or a random generator; such values are
            compared by their kind.
    """
    schema = PairedSchema(*schemas)
    bench = Bench(libsql, postgres, schema)
    return tuple(
        divergence
        for table in schema.tables.values()
        for divergence in _compare_table(bench, table, volatile)
    )


def _compare_table(bench: Bench, table: PairedTable, volatile: bool) -> Iterator[Divergence]:
    mine, other = bench.rows_of(table.key)
    if mine == other:
        return
    if volatile:
        mine, other = unlike_rows(mine, other)
    columns = [column.key for column in table.shared]
    key = [columns.index(name) for name in table.primary if name in columns]
    here, there = _by_key(mine, key), _by_key(other, key)
    for place in sorted({*here, *there}, key=str):
        one, two = here.get(place), there.get(place)
        named = ", ".join(f"{columns[i]} = {shown(v)}" for i, v in zip(key, place, strict=False))
        if one is None or two is None:
            side, row = ("PostgreSQL", two) if one is None else ("libsql", one)
            what = named or ", ".join(
                f"{c} = {shown(v)}" for c, v in zip(columns, row or (), strict=False)
            )
            yield _divergence(
                table,
                table.libsql.name,
                shown(None) if one is None else what,
                shown(None) if two is None else what,
                f"On the same rows, the row with {what} is then in {table.libsql.name} on {side}"
                f" only ({len(mine)} rows that differ on libsql, {len(other)} on PostgreSQL).",
            )
            return
        for column, left, right in zip(columns, one, two, strict=True):
            if left != right and not (volatile and alike(left, right)):
                yield _divergence(
                    table,
                    f"{table.libsql.name}.{column}",
                    shown(left),
                    shown(right),
                    f"On the same rows, {table.libsql.name}.{column} is then {shown(left)} on"
                    f" libsql and {shown(right)} on PostgreSQL, in the row with {named}.",
                )
                return


def _by_key(
    rows: Iterable[tuple[object, ...]], key: Sequence[int]
) -> dict[tuple[object, ...], tuple[object, ...]]:
    found: dict[tuple[object, ...], tuple[object, ...]] = {}
    for place, row in enumerate(rows):
        name = tuple(row[index] for index in key) if key else row
        found[name if name not in found else (*name, place)] = row
    return found


def _divergence(
    table: PairedTable, thing: str, libsql: str | None, postgres: str | None, message: str
) -> Divergence:
    return Divergence(
        "parity/data",
        Severity.ERROR,
        thing,
        table.libsql.name,
        None,
        libsql,
        postgres,
        message,
        "Let the data statements of both files do the same to the same rows.",
    )


def _one_failed(
    failures: Sequence[DatabaseError | None], tables: Sequence[str]
) -> tuple[Divergence, ...]:
    """The finding where the rows make one side's migration fail."""
    mine, other = failures
    error = mine or other
    if (mine is not None and other is not None) or error is None:
        return ()
    side, well = ("PostgreSQL", "libsql") if mine is None else ("libsql", "PostgreSQL")
    statement = error.statement
    text = statement.text if statement else ""
    if not re.match(r"(?:insert|replace|update|delete|with|merge)\b", text, re.IGNORECASE):
        # Rules that a version adds are looked at on old rows by PostgreSQL, and not by triggers.
        return ()
    words = mentioned(text)
    table = next((name for name in tables if name in words), tables[0] if tables else "")
    line = f", line {statement.line}" if statement else ""
    said = error.message.strip().splitlines() or [error.title]
    # What a cast or a new rule refuses may be a value that no row would ever hold.
    odd = re.search(r"\bvalues\b", text, re.IGNORECASE) is None and (
        (error.sqlstate or "").startswith("22")
        or error.sqlstate in ("23514", "23502")
        or re.search(r"malformed|CHECK constraint|NOT NULL constraint", error.message) is not None
    )
    return (
        Divergence(
            "parity/data",
            Severity.WARNING if odd else Severity.ERROR,
            table,
            table,
            None,
            said[0] if mine else None,
            said[0] if other else None,
            f"On rows as they may be there already, the migration fails on {side}{line} and goes"
            f" through on {well}: {said[0]}",
            "Let both files treat such rows alike.",
        ),
    )


def _failure(apply: Apply, database: Database) -> DatabaseError | None:
    database.execute(f"SAVEPOINT {_SAVEPOINT}_apply")
    try:
        apply(database)
    except DatabaseUnavailable:
        raise
    except DatabaseError as error:
        database.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}_apply")
        return error
    finally:
        database.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}_apply")
    return None


@contextmanager
def _undone(*databases: Database) -> Iterator[None]:
    for database in databases:
        database.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
    finally:
        for database in databases:
            database.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            database.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")


def _accepted(bench: Bench, steps: Iterable[Step]) -> list[Step]:
    """Those steps that go in one after the other on both sides; nothing stays."""
    good = list(steps)
    with bench.nested():
        while good:
            refused = bench.first_refused(good)
            if refused is None:
                break
            good.pop(refused)
    return good


def _usable(bench: Bench, ground: Iterable[Step], steps: Sequence[Step]) -> list[Step]:
    """Those of further rows that go in on the ground of others; nothing stays."""
    with bench.nested():
        bench.keep(ground)
        outcomes = bench.run([Case((step,)) for step in steps])
        good = [
            step
            for step, (mine, other) in zip(steps, outcomes, strict=True)
            if mine.refusal is None and other.refusal is None
        ]
        return _accepted(bench, good)


def _variants(table: PairedTable, base: Known, texts: Sequence[str], start: int) -> Iterator[Row]:
    """Further rows: each with another value in one column, and keys of their own."""
    row = dict(base.row)
    keys = {name for key in table.keys for name in key.columns}
    parents = {name for key in table.foreign_keys for name in key.columns}
    known = {(step.table, column): v for step in base.before for column, v in step.values}
    wanted: list[tuple[str, Value]] = []
    for column in table.columns:
        if column.key not in row or column.key in keys:
            continue
        if column.key in parents:
            values = [
                known.get((key.target, target))
                for key in table.foreign_keys
                for name, target in zip(key.columns, key.target_columns, strict=False)
                if name == column.key
            ]
        else:
            likely = _likely(column, texts)
            values = (
                [*likely] if likely else [*_of_script(column, texts), *values_for(table, column)]
            )
        if column.nullable:
            values = [None, *values]
        wanted += [
            (column.key, value) for value in dict.fromkeys(values) if value != row[column.key]
        ]
    said = [name for name in dict.fromkeys(n for n, _ in wanted) if _said_together(name, texts)]
    changes: list[tuple[tuple[str, Value], ...]] = [(change,) for change in wanted[:_MOST_VARIANTS]]
    for one, two in islice(combinations(said, 2), _MOST_PAIRS):
        left = [value for name, value in wanted if name == one][:_FEW]
        right = [value for name, value in wanted if name == two][:_FEW]
        changes += [((one, v), (two, w)) for v, w in product(left, right)]
    for place, change in enumerate(changes):
        own = _own_keys(table, row, start + place + 10, parents)
        # Texts that may be anything are told apart: a key may come over them.
        told = {name: f"a{start + place + 10}" for name, v in row.items() if v == "a"}
        yield tuple({**row, **told, **own, **dict(change)}.items())


def _said_together(column: str, texts: Sequence[str]) -> bool:
    """Whether the migration itself speaks of a column."""
    return any(column in mentioned(text) for text in texts)


_LOOKS = (
    (r"json", LogicalType.JSON, r"jsonb?"),
    (r"uuid", LogicalType.UUID, r"uuid"),
    (r"_at$|timestamp", LogicalType.TIMESTAMP, r"timestamp\w*"),
    (r"_(?:on|date)$", LogicalType.DATE, r"date"),
    (r"$^", LogicalType.INTEGER, r"(?:int|integer|bigint|smallint|int[248]|numeric|real|double)\b"),
)


def _likely(column: PairedColumn, texts: Sequence[str]) -> tuple[Value, ...]:
    """Values for a text that is not any text: its name, its default or a cast says what it is."""
    if column.kind is not LogicalType.TEXT or column.labels:
        return ()
    defaults = {(side.default or "").split("::")[0].strip("'()") for side in column.sides}
    for name, kind, cast in _LOOKS:
        casts = rf"\b{re.escape(column.key)}\b\W{{0,3}}(?:::\s*|\bas\s+){cast}"
        document = kind is LogicalType.JSON and defaults & {"{}", "[]"}
        if re.search(name, column.key) or document or says(texts, casts):
            found = edges(kind, (), limit=column.limit)
            return tuple(
                f"{v:%Y-%m-%d %H:%M:%S}" if isinstance(v, datetime) else str(v) for v in found
            )
    return ()


def _fitting(schema: PairedSchema, step: Step, texts: Sequence[str], few: bool) -> Step:
    """A row whose texts are what their columns' names promise, and what the migration expects."""
    table = schema.tables[step.table]
    fixed = {name for key in table.keys for name in key.columns}
    fixed |= {name for key in table.foreign_keys for name in key.columns}
    values: list[tuple[str, Value]] = []
    for name, value in step.values:
        likely = () if value is None or name in fixed else _likely(table.by_key[name], texts)
        if few and value == "a" and name not in fixed and not likely:
            likely = tuple(
                text
                for script in texts
                for line in script.split(";")
                if name in mentioned(line)
                for text in literals(line)
                if isinstance(text, str)
            )
        values.append((name, likely[0] if likely and value == "a" else value))
    return replace(step, values=tuple(values))


def _of_script(column: PairedColumn, texts: Sequence[str]) -> list[Value]:
    type_ = column.postgres.type if column.postgres else ""
    near = [line for text in texts for line in text.split(";") if column.key in mentioned(line)]
    found = edges(column.kind, near, labels=column.labels, limit=column.limit, postgres_type=type_)
    return list(found[:24])


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


_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_INSERT = re.compile(
    r"\b(?:insert(?:\s+or\s+\w+)?|replace)\s+into\s+(?:\w+\.)?(?P<table>\"[^\"]+\"|\w+)\s*"
    r"\((?P<columns>[^()]*)\)\s*(?:overriding\s+\w+\s+value\s*)?values\s*(?P<rows>[^;]*)",
    re.IGNORECASE,
)
_TUPLE = re.compile(r"\(((?:'(?:[^']|'')*'|[^()']|\([^()]*\))*)\)")
_ITEM = re.compile(r"\s*((?:'(?:[^']|'')*'|\([^()]*\)|[^,'()])*)(?:,|$)")


def _without_comments(sql: str) -> str:
    return _COMMENT.sub(lambda found: found[0] if found[0].startswith("'") else " ", sql)


def _clashes(schema: PairedSchema, scripts: Sequence[str]) -> Iterator[Clash]:
    """For each row of an INSERT … VALUES and each key, a row that is there already."""
    seen: set[Clash] = set()
    for script in scripts:
        for insert in _INSERT.finditer(_without_comments(script)):
            table = schema.tables.get(folded(insert["table"].strip('"')))
            if table is None:
                continue
            names = [folded(name.strip().strip('"')) for name in insert["columns"].split(",")]
            for row in list(_TUPLE.finditer(insert["rows"]))[:2]:
                items = [item[1].strip() for item in _ITEM.finditer(row[1])]
                given = {name: _value(item) for name, item in zip(names, items, strict=False)}
                for key in table.keys:
                    values = tuple((name, given.get(name)) for name in key.columns)
                    if any(value is None for _, value in values):
                        continue
                    clash = Clash(table.key, values)
                    if clash not in seen:
                        seen.add(clash)
                        yield clash


def _value(text: str) -> Value:
    """The value of a plain literal; None for all else."""
    if re.fullmatch(r"'(?:[^']|'')*'", text):
        return text[1:-1].replace("''", "'")
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower())
