"""Every action has a place to click on."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.app.widgets.key_bar import KeyBar
from mig_assist.app.widgets.title_bar import TitleBar
from mig_assist.checklist.state import State
from tests.app.conftest import OpenWizard, Wizard


async def _click_on(w: Wizard, widget: type | str, text: str) -> None:
    """Click where ``text`` stands inside a widget."""
    region = w.app.screen.query_one(widget).region
    for row in range(region.y, region.bottom):
        line = w.text.splitlines()[row].ljust(region.right)[region.x : region.right]
        if text in line:
            await w.pilot.click(widget, offset=(line.index(text), row - region.y))
            await w.pilot.pause()
            return
    raise AssertionError(f"{text!r} does not stand in {widget}\n{w.text}")


async def test_an_item_comes_into_view(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await _click_on(w, "#items", "libsql path")
        await w.shows("6  libsql path")


@pytest.mark.parametrize(
    ("label", "shown"),
    [("d schema", "both schemas"), ("w why", "Why: 1 Version"),
     ("p postgres", "The local PostgreSQL"), ("? help", "Keys and marks"),
     ("^p commands", "Search for commands")],
)  # fmt: skip
async def test_a_key_of_the_bar(wizard: OpenWizard, begun: Path, label: str, shown: str) -> None:
    async with wizard(begun) as w:
        await _click_on(w, KeyBar, label)
        await w.shows(shown)


async def test_a_step(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await _click_on(w, "#steps", "r run")
        await w.until(lambda: w.state("version") is State.DONE)


async def test_the_server_in_the_head(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.shows("○ stopped")
        await _click_on(w, TitleBar, "stopped")
        await w.shows("The local PostgreSQL")


async def test_the_buttons_of_a_dialog(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("f")
        await w.shows("The pair")
        await w.pilot.click("#switch")
        await w.shows("+++ migrations/postgres")
        await w.pilot.click("#close")
        await w.until(lambda: "The pair" not in w.text)


async def test_the_key_under_the_pointer_says_what_it_does(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        bar = w.app.screen.query_one(KeyBar)
        await w.pilot.hover(KeyBar, offset=(1, 0))
        assert bar.tooltip == "Run the checks of the item"
