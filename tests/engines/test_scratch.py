"""Scratch databases come and go; nothing else on a server is ever dropped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import PREFIX, scratch_database, scratch_url, sweep
from mig_assist.errors import WrongUse
from mig_assist.local_postgres.urls import parse_url, with_database


def databases(postgres_url: str) -> set[str]:
    with open_postgres(postgres_url) as server:
        return {str(name) for (name,) in server.query("SELECT datname FROM pg_database")}


def test_an_empty_database_is_given(database: Database) -> None:
    assert database.application_tables() == ()


def test_the_name_holds_the_process_and_the_database_goes_with_the_block(
    postgres_url: str,
) -> None:
    with scratch_url(postgres_url) as url:
        name = parse_url(url).database
        assert name.startswith(f"{PREFIX}{os.getpid()}_")
        assert name in databases(postgres_url)
    assert name not in databases(postgres_url)


def test_it_goes_when_the_body_raises_and_though_somebody_is_connected(postgres_url: str) -> None:
    name, others = "", []

    def body() -> None:
        nonlocal name
        with scratch_url(postgres_url) as url:
            name = parse_url(url).database
            others.append(open_postgres(url))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        body()
    assert name not in databases(postgres_url)
    for other in others:
        other.close()


def test_it_goes_when_the_connection_died(postgres_url: str) -> None:
    names: list[object] = []

    def body() -> None:
        with scratch_database(Backend.POSTGRES, postgres_url) as database:
            names.extend(database.query("SELECT current_database()")[0])
            database.query("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseError, match="ended the connection"):
        body()
    assert not set(names) & databases(postgres_url)


def test_a_libsql_file_goes_with_its_folder() -> None:
    with scratch_database(Backend.LIBSQL) as database:
        [(path,)] = database.query("SELECT file FROM pragma_database_list")
        assert Path(str(path)).parent.name.startswith(PREFIX)
    assert not Path(str(path)).parent.exists()


def test_what_a_killed_process_left_is_swept_and_nothing_else(postgres_url: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = f"{PREFIX}{ended.pid}_0a1b"
    kept = {
        f"{PREFIX}{os.getppid()}_0a1b",
        f"{PREFIX}{ended.pid}_0a1b_of_mine",
        f"my_{PREFIX}{ended.pid}_0a1b",
        f"{PREFIX}x_0a1b",
    }
    with open_postgres(postgres_url) as server:
        try:
            for name in (left, *kept):
                server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            assert sweep(postgres_url) == (left,)
            assert kept <= databases(postgres_url)
            assert left not in databases(postgres_url)
        finally:
            for name in (left, *kept):
                server.execute(f'DROP DATABASE IF EXISTS "{name}"')


def test_a_database_that_somebody_uses_is_not_swept(postgres_url: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = f"{PREFIX}{ended.pid}_0a1c"
    with open_postgres(postgres_url) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with open_postgres(with_database(postgres_url, name)):
            assert sweep(postgres_url) == ()
        with scratch_url(postgres_url):  # the next scratch database sweeps by itself
            assert name not in databases(postgres_url)


REMOTE = "postgresql://user:secret@db.invalid/{name}"


def test_a_server_elsewhere_is_refused() -> None:
    with pytest.raises(WrongUse, match="not on this machine") as caught:
        scratch_url(REMOTE.format(name="mig_assist_ci")).__enter__()
    assert "secret" not in str(caught.value)
    assert sweep(REMOTE.format(name="mig_assist_ci")) == ()


def test_a_server_elsewhere_that_is_allowed_needs_a_database_meant_for_it() -> None:
    with pytest.raises(WrongUse, match="not meant for scratch work"):
        scratch_url(REMOTE.format(name="production"), allow_remote=True).__enter__()
    with pytest.raises(DatabaseError, match="cannot be reached"):
        scratch_url(REMOTE.format(name="mig_assist_ci"), allow_remote=True).__enter__()


def test_postgresql_needs_a_server() -> None:
    with pytest.raises(WrongUse, match="No PostgreSQL"):
        scratch_database(Backend.POSTGRES).__enter__()
