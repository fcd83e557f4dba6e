"""The wizard on real workspaces, driven key by key."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import pytest
from textual import events
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot

from mig_assist.app.app import WizardApp
from mig_assist.app.widgets.item_list import ItemList
from mig_assist.checklist.session import Session, open_session
from mig_assist.checklist.state import State
from mig_assist.workspace.config import CONFIG_NAME
from tests.conftest import copy_repository

NAME = "route_compatibility_profiles"
_PATIENCE_SECONDS = 30.0


@dataclass
class Wizard:
    """A running wizard, its pilot, and ways to look at it."""

    app: WizardApp
    pilot: Pilot[None]

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the app go on until ``condition`` holds."""
        deadline = monotonic() + _PATIENCE_SECONDS
        while not condition():
            if monotonic() > deadline:
                raise AssertionError(f"never came: {what or condition}\n{self.text}")
            await self.pilot.pause(0.01)

    async def shows(self, *texts: str) -> str:
        """Wait until the screen shows every text; return the screen."""
        for text in texts:
            await self.until(lambda text=text: text in self.text, repr(text))  # type: ignore[misc]
        return self.text

    async def press(self, *keys: str) -> None:
        """Press keys, once the wizard has nothing else to say."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Write into the input that has the focus, all at once, as a terminal pastes."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def select(self, key: str) -> None:
        """Bring an item into view."""
        self.app.screen.query_one(ItemList).select(key)
        await self.pilot.pause()

    def state(self, key: str) -> State:
        """The state of an item as the wizard knows it."""
        assert self.app.overview is not None
        return self.app.overview.view(key).state.state

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        return screen_text(self.app)


class OpenWizard(Protocol):
    """Starts a wizard without a terminal."""

    def __call__(
        self, root: Path, size: tuple[int, int] = (100, 30), hints: Mapping[str, str] = {}
    ) -> AbstractAsyncContextManager[Wizard]: ...


@pytest.fixture
def wizard() -> OpenWizard:
    """Starts a wizard on a workspace; nothing it ran is left behind."""

    @asynccontextmanager
    async def open_wizard(
        root: Path, size: tuple[int, int] = (100, 30), hints: Mapping[str, str] = {}
    ) -> AsyncIterator[Wizard]:
        session = open_session(root)
        app = WizardApp(session, hints)
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                opened = Wizard(app, pilot)
                await opened.until(lambda: app.overview is not None, "the overview")
                await pilot.pause()
                yield opened
                app.runs.cancel()
                await opened.until(lambda: app.running is None, "the end of the run")
        finally:
            session.close()

    return open_wizard


@pytest.fixture(scope="session")
def begun_once(baseline_commit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``begun`` copies."""
    root = tmp_path_factory.mktemp("begun") / "workspace"
    copy_repository(baseline_commit, root)
    begin(root)
    return root


@pytest.fixture
def begun(begun_once: Path, tmp_path: Path) -> Path:
    """A workspace with V18 in work, both files scaffolded."""
    copy_repository(begun_once, tmp_path / "workspace")
    return tmp_path / "workspace"


def begin(root: Path, name: str = NAME, template: str = "create-table") -> None:
    """Begin V18 as the wizard does."""
    from mig_assist.draft.begin import plan_beginning
    from mig_assist.file_changes import write_all

    with opened(root) as session:
        write_all(root, plan_beginning(session.workspace, 18, name, template).changes)
        session.open_migration(18, name)


@pytest.fixture
def served(begun: Path, postgres_url: str) -> Path:
    """A workspace with V18 in work, and a PostgreSQL that runs already."""
    config = begun / CONFIG_NAME
    config.write_text(f'{config.read_text()}\n[postgres]\nurl = "{postgres_url}"\n')
    return begun


@contextmanager
def opened(root: Path) -> Iterator[Session]:
    """A session that is closed at the end of the block."""
    session = open_session(root)
    try:
        yield session
    finally:
        session.close()


def use_commands(root: Path, **commands: Sequence[str]) -> None:
    """Let tasks of a workspace be these commands; mise has no say."""
    (root / "mise.toml").unlink(missing_ok=True)
    config = root / CONFIG_NAME
    kept = config.read_text().partition("[commands]")[0]
    lines = [f"{task.replace('_', '-')} = {json.dumps(argv)}" for task, argv in commands.items()]
    config.write_text(kept + "[commands]\n" + "\n".join(lines) + "\n")


def have_no_postgres(root: Path) -> None:
    """Let no server be started in a workspace: it names one that cannot be meant."""
    config = root / CONFIG_NAME
    config.write_text(config.read_text() + '\n[postgres]\nsource = "url"\nurl = "nonsense"\n')


def let_lint_sleep(root: Path) -> None:
    """Let the task `lint` say its pid, start a child, and sleep."""
    (root / "sleeper.sh").write_text('echo "pid $$"; sleep 300 & sleep 300\n')
    use_commands(root, lint=["sh", "sleeper.sh"])


def screen_text(app: WizardApp) -> str:
    """The screen as text: what Textual makes its screenshots of, without their making."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    lines = ("".join(strip.text for strip in line).rstrip() for line in update.strips)
    return "\n".join(lines).rstrip("\n")


@pytest.fixture(autouse=True)
def _calm_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server, editor or colour setting of whoever runs the tests reaches the wizard."""
    for name in ("POSTGRES_URL", "TEST_POSTGRES_URL", "NO_COLOR", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
