"""Running the command line as a person does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import WorkspaceCopy


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)


MigAssist = Callable[..., Result]


@pytest.fixture
def mig_assist(tmp_path: Path) -> MigAssist:
    """Runs ``mig-assist ARGUMENTS`` without a terminal, in ``cwd``; no traceback is tolerated."""

    def run(*arguments: str, cwd: Path = tmp_path, **environment: str) -> Result:
        completed = subprocess.run(
            [sys.executable, "-m", "mig_assist", *arguments],
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if "--debug" not in arguments:
            assert "Traceback" not in completed.stderr
        return Result(completed.returncode, completed.stdout, completed.stderr)

    return run


@pytest.fixture
def root(workspace_copy: WorkspaceCopy) -> Path:
    """A git workspace at its baseline, without mise."""
    path = workspace_copy(git=True)
    (path / "mise.toml").unlink()
    return path
