"""Expressions as tokens, by the lexical rules of each dialect.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html and
https://www.sqlite.org/lang_expr.html#literal_values_constants_.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mig_assist.backend import Backend

_NUMBER = r"0[xX][0-9a-fA-F]+ | (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_STRING = r"'(?:[^']++|'')*+'"
_SPACE = r"(?:\s++ | --[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+\*/)++"

_TOKEN = {
    Backend.LIBSQL: re.compile(
        rf"""
        (?P<space> {_SPACE} )
      | [xX](?P<blob> '[0-9a-fA-F]*' )
      | (?P<string> {_STRING} )
      | (?P<name> "(?:[^"]++|"")*+" | `(?:[^`]++|``)*+` | \[[^\]]*+\] )
      | (?P<number> {_NUMBER} ) (?![A-Za-z0-9_])
      | (?P<word> [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+ )
      | (?P<symbol> ->> | -> | \|\| | << | >> | <= | >= | <> | != | == | [-+*/%&|~<>=(),.] )
        """,
        re.VERBOSE | re.DOTALL,
    ),
    Backend.POSTGRES: re.compile(
        rf"""
        (?P<space> {_SPACE} )
      | [eE](?P<escaped> '(?:[^'\\]++|''|\\.)*+' )
      | \$(?P<tag>[A-Za-z_]*)\$(?P<dollar> .*?)\$(?P=tag)\$
      | (?P<string> {_STRING} )
      | (?P<name> "(?:[^"]++|"")*+" )
      | (?P<number> {_NUMBER} ) (?![A-Za-z0-9_])
      | (?P<word> [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+ )
      | (?P<symbol> :: | [(),.\[\]] )
      | (?P<operator> [-+*/<>=~!@\#%^&|`?]++ )
        """,
        re.VERBOSE | re.DOTALL,
    ),
}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Lexeme(StrEnum):
    """The kinds of tokens."""

    WORD = "word"
    NAME = "name"
    STRING = "string"
    BLOB = "blob"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: words in lower case, quoted names and strings without their quotes."""

    lexeme: Lexeme
    text: str


class NotUnderstood(Exception):
    """The text is no expression that this package knows for certain."""


def tokenize(text: str, backend: Backend) -> list[Token]:
    """The tokens of a text, the last one an END.

    Raises:
        NotUnderstood: something is no token of the dialect.
    """
    pattern = _TOKEN[backend]
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise NotUnderstood(text[position:])
        position = match.end()
        if match.lastgroup == "operator":
            operator = _operator(match[0])
            position = match.start() + len(operator)
            tokens.append(Token(Lexeme.SYMBOL, operator))
        elif match.lastgroup != "space":
            tokens.append(_token(match))
    tokens.append(Token(Lexeme.END, ""))
    return tokens


def _token(match: re.Match[str]) -> Token:
    group = match.lastgroup or ""
    text = match[group]
    match group:
        case "word":
            return Token(Lexeme.WORD, text.lower())
        case "name":
            quote = text[-1]
            return Token(Lexeme.NAME, text[1:-1].replace(quote * 2, quote))
        case "string":
            return Token(Lexeme.STRING, text[1:-1].replace("''", "'"))
        case "escaped":
            return Token(Lexeme.STRING, _ESCAPE.sub(_unescaped, text[1:-1].replace("''", "'")))
        case "dollar":
            return Token(Lexeme.STRING, text)
        case "blob":
            return Token(Lexeme.BLOB, text[1:-1].upper())
        case "number":
            return Token(Lexeme.NUMBER, text)
        case _:
            return Token(Lexeme.SYMBOL, text)


def _operator(run: str) -> str:
    """The operator at the beginning of a run of operator characters.

    A trailing sign belongs to what follows, unless the operator holds one of ``~!@#%^&|`?``.
    """
    while len(run) > 1 and run[-1] in "+-" and not set(run) & set("~!@#%^&|`?"):
        run = run[:-1]
    return run


def _unescaped(match: re.Match[str]) -> str:
    octal, short, four, eight, plain = match.groups()
    if plain is not None:
        return _CONTROL.get(plain, plain)
    code = int(octal, 8) if octal else int(short or four or eight, 16)
    if code == 0 or code > 0x10FFFF or (code > 0x7F and (octal or short)):
        raise NotUnderstood(match[0])
    return chr(code)
