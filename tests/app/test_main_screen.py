"""The main screen: where one is, what is done, and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mig_assist.checklist.items import HANDOFF, ITEMS, find_item
from mig_assist.checklist.overview import MARKS
from mig_assist.checklist.state import State
from tests.app.conftest import OpenWizard, begin, opened
from tests.conftest import WorkspaceCopy

REASON = "No table changes its meaning here."


async def test_it_opens_on_the_first_item_that_is_not_settled(
    wizard: OpenWizard, begun: Path
) -> None:
    async with wizard(begun) as w:
        await w.shows("1  Version", "not run yet")
        assert "V18 route_compatibility_profiles ── main" in w.text


async def test_it_resumes_where_it_was_left(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("r")
        await w.until(lambda: w.state("version") is State.DONE)

    async with wizard(begun) as w:
        await w.shows("2  File pair", f"{MARKS[State.DONE]}  1 Version")


async def test_every_item_has_a_mark_and_a_title(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        for item in ITEMS:
            assert f"{MARKS[State.TODO]} {item.number:>2} {item.title}" in w.text
        assert "Hand-off" in w.text
        for item in HANDOFF:
            assert f"{MARKS[State.TODO]}    {item.title}" in w.text


async def test_the_item_in_view_says_what_it_protects_and_why(
    wizard: OpenWizard, begun: Path
) -> None:
    async with wizard(begun, size=(120, 40)) as w:
        await w.select("libsql")
        await w.shows(
            "6  libsql path",
            "Migration SQL and migration-history writes must remain atomic.",
            "not at all",
            "· applies to a fresh database",
            "· rolls back cleanly",
            "· gateway-migrate",
        )


async def test_arrows_and_letters_move_and_enter_goes_in(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("down")
        await w.shows("2  File pair")
        await w.press("k")
        await w.shows("1  Version")
        await w.press("j", "enter")
        assert w.app.focused is not None
        assert w.app.focused.id == "checks"
        await w.press("escape")
        assert w.app.focused is not None
        assert w.app.focused.id == "items"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (200, 60)])
async def test_everything_is_in_sight_at_usual_sizes(
    wizard: OpenWizard, begun: Path, size: tuple[int, int]
) -> None:
    async with wizard(begun, size=size) as w:
        await w.select("postgres")
        screen = await w.shows("7  PostgreSQL path", "· test-gateway-postgres-smoke")
        for item in ITEMS:
            assert item.title in screen
        lines = screen.splitlines()
        assert "V18 route_compatibility_profiles" in lines[0]
        for key in ("r run", "e edit", "d schema", "w why", "s skip", "a run all", "p postgres",
                    "^p commands", "? help"):  # fmt: skip
            assert key in lines[-1]
        assert all(len(line) <= size[0] for line in lines)


@pytest.mark.parametrize("size", [(60, 18), (40, 12), (20, 6)])
async def test_small_screens_lose_room_but_not_the_item(
    wizard: OpenWizard, begun: Path, size: tuple[int, int]
) -> None:
    async with wizard(begun, size=size) as w:
        await w.shows("Version")
        await w.press("question_mark")
        await w.shows("Keys and marks")


async def test_without_colour_the_marks_say_it_all(
    wizard: OpenWizard, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with opened(begun) as session:
        session.skip(find_item("user-docs"), REASON)
    async with wizard(begun) as w:
        await w.shows(f"{MARKS[State.SKIPPED]}  9 User docs")
        colours = set(_hex_colours(w.app.export_screenshot()))
        assert all(red == green == blue for red, green, blue in colours)


async def test_text_from_outside_is_shown_as_it_is(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy(git=True)
    name = "[red]x[@click=app.bell]\x1b[31m\u202e"
    for folder in ("migrations", "migrations/postgres"):
        (root / folder / f"V18__{name}.sql").write_text("SELECT 1;\n")
    (root / ".git" / "HEAD").write_text("ref: refs/heads/[/red]../../x\n")
    with opened(root) as session:
        session.open_migration(18, name)
    async with wizard(root, size=(160, 40)) as w:
        await w.shows("V18 [red]x[@click=app.bell] ── [/red]../../x ")
        await w.select("name")
        await w.press("r")
        await w.shows("✘ error name/not-snake-case", "[red]x[@click=app.bell]")


async def test_a_tour_gives_hints_until_an_item_is_settled(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    hint = "Press n, then r: [/red] is text."
    async with wizard(root, hints={"version": hint}) as w:
        await w.shows("No migration in work", hint)
    begin(root)
    async with wizard(root, hints={"version": hint}) as w:
        await w.shows("1  Version", hint)
        await w.press("r")
        await w.shows("✔ done")
        assert hint not in w.text


def _hex_colours(svg: str) -> list[tuple[str, str, str]]:
    drawn = re.findall(r'fill(?:: |=")#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})', svg)
    frame = {("29", "29", "29"), ("c5", "c8", "c6"), ("ff", "5f", "57"), ("fe", "bc", "2e"),
             ("28", "c8", "40")}  # fmt: skip
    return [colour for colour in drawn if colour not in frame]
