"""What deriving asks of the house: the learned habits, and what both schemas show by themselves."""

from __future__ import annotations

import re
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.types_of import HouseTypesBySide, learned

NOTHING = "SELECT 1"
_GUARDED = re.compile(
    r"(?P<head>(?P<verb>CREATE|DROP)\s+(?:UNIQUE\s+)?(?P<kind>TABLE|INDEX))"
    r"(?P<guard>\s+IF\s+(?:NOT\s+)?EXISTS)?(?=\s)",
    re.IGNORECASE,
)


def habits_of(context: Context) -> HouseTypesBySide:
    """The pairs of types and the habits of keys, of the house where it has any."""
    found = learned(context.libsql, context.postgres)
    house = context.house
    if house is None or not house.traits:
        return found
    return replace(
        found,
        pairs=house.types.pairs or found.pairs,
        lengths=house.types.lengths or found.lengths,
        stated=house.types.stated,
        strict=house.strict,
        keys_not_null=house.keys_not_null,
        autoincrement=house.autoincrement,
        numbering=house.numbering,
        checks_flags=house.flag_checks,
        checks_json=house.json_checks,
    )


def guarded(text: str, target: Backend, context: Context) -> str:
    """A statement that is written anew, with IF [NOT] EXISTS where the house writes it."""
    house = context.house
    match = _GUARDED.match(text)
    if house is None or match is None:
        return text
    side = house.libsql if target is Backend.LIBSQL else house.postgres
    kind = f"{match['verb']} {match['kind']}".upper()
    wanted = side.guards.get(kind)
    if wanted is None or wanted is bool(match["guard"]):
        return text
    if not wanted:
        return match["head"] + text[match.end() :]
    words = " IF NOT EXISTS" if kind.startswith("CREATE") else " IF EXISTS"
    words = words if match["verb"].isupper() else words.lower()
    return (
        match["head"] + (words if match["verb"].isupper() else words.lower()) + text[match.end() :]
    )


def nothing_text(target: Backend, context: Context) -> str:
    """The statement of a file that does nothing."""
    house = context.house
    if house is None:
        return NOTHING
    side = house.libsql if target is Backend.LIBSQL else house.postgres
    return side.no_op.strip().removesuffix(";") or NOTHING
