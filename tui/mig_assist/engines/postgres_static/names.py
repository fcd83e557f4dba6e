"""The names that PostgreSQL makes up for what nobody named.

They follow makeObjectName(), ChooseRelationName() and ChooseConstraintName() of its source:
``table_column_label`` within 63 bytes, numbered where that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import count

LONGEST_NAME = 63
"""Bytes of a name at most (NAMEDATALEN - 1)."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def object_name(first: str, second: str | None, label: str) -> str:
    """``first_second_label``, whose longer part is shortened where that is too long."""
    parts = [first.encode()] + ([second.encode()] if second is not None else [])
    room = LONGEST_NAME - len(label) - len(parts)
    lengths = [len(part) for part in parts]
    while sum(lengths) > room:
        longest = 0 if len(lengths) == 1 or lengths[0] > lengths[1] else 1
        lengths[longest] -= 1
    clipped = [
        part[:length].decode(errors="ignore") for part, length in zip(parts, lengths, strict=True)
    ]
    return "_".join((*clipped, label))


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
        text += f"_{column}" if text else column
        if len(text.encode()) > LONGEST_NAME:
            break
    return text


def told_apart(names: Iterable[str]) -> tuple[str, ...]:
    """Names of an index's columns: repeated ones get a number (ChooseIndexColumnNames())."""
    chosen: list[str] = []
    for name in names:
        candidates = (f"{name}{number or ''}" for number in count())
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
    return '"' + name.replace('"', '""') + '"'
