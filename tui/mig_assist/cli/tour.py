"""``mig-assist tour``."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mig_assist.checklist.items import HANDOFF, ITEMS
from mig_assist.checklist.session import open_session
from mig_assist.cli.main import Context
from mig_assist.cli.output import duration, interactive, say
from mig_assist.cli.progress import run_and_print
from mig_assist.cli.status import print_overview
from mig_assist.errors import WrongUse

HINTS = {
    "version": "Press n to begin a migration; call it route_compatibility_profiles. Then press r:"
    " the number is looked up in both folders and the registry.",
    "pair": "Both files were written from a scaffold. Press e to answer the marked questions in"
    " each, then r. f shows them side by side, d both schemas.",
    "name": "Press r. A name such as `update` would be refused here.",
    "registry": "Press r. The entry was written with the files; an edit changes the checksum, and"
    " this item records it.",
    "tests": "Open the test skeleton in your editor, replace the marked test, then press r.",
    "libsql": "Press r and watch: a fresh database, a fault after every statement, then the task.",
    "postgres": "Press r. A real PostgreSQL starts on this machine; p shows which one.",
    "data-docs": "Press g for a section to fill in, or s to skip with a reason.",
    "user-docs": "Skip it with s and a reason if nobody would notice the change.",
    "adr": "Was there a decision? Then g begins a record. If not, s and a reason.",
    "lint": "All ten are settled. h runs lint and test, what a reviewer would run first.",
}


@click.command()
@click.option("--auto", is_flag=True, help="Play everything without a keypress.")
@click.pass_obj
def tour(context: Context, auto: bool) -> int:
    """Learn, or watch, on a throwaway copy of the embedded workspace.

    With --auto it authors V18, runs all ten items and the hand-off, and prints the checklist with
    its evidence; exit status 0 only if every item is done.
    """
    if not auto and not interactive():
        raise WrongUse(
            "The tour needs a terminal",
            "Standard input or output is not one.",
            "Watch it instead: `mig-assist tour --auto`.",
        )
    with _throwaway_workspace() as folder:
        if auto:
            return _play(folder)
        return context.wizard(folder, HINTS)


def _play(folder: Path) -> int:
    from mig_assist.draft.tour import author, document
    from mig_assist.file_changes import write_all
    from mig_assist.verify.numbers import next_version

    started = time.monotonic()
    session = open_session(folder)
    try:
        root = session.workspace.root
        beginning = author(session.workspace, next_version(session.workspace))
        write_all(root, beginning.changes)
        session.open_migration(beginning.version, beginning.name)
        for change in beginning.changes:
            say(f"wrote {change.path}")
        documents = document(session.workspace)
        write_all(root, list(documents.values()))
        for change in documents.values():
            say(f"wrote {change.path}")
        status = run_and_print(session, (*ITEMS, *HANDOFF))
        overview = session.overview()
    finally:
        session.close()
    print_overview(overview, verbose=True)
    say(f"The tour took {duration(time.monotonic() - started)}.")
    return status if overview.complete else 1


@contextmanager
def _throwaway_workspace() -> Iterator[Path]:
    """A copy of the embedded workspace that is gone afterwards, its PostgreSQL with it."""
    from mig_assist.draft.tour import make_workspace
    from mig_assist.local_postgres import remove

    folder = Path(tempfile.mkdtemp(prefix="mig-assist-tour-")).resolve()
    # mise asks before it trusts a configuration; this copy is our own.
    trusted = os.environ.get("MISE_TRUSTED_CONFIG_PATHS")
    os.environ["MISE_TRUSTED_CONFIG_PATHS"] = os.pathsep.join(filter(None, (trusted, str(folder))))
    # A server of the user's own has no part in a tour.
    given = {name: os.environ.pop(name, None) for name in ("POSTGRES_URL", "TEST_POSTGRES_URL")}
    try:
        make_workspace(folder)
        yield folder
    finally:
        remove(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.update({name: url for name, url in given.items() if url is not None})
