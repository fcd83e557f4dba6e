"""What comments say to mig-assist: ``mig-assist:`` and a word.

``todo`` and ``decide`` are the marks that scaffolds leave where a person has to decide.
``allow CODE OBJECT: reason`` accepts a finding, whose code and object are as the finding names
them; ``*`` stands for any object. Both may stand in one file: a mark asks, an allowance answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.workspace.files import read_inside, shown
from mig_assist.workspace.model import Workspace

_MARK = re.compile(r"mig-assist:\s*(?:todo|decide)\b\s*(?P<question>.*)", re.IGNORECASE)
_ALLOWANCE = re.compile(
    r"(?:--|/\*|^\s*\*)\s*mig-assist:\s*allow\b\s*(?P<code>[^\s:]*)\s*(?P<rest>.*)", re.IGNORECASE
)
# A constraint's object has colons and blanks of its own: "teams: UNIQUE (slug)".
_OBJECT = re.compile(
    r"""
    (?P<object>
        [^:]*? : \s* (?: PRIMARY\ KEY | (?:UNIQUE|FOREIGN\ KEY|CHECK) \s* (?P<opening>\()
                      | CHECK\s+[^\s:(]+ )
      | [^:]*
    )
    (?P<rest>.*)
    """,
    re.VERBOSE,
)
_PARENTHESIS = re.compile(r"""[()]|'[^']*'|"[^"]*["]""")


@dataclass(frozen=True, slots=True)
class Allowance:
    """A comment that accepts a finding; what it leaves out is empty."""

    code: str
    object: str
    reason: str
    line: int


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


def allowances_in(text: str) -> Iterable[Allowance]:
    """Each ``mig-assist: allow`` of a SQL file, complete or not."""
    for line, content in enumerate(text.split("\n"), 1):
        match = _ALLOWANCE.search(content)
        if match:
            rest = match["rest"].strip().removesuffix("*/").strip()
            thing, reason = _object_and_reason(rest)
            yield Allowance(match["code"], thing, reason, line)


def _object_and_reason(text: str) -> tuple[str, str]:
    match = _OBJECT.match(text)
    if match is None:
        return "", ""
    end = match.end("object")
    if match["opening"]:
        end = _closing(text, match.start("opening"))
    thing, rest = text[:end].strip(), text[end:].strip()
    return thing, rest.removeprefix(":").strip() if rest.startswith(":") else ""


def _closing(text: str, opening: int) -> int:
    """The place behind the parenthesis that closes another, quotes minded; the end without one."""
    depth = 0
    for token in _PARENTHESIS.finditer(text, opening):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)
