"""What would be written, in words: a new file whole, an edit as a diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from pathlib import Path

from mig_assist.file_changes import FileChange, resolve_inside

MOST_LINES = 2_000
LONGEST_LINE = 1_000
MOST_CHARACTERS = 200_000
_CONTEXT = 3  # lines around a difference


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
    text = differences(old, new, *names) or f"Only its name changes: it was {before}."
    return Preview(change.path, text, old_path or "")


def differences(old: str, new: str, old_name: str, new_name: str) -> str:
    """A unified diff that a screen can show, empty where no line differs.

    What is equal at both ends costs nothing; of what lies between, each side's first lines are
    compared, because the time for that grows with the square of their number.
    """
    before, after = old.splitlines(), new.splitlines()
    if before == after:
        return ""
    start = max(0, _equal(zip(before, after, strict=False)) - _CONTEXT)
    most = min(len(before), len(after)) - start
    tail = zip(reversed(before), reversed(after), strict=False)
    end = max(0, min(most, _equal(tail)) - _CONTEXT)
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    hunks = _hunks(before[:MOST_LINES], after[:MOST_LINES], start)
    text = readable("\n".join([f"--- {old_name}", f"+++ {new_name}", *hunks]))
    over = max(len(before), len(after)) - MOST_LINES
    return f"{text}\n… {over:,} more lines were not compared" if over > 0 else text


def _equal(twos: Iterator[tuple[str, str]]) -> int:
    """How many are equal before the first that differ."""
    return sum(1 for _ in takewhile(lambda two: two[0] == two[1], twos))


def _hunks(before: Sequence[str], after: Sequence[str], offset: int) -> Iterator[str]:
    """The differing parts in the unified format; ``offset`` lines come before the first."""
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        old_range = _range(offset + old_start, offset + old_end)
        yield f"@@ -{old_range} +{_range(offset + new_start, offset + new_end)} @@"
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[old_start:old_end])
            else:
                yield from (f"-{line}" for line in before[old_start:old_end])
                yield from (f"+{line}" for line in after[new_start:new_end])


def _range(start: int, end: int) -> str:
    """Lines as diff writes them: ``first,count``, the line before where there are none."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"


def readable(text: str) -> str:
    """A text that a screen can show: bulk data would take minutes to colour and to wrap.

    At most ``MOST_LINES`` lines and about ``MOST_CHARACTERS`` characters; what is cut is told.
    """
    if len(text) <= LONGEST_LINE:
        return text
    lines = text.split("\n")
    shown: list[str] = []
    room = MOST_CHARACTERS
    for line in lines[:MOST_LINES]:
        if room <= 0:
            break
        shown.append(readable_line(line))
        room -= len(shown[-1])
    more = len(lines) - len(shown)
    if more:
        shown.append(f"… and {more:,} more line{'s' if more > 1 else ''}")
    return "\n".join(shown)


def readable_line(line: str) -> str:
    """A line that a screen can show: at most ``LONGEST_LINE`` characters; what is cut is told."""
    over = len(line) - LONGEST_LINE
    return f"{line[:LONGEST_LINE]}… and {over:,} more characters" if over > 0 else line
