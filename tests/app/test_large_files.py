"""Files and logs of megabytes: shown in part, which is told, on a screen that stays alive."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from mig_assist.app.screens.compare import CompareScreen
from mig_assist.app.screens.preview import PreviewDialog
from mig_assist.app.screens.text_view import TextView
from mig_assist.app.widgets.code_area import CodeArea
from mig_assist.checklist.state import State
from mig_assist.draft.previews import previews
from mig_assist.file_changes import FileChange
from tests.app.conftest import NAME, OpenWizard, Wizard, use_commands

BYTES = 8_000_000
ROW = "INSERT INTO routes (id, name) VALUES ('%08x', 'a route of bulk data');\n"
MANY_LINES = "".join(ROW % number for number in range(BYTES // len(ROW % 0)))
ONE_LINE = "INSERT INTO routes (id, name) VALUES ('1', '" + "x y " * (BYTES // 4) + "');\n"
LARGE = {"many lines": MANY_LINES, "one line": ONE_LINE}
SMALL = "".join(ROW % number for number in range(200))

_BEAT_SECONDS = 0.01


class Heart:
    """Beats in a thread of its own, and counts how many beats at a stretch the screen missed."""

    def __init__(self) -> None:
        self.missed = 0
        self._sent = self._heard = 0
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._beat)

    def _beat(self) -> None:
        while not self._stop.wait(_BEAT_SECONDS):
            self._sent += 1
            self._loop.call_soon_threadsafe(self._hear)

    def _hear(self) -> None:
        self._heard += 1
        self.missed = max(self.missed, self._sent - self._heard)

    @contextmanager
    def beating(self) -> Iterator[Heart]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()


async def missed(show: Callable[[], Awaitable[None]]) -> int:
    """The longest row of beats that the screen missed while something was shown."""
    with Heart().beating() as heart:
        await show()
    return heart.missed


@pytest.mark.parametrize("large", LARGE)
async def test_the_pair(wizard: OpenWizard, begun: Path, large: str) -> None:
    def write(text: str) -> None:
        for side in ("", "postgres/"):
            lead = f"-- {side or 'libsql'}\n"
            (begun / f"migrations/{side}V18__{NAME}.sql").write_text(lead + text)

    async with wizard(begun, size=(140, 40)) as w:

        async def show(end: str) -> None:
            await w.press("f")
            await w.until(lambda: isinstance(w.app.screen, CompareScreen))
            left, right, diff = w.app.screen.query(CodeArea)
            await w.until(lambda: all(end in area.text[-100:] for area in (left, right)))
            await w.until(lambda: "+-- postgres" in diff.text)
            await w.press("escape")

        write(SMALL)
        small = partial(show, SMALL[-20:])
        await small()
        usual = await missed(small)
        write(LARGE[large])
        told = "more lines" if large == "many lines" else "more characters"
        assert await missed(partial(show, told)) <= 2 * usual + 10


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("path", ["new.sql", "old.sql"])
async def test_what_would_be_written(
    wizard: OpenWizard, begun: Path, large: str, path: str
) -> None:
    """A new file, and one of which the first line changes."""
    async with wizard(begun, size=(140, 40)) as w:

        async def show(text: str, end: str) -> None:
            (begun / "old.sql").write_text(f"-- V18\n{text}")
            change = FileChange(path, f"-- V19\n{text}".encode(), digest(path))
            shown = await asyncio.to_thread(previews, begun, [change])
            await w.app.push_screen(PreviewDialog("Write", shown))
            area = w.app.screen.query_one(CodeArea)
            await w.until(lambda: end in area.text[-2000:], end)
            assert "-- V19" in area.text
            await w.press("escape")

        def digest(path: str) -> str | None:
            return "x" if path == "old.sql" else None

        is_new = path == "new.sql"
        small = partial(show, SMALL, SMALL[-20:] if is_new else "+-- V19")
        await small()
        usual = await missed(small)
        cut = "more lines" if large == "many lines" else "more characters"
        told = cut if is_new or large == "one line" else "+-- V19"
        assert await missed(partial(show, LARGE[large], told)) <= 2 * usual + 10


@pytest.mark.parametrize("large", LARGE)
async def test_a_log(wizard: OpenWizard, begun: Path, large: str) -> None:
    """As it comes, and as a whole afterwards."""

    async def log(w: Wizard, text: str) -> None:
        (begun / "text").write_text(f"{text}\nthe end\n")
        await w.press("r")
        await w.until(lambda: w.state("lint") is not State.RUNNING and w.app.running is None)
        await w.press("l")
        await w.until(lambda: isinstance(w.app.screen, TextView))
        area = w.app.screen.query_one(CodeArea)
        await w.until(lambda: area.text.endswith("the end"))
        await w.press("escape")

    use_commands(begun, lint=["cat", "text"])
    async with wizard(begun, size=(140, 40)) as w:
        await w.select("lint")
        small = partial(log, w, SMALL)
        await small()
        usual = await missed(small)
        assert await missed(partial(log, w, LARGE[large])) <= 2 * usual + 10
