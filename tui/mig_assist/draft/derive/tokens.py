"""Tokens of both dialects with their places, so that a statement can be changed word by word.

Nothing is ever refused: what is left open runs to the end of the text, and a sign that no dialect
knows is a token of its own. See https://www.sqlite.org/lang_expr.html#literal_values_constants_
and https://www.postgresql.org/docs/current/sql-syntax-lexical.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from mig_assist.backend import Backend

_COMMENT = r"--[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
_NUMBER = (
    r"0[xX][0-9a-fA-F_]++ | (?:[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?"
)
_WORD = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+"
_TOKEN = {
    Backend.LIBSQL: re.compile(
        rf"""
        (?P<trivia> (?: [\s\ufeff]++ | {_COMMENT} )++ )
      | (?P<blob> [xX]'[0-9a-fA-F]*+' )
      | (?P<string> '(?:[^']++|'')*+'? )
      | (?P<name> "(?:[^"]++|"")*+"? | `(?:[^`]++|``)*+`? | \[[^\]]*+\]? )
      | (?P<number> {_NUMBER} )
      | (?P<word> {_WORD} )
      | (?P<variable> [?:@$#][A-Za-z0-9_$]*+ )
      | (?P<symbol> ->> | -> | \|\| | << | >> | <= | >= | <> | != | == | . )
        """,
        re.VERBOSE | re.DOTALL,
    ),
    Backend.POSTGRES: re.compile(
        rf"""
        (?P<trivia> (?: [\s\ufeff]++ | --[^\n]*+
            | /\*(?: [^*/]++ | \*(?!/) | /(?!\*) )*+(?:\*/)? )++ )
      | (?P<string> [eE]'(?:[^'\\]++|''|\\.)*+'? | (?:[uU]&|[bBnN])?'(?:[^']++|'')*+'?
                  | \$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+)?)\$
                    .*? (?: \$(?P=tag)\$ | \Z ) )
      | (?P<blob> [xX]'[0-9a-fA-F]*+' )
      | (?P<name> (?:[uU]&)?"(?:[^"]++|"")*+"? )
      | (?P<number> {_NUMBER} )
      | (?P<word> {_WORD} )
      | (?P<variable> \$[0-9]++ )
      | (?P<symbol> :: | := | [(),;.\[\]:] )
      | (?P<operator> [-+*/<>=~!@\#%^&|`?]++ )
      | (?P<other> . )
        """,
        re.VERBOSE | re.DOTALL,
    ),
}


class Sort(Enum):
    """The kinds of tokens."""

    WORD = auto()
    NAME = auto()
    STRING = auto()
    BLOB = auto()
    NUMBER = auto()
    SYMBOL = auto()


_SORTS = {
    "blob": Sort.BLOB,
    "string": Sort.STRING,
    "name": Sort.NAME,
    "number": Sort.NUMBER,
    "word": Sort.WORD,
}


@dataclass(slots=True)
class Token:
    """One token.

    Attributes:
        text: as it is written.
        key: a keyword or unquoted name in upper case, or a sign; empty for what is quoted.
        before: the white space and comments before it.
        start: its place in the text.
    """

    sort: Sort
    text: str
    key: str
    before: str
    start: int

    @property
    def is_name(self) -> bool:
        """Whether it may be a name."""
        return self.sort is Sort.WORD or self.sort is Sort.NAME

    @property
    def name(self) -> str:
        """The name that it is, without quotes."""
        return unquoted(self.text) if self.sort is Sort.NAME else self.text

    @property
    def folded(self) -> str:
        """The name without case."""
        return self.name.lower()


def tokenize(sql: str, backend: Backend) -> tuple[list[Token], str]:
    """The tokens of a text, and what stands behind the last one."""
    pattern = _TOKEN[backend]
    tokens: list[Token] = []
    before = ""
    position, end = 0, len(sql)
    while position < end:
        match = pattern.match(sql, position)
        if match is None:  # cannot be: the last alternative takes any character
            break
        kind, text = match.lastgroup or "", match[0]
        if kind == "tag":
            kind = "string"
        if kind == "trivia":
            before += text
            position = match.end()
            continue
        if kind == "operator":
            text = _operator(text)
        sort = _SORTS.get(kind, Sort.SYMBOL)
        key = text.upper() if sort is Sort.WORD else text if sort is Sort.SYMBOL else ""
        tokens.append(Token(sort, text, key, before, position))
        before = ""
        position += len(text)
    return tokens, before


def _operator(run: str) -> str:
    """The operator at the beginning of a run of operator characters.

    A comment may begin inside of it, and a trailing sign belongs to what follows unless the
    operator holds one of ``~!@#%^&|`?``.
    """
    for opening in ("--", "/*"):
        place = run.find(opening)
        if place > 0:
            run = run[:place]
    while len(run) > 1 and run[-1] in "+-" and not set(run) & set("~!@#%^&|`?"):
        run = run[:-1]
    return run


def unquoted(text: str) -> str:
    """A quoted name without its quotes."""
    if text[:1] == "[":
        return text[1:].removesuffix("]")
    quote = text[:1]
    inner = text[1:]
    if inner.endswith(quote):
        inner = inner[:-1]
    return inner.replace(quote * 2, quote)
