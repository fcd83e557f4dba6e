"""What would be written, in words: a new file whole, an edit as a diff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from mig_assist.file_changes import FileChange, resolve_inside

MOST_LINES = 2_000
LONGEST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class Preview:
    """One change as it is shown.

    Attributes:
        text: the whole content of a new file, else a unified diff; what is too long to be read is
            cut, and says so.
        old_path: where the file lay, if that changes.
        is_new: whether there is no such file yet, under whatever name.
    """

    path: str
    text: str
    old_path: str = ""
    is_new: bool = False

    @property
    def kind(self) -> str:
        """What happens to the file, in a word or two."""
        return "renamed" if self.old_path else "new file" if self.is_new else "edit"


def previews(
    root: Path, changes: Sequence[FileChange], renames: Sequence[tuple[str, str]] = ()
) -> list[Preview]:
    """Each change as it is shown.

    Args:
        renames: old path → new path of the files that one change deletes and another creates;
            the two are shown as one.
    """
    old_paths = {new: old for old, new in renames}
    gone = set(old_paths.values())
    return [
        _preview(root, change, old_paths.get(change.path))
        for change in changes
        if change.content is not None or change.path not in gone
    ]


def _preview(root: Path, change: FileChange, old_path: str | None) -> Preview:
    new = (change.content or b"").decode("utf-8", "replace")
    if change.before is None and old_path is None:
        return Preview(change.path, readable(new), is_new=True)
    before = old_path or change.path
    old = resolve_inside(root, before).read_bytes().decode("utf-8", "replace")
    names = (old_path, change.path) if old_path else ("now", "then")
    diff = unified_diff(old.splitlines(), new.splitlines(), *names, n=3, lineterm="")
    text = "\n".join(diff) or f"Only its name changes: it was {before}."
    return Preview(change.path, readable(text), old_path or "")


def readable(text: str) -> str:
    """A text that a screen can show: bulk data would take minutes to colour and to wrap."""
    if len(text) <= LONGEST_LINE:
        return text
    lines = text.split("\n")
    shown = [_cut(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"… and {len(lines) - MOST_LINES:,} more lines")
    return "\n".join(shown)


def _cut(line: str) -> str:
    over = len(line) - LONGEST_LINE
    return f"{line[:LONGEST_LINE]}… and {over:,} more characters" if over > 0 else line
