"""Indexes, as CREATE INDEX and constraints declare them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mig_assist.engines.postgres_names import joined, told_apart
from mig_assist.engines.postgres_static.expressions import (
    Node,
    column_name,
    columns_in,
    expression_text,
    strings,
    symbol,
    with_column_renamed,
)
from mig_assist.engines.schema import Index, IndexPart

# Operator classes that no type uses unless it is told to; others carry their type's name.
_NOT_DEFAULT = re.compile(
    r".*_(?:pattern|path|trgm|bloom|minmax_multi|multi_minmax|l1|l2|ip|cosine|hamming|jaccard)_ops"
    r"|varchar_ops|cidr_ops"
)
_ORDERED = "btree"


def index_part(node: Node, method: str) -> IndexPart:
    """A part of an index, from an IndexElem."""
    descending = symbol(node, "ordering") == "SORTBY_DESC"
    nulls = symbol(node, "nulls_ordering")
    first = descending if nulls == "SORTBY_NULLS_DEFAULT" else nulls == "SORTBY_NULLS_FIRST"
    collation = strings(node.collation)
    classes = strings(node.opclass)
    return IndexPart(
        node.name or expression_text(node.expr),
        not node.name,
        descending,
        first and method == _ORDERED,
        collation[-1] if collation and collation[-1] != "default" else None,
        classes[-1] if classes and _NOT_DEFAULT.fullmatch(classes[-1]) else None,
    )


def middle_of_name(elements: Iterable[Node]) -> str:
    """What stands for an index's parts in its made-up name."""
    return joined(told_apart(node.name or column_name(node.expr) or "expr" for node in elements))


def index_uses(index: Index, column: str) -> bool:
    """Whether an index depends on a column of its table."""
    return (
        column in index.include
        or (index.predicate is not None and column in columns_in(index.predicate))
        or any(
            column in columns_in(part.text) if part.is_expression else part.text == column
            for part in index.parts
        )
    )


def index_with_renamed_column(index: Index, old: str, new: str) -> Index:
    """An index after a column of its table has another name."""
    if not index_uses(index, old):
        return index

    def part(part: IndexPart) -> dict[str, Any]:
        if part.is_expression:
            return {"text": with_column_renamed(part.text, old, new)}
        return {"text": new if part.text == old else part.text}

    return replace(
        index,
        parts=tuple(replace(item, **part(item)) for item in index.parts),
        include=tuple(new if name == old else name for name in index.include),
        predicate=index.predicate and with_column_renamed(index.predicate, old, new),
    )
