"""``mig-assist new``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from mig_assist.checklist.migrations import in_work
from mig_assist.cli.main import Context
from mig_assist.cli.output import interactive, say
from mig_assist.cli.preview import show_changes
from mig_assist.cli.prompts import ask_choice, ask_known, ask_text, confirm
from mig_assist.draft.begin import plan_beginning, unfinished
from mig_assist.draft.naming import suggest_template
from mig_assist.draft.questions import (
    VOCABULARY,
    Kind,
    Question,
    applies,
    options,
    present,
    questions,
)
from mig_assist.draft.scaffolds import template_description, template_names
from mig_assist.errors import Cancelled, WrongUse
from mig_assist.file_changes import write_all
from mig_assist.verify.name import name_findings
from mig_assist.verify.numbers import next_version, why_skipped
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.names import NameStyle, house_style, is_descriptive, snake
from mig_assist.workspace.registry_search import known_registry

if TYPE_CHECKING:
    from mig_assist.draft.derive import Context as Surroundings

Command = TypeVar("Command", bound=Callable[..., object])


def _asking(command: Command) -> Command:
    """An option for every question that a scaffold may ask."""
    for question in reversed(list(VOCABULARY.values())):
        if question.kind is Kind.YES:
            flags = f"{question.flag}/--no-{question.flag[2:]}"
            option = click.option(flags, question.key, default=None, help=question.text)
        elif question.kind is Kind.CHOICE:
            values = click.Choice([value for value, _ in question.choices])
            option = click.option(question.flag, question.key, type=values, help=question.text)
        else:
            option = click.option(question.flag, question.key, help=question.text)
        command = option(command)
    return command


@click.command()
@click.option("--name", help="What changes: route_compatibility_profiles, or as the others are.")
@click.option("--template", help="A scaffold for both files; chosen by the name if not given.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
@_asking
@click.pass_obj
def new(
    context: Context,
    /,
    name: str | None,
    template: str | None,
    yes: bool,
    **flags: str | bool | None,
) -> int:
    """Begin a migration: the next version, both files, its registry entry and tests.

    A version that lies in the folders already, and has no checklist yet, is taken up. What the
    template asks is answered by its options or, in a terminal, by questions; what is left open
    stands in the files as a mark.
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
        template = template or _ask_template(workspace, name, yes)
        answers = _answers(workspace, version, template, _given(flags), yes)
        if skipped:
            say(skipped)
        beginning = plan_beginning(workspace, version, name, template, answers)
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
    registry = known_registry(workspace)
    if registry.kind == "none" and registry.path:
        say(f"Add V{version} to {registry.path} by hand: its form is not one that is edited here.")
    say("Edit both SQL files, then: mig-assist run --all, or mig-assist for the wizard.")
    return 0


def _take_up(begun: tuple[int, str], yes: bool) -> bool:
    version, name = begun
    question = f"V{version} {name} lies in the folders and has no checklist. Take it up?"
    return yes or (interactive() and confirm(question))


def _ask_template(workspace: Workspace, name: str, yes: bool) -> str:
    suggested = suggest_template(name)
    if yes or not interactive():
        return suggested
    choices = [
        (template, template_description(template, workspace))
        for template in template_names(workspace)
    ]
    return ask_choice("Scaffold", choices, flag="--template", default=suggested)


def _given(flags: Mapping[str, str | bool | None]) -> dict[str, str]:
    """The answers that stand on the command line."""
    words = {True: "yes", False: "no"}
    return {
        key: words[value] if isinstance(value, bool) else value
        for key, value in flags.items()
        if value is not None
    }


def _answers(
    workspace: Workspace, version: int, template: str, given: dict[str, str], yes: bool
) -> dict[str, str]:
    """The given answers and, in a terminal, those that are asked for; enter leaves one open."""
    asked = questions(template, workspace)
    if yes or not interactive() or not asked:
        return given
    from mig_assist.draft.derive.surroundings import context_before

    around = context_before(workspace, version)
    for question in asked:
        if question.key not in given and applies(question, given):
            given[question.key] = _ask(question, given, around)
    return given


def _ask(question: Question, given: Mapping[str, str], around: Surroundings) -> str:
    choices = options(question, given, around)
    kept = " ".join(present(question, given, around).split())
    if question.kind is Kind.YES:
        return "yes" if confirm(question.text, flag=question.flag, default=kept == "yes") else "no"
    left_open = f" (enter keeps {kept})" if kept else " (enter for none)"
    text = question.text if question.needed else f"{question.text}{left_open}"
    if question.kind is Kind.CHOICE:
        return ask_choice(text, choices, flag=question.flag)
    if not choices:
        return ask_text(text, flag=question.flag)
    strict = question.kind not in (Kind.TYPE, Kind.COLUMNS)
    return ask_known(text, choices, flag=question.flag, strict=strict)


def _problem(style: NameStyle, name: str) -> tuple[str, str] | None:
    suggestion = style.write(snake(name))
    offered = suggestion if is_descriptive(suggestion, style) else None
    findings = name_findings(name, suggestion=offered, style=style)
    return next(((finding.message, finding.fix) for finding in findings), None)


def _valid(style: NameStyle, name: str) -> bool | str:
    problem = _problem(style, name)
    return " ".join(problem) if problem else True
