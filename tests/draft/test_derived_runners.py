"""What a file says to its runner: markers stay, transactions go where the house has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context, derive
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.schema import Schema
from mig_assist.workspace import open_workspace
from tests.workspace.layouts import small_workspace, write_pair

LIBSQL, POSTGRES = Backend.LIBSQL, Backend.POSTGRES
CONTEXT = Context(Schema(), Schema(), HouseStyle())
OWN = "PRAGMA foreign_keys=OFF;\nBEGIN;\nDELETE FROM a;\nCOMMIT;\nPRAGMA foreign_keys=ON;\n"


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("-- +goose Up\n-- +goose StatementBegin\n", "-- +goose Down"),
        ("-- migrate:up\n", "-- migrate:down"),
        ("-- +migrate Up\n", "-- +migrate Down"),
    ],
)
@pytest.mark.parametrize("source", Backend)
def test_what_undoes_a_version_is_left_to_a_person(up: str, down: str, source: Backend) -> None:
    derived = derive(f"{up}DELETE FROM a;\n\n{down}\nDROP TABLE b;\n", source, CONTEXT)
    assert derived.sql == (
        f"{up}DELETE FROM a;\n\n{down}\n-- Not derived: write here what undoes it.\n"
    )
    assert derived.marks == ()


@pytest.mark.parametrize(
    ("source", "begin", "end"),
    [
        (LIBSQL, "BEGIN", "COMMIT"),
        (LIBSQL, "begin transaction", "end"),
        (POSTGRES, "BEGIN", "COMMIT"),
        (POSTGRES, "START TRANSACTION", "END"),
        (POSTGRES, "begin", "commit"),
    ],
)
def test_transactions_are_carried_only_to_a_side_that_has_them(
    source: Backend, begin: str, end: str
) -> None:
    sql = f"{begin};\nDELETE FROM a;\n{end};\n"
    assert derive(sql, source, CONTEXT).sql == "DELETE FROM a;\n"
    house = replace(CONTEXT, own_transactions=frozenset(Backend))
    carried = derive(sql, source, house).sql.lower().splitlines()
    assert carried[0].startswith("begin")
    assert carried[1:] == ["delete from a;", f"{end.lower()};"]


def test_half_a_transaction_stays() -> None:
    assert derive("DELETE FROM a;\nCOMMIT;\n", LIBSQL, CONTEXT).sql == "DELETE FROM a;\nCOMMIT;\n"


def test_the_house_tells_which_side_has_them(tmp_path: Path) -> None:
    root = small_workspace(tmp_path / "workspace", (17, "baseline")).root
    write_pair(root, 17, "baseline", "CREATE TABLE a (id TEXT);", "CREATE TABLE a (id TEXT);")
    write_pair(root, 18, "less", OWN, "DELETE FROM a;")
    context = context_before(open_workspace(root))
    assert context.own_transactions == {LIBSQL}
    assert derive(OWN, LIBSQL, context).sql == "DELETE FROM a;\n"
    assert derive("BEGIN;\nDELETE FROM a;\nCOMMIT;\n", POSTGRES, context).sql.startswith("BEGIN;")
