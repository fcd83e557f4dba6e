"""``mig-assist derive``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mig_assist.backend import Backend
from mig_assist.cli.main import Context
from mig_assist.cli.output import printable, say
from mig_assist.errors import WrongUse


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--to",
    "target",
    type=click.Choice([str(backend) for backend in Backend]),
    required=True,
    help="The backend whose dialect is wanted.",
)
@click.pass_obj
def derive(context: Context, file: Path, target: str) -> int:
    """Write one backend's migration in the other's dialect; the SQL on standard output.

    What was not carried with certainty is marked in place (mig-assist: todo) and told on standard
    error. Exit status 1 where there are marks.
    """
    from mig_assist.draft.derive import derive as derived_from
    from mig_assist.draft.derive.surroundings import context_before, file_in
    from mig_assist.source_text import read_source

    wanted = Backend(target)
    workspace = context.workspace()
    source = read_source(file, str(file))
    known = file_in(workspace, file)
    if known is not None and known.backend is wanted:
        raise WrongUse(
            f"{file} is a {wanted.label} file already",
            f"It lies where the workspace keeps its {wanted.label} migrations.",
            f"Ask for the other one: --to {wanted.other}.",
        )
    around = context_before(workspace, *((known.version, known.name) if known else ()))
    derived = derived_from(source.text, wanted.other, around)
    sys.stdout.write(printable(derived.sql))
    for mark in derived.marks:
        say(f"line {mark.line}: {mark.message}")
    return 1 if derived.marks else 0
