"""The ledger: an append-only store of evidence in ``.mig-assist/ledger.sqlite``.

Rows are inserted and never changed; triggers refuse anything else. WAL mode and immediate
transactions keep it whole under ``kill -9`` and under several terminals at once.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.errors import EnvironmentLacks, MigAssistError
from mig_assist.state_folder import NAME, state_folder

if TYPE_CHECKING:
    from mig_assist.findings import Finding

LEDGER_NAME = "ledger.sqlite"
_FORMAT = 3
_BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE migration (
    id INTEGER PRIMARY KEY,
    opened REAL NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    branch TEXT,
    base TEXT,
    snapshot TEXT NOT NULL
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    migration INTEGER NOT NULL REFERENCES migration (id),
    item TEXT NOT NULL,
    started REAL NOT NULL,
    pid INTEGER NOT NULL,
    process_started REAL NOT NULL
);
CREATE TABLE run_end (
    run INTEGER PRIMARY KEY REFERENCES run (id),
    finished REAL NOT NULL
);
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    migration INTEGER NOT NULL REFERENCES migration (id),
    run INTEGER REFERENCES run (id),
    item TEXT NOT NULL,
    check_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started REAL NOT NULL,
    finished REAL NOT NULL,
    exit_status INTEGER,
    reason TEXT,
    summary TEXT NOT NULL,
    versions TEXT NOT NULL,
    inputs TEXT NOT NULL,
    findings TEXT NOT NULL,
    log_path TEXT
);
CREATE INDEX evidence_by_migration ON evidence (migration, id);
CREATE INDEX run_by_migration ON run (migration, id);
"""

_MOVED = """
CREATE TABLE moved (
    id INTEGER PRIMARY KEY,
    migration INTEGER NOT NULL REFERENCES migration (id),
    at REAL NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX moved_by_migration ON moved (migration, id);
"""

_ARCHIVED = """
CREATE TABLE archived (
    id INTEGER PRIMARY KEY,
    migration INTEGER NOT NULL REFERENCES migration (id),
    at REAL NOT NULL,
    merged INTEGER NOT NULL
);
CREATE INDEX archived_by_migration ON archived (migration, id);
"""


def _append_only(*tables: str) -> str:
    return "".join(
        f"""CREATE TRIGGER {table}_keeps_rows_on_{event} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""
        for table in tables
        for event in ("UPDATE", "DELETE")
    )


_STEPS = (
    _SCHEMA + _append_only("migration", "run", "run_end", "evidence"),
    _MOVED + _append_only("moved"),
    _ARCHIVED + _append_only("archived"),
)
"""What leads from each format to the next; nothing is ever taken away."""


class AlreadyRunning(MigAssistError):
    """Another process works on the item."""


class MigrationRecord(NamedTuple):
    """A migration in work, as it was opened.

    Attributes:
        id: the ledger's own number for it.
        opened: unix time in seconds.
        version: the number it has now, wherever it was moved since.
        branch: the branch on which it was opened, None without git.
        base: the commit that was checked out then, None without git.
        snapshot: path → digest of every document and test at that time, for want of git.
        archived: whether it was on the base branch when somebody last looked.
    """

    id: int
    opened: float
    version: int
    name: str
    branch: str | None
    base: str | None
    snapshot: Mapping[str, str]
    archived: bool = False


class RunRecord(NamedTuple):
    """One run of an item: whose process it was, and whether it came to its end."""

    id: int
    item: str
    started: float
    pid: int
    process_started: float
    ended: bool

    @property
    def alive(self) -> bool:
        """Whether the process that began the run still works on it."""
        return not self.ended and _is_alive(self.pid, self.process_started)

    @property
    def interrupted(self) -> bool:
        """Whether the process ended before the run did."""
        return not self.ended and not _is_alive(self.pid, self.process_started)


class Ledger:
    """An open ledger; use :func:`open_ledger`."""

    def __init__(self, connection: sqlite3.Connection, set_aside: str | None) -> None:
        self._connection = connection
        # One transaction at a time, also when a worker thread and the screen use the ledger.
        self._lock = threading.RLock()
        self.set_aside = set_aside
        """File name under which a damaged ledger was put away when this one was begun."""

    def close(self) -> None:
        """Close the database, once no other thread is in it."""
        with self._lock:
            self._connection.close()

    def open_migration(
        self,
        version: int,
        name: str,
        branch: str | None,
        base: str | None,
        snapshot: Mapping[str, str],
    ) -> MigrationRecord:
        """Record that work on a migration begins."""
        opened = time.time()
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO migration (opened, version, name, branch, base, snapshot)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (opened, version, name, branch, base, json.dumps(dict(snapshot))),
            )
        return MigrationRecord(
            int(cursor.lastrowid or 0), opened, version, name, branch, base, snapshot
        )

    def migrations(self) -> tuple[MigrationRecord, ...]:
        """Every migration that was ever opened, oldest first."""
        rows = self._read(
            "SELECT id, opened, coalesce((SELECT moved.version FROM moved"
            " WHERE moved.migration = migration.id ORDER BY moved.id DESC LIMIT 1), version),"
            " name, branch, base, snapshot, (SELECT merged FROM archived"
            " WHERE archived.migration = migration.id ORDER BY archived.id DESC LIMIT 1)"
            " FROM migration ORDER BY id"
        )
        return tuple(
            MigrationRecord(
                number, opened, version, name, branch, base, json.loads(snapshot), bool(merged)
            )
            for number, opened, version, name, branch, base, snapshot, merged in rows
        )

    def move(self, versions: Mapping[int, int]) -> None:
        """Record that migrations go on under other numbers: migration → version."""
        at = time.time()
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO moved (migration, at, version) VALUES (?, ?, ?)",
                [(migration, at, version) for migration, version in versions.items()],
            )

    def archive(self, merged: Mapping[int, bool]) -> None:
        """Record which migrations are on the base branch now, and which are not: by their ids."""
        at = time.time()
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO archived (migration, at, merged) VALUES (?, ?, ?)",
                [(migration, at, is_merged) for migration, is_merged in merged.items()],
            )

    def begin_run(self, migration: int, item: str) -> int:
        """Record that this process begins to work on an item; returns the run's number.

        Raises:
            AlreadyRunning: a living process works on the item.
        """
        with self._writing() as connection:
            for run in self._runs(connection, migration):
                if run.item == item and run.alive:
                    raise AlreadyRunning(
                        f"{item} is running already",
                        f"Process {run.pid} began it"
                        f" {max(0, round(time.time() - run.started))} seconds ago.",
                        "Wait for it, or cancel it in its own terminal.",
                    )
            cursor = connection.execute(
                "INSERT INTO run (migration, item, started, pid, process_started)"
                " VALUES (?, ?, ?, ?, ?)",
                (migration, item, time.time(), os.getpid(), _process_start(os.getpid())),
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, run: int) -> None:
        """Record that a run came to its end, whatever its outcome."""
        with self._writing() as connection:
            connection.execute("INSERT INTO run_end VALUES (?, ?)", (run, time.time()))

    def runs(self, migration: int) -> tuple[RunRecord, ...]:
        """The newest run of each item of a migration."""
        with self._guarded():
            return tuple(
                {run.item: run for run in self._runs(self._connection, migration)}.values()
            )

    def append(self, migration: int, evidence: Evidence, run: int | None = None) -> None:
        """Store a piece of evidence, secrets masked."""
        from mig_assist.redaction import redact

        # Masked before they are written as JSON, whose quotes and escapes would hide a secret.
        findings = json.dumps(
            [
                {key: redact(value) if isinstance(value, str) else value for key, value in finding}
                for finding in (each.to_json().items() for each in evidence.findings)
            ]
        )
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO evidence (migration, run, item, check_key, kind, outcome, started,"
                " finished, exit_status, reason, summary, versions, inputs, findings, log_path)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    migration,
                    run,
                    evidence.item,
                    evidence.check,
                    evidence.kind,
                    evidence.outcome,
                    evidence.started,
                    evidence.finished,
                    evidence.exit_status,
                    None if evidence.reason is None else redact(evidence.reason),
                    redact(evidence.summary),
                    json.dumps(dict(evidence.versions)),
                    json.dumps(dict(evidence.inputs)),
                    findings,
                    evidence.log_path,
                ),
            )

    def evidence(self, migration: int) -> tuple[Evidence, ...]:
        """A migration's evidence, oldest first: for each check the newest, and each decision."""
        rows = self._read(
            "SELECT item, check_key, kind, outcome, started, finished, exit_status, reason,"
            " summary, versions, inputs, findings, log_path FROM evidence"
            " WHERE id IN (SELECT max(id) FROM evidence WHERE migration = ?"
            " GROUP BY item, check_key) ORDER BY id",
            (migration,),
        )
        return tuple(_evidence(row) for row in rows)

    def data_version(self) -> int:
        """A number that changes whenever another process has written to the ledger."""
        return int(self._read("PRAGMA data_version")[0][0])

    def _runs(self, connection: sqlite3.Connection, migration: int) -> Iterator[RunRecord]:
        rows = connection.execute(
            "SELECT run.id, item, started, pid, process_started, run_end.run IS NOT NULL"
            " FROM run LEFT JOIN run_end ON run_end.run = run.id"
            " WHERE run.id IN (SELECT max(id) FROM run WHERE migration = ? GROUP BY item)"
            " ORDER BY run.id",
            (migration,),
        )
        for number, item, started, pid, process_started, ended in rows:
            yield RunRecord(number, item, started, pid, process_started, bool(ended))

    def _read(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._guarded():
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise _ledger_error(error) from None


def open_ledger(root: Path, create: bool = True) -> Ledger:
    """Open the workspace's ledger; begin one where there is none.

    Without ``create`` a workspace that has none is left as it is, and an empty ledger in memory
    stands for it.

    A damaged file is renamed, with its name kept in :attr:`Ledger.set_aside`.

    Raises:
        EnvironmentLacks: the file cannot be read or written.
    """
    if not create and not (root / NAME / LEDGER_NAME).exists():
        return Ledger(_connect(":memory:"), None)
    path = state_folder(root) / LEDGER_NAME
    try:
        return Ledger(_connect(path), None)
    except sqlite3.OperationalError as error:
        raise _ledger_error(error) from None
    except sqlite3.DatabaseError:
        aside = _set_aside(path)
    try:
        return Ledger(_connect(path), aside)
    except sqlite3.Error as error:
        raise _ledger_error(error) from None


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        format_found = connection.execute("PRAGMA user_version").fetchone()[0]
        if format_found > _FORMAT:
            raise EnvironmentLacks(
                "The ledger is newer than this mig-assist",
                f"It has format {format_found}; this version knows up to {_FORMAT}.",
                "Update mig-assist.",
            )
        if format_found and connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check failed")
        if format_found < _FORMAT:
            _upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in _STEPS[found:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(found, _FORMAT)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _set_aside(path: Path) -> str:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"ledger.damaged-{stamp}-{os.getpid()}.sqlite")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside.name


def _evidence(row: tuple[Any, ...]) -> Evidence:
    item, check, kind, outcome, started, finished, status, reason, summary, *rest = row
    versions, inputs, findings, log_path = rest
    return Evidence(
        item=item,
        check=check,
        kind=EvidenceKind(kind),
        outcome=Outcome(outcome),
        started=started,
        finished=finished,
        inputs=json.loads(inputs),
        exit_status=status,
        reason=reason,
        summary=summary,
        versions=json.loads(versions),
        findings=_findings(findings),
        log_path=log_path,
    )


def _findings(stored: str) -> tuple[Finding, ...]:
    if stored == "[]":
        return ()
    from mig_assist.findings import Finding

    return tuple(Finding.from_json(finding) for finding in json.loads(stored))


def _ledger_error(error: sqlite3.Error) -> EnvironmentLacks:
    return EnvironmentLacks(
        "The ledger cannot be used",
        f"SQLite says: {error}.",
        "Check permissions and free space of .mig-assist/; nothing that was recorded is lost.",
    )


def _process_start(pid: int) -> float:
    import psutil

    return float(psutil.Process(pid).create_time())


def _is_alive(pid: int, started: float) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        return bool(alive and abs(process.create_time() - started) < 1.0)
    except psutil.Error:
        return False
