"""SQLite's tokens as far as they matter for taking statements apart.

See https://www.sqlite.org/lang_keywords.html and tokenize.c.
"""

from __future__ import annotations

import re

# What is left open at the end of the text runs to the end. Possessive quantifiers keep every
# match linear.
TOKEN = re.compile(
    r"""
    (?P<trivia> [ \t\n\f\r\ufeff]++ | --[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+(?:\*/)? )
  | (?P<quoted> '(?:[^']++|'')*+'? | "(?:[^"]++|"")*+"? | `(?:[^`]++|``)*+`? | \[[^\]]*+\]? )
  | (?P<word>   [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+ )
  | (?P<end>    ; )
  | (?P<other>  [0-9]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""One token; its group says which kind it is."""

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold(name: str) -> str:
    """A name as SQLite compares it: ASCII letters without case, all others as they are."""
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)


def unquoted(token: str) -> str:
    """The name that a token is, in whichever of SQLite's four ways it is quoted."""
    quote = token[:1]
    if quote == "[":
        return token[1:-1]
    if quote in ('"', "'", "`"):
        return token[1:-1].replace(quote * 2, quote)
    return token
