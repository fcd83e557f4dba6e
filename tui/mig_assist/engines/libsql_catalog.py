"""libsql's catalog: its pragmas, and what only the text in sqlite_schema says."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mig_assist.engines.database import HISTORY_TABLE, Database, DatabaseError
from mig_assist.engines.schema import (
    Action,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Schema,
    Table,
    Trigger,
    View,
)
from mig_assist.engines.sqlite_definitions import (
    ColumnText,
    ForeignKeyText,
    IndexText,
    KeyText,
    TableText,
    index_text,
    table_text,
    trigger_definition,
    view_definition,
)
from mig_assist.engines.sqlite_tokens import fold

_OBJECTS = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema"
_OBJECTS_OF = """
    SELECT type, name, tbl_name, sql FROM main.sqlite_schema
     WHERE ? IS NULL OR lower(tbl_name) IN (SELECT value FROM json_each(?)) OR type = 'view'
        OR (type = 'trigger' AND tbl_name IN
            (SELECT name FROM main.sqlite_schema WHERE type = 'view'))
"""
_SPELLED = """
    SELECT name FROM main.sqlite_schema
     WHERE type = 'table' AND lower(name) IN (SELECT value FROM json_each(?))
"""
_LISTED = """
    SELECT l.name, l.type, l.wr, l.strict
      FROM json_each(?) AS wanted, pragma_table_list AS l
     WHERE l.arg = wanted.value AND l.schema = 'main'
"""
_TABLES = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
_COLUMNS = """
    SELECT wanted.value, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
      FROM json_each(?) AS wanted, pragma_table_xinfo(wanted.value, 'main') AS c
"""
_INDEXES = """
    SELECT wanted.value, i.name, i."unique", i.origin, c.cid, c.name, c."desc", c.coll
      FROM json_each(?) AS wanted, pragma_index_list(wanted.value, 'main') AS i,
           pragma_index_xinfo(i.name, 'main') AS c
     WHERE c.key
"""
_FOREIGN_KEYS = """
    SELECT wanted.value, k.id, k."table", k."from", k."to", k.on_update, k.on_delete
      FROM json_each(?) AS wanted, pragma_foreign_key_list(wanted.value, 'main') AS k
"""
_HIDDEN, _VIRTUAL, _STORED = 1, 2, 3
_ROW_ID, _EXPRESSION = -1, -2
_BINARY = "BINARY"


_Rows = list[tuple[object, ...]]
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class _ColumnRow:
    name: str
    type: str
    not_null: bool
    default: str | None
    key_place: int
    hidden: int


@dataclass(frozen=True, slots=True)
class _IndexRow:
    """One key part of an index."""

    index: str
    unique: bool
    origin: str
    column: str
    is_expression: bool
    descending: bool
    collation: str


@dataclass(frozen=True, slots=True)
class _ForeignKeyRow:
    """One column of a foreign key; numbers run against the order of declaration."""

    number: int
    target: str
    column: str
    target_column: str | None
    on_update: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class _Catalog:
    """What the queries yielded.

    Attributes:
        sql: of tables, views and indexes, which share one name space.
        names: the own spelling of each table, by its folded name.
        triggers: name and text, by the folded name of the table or view.
    """

    sql: Mapping[str, str]
    names: Mapping[str, str]
    triggers: Mapping[str, Sequence[tuple[str, str]]]
    columns: Mapping[str, Sequence[_ColumnRow]]
    indexes: Mapping[str, Sequence[_IndexRow]]
    foreign_keys: Mapping[str, Sequence[_ForeignKeyRow]]


def read_schema(database: Database, tables: Collection[str] | None = None) -> Schema:
    """See :func:`mig_assist.engines.catalog.read_schema`."""
    wanted = None if tables is None else json.dumps([fold(name) for name in tables])
    objects = database.query(_OBJECTS_OF, (wanted, wanted))
    present = [str(row[1]) for row in objects if row[0] in ("table", "view")]
    listed = _listed(database, None if wanted is None else present)
    chosen = [name for name in present if listed[name][0] not in ("shadow", "view")]
    chosen = [name for name in chosen if _is_application(name)]
    views = sorted(name for name in present if listed[name][0] == "view")
    foreign_keys = _grouped(database.query(_FOREIGN_KEYS, (json.dumps(chosen),)), _foreign_key_row)
    targets = {fold(key.target) for rows in foreign_keys.values() for key in rows}
    names = {fold(name): name for name in present}
    if targets - names.keys():
        found = database.query(_SPELLED, (json.dumps(sorted(targets)),))
        names |= {fold(str(name)): str(name) for (name,) in found}
    described = list(dict.fromkeys([*chosen, *views, *(names[t] for t in targets if t in names)]))
    catalog = _Catalog(
        sql={str(row[1]): str(row[3]) for row in objects if row[0] != "trigger" and row[3]},
        names=names,
        triggers=_triggers_by_table(objects),
        columns=_grouped(_columns(database, described), _column_row),
        indexes=_grouped(database.query(_INDEXES, (json.dumps(chosen),)), _index_row),
        foreign_keys=foreign_keys,
    )
    return Schema(
        tables=tuple(
            _table(name, catalog, without_rowid=bool(listed[name][1]), strict=bool(listed[name][2]))
            for name in sorted(chosen)
        ),
        views=tuple(_view(name, catalog) for name in views),
    )


def _listed(database: Database, names: Sequence[str] | None) -> dict[str, tuple[object, ...]]:
    """The kind of tables and views, and whether they are WITHOUT ROWID and STRICT, by name."""
    rows = (
        database.query(_TABLES) if names is None else database.query(_LISTED, (json.dumps(names),))
    )
    return {str(row[0]): row[1:] for row in rows}


def _is_application(name: str) -> bool:
    """As :meth:`Database.application_tables` chooses."""
    return fold(name) != HISTORY_TABLE and not name.startswith(("sqlite_", "libsql_"))


def _columns(database: Database, names: Sequence[str]) -> _Rows:
    """The columns of tables and views, none for a view that no longer works.

    SQLite refuses the whole query for such a view, which then is found by halving.
    """
    try:
        return database.query(_COLUMNS, (json.dumps(names),))
    except DatabaseError:
        if len(names) < 2:
            return []
        half = len(names) // 2
        return [*_columns(database, names[:half]), *_columns(database, names[half:])]


def _grouped(rows: _Rows, read: Callable[[Sequence[object]], _Row]) -> dict[str, list[_Row]]:
    """Rows by their first value, in their order."""
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[str(row[0])].append(read(row[1:]))
    return groups


def _column_row(row: Sequence[object]) -> _ColumnRow:
    name, kind, not_null, default, key_place, hidden = row
    return _ColumnRow(
        name=str(name),
        type=str(kind or ""),
        not_null=bool(not_null),
        default=None if default is None else str(default),
        key_place=int(str(key_place)),
        hidden=int(str(hidden)),
    )


def _index_row(row: Sequence[object]) -> _IndexRow:
    index, unique, origin, place, column, descending, collation = row
    return _IndexRow(
        index=str(index),
        unique=bool(unique),
        origin=str(origin),
        column="rowid" if place == _ROW_ID else str(column),
        is_expression=place == _EXPRESSION,
        descending=bool(descending),
        collation=fold(str(collation)).upper(),
    )


def _foreign_key_row(row: Sequence[object]) -> _ForeignKeyRow:
    number, target, column, target_column, on_update, on_delete = row
    return _ForeignKeyRow(
        number=int(str(number)),
        target=str(target),
        column=str(column),
        target_column=None if target_column is None else str(target_column),
        on_update=str(on_update),
        on_delete=str(on_delete),
    )


def _triggers_by_table(objects: _Rows) -> dict[str, list[tuple[str, str]]]:
    triggers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, name, table, sql in objects:
        if kind == "trigger":
            triggers[fold(str(table))].append((str(name), str(sql)))
    return triggers


def _table(name: str, catalog: _Catalog, *, without_rowid: bool, strict: bool) -> Table:
    text = table_text(catalog.sql.get(name, ""))
    rows = catalog.columns.get(name, ())
    key_columns = _primary_key_columns(rows)
    indexes: dict[str, list[_IndexRow]] = defaultdict(list)
    for row in catalog.indexes.get(name, ()):
        indexes[row.index].append(row)
    has_key_index = any(parts[0].origin == "pk" for parts in indexes.values())
    row_id = key_columns[0] if key_columns and not has_key_index else None
    collations = {column.name: _collation(text, column.name) for column in rows}
    uniques, created = [], []
    for index, parts in indexes.items():
        if parts[0].origin == "pk":
            continue
        if parts[0].origin == "u" and all(_is_plain(part, collations) for part in parts):
            uniques.append(_unique(parts, text))
        else:
            created.append(_index(index, parts, catalog.sql.get(index), text, collations))
    return Table(
        name=name,
        columns=tuple(
            _column(row, text, is_row_id=row.name == row_id)
            for row in rows
            if row.hidden != _HIDDEN
        ),
        primary_key=_primary_key(key_columns, text),
        uniques=tuple(sorted(uniques, key=repr)),
        foreign_keys=tuple(sorted(_foreign_keys(name, text, catalog), key=repr)),
        checks=tuple(sorted(text.checks, key=repr)),
        indexes=tuple(sorted(created, key=lambda index: index.name)),
        triggers=_triggers(name, catalog),
        strict=strict,
        options=tuple(sorted(_options(text, rows, without_rowid=without_rowid))),
    )


def _view(name: str, catalog: _Catalog) -> View:
    return View(
        name=name,
        columns=tuple(row.name for row in catalog.columns.get(name, ())),
        definition=view_definition(catalog.sql.get(name, "")),
        triggers=_triggers(name, catalog),
    )


def _triggers(table: str, catalog: _Catalog) -> tuple[Trigger, ...]:
    found = catalog.triggers.get(fold(table), ())
    return tuple(trigger_definition(name, sql) for name, sql in sorted(found))


def _options(text: TableText, rows: Iterable[_ColumnRow], *, without_rowid: bool) -> Iterator[str]:
    if without_rowid:
        yield "WITHOUT ROWID"
    if text.module is not None:
        yield f"VIRTUAL TABLE {text.module}"
    for row in rows:
        column = text.columns.get(fold(row.name))
        if column is not None and column.not_null_conflict:
            yield f"NOT NULL ON CONFLICT {column.not_null_conflict} ({row.name})"


def _collation(text: TableText, column: str) -> str:
    found = text.columns.get(fold(column))
    return fold(found.collation or _BINARY).upper() if found else _BINARY


def _column(row: _ColumnRow, text: TableText, *, is_row_id: bool) -> Column:
    found = text.columns.get(fold(row.name), ColumnText(row.name))
    collation = _collation(text, row.name)
    return Column(
        name=row.name,
        type=row.type,
        nullable=not row.not_null and not is_row_id,
        default=None if is_row_id else row.default,
        generated=found.generated if row.hidden in (_VIRTUAL, _STORED) else None,
        stored=row.hidden == _STORED,
        numbered=is_row_id,
        never_reused=is_row_id and text.autoincrement,
        collation=None if collation == _BINARY else collation,
    )


def _primary_key_columns(rows: Iterable[_ColumnRow]) -> tuple[str, ...]:
    places = sorted((row.key_place, row.name) for row in rows if row.key_place)
    return tuple(name for _, name in places)


def _primary_key(columns: tuple[str, ...], text: TableText) -> Key | None:
    if not columns:
        return None
    found = text.primary_key
    return Key(found.name, columns, on_conflict=found.on_conflict) if found else Key(None, columns)


def _is_plain(part: _IndexRow, collations: Mapping[str, str]) -> bool:
    """Whether a constraint's column is compared as the column itself is."""
    return part.collation == collations.get(part.column)


def _unique(parts: Sequence[_IndexRow], text: TableText) -> Key:
    columns = tuple(part.column for part in parts)
    found = _unique_text(columns, text)
    return Key(found.name, columns, on_conflict=found.on_conflict) if found else Key(None, columns)


def _unique_text(columns: Iterable[str], text: TableText) -> KeyText | None:
    """What declares a unique constraint: SQLite makes one of several over the same columns."""
    folded = tuple(fold(column) for column in columns)
    same = [key for key in text.uniques if key.columns == folded]
    same.sort(key=lambda key: key.name is None)
    return next(iter(same), None)


def _index(
    name: str,
    parts: Sequence[_IndexRow],
    sql: str | None,
    table: TableText,
    collations: Mapping[str, str],
) -> Index:
    """An index; one without text belongs to a constraint that Key cannot express."""
    text = index_text(sql or "")
    if sql is None:
        found = _unique_text((part.column for part in parts), table)
        name = found.name if found and found.name else name
    return Index(
        name=name,
        parts=tuple(
            IndexPart(
                text=_expression(text, place) if part.is_expression else part.column,
                is_expression=part.is_expression,
                descending=part.descending,
                nulls_first=not part.descending,
                collation=None
                if part.collation == collations.get(part.column, _BINARY)
                else part.collation,
            )
            for place, part in enumerate(parts)
        ),
        unique=parts[0].unique,
        predicate=text.predicate,
    )


def _expression(text: IndexText, place: int) -> str:
    return text.parts[place] if place < len(text.parts) else ""


def _foreign_keys(table: str, text: TableText, catalog: _Catalog) -> Iterator[ForeignKey]:
    keys: dict[int, list[_ForeignKeyRow]] = defaultdict(list)
    for row in catalog.foreign_keys.get(table, ()):
        keys[row.number].append(row)
    declared = [parts for _, parts in sorted(keys.items(), reverse=True)]
    for place, parts in enumerate(declared):
        columns = tuple(part.column for part in parts)
        said = text.foreign_keys[place] if place < len(text.foreign_keys) else None
        if said is None or said.columns != tuple(fold(column) for column in columns):
            said = ForeignKeyText(None, ())
        target = catalog.names.get(fold(parts[0].target), parts[0].target)
        yield ForeignKey(
            name=said.name,
            columns=columns,
            target=target,
            target_columns=_target_columns(parts, catalog.columns.get(target, ())),
            on_delete=Action(parts[0].on_delete),
            on_update=Action(parts[0].on_update),
            deferrable=said.deferrable,
            deferred=said.deferred,
        )


def _target_columns(
    parts: Sequence[_ForeignKeyRow], target: Sequence[_ColumnRow]
) -> tuple[str, ...]:
    """In the target's own spelling; its primary key where the foreign key names none."""
    named = [part.target_column for part in parts if part.target_column is not None]
    if not named:
        return _primary_key_columns(target)
    spelling = {fold(row.name): row.name for row in target}
    return tuple(spelling.get(fold(name), name) for name in named)


def fingerprints(database: Database) -> Mapping[str, str]:
    """See :func:`mig_assist.engines.catalog.fingerprints`.

    What hangs on a table is in its rows of sqlite_schema; what a foreign key says of its target
    is in the target's. A view's columns may be those of a table (SELECT *).
    """
    objects = database.query(_OBJECTS)
    hanging: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, TableText] = {}
    names: dict[str, str] = {}
    for kind, name, table, sql in objects:
        folded = fold(str(table))
        hanging[folded].append(f"{kind}\0{name}\0{sql}")
        if kind == "table":
            texts[folded], names[folded] = table_text(str(sql)), str(name)
    special = any(kind == "view" for kind, *_ in objects) or any(
        text.module is not None for text in texts.values()
    )
    listed = database.query(_TABLES) if special else []
    shadows = {str(row[0]) for row in listed if row[1] == "shadow"}
    found = {
        name: _digest(
            *sorted(hanging[fold(name)]),
            *(_target(key, names, texts) for key in texts[fold(name)].foreign_keys),
        )
        for name in database.application_tables()
        if name not in shadows
    }
    views = [str(row[0]) for row in listed if row[1] == "view"]
    columns = _columns(database, views) if views else []
    for name in views:
        own = (str(row[1]) for row in columns if row[0] == name)
        found[f"view:{name}"] = _digest(*sorted(hanging[fold(name)]), *own)
    return found


def _target(key: ForeignKeyText, names: Mapping[str, str], texts: Mapping[str, TableText]) -> str:
    """What a foreign key says of its target in the target's own words."""
    folded = fold(key.target)
    text = texts.get(folded, TableText())
    columns = [fold(column) for column in key.target_columns]
    if not columns and text.primary_key:
        columns = list(text.primary_key.columns)
    spelling = [text.columns[column].name for column in columns if column in text.columns]
    return "\0".join((names.get(folded, ""), *spelling))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\1".join(parts).encode()).hexdigest()[:32]
