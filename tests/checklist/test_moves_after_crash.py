"""A renumbering whose process is killed: files and record have the same number afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from mig_assist.checklist.ledger import open_ledger
from mig_assist.checklist.moves import NOTE
from mig_assist.checklist.renumbering import carry_out, propose
from mig_assist.checklist.session import open_session
from tests.shared_ground.faults import Fault, faults
from tests.workspace.layouts import small_workspace

NAME = "route_profiles"


def recorded(root: Path) -> list[int]:
    """The number of the record, as the ledger alone tells it."""
    ledger = open_ledger(root)
    versions = [record.version for record in ledger.migrations()]
    ledger.close()
    return versions


def test_the_record_is_found_under_the_number_that_the_files_have(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    small_workspace(begun, (17, "baseline"), (18, NAME))
    session = open_session(begun)
    record = session.open_migration(18, NAME)
    session.close()
    root = tmp_path / "work"

    def killed_at(_number: int) -> Callable[[], None]:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(begun, root)
        session = open_session(root)
        plan = propose(session, 19).plan
        session.close()

        def work() -> None:
            carry_out(open_session(root), plan)

        return work

    between = 0
    for number in faults(Fault.KILLED, killed_at):
        moved = (root / f"migrations/V19__{NAME}.sql").exists()
        stale_record = moved and recorded(root) == [18]
        again = open_session(root)
        assert again.migration is not None, number
        assert again.migration.id == record.id
        version = again.migration.version
        for folder in ("migrations", "migrations/postgres"):
            assert [p.name for p in (root / folder).glob("V1[89]__*")] == [
                f"V{version}__{NAME}.sql"
            ]
        assert f"version = {version}\n" in (root / "migrations/registry.toml").read_text()
        assert not (root / NOTE).exists()
        again.close()
        between += stale_record
    assert between > 1  # some were killed after the files moved and before the ledger knew


def test_a_note_that_nobody_can_read_is_forgotten(tmp_path: Path) -> None:
    small_workspace(tmp_path, (17, "baseline"), (18, NAME))
    session = open_session(tmp_path)
    session.open_migration(18, NAME)
    session.close()
    for content in (b"\xff", b"[1]", b"{}", b'[["x"]]', b'[[18, "other", 19]]'):
        (tmp_path / NOTE).write_bytes(content)
        again = open_session(tmp_path)
        assert again.migration is not None
        assert again.migration.version == 18
        assert not (tmp_path / NOTE).exists()
        again.close()


def test_another_terminal_follows_too(tmp_path: Path) -> None:
    small_workspace(tmp_path, (17, "baseline"), (18, NAME))
    here, there = open_session(tmp_path), open_session(tmp_path)
    here.open_migration(18, NAME)
    carry_out(here, propose(here, 19).plan)
    followed = there.reopened().migration
    assert followed is not None
    assert (followed.version, followed.name) == (19, NAME)
    here.close()
    there.close()
