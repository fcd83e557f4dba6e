"""The tour in a real process: it plays the whole main job by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import at_work_in


def test_the_tour_plays_by_itself_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mig_assist", "tour", "--auto"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" done ") == 12
    assert "All ten items are settled." in done.stdout
    assert list(tmp_path.glob("mig-assist-tour-*")) == []
    assert at_work_in(tmp_path) == []
