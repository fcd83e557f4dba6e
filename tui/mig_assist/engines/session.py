"""The little that differs from engine to engine, and what an engine says when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from mig_assist.backend import Backend
from mig_assist.engines.database import (
    DatabaseError,
    DatabaseUnavailable,
    MigrationScript,
    OnEvent,
    readable,
    shortened,
)
from mig_assist.engines.statements import Statement


class EngineFailure(Exception):
    """What an engine said about one statement, before anybody adds where that stands.

    Attributes:
        message: the engine's own words.
        fix: what usually helps; may be empty.
        sqlstate: PostgreSQL's error code.
        offset: how many characters of the statement stand before the mistake.
        unavailable: the machine is at fault, not the statement: a read-only or full disk, or a
            server that is gone.
        lost: the connection is gone, and the transaction with it.
    """

    def __init__(
        self,
        message: str,
        *,
        fix: str = "",
        sqlstate: str | None = None,
        offset: int = 0,
        unavailable: bool = False,
        lost: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = readable(message)
        self.fix = fix
        self.sqlstate = sqlstate
        self.offset = offset
        self.unavailable = unavailable or lost
        self.lost = lost

    def error(
        self, title: str, message: str, statement: Statement | None, fix: str = ""
    ) -> DatabaseError:
        """The error that a user sees, with ``fix`` where the engine knows none."""
        kind = DatabaseUnavailable if self.unavailable else DatabaseError
        return kind(title, message, self.fix or fix, statement=statement, sqlstate=self.sqlstate)

    def outside_a_script(self, title: str, sql: str) -> DatabaseError:
        """The error for a statement that stands in no file."""
        return self.error(title, f"{self.message}\n{shortened(sql)}", Statement(sql, 1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one statement yielded: its rows, and how many rows it wrote."""

    rows: list[tuple[object, ...]]
    count: int


class Session(Protocol):
    """A connection and the steps of a transaction on it.

    Each step may raise :class:`EngineFailure`, except :meth:`abandon` and :meth:`close`.
    """

    backend: Backend

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Outcome:
        """Run one statement to its end."""
        ...

    def run_together(self, statements: Sequence[str]) -> bool:
        """Run statements without waiting for each; False where they must go one by one.

        The failure does not say which of them failed; the transaction is lost with it.
        """
        ...

    def listening(self, on_event: OnEvent) -> AbstractContextManager[None]:
        """Hand on what the engine has to say meanwhile: waiting, notices, warnings."""
        ...

    def begin(self) -> None:
        """Open the transaction and create the history table in it, if there is none."""
        ...

    def in_transaction(self) -> bool:
        """Whether the transaction is still open."""
        ...

    def is_recorded(self, version: int) -> bool:
        """Whether history has that version."""
        ...

    def record(self, script: MigrationScript) -> None:
        """Write the history row."""
        ...

    def settle(self) -> None:
        """Check now what is deferred to the commit, as far as the engine can."""
        ...

    def commit(self) -> None:
        """Commit the transaction."""
        ...

    def abandon(self) -> None:
        """Roll back whatever is still open; a connection that is gone has done so by itself."""
        ...

    def lingers(self, sql: str) -> bool:
        """Whether a migration may leave anything in the session, such as a setting."""
        ...

    def renew(self) -> None:
        """End everything that a migration may have left in the session."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
