"""What every backend's database can do, in the words of the layers above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from mig_assist.backend import Backend
from mig_assist.engines.statements import Statement
from mig_assist.errors import MigAssistError
from mig_assist.process import plain
from mig_assist.redaction import redact

HISTORY_TABLE = "refinery_schema_history"
"""The table that records applied versions: refinery's, so that a Rust service can read it."""

WAITING_FOR_RUNNER = "another runner holds the lock; waiting…"
"""What a runner says that is not alone."""

OnEvent = Callable[[str], None]
"""Receives one line of plain text about what happens; it may be called from another thread."""


def ignore_event(_event: str) -> None:
    """The receiver where nobody listens."""


class Manner(NamedTuple):
    """How the application's own runner runs the files of one side.

    Attributes:
        opens_transaction: whether it does so for each file; otherwise they do where they need one.
        foreign_keys: whether libsql's are on meanwhile, unless a file switches them off.
    """

    opens_transaction: bool = True
    foreign_keys: bool = True


USUAL_MANNER = Manner()


@dataclass(frozen=True, slots=True)
class MigrationScript:
    """One backend's file of one registered version.

    Attributes:
        checksum: what the registry records for the file.
        path: relative to the workspace root, with forward slashes.
        part: 0, or its place behind the first file where several share a version; history holds
            the first alone.
        manner: how the application runs it.
    """

    version: int
    name: str
    checksum: str
    sql: str
    path: str
    part: int = 0
    manner: Manner = USUAL_MANNER

    @property
    def label(self) -> str:
        """The version as people write it: ``V18 route_profiles``."""
        return f"V{self.version} {self.name}"


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One applied version as the database records it; ``applied_on`` is in unix seconds."""

    version: int
    name: str
    applied_on: int
    checksum: str


class DatabaseError(MigAssistError):
    """A database refused something, or a migration failed on it and was rolled back.

    Attributes:
        statement: the statement that failed, where one did; its line is where it begins.
        sqlstate: PostgreSQL's error code, where it gave one.
    """

    def __init__(
        self,
        title: str,
        message: str = "",
        fix: str = "",
        *,
        statement: Statement | None = None,
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(title, message, fix)
        self.statement = statement
        self.sqlstate = sqlstate


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, opened or written: the machine lacks something."""

    exit_code = 3


class Database(Protocol):
    """An open database of one backend.

    Every method may raise :class:`DatabaseError`. An object belongs to one thread at a time.
    """

    backend: Backend

    def engine_version(self) -> str:
        """The engine's version, such as ``3.45.1`` or ``18.4``."""
        ...

    def history(self) -> tuple[HistoryRow, ...]:
        """The applied versions, lowest first; empty where there is no history table."""
        ...

    def application_tables(self) -> tuple[str, ...]:
        """The names of the user's tables, without the history table.

        On PostgreSQL these are the tables that the search path finds and no extension owns.
        """
        ...

    def apply(
        self,
        script: MigrationScript,
        *,
        fail_after: int | None = None,
        on_event: OnEvent = ignore_event,
    ) -> None:
        """Run a migration and record it in history, in one transaction, or do nothing at all.

        Args:
            script: the migration; its version must not be in history yet.
            fail_after: inject a fault after that many statements; with the number of all
                statements the fault lies after the history row and before the commit.
            on_event: hears of waiting, and of the server's notices and warnings.

        Raises:
            DatabaseError: it failed, was rolled back, and is still pending.
        """
        ...

    def transaction(self, script: MigrationScript, *, keep: bool) -> AbstractContextManager[None]:
        """As :meth:`apply`, with a body that runs when everything is done but the commit.

        With ``keep=False`` the transaction is rolled back after the body, having checked what a
        commit would check, as far as the engine can. A lock on the database is waited for only
        for seconds.

        Raises:
            DatabaseError: it failed and was rolled back; the body has not run.
        """
        ...

    def apply_together(self, scripts: Sequence[MigrationScript], reading: str) -> list[object]:
        """Apply migrations, each in a transaction of its own, without waiting in between.

        What comes out is what :meth:`transaction` yields with each of them in turn.

        Args:
            scripts: as many as come into question.
            reading: a query for one value, asked before each commit; see :meth:`value`.

        Returns:
            the answers, one for each migration that is committed: all that could go together
            from the first one on, and none where the engine gains nothing by it. The next one,
            if any, is to be run by itself, which tells what is wrong with it.
        """
        ...

    def rolled_back(self, script: MigrationScript | None = None) -> AbstractContextManager[None]:
        """A transaction for the time of the body, rolled back after it.

        Args:
            script: what is to be run in it, which may ask for something before it begins.
        """
        ...

    def runner_lock(self, on_event: OnEvent = ignore_event) -> AbstractContextManager[None]:
        """Hold what only one runner at a time can hold; wait for another one, saying so."""
        ...

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of one statement.

        Placeholders are the driver's: ``?`` on libsql, ``%s`` on PostgreSQL, where a ``%``
        means nothing as long as there are no parameters.
        """
        ...

    def value(self, sql: str) -> object:
        """What a query for one value yields; one that is asked again and again is planned once."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement in a transaction of its own; return how many rows it touched."""
        ...

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def readable(text: str) -> str:
    """Text from an engine or a script as it may be shown: no control characters, no secrets."""
    return redact("\n".join(plain(line).rstrip() for line in text.strip().splitlines()))


def one_line(text: str) -> str:
    """As :func:`readable`, with every run of white space as one space."""
    return " ".join(readable(text).split())


def shortened(sql: str, length: int = 160) -> str:
    """A statement on one line, cut to ``length`` characters."""
    line = one_line(sql)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def history_row(columns: Sequence[object]) -> HistoryRow:
    """A row of a history table: version, name, applied_on and checksum.

    The table may be of another make, as before a reset: refinery itself writes the time as RFC
    3339 text, and what cannot be read as a time at all counts as 0.
    """
    version, name, applied_on, checksum = (str(value or "") for value in columns)
    return HistoryRow(int(version or 0), name, _unix_seconds(applied_on), checksum)


def _unix_seconds(text: str) -> int:
    if text.removeprefix("-").isdecimal():
        return int(text)
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return 0
