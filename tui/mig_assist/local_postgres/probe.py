"""Asking a PostgreSQL server who it is.

Only a server that answers an authenticated query counts as there: something else may listen on
its port, or accept a connection and say nothing.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 4
"""How long one attempt may take; libpq rounds anything below 2 up."""


class NoAnswer(Exception):
    """The server did not answer; ``reason`` is what it, or libpq, said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def wrong_password(self) -> bool:
        """Whether a server with English messages, as ours are, refused the password."""
        return "password authentication failed" in self.reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of our own servers said about itself."""

    version: str
    databases: frozenset[str]


def listens(host: str, port: int) -> bool:
    """Whether anything accepts a connection at this address of this machine; quick."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def ask_version(url: str) -> str:
    """The version of any PostgreSQL, such as ``17.6``.

    Raises:
        NoAnswer: it cannot be reached or does not let us in.
    """
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            row = connection.execute("SELECT current_setting('server_version')").fetchone()
    except psycopg.Error as error:
        raise NoAnswer(_told(error)) from None
    return str(row[0]).split()[0] if row else "unknown"


def ask_own(url: str) -> Answer:
    """Ask a server that mig-assist started.

    Both sides prove that they know the password: with SCRAM the server proves it too
    (PostgreSQL manual, 32.1.2, ``require_auth``), so a stranger on the port never passes.

    Raises:
        NoAnswer: it cannot be reached, or it is not ours.
    """
    import psycopg

    try:
        with _connect_own(url) as connection:
            row = connection.execute(
                "SELECT current_setting('server_version'),"
                " array(SELECT datname::text FROM pg_database)"
            ).fetchone()
    except psycopg.Error as error:
        raise NoAnswer(_told(error)) from None
    if row is None:
        raise NoAnswer("it answered with nothing")
    version, databases = row
    return Answer(str(version).split()[0], frozenset(databases))


def create_databases(url: str, names: Sequence[str]) -> None:
    """Create databases on one of our own servers.

    Raises:
        NoAnswer: the server refused; it said why.
    """
    import psycopg
    from psycopg.sql import SQL, Identifier

    try:
        with _connect_own(url) as connection:
            for name in names:
                connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    except psycopg.Error as error:
        raise NoAnswer(_told(error)) from None


def wait_for(ask: Callable[[], Answer], seconds: float, failed: Callable[[], bool]) -> Answer:
    """Ask again and again until there is an answer.

    Args:
        ask: one attempt.
        seconds: how long to try.
        failed: whether trying on is pointless, because the server is gone.

    Raises:
        NoAnswer: the last reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except NoAnswer as error:
            if error.wrong_password or time.monotonic() > deadline or failed():
                raise
        time.sleep(0.05)


def _connect_own(url: str) -> psycopg.Connection:
    """Connect to one of our own servers, whatever libpq's environment variables say."""
    import psycopg

    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        require_auth="scram-sha-256",
        sslmode="disable",
        gssencmode="disable",
        options="",
    )


def _told(error: Exception) -> str:
    return " ".join(str(error).split())
