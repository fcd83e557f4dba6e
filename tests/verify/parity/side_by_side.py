"""Two real databases with one schema each, in transactions that are rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.schema import Schema, Table
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.statements import split_statements
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.probes import ProbeResult, probe
from mig_assist.verify.parity.probes.cases import concerns_probes


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both databases; what a test does in them is undone after :meth:`holding`."""

    libsql: Database
    postgres: Database

    @contextmanager
    def holding(self, libsql: str, postgres: str) -> Iterator[tuple[Schema, Schema]]:
        """Both databases with a schema each, inside a transaction; yields the two schemas."""
        for database in (self.libsql, self.postgres):
            database.execute("BEGIN")
        try:
            run(self.libsql, libsql)
            run(self.postgres, postgres)
            yield read_schema(self.libsql), read_schema(self.postgres)
        finally:
            for database in (self.libsql, self.postgres):
                database.execute("ROLLBACK")

    def probed(
        self, libsql: str, postgres: str, *suspects: Divergence, everything: bool = False
    ) -> ProbeResult:
        """What probing finds of the suspects: those of the comparison where none are given."""
        with self.holding(libsql, postgres) as schemas:
            found = suspects or (
                suspicions(*schemas)
                if everything
                else compare(*schemas, HouseTypes.learn(column_pairs(*schemas)))
            )
            result = probe(self.libsql, self.postgres, schemas, found)
            assert_untouched(self, schemas)
            return result


@contextmanager
def side_by_side(postgres_url: str) -> Iterator[SideBySide]:
    """Two empty scratch databases."""
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        yield SideBySide(libsql, postgres)


def run(database: Database, sql: str) -> None:
    """Run a script in an open transaction."""
    for statement in split_statements(sql, database.backend):
        database.execute(statement.text)


def assert_untouched(side: SideBySide, schemas: tuple[Schema, Schema]) -> None:
    """No row is left behind, and the transactions are still good."""
    for database, schema in zip((side.libsql, side.postgres), schemas, strict=True):
        for table in schema.tables:
            name = table.name.replace('"', '""')
            assert database.query(f'SELECT count(*) FROM "{name}"') == [(0,)], table.name
        assert database.query("SELECT 1") == [(1,)]


def suspect(rule: str, table: str, thing: str, *texts: str | None) -> Divergence:
    """An undecided divergence."""
    libsql, postgres = texts or (None, None)
    return Divergence(
        f"parity/{rule}", Severity.WARNING, thing, table, None, libsql, postgres,
        f"{thing} differs.", "Do something.", decided=False,
    )  # fmt: skip


def suspicions(libsql: Schema, postgres: Schema) -> list[Divergence]:
    """Everything that behaviour can tell something about, as if no text could be compared."""
    found: list[Divergence] = []
    for mine in libsql.tables:
        other = postgres.table(mine.name) or postgres.table(mine.name.lower())
        if other is not None:
            found += _of_table(mine, other)
    return [one for one in found if concerns_probes(one)]


def _of_table(mine: Table, other: Table) -> Iterator[Divergence]:
    name = mine.name
    for check in mine.checks:
        thing = f"{name}: CHECK {check.name or check.expression}"
        yield suspect("check", name, thing, check.expression, None)
    for check in other.checks:
        yield suspect("check", name, f"{name}: CHECK {check.name}", None, check.expression)
    for trigger in mine.triggers:
        yield suspect("trigger", name, trigger.name, trigger.name, None)
    for trigger in other.triggers:
        yield suspect("trigger", name, trigger.name, None, trigger.name)
    for key in mine.foreign_keys:
        thing = f"{name}: FOREIGN KEY ({', '.join(key.columns)})"
        yield suspect("foreign-key", name, thing)
    for unique in mine.uniques:
        yield suspect("unique", name, f"{name}: UNIQUE ({', '.join(unique.columns)})")
    for index in mine.indexes:
        if index.unique:
            yield suspect("index", name, index.name)
    for column in mine.columns:
        twin = next((c for c in other.columns if c.name.lower() == column.name.lower()), None)
        thing = f"{name}.{column.name}"
        if twin is not None and (column.default or twin.default):
            yield suspect("default", name, thing, column.default, twin.default)
        if twin is not None and (column.generated or twin.generated):
            yield suspect("generated", name, thing, column.generated, twin.generated)
