"""How often a derived counterpart is what a person wrote: of the corpus, or of a repository.

``python tests/draft/derive_rates.py`` measures the corpus in tests/pairs, and with ``--repo PATH``
every paired version of a workspace, next to sqlglot's plain transpile as the baseline.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.passed_over import without_statement
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.verify.parity.compare import column_pairs, compare
from mig_assist.verify.parity.data import compare_data, compare_rows
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.probes import probe
from mig_assist.verify.parity.versions import versions_of
from mig_assist.verify.parity.walk import is_about_rows
from mig_assist.workspace import Workspace, open_workspace
from tests.draft.schema_facts import differences
from tests.pairs.reading import House, houses

WANTED = 0.95
"""The part of the corpus that has to be equal, in each direction."""
_NOW = 120.0
"""Seconds within which a value is one of the clock's."""


class Verdict(StrEnum):
    """What became of a derived counterpart."""

    EQUAL = "equal"
    ALIKE = "alike"  # written otherwise; parity finds no error between it and its source
    MARKED = "marked"
    WRONG = "silently wrong"
    FAILS = "does not run"


@dataclass(frozen=True, slots=True)
class Result:
    """One counterpart, judged."""

    name: str
    target: Backend
    verdict: Verdict
    marks: int
    why: tuple[str, ...] = ()
    sql: str = ""

    def __str__(self) -> str:
        return f"{self.name} → {self.target}: {self.verdict}; {'; '.join(self.why)[:600]}"


Schemas = Mapping[Backend, Schema]
Deriver = Callable[[str, Backend, Schemas], tuple[str, int] | None]
"""A script, its backend and both schemas before it → the counterpart and how many marks it has;
None where there is none."""


@dataclass(frozen=True, slots=True)
class _State:
    schema: Schema
    rows: Mapping[str, Counter[str]]


class Bench:
    """Two databases that stand at the version before; each trial is rolled back."""

    def __init__(self, libsql: Database, postgres: Database) -> None:
        self.databases = {Backend.LIBSQL: libsql, Backend.POSTGRES: postgres}
        self._standing: Schemas | None = None

    @contextmanager
    def trying(self, sql: Mapping[Backend, str]) -> Iterator[None]:
        """Scripts run in transactions for the time of the body."""
        sequences = self._sequences() if Backend.POSTGRES in sql else []
        try:
            with ExitStack() as trials:
                for backend, script in sql.items():
                    self._enter(trials, self.databases[backend], _script(script))
                yield
        finally:
            if sequences:  # they do not go back with a transaction
                names, values = zip(*sequences, strict=True)
                self.databases[Backend.POSTGRES].query(
                    "SELECT setval(name::regclass, coalesce(last, 1), last IS NOT NULL)"
                    " FROM unnest(%s::text[], %s::bigint[]) AS was (name, last)",
                    (list(names), list(values)),
                )

    @staticmethod
    def _enter(trials: ExitStack, database: Database, script: MigrationScript) -> None:
        def run(left: MigrationScript) -> None:
            trials.enter_context(database.transaction(left, keep=False))

        _attempt(run, script)

    def _sequences(self) -> list[tuple[object, ...]]:
        return self.databases[Backend.POSTGRES].query(
            "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
        )

    def schemas(self, before: Mapping[Backend, str]) -> Schemas:
        """Both schemas after some scripts; they are read once where nothing is run before."""
        if not any(script.strip() for script in before.values()):
            self._standing = self._standing or self._read()
            return self._standing
        with self.trying(before):
            return self._read()

    def go_on(self, scripts: Mapping[Backend, MigrationScript]) -> None:
        """Apply a version for good, but what calls a function that only the application knows.

        Raises:
            DatabaseError: an engine does not take it.
        """
        for backend, script in scripts.items():
            _attempt(self.databases[backend].apply, script)
        self._standing = None

    def _read(self) -> Schemas:
        return {backend: read_schema(database) for backend, database in self.databases.items()}

    def state(self, backend: Backend, sql: str) -> _State:
        """What a script makes of one side.

        Raises:
            DatabaseError: it fails.
        """
        database = self.databases[backend]
        with self.trying({backend: sql}):
            schema = read_schema(database)
            rows = {
                table.name: _rows(database, table.name, [c.name for c in table.columns])
                for table in schema.tables
            }
            if backend is Backend.LIBSQL:
                dangling = database.query("PRAGMA foreign_key_check")
                rows["(dangling)"] = Counter(map(str, dangling))
            return _State(schema, rows)

    def errors(
        self, sql: Mapping[Backend, str], unchanged: Collection[str]
    ) -> set[tuple[str, str]]:
        """What parity finds wrong between two sides: rules and objects.

        Args:
            unchanged: tables of which nothing is told.

        Raises:
            DatabaseError: one of them fails.
        """
        libsql, postgres = self.databases.values()
        with self.trying(sql):
            schemas = (read_schema(libsql), read_schema(postgres))
            suspects = [
                each
                for each in compare(*schemas, HouseTypes.learn(column_pairs(*schemas)))
                if each.table.lower() not in unchanged
            ]
            found = list(probe(libsql, postgres, schemas, suspects).divergences)
            found += compare_rows(libsql, postgres, schemas)
        return _errors(each for each in found if each.table.lower() not in unchanged)

    def data_errors(
        self, before: Mapping[Backend, str], sql: Mapping[Backend, str]
    ) -> set[tuple[str, str]]:
        """What two scripts do differently to made-up rows."""

        def apply(database: Database) -> None:
            for statement in split_statements(sql[database.backend], database.backend):
                database.execute(statement.text)

        libsql, postgres = self.databases.values()
        with self.trying(before):
            schemas = (read_schema(libsql), read_schema(postgres))
            scripts = (sql[Backend.LIBSQL], sql[Backend.POSTGRES])
            return _errors(compare_data(libsql, postgres, schemas, scripts, apply, read_schema))


def _attempt(run: Callable[[MigrationScript], object], script: MigrationScript) -> None:
    """Run a script without the statements whose functions only the application knows."""
    while True:
        try:
            run(script)
            return
        except DatabaseError as error:
            left = without_statement(script, error)
            if left is None:
                raise
            script = left[0]


def _errors(divergences: Iterable[Divergence]) -> set[tuple[str, str]]:
    return {
        (each.rule, each.object)
        for each in divergences
        if each.severity == "error" or not each.decided
    }


def _script(sql: str) -> MigrationScript:
    return MigrationScript(900_000, "tried", "", sql, "tried.sql")


def _rows(database: Database, table: str, columns: Iterable[str]) -> Counter[str]:
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    names = ", ".join(map(quoted, sorted(columns))) or "1"
    rows = database.query(f"SELECT {names} FROM {quoted(table)}")
    return Counter(repr(tuple(map(_settled, row))) for row in rows)


def _settled(value: object) -> object:
    """A value; what the clock has just said is no value."""
    try:
        moment = (
            datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
            if isinstance(value, str) and len(value) > len("2000-01-01")
            else value.timestamp()
            if isinstance(value, datetime)
            else value
        )
    except ValueError:
        return value
    if isinstance(moment, int | float) and abs(moment - time.time()) < _NOW:
        return "now"
    return value.isoformat() if isinstance(value, date) else value


def judge(
    bench: Bench,
    name: str,
    before: Mapping[Backend, str],
    sql: Mapping[Backend, str],
    derivers: Collection[Deriver],
    *,
    populated: bool = False,
) -> Iterator[list[Result]]:
    """For each direction, what each deriver makes of the source.

    Args:
        before: what both databases need before.
        sql: the pair as people wrote it.
        populated: whether data statements are compared over made-up rows, too.
    """
    schemas = bench.schemas(before)
    for source in Backend:
        target = source.other
        wanted = bench.state(target, before[target] + sql[target])
        row = []
        for derive in derivers:
            derived = derive(sql[source], source, schemas)
            result = _judged(bench, name, before, sql, source, wanted, derived)
            row.append(_populated(bench, before, sql, result) if populated else result)
        yield row


def _judged(
    bench: Bench,
    name: str,
    before: Mapping[Backend, str],
    sql: Mapping[Backend, str],
    source: Backend,
    wanted: _State,
    derived: tuple[str, int] | None,
) -> Result:
    target = source.other
    if derived is None:
        return Result(name, target, Verdict.FAILS, 0, ("nothing was derived",))
    text, marks = derived
    result = Result(name, target, Verdict.EQUAL, marks, (), text)
    try:
        found = bench.state(target, before[target] + text)
    except (DatabaseError, SqlSyntaxError) as error:
        verdict = Verdict.MARKED if marks else Verdict.FAILS
        return replace(result, verdict=verdict, why=(error.message,))
    catalog = differences(wanted.schema, found.schema, target)
    data = tuple(
        f"rows of {table}: lacks {[*(rows - found.rows.get(table, Counter()))][:2]},"
        f" has {[*(found.rows.get(table, Counter()) - rows)][:2]}"
        for table, rows in wanted.rows.items()
        if rows != found.rows.get(table, Counter())
    )
    if not (catalog or data):
        return result
    result = replace(result, why=(*catalog, *data))
    if marks:
        return replace(result, verdict=Verdict.MARKED)
    if not catalog:  # one schema and other rows: nobody can take them for equal
        return replace(result, verdict=Verdict.WRONG)
    both = {source: before[source] + sql[source], target: before[target] + text}
    people = {backend: before[backend] + sql[backend] for backend in Backend}
    # What set the sides apart before, or does so as people wrote it, is not the counterpart's.
    # A house's types are learned from all columns, so that others are told of its other tables.
    same = {t.name.lower() for t in wanted.schema.tables if t in found.schema.tables}
    new = bench.errors(both, same)
    for other in (people, before):
        new = new and new - bench.errors(other, same)
    if not new:
        return replace(result, verdict=Verdict.ALIKE)
    return replace(result, verdict=Verdict.WRONG, why=(*map(str, sorted(new)), *result.why))


def _populated(
    bench: Bench, before: Mapping[Backend, str], sql: Mapping[Backend, str], result: Result
) -> Result:
    """The result after data statements have met made-up rows."""
    fine = result.verdict in (Verdict.EQUAL, Verdict.ALIKE) and not result.marks
    if not (fine and any(is_about_rows(text, backend) for backend, text in sql.items())):
        return result
    both = {**sql, result.target: result.sql}
    new = bench.data_errors(before, both) - bench.data_errors(before, sql)
    return replace(result, verdict=Verdict.WRONG, why=tuple(map(str, new))) if new else result


def plain_transpile(sql: str, source: Backend, _schemas: Schemas) -> tuple[str, int] | None:
    """sqlglot alone: the baseline."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    dialects = {Backend.LIBSQL: "sqlite", Backend.POSTGRES: "postgres"}
    try:
        found = sqlglot.transpile(sql, read=dialects[source], write=dialects[source.other])
    except SqlglotError:
        return None
    return ";\n".join(found) + ";\n", 0


def deriver(workspace: Workspace, before: int | None = None) -> Deriver:
    """What `mig-assist derive` does in a workspace, or did there before a version."""
    from mig_assist.draft.derive import derive
    from mig_assist.draft.derive.model import Context
    from mig_assist.draft.house import learn_house_style

    house = learn_house_style(workspace, before)

    def run(sql: str, source: Backend, schemas: Schemas) -> tuple[str, int]:
        context = Context(schemas[Backend.LIBSQL], schemas[Backend.POSTGRES], house)
        derived = derive(sql, source, context)
        return derived.sql, len(derived.marks)

    return run


def workspace_of(root: Path, house: House) -> Workspace:
    """A workspace whose only version is a house's own pair."""
    from tests.workspace.layouts import pair_paths, small_workspace, write, write_registry

    workspace = small_workspace(root, (17, "baseline"))
    for path, sql in zip(pair_paths(17, "baseline"), house.sql.values(), strict=True):
        write(root, path, sql)
    write_registry(root, (17, "baseline"))
    return workspace


def corpus_results(
    postgres_url: str, folder: Path, derivers: Callable[[House, Path], Collection[Deriver]]
) -> Iterator[list[Result]]:
    """Every pair of the corpus in both directions: a result for each deriver of its house."""
    for house in houses():
        with scratch_bench(postgres_url) as bench:
            bench.go_on(
                {
                    b: MigrationScript(1, "house", "", sql, house.name)
                    for b, sql in house.sql.items()
                }
            )
            chosen = derivers(house, folder / house.name)
            for pair in house.pairs:
                before = {backend: pair.before.get(backend, "") + "\n" for backend in Backend}
                yield from judge(bench, f"{house.name}/{pair.name}", before, pair.sql, chosen)


def repository_results(
    postgres_url: str, workspace: Workspace, derivers: Callable[[int], Collection[Deriver]]
) -> Iterator[list[Result]]:
    """Every paired version of a repository in both directions.

    All versions are applied, also those below the first that both sides have.

    Args:
        derivers: those for a version.
    """
    empty = dict.fromkeys(Backend, "\n")
    with scratch_bench(postgres_url) as bench:
        for version in versions_of(workspace):
            if len(version.scripts) == len(Backend):
                sql = {backend: script.sql for backend, script in version.scripts.items()}
                name = f"V{version.number} {version.scripts[Backend.LIBSQL].name}"
                chosen = derivers(version.number)
                yield from judge(bench, name, empty, sql, chosen, populated=True)
            bench.go_on(version.scripts)


@contextmanager
def scratch_bench(postgres_url: str) -> Iterator[Bench]:
    """Two empty scratch databases."""
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        yield Bench(libsql, postgres)


def table_of(results: Iterable[Result]) -> str:
    """The rates, one line for each direction."""
    results = list(results)
    lines = []
    for target in Backend:
        mine = [result for result in results if result.target is target]
        counts = Counter(result.verdict for result in mine)
        marked = sum(result.verdict is Verdict.EQUAL and result.marks > 0 for result in mine)
        shares = ", ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict)
        lines.append(
            f"{target.other} → {target}: {rate_of(results, target):.1%} of {len(mine)} ({shares};"
            f" equal though marked {marked})"
        )
    return "\n".join(lines)


def rate_of(results: Iterable[Result], target: Backend) -> float:
    """The part that is equal, in one direction."""
    mine = [result.verdict is Verdict.EQUAL for result in results if result.target is target]
    return sum(mine) / max(len(mine), 1)


def _main() -> None:
    from mig_assist import local_postgres
    from mig_assist.local_postgres import PostgresSettings, Source
    from tests.postgres_fixtures import free_port

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, help="a workspace; without it the corpus")
    parser.add_argument("--baseline", action="store_true", help="sqlglot alone")
    parser.add_argument("--only", default="", help="versions or pairs whose name has this text")
    parser.add_argument("--verbose", action="store_true", help="say what differs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mig-assist-rates-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = PostgresSettings(source=Source.EMBEDDED, port=free_port())
        server = local_postgres.start(folder, settings)
        try:
            baseline: list[Deriver] = [plain_transpile]
            if given.repo:
                workspace = open_workspace(given.repo)
                found = repository_results(
                    server.test_url,
                    workspace,
                    lambda number: (
                        baseline if given.baseline else [*baseline, deriver(workspace, number)]
                    ),
                )
            else:
                found = corpus_results(
                    server.test_url,
                    folder,
                    lambda house, root: (
                        baseline
                        if given.baseline
                        else [*baseline, deriver(workspace_of(root, house))]
                    ),
                )
            rows = [row for row in found if given.only in row[0].name]
        finally:
            local_postgres.remove(folder)
            shutil.rmtree(folder / ".mig-assist", ignore_errors=True)
    for title, results in zip(("sqlglot", "mig-assist"), zip(*rows, strict=True), strict=False):
        print(f"== {title}\n{table_of(results)}")
    if given.verbose:
        for row in rows:
            if row[-1].verdict is not Verdict.EQUAL or row[-1].marks:
                print(row[-1])


if __name__ == "__main__":
    _main()
