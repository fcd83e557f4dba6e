"""Skipping and attesting: only with a reason, only where that is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.checklist.state import State
from tests.app.conftest import OpenWizard

REASON = "No table changes its meaning here."


@pytest.mark.parametrize(
    ("key", "title", "state"),
    [("s", "Skip 9 User docs", State.SKIPPED), ("t", "Attest 9 User docs", State.DONE)],
)
async def test_a_decision_takes_a_reason(
    wizard: OpenWizard, begun: Path, key: str, title: str, state: State
) -> None:
    async with wizard(begun) as w:
        await w.select("user-docs")
        await w.press(key)
        await w.shows(title)
        await w.type("n/a")
        await w.press("enter")
        await w.shows("At least 8 characters")
        await w.press("ctrl+u")
        await w.type(REASON)
        await w.press("enter")
        await w.until(lambda: w.state("user-docs") is state)
        await w.shows(REASON)


async def test_a_decision_can_be_left(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.select("adr")
        await w.press("s")
        await w.shows("Skip 10 ADR")
        await w.type(REASON)
        await w.press("escape")
        assert w.state("adr") is State.TODO


async def test_what_must_be_proved_says_so(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.select("libsql")
        await w.press("s")
        await w.shows(
            "✘ libsql path cannot be skipped or attested", "must remain atomic", "→ Run it:"
        )
        await w.press("escape")
        await w.press("t")
        await w.shows("✘ libsql path cannot be skipped or attested")


async def test_a_skip_goes_stale_with_the_sql(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.select("adr")
        await w.press("s")
        await w.type(REASON)
        await w.press("enter")
        await w.until(lambda: w.state("adr") is State.SKIPPED)
        file = next((begun / "migrations").glob("V18__*.sql"))
        file.write_text(file.read_text() + "-- more\n")
        await w.shows("! 10 ADR", "skipped before these changed")
