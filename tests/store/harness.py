"""What the fixtures in conftest.py are made of: databases of both backends, and a clock.

The databases do not wait for the disk: nothing in them has to survive a power cut.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.libsql import open_libsql
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url
from repository import Store

ROOT = Path(__file__).resolve().parents[2]
"""The workspace that these tests lie in."""

NOON = 1_767_268_800
"""2026-01-01 12:00:00 UTC, when every test begins."""

FreshDatabase = Callable[[], AbstractContextManager[Database]]
Migrate = Callable[[Database], object]


@dataclass(slots=True)
class Clock:
    """The store's clock, which moves only when a test says so."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> int:
        """Move on; returns the new time."""
        self.now += seconds
        return self.now


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A database as it was before a version, and the way to that version.

    Attributes:
        store: writes what an older gateway could have written.
        apply: migrates the database up to the version.
    """

    store: Store
    apply: Callable[[], None]


def until(version: int, scripts: Sequence[MigrationScript]) -> tuple[MigrationScript, ...]:
    """The scripts up to a version, that one included."""
    return tuple(script for script in scripts if script.version <= version)


@contextmanager
def fresh_libsql(folder: Path, migrate: Migrate) -> Iterator[FreshDatabase]:
    """Opens copies of a file in ``folder`` that was migrated once."""
    template = folder / "template.db"
    with open_libsql(template) as database:
        migrate(database)

    @contextmanager
    def copy() -> Iterator[Database]:
        path = folder / f"{secrets.token_hex(4)}.db"
        shutil.copyfile(template, path)
        try:
            with open_libsql(path) as database:
                database.execute("PRAGMA synchronous = OFF")
                yield database
        finally:
            path.unlink()

    yield copy


@contextmanager
def fresh_postgres(server_url: str, migrate: Migrate) -> Iterator[FreshDatabase]:
    """Opens one scratch database on a server again and again, each time as migrated.

    It is emptied and refilled with what the migrations put there, because a copy of a whole
    database can take half a second.
    """
    with scratch_url(server_url) as url:
        with open_postgres(url) as database:
            migrate(database)
            tables = [f'"{table}"' for table in database.application_tables()]
            filled = [table for table in tables if database.query(f"SELECT FROM {table} LIMIT 1")]
            database.execute("CREATE SCHEMA as_migrated")
            for table in filled:
                database.execute(f"CREATE TABLE as_migrated.{table} AS TABLE {table}")
        deletions = [f"DELETE FROM {table}" for table in tables]
        refills = [f"INSERT INTO {table} SELECT * FROM as_migrated.{table}" for table in filled]

        @contextmanager
        def reopen() -> Iterator[Database]:
            with open_postgres(url) as database:
                database.execute("SET synchronous_commit = off")
                try:
                    _at_once(database, deletions)
                except DatabaseError:  # a trigger may refuse deletions; it does not see this
                    database.execute(f"TRUNCATE {', '.join(tables)}")
                _at_once(database, refills)
                yield database

        yield reopen


def _at_once(database: Database, changes: Sequence[str]) -> None:
    """Make changes in one statement, at whose end PostgreSQL looks at the foreign keys."""
    if changes:
        parts = (f"change_{number} AS ({change})" for number, change in enumerate(changes))
        database.execute(f"WITH {', '.join(parts)} SELECT")
