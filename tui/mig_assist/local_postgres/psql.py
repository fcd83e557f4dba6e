"""Asking the embedded server through the wheel's own ``psql``.

It answers within some milliseconds, where loading psycopg alone takes a fifth of a second.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from mig_assist.local_postgres.installation import Installation, environment
from mig_assist.local_postgres.own_server import HOST, SUPERUSER
from mig_assist.local_postgres.probe import CONNECT_SECONDS, Answer, NoAnswer
from mig_assist.local_postgres.state import State

_SECONDS = 60.0


def ask(installation: Installation, state: State) -> Answer:
    """Ask the server that ``state`` describes who it is; see :func:`probe.ask_own`.

    Raises:
        NoAnswer: it does not run, or something else has its port.
    """
    version, *databases = _query(
        installation, state, ["SHOW server_version", "SELECT datname FROM pg_database"]
    )
    return Answer(version.split()[0], frozenset(databases))


def create_databases(installation: Installation, state: State, names: Sequence[str]) -> None:
    """Create databases; ``FILE_COPY`` is the quicker strategy where nothing is flushed to disk.

    Raises:
        NoAnswer: the server refused; it said why.
    """
    _query(installation, state, [f"CREATE DATABASE {name} STRATEGY file_copy" for name in names])


def _query(installation: Installation, state: State, statements: Sequence[str]) -> list[str]:
    arguments = [argument for statement in statements for argument in ("-c", statement)]
    try:
        completed = subprocess.run(
            [str(installation.program("psql")), "-XAtqw", "-v", "ON_ERROR_STOP=1", *arguments],
            env={
                **environment(),
                "PGHOST": HOST,
                "PGPORT": str(state.port),
                "PGUSER": SUPERUSER,
                "PGPASSWORD": state.password,
                "PGDATABASE": "postgres",
                "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
                "PGREQUIREAUTH": "scram-sha-256",
                "PGSSLMODE": "disable",
                "PGGSSENCMODE": "disable",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswer(str(error)) from None
    if completed.returncode != 0:
        raise NoAnswer(" ".join(completed.stderr.split()))
    return completed.stdout.splitlines()
