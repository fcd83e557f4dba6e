"""How long `mig-assist status` takes with 1,000 pairs and 200 branches, beside 30 and 5.

Run it: python tests/benchmarks/bench_many_versions.py. The two take turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mig_assist.checklist.number_watch import look_at_numbers, numbers_mark
from mig_assist.checklist.session import open_session
from tests.workspace.layouts import entry_text, write, write_pair
from tests.workspace.repositories import Repository

ROUNDS = 15


def main() -> None:
    """Measure and print both medians and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        small = _build(Path(name).resolve() / "small", 30, 5)
        large = _build(Path(name).resolve() / "large", 1_000, 200)
        time.sleep(2.5)  # just-written files are never taken from memory
        rounds = [(_status(small), _status(large)) for _ in range(ROUNDS + 1)][1:]
        session = open_session(large)
        looked_up = _median(lambda: look_at_numbers(session))
        watched = _median(lambda: numbers_mark(session))
        session.close()
    few, many = zip(*rounds, strict=True)
    print(f"30 pairs, 5 branches       median {statistics.median(few) * 1000:6.1f} ms")
    print(f"1,000 pairs, 200 branches  median {statistics.median(many) * 1000:6.1f} ms")
    ratio = statistics.median(second / first for first, second in rounds)
    print(f"ratio                      median {ratio:6.2f}   (2 is the limit)")
    print(f"the wizard looks who holds which number in 200 branches  {looked_up * 1000:6.1f} ms")
    print(f"and each second whether that may have changed            {watched * 1000:6.1f} ms")


def _median(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _build(root: Path, pairs: int, branches: int) -> Path:
    repository = Repository(root)
    write(root, "mig-assist.toml", '[registry]\nkind = "toml"\npath = "migrations/registry.toml"\n')
    versions = [(17 + number, f"change_number_{number}") for number in range(pairs)]
    for version, name in versions:
        write_pair(root, version, name)
    entries = (entry_text(root, version, name) for version, name in versions)
    write(root, "migrations/registry.toml", "\n".join(entries))
    repository.commit()
    for number in range(branches):
        repository.git("checkout", "--quiet", "-b", f"feat/{number}", "main")
        write_pair(root, 17 + pairs, f"branch_{number}")
        repository.commit()
    session = open_session(root)
    session.open_migration(17 + pairs, f"branch_{branches - 1}")
    session.close()
    return root


def _status(root: Path) -> float:
    program = Path(sys.executable).with_name("mig-assist")
    started = time.perf_counter()
    subprocess.run([str(program), "status"], cwd=root, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
