"""Showing what would be written, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from mig_assist.file_changes import FileChange


def show_changes(
    root: Path, changes: Sequence[FileChange], renames: Sequence[tuple[str, str]] = ()
) -> None:
    """Print each change on standard error: a new file whole, an edit as a diff.

    Args:
        renames: old path → new path of the files that one change deletes and another creates.
    """
    from rich.console import Console
    from rich.rule import Rule
    from rich.syntax import Syntax
    from rich.text import Text

    console = Console(stderr=True)
    old_paths = {new: old for old, new in renames}
    for change in changes:
        if change.content is None and change.path in old_paths.values():
            continue
        before = old_paths.get(change.path, change.path)
        new = (change.content or b"").decode("utf-8", "replace")
        is_new = change.before is None and before == change.path
        kind = f"was {before}" if before != change.path else "new file" if is_new else "edit"
        console.print(Rule(Text(f"{change.path}  ({kind})"), align="left"))
        if is_new:
            lexer = Syntax.guess_lexer(change.path, new)
            console.print(Syntax(new.rstrip("\n"), lexer, theme="ansi_dark", word_wrap=True))
        else:
            old = (root / before).read_bytes().decode("utf-8", "replace")
            diff = "\n".join(
                unified_diff(old.splitlines(), new.splitlines(), "now", "then", n=2, lineterm="")
            )
            console.print(Syntax(diff, "diff", theme="ansi_dark", word_wrap=True))
