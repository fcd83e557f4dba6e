"""The PostgreSQL panel, on the real embedded server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_assist.local_postgres import remove, running, settings_for
from tests.app.conftest import OpenWizard, opened


@pytest.fixture
def with_server(begun: Path) -> Iterator[Path]:
    """A workspace whose server, if it was started, is gone afterwards."""
    yield begun
    remove(begun)


async def test_start_look_reset_and_stop(wizard: OpenWizard, with_server: Path) -> None:
    root = with_server
    async with wizard(root) as w:
        await w.shows("postgres ○ stopped")
        await w.press("p")
        await w.shows("The local PostgreSQL", "○ none runs")
        await w.press("s")
        await w.shows("embedded PostgreSQL 18", ":•••@127.0.0.1:", "ready to accept connections")

        await w.press("x")
        await w.shows("Stop PostgreSQL?")
        await w.press("n")
        await w.press("r")
        await w.shows("Delete everything in this PostgreSQL?")
        await w.press("enter")  # means No until one moves
        await w.until(lambda: "Delete everything" not in w.text)
        await w.press("escape")
        await w.shows("postgres 18", "● embedded")

        await w.press("p")
        await w.shows("Source   embedded")
        await w.press("x")
        await w.shows("Stop PostgreSQL?")
        await w.press("y")
        await w.shows("○ none runs")
    with opened(root) as session:
        assert running(root, settings_for(session.workspace, os.environ)) is None


async def test_a_server_of_the_users_own_is_not_reset(
    wizard: OpenWizard, begun: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_URL", postgres_url)
    async with wizard(begun) as w:
        await w.shows("● url")
        await w.press("p")
        screen = await w.shows("Source   url", "•••")
        assert postgres_url.split(":")[2].split("@")[0] not in screen
        await w.press("r")
        await w.shows("Delete everything")
        await w.press("y")
        await w.shows("✘ This PostgreSQL is not mig-assist's")


async def test_settings_that_cannot_be_meant_are_a_panel(
    wizard: OpenWizard, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_URL", "nonsense[/red]")
    async with wizard(begun) as w:
        await w.shows("postgres ○ stopped")
        await w.press("p")
        await w.shows("✘ ", "→ ")
