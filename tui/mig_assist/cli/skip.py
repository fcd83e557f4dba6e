"""``mig-assist skip``."""

from __future__ import annotations

import click

from mig_assist.cli.decision import decide
from mig_assist.cli.main import Context


@click.command()
@click.argument("item")
@click.option("--reason", help="Why the item needs no work here, in a sentence.")
@click.pass_obj
def skip(context: Context, item: str, reason: str | None) -> int:
    """Set an item aside, with a reason."""
    return decide(context, item, reason, "skip")
