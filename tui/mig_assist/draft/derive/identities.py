"""Expressions that yield a column as it is."""

from __future__ import annotations

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import spaced, unwrapped

_TRUE = (("=", "true"), ("<>", "false"), ("!=", "false"))


def is_same(text: str, column: str, *, nullable: bool) -> bool:
    """Whether an expression of PostgreSQL yields a column of its row, unchanged.

    Args:
        nullable: whether the column may be NULL, which a test of it does not keep.
    """
    name = (column.lower(),)
    words = spaced(unwrapped(text, Backend.POSTGRES), Backend.POSTGRES)
    if words == name or any(words == (*name, *test) for test in _TRUE):
        return True
    if nullable:
        return False
    tests = [name, *((*name, *test) for test in _TRUE)]
    if any(
        words == ("case", "when", *test, "then", "true", "else", "false", "end") for test in tests
    ):
        return True
    return words == ("case", *name, "when", "true", "then", "true", "else", "false", "end")
