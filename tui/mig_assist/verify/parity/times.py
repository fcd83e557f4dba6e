"""Columns of times that libsql's own statements read or write as seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column, Schema, Table
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.texts import mentioned

_FORMAT = re.compile(r"\b(?:strftime|datetime|date|time|julianday)\s*\(", re.IGNORECASE)
_SECONDS = r"(?:cast\s*\(\s*)?(?:unixepoch\b|strftime\s*\(\s*'%s')"
_EPOCH = re.compile(r"\bextract\s*\(\s*epoch\s+from\s+(?:\w+\.)?\"?(\w+)", re.IGNORECASE)


def with_seconds(libsql: Schema, scripts: tuple[str, str]) -> Schema:
    """The schema, in which such columns hold numbers, whatever they are declared to be.

    Args:
        scripts: libsql's and PostgreSQL's file of the version; what the latter makes seconds of,
            and the former takes as it is, holds seconds there.
    """
    script = scripts[0]
    read = frozenset(name for call in _calls(script) for name in mentioned(call))
    read |= {folded(name) for name in _EPOCH.findall(scripts[1])} - _made_seconds(script)
    tables = tuple(
        replace(
            table, columns=tuple(_counted(table, column, read, script) for column in table.columns)
        )
        for table in libsql.tables
    )
    return replace(libsql, tables=tables)


def _counted(table: Table, column: Column, read: frozenset[str], script: str) -> Column:
    if logical_type(column.type, Backend.LIBSQL) is not LogicalType.TIMESTAMP:
        return column
    name = re.escape(column.name)
    compared = rf"\b{name}\b\W{{0,2}}\s*(?:<=?|>=?|=|<>|\bbetween)\s*\(?\s*{_SECONDS}"
    by_default = re.search(_SECONDS, column.default or "", re.IGNORECASE)
    is_read = folded(column.name) in read and folded(table.name) in mentioned(script)
    if by_default or is_read or re.search(compared, script, re.IGNORECASE):
        return replace(column, type="INTEGER")
    return column


def _made_seconds(script: str) -> frozenset[str]:
    """The names of which libsql's file itself makes seconds."""
    calls = re.findall(rf"{_SECONDS}[^)]*", script, re.IGNORECASE)
    return frozenset(name for call in calls for name in mentioned(call))


def _calls(script: str) -> Iterator[str]:
    """The calls that make a time out of seconds."""
    for found in _FORMAT.finditer(script):
        depth = 0
        for place in range(found.end() - 1, len(script)):
            depth += (script[place] == "(") - (script[place] == ")")
            if depth == 0:
                call = script[found.start() : place]
                if "'unixepoch'" in call.lower():
                    yield call
                break
