"""Real git repositories for tests, untouched by the settings of whoever runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.require import require
from tests.workspace.layouts import write

_SETTINGS = (
    "-c", "user.name=Ada Example", "-c", "user.email=ada@example.org",
    "-c", "core.fsync=none", "-c", "gc.auto=0",
)  # fmt: skip


class Repository:
    """A git repository in a folder, on the branch ``main``."""

    def __init__(self, root: Path, *, branch: str = "main") -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={branch}")

    def git(self, *arguments: str | bytes, cwd: Path | None = None) -> str:
        """Run git here; what it prints, without the last line end."""
        program = require(shutil.which("git"), "git (apt-get install git)")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        completed = subprocess.run(
            [program, *_SETTINGS, *arguments],
            cwd=cwd or self.root,
            env={**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
        )
        return os.fsdecode(completed.stdout).rstrip("\n")

    def write(self, path: str, content: str | bytes = "content\n") -> Path:
        """Write a file into the work tree."""
        return write(self.root, path, content)

    def commit(self, message: str = "Change something") -> str:
        """Commit everything there is; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        """Begin a branch here and check it out."""
        self.git("checkout", "--quiet", "-b", name)
