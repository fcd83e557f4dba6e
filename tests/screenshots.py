"""Take the README's picture of the wizard: V18 on a copy of the workspace, a real run.

    python tests/screenshots.py

Nothing is staged: the items are run, and the picture is taken while the store tests of item 7 run
on PostgreSQL. With rsvg-convert on PATH a PNG is written beside the SVG.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from mig_assist.app.app import WizardApp
from mig_assist.app.widgets.item_list import ItemList
from mig_assist.checklist.items import find_item
from mig_assist.checklist.session import Session, open_session
from mig_assist.draft.tour import author, document, make_workspace
from mig_assist.file_changes import write_all
from mig_assist.local_postgres import remove

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "wizard.svg"
SIZE = (100, 30)
DONE_BEFORE = ("version", "pair", "name", "registry", "tests", "libsql", "data-docs")
REASON = "Operators see no change: the gateway manages the profiles itself."
_STEP_SECONDS = 0.02


def prepare(root: Path) -> Session:
    """V18 authored, the data-model document written, one item skipped."""
    make_workspace(root)
    session = open_session(root)
    beginning = author(session.workspace, 18)
    write_all(root, beginning.changes)
    session.open_migration(beginning.version, beginning.name)
    write_all(root, [document(session.workspace)["data-docs"]])
    session.skip(find_item("user-docs"), REASON)
    return session


async def photograph(app: WizardApp) -> str:
    """The screen as SVG, in the middle of item 7."""
    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: app.overview)
        for key in (*DONE_BEFORE, "postgres"):
            app.screen.query_one(ItemList).select(key)
            app.runs.begin([find_item(key)])
            if key == "postgres":
                await _until(pilot, lambda: any("%]" in line for line in app.runs.live_lines))
            else:
                await _until(pilot, lambda: app.running is None)
        await pilot.pause()
        svg = app.export_screenshot(title="mig-assist")
        app.runs.cancel()
        await _until(pilot, lambda: app.running is None)
    return svg


async def _until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    while not condition():
        await pilot.pause(_STEP_SECONDS)


def main() -> None:
    """Write the picture."""
    for name in ("POSTGRES_URL", "TEST_POSTGRES_URL", "NO_COLOR"):
        os.environ.pop(name, None)
    os.environ["PYTHONWARNINGS"] = "ignore"
    root = Path(tempfile.mkdtemp(prefix="wizard-")).resolve()
    try:
        session = prepare(root)
        svg = asyncio.run(photograph(WizardApp(session)))
        session.close()
    finally:
        remove(root)
        shutil.rmtree(root, ignore_errors=True)
    for private in (root, Path.home(), PICTURE.parents[2]):
        if str(private) in svg:
            raise SystemExit(f"The picture would show {private}.")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(svg, encoding="utf-8")
    if converter := shutil.which("rsvg-convert"):
        # It joins spaces unless it is told not to.
        kept = svg.replace("<svg ", '<svg xml:space="preserve" ', 1).encode()
        target = PICTURE.with_suffix(".png")
        subprocess.run([converter, "--output", target], input=kept, check=True)


if __name__ == "__main__":
    main()
