"""``mig-assist status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mig_assist.checklist.overview import MARKS, ItemView, Overview
from mig_assist.checklist.state import State
from mig_assist.cli.main import Context
from mig_assist.cli.output import COLOURS, echo, echo_json

if TYPE_CHECKING:
    from mig_assist.checklist.migrations import MigrationView
    from mig_assist.checklist.session import Session
    from mig_assist.findings import Finding


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--all", "everything", is_flag=True, help="List every migration that was begun.")
@click.option("-v", "--verbose", is_flag=True, help="Show each item's evidence.")
@click.pass_obj
def status(context: Context, form: str, as_json: bool, everything: bool, verbose: bool) -> int:
    """Show the ten items and the hand-off, with evidence.

    Exit status 1 where an item failed.
    """
    from mig_assist.workspace.registry_search import conflicted_registry

    session = context.session(create=False)
    try:
        overview = session.overview()
        migrations = _all(session) if everything else ()
        last = session.last()
        conflict = _conflict(session) if conflicted_registry(session.workspace) else None
    finally:
        session.close()
    if as_json or form == "json":
        listed = [view.to_json() for view in migrations]
        echo_json({**overview.to_json(), **({"migrations": listed} if everything else {})})
    else:
        print_overview(overview, verbose, last)
        if conflict is not None:
            echo(f"! {conflict.message} {conflict.fix}")
        _print_all(migrations)
    views = (*overview.items, *overview.handoff)
    return 1 if any(view.state.state is State.FAILED for view in views) else 0


def _conflict(session: Session) -> Finding | None:
    from mig_assist.verify.numbers import registry_in_conflict

    return registry_in_conflict(session.workspace)


def print_overview(overview: Overview, verbose: bool, last: str = "") -> None:
    """The checklist as text; where there is none, what was in work before."""
    migration = overview.migration
    if migration is None:
        before = f"; the last was {last}" if last else ""
        echo(f"No migration in work{before}. Begin one with `mig-assist new`, or in the wizard.")
        return
    branch = f"  on {migration.branch}" if migration.branch else ""
    echo(click.style(f"V{migration.version} {migration.name}", bold=True) + branch)
    for view in overview.items:
        _print_item(view, verbose)
    for view in overview.handoff:
        _print_item(view, verbose)
    settled = sum(view.state.state.settled for view in overview.items)
    if overview.complete:
        echo("All ten items are settled.")
    else:
        echo(f"{settled} of 10 settled. Next: mig-assist run {overview.next_key}")


def _all(session: Session) -> tuple[MigrationView, ...]:
    from mig_assist.checklist.migrations import all_migrations

    return all_migrations(session)


def _print_all(views: tuple[MigrationView, ...]) -> None:
    for view in views:
        record, mark = view.record, "▶" if view.is_open else " "
        branch = f"  begun on {record.branch}" if record.branch else ""
        where = f" ({view.where})" if view.where else ""
        echo(f" {mark} V{record.version} {record.name:<40} {view.standing}{where}{branch}")


def _print_item(view: ItemView, verbose: bool) -> None:
    state = view.state.state
    mark = click.style(MARKS[state], fg=COLOURS[state])
    word = click.style(f"{state:<8}", fg=COLOURS[state])
    number = f"{view.item.number:>2}" if view.item.number else "  "
    echo(f" {mark} {number} {view.item.title:<16} {word} {_one_line(view.state.reason)}")
    if verbose:
        for evidence in view.state.evidence:
            seen = ", ".join(f"{name} {version}" for name, version in evidence.versions.items())
            what = evidence.check or str(evidence.kind)
            echo(
                f"        {evidence.outcome:<9} {what:<12} {_one_line(evidence.summary)}  [{seen}]"
            )


def _one_line(text: str) -> str:
    return " ".join(text.split())
