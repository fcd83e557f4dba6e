"""Types that mig-assist.toml states, put in the place of learned ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from mig_assist.backend import Backend
from mig_assist.draft.derive.types_of import HouseTypesBySide
from mig_assist.engines.logical_types import postgres_name

_Pairs = dict[tuple[str, str, Backend], Counter[str]]


def stated_types(
    learned: HouseTypesBySide, stated: Mapping[str, Sequence[str]]
) -> HouseTypesBySide:
    """The types of a house whose ``[parity.types]`` says which PostgreSQL types are right.

    Args:
        stated: for a libsql type, or for a pattern of column names such as ``*_json``, the
            PostgreSQL types; the first one is followed where no column has any of them.
    """
    pairs = dict(learned.pairs)
    for key, types in stated.items():
        wanted = [postgres_name(each) for each in types]
        if "*" in key:
            _state_names(pairs, key.lower(), wanted)
        else:
            _state_type(pairs, key.upper(), wanted)
    kinds = frozenset(key.upper() for key in stated if "*" not in key)
    return replace(learned, pairs=pairs, stated=kinds)


def _state_type(pairs: _Pairs, kind: str, wanted: Sequence[str]) -> None:
    for group in [key for key in pairs if key[1:] == (kind, Backend.LIBSQL)]:
        left = _among(pairs[group], wanted)
        if left:
            pairs[group] = left
        else:
            del pairs[group]
    for name in ("plain", "all"):
        pairs.setdefault((name, kind, Backend.LIBSQL), Counter({wanted[0]: 1}))


def _state_names(pairs: _Pairs, pattern: str, wanted: Sequence[str]) -> None:
    """Columns are followed by their last or first word; a pattern may say no more than that."""
    kinds = {kind for _, kind, source in pairs if source is Backend.LIBSQL}
    for group, kind, source in list(pairs):
        sort, _, name = group.partition(" ")
        if sort == "name" and source is Backend.LIBSQL and fnmatchcase(name, pattern):
            found = pairs[group, kind, source]
            pairs[group, kind, source] = _among(found, wanted) or Counter(
                {wanted[0]: found.total()}
            )
    part = pattern.replace("*", "…")
    if part.count("…") == 1 and "_" in (part[:2] + part[-2:]):
        for kind in kinds:
            key = (f"part {part}", kind, Backend.LIBSQL)
            # As many as it takes for a part of a name to be followed.
            pairs[key] = _among(pairs.get(key, Counter()), wanted) + Counter({wanted[0]: 2})


def _among(found: Counter[str], wanted: Sequence[str]) -> Counter[str]:
    return Counter({each: count for each, count in found.items() if each in wanted})
