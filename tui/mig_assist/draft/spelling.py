"""How names and keywords are spelled in what scaffolds write."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.engines.spelling import quoted
from mig_assist.engines.statements import check_syntax

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(
    r"""--[^\n]*+ | /\*.*?\*/ | '(?:[^']|'')*+' | "(?:[^"]|"")*+" | `[^`]*+`
      | (?P<word>[A-Z_][A-Z0-9_]*+(?![A-Za-z0-9_]))| [A-Za-z_0-9]++""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset(
    """
    ABORT ADD ALTER ALWAYS AND AS ASC AUTOINCREMENT BEGIN BETWEEN BLOB BY CASCADE CHECK COLLATE
    COLUMN CONFLICT CONSTRAINT CREATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DEFAULT
    DEFERRABLE DEFERRED DELETE DESC DISTINCT DROP END EXISTS FALSE FOREIGN FROM GENERATED IF IN
    INDEX INITIALLY INSERT INT INTEGER INTO IS KEY LIKE NO NOT NULL NUMERIC ON OR ORDER PRAGMA
    PRIMARY REAL REFERENCES RENAME RESTRICT ROWID SELECT SET STORED STRICT TABLE TEMP TEXT TO
    TRIGGER TRUE TYPE UNIQUE USING VALIDATE VALID UPDATE VALUES VIRTUAL WHERE WITHOUT
    """.split()
)


def identifier(name: str, quotes: str = "") -> str:
    """A name as both backends read it: quoted where one of them reserves it, or as asked.

    Args:
        quotes: the sign before names that need none, in a house that quotes all of them.
    """
    if _PLAIN.fullmatch(name):
        if quotes:
            return f"{quotes}{name}{']' if quotes == '[' else quotes}"
        probe = f"CREATE TABLE {name} ({name} TEXT)"
        if not any(check_syntax(probe, backend) for backend in Backend):
            return name
    return quoted(name)


def cased(sql: str, keywords: str) -> str:
    """A script with its upper-case keywords as a house writes them, ``upper`` or ``lower``."""
    if keywords != "lower":
        return sql

    def lower(match: re.Match[str]) -> str:
        return match[0].lower() if match["word"] in _KEYWORDS else match[0]

    return _WORD.sub(lower, sql)
