"""``mig-assist migrate`` in real processes: its answers, its exit status, its errors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.libsql import open_libsql
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url
from tests.engines.commands import bound_by_permissions, migrate
from tests.engines.samples import BASELINE, script, write_workspace

ROUTES = script("CREATE TABLE routes (id INTEGER);", 18, "routes")
DOOMED = script("CREATE TABLE a (id INTEGER);\nSELECT nowhere;", 18, "doomed")
LIBSQL = ("--backend", "libsql")
POSTGRES = ("--backend", "postgres")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a baseline."""
    return write_workspace(tmp_path / "workspace", BASELINE)


@pytest.fixture
def target(backend: Backend, server_url: str | None, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The options that lead to an empty database of a backend."""
    if server_url is None:
        yield (*LIBSQL, "--database", str(tmp_path / "gateway.db"))
    else:
        with scratch_url(server_url) as url:
            yield (*POSTGRES, "--database", url)


def test_the_whole_course_as_text(root: Path, target: tuple[str, ...]) -> None:
    status = migrate(root, *target, "--status")
    assert (status.returncode, status.stdout) == (0, "V17 baseline  pending\n")
    check = migrate(root, *target, "--check")
    assert (check.returncode, check.stdout) == (1, "pending V17 baseline\n")

    applied = migrate(root, *target, "--apply")
    assert (applied.returncode, applied.stdout) == (0, "applied V17 baseline\n")

    write_workspace(root, BASELINE, ROUTES)
    lines = migrate(root, *target, "--status").stdout.splitlines()
    assert lines[0].startswith("V17 baseline  applied 20")
    assert lines[0].endswith(" UTC")
    assert lines[1] == "V18 routes    pending"
    assert migrate(root, *target, "--apply").stdout == "applied V18 routes\n"

    check = migrate(root, *target, "--check")
    assert (check.returncode, check.stdout) == (0, "")
    again = migrate(root, *target, "--apply")
    assert (again.returncode, again.stdout) == (0, "")
    assert "Nothing is pending." in again.stderr


def test_the_whole_course_as_json(
    root: Path, backend: Backend, target: tuple[str, ...], tmp_path: Path
) -> None:
    def answer(*arguments: str) -> dict[str, object]:
        data: dict[str, object] = json.loads(migrate(root, *target, *arguments).stdout)
        assert (data.pop("schema"), data.pop("backend")) == (1, backend)
        engine, place = data.pop("engine"), str(data.pop("database"))
        assert engine is None or str(engine)[0].isdigit()
        assert place == target[-1] if backend is Backend.LIBSQL else "•••@" in place
        return data

    baseline = {"version": 17, "name": "baseline"}
    assert answer("--check", "--json") == {"pending": [baseline]}
    assert answer("--apply", "--format", "json") == {"applied": [baseline]}
    shown = json.loads(migrate(root, *target, "--status", "--json").stdout)["migrations"]
    assert shown == [{**baseline, "state": "applied", "applied_on": shown[0]["applied_on"]}]
    assert shown[0]["applied_on"] > 1_700_000_000
    assert answer("--check", "--json") == {"pending": []}


def test_a_version_that_fails_is_told_after_those_that_did_not(
    root: Path, target: tuple[str, ...]
) -> None:
    write_workspace(root, BASELINE, DOOMED)
    result = migrate(root, *target, "--apply")
    assert (result.returncode, result.stdout) == (1, "applied V17 baseline\n")
    assert "V18 doomed failed on" in result.stderr
    assert "migrations/V18__doomed.sql:2: " in result.stderr
    assert "V18 is pending" in result.stderr

    result = migrate(root, *target, "--apply", "--json")
    data = json.loads(result.stdout)
    assert result.returncode == 1
    assert data["applied"] == []
    assert "nowhere" in data["error"]["message"]


def test_a_history_that_the_registry_does_not_explain_is_refused_by_every_action(
    root: Path, target: tuple[str, ...]
) -> None:
    migrate(root, *target, "--apply")
    write_workspace(root, script(BASELINE.sql + "SELECT 1;"))
    for action in ("--status", "--check", "--apply"):
        result = migrate(root, *target, action)
        assert (result.returncode, result.stdout) == (1, "")
        assert "database reset required" in result.stderr
        assert "V17 baseline was applied with the checksum" in result.stderr
        assert "reset" in result.stderr.splitlines()[-1]


def test_tables_without_history_are_refused(root: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute('CREATE TABLE "\x1b[31mlegacy[/red]" (id)')
    result = migrate(root, *LIBSQL, "--database", str(tmp_path / "old.db"), "--status")
    assert result.returncode == 1
    assert "There are tables, but no history: legacy[/red]." in result.stderr
    assert "\x1b" not in result.stderr


class TestWhichDatabase:
    def test_libsql_lies_in_the_state_folder_where_nothing_else_is_said(self, root: Path) -> None:
        assert migrate(root, *LIBSQL, "--status").returncode == 0
        assert not (root / ".mig-assist").exists()
        assert migrate(root, *LIBSQL, "--apply").returncode == 0
        assert (root / ".mig-assist" / "gateway.db").exists()
        assert (root / ".mig-assist" / ".gitignore").read_text() == "*\n"

    def test_libsql_path_names_another_and_the_option_overrules_it(
        self, root: Path, tmp_path: Path
    ) -> None:
        named, chosen = tmp_path / "named.db", tmp_path / "chosen.db"
        migrate(root, *LIBSQL, "--apply", LIBSQL_PATH=str(named))
        assert named.exists()
        migrate(root, *LIBSQL, "--apply", "--database", str(chosen), LIBSQL_PATH=str(named))
        assert chosen.exists()

    def test_postgres_url_names_one_and_the_option_overrules_it(
        self, root: Path, postgres_url: str
    ) -> None:
        with scratch_url(postgres_url) as named, scratch_url(postgres_url) as chosen:
            migrate(root, *POSTGRES, "--apply", POSTGRES_URL=named)
            migrate(root, *POSTGRES, "--apply", "--database", chosen, POSTGRES_URL="nonsense")
            for url in (named, chosen):
                with open_postgres(url) as database:
                    assert len(database.history()) == 1

    def test_without_any_postgresql_it_says_how_to_start_one(self, root: Path) -> None:
        result = migrate(root, *POSTGRES, "--status")
        assert result.returncode == 3
        assert "mig-assist postgres start" in result.stderr

    def test_a_postgresql_elsewhere_needs_to_be_allowed(self, root: Path) -> None:
        url = "postgresql://someone:hunter2@db.invalid/gateway"
        refused = migrate(root, *POSTGRES, "--status", "--database", url)
        assert refused.returncode == 2
        assert "--allow-remote" in refused.stderr
        allowed = migrate(root, *POSTGRES, "--status", "--allow-remote", "--database", url)
        assert allowed.returncode == 3
        assert "cannot be reached" in allowed.stderr
        assert "hunter2" not in refused.stderr + allowed.stderr


class TestWrongUse:
    @pytest.mark.parametrize(
        "arguments",
        [
            LIBSQL,
            (*LIBSQL, "--status", "--apply"),
            ("--status",),
            ("--backend", "mysql", "--status"),
            (*LIBSQL, "--status", "--database", "libsql://example.org"),
            (*POSTGRES, "--status", "--database", "gateway.db"),
            (*POSTGRES, "--reset", "--yes"),
        ],
    )
    def test_what_cannot_be_meant_exits_with_2(
        self, root: Path, arguments: tuple[str, ...]
    ) -> None:
        result = migrate(root, *arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr

    @pytest.mark.parametrize("action", ["--status", "--apply", "--reset"])
    def test_a_folder_is_no_database(self, root: Path, tmp_path: Path, action: str) -> None:
        folder = tmp_path / "folder.db"
        folder.mkdir()
        result = migrate(root, *LIBSQL, action, "--yes", "--database", str(folder))
        assert result.returncode == 2
        assert "is a folder" in result.stderr
        assert folder.is_dir()

    def test_a_file_of_another_kind_is_no_database(self, root: Path, tmp_path: Path) -> None:
        other = tmp_path / "notes.txt"
        other.write_text("Not a database, but a text that is long enough to be one." * 40)
        result = migrate(root, *LIBSQL, "--apply", "--database", str(other))
        assert result.returncode == 2
        assert "is not a database" in result.stderr
        assert other.read_text().startswith("Not a database")

    def test_a_folder_that_does_not_exist_is_not_created(self, root: Path, tmp_path: Path) -> None:
        path = tmp_path / "nowhere" / "gateway.db"
        result = migrate(root, *LIBSQL, "--apply", "--database", str(path))
        assert result.returncode == 2
        assert "There is no folder" in result.stderr
        assert not path.parent.exists()

    def test_outside_of_a_workspace_it_says_so(self, tmp_path: Path) -> None:
        assert migrate(tmp_path, *LIBSQL, "--status").returncode == 2


class TestPermissions:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Iterator[Path]:
        """A folder whose permissions a test may take away."""
        yield tmp_path
        tmp_path.chmod(0o755)

    def test_a_read_only_folder_is_named(self, folder: Path) -> None:
        write_workspace(folder, BASELINE)
        folder.chmod(0o555)
        prefix = bound_by_permissions()
        path = str(folder / "gateway.db")
        result = migrate(folder, *LIBSQL, "--apply", "--database", path, prefix=prefix)
        assert result.returncode == 3
        assert "cannot be opened" in result.stderr
        result = migrate(folder, *LIBSQL, "--apply", prefix=prefix)
        assert result.returncode == 3
        assert ".mig-assist/ cannot be written" in result.stderr
        assert migrate(folder, *LIBSQL, "--status", prefix=prefix).returncode == 0

    def test_a_read_only_file_can_be_looked_at_but_not_migrated(self, folder: Path) -> None:
        write_workspace(folder, BASELINE)
        path = folder / "gateway.db"
        target = (*LIBSQL, "--database", str(path))
        assert migrate(folder, *target, "--apply").returncode == 0
        write_workspace(folder, BASELINE, ROUTES)
        path.chmod(0o444)
        result = migrate(folder, *target, "--apply", prefix=bound_by_permissions())
        assert result.returncode == 3
        assert "readonly database" in result.stderr
        assert "V18 is pending" in result.stderr
        assert migrate(folder, *target, "--check", prefix=bound_by_permissions()).returncode == 1

    def test_a_file_that_cannot_be_read_is_named(self, folder: Path) -> None:
        write_workspace(folder, BASELINE)
        path = folder / "gateway.db"
        path.touch(mode=0)
        target = (*LIBSQL, "--database", str(path))
        result = migrate(folder, *target, "--status", prefix=bound_by_permissions())
        assert result.returncode == 3
        assert "cannot be opened" in result.stderr

    def test_a_folder_that_cannot_be_entered_is_named(self, folder: Path) -> None:
        locked = folder / "locked"
        write_workspace(folder, BASELINE)
        locked.mkdir(mode=0)
        target = (*LIBSQL, "--database", str(locked / "gateway.db"))
        for action in ("--status", "--apply", "--reset"):
            result = migrate(folder, *target, action, "--yes", prefix=bound_by_permissions())
            assert result.returncode == 3
            assert str(locked) in result.stderr
        locked.chmod(0o755)

    def test_a_database_in_a_read_only_folder_cannot_be_reset(self, folder: Path) -> None:
        write_workspace(folder, BASELINE)
        target = (*LIBSQL, "--database", str(folder / "gateway.db"))
        migrate(folder, *target, "--apply")
        folder.chmod(0o555)
        result = migrate(folder, *target, "--reset", "--yes", prefix=bound_by_permissions())
        assert result.returncode == 3
        assert "cannot be moved" in result.stderr
        assert (folder / "gateway.db").exists()


class TestReset:
    def test_the_file_is_moved_aside_whole_and_its_new_name_printed(self, root: Path) -> None:
        migrate(root, *LIBSQL, "--apply")
        path = root / ".mig-assist" / "gateway.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = wal")
        connection = sqlite3.connect(path)
        connection.execute("INSERT INTO teams (id, slug) VALUES (3, 'late')")
        connection.commit()
        assert Path(f"{path}-wal").exists()

        result = migrate(root, *LIBSQL, "--reset", "--yes")

        moved = Path(result.stdout.strip())
        assert result.returncode == 0
        assert {each.name for each in path.parent.iterdir()} == {
            ".gitignore",
            *(f"{moved.name}{suffix}" for suffix in ("", "-wal", "-shm")),
        }
        with sqlite3.connect(moved) as copy:
            assert copy.execute("SELECT slug FROM teams WHERE id = 3").fetchone() == ("late",)
        copy.close()
        connection.close()
        assert migrate(root, *LIBSQL, "--check").returncode == 1

    def test_without_a_terminal_it_asks_for_the_flag(self, root: Path) -> None:
        migrate(root, *LIBSQL, "--apply")
        result = migrate(root, *LIBSQL, "--reset")
        assert result.returncode == 2
        assert "--yes" in result.stderr
        assert (root / ".mig-assist" / "gateway.db").exists()

    def test_where_there_is_nothing_nothing_happens(self, root: Path) -> None:
        result = migrate(root, *LIBSQL, "--reset", "--yes")
        assert (result.returncode, result.stdout) == (0, "")
        assert "There is no database" in result.stderr

    def test_a_damaged_database_can_be_reset(self, root: Path, tmp_path: Path) -> None:
        path = tmp_path / "damaged.db"
        path.write_bytes(b"damaged" * 1000)
        target = (*LIBSQL, "--database", str(path))
        data = json.loads(migrate(root, *target, "--reset", "--yes", "--json").stdout)
        assert Path(data["moved_to"]).read_bytes() == b"damaged" * 1000
        assert migrate(root, *target, "--apply").returncode == 0
        with open_libsql(path) as database:
            assert len(database.history()) == 1
