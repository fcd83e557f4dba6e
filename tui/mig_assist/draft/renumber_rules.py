"""What is said with a migration's number, and what it becomes when the migration moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mig_assist.draft.renumber_moves import Move
from mig_assist.draft.renumber_text import Rules
from mig_assist.workspace.files import scan
from mig_assist.workspace.git import content_at
from mig_assist.workspace.layout import Side
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Holdings


def rules_for(moves: Sequence[Move], workspace: Workspace, held: Holdings) -> Rules:
    """How texts change under some moves."""
    layout = workspace.layout
    texts, others = {}, {}
    known = [
        *((h.version, h.name) for h in held.holders),
        *((f.version, f.name) for f in scan(workspace)),
    ]
    for move in moves:
        for side in layout:
            for path in (side.path, side.down_path) if side.down else (side.path,):
                old, new = path(move.old, move.name), path(move.new, move.name)
                texts[_stem(side, old)] = _stem(side, new)
        others[move.old] = frozenset(
            name for version, name in known if version == move.old and name != move.name
        )
    names = {move.old: move.name for move in moves}
    numbers = {move.old: move.new for move in moves}
    return Rules(numbers, names, others, texts, _foreign(others, workspace, held))


def _foreign(
    others: Mapping[int, frozenset[str]], workspace: Workspace, held: Holdings
) -> frozenset[str]:
    """Every word in the other migrations that have one of the old numbers.

    Not the number alone, as the comments of every migration may name it.
    """
    words: set[str] = set()
    if held.base is None:
        return frozenset()
    for version, names in others.items():
        for name in names:
            for side in workspace.layout:
                path = side.path(version, name)
                content = content_at(workspace.root, held.base.tip, path) or b""
                words.update(re.findall(r"\w+", content.decode("utf-8", "replace")))
    return frozenset(word for word in words if not re.fullmatch(r"[vV]\d+", word))


def _stem(side: Side, path: str) -> str:
    """What a migration's file, or its folder, is called: ``V18__routes``, ``0018_routes``."""
    below = path.removeprefix(side.below_root(""))
    return below.partition("/")[0].removesuffix(".sql")
