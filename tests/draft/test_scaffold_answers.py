"""Scaffolds that were answered: both files agree on real engines, in every house's own style."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.begin import plan_beginning
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.questions import options, present, questions
from mig_assist.draft.scaffolds import template_description, template_names
from mig_assist.errors import WrongUse
from mig_assist.workspace import Workspace
from tests.draft.derive_rates import Bench, scratch_bench, workspace_of
from tests.pairs.reading import houses
from tests.workspace.layouts import write

HOUSES = {house.name: house for house in houses()}
SUMMARY = {"summary": "What the service needs next."}


@dataclass(frozen=True)
class Case:
    house: str
    template: str
    answers: Mapping[str, str]
    libsql: str
    postgres: str

    def __str__(self) -> str:
        return f"{self.house} {self.template} {' '.join(self.answers.values())[:40]}"


def case(house: str, template: str, libsql: str, postgres: str, /, **answers: str) -> Case:
    return Case(house, template, answers, libsql, postgres)


CASES = (
    case(
        "gateway", "create-table",
        "CREATE TABLE regions (\n    id TEXT PRIMARY KEY NOT NULL,\n    is_open INTEGER NOT NULL"
        " DEFAULT 1 CHECK (is_open IN (0, 1)),\n    created_at INTEGER NOT NULL\n) STRICT;",
        "created_at BIGINT NOT NULL",
        table="regions",
        definitions="id TEXT, is_open INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1)),"
        " created_at INTEGER NOT NULL",
    ),
    case(
        "ledger", "create-table",
        "CONSTRAINT pk_region PRIMARY KEY (code, year)", "CONSTRAINT pk_region PRIMARY KEY",
        table="region", definitions="code TEXT NOT NULL, year INTEGER NOT NULL", key="code, year",
    ),
    case(
        "tenants", "create-table",
        "create table regions (\n  id text primary key not null,", "id uuid primary key",
        table="regions",
        definitions="id text, tenant_id text not null references tenants (id),"
        " is_open integer not null default 0 check (is_open in (0, 1))",
    ),
    case(
        "devices", "create-table",
        "CREATE TABLE IF NOT EXISTS regions (\n    id INTEGER PRIMARY KEY AUTOINCREMENT,",
        "id SERIAL",
        table="regions", definitions="id INTEGER, title VARCHAR(40) NOT NULL",
    ),
    case(
        "gateway", "add-column",
        "ALTER TABLE models ADD COLUMN is_fast INTEGER NOT NULL DEFAULT 0"
        " CHECK (is_fast IN (0, 1));",
        "ADD COLUMN is_fast INTEGER NOT NULL DEFAULT 0",
        table="models", column="is_fast", type="INTEGER", not_null="yes", default="0",
        check="is_fast IN (0, 1)",
    ),
    case(
        "tenants", "add-column",
        "alter table projects add column owner_id text references members (id)"
        " on delete set null;",
        "add column owner_id uuid references members (id) on delete set null;",
        table="projects", column="owner_id", type="text", references="members",
        on_delete="set null",
    ),
    case(
        "devices", "add-column", "ADD COLUMN region VARCHAR(8) NOT NULL DEFAULT 'eu'",
        "ADD COLUMN region VARCHAR(8) NOT NULL DEFAULT 'eu'",
        table="users", column="region", type="VARCHAR(8)", not_null="yes", default="'eu'",
    ),
    case(
        "gateway", "add-index",
        "CREATE INDEX routes_path_created_at_idx ON routes (path, created_at DESC) WHERE",
        "CREATE INDEX routes_path_created_at_idx ON routes (path, created_at DESC) WHERE",
        table="routes", columns="path, created_at DESC", where="mode IS NOT NULL",
    ),
    case(
        "ledger", "add-index", "CREATE INDEX ix_posting_note ON posting (note);",
        "CREATE INDEX ix_posting_note ON posting (note);", table="posting", columns="note",
    ),
    case(
        "tenants", "add-index", "create unique index", "create unique index",
        table="projects", columns="tenant_id, title", unique="yes",
    ),
    case(
        "ledger", "add-constraint",
        "CONSTRAINT ck_posting_tax_rate CHECK (tax_rate >= 0)",
        "ADD CONSTRAINT ck_posting_tax_rate CHECK (tax_rate >= 0);",
        table="posting", rule="check", check="tax_rate >= 0",
    ),
    case(
        "ledger", "add-constraint",
        "CHECK (kind IN ('asset', 'debt', 'income', 'expense', 'equity'))", "'equity'",
        table="account", rule="check", replaces="ck_account_kind",
        check="kind IN ('asset', 'debt', 'income', 'expense', 'equity')",
    ),
    case(
        "gateway", "add-constraint", "UNIQUE (workspace_id, label)",
        "UNIQUE (workspace_id, label)",
        table="api_keys", rule="unique", columns="workspace_id, label",
    ),
    case(
        "tenants", "add-constraint", "not null", "set not null",
        table="members", rule="not-null", columns="preferences", default="'{}'",
    ),
    case(
        "devices", "add-constraint", "REFERENCES users (id)", "REFERENCES users (id)",
        table="logins", rule="foreign-key", columns="id", references="users",
    ),
    case(
        "gateway", "rename", "ALTER TABLE routes RENAME TO paths;",
        "ALTER TABLE routes RENAME TO paths;", table="routes", to="paths",
    ),
    case(
        "tenants", "rename", "alter table projects rename column title to label;",
        "alter table projects rename column title to label;",
        table="projects", column="title", to="label",
    ),
    case(
        "gateway", "drop", "DROP INDEX api_keys_live_idx;", "DROP INDEX api_keys_live_idx;",
        what="index", table="api_keys", index="api_keys_live_idx",
    ),
    case(
        "ledger", "drop", "ALTER TABLE posting DROP COLUMN note;",
        "ALTER TABLE posting DROP COLUMN note;", what="column", table="posting", column="note",
    ),
    case(
        "tenants", "drop", "drop table audit_events;", "drop table audit_events;",
        what="table", table="audit_events",
    ),
    case(
        "devices", "drop", "logins", "DROP COLUMN auth_type",
        what="column", table="logins", column="auth_type",
    ),
    case(
        "ledger", "rebuild", "factor      NUMERIC(18, 9) NOT NULL",
        "ALTER COLUMN factor TYPE NUMERIC(18, 9)",
        table="rate", column="factor", type="NUMERIC(18, 9)",
    ),
    case(
        "gateway", "rebuild", "label TEXT,", "ALTER COLUMN label DROP NOT NULL",
        table="api_keys", column="label", not_null="no",
    ),
    case(
        "tenants", "backfill", "update projects set archived = 1 where archived_at is not null;",
        "update projects set archived = true where archived_at is not null;",
        table="projects", set="archived = 1", where="archived_at is not null",
    ),
    case(
        "gateway", "backfill", "UPDATE routes SET mode = 'plain' WHERE mode IS NULL;",
        "UPDATE routes SET mode = 'plain' WHERE mode IS NULL;",
        table="routes", set="mode = 'plain'", where="mode IS NULL",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def benches(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with scratch_bench(postgres_url) as bench:
        yield bench


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Workspace]:
    folder = tmp_path_factory.mktemp("houses")
    return {name: workspace_of(folder / name, house) for name, house in HOUSES.items()}


def drafted(workspace: Workspace, template: str, answers: Mapping[str, str]) -> dict[Backend, str]:
    beginning = plan_beginning(workspace, 18, "next_step", template, answers)
    texts = {change.path: (change.content or b"").decode() for change in beginning.changes}
    return {
        Backend.LIBSQL: texts["migrations/V18__next_step.sql"],
        Backend.POSTGRES: texts["migrations/postgres/V18__next_step.sql"],
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_files_agree_and_nobody_is_asked_again(
    benches: Bench, workspaces: Mapping[str, Workspace], case: Case
) -> None:
    written = drafted(workspaces[case.house], case.template, {**SUMMARY, **case.answers})
    assert case.libsql in written[Backend.LIBSQL]
    assert case.postgres in written[Backend.POSTGRES], written[Backend.POSTGRES]
    assert all("mig-assist: todo" not in text for text in written.values()), written
    house = HOUSES[case.house].sql
    both = {side: f"{house[side]}\n{written[side]}" for side in Backend}
    found = benches.errors(both, ())
    assert found == benches.errors(house, ()), found


def test_every_template_is_tried_in_two_houses() -> None:
    tried = {name: {c.house for c in CASES if c.template == name} for name in template_names()}
    assert {name for name, there in tried.items() if len(there) < 2} == {"blank", "no-op"}


@pytest.mark.parametrize("side", Backend)
def test_a_side_that_does_nothing_says_so(
    workspaces: Mapping[str, Workspace], side: Backend
) -> None:
    written = drafted(workspaces["gateway"], "no-op", {**SUMMARY, "side": str(side)})
    assert "-- Nothing is to be done here.\nSELECT 1;" in written[side]
    assert "mig-assist: todo" not in written[side]
    assert "mig-assist: todo  what this side does" in written[side.other]


@pytest.mark.parametrize(
    ("template", "answers", "said"),
    [
        ("add-column", {"table": "nowhere"}, "there is no 'nowhere'"),
        ("add-column", {"table": "routes", "column": "path"}, "'path' is there already"),
        ("create-table", {"table": "routes"}, "'routes' is there already"),
        ("create-table", {"table": "t", "type": "TEXT"}, "does not ask for --type"),
        ("drop", {"what": "column", "table": "routes", "column": "x"}, "there is no 'x'"),
        ("add-constraint", {"table": "routes", "rule": "check", "columns": "id"}, "no meaning"),
        (
            "add-column",
            {"table": "routes", "column": "x", "type": "TEXT", "not_null": "yes"},
            "libsql does not take",
        ),
        ("backfill", {"table": "routes", "set": "nowhere = 1"}, "libsql does not take"),
    ],
)
def test_answers_that_do_not_fit_the_schema_are_refused(
    workspaces: Mapping[str, Workspace], template: str, answers: Mapping[str, str], said: str
) -> None:
    with pytest.raises(WrongUse, match=said):
        drafted(workspaces["gateway"], template, answers)


def test_the_live_schema_is_what_is_chosen_from(workspaces: Mapping[str, Workspace]) -> None:
    context = context_before(workspaces["gateway"], 18)
    asked = {question.key: question for question in questions("drop")}
    given = {"table": "route_tags"}
    assert "api_keys" in dict(options(asked["table"], given, context))
    assert list(dict(options(asked["column"], given, context))) == [
        column.name
        for column in context.libsql.table("route_tags").columns  # type: ignore[union-attr]
    ]


def test_what_a_column_has_is_kept_and_no_change(workspaces: Mapping[str, Workspace]) -> None:
    context = context_before(workspaces["gateway"], 18)
    asked = {question.key: question for question in questions("rebuild")}
    table = context.libsql.table("api_keys")
    assert table is not None
    for column in table.columns:
        given = {"table": "api_keys", "column": column.name.upper()}
        kept = {key: present(asked[key], given, context) for key in ("type", "not_null", "default")}
        assert kept["type"] == column.type
        assert kept["not_null"] == ("no" if column.nullable else "yes")
        assert kept["default"] == (column.default or "")
        same = drafted(workspaces["gateway"], "rebuild", {**given, **kept})
        assert same == drafted(workspaces["gateway"], "rebuild", given)
    assert not present(asked["not_null"], {"table": "api_keys", "column": "new"}, context)


def test_the_statements_of_a_rebuild_stand_apart(workspaces: Mapping[str, Workspace]) -> None:
    answers = {"table": "api_keys", "column": "label", "not_null": "no", **SUMMARY}
    sql = drafted(workspaces["gateway"], "rebuild", answers)[Backend.LIBSQL]
    lines = sql.splitlines()
    heads = [k for k, line in enumerate(lines) if line.startswith(("CREATE T", "INSERT"))]
    assert len(heads) > 1
    assert all(not lines[k - 1] for k in heads), sql


@pytest.mark.parametrize("summary", ["a\nDROP TABLE routes;", "a\r\nDROP TABLE routes;", "--"])
def test_a_summary_stays_a_comment(workspaces: Mapping[str, Workspace], summary: str) -> None:
    answers = {"table": "routes", "to": "paths", "summary": summary}
    for text in drafted(workspaces["gateway"], "rename", answers).values():
        assert [line for line in text.splitlines() if line and not line.startswith("--")] == [
            "ALTER TABLE routes RENAME TO paths;"
        ]


class TestOwnTemplates:
    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Workspace:
        return workspace_of(tmp_path, HOUSES["gateway"])

    def test_one_of_the_workspace_replaces_ours_whole(self, workspace: Workspace) -> None:
        write(
            workspace.root,
            "scaffolds/migration/rename/libsql.sql.j2",
            "{# Ours #}\n{# asks: table #}\n-- house rule\nDROP TABLE {{ id(table) }};\n",
        )
        assert template_description("rename", workspace) == "Ours"
        assert [question.key for question in questions("rename", workspace)] == ["table"]
        written = drafted(workspace, "rename", {"table": "requests"})
        assert written == dict.fromkeys(Backend, "-- house rule\nDROP TABLE requests;\n")
        assert "ADD COLUMN" in drafted(workspace, "add-column", {})[Backend.LIBSQL]

    def test_one_may_write_both_sides_itself(self, workspace: Workspace) -> None:
        folder = "scaffolds/migration/vacuum"
        write(workspace.root, f"{folder}/libsql.sql.j2", "SELECT 1; -- {{ name }}\n")
        write(workspace.root, f"{folder}/postgres.sql.j2", "SELECT 2; -- {{ label }}\n")
        assert "vacuum" in template_names(workspace)
        assert drafted(workspace, "vacuum", {}) == {
            Backend.LIBSQL: "SELECT 1; -- next_step\n",
            Backend.POSTGRES: "SELECT 2; -- PostgreSQL\n",
        }

    @pytest.mark.parametrize(
        "text",
        ["{{ nowhere }}", "{% if %}", "{# a #}{# asks: nowhere #}", "{{ 1 / 0 }}",
         "{{ ''.__class__.__mro__ }}", "{% include '/etc/passwd' %}"],
    )  # fmt: skip
    def test_a_broken_or_hostile_one_is_refused(self, workspace: Workspace, text: str) -> None:
        write(workspace.root, "scaffolds/migration/mine/libsql.sql.j2", text)
        with pytest.raises(WrongUse):
            drafted(workspace, "mine", {})

    def test_a_folder_elsewhere_is_not_followed(
        self, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        outside = tmp_path_factory.mktemp("outside")
        write(outside, "migration/mine/libsql.sql.j2", "SELECT 1;\n")
        (workspace.root / "scaffolds").symlink_to(outside)
        assert "mine" not in template_names(workspace)
