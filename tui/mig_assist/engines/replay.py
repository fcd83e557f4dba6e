"""A history run on one engine version by version, reading after each only what it changed.

Each version is one transaction, as the runner has it. The last one may be tried: run, looked at,
and rolled back, so that the database stays at the version before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.schema import Schema


@dataclass(frozen=True, slots=True)
class Change:
    """What one version made of a schema.

    Attributes:
        schema: the tables that it made or changed, and all views, enums and domains.
        removed: the tables that are gone, or have another name now.
        whole: whether ``schema`` holds every table, changed or not.
    """

    schema: Schema
    removed: frozenset[str] = frozenset()
    whole: bool = False


class Replay:
    """A scratch database that goes through a history; it belongs to one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._look = _LOOKS[database.backend]
        self._marks: Mapping[str, str] = {}
        self._rest = Schema()

    def start(self) -> Change:
        """Everything that the database holds now; call it before any version.

        Raises:
            DatabaseError: it does not answer.
        """
        self._marks = _MARKS[self.database.backend](self.database)
        schema = read_schema(self.database) if self._marks else Schema()
        self._rest = replace(schema, tables=())
        return Change(schema, whole=True)

    def apply(self, script: MigrationScript) -> Change:
        """Run and commit a version.

        Raises:
            DatabaseError: it failed, and the database is as it was.
        """
        with self.database.transaction(script, keep=True):
            seen = self._look(self.database, self._marks)
            change = self._change(seen)
        self._marks, self._rest = seen.marks, replace(change.schema, tables=())
        return change

    @contextmanager
    def trial(self, script: MigrationScript) -> Iterator[Change]:
        """Run a version for the time of the body, and roll it back.

        Raises:
            DatabaseError: it failed, and the database is as it was; the body has not run.
        """
        with self.database.transaction(script, keep=False):
            yield self._change(self._look(self.database, self._marks))

    def _change(self, seen: _Seen) -> Change:
        schema = read_schema(self.database, seen.changed)
        if (schema.enums, schema.domains) != (self._rest.enums, self._rest.domains):
            # Columns anywhere may be of such a type.
            return Change(read_schema(self.database), seen.removed, whole=True)
        return Change(schema, seen.removed)


class _Seen(NamedTuple):
    """Which tables the open transaction has changed or made, and which are gone.

    Attributes:
        marks: what the next look is told.
    """

    changed: frozenset[str]
    removed: frozenset[str]
    marks: Mapping[str, str]


def _look_at_texts(database: Database, before: Mapping[str, str]) -> _Seen:
    """By the texts in SQLite's catalog, which is one short table.

    What a table says of its parents hangs on theirs too. ``before`` maps what names a row of the
    catalog to its text.
    """
    marks = _texts(database)
    rows = {key for key, _ in marks.items() ^ before.items()}
    touched = {key.split(_SEPARATOR)[2] for key in rows}
    names = [key.split(_SEPARATOR)[1] for key in marks if key.startswith("table")]
    if touched:
        children = re.compile(
            rf"references[\s\"'`\[(]*(?:{'|'.join(map(re.escape, touched))})\b", re.IGNORECASE
        )
        touched |= {
            key.split(_SEPARATOR)[2]
            for key, text in marks.items()
            if "references" in text.lower() and children.search(text)
        }
    changed = touched.intersection(names)
    gone = {key.split(_SEPARATOR)[1] for key in before.keys() - marks.keys() if key[:5] == "table"}
    return _Seen(frozenset(changed), frozenset(gone.difference(names)), marks)


_SEPARATOR = "\x1f"


def _texts(database: Database) -> Mapping[str, str]:
    rows = database.query(
        "SELECT type || char(31) || name || char(31) || tbl_name, coalesce(sql, '')"
        " FROM main.sqlite_schema"
    )
    return {str(key): str(text) for key, text in rows}


def _look_at_locks(database: Database, before: Mapping[str, str]) -> _Seen:
    """By the locks of the transaction: whoever changes a table keeps a strong one to the end.

    See the manual, 13.3.1. Beside those tables a change may show in the ones that refer to them,
    and in those whose triggers call a function that is new. ``before`` maps a table's oid to its
    name.
    """
    marks = dict(before)
    changed, gone = set(), set()
    for oid, name in database.query(_LOCKED):
        gone.add(marks.pop(str(oid), None))
        if name is not None:
            marks[str(oid)] = str(name)
            changed.add(str(name))
    return _Seen(frozenset(changed), frozenset(filter(None, gone - changed)), marks)


_LOCKED = """
    WITH held AS (
        SELECT relation AS oid FROM pg_locks
         WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation >= 16384
           AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    ), touched AS (
        SELECT coalesce(i.indrelid, h.oid) AS oid
          FROM held h LEFT JOIN pg_index i ON i.indexrelid = h.oid
        UNION
        SELECT conrelid FROM pg_constraint WHERE contype = 'f' AND confrelid IN (TABLE held)
        UNION
        SELECT tgrelid FROM pg_trigger
         WHERE NOT tgisinternal AND tgfoid IN (
               SELECT oid FROM pg_proc
                WHERE oid >= 16384 AND age(xmin) <= age(pg_current_xact_id()::xid))
    )
    SELECT t.oid::text, c.relname
      FROM touched t LEFT JOIN pg_class c ON c.oid = t.oid
     WHERE c.relkind IN ('r', 'p', 'f') OR c.oid IS NULL
"""
"""User objects have oids from 16384 on (FirstNormalObjectId)."""


def _names_by_oid(database: Database) -> Mapping[str, str]:
    rows = database.query(
        "SELECT oid::text, relname FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND oid >= 16384"
    )
    return {str(oid): str(name) for oid, name in rows}


_LOOKS: Mapping[Backend, Callable[[Database, Mapping[str, str]], _Seen]] = {
    Backend.LIBSQL: _look_at_texts,
    Backend.POSTGRES: _look_at_locks,
}
_MARKS: Mapping[Backend, Callable[[Database], Mapping[str, str]]] = {
    Backend.LIBSQL: _texts,
    Backend.POSTGRES: _names_by_oid,
}
