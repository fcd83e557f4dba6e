"""The PostgreSQL engine, by psycopg in autocommit mode with transactions opened explicitly.

A statement without parameters goes out by the simple query protocol, as a script's must: nothing
in it is interpreted on the way, in particular no ``%`` and no ``$1``.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any

import psycopg
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.sql import SQL, Composed, Identifier, Literal

from mig_assist.backend import Backend
from mig_assist.engines.database import (
    HISTORY_TABLE,
    WAITING_FOR_RUNNER,
    DatabaseError,
    DatabaseUnavailable,
    HistoryRow,
    MigrationScript,
    OnEvent,
    history_row,
    ignore_event,
    readable,
    shortened,
)
from mig_assist.engines.engine_database import EngineDatabase
from mig_assist.engines.session import EngineFailure, Outcome
from mig_assist.engines.statements import (
    SqlSyntaxError,
    Statement,
    leading_words,
    split_statements,
)
from mig_assist.engines.transaction import runnable
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.local_postgres.urls import parse_url, redact_url

RUNNER_LOCK = int.from_bytes(hashlib.sha256(b"mig-assist migrate").digest()[:8], signed=True)
"""The key of the advisory lock that a runner holds in the database that it migrates."""

_CONNECT_SECONDS = 10
_LOCK_PATIENCE_SECONDS = 1.0
_EVENT_LENGTH = 300
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")
_MACHINE_STATES = ("53", "57P", "58")
"""Insufficient resources, operator intervention, system error (manual, appendix A)."""
_VALUE = "EXECUTE mig_assist_value"
_FOR_MANY_ROWS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_TOGETHER = 25
"""How many versions go to the server at once."""
_LEAVES_NOTHING = frozenset(
    "ALTER COMMENT CREATE DELETE DROP GRANT INSERT REVOKE TRUNCATE UPDATE".split()
)
_LINGERS = re.compile(r"\b(?:TEMP|TEMPORARY|pg_temp|set_config|pg_(?:try_)?advisory\w*)\b", re.I)
_APART = frozenset(("TYPE", "DOMAIN", "SCHEMA", "EXTENSION", "DATABASE", "ROLE", "USER", "SYSTEM"))
"""What a statement makes or changes that may concern columns anywhere, or later connections."""
_QUOTING = "standard_conforming_strings"
_FIXES = {
    "25001": "Each version runs in one transaction: leave out CONCURRENTLY, or do this outside of"
    " migrations.",
}
_BLOCKERS = """
    SELECT pid, state, query FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(%s))
"""


def open_postgres(url: str, *, is_scratch: bool = False) -> PostgresDatabase:
    """Connect to a database.

    Args:
        is_scratch: nothing in it need outlive a crash of the server.

    Raises:
        WrongUse: the URL is malformed.
        DatabaseUnavailable: the server does not answer, or does not let us in.
    """
    return PostgresDatabase(url, is_scratch=is_scratch)


class PostgresDatabase(EngineDatabase["_PostgresSession"]):
    """An open PostgreSQL database; see :class:`mig_assist.engines.database.Database`."""

    def __init__(self, url: str, *, is_scratch: bool = False) -> None:
        super().__init__(_PostgresSession(url, is_scratch=is_scratch))
        self._url = url

    def engine_version(self) -> str:
        """The server's version, without what its packager added."""
        return self._session.server_version

    def history(self) -> tuple[HistoryRow, ...]:
        """See :meth:`mig_assist.engines.database.Database.history`."""
        if self.query(f"SELECT to_regclass('{HISTORY_TABLE}')") == [(None,)]:
            return ()
        rows = self.query(
            "SELECT version::bigint, name, applied_on::text, checksum"  # noqa: S608
            f" FROM {HISTORY_TABLE} ORDER BY 1"
        )
        return tuple(history_row(row) for row in rows)

    def application_tables(self) -> tuple[str, ...]:
        """See :meth:`mig_assist.engines.database.Database.application_tables`."""
        rows = self.query(
            """
            SELECT c.relname
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
               AND c.relname <> %s
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                  AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY c.relname
            """,
            (HISTORY_TABLE,),
        )
        return tuple(str(name) for (name,) in rows)

    def value(self, sql: str) -> object:
        """See :meth:`mig_assist.engines.database.Database.value`."""
        try:
            return self._session.value(sql)
        except EngineFailure as failure:
            title = f"{self.backend.label} refused a statement"
            raise failure.outside_a_script(title, sql) from None

    def apply_together(self, scripts: Sequence[MigrationScript], reading: str) -> list[object]:
        """See :meth:`mig_assist.engines.database.Database.apply_together`."""
        fit: list[tuple[MigrationScript, Sequence[str]]] = []
        for script in scripts[:_TOGETHER]:
            try:
                statements = runnable(script, self.backend).inside
            except DatabaseError:
                break
            if not all(map(_goes_along, statements)) or HISTORY_TABLE in script.sql:
                break
            fit.append((script, [statement.text for statement in statements]))
        return self._session.apply_together(fit, reading) if fit else []

    @contextmanager
    def runner_lock(self, on_event: OnEvent = ignore_event) -> Iterator[None]:
        """See :meth:`mig_assist.engines.database.Database.runner_lock`.

        It is an advisory lock on a connection of its own, which no migration can lose.
        """
        with PostgresDatabase(self._url) as holder:
            key = (RUNNER_LOCK,)
            if holder.query("SELECT pg_try_advisory_lock(%s)", key) == [(False,)]:
                on_event(WAITING_FOR_RUNNER)
                holder.query("SELECT pg_advisory_lock(%s)", key)
            yield


class _PostgresSession:
    """See :class:`mig_assist.engines.session.Session`."""

    backend = Backend.POSTGRES

    def __init__(self, url: str, *, is_scratch: bool) -> None:
        self._url = url
        self._settings = "SET synchronous_commit = off; SET jit = off" if is_scratch else ""
        self._connection = _connect(url)
        self._process = self._connection.info.backend_pid
        version = self._connection.info.parameter_status("server_version") or "0"
        self.server_version = version.split()[0]
        self._history = Identifier(HISTORY_TABLE)
        self._planned: str | None = None
        if is_scratch:
            self.run(self._settings)

    @contextmanager
    def listening(self, on_event: OnEvent) -> Iterator[None]:
        """Hand on the server's notices, and say so when a statement waits for a lock."""

        notices: SimpleQueue[str | None] = SimpleQueue()

        def note(notice: psycopg.errors.Diagnostic) -> None:
            notices.put(shortened(f"{notice.severity}: {notice.message_primary}", _EVENT_LENGTH))

        def hand_on() -> None:
            for notice in iter(notices.get, None):
                on_event(notice)

        # Another thread hands them on: psycopg drops what a notice handler raises, and a Ctrl+C
        # that comes while on_event writes would be lost.
        speaker = threading.Thread(target=hand_on, daemon=True)
        done = threading.Event()
        watcher = threading.Thread(
            target=_tell_of_locks, args=(self._url, self._process, on_event, done), daemon=True
        )
        self._connection.add_notice_handler(note)
        speaker.start()
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            self._connection.remove_notice_handler(note)
            notices.put(None)
            speaker.join()

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Outcome:
        """Run one statement to its end."""
        return self._run(sql.encode(), parameters)

    def run_together(self, statements: Sequence[str]) -> bool:
        """See :class:`mig_assist.engines.session.Session`."""
        text = _joined(statements)
        if _QUOTING in text:
            return False
        self.run(text)
        return True

    def value(self, sql: str) -> object:
        """The one value of a query, which is planned once.

        It is planned for few rows of catalogs that grow.
        """
        if sql != self._planned:
            forget = ["DEALLOCATE mig_assist_value"] if self._planned else []
            self._planned = None
            self.run(
                _joined(
                    [
                        *forget,
                        f"PREPARE mig_assist_value AS {sql}",
                        *(f"SET LOCAL {way} = off" for way in _FOR_MANY_ROWS),
                        _VALUE,
                        *(f"SET LOCAL {way} = on" for way in _FOR_MANY_ROWS),
                    ]
                )
            )
            self._planned = sql
        ((value,),) = self.run(_VALUE).rows
        return value

    def apply_together(
        self, scripts: Iterable[tuple[MigrationScript, Sequence[str]]], reading: str
    ) -> list[object]:
        """See :meth:`mig_assist.engines.database.Database.apply_together`."""
        try:
            self.begin()
            self.commit()
            self.value(reading)
            results = self._results(
                _joined(
                    text
                    for script, statements in scripts
                    for recording in ([] if script.part else [self._recording(script)],)
                    for text in ("BEGIN", *statements, *recording, _VALUE, "COMMIT")
                )
            )
        except EngineFailure:
            self.abandon()
            return []
        answers: list[object] = []
        answer: object = None
        for result in results:
            if result.command_status == b"COMMIT":
                answers.append(answer)
            elif result.status == ExecStatus.TUPLES_OK and result.ntuples:
                answer = (result.get_value(0, 0) or b"").decode()
        self.abandon()
        return answers

    def begin(self) -> None:
        """Open the transaction and see to the history table.

        Its schema is noted now: a migration may change the search path.
        """
        self.run("BEGIN")
        ((exists, schema),) = self.run(
            f"""
            SELECT history.oid IS NOT NULL, coalesce(history.nspname, current_schema())
              FROM (SELECT) AS one LEFT JOIN (
                   SELECT c.oid, n.nspname
                     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.oid = to_regclass('{HISTORY_TABLE}')) AS history ON true
            """  # noqa: S608
        ).rows
        names = (str(schema), HISTORY_TABLE) if schema else (HISTORY_TABLE,)
        self._history = Identifier(*names)
        if not exists:
            self._run(
                SQL(
                    "CREATE TABLE {} (version BIGINT PRIMARY KEY, name TEXT NOT NULL,"
                    " applied_on BIGINT NOT NULL, checksum TEXT NOT NULL)"
                ).format(self._history)
            )

    def in_transaction(self) -> bool:
        """Whether the transaction is still open."""
        return self._connection.info.transaction_status is TransactionStatus.INTRANS

    def is_recorded(self, version: int) -> bool:
        """Whether history has that version."""
        select = SQL("SELECT 1 FROM {} WHERE version = %s").format(self._history)
        return bool(self._run(select, (version,)).rows)

    def record(self, script: MigrationScript) -> None:
        """Write the history row."""
        self.run(self._recording(script))

    def settle(self) -> None:
        """Check deferred constraints; which ones are deferred stays as it was."""
        self.run("SAVEPOINT settled")
        self.run("SET CONSTRAINTS ALL IMMEDIATE")
        self.run("ROLLBACK TO settled")
        self.run("RELEASE settled")

    def commit(self) -> None:
        """Commit; deferred constraints are checked here."""
        self.run("COMMIT")

    def abandon(self) -> None:
        """Roll back; a connection that cannot is closed, on which the server rolls back."""
        if self._connection.info.transaction_status is TransactionStatus.IDLE:
            return
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connection.close()

    def lingers(self, sql: str) -> bool:
        """See :class:`mig_assist.engines.session.Session`."""
        try:
            return not all(map(_leaves_nothing, split_statements(sql, self.backend)))
        except SqlSyntaxError:
            return False

    def renew(self) -> None:
        """End settings, roles, temporary tables and whatever else a session can keep."""
        self._planned = None
        with suppress(psycopg.Error):
            self._connection.execute("DISCARD ALL")
            if self._settings:
                self._connection.execute(self._settings.encode())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, statement: bytes | Composed, parameters: Sequence[object] = ()) -> Outcome:
        try:
            cursor = self._connection.execute(statement, parameters or None)
            rows = cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise _failure(error, lost=self._connection.closed) from None
        wrote = (cursor.statusmessage or "").startswith(_WRITES)
        return Outcome(rows, cursor.rowcount if wrote else 0)

    def _results(self, sql: str) -> list[PGresult]:
        """What each of several statements yields, up to the first that fails."""
        connection = self._connection
        try:
            connection.pgconn.send_query(sql.encode())
            return connection.wait(execute(connection.pgconn))
        except psycopg.Error as error:
            raise _failure(error, lost=connection.closed) from None

    def _recording(self, script: MigrationScript) -> str:
        """The statement that writes the history row."""
        row = script.version, script.name, int(time.time()), script.checksum
        return (
            SQL("INSERT INTO {} (version, name, applied_on, checksum) VALUES ({}, {}, {}, {})")
            .format(self._history, *map(Literal, row))
            .as_string(self._connection)
        )


def _joined(statements: Iterable[str]) -> str:
    return ";\n".join(statements)


def _leaves_nothing(statement: Statement) -> bool:
    """Whether nothing of a statement stays in the session when its transaction is over."""
    return leading_words(statement, 1)[0] in _LEAVES_NOTHING and not _LINGERS.search(statement.text)


def _goes_along(statement: Statement) -> bool:
    """Whether a statement need not be waited for before the next version is begun."""
    return (
        _leaves_nothing(statement)
        and leading_words(statement, 2)[1] not in _APART
        and _QUOTING not in statement.text
    )


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            client_encoding="utf8",
            fallback_application_name="mig-assist",
            connect_timeout=_connect_timeout(url),
        )
    except psycopg.ProgrammingError as error:  # a parameter that libpq does not know
        raise WrongUse(
            "The PostgreSQL URL cannot be used", _first_line(error), "Correct the URL."
        ) from None
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            "PostgreSQL cannot be reached",
            f"{redact_url(url)}: {_first_line(error)}",
            "Start it with `mig-assist postgres start`, or correct the URL.",
            sqlstate=error.sqlstate,
        ) from None


def _connect_timeout(url: str) -> int | str:
    """Seconds; psycopg would wait for minutes where the URL does not say."""
    return next(iter(parse_url(url).parameter_values("connect_timeout")), _CONNECT_SECONDS)


def _failure(error: psycopg.Error, *, lost: bool) -> EngineFailure:
    if lost:
        return EngineFailure(
            f"The server ended the connection. {_first_line(error)}",
            fix="See why in its log (`mig-assist postgres logs`), start it again, and repeat.",
            sqlstate=error.sqlstate,
            lost=True,
        )
    diag, state = error.diag, error.sqlstate or ""
    message = diag.message_primary or _first_line(error)
    context = (diag.context or "").partition("\n")[0]
    position = diag.statement_position
    return EngineFailure(
        "\n".join(part for part in (message, diag.message_detail, context) if part),
        fix=_FIXES.get(state) or readable(diag.message_hint or ""),
        sqlstate=error.sqlstate,
        offset=int(position) - 1 if position else 0,
        unavailable=state.startswith(_MACHINE_STATES),
    )


def _first_line(error: psycopg.Error) -> str:
    return readable(str(error)).partition("\n")[0]


def _tell_of_locks(url: str, process: int, on_event: OnEvent, done: threading.Event) -> None:
    """Say once whose lock a server process waits for, if it ever waits for long."""
    if done.wait(_LOCK_PATIENCE_SECONDS):
        return
    with suppress(psycopg.Error, MigAssistError), _connect(url) as connection:
        while True:
            blockers = connection.execute(_BLOCKERS, (process,)).fetchall()
            if blockers:
                pid, state, statement = blockers[0]
                on_event(
                    shortened(
                        f"waiting for a lock that server process {pid} holds"
                        f" ({state}, its last statement: {statement})",
                        _EVENT_LENGTH,
                    )
                )
                return
            if done.wait(_LOCK_PATIENCE_SECONDS):
                return
