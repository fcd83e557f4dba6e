"""How long `mig-assist status` takes, beside importing click alone.

Run it: python tests/benchmarks/bench_status.py. The two take turns, so that the ratio holds where
the machine's speed drifts.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mig_assist
from mig_assist.checklist.session import open_session
from mig_assist.draft.begin import plan_beginning
from mig_assist.draft.tour import make_workspace
from mig_assist.file_changes import write_all

ROUNDS = 25


def main() -> None:
    """Measure and print both medians and their ratio, round by round."""
    # As installed, where nothing is left to compile.
    compileall.compile_dir(Path(mig_assist.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        make_workspace(root)
        session = open_session(root)
        write_all(root, plan_beginning(session.workspace, 18, "route_profiles", "blank").changes)
        session.open_migration(18, "route_profiles")
        session.close()
        program = Path(sys.executable).with_name("mig-assist")
        rounds = [
            (
                _seconds([sys.executable, "-c", "import click"], root),
                _seconds([str(program), "status"], root),
            )
            for _ in range(ROUNDS + 1)
        ][1:]
    click, status = zip(*rounds, strict=True)
    ratios = [second / first for first, second in rounds]
    print(f"import click       median {statistics.median(click) * 1000:6.1f} ms")
    print(f"mig-assist status  median {statistics.median(status) * 1000:6.1f} ms")
    print(f"ratio              median {statistics.median(ratios):6.2f}   (2 is the limit)")


def _seconds(argv: list[str], cwd: Path) -> float:
    started = time.perf_counter()
    subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
