"""``mig-assist check``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from mig_assist.cli.findings import print_findings
from mig_assist.cli.main import Context
from mig_assist.cli.output import say
from mig_assist.errors import EnvironmentLacks, MigAssistError, WrongUse
from mig_assist.findings import Finding

if TYPE_CHECKING:
    from mig_assist.cli.base_line import BaseLine


@click.command()
@click.option("--base", metavar="REF", help="Check what changed since this revision.")
@click.option("--all", "every", is_flag=True, help="Check every version from the baseline on.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.pass_obj
def check(context: Context, base: str | None, every: bool, form: str, as_json: bool) -> int:
    """Run every static and live check; the CI gate.

    Without an option, on the versions that changed since the merge base with the default branch.
    Exit status 1 where a finding is an error.
    """
    from mig_assist.cli.base_line import BaseLine, base_line
    from mig_assist.cli.progress import signs_of_life
    from mig_assist.engines.kept import Shelf
    from mig_assist.local_postgres import settings_for, start
    from mig_assist.verify.suite import all_pairs, changed_pairs, check_pairs
    from mig_assist.workspace.git import Base

    if base and every:
        raise WrongUse("Either --base or --all", "Both were given.", "Drop one of them.")
    workspace = context.workspace()
    chosen = all_pairs(workspace) if every else changed_pairs(workspace, base)

    def shelf() -> Shelf:
        server = start(workspace.root, settings_for(workspace, os.environ))
        return Shelf.on(workspace.root, server)

    found = BaseLine(Base(base, base), f"{base}, as --base says") if base else base_line(workspace)
    say(_scope(found, every, len(chosen)))
    versions = [pair.version for pair in chosen]
    form = "json" if as_json else form
    findings: list[Finding] = []
    try:
        with signs_of_life() as on_step:
            findings.extend(check_pairs(workspace, chosen, shelf, found.base, on_step))
    except MigAssistError as error:
        # What needs no PostgreSQL has been found, and is worth telling all the same.
        if findings and error.exit_code == EnvironmentLacks.exit_code:
            print_findings(workspace.root, versions, findings, form)
        raise
    return print_findings(workspace.root, versions, findings, form)


def _scope(found: BaseLine, every: bool, chosen: int) -> str:
    """What is checked and why, so that a gate that checks nothing does not pass in silence."""
    line = f"base: {found.detail}"
    if every:
        return line
    if found.base is None:
        return f"{line}; so all versions are checked. {found.fix}".rstrip()
    if chosen:
        return line
    told = f"{line}\nNothing is checked: no migration differs from {found.base.branch}."
    if found.itself:
        told += (
            f" If it is not what this work is merged into: {found.fix[0].lower()}{found.fix[1:]}"
        )
    return f"{told} --all checks every version."
