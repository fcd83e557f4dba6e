"""Resuming, deciding and going stale, on a real workspace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mig_assist.checklist.items import HANDOFF, ITEMS, find_item
from mig_assist.checklist.ledger import MigrationRecord
from mig_assist.checklist.run import run_item
from mig_assist.checklist.session import Session, open_session
from mig_assist.checklist.state import State
from mig_assist.draft.begin import plan_beginning
from mig_assist.errors import WrongUse
from mig_assist.file_changes import write_all
from mig_assist.process import Cancellation
from tests.checklist.observers import Silent
from tests.conftest import WorkspaceCopy

LIBSQL = "migrations/V18__route_profiles.sql"
POSTGRES = "migrations/postgres/V18__route_profiles.sql"
REASON = "nothing that an administrator sees has changed"


def begin(session: Session, name: str = "route_profiles", version: int = 18) -> MigrationRecord:
    beginning = plan_beginning(session.workspace, version, name, "create-table")
    write_all(session.workspace.root, beginning.changes)
    return session.open_migration(version, name)


def answer_marks(root: Path, *paths: str) -> None:
    for path in paths:
        kept = [line for line in (root / path).read_text().splitlines() if "todo" not in line]
        (root / path).write_text("\n".join(kept) + "\n")


def run(session: Session, *keys: str) -> None:
    for key in keys:
        run_item(session, find_item(key), Silent(), Cancellation())


def states(session: Session) -> dict[str, State]:
    overview = session.overview()
    return {v.item.key: v.state.state for v in (*overview.items, *overview.handoff)}


def git(root: Path, *arguments: str) -> None:
    author = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *author, *arguments], cwd=root, check=True, capture_output=True)


def test_the_ten_items_come_in_the_order_of_the_page() -> None:
    assert [item.key for item in ITEMS] == (
        "version pair name registry tests libsql postgres data-docs user-docs adr".split()
    )
    assert [item.number for item in ITEMS] == list(range(1, 11))
    assert [item.key for item in HANDOFF] == ["lint", "test"]


def test_an_item_is_found_by_number_and_by_key() -> None:
    assert find_item("6") is find_item("libsql")
    with pytest.raises(WrongUse, match="version"):
        find_item("[/red]")


def test_before_a_migration_everything_is_to_do(session: Session) -> None:
    assert set(states(session).values()) == {State.TODO}
    with pytest.raises(WrongUse, match="mig-assist new"):
        session.require_migration()


class TestResume:
    def test_the_migration_of_yesterday_is_open_again(self, session: Session) -> None:
        begun = begin(session)
        run(session, "version")
        session.close()
        again = open_session(session.workspace.root / "docs")
        assert again.migration == begun
        assert states(again)["version"] is State.DONE
        again.close()

    def test_a_branch_that_was_made_after_the_work_began_still_finds_it(
        self, session: Session
    ) -> None:
        begun = begin(session)
        git(session.workspace.root, "checkout", "-qb", "feat/$(red);`x`]")
        again = open_session(session.workspace.root)
        assert again.migration == begun
        again.close()

    def test_each_branch_opens_its_own(self, session: Session) -> None:
        root = session.workspace.root
        git(root, "checkout", "-qb", "one")
        first = begin(session, "one_profiles")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "one")
        git(root, "checkout", "-q", "main")
        git(root, "checkout", "-qb", "two")
        second = begin(session, "two_profiles")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "two")
        for branch, expected in (("one", first), ("two", second)):
            git(root, "checkout", "-q", branch)
            again = open_session(root)
            assert again.migration == expected
            again.close()

    def test_a_branch_without_a_migration_has_none_in_work(self, session: Session) -> None:
        root = session.workspace.root
        git(root, "checkout", "-qb", "one")
        begin(session)
        git(root, "add", "-A")
        git(root, "commit", "-qm", "one")
        git(root, "checkout", "-q", "main")
        again = open_session(root)
        assert again.migration is None
        again.close()

    def test_looking_at_a_workspace_leaves_no_trace(self, workspace_copy: WorkspaceCopy) -> None:
        root = workspace_copy()
        opened = open_session(root, create=False)
        assert opened.overview().migration is None
        opened.close()
        assert not (root / ".mig-assist").exists()


class TestStale:
    @pytest.fixture
    def proved(self, session: Session) -> Session:
        begin(session)
        answer_marks(session.workspace.root, LIBSQL, POSTGRES)
        run(session, "version", "pair", "name", "registry", "libsql")
        session.skip(find_item("adr"), REASON)
        expected = dict.fromkeys(("version", "pair", "name", "registry", "libsql"), State.DONE)
        assert states(session).items() >= expected.items()
        return session

    def stale(self, session: Session) -> set[str]:
        return {key for key, state in states(session).items() if state is State.STALE}

    def test_an_edit_makes_just_those_items_stale_that_looked_at_the_file(
        self, proved: Session
    ) -> None:
        with (proved.workspace.root / POSTGRES).open("a") as file:
            file.write("-- edited\n")
        assert self.stale(proved) == {"pair", "registry", "libsql", "adr"}

    def test_the_other_side_concerns_its_own_items(self, proved: Session) -> None:
        with (proved.workspace.root / LIBSQL).open("a") as file:
            file.write("-- edited\n")
        assert self.stale(proved) == {"pair", "registry", "libsql", "adr"}

    def test_other_line_endings_are_no_edit(self, proved: Session) -> None:
        path = proved.workspace.root / POSTGRES
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        assert self.stale(proved) == set()

    def test_undoing_the_edit_brings_the_proof_back(self, proved: Session) -> None:
        path = proved.workspace.root / LIBSQL
        before = path.read_bytes()
        path.write_bytes(before + b"\n-- edited\n")
        path.write_bytes(before)
        assert self.stale(proved) == set()

    def test_a_later_version_of_somebody_else_concerns_nothing_here(self, proved: Session) -> None:
        for folder in ("migrations", "migrations/postgres"):
            (proved.workspace.root / folder / "V19__more_profiles.sql").write_text("SELECT 1;\n")
        assert self.stale(proved) == set()

    def test_a_second_file_with_our_number_does(self, proved: Session) -> None:
        (proved.workspace.root / "migrations/V18__other_profiles.sql").write_text("SELECT 1;\n")
        assert {"version", "pair", "name"} <= self.stale(proved)

    def test_a_change_below_our_version_concerns_what_is_proved_on_the_history(
        self, proved: Session
    ) -> None:
        with (proved.workspace.root / "migrations/V17__baseline.sql").open("a") as file:
            file.write("-- edited\n")
        assert self.stale(proved) == {"pair", "libsql"}

    def test_a_deleted_file_is_noticed(self, proved: Session) -> None:
        (proved.workspace.root / LIBSQL).unlink()
        assert {"pair", "registry", "libsql"} <= self.stale(proved)


class TestDecisions:
    def test_a_skip_needs_a_reason_that_says_something(self, session: Session) -> None:
        begin(session)
        for reason in ("", "   ", "n/a", "\n\t"):
            with pytest.raises(WrongUse, match="reason"):
                session.skip(find_item("adr"), reason)
        session.skip(find_item("adr"), REASON)
        assert states(session)["adr"] is State.SKIPPED

    @pytest.mark.parametrize("key", ["version", "pair", "name", "registry", "libsql", "postgres"])
    def test_what_protects_an_invariant_cannot_be_talked_away(
        self, session: Session, key: str
    ) -> None:
        begin(session)
        with pytest.raises(WrongUse, match="cannot be skipped"):
            session.skip(find_item(key), REASON)
        with pytest.raises(WrongUse, match="cannot be skipped"):
            session.attest(find_item(key), REASON)

    def test_an_attested_item_is_done(self, session: Session) -> None:
        begin(session)
        session.attest(find_item("user-docs"), "described in the operators' handbook")
        assert states(session)["user-docs"] is State.DONE
