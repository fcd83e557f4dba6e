"""Item 3: a descriptive name in snake_case."""

from __future__ import annotations

from collections.abc import Iterable

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.names import LONGEST, is_snake_case, is_vague


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
    elif not is_snake_case(name):
        yield finding(
            "name/not-snake-case",
            f"{name!r} is not snake_case.",
            "Use lower-case letters, digits and single underscores, a letter first.",
        )
    elif is_vague(name):
        yield finding(
            "name/vague",
            f"{name!r} does not say what changes.",
            "Name the tables or columns and what happens to them.",
        )
