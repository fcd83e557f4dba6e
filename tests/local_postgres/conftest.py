"""Workspaces with servers of their own, and listeners that stand in a server's way."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psutil
import psycopg
import pytest

from mig_assist import local_postgres
from mig_assist.local_postgres import LocalServer, PostgresSettings, Source, places
from mig_assist.local_postgres.cluster import find_postmaster
from mig_assist.local_postgres.places import Place, find_place
from tests.postgres_fixtures import free_port
from tests.shared_ground.unprivileged import unprivileged as unprivileged

PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def no_given_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the machine happens to set names a server."""
    for name in ("POSTGRES_URL", "TEST_POSTGRES_URL", "DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings() -> PostgresSettings:
    """Embedded, on a port of its own."""
    return PostgresSettings(source=Source.EMBEDDED, port=free_port())


class MakeRoot(Protocol):
    """Makes an empty workspace; its servers are removed after the test."""

    def __call__(self, name: str = "workspace") -> Path: ...


@contextmanager
def _roots() -> Iterator[MakeRoot]:
    with tempfile.TemporaryDirectory(prefix="mig-assist-tests-") as folder:
        made: list[Path] = []

        def make(name: str = "workspace") -> Path:
            root = Path(folder) / name
            root.mkdir(parents=True)
            made.append(root)
            return root

        try:
            yield make
        finally:
            for root in made:
                local_postgres.remove(root)


@pytest.fixture
def make_root() -> Iterator[MakeRoot]:
    """Workspaces for one test."""
    with _roots() as make:
        yield make


@pytest.fixture
def root(make_root: MakeRoot) -> Path:
    """An empty workspace for one test, without a server."""
    return make_root()


@pytest.fixture(scope="session")
def _used_root() -> Iterator[Path]:
    with _roots() as make:
        root = make()
        local_postgres.start(root, PostgresSettings(source=Source.EMBEDDED, port=free_port()))
        yield root


@pytest.fixture
def used_root(_used_root: Path, settings: PostgresSettings) -> Path:
    """A workspace whose server has been made and is stopped; tests share it to save time."""
    local_postgres.stop(_used_root, settings)
    return _used_root


@pytest.fixture
def shared_base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What stands in for the machine's folder for data outside of workspaces."""
    with tempfile.TemporaryDirectory(prefix="mig-assist-shared-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        monkeypatch.setattr(places, "shared_bases", lambda: iter([base]))
        yield base


def place_of(root: Path) -> Place:
    """Where the workspace's embedded server is kept."""
    place = find_place(root)
    assert place is not None
    return place


def postmaster_of(root: Path) -> psutil.Process:
    """The process of the workspace's running server."""
    found = find_postmaster(place_of(root))
    assert found is not None
    return psutil.Process(found.pid)


def answers(server: LocalServer) -> bool:
    """Whether both databases of a server can be queried."""
    for url in (server.url, server.test_url):
        with psycopg.connect(url) as connection:
            if connection.execute("SELECT 1").fetchone() != (1,):
                return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again until ``condition()``."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.005)


@contextmanager
def silent_listener(port: int = 0) -> Iterator[int]:
    """Something that accepts connections and says nothing; yields its port."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()
