"""``mig-assist renumber`` and ``status --all`` as a person types them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mig_assist.checklist.session import open_session
from tests.cli.conftest import MigAssist
from tests.workspace.layouts import entry_text, write_pair
from tests.workspace.repositories import Repository


@pytest.fixture
def taken(root: Path, mig_assist: MigAssist) -> Path:
    """V18 is in work on ``feat/x``, and ``main`` took V18 meanwhile."""
    repository = Repository(root)
    repository.branch("feat/x")
    begun = mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
    assert begun.status == 0, begun.stderr
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    write_pair(root, 18, "user_labels")
    registry = root / "migrations/registry.toml"
    registry.write_text(registry.read_text() + "\n" + entry_text(root, 18, "user_labels"))
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    return root


def test_the_version_item_says_what_to_do(taken: Path, mig_assist: MigAssist) -> None:
    result = mig_assist("run", "version", cwd=taken)
    assert result.status == 1
    assert "V18 is 'user_labels' on main already." in result.stdout + result.stderr
    assert "mig-assist renumber" in result.stdout + result.stderr


def test_the_migration_goes_on_under_its_new_number(taken: Path, mig_assist: MigAssist) -> None:
    mig_assist("run", "version", "name", cwd=taken)
    result = mig_assist("renumber", "--yes", cwd=taken)
    assert (result.status, result.stdout) == (0, ""), result.stderr
    assert "V18 route_profiles becomes V19." in result.stderr
    assert "was migrations/V18__route_profiles.sql" in result.stderr
    assert "A database that ran the old V18 will be refused." in result.stderr
    assert "reset" not in result.stderr  # no database here has run it
    status = mig_assist("status", "--json", cwd=taken).json
    assert status["migration"] == {"version": 19, "name": "route_profiles"}
    states = {item["key"]: item["state"] for item in status["items"]}
    assert (states["version"], states["name"]) == ("stale", "stale")
    assert mig_assist("run", "version", cwd=taken).status == 0
    again = mig_assist("renumber", "--yes", cwd=taken)
    assert again.status == 0
    assert "Nothing to move: V19 route_profiles." in again.stderr


def test_new_says_why_a_number_is_skipped(taken: Path, mig_assist: MigAssist) -> None:
    Repository(taken).git("checkout", "--quiet", "-b", "feat/y", "main~1")
    result = mig_assist("new", "--name", "team_quotas", "--yes", cwd=taken)
    assert "V19 team_quotas is in work." in result.stderr
    repository = Repository(taken)
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    result = mig_assist("new", "--name", "team_labels", "--yes", cwd=taken)
    assert "V20 is the next free number: feat/y holds V19." in result.stderr


def test_what_is_in_conflict_is_named_and_never_to_be_added(
    taken: Path, mig_assist: MigAssist
) -> None:
    repository = Repository(taken)
    for branch, line in (("feat/x", "V18 has profiles"), ("main", "V18 has labels")):
        repository.git("checkout", "--quiet", branch)
        document = taken / "docs/data-relationships.md"
        document.write_text(f"{line}\n")
        repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "main")
    status = mig_assist("status", cwd=taken).stdout
    assert "migrations/registry.toml is in conflict" in status
    assert "mig-assist renumber" in status
    said = mig_assist("renumber", "--yes", cwd=taken).stderr
    assert "Still in conflict, resolve by hand: docs/data-relationships.md" in said
    (line,) = [line for line in said.splitlines() if "git add -A -- " in line]
    assert "docs/" not in line
    assert "migrations/registry.toml" in line
    assert "V18 has profiles" in document.read_text()
    assert "in conflict" not in mig_assist("status", cwd=taken).stdout
    again = mig_assist("renumber", "--yes", cwd=taken).stderr
    assert "Still in conflict, resolve by hand: docs/data-relationships.md" in again


def test_where_the_local_database_ran_it_the_reset_is_named(
    taken: Path, mig_assist: MigAssist
) -> None:
    for path in (taken / "migrations").rglob("V18__route_profiles.sql"):
        path.write_text("CREATE TABLE profiles (id TEXT NOT NULL PRIMARY KEY);\n")
    mig_assist("run", "registry", cwd=taken)
    assert mig_assist("migrate", "--backend", "libsql", "--apply", cwd=taken).status == 0
    said = mig_assist("renumber", "--yes", cwd=taken).stderr
    assert "mig-assist migrate --backend libsql --reset" in said
    assert "mig-assist postgres reset" not in said


def test_without_a_terminal_the_flag_is_named_and_nothing_written(
    taken: Path, mig_assist: MigAssist
) -> None:
    result = mig_assist("renumber", cwd=taken)
    assert result.status == 2
    assert "--yes" in result.stderr
    assert (taken / "migrations/V18__route_profiles.sql").is_file()
    assert not (taken / "migrations/V19__route_profiles.sql").exists()


def test_a_number_that_is_not_free_is_refused(taken: Path, mig_assist: MigAssist) -> None:
    result = mig_assist("renumber", "--to", "18", "--yes", cwd=taken)
    assert result.status == 2
    assert "V18 is not free" in result.stderr
    assert mig_assist("renumber", "--to", "0", cwd=taken).status == 2


def test_all_migrations_are_listed_with_their_standing(taken: Path, mig_assist: MigAssist) -> None:
    repository = Repository(taken)
    mig_assist("renumber", "--yes", cwd=taken)
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "feat/y", "main")
    assert mig_assist("new", "--name", "team_quotas", "--yes", cwd=taken).status == 0
    assert (taken / "migrations/V20__team_quotas.sql").is_file()
    listed = mig_assist("status", "--all", "--json", cwd=taken).json["migrations"]
    assert [(m["version"], m["state"], m["where"], m["open"]) for m in listed] == [
        (20, "in work", "", True),
        (19, "elsewhere", "feat/x", False),
    ]
    shown = mig_assist("status", "--all", cwd=taken).stdout
    assert "V19 route_profiles" in shown
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "feat/y")
    listed = mig_assist("status", "--all", "--json", cwd=taken).json["migrations"]
    assert [(m["version"], m["state"]) for m in listed] == [(20, "merged"), (19, "elsewhere")]


def test_a_session_can_switch_to_what_is_in_the_work_tree(
    taken: Path, mig_assist: MigAssist
) -> None:
    assert mig_assist("new", "--name", "team_quotas", "--yes", cwd=taken).status == 0
    session = open_session(taken)
    try:
        first, second = session.ledger.migrations()
        assert session.migration == second
        session.switch(first)
        assert session.reopened().migration == first
        Repository(taken).git("stash", "--quiet", "--include-untracked")
        Repository(taken).git("checkout", "--quiet", "main")
        reopened = session.reopened().migration
        assert reopened is None or reopened.id != first.id
    finally:
        session.close()
