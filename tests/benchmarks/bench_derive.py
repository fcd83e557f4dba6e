"""How long deriving a file of 300 lines takes, in both directions, warm.

Run it: python tests/benchmarks/bench_derive.py. The limit is 100 ms.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.embedded import copy_workspace
from mig_assist.workspace import open_workspace
from mig_assist.workspace.files import migration_path

LINES = 300
ROUNDS = 15


def main() -> None:
    """Measure the baseline's first 300 lines on an empty workspace, and print the medians."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        copy_workspace(root)
        workspace = open_workspace(root)
        context = context_before(workspace, 17)
        for source in Backend:
            text = (root / migration_path(workspace, source, 17, "baseline")).read_text()
            sql = "".join(text.splitlines(keepends=True)[:LINES])
            derive(sql, source, context)
            seconds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                derive(sql, source, context)
                seconds.append(time.perf_counter() - started)
            median = statistics.median(seconds) * 1000
            print(f"{source} → {source.other}  {sql.count(chr(10))} lines  median {median:6.1f} ms")


if __name__ == "__main__":
    main()
