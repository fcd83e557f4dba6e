"""Which expressions may be NULL."""

from __future__ import annotations

from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.tokens import Sort

_NEVER = frozenset(
    "COUNT NOW CURRENT_TIMESTAMP CURRENT_DATE TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP"
    " CLOCK_TIMESTAMP GEN_RANDOM_UUID".split()
)


def is_outer(writer: Writer, span: Span) -> bool:
    """Whether a column is one of an outer join, which has no row for some rows."""
    if "*" in writer.outer:
        return True
    name = writer.tokens[span.start].folded
    if span.stop - span.start > 1:
        return name in writer.outer
    tables = (writer.tables.get(outer) for outer in writer.outer)
    return any(table is not None and name in table.columns for table in tables)


def may_be_null(writer: Writer, span: Span) -> bool:
    """Whether an expression is not known to be other than NULL."""
    bare = writer.bare(span)
    if bare.stop - bare.start == 1 and writer.sort(bare.start) in (
        Sort.NUMBER,
        Sort.STRING,
        Sort.BLOB,
    ):
        return False
    column = writer.column(bare)
    if column is not None:
        return column.nullable or is_outer(writer, bare)
    called = writer.called(bare)
    if called in ("COALESCE", "IFNULL"):
        return may_be_null(writer, writer.arguments(bare.start + 1)[-1])
    if called == "UNIXEPOCH":
        given = writer.arguments(bare.start + 1)
        return bool(given) and writer.source_text(given[0]).lower() != "'now'"
    for sign in ("+", "-"):
        left, *steps = writer.split(*bare, separator=sign)
        if steps and all(writer.key(step.start) == "INTERVAL" for step in steps):
            return may_be_null(writer, left)
    single = writer.key(bare.start) if bare.stop - bare.start == 1 else ""
    return (called or single) not in _NEVER
