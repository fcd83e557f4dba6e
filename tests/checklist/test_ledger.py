"""The ledger keeps every record, under kill -9, two terminals and damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.checklist.ledger import AlreadyRunning, Ledger, MigrationRecord, open_ledger
from mig_assist.errors import EnvironmentLacks
from mig_assist.findings import Finding, Severity


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def begin(ledger: Ledger) -> MigrationRecord:
    return ledger.open_migration(18, "route_profiles", "main", "abc", {"docs/a.md": "1"})


def record(item: str = "pair", check: str = "files", **values: object) -> Evidence:
    fields: dict[str, object] = {
        "item": item,
        "check": check,
        "kind": EvidenceKind.CHECK,
        "outcome": Outcome.PASSED,
        "started": 1.5,
        "finished": 2.5,
        "inputs": {"a.sql": "1"},
        **values,
    }
    return Evidence(**fields)  # type: ignore[arg-type]


def run_script(root: Path, script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True
    )


BEGIN_AND_WAIT = """
import sys, time
from pathlib import Path
from mig_assist.checklist.ledger import open_ledger
ledger = open_ledger(Path(sys.argv[1]))
ledger.begin_run(1, "postgres")
print("begun", flush=True)
time.sleep(60)
"""


def test_what_was_written_is_read_back_whole(ledger: Ledger) -> None:
    migration = begin(ledger)
    finding = Finding("pair/syntax", Severity.ERROR, "m", "f", "pair", 18, Backend.LIBSQL, line=3)
    written = record(
        exit_status=1, summary="s", versions={"libsql": "3"}, findings=(finding,), log_path="x.log"
    )
    ledger.append(migration.id, written)
    assert ledger.evidence(migration.id) == (written,)
    assert ledger.migrations() == (migration,)


def test_the_newest_evidence_of_each_check_is_given_oldest_first(ledger: Ledger) -> None:
    migration = begin(ledger)
    for item, summary in (("pair", "one"), ("name", "two"), ("pair", "three")):
        ledger.append(migration.id, record(item, summary=summary))
    assert [e.summary for e in ledger.evidence(migration.id)] == ["two", "three"]


def test_migrations_do_not_share_evidence(ledger: Ledger) -> None:
    first, second = begin(ledger), begin(ledger)
    ledger.append(first.id, record())
    assert ledger.evidence(second.id) == ()


def test_secrets_never_reach_the_file(ledger: Ledger, tmp_path: Path) -> None:
    migration = begin(ledger)
    url = "postgresql://ada:tr0ub4dor@127.0.0.1/x"
    finding = Finding("tests/environment", Severity.ERROR, f"no answer at {url}")
    ledger.append(migration.id, record(summary=url, reason=f"password={url}", findings=(finding,)))
    ledger.close()
    stored = b"".join(p.read_bytes() for p in (tmp_path / ".mig-assist").glob("ledger*"))
    assert b"no answer at" in stored
    assert b"tr0ub4dor" not in stored


@pytest.mark.parametrize("statement", ["UPDATE evidence SET summary = 'x'", "DELETE FROM evidence"])
def test_rows_cannot_be_changed_or_removed(ledger: Ledger, tmp_path: Path, statement: str) -> None:
    ledger.append(begin(ledger).id, record())
    connection = sqlite3.connect(tmp_path / ".mig-assist/ledger.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_git_does_not_see_it(ledger: Ledger, tmp_path: Path) -> None:
    assert (tmp_path / ".mig-assist/.gitignore").read_text() == "*\n"


class TestRuns:
    def test_a_run_that_came_to_its_end_is_neither_alive_nor_interrupted(
        self, ledger: Ledger
    ) -> None:
        migration = begin(ledger)
        ledger.end_run(ledger.begin_run(migration.id, "pair"))
        (run,) = ledger.runs(migration.id)
        assert (run.alive, run.interrupted) == (False, False)

    def test_another_process_cannot_begin_what_is_running(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        migration = begin(ledger)
        other = run_script(tmp_path, BEGIN_AND_WAIT)
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "begun\n"
            (run,) = ledger.runs(migration.id)
            assert run.alive
            with pytest.raises(AlreadyRunning, match=str(other.pid)):
                ledger.begin_run(migration.id, "postgres")
            ledger.begin_run(migration.id, "libsql")
        finally:
            other.kill()
            other.communicate()

    def test_a_killed_process_leaves_an_interrupted_run_that_can_be_begun_again(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        migration = begin(ledger)
        other = run_script(tmp_path, BEGIN_AND_WAIT)
        assert other.stdout is not None
        other.stdout.readline()
        os.kill(other.pid, signal.SIGKILL)
        other.communicate()
        (run,) = ledger.runs(migration.id)
        assert (run.alive, run.interrupted) == (False, True)
        ledger.begin_run(migration.id, "postgres")

    def test_a_recycled_process_number_is_not_taken_for_the_old_process(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        migration = begin(ledger)
        ledger.begin_run(migration.id, "pair")
        (run,) = ledger.runs(migration.id)
        assert run.alive
        assert run._replace(process_started=run.process_started - 100).interrupted


class TestSharing:
    def test_two_terminals_write_at_once_and_nothing_is_lost(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        migration = begin(ledger)
        script = """
import sys
from pathlib import Path
from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.checklist.ledger import open_ledger
ledger = open_ledger(Path(sys.argv[1]))
for number in range(50):
    ledger.append(1, Evidence("pair", f"{sys.argv[0]}{id(ledger)}-{number}", EvidenceKind.CHECK,
                              Outcome.PASSED, 1, 2, {}))
"""
        writers = [run_script(tmp_path, script) for _ in range(2)]
        assert [writer.wait() for writer in writers] == [0, 0]
        for writer in writers:
            writer.communicate()
        connection = sqlite3.connect(tmp_path / ".mig-assist/ledger.sqlite")
        assert connection.execute("SELECT count(*) FROM evidence").fetchone() == (100,)
        connection.close()
        assert migration.id == 1

    def test_threads_of_one_process_share_a_connection(self, ledger: Ledger) -> None:
        migration = begin(ledger)

        def write(name: str) -> None:
            for number in range(30):
                ledger.append(migration.id, record(check=f"{name}{number}"))

        threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ledger.evidence(migration.id)) == 60

    def test_what_another_process_writes_changes_the_data_version(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        before = ledger.data_version()
        other = open_ledger(tmp_path)
        begin(other)
        other.close()
        assert ledger.data_version() != before


class TestDamage:
    @pytest.mark.parametrize(
        "content", [b"this is not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4000]
    )
    def test_a_damaged_ledger_is_set_aside_by_name_and_a_new_one_begun(
        self, tmp_path: Path, content: bytes
    ) -> None:
        folder = tmp_path / ".mig-assist"
        folder.mkdir()
        (folder / "ledger.sqlite").write_bytes(content)
        with closing(open_ledger(tmp_path)) as ledger:
            assert ledger.set_aside is not None
            assert (folder / ledger.set_aside).read_bytes() == content
            assert begin(ledger).id == 1

    def test_a_page_overwritten_in_the_middle_is_noticed(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        migration = begin(ledger)
        for number in range(200):
            ledger.append(migration.id, record(check=str(number), summary="x" * 200))
        ledger.close()
        path = tmp_path / ".mig-assist/ledger.sqlite"
        content = bytearray(path.read_bytes())
        content[8192:12288] = bytes(4096)
        path.write_bytes(content)
        with closing(open_ledger(tmp_path)) as again:
            assert again.set_aside is not None

    def test_a_folder_in_its_place_is_a_clear_error(self, tmp_path: Path) -> None:
        (tmp_path / ".mig-assist/ledger.sqlite").mkdir(parents=True)
        with pytest.raises(EnvironmentLacks, match="ledger"):
            open_ledger(tmp_path)


def test_looking_does_not_create_it(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path, create=False)) as ledger:
        assert ledger.migrations() == ()
    assert list(tmp_path.iterdir()) == []
