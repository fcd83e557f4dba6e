"""``mig-assist run``."""

from __future__ import annotations

import click

from mig_assist.checklist.items import ITEMS, find_item
from mig_assist.cli.main import Context
from mig_assist.cli.progress import run_and_print
from mig_assist.errors import WrongUse


@click.command()
@click.argument("items", nargs=-1, metavar="[ITEM]...")
@click.option("--all", "every", is_flag=True, help="Every item that is not settled, in order.")
@click.pass_obj
def run(context: Context, items: tuple[str, ...], every: bool) -> int:
    """Do the automatic part of items, named by number or key.

    Without an ITEM, the next one that is not settled. Exit status 1 where one failed.
    """
    if every and items:
        raise WrongUse("Either items or --all", "Both were given.", "Drop one of them.")
    chosen = [find_item(word) for word in items]
    session = context.session()
    try:
        session.require_migration()
        overview = session.overview()
        if every:
            chosen = [i for i in ITEMS if not overview.view(i.key).state.state.settled]
        elif not chosen:
            chosen = [find_item(overview.next_key)]
        return run_and_print(session, chosen)
    finally:
        session.close()
