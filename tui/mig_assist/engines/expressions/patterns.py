"""LIKE, GLOB and regular expressions, read into one notation as far as they mean the same.

libsql's LIKE takes no notice of the case of ASCII letters, PostgreSQL's does; libsql's has no
escape character unless one is given, PostgreSQL's is a backslash. Of regular expressions only
those are read that are a row of characters and classes with counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mig_assist.engines.expressions.facts import Facts
from mig_assist.engines.expressions.nodes import Kind, Node, call, compare, number, string

_RANGE_LIMIT = 500
_COUNT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_SIMPLE_COUNTS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True, slots=True)
class _Class:
    """A set of characters, or all but those of a set."""

    characters: frozenset[str]
    inverse: bool = False

    def __str__(self) -> str:
        if self == _ANY:
            return "."
        listed = "".join(f"\\{c}" if c in "\\]^" else c for c in sorted(self.characters))
        return f"[{'^' if self.inverse else ''}{listed}]"


_ANY = _Class(frozenset(), True)


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one class, so many of them; without ``most`` any number from ``least`` on."""

    of: _Class
    least: int = 1
    most: int | None = 1

    def __str__(self) -> str:
        return f"{self.of}{{{self.least},{'' if self.most is None else self.most}}}"


_ANYTHING = _Run(_ANY, 0, None)


class _Unreadable(Exception):
    """A pattern that says more than this module reads."""


def matching(how: str, operand: Node, pattern: tuple[Node, ...], facts: Facts) -> Node:
    """A match of normal forms."""
    tagged = Node(Kind.MATCH, f"{facts.backend}.{how}", (operand, *pattern))
    if any(node.kind is not Kind.STRING for node in pattern):
        return tagged
    texts = [node.value for node in pattern]
    ignores_case = how in ("ilike", "~*") or (how == "like" and facts.is_libsql)
    lettered = any(letter.isalpha() for letter in texts[0])
    if ignores_case and lettered and (how == "~*" or not texts[0].isascii()):
        return tagged
    try:
        runs = _merged(_read(how, texts, facts))
    except _Unreadable:
        return tagged
    if ignores_case and lettered:
        folded = "".join(map(str, runs)).lower()
        return Node(Kind.MATCH, "without case", (operand, string(folded)))
    return _plainer(operand, runs)


def _read(how: str, texts: list[str], facts: Facts) -> Iterator[_Run]:
    if how == "glob":
        return _glob(texts[0])
    if how in ("like", "ilike"):
        escape = texts[1] if len(texts) > 1 else ("" if facts.is_libsql else "\\")
        if len(escape) > 1:
            raise _Unreadable
        return _like(texts[0], escape)
    return _regular(texts[0])


def _plainer(operand: Node, runs: list[_Run]) -> Node:
    """A match in case, as a comparison where it is no more than one."""
    literal = _literal(runs)
    if literal is not None:
        return compare("=", operand, string(literal))
    if runs[0] == runs[-1] == _ANYTHING and len(runs) > 2:
        part = _literal(runs[1:-1])
        if part is not None:
            return compare(">=", call("instr", operand, string(part)), number(1))
        if len(runs) == 3 and runs[1].of.inverse and (runs[1].least, runs[1].most) == (1, 1):
            # Some character is none of these: not all of them are.
            allowed = _Run(_Class(runs[1].of.characters), 0, None)
            return Node(Kind.NOT, "", (_pattern(operand, [allowed]),))
    if len(runs) == 1 and runs[0] != _ANYTHING:
        return _single(operand, runs[0])
    return _pattern(operand, runs)


def _single(operand: Node, run: _Run) -> Node:
    """A text that is one run: each character is of the class, and there are so many."""
    length = call("length", operand)
    rules = [] if run.of == _ANY else [_pattern(operand, [_Run(run.of, 0, None)])]
    if run.least == run.most:
        rules.append(compare("=", length, number(run.least)))
    else:
        if run.least:
            rules.append(compare(">=", length, number(run.least)))
        if run.most is not None:
            rules.append(compare("<=", length, number(run.most)))
    return rules[0] if len(rules) == 1 else Node(Kind.AND, "", tuple(rules))


def _pattern(operand: Node, runs: list[_Run]) -> Node:
    return Node(Kind.MATCH, "pattern", (operand, string("".join(map(str, runs)))))


def _literal(runs: list[_Run]) -> str | None:
    """The text that is all a pattern matches."""
    text = ""
    for run in runs:
        if run.of.inverse or len(run.of.characters) != 1 or run.least != run.most:
            return None
        text += next(iter(run.of.characters)) * run.least
    return text


def _merged(runs: Iterator[_Run]) -> list[_Run]:
    """Neighbours of one class as one run; an empty pattern is an empty run."""
    merged: list[_Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if last is not None and last.of == run.of:
            most = None if None in (last.most, run.most) else (last.most or 0) + (run.most or 0)
            merged[-1] = _Run(run.of, last.least + run.least, most)
        else:
            merged.append(run)
    if not merged:
        raise _Unreadable
    return merged


def _of(character: str) -> _Run:
    return _Run(_Class(frozenset({character})))


def _like(pattern: str, escape: str) -> Iterator[_Run]:
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            literal = next(characters, None)
            if literal is None:
                raise _Unreadable
            yield _of(literal)
        elif character == "%":
            yield _ANYTHING
        else:
            yield _Run(_ANY) if character == "_" else _of(character)


def _glob(pattern: str) -> Iterator[_Run]:
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "[":
            found, position = _class(pattern, position)
            yield _Run(found)
        elif character == "*":
            yield _ANYTHING
        else:
            yield _Run(_ANY) if character == "?" else _of(character)


def _regular(pattern: str) -> Iterator[_Run]:
    anchored = pattern.endswith("$") and not pattern.endswith("\\$")
    body = pattern[: len(pattern) - anchored]
    position = 1 if body.startswith("^") else 0
    if not position:
        yield _ANYTHING
    while position < len(body):
        of, position = _atom(body, position)
        least, most, position = _count(body, position)
        yield _Run(of, least, most)
    if not anchored:
        yield _ANYTHING


def _atom(body: str, position: int) -> tuple[_Class, int]:
    character = body[position]
    if character == "[":
        if "\\" in body or "[[" in body:
            raise _Unreadable
        return _class(body, position + 1)
    if character == ".":
        return _ANY, position + 1
    if character == "\\":
        position += 1
        character = body[position : position + 1]
        if not character or character.isalnum():
            raise _Unreadable
    elif character in "^$*+?{}()|]":
        raise _Unreadable
    return _Class(frozenset({character})), position + 1


def _count(body: str, position: int) -> tuple[int, int | None, int]:
    simple = _SIMPLE_COUNTS.get(body[position : position + 1])
    counted = _COUNT.match(body, position)
    if simple is not None:
        least, most = simple
        position += 1
    elif counted is not None:
        least = int(counted[1])
        most = least if counted[2] is None else None if counted[3] is None else int(counted[3])
        position = counted.end()
        if most is not None and most < least:
            raise _Unreadable
    else:
        return 1, 1, position
    if body[position : position + 1] in ("?", "*", "+", "{"):
        raise _Unreadable
    return least, most, position


def _class(pattern: str, position: int) -> tuple[_Class, int]:
    """The class whose bracket has just been opened, and where it ends."""
    inverse = pattern[position : position + 1] == "^"
    start = position + inverse
    # A closing bracket that comes first stands for itself.
    end = pattern.find("]", start + 1)
    if end < 0:
        raise _Unreadable
    inside = pattern[start:end]
    characters: set[str] = set()
    place = 0
    while place < len(inside):
        low = inside[place]
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            codes = range(ord(low), ord(inside[place + 2]) + 1)
            if not 0 < len(codes) < _RANGE_LIMIT:
                raise _Unreadable
            characters.update(map(chr, codes))
            place += 3
        else:
            characters.add(low)
            place += 1
    return _Class(frozenset(characters), inverse), end + 1
