"""The workspace: a repository that holds paired migrations."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mig_assist.workspace.config import Config
from mig_assist.workspace.layout import Layout


class Workspace(NamedTuple):
    """A repository's root folder and what its mig-assist.toml says."""

    root: Path
    config: Config

    @property
    def layout(self) -> Layout:
        """Where its migrations lie and how they are named."""
        return self.config.migrations.layout
