"""``mig-assist new``."""

from __future__ import annotations

from functools import partial

import click

from mig_assist.checklist.migrations import in_work
from mig_assist.cli.main import Context
from mig_assist.cli.output import interactive, say
from mig_assist.cli.preview import show_changes
from mig_assist.cli.prompts import ask_choice, ask_text, confirm
from mig_assist.draft.begin import plan_beginning, unfinished
from mig_assist.draft.naming import suggest_template
from mig_assist.draft.scaffolds import template_description, template_names
from mig_assist.errors import Cancelled, WrongUse
from mig_assist.file_changes import write_all
from mig_assist.verify.name import name_findings
from mig_assist.verify.numbers import next_version, why_skipped
from mig_assist.workspace.names import NameStyle, house_style, is_descriptive, snake


@click.command()
@click.option("--name", help="What changes: route_compatibility_profiles, or as the others are.")
@click.option("--template", help="A scaffold for both files; chosen by the name if not given.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
@click.pass_obj
def new(context: Context, name: str | None, template: str | None, yes: bool) -> int:
    """Begin a migration: the next version, both files, its registry entry and tests.

    A version that lies in the folders already, and has no checklist yet, is taken up.
    """
    session = context.session()
    try:
        workspace = session.workspace
        known = {(record.version, record.name) for record in session.ledger.migrations()}
        begun = unfinished(workspace, known)
        style = house_style(workspace)
        version = next_version(workspace, in_work(session))
        skipped = why_skipped(workspace, version, in_work(session))
        if begun and (name == begun[1] or (name is None and _take_up(begun, yes))):
            (version, name), skipped = begun, ""
        elif name is None:
            name = ask_text(
                f"Name of V{version} ({style})", flag="--name", validate=partial(_valid, style)
            )
        elif problem := _problem(style, name):
            raise WrongUse(f"{name!r} is no name for a migration", *problem)
        template = template or _ask_template(name, yes)
        if skipped:
            say(skipped)
        beginning = plan_beginning(workspace, version, name, template)
        if beginning.changes:
            show_changes(workspace.root, beginning.changes)
            if not yes and not confirm(f"Write these {len(beginning.changes)} files?"):
                raise Cancelled("Nothing was written")
            write_all(workspace.root, beginning.changes)
        session.open_migration(version, name)
    finally:
        session.close()
    say(f"V{version} {name} is in work.")
    for change in beginning.changes:
        say(f"  wrote {change.path}")
    say("Edit both SQL files, then: mig-assist run --all, or mig-assist for the wizard.")
    return 0


def _take_up(begun: tuple[int, str], yes: bool) -> bool:
    version, name = begun
    question = f"V{version} {name} lies in the folders and has no checklist. Take it up?"
    return yes or (interactive() and confirm(question))


def _ask_template(name: str, yes: bool) -> str:
    suggested = suggest_template(name)
    if yes or not interactive():
        return suggested
    choices = [(template, template_description(template)) for template in template_names()]
    return ask_choice("Scaffold", choices, flag="--template", default=suggested)


def _problem(style: NameStyle, name: str) -> tuple[str, str] | None:
    suggestion = style.write(snake(name))
    offered = suggestion if is_descriptive(suggestion, style) else None
    findings = name_findings(name, suggestion=offered, style=style)
    return next(((finding.message, finding.fix) for finding in findings), None)


def _valid(style: NameStyle, name: str) -> bool | str:
    problem = _problem(style, name)
    return " ".join(problem) if problem else True
