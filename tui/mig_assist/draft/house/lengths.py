"""Lengths that PostgreSQL's columns have where libsql's say nothing, as TEXT beside CHAR(36)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from mig_assist.engines.logical_types import postgres_name, split_modifier
from mig_assist.engines.schema import Schema

Lengths = Mapping[tuple[str, str], str | None]
"""For columns (by name, or empty for all) and a type as format_type() spells it, what stands in its
parentheses; None where that is not always the same."""


def lengths_of(libsql: Schema, postgres: Schema) -> Lengths:
    """The length of each group of columns whose members agree."""
    theirs = {table.name.lower(): table for table in postgres.tables}
    counts: dict[tuple[str, str], Counter[str]] = {}
    for table in libsql.tables:
        other = theirs.get(table.name.lower())
        twins = {column.name.lower(): column for column in other.columns} if other else {}
        for column in table.columns:
            twin = twins.get(column.name.lower())
            if twin is None or split_modifier(column.type)[1]:
                continue
            kind, length = postgres_name(twin.type), split_modifier(twin.type)[1]
            for group in _groups(column.name):
                counts.setdefault((group, kind), Counter())[length] += 1
    return {key: next(iter(each)) if len(each) == 1 else None for key, each in counts.items()}


def length_in(lengths: Lengths, column: str, kind: str) -> str | None:
    """The length of a column's nearest relatives of a type.

    Empty where they have none, and None where they do not agree.
    """
    kind = postgres_name(kind)
    return next((lengths[group, kind] for group in _groups(column) if (group, kind) in lengths), "")


def _groups(column: str) -> Iterator[str]:
    yield column.lower()
    yield ""
