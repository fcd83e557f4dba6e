"""Which lines of a file a branch wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from mig_assist.source_text import SourceText, UnreadableSource, decode_source
from mig_assist.workspace.git import Base, content_at

_MOST_LINES = 20_000


def authorship(
    root: Path, base: Base | None, path: str, source: SourceText
) -> tuple[bool, Callable[[int], bool]]:
    """Whether a file is new on this branch; and which of its lines are, counted from 1."""
    if base is None:
        return True, lambda _line: True
    known = []
    for commit in dict.fromkeys((base.tip, base.revision)):
        content = content_at(root, commit, path) if commit else None
        if content is not None:
            known.append(content)
    lines = source.text.split("\n")
    ours = set(range(1, len(lines) + 1))
    for content in known:
        try:
            ours &= _added(decode_source(content, path).text.split("\n"), lines)
        except UnreadableSource:
            continue
    return not known, ours.__contains__


def _added(old: Sequence[str], new: Sequence[str]) -> set[int]:
    """Lines of ``new``, counted from 1, that ``old`` does not have."""
    if len(old) + len(new) > _MOST_LINES:
        known = Counter(old)
        return {number for number, line in enumerate(new, 1) if not known[line]}
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    added: set[int] = set()
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag in ("replace", "insert"):
            added.update(range(start + 1, end + 1))
    return added
