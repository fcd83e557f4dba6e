"""What the whole screens of the wizard share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from mig_assist.app import conversations

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp


class WizardScreen(Screen[None]):
    """A screen of the wizard; from each the pair can be read and written."""

    @property
    def wizard(self) -> WizardApp:
        """The app, with its own type."""
        return cast("WizardApp", self.app)

    def on_screen_suspend(self) -> None:
        """The keys do nothing under a dialog: let them go from the bottom line."""
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """They are back."""
        self.refresh_bindings()

    def action_write(self) -> None:
        """Write both files."""
        self.wizard.converse(conversations.write_pair)

    def action_files(self) -> None:
        """See both files."""
        self.wizard.converse(conversations.compare)
