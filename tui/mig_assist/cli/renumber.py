"""``mig-assist renumber``."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

import click

from mig_assist.backend import Backend
from mig_assist.checklist.recreate import have_run
from mig_assist.checklist.renumbering import Proposal, carry_out, propose
from mig_assist.cli.main import Context
from mig_assist.cli.output import say
from mig_assist.cli.preview import show_changes
from mig_assist.cli.prompts import confirm
from mig_assist.cli.versions import VersionNumber
from mig_assist.errors import Cancelled

_MOST_LISTED = 20
_RECREATE = {
    Backend.LIBSQL: "mig-assist migrate --backend libsql --reset",
    Backend.POSTGRES: "mig-assist postgres reset",
}


@click.command()
@click.option("--to", type=VersionNumber(), help="The first number, instead of the next.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
@click.pass_obj
def renumber(context: Context, to: int | None, yes: bool) -> int:
    """Move this branch's migrations behind the newest one of the base branch.

    Several keep their order. File names, the registry's entries (also in a conflict), names in
    the SQL, and what tests and documents of this branch say move with them, all or nothing.
    A conflict in the registry is resolved, and what an earlier move left behind is finished.
    """
    session = context.session()
    try:
        proposal = propose(session, to)
        plan = proposal.plan
        if not plan.changes:
            say(proposal.nothing)
            _show_left_alone(proposal)
            for line in proposal.git_steps():
                say(line)
            return 0
        show_changes(session.workspace.root, plan.changes, plan.renames)
        _show_left_alone(proposal)
        for move in plan.moves:
            say(f"V{move.old} {move.name} becomes V{move.new}.")
        for sentence in proposal.besides:
            say(sentence)
        if not yes and not confirm(f"Write these {proposal.file_count} files?"):
            raise Cancelled("Nothing was written")
        carry_out(session, plan)
        refused = have_run(session.workspace, proposal.old) if plan.moves else ()
    finally:
        session.close()
    _say_what_follows(proposal, refused)
    return 0


def _show_left_alone(proposal: Proposal) -> None:
    if not proposal.plan.left_alone:
        return
    say("Left alone, look at these:")
    for line in islice(proposal.left_alone(), _MOST_LISTED):
        say(f"  {line}")
    if len(proposal.plan.left_alone) > _MOST_LISTED:
        say(f"  and {len(proposal.plan.left_alone) - _MOST_LISTED} more")


def _say_what_follows(proposal: Proposal, refused: Collection[Backend]) -> None:
    for move in proposal.plan.moves:
        say(f"V{move.new} {move.name} is in work; its proofs are stale.")
    if proposal.plan.moves:
        say(f"A database that ran the old {proposal.old_numbers} will be refused.")
    for backend in refused:
        say(f"The local {backend} database ran it. Recreate it with: {_RECREATE[backend]}")
    for line in proposal.git_steps():
        say(line)
    say("Then: mig-assist run --all")
