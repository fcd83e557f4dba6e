"""Which lines of a file still say the numbers that migrations had before they moved.

Pure. A rebase moves a migration in one commit and replays the later ones as they were; their
lines can be told from the branch's text before it.
"""

from __future__ import annotations

from mig_assist.draft.renumber_text import Kind, Rules, renumbered


def stale_lines(now: str, before: str, rules: Rules, kind: Kind) -> frozenset[int]:
    """The lines, counted from 1, of ``now`` that stand as they were under the old numbers.

    A line may read the same as another one does under the new numbers: "V19" was the second of a
    stack, and is the first one now. Such a line counts where the file has lines that are surely
    stale, and none that is surely new.

    Args:
        before: the file under the old numbers.
        rules: lead from the old numbers to those of today.
    """
    text, _ = renumbered("", before, rules, kind, lambda _line: True)
    old, new = before.split("\n"), text.split("\n")
    stale = {was for was, becomes in zip(old, new, strict=True) if was != becomes}
    fresh = {becomes for was, becomes in zip(old, new, strict=True) if was != becomes}
    lines = now.split("\n")
    surely_stale = stale - fresh
    if not surely_stale.intersection(lines):
        return frozenset()
    meant = surely_stale if (fresh - stale).intersection(lines) else stale
    return frozenset(number for number, line in enumerate(lines, 1) if line in meant)
