"""libsql's LIKE, GLOB and COLLATE for PostgreSQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mig_assist.draft.derive.rewrite import COMPARISONS, Chunk, Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import string_value
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_postgres import ToPostgres


def like(writer: ToPostgres, k: int) -> str:
    """LIKE, which takes no notice of the case of letters on libsql."""
    if writer.sort(k + 1) is Sort.STRING:
        pattern = string_value(writer.tokens[k + 1].text)
        if not any(letter.isalpha() for letter in pattern):
            if "\\" in pattern and writer.key(k + 2) != "ESCAPE":
                writer.doubt("A backslash in a pattern is an escape on PostgreSQL only.")
            return writer.tokens[k].text
    return "ILIKE" if writer.tokens[k].text.isupper() else "ilike"


def glob(writer: ToPostgres, k: int, chunks: list[Chunk]) -> int:
    """GLOB and its pattern; the place behind both."""
    if writer.sort(k + 1) is not Sort.STRING:
        writer.doubt("GLOB with a pattern that is not a constant has no counterpart.")
        chunks.append(Chunk(k, "GLOB"))
        return k + 1
    pattern = string_value(writer.tokens[k + 1].text)
    if "[" not in pattern:
        escaped = re.sub(r"([\\%_])", r"\\\1", pattern)
        chunks.append(Chunk(k, f"LIKE {literal(escaped.replace('*', '%').replace('?', '_'))}"))
        return k + 2
    expression = _regular(pattern)
    if expression is None:
        writer.doubt("The pattern of GLOB was not understood.")
        chunks.append(Chunk(k, "GLOB"))
        return k + 1
    if writer.key(k - 1) == "NOT":
        while chunks and chunks[-1].start == k - 1:
            chunks.pop()
        chunks.append(Chunk(k, f"!~ {literal(expression)}"))
        return k + 2
    chunks.append(Chunk(k, f"~ {literal(expression)}"))
    return k + 2


def collate(writer: ToPostgres, k: int, chunks: list[Chunk]) -> int:
    """COLLATE and its name; the place behind both."""
    name = writer.tokens[k + 1].folded if writer.is_name(k + 1) else ""
    if name == "nocase":
        if _compared_without_case(writer, k, chunks):
            return k + 2
        span, before, text = writer.take_operand(k, Span(0, len(writer.tokens)), chunks)
        chunks.append(Chunk(span.start, f"{before}lower({text})", whole=True))
        return k + 2
    if name == "rtrim":
        writer.doubt("COLLATE RTRIM has no counterpart on PostgreSQL.")
    chunks.append(Chunk(k, ""))
    return k + 2


def _compared_without_case(writer: ToPostgres, k: int, chunks: list[Chunk]) -> bool:
    """``x = y COLLATE NOCASE`` compares both operands without case."""
    left, right = writer.operand_before(k), k + 2
    neighbour = writer.key(right) in COMPARISONS or writer.key(left.start - 1) in COMPARISONS
    if neighbour:
        writer.doubt("COLLATE NOCASE: compare lower() of both sides, or use ILIKE.")
        chunks.append(Chunk(k, ""))
    return neighbour


def _regular(pattern: str) -> str | None:
    """A GLOB pattern as a regular expression over the whole text."""
    out = "^"
    k = 0
    while k < len(pattern):
        letter = pattern[k]
        if letter == "*":
            out += ".*"
        elif letter == "?":
            out += "."
        elif letter == "[":
            stop = pattern.find("]", k + 2)
            if stop < 0:
                return None
            inner = pattern[k + 1 : stop].replace("\\", "\\\\")
            out += f"[{inner}]"
            k = stop
        else:
            out += re.escape(letter)
        k += 1
    out += "$"
    # Anything before or after needs no words.
    out = out.removeprefix("^.*") if out.startswith("^.*") else out
    return out.removesuffix(".*$") if out.endswith(".*$") else out
