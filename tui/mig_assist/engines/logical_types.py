"""What the types of both engines mean to people: one name for all spellings.

SQLite derives an affinity from the declared name (https://www.sqlite.org/datatype3.html, 3.1);
where the name itself says more, as BOOLEAN or UUID do, it is taken at its word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import lru_cache

from mig_assist.backend import Backend


class LogicalType(StrEnum):
    """What a column holds, whatever its engine calls it."""

    INTEGER = "integer"
    REAL = "real"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOLEAN = "boolean"
    JSON = "json"
    TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"
    INTERVAL = "interval"
    UUID = "uuid"
    BYTES = "bytes"
    ENUM = "enum"
    ARRAY = "array"
    ANY = "any"
    """On libsql a column that takes every value; on PostgreSQL a type that nothing is known of."""


_LIBSQL_NAMES = {
    "BOOL": LogicalType.BOOLEAN,
    "BOOLEAN": LogicalType.BOOLEAN,
    "JSON": LogicalType.JSON,
    "JSONB": LogicalType.JSON,
    "UUID": LogicalType.UUID,
    "GUID": LogicalType.UUID,
    "UNIQUEIDENTIFIER": LogicalType.UUID,
    "DATETIME": LogicalType.TIMESTAMP,
    "TIMESTAMP": LogicalType.TIMESTAMP,
    "TIMESTAMPTZ": LogicalType.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": LogicalType.TIMESTAMP,
    "TIMESTAMP WITHOUT TIME ZONE": LogicalType.TIMESTAMP,
    "DATE": LogicalType.DATE,
    "TIME": LogicalType.TIME,
    "INTERVAL": LogicalType.INTERVAL,
    "BYTEA": LogicalType.BYTES,
    "BINARY": LogicalType.BYTES,
    "VARBINARY": LogicalType.BYTES,
    "STRING": LogicalType.TEXT,
    "DECIMAL": LogicalType.DECIMAL,
    "NUMERIC": LogicalType.DECIMAL,
    "MONEY": LogicalType.DECIMAL,
    "NUMBER": LogicalType.DECIMAL,
    "": LogicalType.ANY,
}
# In the order in which SQLite looks for them.
_AFFINITIES = (
    (("INT",), LogicalType.INTEGER),
    (("CHAR", "CLOB", "TEXT"), LogicalType.TEXT),
    (("BLOB",), LogicalType.BYTES),
    (("REAL", "FLOA", "DOUB"), LogicalType.REAL),
)
_POSTGRES_NAMES = {
    "smallint": LogicalType.INTEGER,
    "integer": LogicalType.INTEGER,
    "bigint": LogicalType.INTEGER,
    "real": LogicalType.REAL,
    "double precision": LogicalType.REAL,
    "numeric": LogicalType.DECIMAL,
    "money": LogicalType.DECIMAL,
    "text": LogicalType.TEXT,
    "character varying": LogicalType.TEXT,
    "character": LogicalType.TEXT,
    "citext": LogicalType.TEXT,
    "name": LogicalType.TEXT,
    "boolean": LogicalType.BOOLEAN,
    "json": LogicalType.JSON,
    "jsonb": LogicalType.JSON,
    "timestamp with time zone": LogicalType.TIMESTAMP,
    "timestamp without time zone": LogicalType.TIMESTAMP,
    "date": LogicalType.DATE,
    "time with time zone": LogicalType.TIME,
    "time without time zone": LogicalType.TIME,
    "interval": LogicalType.INTERVAL,
    "uuid": LogicalType.UUID,
    "bytea": LogicalType.BYTES,
}
_POSTGRES_ALIASES = {
    "int2": "smallint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "int": "integer",
    "int4": "integer",
    "serial": "integer",
    "serial4": "integer",
    "int8": "bigint",
    "bigserial": "bigint",
    "serial8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "decimal": "numeric",
    "varchar": "character varying",
    "char varying": "character varying",
    "char": "character",
    "bpchar": "character",
    "bool": "boolean",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
_MODIFIER = re.compile(r"\s*\(([^)]*)\)")


def split_modifier(declared: str) -> tuple[str, str]:
    """A type without its modifier, with single blanks; and the modifier, as ``10,2``."""
    found = _MODIFIER.search(declared)
    name = " ".join(_MODIFIER.sub(" ", declared).split())
    return name, "" if found is None else found[1].replace(" ", "")


def postgres_name(declared: str) -> str:
    """A PostgreSQL type as format_type() spells it, without modifier and schema."""
    name, _ = split_modifier(declared)
    name = name.replace('"', "") if name.startswith('"') else name.lower().rpartition(".")[2]
    return _POSTGRES_ALIASES.get(name, name)


def logical_type(
    declared: str,
    backend: Backend,
    *,
    enums: Collection[str] = (),
    domains: Mapping[str, str] | None = None,
) -> LogicalType:
    """What a declared type means.

    Args:
        declared: on libsql as the CREATE TABLE says, on PostgreSQL as format_type() does or as a
            person would write it.
        backend: whose type it is.
        enums: the names of PostgreSQL's enums.
        domains: the type below each domain.
    """
    if backend is Backend.LIBSQL:
        return _libsql_type(declared)
    seen: set[str] = set()
    while domains and declared in domains and declared not in seen:
        seen.add(declared)
        declared = domains[declared]
    if declared in enums or declared.rpartition(".")[2].strip('"') in enums:
        return LogicalType.ENUM
    return _postgres_type(declared)


@lru_cache(maxsize=1024)
def _libsql_type(declared: str) -> LogicalType:
    name = split_modifier(declared)[0].upper()
    if name in _LIBSQL_NAMES:
        return _LIBSQL_NAMES[name]
    for parts, meant in _AFFINITIES:
        if any(part in name for part in parts):
            return meant
    return LogicalType.ANY


@lru_cache(maxsize=1024)
def _postgres_type(declared: str) -> LogicalType:
    if declared.endswith("[]"):
        return LogicalType.ARRAY
    return _POSTGRES_NAMES.get(postgres_name(declared), LogicalType.ANY)
