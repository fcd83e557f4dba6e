"""The program: the command line, with the wizard at hand.

It stands above both, because neither the command line nor the app may import the other.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from mig_assist.cli.main import run


def main() -> None:
    """Run ``mig-assist`` and exit with the status that design.md assigns."""
    sys.exit(run(sys.argv[1:], open_wizard))


def open_wizard(start: Path, hints: Mapping[str, str]) -> int:
    """Open the wizard on the workspace that ``start`` lies in; returns the exit status.

    Textual is imported here and not before.
    """
    from mig_assist.app import run as run_app

    return run_app(start, hints)
