"""What ``skip`` and ``attest`` share: one item, one written reason."""

from __future__ import annotations

from typing import Literal

from mig_assist.checklist.items import find_item
from mig_assist.cli.main import Context
from mig_assist.cli.output import say
from mig_assist.cli.prompts import ask_text


def decide(context: Context, word: str, reason: str | None, kind: Literal["skip", "attest"]) -> int:
    """Record a person's decision about an item; the reason is asked for where it is missing."""
    item = find_item(word)
    session = context.session()
    try:
        session.require_migration()
        if reason is None:
            reason = ask_text(f"Why {kind} {item.title!r}?", flag="--reason")
        evidence = session.skip(item, reason) if kind == "skip" else session.attest(item, reason)
    finally:
        session.close()
    done = "skipped" if kind == "skip" else "attested"
    say(f"{item.title} {done}: {evidence.reason}")
    return 0
