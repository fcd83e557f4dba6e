"""Where the embedded workspace and the scaffolds lie: in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

import mig_assist

PARTS = ("mise.toml", "mig-assist.toml", "migrations", "docs", "tests/store")
"""What makes up the embedded workspace, relative to its root."""


def embedded_root() -> Path:
    """The folder that holds ``scaffolds/`` and the embedded workspace."""
    package = Path(mig_assist.__file__).parent
    installed = package / "embedded"
    return installed if installed.is_dir() else package.parents[1]
