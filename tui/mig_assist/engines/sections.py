"""The parts of a file in which one tool keeps both a version and what undoes it.

goose, dbmate and sql-migrate put both into one file, told apart by comments that each of them
reads line by line. Only the part that goes up is the version.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_MARKER = re.compile(
    r"^[ \t]*--[ \t]*(?P<tool>\+goose[ \t]+|\+migrate[ \t]+|migrate:)(?P<way>up|down)\b",
    re.IGNORECASE | re.MULTILINE,
)
_TOOLS = {"+goose": "goose", "+migrate": "sql-migrate", "migrate:": "dbmate"}
_WITHOUT_TRANSACTION = re.compile(
    r"^[ \t]*--[ \t]*(?:\+goose[ \t]+NO[ \t]+TRANSACTION\b|\+migrate[ \t]+up[ \t]+notransaction\b"
    r"|migrate:up\b.*\btransaction:false\b)|\A--[ \t]*no-transaction\b",
    re.IGNORECASE | re.MULTILINE,
)


class Sections(NamedTuple):
    """Both parts of a file, each with blank lines where the other one stands.

    Attributes:
        up: the version.
        down: what undoes it; blank where the file says nothing of that.
    """

    up: str
    down: str


@lru_cache(maxsize=256)
def sections(sql: str) -> Sections:
    """The parts of a file; all of it goes up where no tool's comments say otherwise."""
    found: dict[str, list[tuple[int, str]]] = {}
    for marker in _MARKER.finditer(sql):
        marks = found.setdefault(marker["tool"].strip().lower(), [])
        marks.append((marker.start(), marker["way"].lower()))
    marks = next((marks for marks in found.values() if marks[0][1] == "up"), [])
    if all(way == "up" for _, way in marks):
        return Sections(sql, "\n" * sql.count("\n"))
    places = [0, *(place for place, _ in marks), len(sql)]
    ways = ["up", *(way for _, way in marks)]
    parts = [
        (way, sql[start:stop]) for way, start, stop in zip(ways, places, places[1:], strict=False)
    ]
    up, down = (
        "".join(part if own == way else "\n" * part.count("\n") for own, part in parts)
        for way in ("up", "down")
    )
    return Sections(up, down)


def tool_of(sql: str) -> str:
    """The tool whose comments tell the parts of a file apart; empty where there are none."""
    marker = _MARKER.search(sql)
    return _TOOLS[marker["tool"].strip().lower()] if marker else ""


def up_part(sql: str) -> str:
    """What of a file is the version; every line keeps its number."""
    return sections(sql).up


def forgoes_transaction(sql: str) -> bool:
    """Whether a file asks its runner to open no transaction for it, as several tools have it.

    Those are goose, dbmate, sql-migrate and sqlx.
    """
    return _WITHOUT_TRANSACTION.search(sql) is not None
