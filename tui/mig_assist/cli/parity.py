"""``mig-assist parity``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import click

from mig_assist.cli.findings import finding_text, print_findings
from mig_assist.cli.main import Context
from mig_assist.cli.output import echo, say
from mig_assist.cli.versions import version_named
from mig_assist.errors import EnvironmentLacks, WrongUse

if TYPE_CHECKING:
    from mig_assist.verify.parity.proof import ParityReport
    from mig_assist.workspace import Workspace


@click.command()
@click.argument("versions", nargs=-1, metavar="[VERSION]...")
@click.option("--all", "every", is_flag=True, help="Compare every version from the baseline on.")
@click.option("--static", is_flag=True, help="Compare what the files say, without any server.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.pass_obj
def parity(
    context: Context,
    versions: tuple[str, ...],
    every: bool,
    static: bool,
    form: str,
    as_json: bool,
) -> int:
    """Compare the two backends, version by version, on live engines.

    A VERSION is a number, or what its file is called. Without one, the versions that changed
    since the merge base with the default branch. Exit status 1 where a finding is an error.
    """
    if versions and every:
        raise WrongUse("Either versions or --all", "Both were given.", "Drop one of them.")
    workspace = context.workspace()
    chosen = _chosen(workspace, versions, every)
    report = _static(workspace, chosen) if static else _live(workspace, chosen)
    report = _as_history(workspace, report)
    if as_json or form != "text":
        return print_findings(
            workspace.root,
            report.versions,
            report.findings,
            "json" if as_json else form,
            {"static": report.static, "engines": {str(b): v for b, v in report.engines.items()}},
        )
    for line in _lines(report):
        echo(line)
    return 0 if report.equal else 1


def _chosen(workspace: Workspace, stated: Sequence[str], every: bool) -> Sequence[int]:
    from mig_assist.verify.parity.versions import numbers_of

    known = numbers_of(workspace)
    if every:
        return known
    if not stated:
        from mig_assist.verify.suite import changed_pairs

        return [pair.version for pair in changed_pairs(workspace)]
    return [version_named(workspace, text, known) for text in stated]


def _live(workspace: Workspace, chosen: Sequence[int]) -> ParityReport:
    from mig_assist.engines.kept import Shelf
    from mig_assist.local_postgres import settings_for, start
    from mig_assist.verify.parity.proof import ParityReport, check_parity

    if not chosen:
        return ParityReport(())
    settings = settings_for(workspace, os.environ)
    try:
        server = start(workspace.root, settings)
    except EnvironmentLacks as error:
        say(f"{error.title}: {error.message}\nComparing what the files say instead.")
        return _static(workspace, chosen)
    return check_parity(workspace, chosen, Shelf.on(workspace.root, server))


def _as_history(workspace: Workspace, report: ParityReport) -> ParityReport:
    from mig_assist.verify.suite import parity_as_history
    from mig_assist.workspace.git import base_of

    found = parity_as_history(workspace, report.findings, base_of(workspace))
    return replace(report, findings=tuple(found))


def _static(workspace: Workspace, chosen: Sequence[int]) -> ParityReport:
    from mig_assist.verify.parity.static import check_static

    return check_static(workspace, chosen)


def _lines(report: ParityReport) -> Iterator[str]:
    """The findings by version, then one line that says what was compared."""
    for version, findings in groupby(report.findings, key=lambda finding: finding.version):
        yield click.style(f"V{version}" if version is not None else "all versions", bold=True)
        for finding in findings:
            yield finding_text(finding, "  ")
            if finding.waived is not None:
                continue
            texts = report.texts.get((finding.version, finding.code, finding.object))
            for side, text in zip(("libsql    ", "PostgreSQL"), texts or (), strict=False):
                shown = " ".join(text.split()) if text else "nothing"
                yield f"      {side}  {shown}"
        yield ""
    yield report.summary
