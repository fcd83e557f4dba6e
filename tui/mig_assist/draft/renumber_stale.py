"""Which lines of a file still say the numbers that migrations had before they moved.

Pure. A rebase moves a migration in one commit and replays the later ones as they were; their
lines can be told from the branch's text before it.
"""

from __future__ import annotations

from typing import NamedTuple

from mig_assist.draft.renumber_text import Kind, Rules, renumbered


class Lines(NamedTuple):
    """Lines of a file, counted from 1.

    Attributes:
        stale: stand as they were under the old numbers.
        settled: stand as they have to be under those of today.
    """

    stale: frozenset[int]
    settled: frozenset[int]


def told_apart(now: str, before: str, rules: Rules, kind: Kind) -> Lines:
    """The lines of a file that speak of numbers of either time.

    A line may read the same as another one does under the new numbers: "V19" was the second of a
    stack, and is the first one now. Such a line is what the nearest sure one above it is, or below
    it where there is none above; where the file has no sure one, nothing is told of it.

    Args:
        before: the file under the old numbers.
        rules: lead from the old numbers to those of today.
    """
    text, _ = renumbered("", before, rules, kind, lambda _line: True)
    pairs = [
        (was, becomes)
        for was, becomes in zip(before.split("\n"), text.split("\n"), strict=True)
        if was != becomes
    ]
    old, new = {was for was, _ in pairs}, {becomes for _, becomes in pairs}
    lines = now.split("\n")
    sure = [line in old for line in lines if (line in old) != (line in new)]
    if not sure:
        return Lines(frozenset(), frozenset())
    found: dict[bool, set[int]] = {True: set(), False: set()}
    is_old = sure[0]
    for number, line in enumerate(lines, 1):
        if line in old or line in new:
            is_old = is_old if line in old and line in new else line in old
            found[is_old].add(number)
    return Lines(frozenset(found[True]), frozenset(found[False]))
