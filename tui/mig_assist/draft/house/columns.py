"""Habits that both schemas show, column by column."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import mentioned
from mig_assist.draft.derive.type_hints import hints_of
from mig_assist.draft.house.votes import Votes
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column, Schema, Table

_NOW = re.compile(
    r"\b(?:current_timestamp|current_date|current_time|now|unixepoch|clock_timestamp|"
    r"statement_timestamp|transaction_timestamp)\b|'now'",
    re.IGNORECASE,
)
_LIST = re.compile(r"""\(?\s*["`\[]?(\w+)["`\]]?\s+in\s*\(\s*'[^']*'.*\)\s*""", re.I | re.DOTALL)


def vote(votes: Votes, libsql: Schema, postgres: Schema) -> None:
    """Count what two schemas show; places are tables and columns."""
    theirs = {table.name.lower(): table for table in postgres.tables}
    enums = {enum.name for enum in postgres.enums}
    for table in libsql.tables:
        if any(option.startswith("VIRTUAL") for option in table.options):
            continue
        votes.add("strict", table.strict, table.name)
        if table.primary_key and len(table.primary_key.columns) > 1:
            votes.add("without_rowid", "WITHOUT ROWID" in table.options, table.name)
        other = theirs.get(table.name.lower())
        if other is not None:
            _vote_table(votes, table, other, enums)


def _vote_table(votes: Votes, table: Table, other: Table, enums: set[str]) -> None:
    hints = hints_of(table)
    lists = {
        found[1].lower() for check in table.checks if (found := _LIST.fullmatch(check.expression))
    }
    checked = {
        word for check in table.checks for word in mentioned(check.expression, Backend.LIBSQL)
    }
    twins = {column.name.lower(): column for column in other.columns}
    for column in table.columns:
        name = column.name.lower()
        twin = twins.get(name)
        if twin is None:
            continue
        place = f"{table.name}.{column.name}"
        stored = logical_type(column.type, Backend.LIBSQL)
        meant = logical_type(twin.type, Backend.POSTGRES, enums=enums)
        hint = hints[name]
        if column.numbered and not twin.numbered:
            votes.add("numbering", "plain", place)
        if meant is LogicalType.BOOLEAN and stored in (LogicalType.INTEGER, LogicalType.BOOLEAN):
            votes.add("flag_checks", hint.flag and name in checked, place)
        if meant is LogicalType.JSON and stored is LogicalType.TEXT:
            votes.add("json_checks", hint.json, place)
        if meant is LogicalType.ENUM:
            votes.add("enums", "type", place)
        elif meant is LogicalType.TEXT and name in lists:
            votes.add("enums", "check", place)
        _vote_now(votes, column, twin, place)


def _vote_now(votes: Votes, column: Column, twin: Column, place: str) -> None:
    for backend, default in ((Backend.LIBSQL, column.default), (Backend.POSTGRES, twin.default)):
        if default is not None and _NOW.search(default):
            votes.add(f"{backend}.now", default, place)
