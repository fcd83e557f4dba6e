"""Migrations that one side or both refuse once there are rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from mig_assist.engines.database import DatabaseError
from mig_assist.engines.schema import Schema, Table
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.refusals import Category, refusal_category
from mig_assist.verify.parity.probes.texts import mentioned

_DATA = re.compile(r"(?:insert|replace|update|delete|with|merge)\b", re.IGNORECASE)
_ONLY_WITH_ROWS = re.compile(r"^Cannot add a .*column", re.IGNORECASE | re.MULTILINE)
"""What SQLite refuses for tables that are not empty, of which an empty one shows nothing."""


def lacks_parent(error: DatabaseError | None) -> bool:
    """Whether a migration failed for rows that rows refer to."""
    return error is not None and _category(error) is Category.FOREIGN_KEY


def _category(error: DatabaseError) -> Category:
    return refusal_category(error.message, error.sqlstate)


def never_ran(
    refused: Sequence[DatabaseError | None], tables: Sequence[str]
) -> Iterator[Divergence]:
    """The finding where no rows were found with which the data statements go through at all."""
    statements = [error.statement for error in refused if error is not None]
    texts = [statement.text for statement in statements if statement is not None]
    if len(texts) < 2 or not all(map(_DATA.match, texts)):
        return
    table = next((name for name in tables if name in mentioned(texts[0])), tables[0])
    said = next(error.message.strip().splitlines()[0] for error in refused if error is not None)
    yield Divergence(
        "parity/data",
        Severity.WARNING,
        table,
        table,
        None,
        texts[0],
        texts[1],
        "Both sides refuse this data statement with all rows that were tried, so that what it does"
        f" was not compared: {said}",
        "Look at it by hand, then waive this in mig-assist.toml with the reason.",
    )


def one_failed(
    failures: Sequence[DatabaseError | None], tables: Sequence[str], other: Callable[[], Schema]
) -> tuple[Divergence, ...]:
    """The finding where the rows make one side's migration fail.

    Args:
        other: reads what the migration made of the side on which it went through.
    """
    mine, theirs = failures
    error = mine or theirs
    if (mine is not None and theirs is not None) or error is None:
        return ()
    side, well = ("PostgreSQL", "libsql") if mine is None else ("libsql", "PostgreSQL")
    statement = error.statement
    text = statement.text if statement else ""
    category = _category(error)
    words = mentioned(text)
    drops = category is Category.FOREIGN_KEY and re.match(r"drop\s+table\b", text, re.IGNORECASE)
    asked = [table for table in other().tables if folded(table.name) in words]
    if _ONLY_WITH_ROWS.search(error.message) or any(_demands(t, category, words) for t in asked):
        # The other side demands the same, and has taken these rows: it has made them fit.
        severity = Severity.ERROR
        fix = "Change such rows before the rule comes, as the other file does."
    elif drops:
        severity = Severity.ERROR
        fix = "Rebuild the table without dropping what other rows refer to, or their rows first."
    elif not _DATA.match(text) and category is not Category.TYPE:
        # Rules that a version adds are looked at on old rows by PostgreSQL, and not by triggers.
        return ()
    else:
        # What a cast or a new rule refuses may be a value that no row would ever hold.
        odd = category in (Category.TYPE, Category.CHECK, Category.NOT_NULL)
        given = re.search(r"\bvalues\b", text, re.IGNORECASE) is not None
        severity = Severity.WARNING if odd and not given else Severity.ERROR
        fix = "Let both files treat such rows alike."
    table = next((name for name in tables if name in words), tables[0] if tables else "")
    line = f", line {statement.line}" if statement and statement.line > 1 else ""
    said = error.message.strip().splitlines() or [error.title]
    return (
        Divergence(
            "parity/data",
            severity,
            table,
            table,
            None,
            said[0] if mine else None,
            said[0] if theirs else None,
            f"On rows as they may be there already, the migration fails on {side}{line} and goes"
            f" through on {well}: {said[0]}",
            fix,
        ),
    )


def _demands(table: Table, category: Category, words: Collection[str]) -> bool:
    """Whether a table has a rule of a category about columns that a statement mentions."""
    match category:
        case Category.NOT_NULL:
            return any(folded(c.name) in words and not c.nullable for c in table.columns)
        case Category.CHECK:
            columns = {folded(c.name) for c in table.columns} & set(words)
            return any(not columns.isdisjoint(mentioned(c.expression)) for c in table.checks)
        case Category.UNIQUE:
            keys = [key.columns for key in (table.primary_key, *table.uniques) if key is not None]
            keys += [tuple(p.text for p in i.parts) for i in table.indexes if i.unique]
            return any({folded(column) for column in key} <= set(words) for key in keys)
        case Category.FOREIGN_KEY:
            return any({folded(c) for c in k.columns} <= set(words) for k in table.foreign_keys)
    return False
