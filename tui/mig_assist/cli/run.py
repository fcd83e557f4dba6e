"""``mig-assist run``."""

from __future__ import annotations

import click

from mig_assist.checklist.items import ITEMS, find_item
from mig_assist.cli.main import Context
from mig_assist.cli.preview import show_changes
from mig_assist.cli.progress import run_and_print
from mig_assist.cli.prompts import confirm
from mig_assist.errors import Cancelled, WrongUse
from mig_assist.file_changes import write_all
from mig_assist.verify.report import Subject


@click.command()
@click.argument("items", nargs=-1, metavar="[ITEM]...")
@click.option("--all", "every", is_flag=True, help="Every item that is not settled, in order.")
@click.option(
    "--lists",
    is_flag=True,
    help="First bring the lists of tables that are kept by hand up to date.",
)
@click.option("--yes", is_flag=True, help="Write those lists without asking.")
@click.pass_obj
def run(context: Context, items: tuple[str, ...], every: bool, lists: bool, yes: bool) -> int:
    """Do the automatic part of items, named by number or key.

    Without an ITEM, the next one that is not settled. Exit status 1 where one failed.
    """
    if every and items:
        raise WrongUse("Either items or --all", "Both were given.", "Drop one of them.")
    chosen = [find_item(word) for word in items]
    session = context.session()
    try:
        migration = session.require_migration()
        if lists:
            _update_lists(Subject(session.workspace, migration.version, migration.name), yes)
        overview = session.overview()
        if every:
            chosen = [i for i in ITEMS if not overview.view(i.key).state.state.settled]
        elif not chosen:
            chosen = [find_item(overview.next_key)]
        return run_and_print(session, chosen)
    finally:
        session.close()


def _update_lists(subject: Subject, yes: bool) -> None:
    """Show what would change in the lists named under [lists], and write it after a yes."""
    from mig_assist.verify.table_lists import list_edits

    edits = list_edits(subject)
    if not edits:
        return
    root = subject.workspace.root
    show_changes(root, edits)
    if not yes and not confirm("Write this?"):
        raise Cancelled("Nothing was written")
    write_all(root, edits)
