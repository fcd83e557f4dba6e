"""Which numbers the migrations of a branch move to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mig_assist.errors import WrongUse
from mig_assist.workspace.files import scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Holdings, Migration


@dataclass(frozen=True, slots=True)
class Move:
    """One migration's old and new number."""

    name: str
    old: int
    new: int


def moves_of(
    workspace: Workspace, own: Sequence[Migration], held: Holdings, to: int | None
) -> tuple[Move, ...]:
    """The new number of each migration of a branch, in their order; those that stay keep theirs.

    Raises:
        WrongUse: ``to`` is not free, or a rebase has moved one of them already.
    """
    others = {f.version: f.path for f in scan(workspace) if (f.version, f.name) not in own}
    behind = max((workspace.config.baseline, held.newest_on_base, *_below(others, own, held)))
    moves: list[Move] = []
    for version, name in own:
        _require_one_number(version, name, own, held)
        placed = (version, name) in held.placed
        in_time = not workspace.layout.consecutive and not held.of(version, but=name)
        stays = placed and version < to if to else placed or in_time
        if stays and version > behind and version not in others:
            new = version
        elif to is None:
            new = held.next_free(workspace, behind)
            while new in others:
                new = held.next_free(workspace, new)
        else:
            new = max(to, behind + 1) if moves else to
            _require_free(workspace, held, new, others)
        moves.append(Move(name, version, new))
        behind = new
    return tuple(moves)


def _require_one_number(version: int, name: str, own: Sequence[Migration], held: Holdings) -> None:
    """Refuse a migration that a rebase has moved, and whose old files a later commit brings."""
    placed = [v for v, known in held.placed if known == name and v != version]
    if placed and (version, name) not in held.placed and (placed[0], name) in own:
        raise WrongUse(
            f"V{version} {name} has moved to V{placed[0]} already",
            f"The {held.situation.unfinished} brings a change of it under its old number.",
            f"Carry the change over to V{placed[0]} by hand, and remove the files of V{version}.",
        )


def _below(others: Collection[int], own: Sequence[Migration], held: Holdings) -> Iterator[int]:
    """Numbers of files that are not ours, where no base tells which ones come first."""
    if held.base is None and own:
        yield from (version for version in others if version <= min(own)[0])


def _require_free(
    workspace: Workspace, held: Holdings, version: int, others: dict[int, str]
) -> None:
    if version <= max(workspace.config.baseline, held.newest_on_base):
        highest = max(workspace.config.baseline, held.newest_on_base)
        raise WrongUse(
            f"V{version} is not free",
            f"The base is at V{highest} already.",
            f"Use {highest + 1} or more, or leave out --to.",
        )
    if version in others:
        raise WrongUse(
            f"V{version} is not free", f"{others[version]} has that number.", "Leave out --to."
        )
