"""What each source of a local PostgreSQL can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source


class PostgresSource(Protocol):
    """A place where a PostgreSQL may come from."""

    @property
    def source(self) -> Source:
        """Which one it is."""
        ...

    def unavailable(self, settings: PostgresSettings) -> str | None:
        """Why it cannot be used; None where it can."""
        ...

    def start(self, root: Path, settings: PostgresSettings, on_event: OnEvent) -> LocalServer:
        """A server that has answered; started if need be."""
        ...

    def running(self, root: Path, settings: PostgresSettings) -> LocalServer | None:
        """A server that answers now; nothing is started."""
        ...


class OwnSource(PostgresSource, Protocol):
    """A source whose server belongs to mig-assist, which may stop it and delete its data."""

    def made(self, root: Path) -> bool:
        """Whether it has made a server for this workspace, as far as records tell."""
        ...

    def stop(self, root: Path) -> bool:
        """Stop the server; whether there was one to stop."""
        ...

    def discard(self, root: Path) -> None:
        """Stop the server and delete its data; its password is kept for the next."""
        ...

    def remove(self, root: Path) -> None:
        """Stop the server and delete all that was kept for it."""
        ...

    def state_file(self, root: Path) -> Path | None:
        """Where the server is remembered, if there may have been one."""
        ...

    def log_text(self, root: Path, lines: int | None) -> str:
        """The last lines of the server's log."""
        ...

    def follow_log(self, root: Path) -> Iterator[str]:
        """Each line that is logged from now on, until the server ends."""
        ...
