"""``mig-assist handoff``."""

from __future__ import annotations

import click

from mig_assist.checklist.handoff import summary_markdown
from mig_assist.checklist.items import HANDOFF
from mig_assist.cli.main import Context
from mig_assist.cli.output import echo, say
from mig_assist.cli.progress import run_and_print


@click.command()
@click.pass_obj
def handoff(context: Context) -> int:
    """Run lint and test, then print the summary for the pull request as Markdown.

    Exit status 1 where one of them failed or an item is not settled.
    """
    session = context.session()
    try:
        session.require_migration()
        status = run_and_print(session, HANDOFF)
        overview = session.overview()
    finally:
        session.close()
    echo(summary_markdown(session.workspace, overview))
    if not overview.complete:
        say(f"Not all items are settled. Next: mig-assist run {overview.next_key}")
        return 1
    return status
