"""Scratch databases: created for one proof, always dropped, never one of the user's.

On PostgreSQL their names hold the process that owns them, so that those of a process that was
killed can be told from those in use.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError
from mig_assist.errors import WrongUse
from mig_assist.local_postgres.urls import is_local, require_usable, with_database

PREFIX = "mig_assist_scratch_"
"""How the name of every scratch database begins; nothing else is ever dropped."""

_NAME = re.compile(rf"{PREFIX}(?P<process>\d+)_[0-9a-f]+")
_UNUSED = """
    SELECT datname FROM pg_database d
     WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid) ORDER BY datname
"""
_NOT_OURS_TO_DROP = ("55006", "42501")
"""object_in_use, insufficient_privilege."""


@contextmanager
def scratch_database(
    backend: Backend, postgres_url: str | None = None, *, allow_remote: bool = False
) -> Iterator[Database]:
    """An empty database of a backend, dropped afterwards in any case.

    Args:
        backend: which engine; libsql's is a file in a temporary folder.
        postgres_url: the server for PostgreSQL.
        allow_remote: see :func:`scratch_url`.

    Raises:
        WrongUse: PostgreSQL without a URL, or with one that may not be used.
        DatabaseError: the database cannot be created.
    """
    if backend is Backend.LIBSQL:
        from mig_assist.engines.libsql import open_libsql

        with (
            tempfile.TemporaryDirectory(prefix=PREFIX) as folder,
            open_libsql(Path(folder) / "scratch.db") as database,
        ):
            yield database
        return
    if postgres_url is None:
        raise WrongUse(
            "No PostgreSQL to work on",
            "A scratch database needs a server.",
            "Start one with `mig-assist postgres start`.",
        )
    from mig_assist.engines.postgres import open_postgres

    with (
        scratch_url(postgres_url, allow_remote=allow_remote) as url,
        open_postgres(url) as postgres,
    ):
        yield postgres


@contextmanager
def scratch_url(postgres_url: str, *, allow_remote: bool = False) -> Iterator[str]:
    """The URL of an empty database on a server, dropped afterwards in any case.

    Args:
        postgres_url: a database on the server, whose user may create databases.
        allow_remote: also use a server elsewhere, if the database's name begins with
            ``mig_assist``, by which its owner says that it is meant for this.

    Raises:
        WrongUse: the URL may not be used.
        DatabaseError: the database cannot be created.
    """
    from mig_assist.engines.postgres import open_postgres

    parts = require_usable(postgres_url, allow_remote=allow_remote)
    if not is_local(postgres_url) and not parts.database.startswith("mig_assist"):
        raise WrongUse(
            "This remote database is not meant for scratch work",
            f"Its name is {parts.database}.",
            "Give the URL of a database whose name begins with mig_assist, or use a local server.",
        )
    name = f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
    with open_postgres(postgres_url) as server:
        if is_local(postgres_url):
            _sweep(server)
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield with_database(postgres_url, name)
    except BaseException:
        with suppress(DatabaseError):  # what went wrong inside is what matters; sweep() follows
            _drop(postgres_url, name)
        raise
    _drop(postgres_url, name)


def sweep(postgres_url: str) -> tuple[str, ...]:
    """Drop the scratch databases whose process has ended; return their names.

    Process numbers mean something on their own machine only, so a server elsewhere is left
    alone, and so is a database that anybody is connected to.

    Raises:
        DatabaseError: the server does not answer.
    """
    from mig_assist.engines.postgres import open_postgres

    if not is_local(postgres_url):
        return ()
    with open_postgres(postgres_url) as server:
        return _sweep(server)


def _sweep(server: Database) -> tuple[str, ...]:
    import psutil

    dropped: list[str] = []
    for (name,) in server.query(_UNUSED):
        owned = _NAME.fullmatch(str(name))
        if owned is None or psutil.pid_exists(int(owned["process"])):
            continue
        try:
            server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        except DatabaseError as error:
            if error.sqlstate not in _NOT_OURS_TO_DROP:
                raise
        else:
            dropped.append(str(name))
    return tuple(dropped)


def _drop(postgres_url: str, name: str) -> None:
    from mig_assist.engines.postgres import open_postgres

    with open_postgres(postgres_url) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
