"""The habits that pairs of scripts and their schemas show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.types_of import HouseTypesBySide
from mig_assist.draft.house import columns, statements
from mig_assist.draft.house.model import HouseStyle, SideStyle, Trait, Value
from mig_assist.draft.house.stated_types import stated_types
from mig_assist.draft.house.votes import Votes
from mig_assist.engines.schema import Schema


@dataclass(frozen=True, slots=True)
class Script:
    """One file; ``path`` is what its places are called by."""

    sql: str
    path: str
    version: int = 0


def style(
    pairs: Sequence[tuple[Script | None, Script | None]],
    libsql: Schema,
    postgres: Schema,
    stated: Mapping[str, Value] | None = None,
    types: Mapping[str, Sequence[str]] | None = None,
) -> HouseStyle:
    """What scripts show, libsql's first in each pair; a side may be missing.

    Args:
        stated: habits by their keys that have the last word.
        types: what ``[parity.types]`` says: for a libsql type, or for a pattern of column names,
            the PostgreSQL types that are right.
    """
    votes = Votes()
    statements.vote(votes, pairs)
    columns.vote(votes, libsql, postgres)
    traits = {trait.key: trait for trait in votes.traits()}
    for key, value in (stated or {}).items():
        traits[key] = Trait(key, value)
    learned = HouseTypesBySide.learn(libsql, postgres)
    return replace(
        styled(traits),
        types=stated_types(learned, types or {}),
    )


def styled(traits: Mapping[str, Trait]) -> HouseStyle:
    """The style that has some traits."""
    sides = {backend.value: _side(traits, backend) for backend in Backend}
    own = {field.name for field in fields(HouseStyle)}
    values = {key: trait.value for key, trait in traits.items() if key in own}
    if "flag_checks" in values:  # who leaves flags unchecked leaves JSON so, too
        values.setdefault("json_checks", values["flag_checks"])
    return replace(HouseStyle(), **sides, **values, traits=traits)  # type: ignore[arg-type]


def _side(traits: Mapping[str, Trait], backend: Backend) -> SideStyle:
    """What keys such as ``libsql.indent`` and ``libsql.guards.CREATE TABLE`` say of a side."""
    plain: dict[str, Value] = {}
    grouped: dict[str, dict[str, Value]] = {}
    for key, trait in traits.items():
        side, _, rest = key.partition(".")
        if side != backend.value:
            continue
        name, _, kind = rest.partition(".")
        if kind:
            grouped.setdefault(name, {})[kind] = trait.value
        else:
            plain[name] = trait.value
    return replace(SideStyle(), **plain, **grouped)  # type: ignore[arg-type]
