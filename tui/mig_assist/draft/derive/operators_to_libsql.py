"""PostgreSQL's operators on texts, arrays and JSON for libsql."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mig_assist.draft.derive.rewrite import COMPARISONS, Chunk, Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_libsql import ToLibsql

_DAYS = (LogicalType.TIMESTAMP, LogicalType.DATE)


def like(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """LIKE, which minds the case of letters on PostgreSQL alone."""
    pattern = writer.string_value(k + 1)
    lettered = pattern is None or any(letter.isalpha() for letter in pattern)
    escaped = pattern is not None and "\\" in pattern
    if not lettered and not escaped:
        chunks.append(Chunk(k, writer.tokens[k].text))
        return k + 1
    if pattern is None or escaped or set(pattern) & set("*?[") or writer.key(k + 2) == "ESCAPE":
        if pattern is not None and not lettered:
            chunks.append(Chunk(k, f"{writer.tokens[k].text} {writer.string(k + 1)} ESCAPE '\\'"))
            return k + 2
        writer.doubt("LIKE takes no notice of the case of letters on libsql.")
        chunks.append(Chunk(k, writer.tokens[k].text))
        return k + 1
    word = "GLOB" if writer.tokens[k].text.isupper() else "glob"
    shape = literal(pattern.replace("%", "*").replace("_", "?"))
    chunks.append(Chunk(k, f"{word}{writer.tokens[k + 1].before}{shape}"))
    return k + 2


def is_json(writer: ToLibsql, k: int, span: Span, chunks: list[Chunk]) -> int:
    """IS JSON as json_valid()."""
    inverse = writer.key(k + 1) == "NOT"
    start, before, text = writer.take_operand(k, span, chunks)
    stop = k + 2 + inverse
    kind = writer.key(stop)
    if kind in ("VALUE", "OBJECT", "ARRAY", "SCALAR"):
        stop += 1
    valid = f"json_valid({text})"
    if kind in ("OBJECT", "ARRAY"):
        valid = f"({valid} AND json_type({text}) = '{kind.lower()}')"
    elif kind in ("SCALAR", "WITH", "WITHOUT"):
        writer.doubt("IS JSON with more words has no counterpart on libsql.")
    chunks.append(Chunk(start.start, f"{before}{'NOT ' if inverse else ''}{valid}", whole=True))
    return stop


def array(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """ARRAY[…], which only JSON comes near."""
    stop = writer.close(k + 1)
    writer.doubt("libsql has no arrays: keep the values as JSON or in a table.")
    inner = writer.render(Span(k + 2, stop)) if k + 2 < stop else ""
    chunks.append(Chunk(k, f"json_array({inner})", whole=True))
    return stop + 1


def quantified(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """``= ANY (ARRAY[…])`` as IN, ``<> ALL (…)`` as NOT IN."""
    operator, quantifier = writer.key(k - 1), writer.key(k)
    inner = writer.bare(Span(k + 1, writer.close(k + 1) + 1))
    members = _members(writer, inner)
    if (operator, quantifier) in (("=", "ANY"), ("=", "SOME")):
        word = "IN"
    elif operator in ("<>", "!=") and quantifier == "ALL":
        word = "NOT IN"
    else:
        word = ""
    if not word or members is None:
        writer.doubt(f"{quantifier} over an array has no counterpart on libsql.")
        chunks.append(Chunk(k, writer.tokens[k].text))
        return k + 1
    if "'" in members and writer.source_kind(writer.operand_before(k - 1)) in _DAYS:
        writer.doubt(f"{quantifier} over times: write them as libsql's column keeps them.")
    while chunks and chunks[-1].start >= k - 1:
        chunks.pop()
    before = writer.tokens[k - 1].before
    chunks.append(Chunk(k - 1, f"{before}{word} ({members})"))
    return writer.close(k + 1) + 1


def _members(writer: ToLibsql, span: Span) -> str | None:
    start = span.start
    if writer.key(start) == "SELECT":
        return writer.render(span)
    if writer.key(start) == "(":
        return _members(writer, writer.bare(Span(start, writer.close(start) + 1)))
    if writer.key(start) == "ARRAY" and writer.key(start + 1) == "[":
        inside = Span(start + 2, writer.close(start + 1))
        return ", ".join(_uncast(writer, part) for part in writer.split(*inside))
    text = writer.string_value(start)
    if text is not None and text[:1] + text[-1:] == "{}" and writer.key(start + 1) in ("::", ""):
        members = text[1:-1].split(",")
        if members and not set(text[1:-1]) & set('{}"\\'):
            return ", ".join(literal(member.strip()) for member in members)
    return None


def _uncast(writer: ToLibsql, span: Span) -> str:
    if writer.sort(span.start) is Sort.STRING and writer.key(span.start + 1) == "::":
        return writer.string(span.start)
    return writer.render(span)


def match_pattern(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """A regular expression as a GLOB, where it says no more than one can."""
    key = writer.key(k)
    if "~~" in key:
        inverse = "NOT " if key.startswith("!") else ""
        if not key.endswith("*"):
            writer.doubt("LIKE takes no notice of the case of letters on libsql.")
        chunks.append(Chunk(k, f"{inverse}LIKE"))
        return k + 1
    pattern = writer.string_value(k + 1)
    shape = glob_of(pattern) if pattern is not None and "*" not in key else None
    negated = key.startswith("!")
    if shape is None:
        writer.doubt(f"The regular expression of {key} has no counterpart on libsql.")
        chunks.append(Chunk(k, writer.tokens[k].text))
        return k + 1
    turned, text = shape
    word = "NOT GLOB" if negated is not turned else "GLOB"
    chunks.append(Chunk(k, f"{word} {literal(text)}"))
    return k + 2


def reach(writer: ToLibsql, k: int, span: Span, chunks: list[Chunk]) -> int:
    """A path into JSON."""
    path = writer.string_value(k + 1)
    start, before, text = writer.take_operand(k, span, chunks)
    if path is None or not re.fullmatch(r"\{[\w\-, ]+\}", path):
        writer.doubt(f"The path of {writer.key(k)} was not understood.")
        chunks.append(Chunk(start.start, f"{before}{text} {writer.key(k)}"))
        return k + 1
    steps = [step.strip() for step in path[1:-1].split(",")]
    way = "$" + "".join(
        f"[{step}]" if step.isdecimal() else f'."{step}"' if "-" in step else f".{step}"
        for step in steps
    )
    arrow = "->>" if writer.key(k) == "#>>" else "->"
    stop = k + 4 if writer.at(k + 2, "::") else k + 2
    chunks.append(Chunk(start.start, f"{before}({text} {arrow} {literal(way)})", whole=True))
    return min(stop, k + 2)


def check_arrow(writer: ToLibsql, k: int) -> None:
    """``->>`` yields numbers on libsql where the JSON holds numbers."""
    left = writer.operand_before(k).start
    while writer.key(left - 1) in ("->", "->>"):
        left = writer.operand_before(left - 1).start
    stop = writer.operand_after(k + 1).stop
    assigned = writer.wanted_of(Span(left, stop)) is not None
    beside = writer.key(stop) in COMPARISONS or writer.key(left - 1) in COMPARISONS
    if beside and not assigned and writer.key(stop) not in ("IS", "::"):
        other = (
            writer.operand_after(stop + 1)
            if writer.key(stop) in COMPARISONS
            else (writer.operand_before(left - 1))
        )
        value = writer.string_value(other.start) if other.stop - other.start == 1 else None
        if value is None or re.fullmatch(r"[-+.0-9eE]+|true|false", value):
            writer.doubt("->> yields a number or 1 and 0 on libsql where JSON holds no text.")


def glob_of(expression: str) -> tuple[bool, str] | None:
    """A regular expression as a GLOB, and whether that says the opposite; None without one."""
    if match := re.fullmatch(r"\^\[([^\]^\\]+)\]\*\$", expression):
        return True, f"*[^{match[1]}]*"
    if match := re.fullmatch(r"(\^?)([\w \-:/@,]*)(\$?)", expression):
        head = "" if match[1] else "*"
        return False, head + match[2] + ("" if match[3] else "*")
    return None
