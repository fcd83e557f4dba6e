"""Showing what would be written, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from mig_assist.file_changes import FileChange


def show_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Print each change on standard error: a new file whole, an edit as a diff."""
    from rich.console import Console
    from rich.rule import Rule
    from rich.syntax import Syntax
    from rich.text import Text

    console = Console(stderr=True)
    for change in changes:
        new = (change.content or b"").decode("utf-8", "replace")
        kind = "new file" if change.before is None else "edit"
        console.print(Rule(Text(f"{change.path}  ({kind})"), align="left"))
        if change.before is None:
            lexer = Syntax.guess_lexer(change.path, new)
            console.print(Syntax(new.rstrip("\n"), lexer, theme="ansi_dark", word_wrap=True))
        else:
            old = (root / change.path).read_bytes().decode("utf-8", "replace")
            diff = "\n".join(
                unified_diff(old.splitlines(), new.splitlines(), "now", "then", n=2, lineterm="")
            )
            console.print(Syntax(diff, "diff", theme="ansi_dark", word_wrap=True))
