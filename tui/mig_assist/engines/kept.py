"""Scratch databases that hold the beginning of a history, kept so that it is not replayed.

What they are called says what they hold: a hash over the scripts, in their order, and the engine's
version. A change to any of them leads to another name. A workspace has a few at most, and only
where the server is mig-assist's own; elsewhere everything is dropped at the end.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.database import (
    USUAL_MANNER,
    Database,
    DatabaseError,
    DatabaseUnavailable,
    MigrationScript,
)
from mig_assist.engines.extensions import Missing
from mig_assist.engines.passed_over import PassedOver, missing_extensions, without_statement
from mig_assist.engines.refusals import Refusal, VersionFailed, without_refused
from mig_assist.engines.replay import Change, Replay
from mig_assist.engines.scratch import (
    KEPT_PREFIX,
    KeptNote,
    drop_unused,
    require_scratch_server,
    scratch_folder,
    scratch_name,
    sweep_server,
)
from mig_assist.engines.spelling import literal, quoted
from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.settings import LocalServer, Source
from mig_assist.local_postgres.urls import is_local, with_database
from mig_assist.state_folder import state_folder

if TYPE_CHECKING:
    from mig_assist.engines.postgres import PostgresDatabase

MOST_KEPT = 3
"""How many databases of one engine a workspace keeps."""

FOLDER = "parity"
"""Where the libsql files lie, in ``.mig-assist/``."""

_FRESHNESS_SECONDS = 3600
"""How old the note of the last use may be before it is written again."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a workspace's scratch databases are made and kept.

    Attributes:
        keeps: whether anything stays at the end: only where the server is mig-assist's own.
    """

    root: Path
    postgres_url: str
    keeps: bool = False
    allow_remote: bool = False

    @classmethod
    def on(cls, root: Path, server: LocalServer) -> Shelf:
        """On a server of this machine; only one of mig-assist's own keeps anything."""
        return cls(root, server.test_url, server.source in (Source.EMBEDDED, Source.DOCKER))

    @property
    def owner(self) -> str:
        """The workspace, as the names of its kept databases have it."""
        return hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:16]


class Stage:
    """One engine's scratch database on its way through a history.

    Attributes:
        passed_over: statements that no engine here can run.
        refusals: what the engine refused of the versions that are applied for good.
    """

    def __init__(
        self, database: Database, held: list[str], base: Sequence[MigrationScript]
    ) -> None:
        self.database = database
        self._held = held
        self._missing = base[len(held) - 1 :]
        self._seen = list(base)
        self._replay = Replay(database)
        self.passed_over: list[PassedOver] = []
        self.refusals: list[Refusal] = []

    def begin(self) -> Change:
        """What the database holds after the scripts that the stage was opened with.

        Raises:
            VersionFailed: one of them failed.
            DatabaseError: the engine does not answer.
        """
        for script in self._missing:
            wanted = script
            while True:
                try:
                    with self.database.transaction(wanted, keep=True):
                        break
                except DatabaseError as error:
                    wanted = self._without(wanted, script, error, refuse=True)
            self._hold(script)
        return self._replay.start()

    def apply(self, scripts: Sequence[MigrationScript]) -> Iterator[Change]:
        """See :meth:`Replay.apply`.

        Raises:
            VersionFailed: one of them failed.
        """
        left = list(scripts)
        changes = self._replay.apply(left)
        for place, script in enumerate(scripts):
            while True:
                try:
                    change = next(changes)
                    break
                except DatabaseError as error:
                    left[place] = self._without(left[place], script, error, refuse=True)
                    changes = self._replay.apply(left[place:])
            self._hold(script)
            self._seen.append(script)
            yield change

    @contextmanager
    def trial(self, script: MigrationScript) -> Iterator[Change]:
        """See :meth:`Replay.trial`.

        Raises:
            VersionFailed: it failed.
        """
        self.passed_over = [p for p in self.passed_over if p.script.version != script.version]
        wanted = script
        with ExitStack() as open_trial:
            while True:
                try:
                    change = open_trial.enter_context(self._replay.trial(wanted))
                    break
                except DatabaseError as error:
                    wanted = self._without(wanted, script, error)
            yield change

    def as_far_as_known(self, script: MigrationScript) -> MigrationScript:
        """A script without what needs an extension that the server does not have.

        Where it fails for something else, whoever applies it is told.
        """
        wanted = script
        while self._missing_for(script).names:
            try:
                with self.database.transaction(wanted, keep=False):
                    break
            except DatabaseError as error:
                left = without_statement(wanted, error, lambda: self._missing_for(script))
                if left is None:
                    break
                wanted = left[0]
        return wanted

    def _missing_for(self, script: MigrationScript) -> Missing:
        return missing_extensions(self.database, (*self._seen, script))

    @property
    def lost(self) -> frozenset[str]:
        """The tables, folded, that are lost sight of."""
        return frozenset().union(*(refusal.names for refusal in self.refusals))

    def _hold(self, script: MigrationScript) -> None:
        """Note that a script is applied; what lacks something is not kept for other runs."""
        if self.refusals:
            del self._held[1:]
        else:
            self._held.append(_chained(self._held[-1], script))

    def _without(
        self,
        wanted: MigrationScript,
        script: MigrationScript,
        error: DatabaseError,
        *,
        refuse: bool = False,
    ) -> MigrationScript:
        """What to try instead of a script that failed.

        Args:
            refuse: whether to go on without a statement that the engine refuses.
        """
        left = without_statement(wanted, error, lambda: self._missing_for(script))
        if left is not None:
            self.passed_over.append(left[1])
            return left[0]
        backend = self.database.backend
        rest = without_refused(wanted, script, error, backend, self.lost) if refuse else None
        if rest is None:
            raise VersionFailed(script, error) from None
        self.refusals.append(rest[1])
        return rest[0]


@contextmanager
def staged(
    shelf: Shelf, backend: Backend, base: Sequence[MigrationScript], *, commits: bool = True
) -> Iterator[Stage]:
    """A scratch database for ``base`` and what follows, from what is kept as far as it is true.

    Args:
        shelf: where from, and where it is kept afterwards.
        backend: which engine.
        base: what it holds when the stage has begun.
        commits: whether anything beyond ``base`` is applied for good. Where not, a kept database
            is used as it lies there.

    Raises:
        DatabaseError: the engine does not answer.
        WrongUse: scratch databases may not be made on this server.
    """
    opened = _libsql if backend is Backend.LIBSQL else _postgres
    with opened(shelf, base, commits) as (database, held):
        yield Stage(database, held, base)


def _chained(before: str, script: MigrationScript) -> str:
    text = f"{before}\n{script.version}\n{script.name}\n{script.checksum}\n{script.sql}"
    if script.manner != USUAL_MANNER:
        text += f"\n{script.manner}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _prefixes(engine: str, base: Sequence[MigrationScript]) -> list[str]:
    """The hash of no script, of the first, of the first two, and so on."""
    hashes = [hashlib.sha256(f"1 {engine}".encode()).hexdigest()[:16]]
    for script in base:
        hashes.append(_chained(hashes[-1], script))
    return hashes


def _longest(hashes: Sequence[str], kept: set[str]) -> int:
    """How many scripts the best kept database holds; 0 where none is of use."""
    return next((n for n in range(len(hashes) - 1, 0, -1) if hashes[n] in kept), 0)


@contextmanager
def _libsql(
    shelf: Shelf, base: Sequence[MigrationScript], _commits: bool
) -> Iterator[tuple[Database, list[str]]]:
    from mig_assist.engines.libsql import engine_version, open_libsql

    folder = state_folder(shelf.root) / FOLDER if shelf.keeps else None
    with scratch_folder() as scratch:
        file = scratch / "scratch.db"
        held = _prefixes(engine_version(), base)
        kept = {path.stem for path in _files(folder)}
        del held[_longest(held, kept) + 1 :]
        if len(held) > 1 and folder is not None:
            source = folder / f"{held[-1]}.db"
            try:
                shutil.copyfile(source, file)
                os.utime(source)
            except OSError:  # another process has just dropped it
                file.unlink(missing_ok=True)
                del held[1:]
        with open_libsql(file) as database:
            # Nothing here outlives a power cut.
            database.query("PRAGMA synchronous = OFF")
            database.query("PRAGMA journal_mode = MEMORY")
            yield database, held
        if folder is not None and len(held) > 1:
            _keep_file(file, folder, held[-1])


def _files(folder: Path | None) -> list[Path]:
    """The kept files, the one that was used last first."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for path in folder.glob("*.db"):
        with suppress(OSError):
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def _keep_file(file: Path, folder: Path, name: str) -> None:
    target = folder / f"{name}.db"
    try:
        folder.mkdir(exist_ok=True)
        if not target.exists():
            staged = folder / f"{scratch_name()}.part"
            shutil.copyfile(file, staged)
            staged.replace(target)
        for path in [*_files(folder)[MOST_KEPT:], *_abandoned(folder)]:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentLacks(
            f"{FOLDER}/ cannot be written",
            f"{error.strerror or error}: {folder}",
            "Make the workspace writable, or free some disk space.",
        ) from None


def _abandoned(folder: Path) -> list[Path]:
    """What killed processes were about to keep."""
    limit = time.time() - _FRESHNESS_SECONDS
    return [path for path in folder.glob("*.part") if path.stat().st_mtime < limit]


@contextmanager
def _postgres(
    shelf: Shelf, base: Sequence[MigrationScript], commits: bool
) -> Iterator[tuple[Database, list[str]]]:
    from mig_assist.engines.postgres import open_postgres

    require_scratch_server(shelf.postgres_url, allow_remote=shelf.allow_remote)
    with open_postgres(shelf.postgres_url) as server:
        if is_local(shelf.postgres_url):
            sweep_server(server)
        held = _prefixes(server.engine_version(), base)
        kept = {name.rpartition("_")[2] for name in _kept(server, shelf)} if shelf.keeps else set()
        count = _longest(held, kept)
        if count and count == len(base) and not commits:
            name = _kept_name(shelf, held[count])
            alone = _open_alone(with_database(shelf.postgres_url, name))
            if alone is not None:
                with alone:
                    _note_use(server, shelf, name)
                    yield alone, held
                return
        del held[count + 1 :]
        name = scratch_name()
        if not (count and _copied(server, _kept_name(shelf, held[count]), name)):
            del held[1:]
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        with open_postgres(with_database(shelf.postgres_url, name), is_scratch=True) as database:
            yield database, held
    except BaseException:
        with suppress(DatabaseError):  # what went wrong inside is what matters; a sweep follows
            _put_away(shelf, name, "")
        raise
    with suppress(DatabaseUnavailable):  # a server that is gone; the next run sweeps
        _put_away(shelf, name, held[-1] if shelf.keeps and len(held) > 1 else "")


def _kept_name(shelf: Shelf, prefix: str) -> str:
    return f"{KEPT_PREFIX}{shelf.owner}_{prefix}"


def _kept(server: Database, shelf: Shelf) -> list[str]:
    """The names of the workspace's kept databases, the one that was used last first."""
    rows = server.query(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE starts_with(datname, %s)",
        (_kept_name(shelf, ""),),
    )
    notes = [(str(name), KeptNote.parse(str(comment or ""))) for name, comment in rows]
    return sorted(
        (name for name, note in notes if note is not None),
        key={name: note.used for name, note in notes if note is not None}.__getitem__,
        reverse=True,
    )


def _note_use(server: Database, shelf: Shelf, name: str) -> None:
    rows = server.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
    )
    note = KeptNote.parse(str(rows[0][0])) if rows else None
    if note is None or time.time() - note.used > _FRESHNESS_SECONDS:
        _write_note(server, shelf, name)


def _write_note(server: Database, shelf: Shelf, name: str) -> None:
    note = KeptNote(str(shelf.root.resolve()), time.time()).text
    server.execute(f"COMMENT ON DATABASE {quoted(name)} IS {literal(note)}")


def _open_alone(url: str) -> PostgresDatabase | None:
    """A database that nobody else is connected to; None where somebody is, or it is gone.

    Of two that come at once, both may be told so.
    """
    from mig_assist.engines.postgres import open_postgres

    try:
        database = open_postgres(url, is_scratch=True)
    except DatabaseError:
        return None
    others = "SELECT FROM pg_stat_activity WHERE datname = current_database()"
    if len(database.query(others)) == 1:
        return database
    database.close()
    return None


def _copied(server: Database, source: str, name: str) -> bool:
    """Copy a database, unless somebody is connected to it or has dropped it."""
    try:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    except DatabaseError as error:
        if error.sqlstate not in ("55006", "3D000"):  # object_in_use, invalid_catalog_name
            raise
        return False
    return True


def _put_away(shelf: Shelf, name: str, prefix: str) -> None:
    """Drop a scratch database, or keep it as what it holds where nobody has kept that yet."""
    from mig_assist.engines.postgres import open_postgres

    with open_postgres(shelf.postgres_url) as server:
        if prefix:
            kept = _kept(server, shelf)
            target = _kept_name(shelf, prefix)
            if target not in kept:
                _write_note(server, shelf, name)
                with suppress(DatabaseError):  # another process was quicker
                    server.execute(f'ALTER DATABASE "{name}" RENAME TO "{target}"')
                    kept.insert(0, target)
            for old in kept[MOST_KEPT:]:
                drop_unused(server, old)
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
