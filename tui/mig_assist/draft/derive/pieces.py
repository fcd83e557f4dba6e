"""A script as its statements and the text between them, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.derive.tokens import Token, tokenize


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement with what stands before it.

    Attributes:
        before: white space and comments before its first token.
        text: from its first to its last token; empty for what stands behind the last statement.
        end: what stands between its last token and its end, and the semicolon, if there is one.
        tokens: of the text; the first one has nothing before it.
    """

    before: str
    text: str
    end: str
    tokens: tuple[Token, ...]


def pieces(sql: str, backend: Backend) -> Iterator[Piece]:
    """The pieces of a script; joined, they are the script.

    Where a statement ends is told by semicolons outside of parentheses, of libsql's triggers and
    of PostgreSQL's SQL-standard function bodies (BEGIN ATOMIC).
    """
    tokens, rest = tokenize(sql, backend)
    statement: list[Token] = []
    before = ""
    body = _Body(backend)
    for token in tokens:
        if token.key != ";" or body.is_open(statement):
            if not statement:
                before += token.before
                token.before = ""
            statement.append(token)
            body.take(token)
            continue
        if statement:
            yield _piece(before, sql, statement, token.before + ";")
            before = ""
        else:
            before += token.before + ";"
        statement = []
        body = _Body(backend)
    if statement:
        yield _piece(before, sql, statement, rest)
    elif before or rest:
        yield Piece(before + rest, "", "", ())


def _piece(before: str, sql: str, statement: list[Token], end: str) -> Piece:
    start = statement[0].start
    last = statement[-1]
    text = sql[start : last.start + len(last.text)]
    return Piece(before, text, end, tuple(statement))


class _Body:
    """Whether a statement is inside of a body that has semicolons of its own."""

    def __init__(self, backend: Backend) -> None:
        self._libsql = backend is Backend.LIBSQL
        self._depth = 0
        self._atomic = 0
        self._last = ("", "")

    def take(self, token: Token) -> None:
        key = token.key
        if key == "(":
            self._depth += 1
        elif key == ")":
            self._depth = max(self._depth - 1, 0)
        elif not self._libsql:
            if (key == "ATOMIC" and self._last[1] == "BEGIN") or (self._atomic and key == "CASE"):
                self._atomic += 1
            elif self._atomic and key == "END":
                self._atomic -= 1
        self._last = (self._last[1], key)

    def is_open(self, statement: list[Token]) -> bool:
        if self._libsql:
            return _creates_trigger(statement) and self._last != (";", "END")
        return self._atomic > 0


def _creates_trigger(statement: list[Token]) -> bool:
    if not statement or statement[0].key != "CREATE":
        return False
    words = [token.key for token in statement[1:3]]
    if words and words[0] in ("TEMP", "TEMPORARY"):
        words = words[1:]
    return words[:1] == ["TRIGGER"]
