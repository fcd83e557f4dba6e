"""A screen with a verdict on the pair that follows each save."""

from __future__ import annotations

from mig_assist.app.screens.base import WizardScreen
from mig_assist.app.verdicts import Examined, Verdicts

_LOOK_SECONDS = 1.0


class JudgedScreen(WizardScreen):
    """Asks for a verdict now, after each save, and when a PostgreSQL comes or goes."""

    def __init__(self) -> None:
        super().__init__()
        self._verdicts: Verdicts | None = None
        self._examined = Examined()

    @property
    def examined(self) -> Examined:
        """The newest verdict."""
        return self._examined

    def on_mount(self) -> None:
        """Begin to judge."""
        self._verdicts = Verdicts(self.wizard, self.show_examined)
        self._verdicts.begin()
        self.set_interval(_LOOK_SECONDS, self.tick)
        self.watch(self.app, "postgres", self.ask, init=False)

    def on_unmount(self) -> None:
        """Let go of the databases."""
        if self._verdicts is not None:
            self._verdicts.end()

    def show_examined(self, examined: Examined) -> None:
        """There is another verdict."""
        self._examined = examined

    def tick(self) -> None:
        """Look whether a save was missed."""
        if self._verdicts is not None:
            self._verdicts.look()

    def ask(self) -> None:
        """Judge again."""
        if self._verdicts is not None:
            self._verdicts.ask()
