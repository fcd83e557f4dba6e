"""Names as either dialect takes them, and words that one of them reserves."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.engines.spelling import quoted

_QUERY = re.compile(r"\(\s*(SELECT|WITH|VALUES)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

POSTGRES_ONLY = frozenset(
    """
    USER ARRAY BOTH PLACING ONLY SOME ANY VARIADIC SYMMETRIC ASYMMETRIC AUTHORIZATION BINARY FREEZE
    ILIKE LATERAL LEADING TRAILING LOCALTIME LOCALTIMESTAMP SESSION_USER CURRENT_USER CURRENT_ROLE
    CURRENT_CATALOG CURRENT_SCHEMA OVERLAPS SIMILAR TABLESAMPLE VERBOSE GRANT CONCURRENTLY COLLATION
    FETCH
    """.split()
)
"""Words that PostgreSQL reserves and that are plain names to SQLite."""

SOMETIMES_NAMES = frozenset(
    "ANALYZE ASC CAST COLUMN DESC DO END FOR INITIALLY OFFSET WINDOW".split()
)
"""Words that PostgreSQL reserves and that SQLite takes as names where no keyword can stand."""

_POSTGRES_RESERVED = POSTGRES_ONLY | frozenset(
    """
    ALL ANALYSE ANALYZE AND AS ASC CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CROSS
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DEFAULT DEFERRABLE DESC DISTINCT DO ELSE END EXCEPT
    FALSE FOR FOREIGN FROM FULL GROUP HAVING IN INITIALLY INNER INTERSECT INTO IS ISNULL JOIN LEFT
    LIKE LIMIT NATURAL NOT NOTNULL NULL OFFSET ON OR ORDER OUTER PRIMARY REFERENCES RETURNING RIGHT
    SELECT TABLE THEN TO TRUE UNION UNIQUE USING WHEN WHERE WINDOW WITH
    """.split()
)
LIBSQL_ONLY = frozenset(
    """
    ADD ALTER AUTOINCREMENT COMMIT DELETE DROP ESCAPE EXISTS INDEX INSERT ISNULL NOTNULL NOTHING
    SET TRANSACTION UPDATE VALUES BETWEEN IF
    """.split()
)
"""Words that SQLite reserves and that PostgreSQL takes as names of columns."""
LIBSQL_RESERVED = LIBSQL_ONLY | frozenset(
    """
    ALL AND AS CASE CHECK COLLATE CONSTRAINT CREATE DEFAULT DEFERRABLE DISTINCT ELSE EXCEPT FOREIGN
    FROM GROUP HAVING IN INTERSECT INTO IS JOIN LIMIT NOT NULL ON OR ORDER PRIMARY REFERENCES
    RETURNING SELECT TABLE THEN TO UNION UNIQUE USING WHEN WHERE
    """.split()
)
"""Words that SQLite takes for no plain name."""
_RESERVED = {Backend.LIBSQL: LIBSQL_RESERVED, Backend.POSTGRES: _POSTGRES_RESERVED}


def spelled_name(name: str, backend: Backend) -> str:
    """A name as a side takes it, quoted only where it must be."""
    if _PLAIN.fullmatch(name) and name.upper() not in _RESERVED[backend]:
        return name
    return quoted(name)


def string_value(token: str) -> str:
    """The text that a plain string literal stands for."""
    return token[1:].removesuffix("'").replace("''", "'")


def is_call_of(text: str, name: str) -> bool:
    """Whether printed text is one call of a function, and nothing behind it."""
    return text.startswith(f"{name}(") and is_enclosed(text[len(name) :])


def is_enclosed(text: str) -> bool:
    """Whether the first parenthesis of a text is closed by its last letter."""
    if text[:1] != "(" or text[-1:] != ")":
        return False
    depth, in_text = 0, False
    for place, letter in enumerate(text):
        in_text ^= letter == "'"
        if not in_text:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return place == len(text) - 1
    return False


def within(text: str) -> str:
    """A text without parentheses around all of it, for standing in others."""
    if not is_enclosed(text) or _QUERY.match(text):
        return text
    return within(text[1:-1])
