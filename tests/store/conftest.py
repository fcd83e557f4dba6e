"""The fixtures of the store tests: a test that asks for ``store`` runs on both backends.

``-k libsql`` and ``-k postgres`` select one of them. The PostgreSQL server is the one of
TEST_POSTGRES_URL, else of POSTGRES_URL, else the workspace's own local one, which is started when
it does not run yet. These tests are never skipped for want of a server: they fail and say why.

A test of a new migration needs little more than this::

    def test_a_profile_belongs_to_a_known_route(store, sample):
        with refused(Refusal.FOREIGN_KEY):
            store.insert("route_compatibility_profiles", id="p", route_id="route_unknown")

    def test_existing_routes_survive(store_before):
        upgrade = store_before(18)
        sample = populate(upgrade.store)
        upgrade.apply()
        assert upgrade.store.count("routes", id=sample.route) == 1
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

# The tests import repository.py and its neighbours by name, wherever pytest was started.
sys.path.insert(0, str(Path(__file__).parent))

from harness import ROOT, Clock, FreshDatabase, Upgrade, fresh_libsql, fresh_postgres, until
from mig_assist.backend import Backend
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.runner import apply_pending
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.scripts import migration_scripts
from mig_assist.errors import MigAssistError
from mig_assist.local_postgres import running, settings_for, start
from mig_assist.workspace import Workspace, open_workspace
from repository import Store
from sample import Sample, populate


@pytest.fixture(scope="session", params=list(Backend), ids=str)
def backend(request: pytest.FixtureRequest) -> Backend:
    """The backend that a test runs on; its name is part of the test's id."""
    chosen: Backend = request.param
    return chosen


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """The workspace that these tests lie in."""
    return open_workspace(ROOT)


@pytest.fixture(scope="session")
def scripts(backend: Backend, workspace: Workspace) -> tuple[MigrationScript, ...]:
    """Every registered migration."""
    return migration_scripts(workspace, backend)


@pytest.fixture(scope="session")
def postgres_server(workspace: Workspace) -> str:
    """The URL of a PostgreSQL server on which scratch databases may be created."""
    settings = settings_for(workspace, os.environ)
    try:
        server = running(workspace.root, settings) or start(workspace.root, settings)
    except MigAssistError as error:
        pytest.fail(f"The store tests need a PostgreSQL.\n{error}", pytrace=False)
    return server.test_url


@pytest.fixture(scope="session")
def fresh_database(
    backend: Backend,
    workspace: Workspace,
    scripts: tuple[MigrationScript, ...],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[FreshDatabase]:
    """Opens a database as the migrations leave it; close it before the next one is opened."""

    def migrate(database: Database) -> None:
        apply_pending(database, scripts, baseline=workspace.config.baseline)

    databases: AbstractContextManager[FreshDatabase]
    if backend is Backend.LIBSQL:
        databases = fresh_libsql(tmp_path_factory.mktemp("libsql"), migrate)
    else:
        databases = fresh_postgres(request.getfixturevalue("postgres_server"), migrate)
    with databases as fresh:
        yield fresh


@pytest.fixture
def clock() -> Clock:
    """The clock of ``store``."""
    return Clock()


@pytest.fixture
def store(fresh_database: FreshDatabase, clock: Clock) -> Iterator[Store]:
    """A store of the test's own, with every migration applied."""
    with fresh_database() as database:
        yield Store(database, clock)


@pytest.fixture
def sample(store: Store) -> Sample:
    """``store`` populated with a small gateway; the ids of what it holds."""
    return populate(store)


@pytest.fixture
def store_before(
    backend: Backend,
    workspace: Workspace,
    scripts: tuple[MigrationScript, ...],
    clock: Clock,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[int], Upgrade]]:
    """``store_before(18)`` gives a store without V18, to be filled and then upgraded to it."""
    server = request.getfixturevalue("postgres_server") if backend is Backend.POSTGRES else None
    with scratch_database(backend, server) as database:

        def migrate(version: int) -> None:
            apply_pending(database, until(version, scripts), baseline=workspace.config.baseline)

        def open_before(version: int) -> Upgrade:
            migrate(version - 1)
            return Upgrade(Store(database, clock), lambda: migrate(version))

        yield open_before
