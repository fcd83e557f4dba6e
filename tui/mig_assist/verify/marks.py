"""The marks that scaffolds leave where a person has to decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.workspace.files import read_inside, shown
from mig_assist.workspace.model import Workspace

_MARK = re.compile(r"mig-assist:\s*(?:todo|decide)\b\s*(?P<question>.*)", re.IGNORECASE)


def open_marks(workspace: Workspace, paths: Iterable[str], code: str) -> Iterable[Finding]:
    """A finding for each mark that nobody has answered yet; unreadable files have none."""
    for path in paths:
        try:
            text = read_inside(workspace.root, path).text
        except UnreadableSource:
            continue
        yield from (replace(finding, path=shown(path)) for finding in marks_in(text, code))


def marks_in(text: str, code: str) -> Iterable[Finding]:
    """A finding for each open mark in a text."""
    for line, content in enumerate(text.split("\n"), 1):
        match = _MARK.search(content)
        if match:
            question = match["question"].removesuffix("-->").strip() or "this place"
            yield Finding(
                code,
                Severity.ERROR,
                f"A scaffold asks: {question}",
                "Answer it, then remove the mark.",
                line=line,
            )
