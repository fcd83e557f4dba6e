"""``mig-assist migrate`` as a real process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.require import require

_VARIABLES = ("POSTGRES_URL", "TEST_POSTGRES_URL", "LIBSQL_PATH", "PGHOST", "PGSERVICE")


def begin_migrate(
    root: Path, *arguments: str, prefix: tuple[str, ...] = (), **variables: str
) -> subprocess.Popen[str]:
    """Start the command in a workspace; the process is the caller's to end.

    Args:
        root: the workspace.
        arguments: those of the command.
        prefix: a command that runs this one.
        variables: added to the environment, which names no database otherwise.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _VARIABLES}
    command = [sys.executable, "-m", "mig_assist", "--repo", str(root), "migrate", *arguments]
    return subprocess.Popen(
        [*prefix, *command],
        env={**environment, "NO_COLOR": "1", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def migrate(
    root: Path, *arguments: str, prefix: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; see :func:`begin_migrate`."""
    with begin_migrate(root, *arguments, prefix=prefix, **variables) as process:
        output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert "unforeseen" not in errors
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def bound_by_permissions() -> tuple[str, ...]:
    """A prefix under which file permissions count for root as well."""
    if os.getuid() != 0:
        return ()
    setpriv = require(shutil.which("setpriv"), "setpriv (apt-get install util-linux)")
    return (setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--")


def read_until(process: subprocess.Popen[str], text: str) -> None:
    """Read a process's standard error up to a line that has ``text``."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")
