"""A history goes through an engine version by version, and what it changed is read after each."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines import kept
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.kept import Shelf, staged
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.refusals import VersionFailed
from mig_assist.engines.replay import Replay
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import KEPT_PREFIX, PREFIX, KeptNote, scratch_database, sweep
from mig_assist.local_postgres.urls import parse_url, with_database
from tests.postgres_fixtures import keeping_shelf, scratch_databases


def script(version: int, sql: str) -> MigrationScript:
    digest = hashlib.sha256(sql.encode()).hexdigest()
    return MigrationScript(version, f"change_{version}", digest, sql, f"V{version}.sql")


BASE = script(
    17,
    """
    CREATE TABLE teams (id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL);
    CREATE TABLE members (id TEXT PRIMARY KEY NOT NULL, team_id TEXT REFERENCES teams (id));
    CREATE TABLE apart (id TEXT PRIMARY KEY NOT NULL);
    CREATE INDEX members_team_idx ON members (team_id);
    """,
)


def changed_by(database: Database, *texts: str) -> tuple[set[str], set[str]]:
    """What the last of several versions changed and removed; the rest is as it was."""
    replay = Replay(database)
    replay.start()
    next(replay.apply([BASE]))
    for number, sql in enumerate(texts[:-1]):
        next(replay.apply([script(18 + number, sql)]))
    before = {table.name: table for table in read_schema(database).tables}
    change = next(replay.apply([script(18 + len(texts), texts[-1])]))
    after = {table.name: table for table in read_schema(database).tables}
    assert before.keys() - after.keys() == change.removed
    told = {table.name: table for table in change.schema.tables}
    really = {name for name, table in after.items() if before.get(name) != table}
    assert really <= told.keys()
    assert all(after[name] == table for name, table in told.items())
    return set(told), set(change.removed)


@pytest.mark.parametrize(
    ("sql", "changed", "removed"),
    [
        ("SELECT 1", set(), set()),
        ("INSERT INTO teams VALUES ('a', 'b')", set(), set()),
        ("CREATE TABLE routes (id TEXT PRIMARY KEY)", {"routes"}, set()),
        ("ALTER TABLE apart ADD COLUMN note TEXT", {"apart"}, set()),
        ("CREATE INDEX apart_idx ON apart (id)", {"apart"}, set()),
        ("DROP INDEX members_team_idx", {"members"}, set()),
        ("DROP TABLE apart", set(), {"apart"}),
        ("ALTER TABLE apart RENAME TO alone", {"alone"}, {"apart"}),
        ("DROP TABLE apart; CREATE TABLE apart (id INTEGER)", {"apart"}, set()),
    ],
)
def test_only_what_a_version_touched_is_read(
    database: Database, sql: str, changed: set[str], removed: set[str]
) -> None:
    assert changed_by(database, sql) == (changed, removed)


def test_a_renamed_parent_shows_in_its_children(database: Database) -> None:
    changed, removed = changed_by(database, "ALTER TABLE teams RENAME TO groups")
    assert ({"groups", "members"}, {"teams"}) == (changed, removed)


def test_a_trigger_function_that_is_replaced_shows_in_its_table(postgres_url: str) -> None:
    function = """
        CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN {} RETURN NEW; END $$;
    """
    trigger = "CREATE TRIGGER told BEFORE INSERT ON apart FOR EACH ROW EXECUTE FUNCTION tell();"
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        changed, _ = changed_by(
            database, function.format("") + trigger, function.format("NEW.id = '1';")
        )
    assert changed == {"apart"}


def test_an_enum_that_grows_has_everything_read_again(postgres_url: str) -> None:
    made = "CREATE TYPE mood AS ENUM ('a'); ALTER TABLE apart ADD COLUMN mood mood"
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        changed, _ = changed_by(database, made, "ALTER TYPE mood ADD VALUE 'b'")
    assert changed == {"teams", "members", "apart"}


def test_an_index_that_is_renamed_shows_in_its_table(postgres_url: str) -> None:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        changed, _ = changed_by(database, "ALTER INDEX members_team_idx RENAME TO members_idx")
    assert changed == {"members"}


def test_a_trial_leaves_the_database_at_the_version_before(database: Database) -> None:
    replay = Replay(database)
    replay.start()
    next(replay.apply([BASE]))
    before = read_schema(database), database.history()
    for _ in range(2):
        with replay.trial(script(18, "CREATE TABLE routes (id TEXT PRIMARY KEY)")) as change:
            assert [table.name for table in change.schema.tables] == ["routes"]
        assert (read_schema(database), database.history()) == before


def test_a_trial_says_what_the_commit_would_have_refused(postgres_url: str) -> None:
    sql = """
        ALTER TABLE members ADD FOREIGN KEY (team_id) REFERENCES teams DEFERRABLE
            INITIALLY DEFERRED;
        INSERT INTO members VALUES ('m', 'nobody');
    """
    base = script(
        17,
        "CREATE TABLE teams (id TEXT PRIMARY KEY);"
        "CREATE TABLE members (id TEXT PRIMARY KEY, team_id TEXT)",
    )
    with staged(Shelf(Path(), postgres_url), Backend.POSTGRES, [base]) as stage:
        stage.begin()
        with pytest.raises(VersionFailed, match="V18") as caught:
            stage.trial(script(18, sql)).__enter__()
    assert "foreign key" in caught.value.error.message


HISTORY = [BASE, *(script(n, f"CREATE TABLE t{n} (id TEXT PRIMARY KEY)") for n in (18, 19))]


@pytest.fixture
def shelf(tmp_path: Path, postgres_url: str) -> Iterator[Shelf]:
    with keeping_shelf(tmp_path, postgres_url) as shelf:
        yield shelf


def names(shelf: Shelf, backend: Backend) -> set[str]:
    if backend is Backend.LIBSQL:
        return {path.name for path in (shelf.root / ".mig-assist" / kept.FOLDER).glob("*")}
    return scratch_databases(shelf.postgres_url)


def tables(stage_schema: Schema) -> list[str]:
    return [table.name for table in stage_schema.tables]


def hold(shelf: Shelf, backend: Backend, base: Sequence[MigrationScript]) -> int:
    """Have a database for some scripts; how many of them had to be applied."""
    with staged(shelf, backend, base, commits=False) as stage:
        missing = len(stage._missing)
        stage.begin()
        assert [row.version for row in stage.database.history()] == [s.version for s in base]
    return missing


def test_a_prefix_is_never_replayed(shelf: Shelf, backend: Backend) -> None:
    assert hold(shelf, backend, HISTORY) == 3
    assert hold(shelf, backend, HISTORY) == 0
    newer = [*HISTORY, script(20, "SELECT 1")]
    assert hold(shelf, backend, newer) == 1
    assert hold(shelf, backend, newer) == 0


def test_a_change_to_an_older_version_falls_back_to_what_is_still_true(
    shelf: Shelf, backend: Backend
) -> None:
    hold(shelf, backend, HISTORY[:2])
    hold(shelf, backend, HISTORY)
    assert hold(shelf, backend, [*HISTORY[:2], script(19, "SELECT 2")]) == 1
    assert hold(shelf, backend, [script(17, "SELECT 3"), *HISTORY[1:]]) == 3


def test_a_few_are_kept_at_most(shelf: Shelf, backend: Backend) -> None:
    for number in range(kept.MOST_KEPT + 2):
        hold(shelf, backend, [BASE, script(18, f"SELECT {number}")])
    assert len({n for n in names(shelf, backend) if shelf.owner in n or n.endswith(".db")}) == (
        kept.MOST_KEPT
    )


def test_nothing_is_kept_on_a_server_of_the_users(
    tmp_path: Path, postgres_url: str, backend: Backend
) -> None:
    shelf = Shelf(tmp_path, postgres_url)
    before = names(shelf, backend)
    hold(shelf, backend, HISTORY)
    assert names(shelf, backend) == before
    assert not (tmp_path / ".mig-assist").exists()


def test_what_somebody_else_uses_is_left_to_him(shelf: Shelf) -> None:
    hold(shelf, Backend.POSTGRES, HISTORY)
    (name,) = (name for name in names(shelf, Backend.POSTGRES) if shelf.owner in name)
    with open_postgres(with_database(shelf.postgres_url, name)) as other:
        assert hold(shelf, Backend.POSTGRES, HISTORY) == 3
        assert other.history()
    assert hold(shelf, Backend.POSTGRES, HISTORY) == 0


def test_a_version_that_fails_leaves_nothing_behind(shelf: Shelf, backend: Backend) -> None:
    with staged(shelf, backend, HISTORY) as stage:
        stage.begin()
        with pytest.raises(VersionFailed, match="V20"):
            next(stage.apply([script(20, "BEGIN; SELECT 1; COMMIT")]))
    assert hold(shelf, backend, HISTORY) == 0
    own = f"{PREFIX}{os.getpid()}_"
    assert not any(name.startswith(own) for name in names(shelf, backend))


def test_an_engine_that_dies_leaves_nothing_behind(shelf: Shelf) -> None:
    with staged(shelf, Backend.POSTGRES, HISTORY) as stage:
        stage.begin()
        name = parse_url(str(stage.database._url)).database  # type: ignore[attr-defined]
        with pytest.raises(VersionFailed) as caught:
            next(stage.apply([script(20, "SELECT pg_terminate_backend(pg_backend_pid())")]))
    assert "ended the connection" in caught.value.error.message
    assert name not in names(shelf, Backend.POSTGRES)


def test_kept_databases_of_workspaces_that_are_gone_are_swept(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.postgres_url
    gone, old, fresh = (f"{KEPT_PREFIX}{'0' * 16}_{digit * 16}" for digit in "123")
    notes = {
        gone: KeptNote(str(tmp_path / "gone's"), time.time()),
        old: KeptNote(str(tmp_path), time.time() - 365 * 24 * 3600),
        fresh: KeptNote(str(tmp_path), time.time()),
    }
    with open_postgres(url) as server:
        try:
            for name, note in notes.items():
                server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
                text = note.text.replace("'", "''")
                server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")
            assert set(sweep(url)) == {gone, old}
        finally:
            for name in notes:
                server.execute(f'DROP DATABASE IF EXISTS "{name}"')


def test_a_killed_process_leaves_only_what_is_swept(shelf: Shelf, backend: Backend) -> None:
    code = f"""
import os, signal
from pathlib import Path
from mig_assist.backend import Backend
from mig_assist.engines.kept import Shelf, staged
from mig_assist.engines.refusals import VersionFailed
from mig_assist.engines.database import MigrationScript
base = [MigrationScript(1, "one", "", "CREATE TABLE t (id TEXT)", "V1.sql")]
shelf = Shelf(Path({str(shelf.root)!r}), {shelf.postgres_url!r}, keeps=True)
with staged(shelf, Backend({str(backend)!r}), base) as stage:
    stage.begin()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    hold(shelf, backend, HISTORY)
    left = names(shelf, backend)
    assert len([name for name in left if shelf.owner in name or name.endswith(".db")]) == 1
    assert not [name for name in left if name.endswith(".part")]
