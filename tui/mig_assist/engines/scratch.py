"""Scratch databases: created for one proof, always dropped, never one of the user's.

On PostgreSQL their names hold the process that owns them, so that those of a process that was
killed can be told from those in use. The few that are kept from run to run belong to a workspace
instead, see :mod:`mig_assist.engines.kept`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError
from mig_assist.errors import WrongUse
from mig_assist.local_postgres.server_processes import is_running
from mig_assist.local_postgres.urls import is_local, require_usable, with_database

PREFIX = "mig_assist_scratch_"
"""How the name of every scratch database begins; nothing else is ever dropped."""

KEPT_PREFIX = f"{PREFIX}keep_"
"""How the names of those begin that are kept; a comment on each says for whom, and since when."""

KEPT_SECONDS = 14 * 24 * 3600
"""How long a kept database may lie unused."""

_NAME = re.compile(rf"{PREFIX}(?P<process>\d+)_[0-9a-f]+")
_KEPT_NAME = re.compile(rf"{KEPT_PREFIX}[0-9a-f]{{16}}_[0-9a-f]{{16}}")
_UNUSED = """
    SELECT datname, shobj_description(d.oid, 'pg_database') FROM pg_database d
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

        with scratch_folder() as folder, open_libsql(folder / "scratch.db") as database:
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
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for a libsql file; those that killed processes left are removed first."""
    with os.scandir(tempfile.gettempdir()) as entries:
        left = [
            entry.path
            for entry in entries
            if (owned := _NAME.fullmatch(entry.name)) and not is_running(int(owned["process"]))
        ]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    folder = Path(tempfile.gettempdir()) / scratch_name()
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

    require_scratch_server(postgres_url, allow_remote=allow_remote)
    name = scratch_name()
    with open_postgres(postgres_url) as server:
        if is_local(postgres_url):
            sweep_server(server)
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield with_database(postgres_url, name)
    except BaseException:
        with suppress(DatabaseError):  # what went wrong inside is what matters; sweep() follows
            _drop(postgres_url, name)
        raise
    _drop(postgres_url, name)


def require_scratch_server(postgres_url: str, *, allow_remote: bool = False) -> None:
    """Refuse a server on which scratch databases may not be made.

    Raises:
        WrongUse: see :func:`scratch_url`.
    """
    parts = require_usable(postgres_url, allow_remote=allow_remote)
    if not is_local(postgres_url) and not parts.database.startswith("mig_assist"):
        raise WrongUse(
            "This remote database is not meant for scratch work",
            f"Its name is {parts.database}.",
            "Give the URL of a database whose name begins with mig_assist, or use a local server.",
        )


def scratch_name() -> str:
    """A name for a scratch database of this process."""
    return f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}"


def sweep(postgres_url: str) -> tuple[str, ...]:
    """Drop the scratch databases that nobody needs any more; return their names.

    Those are the ones whose process has ended, and kept ones whose workspace is gone or which
    were not used for long.

    Process numbers mean something on their own machine only, so a server elsewhere is left
    alone, and so is a database that anybody is connected to.

    Raises:
        DatabaseError: the server does not answer.
    """
    from mig_assist.engines.postgres import open_postgres

    if not is_local(postgres_url):
        return ()
    with open_postgres(postgres_url) as server:
        return sweep_server(server)


def sweep_server(server: Database) -> tuple[str, ...]:
    """As :func:`sweep`, on a server of this machine that is connected already."""
    dropped: list[str] = []
    for name, comment in server.query(_UNUSED):
        if _is_rubbish(str(name), str(comment or "")) and drop_unused(server, str(name)):
            dropped.append(str(name))
    return tuple(dropped)


def drop_unused(server: Database, name: str) -> bool:
    """Drop a database, unless somebody uses it or may not have it dropped by us."""
    try:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
    except DatabaseError as error:
        if error.sqlstate not in _NOT_OURS_TO_DROP:
            raise
        return False
    return True


def _is_rubbish(name: str, comment: str) -> bool:
    if owned := _NAME.fullmatch(name):
        return not is_running(int(owned["process"]))
    if not _KEPT_NAME.fullmatch(name):
        return False
    kept = KeptNote.parse(comment)
    return (
        kept is None or time.time() - kept.used > KEPT_SECONDS or not os.path.isdir(kept.workspace)  # noqa: PTH112
    )


class KeptNote(NamedTuple):
    """What the comment on a kept database says; ``used`` is in unix seconds."""

    workspace: str
    used: float

    @classmethod
    def parse(cls, comment: str) -> KeptNote | None:
        """The inverse of :meth:`text`; None for anything else."""
        try:
            data = json.loads(comment)
            return cls(str(data["workspace"]), float(data["used"]))
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(self._asdict())


def _drop(postgres_url: str, name: str) -> None:
    from mig_assist.engines.postgres import open_postgres

    with open_postgres(postgres_url) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
