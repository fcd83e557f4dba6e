"""The workspace: a repository that holds paired migrations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mig_assist.workspace.config import Config


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository's root folder and what its mig-assist.toml says."""

    root: Path
    config: Config
