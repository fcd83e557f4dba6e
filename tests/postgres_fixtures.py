"""Real PostgreSQL servers for the tests: embedded ones, and a Docker engine to run others in."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mig_assist import local_postgres
from mig_assist.engines.kept import Shelf
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import PREFIX
from mig_assist.local_postgres import PostgresSettings, Source

if TYPE_CHECKING:
    from tests.docker_engine import TestEngine


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real embedded server in a temporary folder; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="mig-assist-tests-") as folder:
        root = Path(folder)
        settings = PostgresSettings(source=Source.EMBEDDED, port=free_port())
        try:
            yield local_postgres.start(root, settings).test_url
        finally:
            local_postgres.remove(root)


def scratch_databases(postgres_url: str) -> set[str]:
    """The names of the scratch databases on a server, of whoever made them."""
    with open_postgres(postgres_url) as server:
        names = {str(name) for (name,) in server.query("SELECT datname FROM pg_database")}
    return {name for name in names if name.startswith(PREFIX)}


@contextmanager
def keeping_shelf(root: Path, postgres_url: str) -> Iterator[Shelf]:
    """A shelf that keeps databases for a workspace until here, and not for other tests to see."""
    shelf = Shelf(root, postgres_url, keeps=True)
    try:
        yield shelf
    finally:
        with open_postgres(postgres_url) as server:
            for name in scratch_databases(postgres_url):
                if shelf.owner in name:
                    server.execute(f'DROP DATABASE "{name}"')


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[TestEngine]:
    """A real Docker engine of its own with an image of PostgreSQL; stopped at the end."""
    from tests.docker_engine import running_engine

    with running_engine() as engine:
        yield engine
