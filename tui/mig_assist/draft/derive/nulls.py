"""Which expressions may be NULL."""

from __future__ import annotations

from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.tokens import Sort


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
        return column.nullable
    if writer.key(bare.start) in ("COALESCE", "IFNULL") and (
        writer.close(bare.start + 1) == bare.stop - 1
    ):
        return may_be_null(writer, writer.arguments(bare.start + 1)[-1])
    return writer.key(bare.start) not in ("UNIXEPOCH", "COUNT")
