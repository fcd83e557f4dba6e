"""Findings in the formats that commands offer."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from mig_assist.cli.output import echo, echo_json
from mig_assist.findings import Finding, summary

_SHORTEST_RANGE = 2
"""So many versions in a row are still named one by one."""

_MOST_NAMED = 6

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def print_findings(
    root: Path,
    versions: Sequence[int],
    findings: Sequence[Finding],
    form: str,
    more: Mapping[str, object] | None = None,
) -> int:
    """Print findings to standard output; the exit status that they call for.

    Args:
        more: what else a command has to say in JSON.
    """
    counts = summary(findings)
    if form == "json":
        echo_json(
            {
                "schema": 1,
                "workspace": str(root),
                "versions": list(versions),
                "findings": [finding.to_json() for finding in findings],
                "summary": counts,
                **(more or {}),
            }
        )
    elif form == "markdown":
        _print_markdown(findings)
    else:
        for finding in findings:
            echo(finding_text(finding))
        checked = _named(versions)
        told = ", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items() if n)
        echo(f"{checked} checked: {told or 'nothing to complain of'}")
    return 1 if any(finding.blocks for finding in findings) else 0


def _named(versions: Sequence[int]) -> str:
    """Versions as a person would list them: those that follow one another as a range."""
    runs: list[list[int]] = []
    for version in versions:
        if runs and version == runs[-1][-1] + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    named = []
    for run in runs:
        several = [f"V{run[0]} to V{run[-1]}"] if len(run) > _SHORTEST_RANGE else None
        named += several or [f"V{version}" for version in run]
    total = f", {len(versions)} versions" if len(versions) > _SHORTEST_RANGE else ""
    shown = ", ".join(named[:_MOST_NAMED])
    shown += f" and others up to V{versions[-1]}" if len(named) > _MOST_NAMED else ""
    return f"{shown}{total}" if versions else "no version"


def finding_text(finding: Finding, indent: str = "") -> str:
    """One finding as a person reads it: code, object, place, message, fix; waived, why."""
    about = " ".join([finding.code, *(finding.object or "").split()])
    place = f"  {finding.place}" if finding.place else ""
    if finding.waived is not None:
        return f"{indent}waived {about} ({finding.waived}){place}"
    head = click.style(f"{finding.severity} {about}", fg=_COLOURS[finding.severity])
    said = textwrap.indent(finding.message, "  ")
    fix = textwrap.indent(finding.fix, "    ").replace("    ", "  → ", 1)
    return textwrap.indent("\n".join(filter(None, (head + place, said, fix))), indent)


def _print_markdown(findings: Sequence[Finding]) -> None:
    echo("| severity | code | place | message | fix |")
    echo("| --- | --- | --- | --- | --- |")
    for finding in findings:
        cells = (finding.severity, finding.code, finding.place, finding.message, finding.fix)
        echo("| " + " | ".join(_cell(cell) for cell in cells) + " |")


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
