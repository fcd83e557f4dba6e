"""Which rows a libsql file loses where it drops a table that others refer to.

SQLite deletes all rows before it drops a table, with what foreign keys say of that, and PRAGMA
foreign_keys does nothing inside a transaction (https://www.sqlite.org/foreignkeys.html, sections
2 and 5). So the file is run on a few made-up rows: as it is, and with foreign keys off wherever a
rebuilt table is dropped. What differs is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.own_updates import target_of
from mig_assist.draft.derive.reader import Reader, mentioned
from mig_assist.draft.derive.rebuilds import Rebuild
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.engines.schema import Action, ForeignKey, Schema, Table
from mig_assist.engines.sqlite_tokens import fold

_DESTRUCTIVE = (Action.CASCADE, Action.SET_NULL, Action.SET_DEFAULT)
Rows = Mapping[str, Sequence[tuple[object, ...]]]


def losses(
    statements: Sequence[str], rebuilds: Sequence[Rebuild], context: Context
) -> Mapping[int, str]:
    """What a rebuild makes libsql's other tables lose, as a mark's message by the rebuild's place.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
    """
    schema = context.libsql
    drops = {
        number: rebuild
        for rebuild in rebuilds
        for number in rebuild.statements
        if Reader(statements[number], Backend.LIBSQL).accept("DROP", "TABLE")
    }
    if not drops or not _may_lose(statements, schema):
        return {}
    kept = _run(statements, context, frozenset())
    found: dict[int, str] = {}
    for rebuild in rebuilds:
        own = frozenset(number for number, each in drops.items() if each is rebuild)
        left = _run(statements, context, own)
        if kept is None or left is None:
            continue
        former = {fold(rebuild.before.name), *rebuild.former_names}
        ends = [n for n in own if mentioned(statements[n], Backend.LIBSQL) & former]
        drop = min(ends or own)
        lost = [e for e in _lost(kept, left) if not _is_put_back(e.table, statements, drop)]
        if lost:
            found[rebuild.place] = _message(rebuild.before.name, lost, statements)
    return found


def _is_put_back(table: str, statements: Sequence[str], drop: int) -> bool:
    """Whether rows are copied aside before a drop and put back after it.

    Which of them may hang on what they say, and the made-up ones say little.
    """
    aside: set[str] = set()
    for number, sql in enumerate(statements):
        reader = Reader(sql, Backend.LIBSQL)
        used = mentioned(sql, Backend.LIBSQL)
        if number < drop and reader.accept("CREATE"):
            _ = reader.accept("TEMP") or reader.accept("TEMPORARY")
            if reader.accept("TABLE") and fold(table) in used:
                reader.accept("IF", "NOT", "EXISTS")
                name = fold(reader.name())
                aside |= {name} if reader.accept("AS") else set()
        elif reader.peek() in ("INSERT", "REPLACE", "UPDATE"):
            if number > drop and target_of(sql) == fold(table) and used & aside:
                return True
            if number < drop and target_of(sql) != fold(table) and fold(table) in used:
                aside.add(target_of(sql))
    return False


def _may_lose(statements: Sequence[str], schema: Schema) -> bool:
    keys = (key for table in schema.tables for key in table.foreign_keys)
    return any(key.on_delete in _DESTRUCTIVE for key in keys) or any(
        " DELETE " in sql.upper() for sql in statements
    )


@dataclass(frozen=True, slots=True)
class _End:
    """What a run ends with."""

    schema: Schema
    rows: Rows


def _run(statements: Sequence[str], context: Context, guarded: Collection[int]) -> _End | None:
    """The file on made-up rows, with foreign keys on in these DROP TABLE alone.

    None where one of them fails, for then the version does, and nothing is lost.
    """
    silent = [replace(table, triggers=()) for table in context.libsql.tables]
    rehearsal = Rehearsal(replace(context.libsql, tables=tuple(silent)))
    try:
        for setting in ("COMMIT", "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints=1"):
            rehearsal.run(setting)
        for table in silent:
            rehearsal.run(_made_up(table))
        own = _Transactions(statements, context)
        for number, sql in enumerate(statements):
            if own.takes(sql):
                continue
            on = own.foreign_keys and (number in guarded or not _drops(sql))
            rehearsal.run(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
            if not rehearsal.run(sql) and number in guarded:
                return None
        end = rehearsal.schema()
        rows = {
            table.name: rehearsal.query(f"SELECT * FROM {quoted(table.name)}")  # noqa: S608
            for table in end.tables
        }
        return _End(end, rows)
    finally:
        rehearsal.close()


class _Transactions:
    """Whether foreign keys are on, in a file that may have transactions of its own."""

    def __init__(self, statements: Sequence[str], context: Context) -> None:
        self.foreign_keys = context.house.foreign_keys
        # A file that begins none is run in one, but where the house's runner never opens any.
        self._own = Backend.LIBSQL in context.own_transactions or any(
            _first(sql) == "BEGIN" for sql in statements
        )
        self._inside = not self._own

    def takes(self, sql: str) -> bool:
        """Whether a statement is about this alone, and is not to be run."""
        word = _first(sql)
        if word in ("BEGIN", "COMMIT", "END"):
            self._inside = not self._own or word == "BEGIN"
            return True
        reader = Reader(sql, Backend.LIBSQL)
        if not reader.accept("PRAGMA", "FOREIGN_KEYS"):
            return False
        if not self._inside and not reader.at_end:
            value = reader.tokens[reader.place + 1].folded
            self.foreign_keys = value in ("on", "1", "true", "yes")
        return True


def _first(sql: str) -> str:
    return Reader(sql, Backend.LIBSQL).peek()


def _drops(sql: str) -> bool:
    return Reader(sql, Backend.LIBSQL).accept("DROP", "TABLE")


def _made_up(table: Table) -> str:
    """One row whose values are all alike, so that all references find their rows."""
    columns = [column for column in table.columns if column.generated is None]
    names = ", ".join(quoted(column.name) for column in columns)
    values = ", ".join("x'31'" if "BLOB" in column.type.upper() else "'1'" for column in columns)
    return f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({values})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Lost:
    """What a table loses: its rows, or what some columns refer to."""

    table: str
    key: ForeignKey
    rows: bool


def _lost(kept: _End, left: _End) -> Iterator[_Lost]:
    for table in kept.schema.tables:
        one, other = kept.rows[table.name], left.rows.get(table.name, ())
        keys = [key for key in table.foreign_keys if key.on_delete in _DESTRUCTIVE]
        if not keys:
            continue
        if len(other) < len(one):
            cascading = [key for key in keys if key.on_delete is Action.CASCADE]
            yield _Lost(table.name, (cascading or keys)[0], rows=True)
            continue
        places = {fold(column.name): place for place, column in enumerate(table.columns)}
        for key in keys:
            used = [places[fold(column)] for column in key.columns]
            if len(one) == len(other) and any(
                a[place] != b[place] for a, b in zip(one, other, strict=True) for place in used
            ):
                yield _Lost(table.name, key, rows=False)


def _message(parent: str, lost: Sequence[_Lost], statements: Sequence[str]) -> str:
    gone = [each.table for each in lost if each.rows]
    emptied = [f"{each.table}.{each.key.columns[0]}" for each in lost if not each.rows]
    parts = [f"deletes rows of {_listed(gone)}"] if gone else []
    parts += [f"empties {_listed(emptied)}"] if emptied else []
    pragma = any(Reader(sql, Backend.LIBSQL).accept("PRAGMA", "FOREIGN_KEYS") for sql in statements)
    why = " (PRAGMA foreign_keys does nothing inside a transaction)" if pragma else ""
    own = all(fold(each.table) == fold(parent) for each in lost)
    mend = (
        "let the new table refer to itself by the name that it has until then"
        if own
        else "copy them aside there and put them back"
    )
    return (
        f"On libsql dropping {parent} {' and '.join(parts)} under ON DELETE{why}, which"
        f" PostgreSQL keeps: {mend}."
    )


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:3]) + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
