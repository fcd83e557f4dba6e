"""Comments that only say how libsql rebuilds a table, and mean nothing where it is altered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_WORD = re.compile(r"[A-Za-z_][\w'-]*")
_STEPS = frozenset(
    """
    a all also an and back backup build copies copy copying create creating data delete deletes
    drop dropping existing finally first for from in index indexes indices insert into it items
    its migrate move name names new now of old original over populate re-create records recreate
    rename renaming replace restore rows same step swap table table's tables temp temporary the
    them then this to transfer under values with
    """.split()
)
_SETTINGS = frozenset(
    """
    again check checking checks constraint constraints disable during enable enforcement foreign
    key keys migration off on re-enable temporarily turn pragma
    """.split()
)
_NUMBERED = re.compile(r"(?:step\s+)?\(?\d+\s*[-.:)]+\s*(?P<verb>[\w-]+)", re.IGNORECASE)
_EXCUSE = re.compile(
    r"^(?:SQLite|SQL)\b.*\b(?:support|allow|ALTER|requires|recreat\w*|rebuild\w*)\b",
    re.IGNORECASE | re.DOTALL,
)


def without_steps(before: str, names: Collection[str], *, settings: bool) -> str:
    """What stands before a statement of a rebuild, without the comments that narrate it.

    Args:
        names: those that the table has meanwhile, folded.
        settings: whether the statement is a PRAGMA.
    """
    first, *lines = before.split("\n")
    if first.startswith(("--", "/*")):
        lines, kept = [first, *lines], []
    else:  # what stands behind the statement before
        kept = [first]
    for block in _blocks(lines):
        if not _narrates("\n".join(block), names, settings):
            kept += block
    return "\n".join(kept)


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Comments of consecutive lines, and each other line by itself."""
    block: list[str] = []
    is_open = False
    for line in lines:
        text = line.strip()
        if is_open or text.startswith(("--", "/*")):
            block.append(line)
            is_open = (is_open or text.startswith("/*")) and "*/" not in text
            continue
        if block:
            yield block
            block = []
        yield [line]
    if block:
        yield block


def _narrates(block: str, names: Collection[str], settings: bool) -> bool:
    text = " ".join(block.replace("--", " ").split()).strip("/* ")
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return False
    known = _STEPS.union(names, *(name.split("_") for name in names))
    if settings:
        known |= _SETTINGS
    numbered = _NUMBERED.match(text)
    if numbered is not None and numbered["verb"].lower() in _STEPS:
        return True  # a step among those that are gone
    return known.issuperset(words) or _EXCUSE.match(text) is not None
