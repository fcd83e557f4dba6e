"""Lengths that PostgreSQL's columns have where libsql's say nothing, as TEXT beside CHAR(36)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from mig_assist.engines.logical_types import postgres_name, split_modifier
from mig_assist.engines.schema import Schema

_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z0-9]+")

_MOST = 0.75

Lengths = Mapping[tuple[str, str], str]
"""For columns (by name, ``…_`` and last word, first word and ``_…``, or empty for all) and a type
as format_type() spells it, what stands in its parentheses."""


def lengths_of(libsql: Schema, postgres: Schema) -> Lengths:
    """The length of each group of columns whose members mostly agree."""
    theirs = {table.name.lower(): table for table in postgres.tables}
    counts: dict[tuple[str, str], Counter[str]] = {}
    for table in libsql.tables:
        other = theirs.get(table.name.lower())
        twins = {column.name.lower(): column for column in other.columns} if other else {}
        for column in table.columns:
            twin = twins.get(column.name.lower())
            if twin is None or split_modifier(column.type)[1]:
                continue
            length = split_modifier(twin.type)[1]
            if length:
                for group in _groups(column.name):
                    key = (group, postgres_name(twin.type))
                    counts.setdefault(key, Counter())[length] += 1
    found = {key: counter.most_common(1)[0] for key, counter in counts.items()}
    return {
        key: length
        for key, (length, often) in found.items()
        if often >= _MOST * counts[key].total()
    }


def length_in(lengths: Lengths, column: str, kind: str) -> str:
    """The length of a column's nearest relatives of a type; empty where they have none."""
    kind = postgres_name(kind)
    return next((lengths[group, kind] for group in _groups(column) if (group, kind) in lengths), "")


def _groups(column: str) -> Iterator[str]:
    words = [word.lower() for word in _WORD.findall(column)]
    yield column.lower()
    if words:
        yield f"…_{words[-1]}"
        yield f"{words[0]}_…"
    yield ""
