"""What the servers that mig-assist starts have in common, embedded or in Docker."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.probe import Answer, NoAnswer
from mig_assist.local_postgres.settings import LocalServer, Source
from mig_assist.local_postgres.state import State
from mig_assist.local_postgres.urls import build_url

HOST = "127.0.0.1"
SUPERUSER = "postgres"
DEVELOPMENT = "development"
TEST = "test"

_MORE_PORTS = 5


def database_url(state: State, database: str) -> str:
    """The URL of one of the server's databases."""
    return build_url(HOST, state.port, SUPERUSER, state.password, database)


def ensure_databases(answer: Answer, create: Callable[[Sequence[str]], None]) -> None:
    """Create those of the two databases that the server has not got.

    Raises:
        EnvironmentLacks: the server refused.
    """
    missing = [name for name in (DEVELOPMENT, TEST) if name not in answer.databases]
    if not missing:
        return
    try:
        create(missing)
    except NoAnswer as error:
        raise EnvironmentLacks(
            f"The databases {' and '.join(missing)} could not be created", error.reason
        ) from None


def local_server(source: Source, state: State, answer: Answer, what: str) -> LocalServer:
    """The server as the layers above see it; ``what`` is its kind, for people."""
    return LocalServer(
        source=source,
        version=answer.version,
        url=database_url(state, DEVELOPMENT),
        test_url=database_url(state, TEST),
        description=f"{what} {answer.version} on {HOST}:{state.port}",
    )


def ports_to_try(*wished: int) -> Iterator[int]:
    """The wished ports that are free, then others that the system picks."""
    for port in dict.fromkeys(wished):
        if _bindable(port):
            yield port
    for _ in range(_MORE_PORTS):
        yield _bindable(0)


def _bindable(port: int) -> int:
    """The port that could be bound for listening; 0 if it could not."""
    with socket.socket() as probe:
        # As PostgreSQL does: connections that have just ended do not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return 0
        return int(probe.getsockname()[1])
