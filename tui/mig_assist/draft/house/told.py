"""Statements of a file as their tokens, and where to find things in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mig_assist.draft.derive.tokens import Token

_BETWEEN = frozenset("TEMP TEMPORARY UNIQUE UNLOGGED MATERIALIZED VIRTUAL".split())


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of a file.

    Attributes:
        tokens: of the statement, without its semicolon.
        place: the file and the line.
    """

    tokens: Sequence[Token]
    place: str

    @property
    def kind(self) -> str:
        """``CREATE TABLE``, ``DROP INDEX``, ``ALTER TABLE``, ``INSERT`` …"""
        first = self.tokens[0].key
        if first not in ("CREATE", "DROP", "ALTER"):
            return first
        k = after_modifiers(self.tokens)
        return f"{first} {self.tokens[k].key}" if k < len(self.tokens) else first

    @property
    def is_plain(self) -> bool:
        """Whether it neither replaces what is there, nor is about what lasts no longer than it."""
        words = {token.key for token in self.tokens[1 : after_modifiers(self.tokens)]}
        return words.isdisjoint({"REPLACE", "TEMP", "TEMPORARY"})

    @property
    def text(self) -> str:
        """The statement with single blanks."""
        return "".join((" " if token.before else "") + token.text for token in self.tokens).strip()


def after_modifiers(tokens: Sequence[Token]) -> int:
    """The place of the word that says what is created, dropped or altered."""
    k = 1
    if [token.key for token in tokens[1:3]] == ["OR", "REPLACE"]:
        k = 3
    while k < len(tokens) and tokens[k].key in _BETWEEN:
        k += 1
    return k


def name_at(tokens: Sequence[Token], k: int) -> int:
    """The place of the name behind IF [NOT] EXISTS, ONLY, CONCURRENTLY and a schema."""
    while k < len(tokens) - 1 and tokens[k].key in ("IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"):
        k += 1
    while k < len(tokens) - 2 and tokens[k + 1].key == ".":
        k += 2
    return min(k, len(tokens) - 1)


def items(tokens: Sequence[Token], start: int) -> Iterator[Sequence[Token]]:
    """What stands between the commas from a place on, to the end or the closing parenthesis."""
    depth, first = 0, start
    for k in range(start, len(tokens)):
        key = tokens[k].key
        if key == "(":
            depth += 1
        elif key == ")":
            depth -= 1
            if depth < 0:
                yield tokens[first:k]
                return
        elif key == "," and depth == 0:
            yield tokens[first:k]
            first = k + 1
    yield tokens[first:]
