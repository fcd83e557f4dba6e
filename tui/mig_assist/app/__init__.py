"""The wizard: the checklist core behind a Textual screen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path

from mig_assist.errors import WrongUse


def run(root: Path, hints: Mapping[str, str]) -> int:
    """Open the wizard on the workspace that ``root`` lies in; return the exit status.

    Args:
        root: a folder of the workspace.
        hints: item key → what to do there, for a tour.

    Raises:
        NotAWorkspace, ConfigurationError, EnvironmentLacks: it cannot be worked in; the terminal
            has not been touched.
        WrongUse: the screen, which Textual draws on standard error, would not be seen.
    """
    if not sys.stderr.isatty():
        raise WrongUse(
            "The wizard needs a terminal",
            "Standard error is not one, and the screen is drawn there.",
            "Leave out the redirection.",
        )
    # Collecting garbage while everything is imported would take a tenth of the first paint; the
    # app turns it on again once that is done.
    gc.disable()
    try:
        return _run(root, hints)
    finally:
        gc.enable()


def _run(root: Path, hints: Mapping[str, str]) -> int:
    from mig_assist.checklist.session import open_session

    session = open_session(root)
    try:
        from mig_assist.app.app import WizardApp

        app = WizardApp(session, hints)
        app.run()
    finally:
        session.close()
    return app.return_code or 0
