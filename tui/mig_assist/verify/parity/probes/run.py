"""The same statements on both engines, side by side, leaving nothing behind.

PostgreSQL runs a whole batch of cases in one call of a function of ours, which undoes each case
by a subtransaction (PL/pgSQL's EXCEPTION): by a single one, since SET CONSTRAINTS outlives a
nested one that has ended well. On libsql a savepoint costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, DatabaseUnavailable
from mig_assist.engines.logical_types import LogicalType
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.probes.paired import PairedSchema, PairedTable
from mig_assist.verify.parity.probes.refusals import (
    Category,
    Refusal,
    libsql_refusal,
    postgres_category,
)
from mig_assist.verify.parity.probes.texts import mentioned
from mig_assist.verify.parity.probes.values import Value, canonical, literal

Row = tuple[tuple[str, Value], ...]
"""Columns by folded names with their values."""


class Verb(StrEnum):
    """What a step does."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


_OUTER = "mig_assist_probe"
_CASE = "mig_assist_case"
_GROUND = "mig_assist_ground"
_FILLED = "mig_assist_filled"
_MOST_ROUNDS = 5
MOST_ROWS = 500
"""How many rows of a table are read after a case; those of a fuller one are not compared."""
_ALL_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Step:
    """One statement for both dialects.

    Attributes:
        values: what is inserted or set; a column with ``set_to_itself`` keeps its value.
        where: the columns by which a row is found.
        upsert_key: of INSERT … ON CONFLICT (key) DO UPDATE, whose SET has the other values.
    """

    verb: Verb
    table: str
    values: Row = ()
    where: Row = ()
    upsert_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """Statements of which the last one is the question; the others make ready for it.

    Attributes:
        reads: the tables and views whose rows are compared afterwards.
    """

    steps: tuple[Step, ...]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case on one side.

    Attributes:
        ready: whether the statements before the last one went through.
        refusal: None where the last statement was accepted.
        rows: what the tables hold afterwards, as canonical values, sorted.
    """

    ready: bool
    refusal: Refusal | None
    rows: dict[str, list[tuple[object, ...]]]


class Bench:
    """Two databases under a savepoint each."""

    def __init__(self, libsql: Database, postgres: Database, schema: PairedSchema) -> None:
        self.libsql = libsql
        self.postgres = postgres
        self.schema = schema
        self.statements = 0
        self._ground: tuple[Step, ...] = ()
        self._kept: list[list[Step]] = [[]]
        self._known: dict[tuple[Step, ...], dict[Case, tuple[Outcome, Outcome]]] = {}
        self._deferred = [
            table.name
            for table in schema.libsql.tables
            if any(key.deferred for key in table.foreign_keys)
        ]

    @contextmanager
    def open(self) -> Iterator[None]:
        """Savepoints around everything; the transactions stay as they were."""
        for database in (self.libsql, self.postgres):
            database.execute(f"SAVEPOINT {_OUTER}")
        try:
            self.postgres.execute(_FUNCTION)
            yield
        finally:
            for database in (self.libsql, self.postgres):
                database.execute(f"ROLLBACK TO SAVEPOINT {_OUTER}")
                database.execute(f"RELEASE SAVEPOINT {_OUTER}")

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Another pair of savepoints, for rows that several cases need."""
        for database in (self.libsql, self.postgres):
            database.execute("SAVEPOINT mig_assist_rows")
        self._kept.append([])
        try:
            yield
        finally:
            self._kept.pop()
            for database in (self.libsql, self.postgres):
                database.execute("ROLLBACK TO SAVEPOINT mig_assist_rows")
                database.execute("RELEASE SAVEPOINT mig_assist_rows")

    def keep(self, steps: Iterable[Step]) -> None:
        """Run steps that are known to go through, and keep what they do for now."""
        steps = tuple(steps)
        self._kept[-1] += steps
        for step in steps:
            self.libsql.execute(self.sql(step, Backend.LIBSQL))
        if steps:
            self.postgres.execute("; ".join(self.sql(step, Backend.POSTGRES) for step in steps))

    def fill(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Keep those of many rows that go in on both sides, one after the other; return them.

        Each statement is one attempt on each side; all are done again only without those that one
        side took and the other did not.
        """
        wanted = list(dict.fromkeys(steps))
        self.postgres.execute(_FILL)
        for _ in range(_MOST_ROUNDS):
            for database in (self.libsql, self.postgres):
                database.execute(f"SAVEPOINT {_FILLED}")
            mine, torn = self._filled_on_libsql(wanted)
            other = self._filled_on_postgres(mine)
            if len(other) == len(mine) and not torn and not self._dangles():
                wanted = other
                break
            wanted = [] if len(other) == len(mine) == len(wanted) else other
            for database in (self.libsql, self.postgres):
                database.execute(f"ROLLBACK TO SAVEPOINT {_FILLED}")
                database.execute(f"RELEASE SAVEPOINT {_FILLED}")
        else:
            return ()
        for database in (self.libsql, self.postgres):
            database.execute(f"RELEASE SAVEPOINT {_FILLED}")
        self.postgres.execute("DROP FUNCTION pg_temp.mig_assist_fill(json)")
        return tuple(wanted)

    def _filled_on_libsql(self, steps: Iterable[Step]) -> tuple[list[Step], bool]:
        """What libsql took, and whether a statement that it refused may have left something."""
        taken: list[Step] = []
        torn = False
        for step in steps:
            self.statements += 1
            refusal = self._refused(step)
            if refusal is None:
                taken.append(step)
            torn |= refusal is not None and refusal.category is Category.TRIGGER  # RAISE(FAIL)
        return taken, torn

    def _filled_on_postgres(self, steps: Sequence[Step]) -> list[Step]:
        self.statements += len(steps)
        texts = json.dumps([self.sql(step, Backend.POSTGRES) for step in steps])
        ((refused,),) = self.postgres.query(
            "SELECT pg_temp.mig_assist_fill(%s::json)::text", (texts,)
        )
        places = set(json.loads(str(refused)))
        return [step for place, step in enumerate(steps) if place not in places]

    def _dangles(self) -> bool:
        """Whether what a commit would look at is wanting."""
        if not self._deferred:
            return False
        self.postgres.execute(f"SAVEPOINT {_CASE}")
        try:
            self.postgres.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except DatabaseUnavailable:
            raise
        except DatabaseError:
            return True
        finally:
            self.postgres.execute(f"ROLLBACK TO SAVEPOINT {_CASE}")
            self.postgres.execute(f"RELEASE SAVEPOINT {_CASE}")
        return self._late_refusal() is not None

    def run(self, cases: Sequence[Case]) -> list[tuple[Outcome, Outcome]]:
        """What becomes of each case on libsql and on PostgreSQL.

        Rules of one table are often asked the same; on the same ground the answers are known.
        """
        ground = tuple(step for steps in self._kept for step in steps)
        known = self._known.setdefault(ground, {})
        new = [case for case in cases if case not in known]
        theirs = self.on_postgres(new)
        with self._cases_on_libsql():
            for case, other in zip(new, theirs, strict=True):
                known[case] = (self._on_libsql(case), other)
        return [known[case] for case in cases]

    def refused_by_libsql(self, case: Case) -> Refusal | None:
        """Why libsql refuses a case of one statement, if it does."""
        with self._cases_on_libsql():
            return self._on_libsql(case).refusal

    @contextmanager
    def _cases_on_libsql(self) -> Iterator[None]:
        self.libsql.execute(f"SAVEPOINT {_CASE}")
        self._ground = ()
        try:
            yield
        finally:
            if self._ground:
                self.libsql.execute(f"ROLLBACK TO SAVEPOINT {_CASE}")
            self.libsql.execute(f"RELEASE SAVEPOINT {_CASE}")

    def _on_libsql(self, case: Case) -> Outcome:
        """What becomes of a case, on the ground of the case before it where that is the same.

        After DDL in the same transaction, libsql reads its schema anew for each ROLLBACK TO, which
        costs more than all else; so nothing is rolled back that was not done.
        """
        self.statements += 1
        *ground, step = case.steps
        refusal = self._prepare(tuple(ground))
        if refusal is not None:
            return Outcome(False, refusal, {})
        refusal = self._refused(step)
        rows: dict[str, list[tuple[object, ...]]] = {}
        if refusal is None or refusal.category is Category.TRIGGER:  # RAISE(FAIL) undoes nothing
            late = self._late_refusal() if refusal is None and self._deferred else None
            refusal = refusal or late
            if refusal is None:
                rows = {name: self._libsql_rows(name) for name in case.reads}
            point = _GROUND if self._ground else _CASE
            self.libsql.execute(f"ROLLBACK TO SAVEPOINT {point}")
        return Outcome(True, refusal, rows)

    def _prepare(self, ground: tuple[Step, ...]) -> Refusal | None:
        """Do what a case needs, unless it is done already."""
        if ground == self._ground:
            return None
        if self._ground:
            self.libsql.execute(f"ROLLBACK TO SAVEPOINT {_CASE}")
        self._ground = ()
        for place, step in enumerate(ground):
            self.statements += 1
            refusal = self._refused(step)
            if refusal is not None:
                if place:
                    self.libsql.execute(f"ROLLBACK TO SAVEPOINT {_CASE}")
                return refusal
        if ground:
            self.libsql.execute(f"SAVEPOINT {_GROUND}")
        self._ground = ground
        return None

    def _refused(self, step: Step) -> Refusal | None:
        try:
            self.libsql.execute(self.sql(step, Backend.LIBSQL))
        except DatabaseUnavailable:
            raise
        except DatabaseError as error:
            return libsql_refusal(error.message)
        return None

    def on_postgres(self, cases: Sequence[Case]) -> list[Outcome]:
        """What becomes of cases on PostgreSQL, in one round trip."""
        if not cases:
            return []
        self.statements += sum(len(case.steps) for case in cases)
        wanted = [
            {
                "steps": [self.sql(step, Backend.POSTGRES) for step in case.steps],
                "reads": [self._postgres_read(name) for name in case.reads],
            }
            for case in cases
        ]
        ((answer,),) = self.postgres.query(
            "SELECT pg_temp.mig_assist_try(%s::json)::text", (json.dumps(wanted),)
        )
        outcomes = json.loads(str(answer), parse_float=Decimal)
        return [
            self._postgres_outcome(case, answer)
            for case, answer in zip(cases, outcomes, strict=True)
        ]

    def rows_of_view(
        self, name: str
    ) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]] | None:
        """As :meth:`rows_of`; None where an engine cannot say what a view shows now."""
        with self.nested():
            try:
                return self.rows_of(name)
            except DatabaseUnavailable:
                raise
            except DatabaseError:
                return None

    def rows_of(self, name: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """What a table or view holds on libsql and on PostgreSQL, sorted."""
        ((found,),) = self.postgres.query(f"SELECT ({self._postgres_read(name, _ALL_ROWS)})::text")
        kinds = [kind for _, _, kind in self.shape(name)]
        theirs = _canonical(json.loads(str(found), parse_float=Decimal), kinds)
        return self._libsql_rows(name, _ALL_ROWS), theirs

    def sql(self, step: Step, backend: Backend) -> str:
        """A step as one side's SQL."""
        table = self.schema.tables[step.table]
        name = table.name(backend)
        values = list(_written(table, step.values, backend))
        where = " AND ".join(
            f"{column} IS NULL" if text == "NULL" else f"{column} = {text}"
            for column, text in _written(table, step.where, backend)
        )
        if step.verb is Verb.DELETE:
            return f"DELETE FROM {name} WHERE {where}"  # noqa: S608
        if step.verb is Verb.UPDATE:
            assigned = ", ".join(f"{column} = {text}" for column, text in values)
            return f"UPDATE {name} SET {assigned} WHERE {where}"  # noqa: S608
        return _insert(table, backend, values, step.upsert_key)

    def _libsql_rows(self, name: str, most: int = MOST_ROWS) -> list[tuple[object, ...]]:
        shape = self.shape(name)
        padded = self._padded(name)
        columns = ", ".join(f"rtrim({s}, ' ')" if s in padded else s for s, _, _ in shape) or "1"
        source = quoted(self._source(name, Backend.LIBSQL))
        rows = self.libsql.query(f"SELECT {columns} FROM {source} LIMIT {most}")  # noqa: S608
        return _canonical(rows, [kind for _, _, kind in shape])

    def _postgres_read(self, name: str, most: int = MOST_ROWS) -> str:
        # A document inside a document could not be told from a text.
        padded = self._padded(name)
        columns = ", ".join(
            f"{side}::text" if kind is LogicalType.JSON or mine in padded else side
            for mine, side, kind in self.shape(name)
        )
        source = quoted(self._source(name, Backend.POSTGRES))
        return (
            f"SELECT coalesce(json_agg(json_build_array({columns or 1})), '[]')"  # noqa: S608
            f" FROM (SELECT * FROM {source} LIMIT {most}) AS kept"
        )

    def _padded(self, name: str) -> frozenset[str]:
        """The columns, as libsql has them, that PostgreSQL fills up with blanks, which count not.

        As text they come without (the manual, 8.3).
        """
        table = self.schema.tables.get(name)
        return frozenset(
            quoted(column.libsql.name)
            for column in (table.shared if table else ())
            if column.libsql is not None
            and column.postgres is not None
            and column.postgres.type.startswith("character(")
        )

    def shape(self, name: str) -> list[tuple[str, str, LogicalType]]:
        """What to read of a table or view: each side's column, and its kind.

        Numbers that an engine gives by itself are not read: the two count on their own.
        """
        table = self.schema.tables.get(name)
        if table is not None:
            return [
                (quoted(column.libsql.name), quoted(column.postgres.name), column.kind)
                for column in table.shared
                if column.libsql is not None and column.postgres is not None
            ]
        mine = next((v for v in self.schema.libsql.views if folded(v.name) == name), None)
        other = next((v for v in self.schema.postgres.views if folded(v.name) == name), None)
        if mine is None or other is None:
            return []
        names = {folded(column): column for column in other.columns}
        words = mentioned(mine.definition) & mentioned(other.definition)
        kinds = {
            column.key: column.kind
            for table in self.schema.tables.values()
            if table.key in words
            for column in table.columns
        }
        return [
            (quoted(column), quoted(names[key]), kinds.get(key, LogicalType.ANY))
            for column in mine.columns
            if (key := folded(column)) in names
        ]

    def _source(self, name: str, backend: Backend) -> str:
        table = self.schema.tables.get(name)
        if table is not None:
            return table.of(backend).name
        schema = self.schema.libsql if backend is Backend.LIBSQL else self.schema.postgres
        return next(view.name for view in schema.views if folded(view.name) == name)

    def _late_refusal(self) -> Refusal | None:
        """Whether a deferred foreign key is violated, as a commit would say."""
        for name in self._deferred:
            sql = "SELECT parent FROM pragma_foreign_key_check(?) LIMIT 1"
            try:
                found = self.libsql.query(sql, (name,))
            except DatabaseError:  # a key whose parent has no unique columns cannot be checked
                continue
            if found:
                message = f"FOREIGN KEY constraint failed: {name} refers to {found[0][0]}"
                return Refusal(Category.FOREIGN_KEY, message, table=folded(name), late=True)
        return None

    def _postgres_outcome(self, case: Case, answer: dict[str, object]) -> Outcome:
        refusal = None
        if answer.get("s") is not None:
            refusal = Refusal(
                postgres_category(str(answer["s"]), str(answer["c"] or "")),
                str(answer["m"]),
                folded(str(answer["c"] or "")),
                folded(str(answer["k"] or "")),
                folded(str(answer["t"] or "")),
                bool(answer["l"]),
            )
        rows: dict[str, list[tuple[object, ...]]] = {}
        reads = answer.get("r")
        if isinstance(reads, list):
            for name, found in zip(case.reads, reads, strict=False):
                rows[name] = _canonical(found, [kind for _, _, kind in self.shape(name)])
        return Outcome(bool(answer["y"]), refusal, rows)


def _insert(
    table: PairedTable, backend: Backend, values: list[tuple[str, str]], key: Collection[str]
) -> str:
    name = table.name(backend)
    if not values:
        return f"INSERT INTO {name} DEFAULT VALUES"
    columns = ", ".join(column for column, _ in values)
    texts = ", ".join(text for _, text in values)
    numbered = backend is Backend.POSTGRES and any(c.numbered for c in table.postgres.columns)
    overriding = " OVERRIDING SYSTEM VALUE" if numbered else ""
    upsert = ""
    if key:
        names = [quoted(c.name) for k in key if (c := table.by_key[k].of(backend)) is not None]
        assigned = ", ".join(f"{c} = excluded.{c}" for c, _ in values if c not in names)
        does = f"UPDATE SET {assigned}" if assigned else "NOTHING"
        upsert = f" ON CONFLICT ({', '.join(names)}) DO {does}"
    return f"INSERT INTO {name} ({columns}){overriding} VALUES ({texts}){upsert}"  # noqa: S608


def _written(table: PairedTable, row: Row, backend: Backend) -> Iterator[tuple[str, str]]:
    for key, value in row:
        column = table.by_key[key]
        side = column.of(backend)
        if side is not None:
            yield quoted(side.name), literal(value, column.kind, backend, side.type)


def _canonical(
    rows: Iterable[Sequence[object]], kinds: Sequence[LogicalType]
) -> list[tuple[object, ...]]:
    found = [
        tuple(canonical(value, kind) for value, kind in zip(row, kinds, strict=False))
        for row in rows
    ]
    return sorted(found, key=lambda row: [(value is not None, str(value)) for value in row])


_FUNCTION = """
CREATE OR REPLACE FUNCTION pg_temp.mig_assist_try(cases json) RETURNS json LANGUAGE plpgsql
AS $function$
DECLARE
    one json; step text; place integer; steps integer; answers json[] := '{}'; found json;
    reads json[]; late boolean;
    s text; m text; c text; k text; t text;
BEGIN
    FOR one IN SELECT * FROM json_array_elements(cases) LOOP
        s := NULL; m := NULL; c := NULL; k := NULL; t := NULL; late := false;
        place := 0; steps := json_array_length(one->'steps'); reads := '{}';
        BEGIN
            FOR step IN SELECT * FROM json_array_elements_text(one->'steps') LOOP
                place := place + 1;
                EXECUTE step;
            END LOOP;
            late := true;
            SET CONSTRAINTS ALL IMMEDIATE;
            late := false;
            FOR step IN SELECT * FROM json_array_elements_text(one->'reads') LOOP
                EXECUTE step INTO found;
                reads := reads || found;
            END LOOP;
            RAISE EXCEPTION 'mig_assist' USING ERRCODE = 'MIG00';
        EXCEPTION
            WHEN SQLSTATE 'MIG00' THEN NULL;
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE, m = MESSAGE_TEXT,
                    c = CONSTRAINT_NAME, k = COLUMN_NAME, t = TABLE_NAME;
        END;
        answers := answers || json_build_object('y', place = steps, 's', s, 'm', m,
            'c', c, 'k', k, 't', t, 'l', late, 'r', array_to_json(reads));
    END LOOP;
    RETURN array_to_json(answers);
END $function$
"""

_FILL = """
CREATE OR REPLACE FUNCTION pg_temp.mig_assist_fill(steps json) RETURNS json LANGUAGE plpgsql
AS $function$
DECLARE
    step text; place integer := 0; refused integer[] := '{}';
BEGIN
    FOR step IN SELECT * FROM json_array_elements_text(steps) LOOP
        BEGIN
            EXECUTE step;
        EXCEPTION
            WHEN OTHERS THEN refused := refused || place;
        END;
        place := place + 1;
    END LOOP;
    RETURN array_to_json(refused);
END $function$
"""
