"""The names that PostgreSQL makes up for what nobody named.

They follow makeObjectName(), ChooseRelationName() and ChooseConstraintName() of its source:
``table_column_label`` within 63 bytes, numbered where that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import count

from mig_assist.engines import spelling

LONGEST_NAME = 63
"""Bytes of a name at most (NAMEDATALEN - 1)."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def clipped(name: str, size: int) -> str:
    """As much of a name as fits into some bytes, without cutting a character."""
    return name.encode()[:size].decode(errors="ignore")


def object_name(first: str, second: str | None, label: str) -> str:
    """``first_second_label``; the longer of both names is clipped first until all fits."""
    names = [first] if second is None else [first, second]
    sizes = [len(name.encode()) for name in names]
    room = LONGEST_NAME - len(label) - len(names)
    while sum(sizes) > room:
        sizes[0 if len(sizes) == 1 or sizes[0] > sizes[1] else 1] -= 1
    return "_".join((*map(clipped, names, sizes), label))


def free_name(first: str, second: str | None, label: str, is_taken: Callable[[str], bool]) -> str:
    """The first name of its kind that is not taken: without a number, then with 1, 2, …"""
    numbered = ("" if number == 0 else str(number) for number in count())
    return next(
        name
        for number in numbered
        if not is_taken(name := object_name(first, second, f"{label}{number}"))
    )


def joined(columns: Iterable[str]) -> str:
    """Column names as the middle part of a made-up name (ChooseIndexNameAddition())."""
    text = ""
    for column in columns:
        text += ("_" if text else "") + clipped(column, LONGEST_NAME)
        if len(text.encode()) > LONGEST_NAME:
            break
    return text


def told_apart(names: Iterable[str]) -> tuple[str, ...]:
    """Names of an index's columns: repeated ones get a number (ChooseIndexColumnNames())."""
    chosen: list[str] = []
    for name in names:
        numbers = ("" if number == 0 else str(number) for number in count())
        candidates = (clipped(name, LONGEST_NAME - len(number)) + number for number in numbers)
        chosen.append(next(candidate for candidate in candidates if candidate not in chosen))
    return tuple(chosen)


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """A name as quote_identifier() writes it: in quotes only where it needs them."""
    import postgast
    from postgast.pg_query_pb2 import NO_KEYWORD, UNRESERVED_KEYWORD

    if _PLAIN.fullmatch(name):
        (token,) = postgast.scan(name).tokens
        if token.keyword_kind in (NO_KEYWORD, UNRESERVED_KEYWORD):
            return name
    return spelling.quoted(name)
