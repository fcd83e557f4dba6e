"""A local database that ran another edition of the history: x recreates it, after a yes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mig_assist.checklist.state import State
from tests.app.conftest import NAME, OpenWizard, use_commands


async def test_the_libsql_database_is_moved_aside_and_the_item_runs_again(
    wizard: OpenWizard, begun: Path
) -> None:
    use_commands(begun, gateway_migrate=["mig-assist", "migrate", "--backend", "libsql", "--apply"])
    for folder in ("migrations", "migrations/postgres"):
        (begun / folder / f"V18__{NAME}.sql").write_text("CREATE TABLE profiles (id TEXT);\n")
    async with wizard(begun) as w:
        await w.select("registry")
        await w.press("r")
        await w.until(lambda: w.state("registry") is State.DONE)
        with closing(sqlite3.connect(begun / ".mig-assist" / "gateway.db")) as database:
            database.execute("CREATE TABLE of_another_time (id)")

        await w.select("libsql")
        await w.press("r")
        await w.shows("✘ error history/reset-required", "x recreate the database")
        await w.press("x")
        await w.shows("Move the local libsql database aside?")
        await w.press("enter")  # means No until one moves
        assert w.state("libsql") is State.FAILED
        await w.press("x")
        await w.shows("Move the local libsql database aside?")
        await w.press("y")
        await w.until(lambda: w.state("libsql") is State.DONE)
    kept = [path for path in (begun / ".mig-assist").iterdir() if path.name != "gateway.db"]
    assert any("gateway" in path.name for path in kept)


async def test_x_means_nothing_where_nothing_has_to_be_recreated(
    wizard: OpenWizard, begun: Path
) -> None:
    async with wizard(begun) as w:
        await w.press("x")
        await w.shows("1  Version", "not run yet")
        assert "recreate" not in w.text
