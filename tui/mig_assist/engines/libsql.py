"""The libsql engine: SQLite's file format and rules, foreign keys on.

The package runs the first statement of a text and drops the rest unseen, reports some errors
only when rows are fetched, and holds Python's interpreter lock while it waits for a lock on the
file. So statements come one by one, are fetched to the end, and waiting is done here.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import libsql

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
    shortened,
)
from mig_assist.engines.engine_database import EngineDatabase
from mig_assist.engines.session import EngineFailure, Outcome
from mig_assist.engines.statements import Statement, leading_words, split_statements
from mig_assist.engines.transaction import runnable
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.state_folder import NAME

DATABASE_NAME = "gateway.db"
"""The libsql database in ``.mig-assist/`` that is meant where no other is named."""

_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LOCKED = "database is locked"
_NO_ACCESS = re.compile(r"readonly database|nable to open|disk is full|disk I/O error")
_LINGERS = re.compile(r"\b(?:PRAGMA|TEMP|TEMPORARY)\b", re.IGNORECASE)
_WRITES = ("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH")


def open_libsql(path: Path) -> LibsqlDatabase:
    """Open a database file; one that does not exist is created.

    Raises:
        WrongUse: the path is a folder, lies in no folder, or is a file of another kind.
        DatabaseUnavailable: it cannot be read or created.
    """
    return LibsqlDatabase(_real(path))


def engine_version() -> str:
    """The SQLite version that this libsql is."""
    ((version,),) = libsql.connect(":memory:").execute("SELECT sqlite_version()").fetchall()
    return str(version)


def database_exists(path: Path) -> bool:
    """Whether there is a file at a path.

    Raises:
        WrongUse: it is a folder.
        DatabaseUnavailable: permission to look is missing.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise DatabaseUnavailable(
            f"{path} cannot be reached",
            f"{error.strerror}.",
            "Look at the permissions of the folders that lead to it.",
        ) from None
    if stat.S_ISDIR(mode):
        raise WrongUse(f"{path} is a folder", "A database file is needed.", "Name a file in it.")
    return True


def local_database(root: Path, environ: Mapping[str, str]) -> Path:
    """The libsql file that the workspace's own runner migrates where no other is named.

    That of LIBSQL_PATH, else ``.mig-assist/gateway.db``.
    """
    return Path(environ.get("LIBSQL_PATH") or root / NAME / DATABASE_NAME)


def set_aside(path: Path, now: datetime) -> Path:
    """Move a database away, with what SQLite keeps beside it; return its new path.

    Nothing is lost, and the moved files still are one database.

    Raises:
        DatabaseUnavailable: permission is missing.
    """
    path = _real(path)
    moved = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%S.%fZ}")
    try:
        with _folder_lock(path.parent, ignore_event):
            for suffix in ("-wal", "-shm", "-journal", ""):
                with suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").rename(f"{moved}{suffix}")
    except OSError as error:
        raise DatabaseUnavailable(
            f"{path} cannot be moved", f"{error.strerror}.", "Make its folder writable."
        ) from None
    return moved


class LibsqlDatabase(EngineDatabase["_LibsqlSession"]):
    """An open libsql database; see :class:`mig_assist.engines.database.Database`."""

    def __init__(self, path: Path) -> None:
        super().__init__(_LibsqlSession(path))
        self._path = path

    def engine_version(self) -> str:
        """The SQLite version that this libsql is."""
        return engine_version()

    def history(self) -> tuple[HistoryRow, ...]:
        """See :meth:`mig_assist.engines.database.Database.history`."""
        exists = "SELECT 1 FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE"
        if not self.query(exists, (HISTORY_TABLE,)):
            return ()
        rows = self.query(
            "SELECT CAST(version AS INTEGER), name, applied_on, checksum"  # noqa: S608
            f" FROM main.{HISTORY_TABLE} ORDER BY 1"
        )
        return tuple(history_row(row) for row in rows)

    def application_tables(self) -> tuple[str, ...]:
        """See :meth:`mig_assist.engines.database.Database.application_tables`."""
        rows = self.query(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table'"
            " AND name <> ? COLLATE NOCASE"
            " AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'libsql_*' ORDER BY name",
            (HISTORY_TABLE,),
        )
        return tuple(str(name) for (name,) in rows)

    @contextmanager
    def transaction(self, script: MigrationScript, *, keep: bool) -> Iterator[None]:
        """See :meth:`mig_assist.engines.database.Database.transaction`.

        What ran without foreign keys is looked at with them, which takes a transaction of its own.
        """
        if keep or not runnable(script, self.backend).before:
            with super().transaction(script, keep=keep):
                yield
            return
        with self._session.set_back():
            with super().transaction(script, keep=True):
                pass
            with self.rolled_back():
                yield

    def apply_together(
        self,
        scripts: Sequence[MigrationScript],  # noqa: ARG002
        reading: str,  # noqa: ARG002
    ) -> list[object]:
        """See :meth:`mig_assist.engines.database.Database.apply_together`."""
        return []

    @contextmanager
    def runner_lock(self, on_event: OnEvent = ignore_event) -> Iterator[None]:
        """See :meth:`mig_assist.engines.database.Database.runner_lock`.

        It is a lock on the database's folder: that leaves no file behind, ends with the process,
        and does not touch the locks that SQLite holds on the file itself.
        """
        with _folder_lock(self._path.parent, on_event):
            yield

    def _run(self, sql: str, parameters: Sequence[object]) -> Outcome:
        if ";" in sql and len(split_statements(sql, self.backend)) > 1:
            raise DatabaseError(
                "libsql runs one statement at a time", f"Here are several:\n{shortened(sql)}"
            )
        return super()._run(sql, parameters)


class _LibsqlSession:
    """See :class:`mig_assist.engines.session.Session`."""

    backend = Backend.LIBSQL

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listener: OnEvent | None = None
        self._open()

    def _open(self) -> None:
        self._connection = _connect(self._path)
        try:
            self.run("PRAGMA foreign_keys = ON")
            self.run("SELECT count(*) FROM main.sqlite_schema")
        except EngineFailure as failure:
            self.close()
            raise _unusable(self._path, failure) from None

    @contextmanager
    def listening(self, on_event: OnEvent) -> Iterator[None]:
        """Wait for other processes as long as they need, and say so."""
        self._listener = on_event
        try:
            yield
        finally:
            self._listener = None

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Outcome:
        """Run one statement to its end.

        A lock on the file is waited for: for a few seconds, or without end while somebody
        listens.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        told = False
        while True:
            try:
                return _fetch(self._connection, sql, parameters)
            except EngineFailure as failure:
                if failure.message != _LOCKED:
                    raise
                if self._listener is None and time.monotonic() > deadline:
                    raise
            if self._listener is not None and not told:
                self._listener(f"another process is using {self._path.name}; waiting…")
                told = True
            time.sleep(_POLL_SECONDS)

    def run_together(self, statements: Sequence[str]) -> bool:  # noqa: ARG002
        """See :class:`mig_assist.engines.session.Session`: there is nothing to wait for."""
        return False

    def begin(self) -> None:
        """Take the write lock at once, so that what the transaction reads stays true."""
        self.run("BEGIN IMMEDIATE")
        self.run(
            f"CREATE TABLE IF NOT EXISTS main.{HISTORY_TABLE} (version INTEGER PRIMARY KEY NOT"
            " NULL, name TEXT NOT NULL, applied_on INTEGER NOT NULL, checksum TEXT NOT NULL)"
        )

    def in_transaction(self) -> bool:
        """Whether the transaction is still open."""
        return bool(self._connection.in_transaction)

    def is_recorded(self, version: int) -> bool:
        """Whether history has that version."""
        # As a parameter, a number beyond 53 bits would be rounded.
        sql = f"SELECT 1 FROM main.{HISTORY_TABLE} WHERE version = {version:d}"  # noqa: S608
        return bool(self.run(sql).rows)

    def record(self, script: MigrationScript) -> None:
        """Write the history row."""
        self.run(
            f"INSERT INTO main.{HISTORY_TABLE} (version, name, applied_on, checksum)"  # noqa: S608
            f" VALUES ({script.version:d}, ?, ?, ?)",
            (script.name, int(time.time()), script.checksum),
        )

    def settle(self) -> None:
        """Nothing: SQLite does not say before the commit which deferred keys dangle."""

    def commit(self) -> None:
        """Commit; where a deferred foreign key fails, say which rows it is."""
        try:
            self.run("COMMIT")
        except EngineFailure as failure:
            if "FOREIGN KEY" in failure.message:
                raise EngineFailure(failure.message + self._dangling_rows()) from None
            raise

    def abandon(self) -> None:
        """Roll back, unless SQLite has done so by itself, as after RAISE(ROLLBACK)."""
        if self.in_transaction():
            with suppress(EngineFailure):
                self.run("ROLLBACK")

    def lingers(self, sql: str) -> bool:
        """See :class:`mig_assist.engines.session.Session`."""
        return _LINGERS.search(sql) is not None

    def renew(self) -> None:
        """Connect anew: temporary tables and pragmas end with the old connection."""
        self.close()
        self._open()

    @contextmanager
    def set_back(self) -> Iterator[None]:
        """Have the database afterwards as it was before the body, whatever that commits."""
        before = self._path.with_name(f"{self._path.name}.before")
        self.close()
        shutil.copyfile(self._path, before)
        self._open()
        try:
            yield
        finally:
            self.close()
            before.replace(self._path)
            self._open()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _dangling_rows(self) -> str:
        sql = 'SELECT DISTINCT "table", rowid, parent FROM pragma_foreign_key_check LIMIT 3'
        try:
            rows = self.run(sql).rows
        except EngineFailure:  # a key whose parent has no unique columns cannot be checked
            return ""
        return "".join(
            f"\n{table}, row {rowid}, refers to a row that {parent} does not have."
            for table, rowid, parent in rows
        )


def _real(path: Path) -> Path:
    """The file behind a path: its folder is where SQLite keeps its journals."""
    return Path(os.path.realpath(path))


@contextmanager
def _folder_lock(folder: Path, on_event: OnEvent) -> Iterator[None]:
    """Hold flock(2) on a folder, where its file system has that.

    Some network file systems have not: there SQLite's own lock still keeps runners apart version
    by version, and the later one is told that a version is in history already.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_event(WAITING_FOR_RUNNER)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)


def _connect(path: Path) -> libsql.Connection:
    if not database_exists(path) and not path.parent.is_dir():
        raise WrongUse(
            f"There is no folder {path.parent}",
            f"{path.name} cannot be created in it.",
            "Create the folder, or name another file.",
        )
    # The path is absolute, so that libsql takes it neither for a URL nor for ":memory:".
    try:
        return libsql.connect(str(path), timeout=0.0, isolation_level=None)
    except (ValueError, libsql.Error) as error:
        raise _unusable(path, _failure(str(error))) from None


def _unusable(path: Path, failure: EngineFailure) -> MigAssistError:
    if "not a database" in failure.message:
        return WrongUse(
            f"{path} is not a database",
            "It is not in SQLite's file format, or it is encrypted.",
            "Name another file, or move this one away.",
        )
    return DatabaseUnavailable(f"{path} cannot be opened", failure.message, failure.fix)


def _fetch(connection: libsql.Connection, sql: str, parameters: Sequence[object]) -> Outcome:
    try:
        cursor = connection.execute(sql, tuple(parameters))
        rows = cursor.fetchall() or []
        count = cursor.rowcount
    except (ValueError, libsql.Error) as error:
        raise _failure(str(error)) from None
    except BaseException as error:
        # The package's Rust code panics over text that is not UTF-8; the class has no module.
        if type(error).__name__ == "PanicException":
            raise EngineFailure("A value that is stored as text is not UTF-8.") from None
        raise
    # The count stays that of an earlier statement where this one does not write rows.
    writes = leading_words(Statement(sql, 1), 1)[0] in _WRITES
    return Outcome(rows, count if writes else 0)


def _failure(message: str) -> EngineFailure:
    if not _NO_ACCESS.search(message):
        return EngineFailure(message)
    return EngineFailure(
        message,
        fix="Make the file and its folder writable, and see whether the disk is full.",
        unavailable=True,
    )
