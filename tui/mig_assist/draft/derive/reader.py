"""A statement read token by token from the left, for taking it apart and editing it in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.tokens import tokenize

_BEFORE_COLUMN_LISTS = frozenset(("INTO", "REFERENCES", "ON", "TABLE"))
"""After these a parenthesis behind a name lists columns."""


class Reader:
    """A place between the tokens of a statement; reading past the end yields empty words."""

    def __init__(self, sql: str, backend: Backend) -> None:
        self.sql = sql
        self.tokens, _ = tokenize(sql, backend)
        self.place = 0

    @property
    def at_end(self) -> bool:
        """Whether everything is read."""
        return self.place >= len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        """The key of a coming token."""
        place = self.place + ahead
        return self.tokens[place].key if 0 <= place < len(self.tokens) else ""

    def accept(self, *words: str) -> bool:
        """Pass these words, if they come next."""
        if any(self.peek(ahead) != word for ahead, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def name(self) -> str:
        """Pass a name, with its schema if it has one; empty at the end."""
        if self.at_end:
            return ""
        token = self.tokens[self.place]
        self.place += 1
        if self.accept("."):
            return self.name()
        return token.text[1:-1].replace("''", "'") if token.text[:1] == "'" else token.name

    def folded_name(self) -> str:
        """Pass a name, with its schema if it has one, as PostgreSQL folds it; empty at the end."""
        token = self.tokens[self.place] if not self.at_end else None
        if token is None:
            return ""
        self.place += 1
        if self.accept("."):
            return self.folded_name()
        return token.name if token.text[:1] == '"' else token.folded

    def skip_group(self) -> None:
        """Pass what is in the parentheses that come next."""
        depth = 0
        while not self.at_end:
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            self.place += 1
            if depth <= 0:
                return

    def skip_to(self, *words: str) -> None:
        """Pass everything before one of some words that stands outside parentheses."""
        while not self.at_end and self.peek() not in words:
            self.skip_one()

    def skip_one(self) -> None:
        """Pass a token, or all that is in parentheses, or a whole CASE."""
        if self.peek() == "(":
            self.skip_group()
        elif self.peek() == "CASE":
            depth = 0
            while not self.at_end:
                depth += {"CASE": 1, "END": -1}.get(self.peek(), 0)
                self.place += 1
                if depth <= 0:
                    return
        else:
            self.place += 1

    def names(self) -> tuple[str, ...]:
        """Pass names in parentheses, whatever else is said of each."""
        found: list[str] = []
        if not self.accept("("):
            return ()
        while not self.at_end and self.peek() != ")":
            found.append(self.name())
            self.skip_to(",", ")")
            self.accept(",")
        self.place += 1
        return tuple(found)

    def text(self, start: int, stop: int | None = None) -> str:
        """The text from one token up to another one."""
        tokens = self.tokens[start:stop]
        if not tokens:
            return ""
        return self.sql[tokens[0].start : tokens[-1].start + len(tokens[-1].text)]

    def start(self, place: int) -> int:
        """Where a token begins in the text."""
        return self.tokens[place].start if place < len(self.tokens) else len(self.sql)

    def end(self, place: int) -> int:
        """Where a token ends in the text."""
        token = self.tokens[place]
        return token.start + len(token.text)

    def group(self) -> str:
        """Pass what is in the parentheses that come next, and return it without them."""
        start = self.place
        self.skip_group()
        return self.text(start + 1, self.place - 1)

    def parts(self, stop: Callable[[], bool]) -> Iterator[str]:
        """The texts between commas outside parentheses, up to where ``stop`` says so."""
        start = self.place
        while True:
            at_stop = self.at_end or stop()
            if at_stop or self.peek() == ",":
                yield self.text(start, self.place)
                if at_stop:
                    return
                self.place += 1
                start = self.place
            else:
                self.skip_one()


def edited(sql: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """A text with some passages replaced; none of them may overlap."""
    for start, end, text in sorted(changes, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql


def with_names(sql: str, names: Mapping[str, str], backend: Backend) -> str:
    """A text with names replaced wherever they are not called.

    Args:
        names: what stands instead, by folded name, quoted where it has to be.
    """
    tokens, _ = tokenize(sql, backend)
    keys = ["", *(token.key for token in tokens), ""]
    return edited(
        sql,
        (
            (token.start, token.start + len(token.text), names[token.folded])
            for before, token, after in zip(keys, tokens, keys[2:], strict=False)
            if token.is_name
            and token.folded in names
            and (after != "(" or before in _BEFORE_COLUMN_LISTS)
        ),
    )


def without_qualifiers(sql: str, qualifiers: Iterable[str], backend: Backend) -> str:
    """An expression whose columns no longer say of which table they are."""
    wanted = {name.lower() for name in qualifiers}
    tokens, _ = tokenize(sql, backend)
    return edited(
        sql,
        (
            (token.start, token.start + len(token.text) + 1, "")
            for token, after in pairwise(tokens)
            if token.is_name and token.folded in wanted and after.key == "." and not after.before
        ),
    )


def unwrapped(sql: str, backend: Backend) -> str:
    """An expression without parentheses around the whole of it."""
    reader = Reader(sql, backend)
    if reader.peek() == "(":
        inner = reader.group()
        if reader.at_end:
            return unwrapped(inner, backend)
    return sql


def mentioned(sql: str, backend: Backend) -> frozenset[str]:
    """The folded names that a statement uses."""
    return frozenset(token.folded for token in tokenize(sql, backend)[0] if token.is_name)


def spaced(sql: str, backend: Backend) -> tuple[str, ...]:
    """A text as it is compared: its tokens, names folded and unquoted."""
    return tuple(
        token.folded if token.is_name else token.text for token in tokenize(sql, backend)[0]
    )
