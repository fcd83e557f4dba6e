"""Fixtures of the engine tests: a test that asks for ``database`` runs on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import Database
from mig_assist.engines.scratch import scratch_database


@pytest.fixture(params=list(Backend), ids=str)
def backend(request: pytest.FixtureRequest) -> Backend:
    """The backend that a test runs on."""
    chosen: Backend = request.param
    return chosen


@pytest.fixture
def server_url(backend: Backend, request: pytest.FixtureRequest) -> str | None:
    """The PostgreSQL server, which is started only for tests that run on it."""
    if backend is Backend.LIBSQL:
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(backend: Backend, server_url: str | None) -> Iterator[Database]:
    """An empty scratch database."""
    with scratch_database(backend, server_url) as database:
        yield database
