"""Item 3: a descriptive name, in the style of the house; snake_case where it has none."""

from __future__ import annotations

from collections.abc import Iterable

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.names import LONGEST, NameStyle, house_style, is_vague


def check_name(subject: Subject, suggestion: str | None = None) -> Report:
    """The name says what changes; ``suggestion`` is offered where it does not."""
    style = house_style(subject.workspace, subject.version)
    return Report(
        f"{subject.name} is descriptive",
        tuple(name_findings(subject.name, subject.version, suggestion, style)),
    )


def name_findings(
    name: str,
    version: int | None = None,
    suggestion: str | None = None,
    style: NameStyle = NameStyle.SNAKE,
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
    elif not style.fits(name):
        is_snake = style is NameStyle.SNAKE
        yield finding(
            "name/not-snake-case" if is_snake else "name/not-in-house-style",
            f"{name!r} is not {style}{'' if is_snake else ', as the names before it are'}.",
            style.rule,
        )
    elif is_vague(name):
        yield finding(
            "name/vague",
            f"{name!r} does not say what changes.",
            "Name the tables or columns and what happens to them.",
        )
