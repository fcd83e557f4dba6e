"""``mig-assist renumber``."""

from __future__ import annotations

import shlex

import click

from mig_assist.checklist.migrations import in_work
from mig_assist.checklist.session import Session
from mig_assist.cli.main import Context
from mig_assist.cli.output import say
from mig_assist.cli.preview import show_changes
from mig_assist.cli.prompts import confirm
from mig_assist.draft.renumber import Renumbering, plan_renumbering
from mig_assist.errors import Cancelled
from mig_assist.file_changes import write_all
from mig_assist.workspace.numbers import Migration, holdings

_MOST_LISTED = 20


@click.command()
@click.option("--to", type=click.IntRange(min=1), help="The first number, instead of the next.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
@click.pass_obj
def renumber(context: Context, to: int | None, yes: bool) -> int:
    """Move this branch's migrations behind the newest one of the base branch.

    Several keep their order. File names, the registry's entries (also in a conflict), names in
    the SQL, and what tests and documents of this branch say move with them, all or nothing.
    """
    session = context.session()
    try:
        workspace = session.workspace
        held = holdings(workspace, in_work(session))
        own = _of_session(session) if held.own is None or held.base is None else held.own
        plan = plan_renumbering(workspace, own, held, to)
        if not plan.moves:
            kept = ", ".join(f"V{version} {name}" for version, name in own)
            say(f"Nothing to move: {kept or 'no migration of this branch'}.")
            return 0
        show_changes(workspace.root, plan.changes, plan.renames)
        _show_left_alone(plan)
        for move in plan.moves:
            say(f"V{move.old} {move.name} becomes V{move.new}.")
        if not yes and not confirm(f"Write these {_count(plan)} files?"):
            raise Cancelled("Nothing was written")
        write_all(workspace.root, plan.changes)
        session.moved({move.old: move.new for move in plan.moves})
    finally:
        session.close()
    _say_what_follows(plan, held.situation.unfinished)
    return 0


def _of_session(session: Session) -> tuple[Migration, ...]:
    """Without a base to compare with, the migration in work is the one that moves."""
    record = session.require_migration()
    return ((record.version, record.name),)


def _count(plan: Renumbering) -> int:
    return len(plan.changes) - len(plan.renames)


def _show_left_alone(plan: Renumbering) -> None:
    if not plan.left_alone:
        return
    say("Left alone, look at these:")
    for mention in plan.left_alone[:_MOST_LISTED]:
        say(f"  {mention.path}:{mention.line}: {mention.text[:80]}  ({mention.reason})")
    if len(plan.left_alone) > _MOST_LISTED:
        say(f"  and {len(plan.left_alone) - _MOST_LISTED} more")


def _say_what_follows(plan: Renumbering, unfinished: str) -> None:
    for move in plan.moves:
        say(f"V{move.new} {move.name} is in work; its proofs are stale.")
    numbers = ", ".join(f"V{move.old}" for move in plan.moves)
    say(f"A database that ran the old {numbers} will be refused. Recreate a local one with:")
    say("  mig-assist migrate --backend libsql --reset")
    say("  mig-assist postgres reset")
    if unfinished:
        paths = shlex.join(change.path for change in plan.changes)
        say(f"The {unfinished} goes on with: git add -A -- {paths}")
        say(f"and, when nothing else is in conflict: git {unfinished} --continue")
    say("Then: mig-assist run --all")
