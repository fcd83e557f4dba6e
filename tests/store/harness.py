"""What the fixtures in conftest.py are made of: databases of both backends, and a clock."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from repository import Store

from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.libsql import open_libsql
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url

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
    """Opens copies of a libsql file in ``folder`` that was migrated once."""
    template = folder / "template.db"
    with open_libsql(template) as database:
        migrate(database)

    @contextmanager
    def copy() -> Iterator[Database]:
        path = folder / f"{secrets.token_hex(4)}.db"
        shutil.copyfile(template, path)
        try:
            with open_libsql(path) as database:
                yield database
        finally:
            path.unlink()

    yield copy


@contextmanager
def fresh_postgres(server_url: str, migrate: Migrate) -> Iterator[FreshDatabase]:
    """Opens copies of a scratch database on a server that was migrated once."""
    with scratch_url(server_url) as template_url, open_postgres(server_url) as administration:
        with open_postgres(template_url) as database:
            migrate(database)
        template = urlsplit(template_url)

        @contextmanager
        def copy() -> Iterator[Database]:
            # A scratch name, so that mig-assist sweeps it up should this process be killed.
            name = f"mig_assist_scratch_{os.getpid()}_{secrets.token_hex(4)}"
            administration.execute(f"CREATE DATABASE {name} TEMPLATE {template.path.lstrip('/')}")
            try:
                with open_postgres(template._replace(path=f"/{name}").geturl()) as database:
                    yield database
            finally:
                administration.execute(f"DROP DATABASE {name} WITH (FORCE)")

        yield copy
