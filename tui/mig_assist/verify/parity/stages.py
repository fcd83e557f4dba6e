"""Both engines on their way through the versions, side by side in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError
from mig_assist.engines.kept import Shelf, Stage, staged
from mig_assist.engines.passed_over import PassedOver
from mig_assist.engines.refusals import Refusal, VersionFailed
from mig_assist.engines.replay import Change
from mig_assist.engines.schema import Schema
from mig_assist.engines.transaction import runnable
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.versions import Version

if TYPE_CHECKING:
    from mig_assist.verify.parity.history import Step

_T = TypeVar("_T")


class Stages:
    """A stage of each engine; PostgreSQL's server works while libsql does in this process.

    Attributes:
        failures: what failed on the way, by side; that side goes no further.
        engines: the versions of the engines that really answer.
    """

    def __init__(self, pool: ThreadPoolExecutor, stages: Mapping[Backend, Stage]) -> None:
        self._pool = pool
        self._stages = stages
        self._warming: Future[None] = pool.submit(lambda: None)
        self.failures: dict[Backend, VersionFailed] = {}
        self.engines = {b: stage.database.engine_version() for b, stage in stages.items()}

    def database(self, backend: Backend) -> Database:
        """One side's database."""
        self._warming.result()
        return self._stages[backend].database

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """Data statements that were left out, since only the application knows what they call."""
        return tuple(found for stage in self._stages.values() for found in stage.passed_over)

    @property
    def refusals(self) -> Mapping[Backend, Sequence[Refusal]]:
        """What was left out of each side, since its engine refused it."""
        return {b: tuple(stage.refusals) for b, stage in self._stages.items() if stage.refusals}

    def warm_up(self) -> None:
        """Have libsql read its catalog again, as it must after a rollback, while nobody waits."""
        libsql = self._stages[Backend.LIBSQL].database

        def look() -> None:
            with suppress(DatabaseError):  # the next one who asks is told
                libsql.query("SELECT count(*) FROM main.sqlite_schema")

        self._warming = self._pool.submit(look)

    def begin(self) -> Step:
        """What both sides hold before the versions that are looked at.

        Raises:
            DatabaseError: an engine does not answer.
        """
        from mig_assist.verify.parity.history import Step

        return Step(None, self._both(lambda backend: self._stages[backend].begin()))

    def take(self, versions: Sequence[Version]) -> list[Step]:
        """Apply versions on both sides for good, as far as both go along."""

        def walk(backend: Backend) -> list[Change | None]:
            done: list[Change | None] = []
            scripts = [version.scripts.get(backend) for version in versions]
            changes = self._stages[backend].apply([script for script in scripts if script])
            for script in scripts:
                try:
                    done.append(next(changes) if script else None)
                except VersionFailed as failure:
                    self.failures[backend] = failure
                    break
            return done

        self._warming.result()
        walked = both(self._pool, walk)
        return [
            step_of(version, {Backend.LIBSQL: mine, Backend.POSTGRES: other})
            for version, mine, other in zip(
                versions, walked[Backend.LIBSQL], walked[Backend.POSTGRES], strict=False
            )
        ]

    def compare_data(
        self, version: Version, schemas: tuple[Schema, Schema]
    ) -> tuple[Divergence, ...]:
        """What a version does to rows, on databases that stand at the version before it."""
        from mig_assist.verify.parity.data import compare_data

        def apply(database: Database) -> None:
            for statement in statements.get(database.backend, ()):
                database.execute(statement.text)

        libsql, postgres = (self.database(backend) for backend in Backend)
        mine, other = map(version.scripts.get, Backend)
        try:
            statements = {
                backend: runnable(self._stages[backend].as_far_as_known(script), backend).inside
                for backend, script in version.scripts.items()
            }
        except DatabaseError:
            return ()  # whoever applies the version says so
        texts = (mine.sql if mine else "", other.sql if other else "")
        with libsql.rolled_back(mine), postgres.rolled_back(other):
            return compare_data(libsql, postgres, schemas, texts, apply, read_schema)

    @contextmanager
    def trial(self, version: Version) -> Iterator[Step | None]:
        """Run a version on both sides for the time of the body; None where one of them fails."""
        self._warming.result()
        with ExitStack() as trials:

            def enter(backend: Backend) -> Change | None:
                script = version.scripts.get(backend)
                if script is None:
                    trials.enter_context(self.database(backend).rolled_back())
                    return None
                return trials.enter_context(self._stages[backend].trial(script))

            changes = self._both(enter)
            yield None if self.failures else step_of(version, changes)

    def _both(self, work: Callable[[Backend], _T]) -> dict[Backend, _T]:
        """What both sides answer; one that fails is absent, and is known to have failed."""

        def attempt(backend: Backend) -> _T | None:
            try:
                return work(backend)
            except VersionFailed as failure:
                self.failures[backend] = failure
                return None

        done = both(self._pool, attempt)
        return {b: done[b] for b in Backend if b not in self.failures}  # type: ignore[misc]


def step_of(version: Version, changes: Mapping[Backend, Change | None]) -> Step:
    """What a version did, on the sides that have a file of it."""
    from mig_assist.verify.parity.history import Step

    return Step(version.number, {b: c for b, c in changes.items() if c is not None})


def both(pool: ThreadPoolExecutor, work: Callable[[Backend], _T]) -> dict[Backend, _T]:
    """Work on both engines at once; returns, or raises, when both are done."""
    other = pool.submit(work, Backend.POSTGRES)
    try:
        mine = work(Backend.LIBSQL)
    finally:
        wait([other])
    return {Backend.LIBSQL: mine, Backend.POSTGRES: other.result()}


@contextmanager
def open_stages(shelf: Shelf, base: Sequence[Version], *, commits: bool) -> Iterator[Stages]:
    """Both engines with the versions that need not be looked at; see :func:`staged`.

    Raises:
        DatabaseError: an engine does not answer.
        WrongUse: scratch databases may not be made on this server.
    """
    with ThreadPoolExecutor(1) as pool, ExitStack() as libsql, ExitStack() as postgres:
        stacks = {Backend.LIBSQL: libsql, Backend.POSTGRES: postgres}

        def enter(backend: Backend) -> Stage:
            scripts = [v.scripts[backend] for v in base if backend in v.scripts]
            stage = stacks[backend].enter_context(staged(shelf, backend, scripts, commits=commits))
            if backend is Backend.LIBSQL:
                # What comparing takes is loaded while the server makes the other database.
                import_module("mig_assist.verify.parity.walk")
            return stage

        yield Stages(pool, both(pool, enter))
