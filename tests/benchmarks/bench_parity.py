"""How long equivalence takes to prove: cold beside dbmate, and after each save.

Run it: python -m tests.benchmarks.bench_parity. Everything that is compared takes turns on one
server. dbmate is installed by npm into a temporary folder; without npm its part is left out.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mig_assist import local_postgres
from mig_assist.backend import Backend
from mig_assist.engines.kept import Shelf
from mig_assist.local_postgres import PostgresSettings, Source
from mig_assist.local_postgres.urls import with_database
from mig_assist.verify.parity.proof import check_parity
from mig_assist.verify.parity.watcher import ParityWatcher
from mig_assist.workspace import open_workspace
from tests.postgres_fixtures import free_port
from tests.workspace.layouts import pair_paths, write, write_pair

ROUNDS = 7
SAVES = 15
PAUSE_SECONDS = 0.2
"""Between two saves; whoever saves by hand takes longer."""
DATABASE = "mig_assist_benchmark"


def main() -> None:
    """Measure and print medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        settings = PostgresSettings(source=Source.EMBEDDED, port=free_port())
        try:
            url = local_postgres.start(root, settings).test_url
            few, many = _pairs(root / "few", 30), _pairs(root / "many", 1_000)
            _cold(few, url, _dbmate(root))
            _warm(few, many, url)
        finally:
            local_postgres.remove(root)


def _pairs(root: Path, count: int) -> Path:
    """A workspace: each table is made, and changed by the two versions after it."""
    write(root, "mig-assist.toml", "baseline = 17\n")
    for number in range(count):
        libsql = _sql(f"things_{number // 3}", number % 3)
        write_pair(
            root, 17 + number, f"change_{number}", libsql, libsql.replace("INTEGER", "BIGINT")
        )
    return root


def _sql(table: str, stage: int) -> str:
    if stage == 0:
        return f"""
            CREATE TABLE {table} (
                id TEXT PRIMARY KEY NOT NULL,
                slug TEXT NOT NULL UNIQUE,
                status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
                amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
                parent_id TEXT REFERENCES {table} (id) ON DELETE CASCADE,
                created_at INTEGER NOT NULL
            );
            CREATE INDEX {table}_status_idx ON {table} (status, created_at);
        """
    if stage == 1:
        return f"""
            ALTER TABLE {table} ADD COLUMN note TEXT;
            CREATE INDEX {table}_note_idx ON {table} (note);
        """
    return f"""
        ALTER TABLE {table} ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
        CREATE INDEX {table}_weight_idx ON {table} (weight) WHERE note IS NOT NULL;
    """


def _cold(root: Path, url: str, dbmate: Path | None) -> None:
    program = [str(Path(sys.executable).with_name("mig-assist")), "parity", "--all"]
    workspace = open_workspace(root)
    chosen = range(17, 47)
    environment = {**os.environ, "POSTGRES_URL": url}

    def command() -> None:
        subprocess.run(program, cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)

    def proof() -> None:
        assert check_parity(workspace, chosen, Shelf(root, url)).equal

    runs: dict[str, Callable[[], None]] = {"parity --all": command, "of it the proof": proof}
    if dbmate is not None:
        files = _for_dbmate(root)
        runs["dbmate, both databases"] = lambda: _apply(dbmate, files, url)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS + 1):
        for name, run in runs.items():
            took = _timed(run)
            if round_:
                times[name].append(took)
    for name, took_each in times.items():
        print(f"30 pairs, cold: {name:24} median {statistics.median(took_each) * 1000:7.1f} ms")
    if dbmate is not None:
        against = times["dbmate, both databases"]
        for name in ("parity --all", "of it the proof"):
            ratio = statistics.median(a / b for a, b in zip(times[name], against, strict=True))
            print(f"ratio of {name} to dbmate   {ratio:5.2f}   (1 is the limit)")


def _warm(few: Path, many: Path, url: str) -> None:
    watchers = [ParityWatcher(open_workspace(root), Shelf(root, url)) for root in (few, many)]
    try:
        for watcher, count in zip(watchers, (30, 1_000), strict=True):
            print(f"{count} pairs, first verdict {_timed(watcher.verdict):6.2f} s")
        rounds = [
            tuple(
                _save(watcher, root, count, number)
                for watcher, root, count in zip(watchers, (few, many), (30, 1_000), strict=True)
            )
            for number in range(SAVES + 2)
        ][2:]
    finally:
        for watcher in watchers:
            watcher.close()
    small, large = zip(*rounds, strict=True)
    print(f"30 pairs, verdict after a save     median {statistics.median(small) * 1000:6.1f} ms")
    print(f"1,000 pairs, verdict after a save  median {statistics.median(large) * 1000:6.1f} ms")
    ratio = statistics.median(second / first for first, second in rounds)
    print(f"ratio                              median {ratio:6.2f}   (1.2 is the limit)")


def _save(watcher: ParityWatcher, root: Path, count: int, number: int) -> float:
    """Save the newest PostgreSQL file, alternately with a fault in it; seconds to the verdict."""
    table = f"things_{count}"
    text = f"CREATE TABLE {table} (id TEXT PRIMARY KEY NOT NULL, amount BIGINT CHECK (amount > 0));"
    newest = pair_paths(16 + count, f"change_{count - 1}")
    if number == 0:
        write(root, newest[0], text.replace("BIGINT", "INTEGER"))
        write(root, newest[1], text)
        watcher.verdict()
    broken = number % 2 == 1
    write(root, newest[1], text.replace("> 0", f"> {number}") if broken else text)
    time.sleep(PAUSE_SECONDS)
    started = time.perf_counter()
    verdict = watcher.verdict([newest[1]])
    took = time.perf_counter() - started
    assert verdict.report.equal is not broken
    return took


def _dbmate(root: Path) -> Path | None:
    npm = shutil.which("npm")
    if npm is None:
        print("npm is missing, and dbmate with it")
        return None
    packages = ("dbmate", "@dbmate/linux-x64")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    subprocess.run([npm, "install", "--prefix", str(root / "npm"), *options, *packages], check=True)
    return root / "npm/node_modules/@dbmate/linux-x64/bin/dbmate"


def _for_dbmate(root: Path) -> Path:
    folder = root / "dbmate"
    for number in range(30):
        for backend, path in zip(Backend, pair_paths(17 + number, f"change_{number}"), strict=True):
            text = (root / path).read_text()
            name = f"{backend}/{17 + number:04}_change_{number}.sql"
            write(folder, name, f"-- migrate:up\n{text}\n-- migrate:down\n")
    return folder


def _apply(dbmate: Path, files: Path, url: str) -> None:
    file = files / "benchmark.db"
    file.unlink(missing_ok=True)
    server = with_database(url, DATABASE) + "?sslmode=disable"
    _run(dbmate, server, files / str(Backend.POSTGRES), "up")
    _run(dbmate, f"sqlite:{file}", files / str(Backend.LIBSQL), "up")
    _run(dbmate, server, files / str(Backend.POSTGRES), "drop")


def _run(dbmate: Path, url: str, folder: Path, command: str) -> None:
    arguments = [str(dbmate), "--no-dump-schema", "-u", url, "-d", str(folder), command]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
