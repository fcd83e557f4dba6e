"""``mig-assist check``."""

from __future__ import annotations

import os

import click

from mig_assist.cli.findings import print_findings
from mig_assist.cli.main import Context
from mig_assist.errors import EnvironmentLacks, WrongUse
from mig_assist.findings import Finding


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
    from mig_assist.cli.progress import signs_of_life
    from mig_assist.local_postgres import settings_for, start
    from mig_assist.verify.suite import all_pairs, changed_pairs, check_pairs
    from mig_assist.workspace.git import Base, base_of

    if base and every:
        raise WrongUse("Either --base or --all", "Both were given.", "Drop one of them.")
    workspace = context.workspace()
    chosen = all_pairs(workspace) if every else changed_pairs(workspace, base)

    def postgres_url() -> str:
        return start(workspace.root, settings_for(workspace, os.environ)).test_url

    merged = Base(base, base) if base else base_of(workspace)
    versions = [pair.version for pair in chosen]
    form = "json" if as_json else form
    findings: list[Finding] = []
    try:
        with signs_of_life() as on_step:
            findings.extend(check_pairs(workspace, chosen, postgres_url, merged, on_step))
    except EnvironmentLacks:
        # What needs no PostgreSQL has been found, and is worth telling all the same.
        if findings:
            print_findings(workspace.root, versions, findings, form)
        raise
    return print_findings(workspace.root, versions, findings, form)
