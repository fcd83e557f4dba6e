"""Which rule of a libsql table is meant by the name that PostgreSQL has for it."""

from __future__ import annotations

from collections.abc import Sequence

from mig_assist.backend import Backend
from mig_assist.draft.derive.postgres_side import same_columns
from mig_assist.draft.derive.reader import mentioned
from mig_assist.draft.derive.table_text import Clause, Definition, Item
from mig_assist.engines.expressions import canonical_check
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold


def rule_named(name: str, text: Definition, there: Table | None) -> tuple[Item, Clause] | None:
    """libsql's rule that PostgreSQL calls by a name.

    Args:
        text: libsql's table.
        there: PostgreSQL's.
    """
    rules = [(i, c) for i, c in text.clauses() if c.kind not in ("TYPE", "NOT", "NULL")]
    for item, clause in rules:
        if clause.name is not None and fold(clause.name) == fold(name):
            return item, clause
    if there is None:
        return None
    checks = [each for each in there.checks if each.name == name]
    if checks:
        own = [(i, c) for i, c in rules if c.kind == "CHECK"]
        return _check_like(checks[0].expression, own, text)
    if there.primary_key is not None and there.primary_key.name == name:
        return next(((i, c) for i, c in rules if c.kind == "PRIMARY"), None)
    for unique in there.uniques:
        if unique.name == name:
            return next(
                (
                    (i, c)
                    for i, c in rules
                    if c.kind == "UNIQUE" and same_columns(c.columns, unique.columns)
                ),
                None,
            )
    for key in there.foreign_keys:
        if key.name == name:
            return next(
                (
                    (i, c)
                    for i, c in rules
                    if c.kind in ("FOREIGN", "REFERENCES")
                    and same_columns(c.columns, key.columns)
                    and c.target == fold(key.target)
                ),
                None,
            )
    return None


def _check_like(
    expression: str, rules: Sequence[tuple[Item, Clause]], text: Definition
) -> tuple[Item, Clause] | None:
    meaning = canonical_check(expression, Backend.POSTGRES)
    for item, clause in rules:
        if meaning and canonical_check(clause.body, Backend.LIBSQL) == meaning:
            return item, clause
    columns = {fold(item.column) for item in text.items if item.column}
    wanted = mentioned(expression, Backend.POSTGRES) & columns
    alike = [
        (item, clause)
        for item, clause in rules
        if mentioned(clause.body, Backend.LIBSQL) & columns == wanted
    ]
    return alike[0] if len(alike) == 1 else None


def index_named(name: str, table: Table, there: Table | None) -> str | None:
    """libsql's index of a name, or its unique index beside PostgreSQL's UNIQUE constraint."""
    uniques = there.uniques if there else ()
    for unique in uniques:
        if unique.name != name:
            continue
        for index in table.indexes:
            texts = tuple(part.text for part in index.parts)
            if index.unique and not index.predicate and same_columns(texts, unique.columns):
                return index.name
    return next((i.name for i in table.indexes if fold(i.name) == fold(name)), None)
