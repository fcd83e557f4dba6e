"""How long the wizard takes to its first paint, beside a Textual app that shows one label.

Both run in a pseudo-terminal, in turns; the clock runs from the start of the process until its
content has been written. Prints both medians and their ratio; exit status 1 above the limit.

    python tests/benchmarks/bench_first_paint.py [RUNS]
"""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("mig-assist.toml", "migrations", "docs", "tests/store")
LIMIT = 1.5
PATIENCE_SECONDS = 30.0

LABEL = """
from textual.app import App
from textual.widgets import Label
class LabelApp(App):
    def compose(self):
        yield Label("the only label")
LabelApp().run()
"""


def seconds_to(content: bytes, argv: Sequence[str], cwd: Path) -> float:
    """Seconds from the start of ``argv`` until its terminal has received ``content``."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    started = time.perf_counter()
    process = subprocess.Popen(
        argv, cwd=cwd, env=environment, stdin=secondary, stdout=secondary, stderr=secondary,
        start_new_session=True,
    )  # fmt: skip
    os.close(secondary)
    seen = b""
    try:
        while content not in seen:
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise SystemExit(f"{argv} never showed {content!r}: {seen[-400:]!r}")
            seen += os.read(primary, 65536)
        return time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(primary)


def workspace(folder: Path) -> Path:
    """A copy of the embedded workspace with V18 in work."""
    root = folder / "workspace"
    for part in PARTS:
        source, target = REPOSITORY / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    new = ("new", "--name", "route_compatibility_profiles", "--yes")
    subprocess.run(
        [sys.executable, "-m", "mig_assist", *new], cwd=root, check=True, capture_output=True
    )
    return root


def main(runs: int) -> int:
    """Measure ``runs`` times each, in turns, after one round that warms the caches."""
    times: dict[str, list[float]] = {"label": [], "wizard": []}
    with tempfile.TemporaryDirectory() as folder:
        root = workspace(Path(folder))
        label = Path(folder) / "label.py"
        label.write_text(LABEL)
        for turn in range(runs + 1):
            found = {
                "label": seconds_to(b"the only label", [sys.executable, str(label)], root),
                "wizard": seconds_to(
                    b"5 Store tests", [sys.executable, "-m", "mig_assist"], root
                ),
            }  # fmt: skip
            if turn:
                for name, seconds in found.items():
                    times[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(
            f"{name:<7} median {medians[name] * 1000:6.0f} ms"
            f"   best {min(values) * 1000:6.0f} ms   worst {max(values) * 1000:6.0f} ms"
        )
    ratio = medians["wizard"] / medians["label"]
    print(f"ratio   {ratio:.2f}   (limit {LIMIT})   over {runs} runs of each, in turns")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
