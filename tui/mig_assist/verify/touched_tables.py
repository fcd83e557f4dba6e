"""Which tables a script changes: what a migration's own tests speak of.

Static, by sqlglot: a rebuild (create new, copy, drop, rename) touches the table that it rebuilds.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.statements import SqlSyntaxError, split_statements

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_MOST_PARSED = 512 * 1024
"""Characters; sqlglot takes some seconds for so many."""

# Bulk data: what follows the table's name is of no interest, and long.
_INSERT = re.compile(
    r"""(?:INSERT(?:\s+OR\s+[A-Z]+)?|REPLACE)\s+INTO\s+
        (?:(?:\w+|"[^"]+")\s*\.\s*)? (?: "(?P<quoted>[^"]+)" | (?P<plain>\w+) ) (?=[\s(])""",
    re.VERBOSE | re.IGNORECASE,
)

_DIALECTS = {Backend.LIBSQL: "sqlite", Backend.POSTGRES: "postgres"}


def touched_tables(sql: str, backend: Backend) -> frozenset[str] | None:
    """The tables that a script changes, under the names they have afterwards, in lower case.

    None where a statement is not understood, or the script is too long to be taken apart.
    """
    touched: set[str] = set()
    parsed = 0
    try:
        for statement in split_statements(sql, backend):
            insert = _INSERT.match(statement.text)
            if insert:
                touched.add((insert["quoted"] or insert["plain"]).lower())
                continue
            parsed += len(statement.text)
            change = _change(statement.text, backend, touched) if parsed <= _MOST_PARSED else None
            if change is None:
                return None
            touched ^= change
    except SqlSyntaxError:
        return None
    return frozenset(touched)


def _change(sql: str, backend: Backend, touched: set[str]) -> set[str] | None:
    """What a statement adds to or takes from the tables touched so far; None where unclear."""
    import sqlglot
    from sqlglot import errors, exp

    # It would warn on standard error about statements that it hands through as they are.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        statement = sqlglot.parse_one(sql, dialect=_DIALECTS[backend])
    except errors.SqlglotError:
        return None
    if isinstance(statement, exp.Command):
        return None
    if isinstance(statement, exp.Drop) and statement.kind == "INDEX":
        return set()
    if not isinstance(statement, exp.Create | exp.Drop | exp.Alter | exp.DML):
        return set()
    return _tables_of(statement, touched)


def _tables_of(statement: Expr, touched: set[str]) -> set[str]:
    from sqlglot import exp

    table = statement.find(exp.Table)
    if table is None:
        return set()
    rename = statement.find(exp.AlterRename)
    if rename is None:
        return {table.name.lower()} - touched
    renamed = {rename.this.name.lower()} - touched
    return renamed | ({table.name.lower()} & touched)
