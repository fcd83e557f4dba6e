"""Showing what would be written, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mig_assist.cli.output import say
from mig_assist.draft.previews import previews
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
    for shown in previews(root, changes, renames):
        kind = f"was {shown.old_path}" if shown.old_path else shown.kind
        console.print(Rule(Text(f"{shown.path}  ({kind})"), align="left"))
        text = shown.text.rstrip("\n")
        if not console.is_terminal:
            say(text)  # as it is: nobody's window says where lines have to end
            continue
        lexer = Syntax.guess_lexer(shown.path, shown.text) if shown.is_new else "diff"
        console.print(Syntax(text, lexer, theme="ansi_dark", word_wrap=True))
