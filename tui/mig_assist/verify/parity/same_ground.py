"""The same ground for a version on both sides: equal rows, and numbers that go on alike."""

from __future__ import annotations

from collections.abc import Collection

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, DatabaseUnavailable
from mig_assist.verify.parity.names import quoted
from mig_assist.verify.parity.probes.paired import PairedSchema
from mig_assist.verify.parity.probes.run import Bench

_SAVEPOINT = "mig_assist_ground"
_MOST_ROUNDS = 4


def make_equal(bench: Bench) -> frozenset[str]:
    """Empty the tables whose rows are not the same on both sides, with what refers to them.

    What differs there is not the fault of the version that comes next.

    Args:
        bench: knows numbered columns as any others.

    Returns:
        The tables that still differ, by folded name.
    """
    unequal: frozenset[str] = frozenset()
    for _ in range(_MOST_ROUNDS):
        unequal = frozenset(name for name in bench.schema.tables if _differs(bench, name))
        if not unequal:
            break
        for database in (bench.libsql, bench.postgres):
            _empty(database, bench.schema, _with_children(bench.schema, unequal))
    return unequal


def _differs(bench: Bench, name: str) -> bool:
    mine, other = bench.rows_of(name)
    return mine != other


def _with_children(schema: PairedSchema, tables: Collection[str]) -> list[str]:
    """Tables with all that refer to them, the children first as far as there is a first."""
    found = dict.fromkeys(tables)
    waiting = list(tables)
    while waiting:
        target = waiting.pop()
        for name, table in schema.tables.items():
            if name not in found and any(key.target == target for key in table.foreign_keys):
                found[name] = None
                waiting.append(name)
    return list(reversed(found))


def _empty(database: Database, schema: PairedSchema, tables: Collection[str]) -> None:
    """Delete all rows, again and again as long as some tables' rows hold back those of others."""
    left = list(tables)
    while left:
        refused = [name for name in left if not _emptied(database, schema, name)]
        if len(refused) == len(left):
            return
        left = refused


def _emptied(database: Database, schema: PairedSchema, name: str) -> bool:
    database.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        database.execute(f"DELETE FROM {schema.tables[name].name(database.backend)}")  # noqa: S608
    except DatabaseUnavailable:
        raise
    except DatabaseError:
        database.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        return False
    finally:
        database.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")
    return True


_SEQUENCES = """
SELECT c.relname, a.attname, s.oid::regclass::text, q.seqmin, q.seqmax
FROM pg_class s
JOIN pg_sequence q ON q.seqrelid = s.oid
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE q.seqincrement = 1 AND pg_table_is_visible(c.oid)
"""


def number_alike(libsql: Database, postgres: Database, schema: PairedSchema) -> None:
    """Let PostgreSQL's sequences go on where libsql goes on, behind the rows that are there.

    ALTER SEQUENCE … RESTART is undone by a rollback, with all numbers drawn after it (the manual,
    ALTER SEQUENCE); setval() would not be.
    """
    places = {
        (table.postgres.name, column.postgres.name): (table, column.libsql)
        for table in schema.tables.values()
        for column in table.columns
        if column.libsql is not None and column.postgres is not None
        if column.libsql.numbered and column.postgres.numbered
    }
    if not places:
        return
    restarts: list[str] = []
    for owner, owned, sequence, least, most in postgres.query(_SEQUENCES):
        place = places.get((str(owner), str(owned)))
        if place is None:
            continue
        table, column = place
        name = table.name(Backend.LIBSQL)
        highest = libsql.query(f"SELECT max({quoted(column.name)}) FROM {name}")  # noqa: S608
        if column.never_reused:
            sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?"
            highest += libsql.query(sql, (table.libsql.name,))
        following = max((int(str(n)) for (n,) in highest if n is not None), default=0) + 1
        if int(str(least)) <= following <= int(str(most)):
            restarts.append(f"ALTER SEQUENCE {sequence} RESTART WITH {following}")
    if restarts:
        postgres.execute("; ".join(restarts))
