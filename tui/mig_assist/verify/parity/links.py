"""Which columns the data statements of a migration copy into columns that refer to other tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mig_assist.engines.schema import ForeignKey, Schema, Table
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.population import Script
from mig_assist.verify.parity.probes.texts import mentioned

_COPY = re.compile(
    r"\binto\s+(?:\w+\.)?[\"`\[]?(?P<table>\w+)[\"`\]]?\s*(?:\((?P<columns>[^()]*)\)\s*)?"
    r"(?:with\b.*?\)\s*)?select\s+(?:distinct\s+|all\s+)?(?P<items>.*?)\s+from\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


def with_links(
    schemas: tuple[Schema, Schema], after: tuple[Schema, Schema], script: Script
) -> tuple[Schema, Schema] | None:
    """The schemas before a migration, in which what it copies refers to what the copies refer to.

    Only rows that have these parents can be copied at all. None where there is nothing to add.

    Args:
        after: both schemas after the migration.
    """
    found = dict.fromkeys(
        link
        for text in script.data
        for side in after
        for table in side.tables
        for link in _links(text, table, schemas)
    )
    if not found:
        return None
    libsql, postgres = (
        replace(
            schema,
            tables=tuple(
                replace(
                    table,
                    foreign_keys=(
                        *table.foreign_keys,
                        *(key for name, key in found if name == folded(table.name)),
                    ),
                )
                for table in schema.tables
            ),
        )
        for schema in schemas
    )
    return libsql, postgres


def _links(
    text: str, copy: Table, schemas: tuple[Schema, Schema]
) -> Iterator[tuple[str, ForeignKey]]:
    """Tables that a statement copies into another one, with the keys their columns come to have."""
    match = _COPY.search(text)
    if match is None or folded(match["table"]) != folded(copy.name) or not copy.foreign_keys:
        return
    listed = match["columns"]
    names = listed.split(",") if listed else [column.name for column in copy.columns]
    items = dict(
        zip((folded(n.strip(' \n\t"`[]')) for n in names), _items(match["items"]), strict=False)
    )
    words = mentioned(match["rest"])
    sources = [t for schema in schemas for t in schema.tables if folded(t.name) in words]
    for key in copy.foreign_keys:
        if len(key.columns) != 1 or not any(s.table(key.target) for s in schemas):
            continue
        item = mentioned(items.get(folded(key.columns[0]), ""))
        for source in sources:
            own = [column.name for column in source.columns if folded(column.name) in item]
            itself = folded(source.name) == folded(key.target) and own[:1] == [*key.target_columns]
            if len(own) == 1 and not itself and not _refers(source, own[0]):
                link = ForeignKey(None, (own[0],), key.target, key.target_columns)
                yield folded(source.name), link


def _refers(table: Table, column: str) -> bool:
    return any(folded(column) in map(folded, key.columns) for key in table.foreign_keys)


def _items(text: str) -> Sequence[str]:
    """What stands between the commas of a list that are in no parentheses and no quotes."""
    found, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += (sign == "(") - (sign == ")") if not quoted else 0
        if sign == "," and depth == 0 and not quoted:
            found.append("")
        else:
            found[-1] += sign
    return found
