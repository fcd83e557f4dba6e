"""Queries of both dialects that say the same but for spelling."""

from __future__ import annotations

from mig_assist.backend import Backend
from mig_assist.engines.expressions.tokens import Lexeme, NotUnderstood, Token, tokenize

_SEVERAL_TABLES = frozenset(("join", "union", "intersect", "except", "with", "lateral"))


def same_query(libsql: str, postgres: str) -> bool:
    """Whether two queries over one table are the same words.

    PostgreSQL writes a view's columns with their table, and conditions in parentheses. Queries
    over several tables, or with anything else that is spelled otherwise, are not taken for the
    same: those only their rows can compare.
    """
    words = _words(libsql, Backend.LIBSQL), _words(postgres, Backend.POSTGRES)
    return words[0] is not None and words[0] == words[1]


def _words(query: str, backend: Backend) -> list[str] | None:
    try:
        tokens = tokenize(query.rstrip().rstrip(";"), backend)
    except NotUnderstood:
        return None
    words = [token.text.lower() for token in tokens if token.lexeme is Lexeme.WORD]
    if words.count("select") != 1 or not _SEVERAL_TABLES.isdisjoint(words) or _lists_tables(tokens):
        return None
    spelled: list[str] = []
    for token in tokens:
        text = _spelled(token)
        if text == "." and spelled:
            spelled.pop()  # the only table there is
        else:
            spelled.append(text)
    return _without_outer_parentheses(spelled)


def _spelled(token: Token) -> str:
    return f"'{token.text}'" if token.lexeme is Lexeme.STRING else token.text.lower()


def _lists_tables(tokens: list[Token]) -> bool:
    """Whether a comma stands between FROM and what follows the tables."""
    inside = False
    for token in tokens:
        word = token.text.lower() if token.lexeme is Lexeme.WORD else ""
        inside = word == "from" or (inside and word not in ("where", "group", "order", "limit"))
        if inside and token.text == "," and token.lexeme is Lexeme.SYMBOL:
            return True
    return False


def _without_outer_parentheses(words: list[str]) -> list[str]:
    """PostgreSQL puts what follows WHERE into one pair of parentheses."""
    if "where" not in words:
        return words
    place = words.index("where") + 1
    if words[place : place + 1] != ["("]:
        return words
    depth = 0
    for index in range(place, len(words)):
        depth += {"(": 1, ")": -1}.get(words[index], 0)
        if depth == 0:
            return words[:place] + words[place + 1 : index] + words[index + 1 :]
    return words
