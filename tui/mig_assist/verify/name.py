"""Item 3: a descriptive name in snake_case."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject

LONGEST = 80
"""Keeps ``V123456__….sql`` far below the 255 bytes that file systems allow."""

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_VAGUE = frozenset(
    """
    a add adjust alter amend an and better bug bugfix change changed changes cleanup
    column columns create data database db delete do draft drop edit final fix fixed fixes
    fixup for hotfix improve improved improvement improvements in index it libsql make
    manual migrate migration migrations minor misc modify more my new newest next of old
    on other patch pg postgres postgresql quick refactor remove rename schema script small
    some sql sqlite stuff table tables temp temporary test that the thing things this tmp
    to todo tweak tweaks update updated updates various version wip with work
    """.split()
)


def check_name(subject: Subject, suggestion: str | None = None) -> Report:
    """The name says what changes; ``suggestion`` is offered where it does not."""
    return Report(
        f"{subject.name} is descriptive",
        tuple(name_findings(subject.name, subject.version, suggestion)),
    )


def name_findings(
    name: str, version: int | None = None, suggestion: str | None = None
) -> Iterable[Finding]:
    """What is wrong with a migration's name."""
    offered = f" For example: {suggestion}." if suggestion and suggestion != name else ""

    def finding(code: str, message: str, fix: str) -> Finding:
        return Finding(code, Severity.ERROR, message, fix + offered, None, version)

    if len(name) > LONGEST:
        yield finding(
            "name/too-long",
            f"The name has {len(name)} characters; {LONGEST} are allowed.",
            "Name the change in a few words.",
        )
    elif not _SNAKE.fullmatch(name):
        yield finding(
            "name/not-snake-case",
            f"{name!r} is not snake_case.",
            "Use lower-case letters, digits and single underscores, a letter first.",
        )
    elif all(word in _VAGUE or word.isdigit() for word in name.split("_")) or len(name) < 4:
        yield finding(
            "name/vague",
            f"{name!r} does not say what changes.",
            "Name the tables or columns and what happens to them.",
        )
