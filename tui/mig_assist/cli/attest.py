"""``mig-assist attest``."""

from __future__ import annotations

import click

from mig_assist.cli.decision import decide
from mig_assist.cli.main import Context


@click.command()
@click.argument("item")
@click.option("--reason", help="What was done and where, in a sentence.")
@click.pass_obj
def attest(context: Context, item: str, reason: str | None) -> int:
    """Give your word that an item is done, with a reason."""
    return decide(context, item, reason, "attest")
