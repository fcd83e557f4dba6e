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
from functools import partial
from itertools import count, islice
from operator import ne

from mig_assist.engines.database import Database, DatabaseError, DatabaseUnavailable
from mig_assist.engines.passed_over import unknown_function
from mig_assist.engines.schema import Schema
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.documents import is_document, same_document
from mig_assist.verify.parity.dropped import Drop, drop_behind, one_per_drop, without_comments
from mig_assist.verify.parity.links import with_links
from mig_assist.verify.parity.made_values import Same, Volatility
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.numbers import Held, Sides, renumbered, unnumbered
from mig_assist.verify.parity.population import Clash, Extent, Script, extent_of, plan
from mig_assist.verify.parity.probes.paired import PairedSchema, PairedTable
from mig_assist.verify.parity.probes.run import Bench, Row
from mig_assist.verify.parity.probes.values import Value, shown
from mig_assist.verify.parity.probes.verdicts import view_difference
from mig_assist.verify.parity.refused_rows import lacks_parent, never_ran, one_failed
from mig_assist.verify.parity.same_ground import make_equal, number_alike
from mig_assist.verify.parity.times import with_seconds

_SAVEPOINT = "mig_assist_data"
_MOST_CLASHES = 6
_MOST_TRIALS = 13
_MOST_SHOWN = 100

_EXACT = Volatility()
_NOTHING: Mapping[str, Sequence[Row]] = {}

Apply = Callable[[Database], None]
"""Runs the migration of a database's backend in its open transaction; raises DatabaseError."""

Read = Callable[[Database, Collection[str]], Schema]


@dataclass(frozen=True, slots=True)
class _Trial:
    """One application of the version: to which rows.

    Attributes:
        part: which of all the rows of each table, from 0 to 1; a version that fails on both
            sides, as by a new rule that not all of them keep, is tried on halves of them.
        whole: whether no row leaves anything NULL, as a new rule may demand of all.
    """

    clash: Clash | None = None
    part: tuple[float, float] = (0.0, 1.0)
    whole: bool = False

    def parts(self) -> list[_Trial]:
        """The same with the one and the other half of the rows; at first also with whole rows."""
        if self.whole:
            return []
        start, stop = self.part
        middle = (start + stop) / 2
        halves = [replace(self, part=(start, middle)), replace(self, part=(middle, stop))]
        return [replace(self, whole=True), *halves] if self.part == (0.0, 1.0) else halves


def compare_data(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    scripts: tuple[str, str],
    apply: Apply,
    read: Read,
) -> tuple[Divergence, ...]:
    """Apply a version to the same rows on both sides and say where they differ afterwards.

    The caller has a transaction open on each database, which stand at the version before; both
    are left as they were.

    Args:
        schemas: libsql's and PostgreSQL's before the version.
        scripts: the texts of both migrations; their literals are used for rows.
        apply: applies the version to one database.
        read: reads the schema of a database after that, as far as it is about some tables.
    """
    schemas = (with_seconds(schemas[0], scripts), schemas[1])
    with _undone(libsql, postgres):
        unequal = make_equal(Bench(libsql, postgres, PairedSchema(*map(_with_numbers, schemas))))
        found = _compared(libsql, postgres, schemas, scripts, apply, read)
        return tuple(one for one in found if folded(one.table) not in unequal)


def _compared(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    scripts: tuple[str, str],
    apply: Apply,
    read: Read,
    *,
    linked: bool = False,
) -> tuple[Divergence, ...]:
    """As :func:`compare_data`, from the same rows on both sides.

    Args:
        linked: whether the schemas say what the migration's copies refer to, as far as is known.
    """
    before = PairedSchema(*schemas)
    script = Script(scripts)
    extent = extent_of(before, script)
    found: dict[tuple[str, str], tuple[Divergence, Drop | None]] = {}
    trials = [_Trial(), *map(_Trial, islice(_clashes(before, scripts), _MOST_CLASHES))]
    with _undone(libsql, postgres):
        bench = Bench(libsql, postgres, before)
        rows = plan(bench, extent, script)
    names = _names_after(schemas, extent, scripts)
    volatility = Volatility(scripts)
    refused: list[DatabaseError | None] = []
    for done in count():
        if not trials or done == _MOST_TRIALS:
            break
        trial = trials.pop(0)
        with _undone(libsql, postgres):
            population = rows.fill(bench, clash=trial.clash, part=trial.part, whole=trial.whole)
            number_alike(libsql, postgres, before)
            failures = [_failure(apply, database) for database in (libsql, postgres)]
            if any(error is not None and unknown_function(error) for error in failures):
                return ()  # whoever applies the version tells of it
            if failures == [None, None]:
                after = (read(libsql, names), read(postgres, names))
                differences = compare_rows(
                    libsql, postgres, after, volatility=volatility, filled=population.rows
                )
            else:
                well = libsql if failures[1] else postgres
                differences = one_failed(failures, extent.all, partial(read, well, names))
                if not differences and trial.clash is None and population.count > len(extent.all):
                    trials += trial.parts()
        if not linked and any(map(lacks_parent, failures)):
            further = _linked((libsql, postgres), schemas, script, apply, lambda d: read(d, names))
            rest = (scripts, apply, read)
            return _compared(libsql, postgres, further or schemas, *rest, linked=True)
        refused = failures if None not in failures and (refused or not done) else []
        for divergence in differences:
            place = divergence.table, divergence.object
            found.setdefault(place, (divergence, drop_behind(before, scripts[0], divergence)))
        if any(divergence.severity is Severity.ERROR for divergence, _ in found.values()):
            break
    told = _one_for_all_numbers(tuple(one_per_drop(found.values())))
    return (*told, *never_ran(refused, extent.all))


def _linked(
    databases: tuple[Database, Database],
    schemas: tuple[Schema, Schema],
    script: Script,
    apply: Apply,
    read: Callable[[Database], Schema],
) -> tuple[Schema, Schema] | None:
    """The schemas with what the migration's copies refer to; None where that is not known."""
    with _undone(*databases):
        if any(_failure(apply, database) for database in databases):
            return None
        return with_links(schemas, (read(databases[0]), read(databases[1])), script)


def _names_after(
    schemas: tuple[Schema, Schema], extent: Extent, scripts: Sequence[str]
) -> frozenset[str]:
    """The tables, as each side spells them, that may have rows after the migration."""
    spelled = {t.name for schema in schemas for t in schema.tables if folded(t.name) in extent.all}
    words = {word for text in scripts for word in re.findall(r"\w+", text)}
    quoted = {name for text in scripts for name in re.findall(r'["`\[]([^"`\]]+)["`\]]', text)}
    return frozenset(spelled | words | {folded(word) for word in words} | quoted)


def compare_rows(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    *,
    volatility: Volatility = _EXACT,
    filled: Mapping[str, Sequence[Row]] = _NOTHING,
) -> tuple[Divergence, ...]:
    """One divergence for each table whose rows differ, about its smallest row that does.

    Where no table's do, there is one for each view that shows other rows.

    Args:
        schemas: of both databases as they are now.
        volatility: where values may come from a clock or a random generator; such values are
            compared by their kind.
        filled: by table, the rows that went in with the same numbers on both sides.
    """
    schema = PairedSchema(*schemas)
    bench = Bench(libsql, postgres, schema)
    tables = schema.tables.values()
    numbers = {table.key: [c.key for c in table.columns if c.numbered] for table in tables}
    counted = Bench(libsql, postgres, PairedSchema(*map(_with_numbers, schemas)))
    found = [
        divergence
        for table in counted.schema.tables.values()
        for divergence in _compare_table(
            counted,
            table,
            volatility.columns(schema, schema.tables[table.key]),
            (numbers[table.key], filled.get(table.key, ())),
        )
    ]
    if not found:
        found = [d for view in schema.views for d in _compare_view(bench, view, volatility)]
    return tuple(found)


def _compare_view(bench: Bench, view: str, volatility: Volatility) -> Iterator[Divergence]:
    texts = bench.schema.definitions(view)
    shown = bench.rows_of_view(view) if bench.schema.behind(view) else None
    if shown is None or shown[0] == shown[1]:
        return
    columns = [column.strip('"') for column, _, _ in bench.shape(view)]
    made = volatility.shown(bench.schema, view, map(folded, columns))
    loose = {i: made[name] for i, name in enumerate(map(folded, columns)) if name in made}
    difference = view_difference(columns, unlike(*shown, loose), volatile=False, chance=False)
    if difference:
        yield Divergence(
            "parity/data",
            Severity.ERROR,
            view,
            view,
            None,
            *texts,
            f"The view {view} differs after the migration. {difference}",
            "Create it from the same SELECT on both sides.",
        )


def unlike(
    mine: Iterable[Held], other: Iterable[Held], loose: Mapping[int, Same]
) -> tuple[list[Held], list[Held]]:
    """What is left of two tables when rows that can be one are taken away in pairs.

    Args:
        loose: by place, when two values of a column are the same that are not compared exactly.
    """
    waiting: dict[Held, list[Held]] = {}
    for row in other:
        waiting.setdefault(_without(row, loose), []).append(row)
    left: list[Held] = []
    for row in mine:
        candidates = waiting.get(_without(row, loose), [])
        twin = next(
            (r for r in candidates if all(_same(row[i], r[i], same) for i, same in loose.items())),
            None,
        )
        if twin is None:
            left.append(row)
        else:
            candidates.remove(twin)
    return left, [row for rows in waiting.values() for row in rows]


def _same(left: object, right: object, same: Same | None) -> bool:
    return left == right or (same is not None and same(left, right))


def _without(row: Held, places: Collection[int]) -> Held:
    return tuple(value for place, value in enumerate(row) if place not in places)


def _compare_table(
    bench: Bench,
    table: PairedTable,
    made: Mapping[str, Same],
    numbers: tuple[Sequence[str], Sequence[Row]],
) -> Iterator[Divergence]:
    rows: Sides = bench.rows_of(table.key)
    if rows[0] == rows[1]:
        return
    columns = [column.key for column in table.shared]
    for column in set(numbers[0]).intersection(columns):
        moved = renumbered(rows, table, column, numbers[1])
        if moved is not None:
            yield _renumbered(table, column, *moved)
            return
        rows = unnumbered(rows, columns.index(column), numbers[1], column)
    loose = {place: made[name] for place, name in enumerate(columns) if name in made}
    for place in range(len(columns)):
        if any(map(is_document, (row[place] for row in rows[0]))):
            loose[place] = partial(same_document, same=loose.get(place))
    mine, other = unlike(*rows, loose)
    if not mine and not other:
        return
    key = [columns.index(name) for name in table.primary if name in columns]
    here, there = _by_key(mine, key), _by_key(other, key)
    name = table.libsql.name
    pairs = {place: (row, there[place]) for place, row in here.items() if place in there}
    if not pairs and len(mine) == len(other):
        # Where an engine numbers the rows, the nearest ones are taken for the same.
        nearest = min(other, key=lambda row: sum(map(ne, row, mine[0])))
        if sum(map(ne, nearest, mine[0])) == 1:
            pairs = {mine[0]: (mine[0], nearest)}
    for one, two in (pairs[place] for place in sorted(pairs, key=str)):
        for place, (column, left, right) in enumerate(zip(columns, one, two, strict=True)):
            if not _same(left, right, loose.get(place)):
                named = _named(columns, one, key, leaving_out=place)
                yield _divergence(
                    table,
                    f"{name}.{column}",
                    shown(left),
                    shown(right),
                    f"On the same rows, {name}.{column} is then {shown(left)} on libsql and"
                    f" {shown(right)} on PostgreSQL{named and f', in the row with {named}'}.",
                )
                return
    if here.keys() ^ there.keys():
        lone = (
            _many(len(here.keys() - there.keys()), "libsql"),
            _many(len(there.keys() - here.keys()), "PostgreSQL"),
        )
        sole = min(here.keys() ^ there.keys(), key=str)
        named = _named(columns, here.get(sole) or there[sole], key)
        side = "libsql" if sole in here else "PostgreSQL"
        yield _divergence(
            table,
            name,
            lone[0] or None,
            lone[1] or None,
            f"On the same rows, of {name} {' and '.join(filter(None, lone))} afterwards, as the"
            f" one with {named} on {side}.",
        )


def _renumbered(table: PairedTable, column: str, mine: Held, other: Held) -> Divergence:
    columns = [each.key for each in table.shared]
    place = columns.index(column)
    name, numbers = f"{table.libsql.name}.{column}", (shown(mine[place]), shown(other[place]))
    named = _named(columns, mine, [], leaving_out=place)
    return replace(
        _divergence(
            table,
            name,
            *numbers,
            f"Rows of {table.libsql.name} keep their {column} on one side only: the one with"
            f" {named} has {numbers[0]} on libsql and {numbers[1]} on PostgreSQL, and what refers"
            " to it then means another row.",
        ),
        fix=_COPY_KEYS,
    )


_COPY_KEYS = "Copy the key, too, wherever rows are copied into a new table."


def _one_for_all_numbers(found: Sequence[Divergence]) -> Iterator[Divergence]:
    """One finding for all tables whose rows got other numbers, and all others as they are."""
    yield from (each for each in found if each.fix != _COPY_KEYS)
    alike = [each for each in found if each.fix == _COPY_KEYS]
    if alike:
        others = f" So do those of {', '.join(each.table for each in alike[1:])}."
        yield replace(alike[0], message=alike[0].message + others * (len(alike) > 1))


def _with_numbers(schema: Schema) -> Schema:
    """A schema whose columns count as any others even where an engine numbers them."""
    tables = (
        replace(table, columns=tuple(replace(c, numbered=False) for c in table.columns))
        for table in schema.tables
    )
    return replace(schema, tables=tuple(tables))


def _many(count: int, side: str) -> str:
    return f"{count} row{'s are' if count > 1 else ' is'} on {side} only" if count else ""


def _named(
    columns: Sequence[str], row: Held, key: Iterable[int], leaving_out: int | None = None
) -> str:
    """A row by its key, else by what else it holds, short enough to be read."""
    told = [i for i in key if row[i] is not None and i != leaving_out]
    told = told or [i for i, value in enumerate(row) if value is not None and i != leaving_out]
    text = ", ".join(f"{columns[i]} = {shown(row[i])}" for i in told)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _by_key(rows: Iterable[Held], key: Sequence[int]) -> dict[Held, Held]:
    found: dict[Held, Held] = {}
    for place, row in enumerate(rows):
        name = tuple(row[index] for index in key)
        if not key or None in name:
            name = row
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


_INSERT = re.compile(
    r"\b(?:insert(?:\s+or\s+\w+)?|replace)\s+into\s+(?:\w+\.)?(?P<table>\"[^\"]+\"|\w+)\s*"
    r"\((?P<columns>[^()]*)\)\s*(?:overriding\s+\w+\s+value\s*)?values\s*(?P<rows>[^;]*)",
    re.IGNORECASE,
)
_TUPLE = re.compile(r"\(((?:'(?:[^']|'')*'|[^()']|\([^()]*\))*)\)")
_ITEM = re.compile(r"\s*((?:'(?:[^']|'')*'|\([^()]*\)|[^,'()])*)(?:,|$)")


def _clashes(schema: PairedSchema, scripts: Sequence[str]) -> Iterator[Clash]:
    """For each row of an INSERT … VALUES and each key, a row that is there already."""
    seen: set[Clash] = set()
    for script in scripts:
        for insert in _INSERT.finditer(without_comments(script)):
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
