"""Renumbering where another migration has the same number and says so in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.draft.renumber import Renumbering, plan_renumbering
from mig_assist.workspace import open_workspace
from mig_assist.workspace.numbers import holdings
from tests.workspace.layouts import small_workspace, write_pair
from tests.workspace.repositories import Repository

SQL = "-- V18 {name}\nCREATE TABLE {name} (id TEXT);\nCREATE INDEX v18_keep ON {name} (id);\n"
CONFIG = 'baseline = 17\n[tests]\npaths = ["tests/store"]\n'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """V17 on ``main``, and ``feat/x`` checked out with V18 route_tags."""
    made = Repository(tmp_path)
    small_workspace(tmp_path, (17, "baseline"), config=CONFIG)
    made.commit()
    made.branch("feat/x")
    write_pair(tmp_path, 18, "route_tags", SQL, SQL)
    return made


def planned(root: Path) -> Renumbering:
    workspace = open_workspace(root)
    held = holdings(workspace)
    return plan_renumbering(workspace, held.own or (), held)


def test_the_comment_of_a_migration_moves_though_the_other_has_the_like(
    repository: Repository,
) -> None:
    root = repository.root
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    write_pair(root, 18, "user_labels", SQL, SQL)
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    plan = planned(root)
    written = {change.path: change.content for change in plan.changes}
    sql = written["migrations/V19__route_tags.sql"]
    assert sql is not None
    assert sql.startswith(b"-- V19 route_tags\n")
    # An identifier that both define may be meant to be the other's.
    assert b"v18_keep" in sql
    assert {mention.line for mention in plan.left_alone} == {3}


def test_of_two_in_the_same_folders_one_moves_and_names_of_the_other_stay(
    repository: Repository,
) -> None:
    root = repository.root
    write_pair(root, 18, "user_labels", SQL, SQL)
    repository.write("tests/store/labels_test.py", "# V18 user_labels has labels\n")
    plan = planned(root)
    assert [(move.name, move.old, move.new) for move in plan.moves] == [("user_labels", 18, 19)]
    repository.write("tests/store/tags_test.py", "# V18 route_tags has tags\n")
    assert "tests/store/tags_test.py" not in {change.path for change in planned(root).changes}
