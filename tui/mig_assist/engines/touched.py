"""Which tables a transaction has touched, as cheaply as each engine can tell.

However many tables there are, only what is new since the last look comes out of the engine.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError
from mig_assist.engines.schema import Schema


class Seen(NamedTuple):
    """What the open transaction has made or changed.

    Attributes:
        schema: the tables, and all views, enums and domains.
        removed: the tables that are gone, or have another name now.
        marks: what the next look is to know.
    """

    schema: Schema
    removed: frozenset[str]
    marks: Mapping[str, object]


class Look(Protocol):
    """How an engine is asked what a transaction has touched.

    Attributes:
        reading: a query for one value that says it; empty where it takes more than that.
    """

    reading: str

    def start(self) -> bool:
        """Note what there is; whether there is anything."""
        ...

    def now(self) -> Seen:
        """What the open transaction has touched."""
        ...

    def read(self, answer: object) -> Seen:
        """What a transaction had touched when ``reading`` answered."""
        ...

    def keep(self, seen: Seen) -> None:
        """Take this for granted from now on: it is committed."""
        ...


def look_at(database: Database) -> Look:
    """The way of a database's engine."""
    return _Texts(database) if database.backend is Backend.LIBSQL else _Locks(database)


class _Object(NamedTuple):
    kind: str
    name: str
    table: str
    sql: str


_REFERENCE = re.compile(r"references[\s\"'`\[(]*([^\s\"'`\]();,]+)", re.IGNORECASE)
_NAME = re.compile(r"[^\s\"'`\]();,]+")


class _Texts:
    """By the texts in SQLite's catalog, beside which a temporary table keeps those of before."""

    reading = ""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Object] = {}
        self._children: dict[str, set[str]] = defaultdict(set)

    def start(self) -> bool:
        self._known.clear()
        self._remember()
        self.keep(Seen(Schema(), frozenset(), self._changes()))
        return bool(self._known)

    def now(self) -> Seen:
        from mig_assist.engines.libsql_catalog import read_schema

        try:
            changes = self._changes()
        except DatabaseError:  # the connection is another since
            self._remember()
            changes = self._changes()
        old = [self._known[row] for row in changes if row in self._known]
        new = [found for found in changes.values() if found is not None]
        touched = {each.table for each in (*old, *new)}
        # What a table says of its parents hangs on theirs too.
        for name in tuple(touched):
            if first := _NAME.search(name):
                touched |= self._children.get(first[0].lower(), set())
        there = {each.name for each in new if each.kind == "table"}
        gone = {each.name for each in old if each.kind == "table"} - there
        return Seen(read_schema(self._database, touched), frozenset(gone), changes)

    def read(self, answer: object) -> Seen:
        raise NotImplementedError

    def keep(self, seen: Seen) -> None:
        changed: dict[str, _Object] = {}
        for row, found in seen.marks.items():
            if not isinstance(found, _Object):
                self._known.pop(row, None)
                continue
            self._known[row] = changed[row] = found
            if found.kind == "table":
                for parent in _REFERENCE.findall(found.sql):
                    self._children[parent.lower()].add(found.table)
        if seen.marks:
            try:
                self._write(seen.marks.keys() - changed.keys(), changed)
            except DatabaseError:  # the next look notices
                return

    def _changes(self) -> dict[str, _Object | None]:
        """What is another than before, by its row; None for what is gone."""
        return {
            str(row): None if kind is None else _Object(str(kind), *map(str, texts))
            for row, kind, *texts in self._database.query(_CHANGES)
        }

    def _remember(self) -> None:
        for sql in _MEMORY:
            self._database.execute(sql)
        self._write((), self._known)

    def _write(self, gone: Collection[str], there: Mapping[str, _Object]) -> None:
        if gone:
            self._database.execute(_FORGET, (json.dumps([int(row) for row in gone]),))
        if there:
            rows = [(int(row), *each) for row, each in there.items()]
            self._database.execute(_STORE, (json.dumps(rows),))


_MEMORY = (
    "DROP TABLE IF EXISTS temp.mig_assist_known",
    "CREATE TEMP TABLE mig_assist_known (id INTEGER PRIMARY KEY, kind, name, tbl, sql)",
)
_CHANGES = """
    SELECT s.rowid, s.type, s.name, s.tbl_name, coalesce(s.sql, '')
      FROM main.sqlite_schema AS s LEFT JOIN temp.mig_assist_known AS k ON k.id = s.rowid
     WHERE k.sql IS NOT coalesce(s.sql, '') OR k.name IS NOT s.name OR k.tbl IS NOT s.tbl_name
        OR k.kind IS NOT s.type
     UNION ALL
    SELECT id, NULL, NULL, NULL, NULL
      FROM temp.mig_assist_known WHERE id NOT IN (SELECT rowid FROM main.sqlite_schema)
"""
_FORGET = "DELETE FROM temp.mig_assist_known WHERE id IN (SELECT value FROM json_each(?))"
_STORE = """
    INSERT OR REPLACE INTO temp.mig_assist_known
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)
"""


class _Locks:
    """By the locks of the transaction: whoever changes a table keeps a strong one to the end."""

    def __init__(self, database: Database) -> None:
        from mig_assist.engines.postgres_catalog import reading_touched

        self._database = database
        self._names: dict[str, str] = {}
        self.reading = reading_touched(database)

    def start(self) -> bool:
        self._names = {str(oid): str(name) for oid, name in self._database.query(_NAMES)}
        return bool(self._names)

    def now(self) -> Seen:
        return self.read(self._database.value(self.reading))

    def read(self, answer: object) -> Seen:
        from mig_assist.engines.postgres_catalog import read_touched

        found = read_touched(answer)
        before = {self._names[oid] for oid in found.relations if oid in self._names}
        return Seen(
            found.schema,
            frozenset(before.difference(found.relations.values())),
            found.relations,
        )

    def keep(self, seen: Seen) -> None:
        for oid, name in seen.marks.items():
            if name is None:
                self._names.pop(oid, None)
            else:
                self._names[oid] = str(name)


_NAMES = """
    SELECT oid::text, relname FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND oid >= 16384
"""
"""User objects have oids from 16384 on (FirstNormalObjectId)."""
