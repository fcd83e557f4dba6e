"""Which of a workspace's tasks is meant by what the migration page calls it."""

from __future__ import annotations

import pytest

from mig_assist.workspace import task_names
from mig_assist.workspace.mise import HERE, Task
from mig_assist.workspace.task_map import CERTAIN, Match, match_task

HOMES = ("crates/store/migrations", "crates/store/migrations/postgres", "crates/store/tests")


def task(line: str, *aliases: str) -> Task:
    """``name: description``, as a table of mise's has it; ``//folder:name`` in a monorepo."""
    name, _, description = line.partition(" | ")
    folder = name[2:].partition(":")[0] or HERE if name.startswith("//") else HERE
    return Task(name, description, aliases, folder)


def matched(command: str, *lines: str) -> Match:
    return match_task(command, [task(line) for line in lines], HOMES)


def taken(command: str, *lines: str) -> str | None:
    found = matched(command, *lines).task
    return found.name if found else None


@pytest.mark.parametrize("command", task_names.ALL)
def test_the_pages_own_name_decides(command: str) -> None:
    assert taken(command, "db:migrate", f"{command} | Whatever it says", "test:pg") == command


class TestNamesOfOtherRepositories:
    @pytest.mark.parametrize(
        ("command", "line"),
        [
            ("gateway-migrate", "migrate:sqlite"),
            ("gateway-migrate", "db:migrate | Apply the SQLite migrations to the local file"),
            ("gateway-migrate", "libsql-migrate"),
            ("gateway-migrate", "//services/gateway:db:migrate | Migrate the libsql database"),
            ("gateway-migrate", "gateway:migrate"),
            ("gateway-migrate-prod", "migrate:pg"),
            ("gateway-migrate-prod", "db:migrate:postgres"),
            ("gateway-migrate-prod", "gatewayMigrateProd"),
            ("postgres-start", "pg:up"),
            ("postgres-start", "start_postgres"),
            ("postgres-start", "services:up | Start PostgreSQL and Redis in Docker"),
            ("postgres-start", "db:start | Start the local Postgres"),
            ("test-store", "store:test"),
            ("test-store", "//crates/store:test"),
            ("test-store", "test:storage"),
            ("test-rust-postgres", "test:postgres"),
            ("test-rust-postgres", "//crates/store:test:postgres"),
            ("test-rust-postgres", "test:pg"),
            ("test-gateway-postgres-smoke", "smoke:postgres"),
            ("test-gateway-postgres-smoke", "smoke | Start the gateway on Postgres and call it"),
            ("lint", "lint:all"),
            ("lint", "check | Run clippy and every lint"),
            ("lint", "ci:lint"),
            ("lint", "//:lint"),
            ("test", "test:all"),
            ("test", "tests"),
            ("test", "//:test"),
        ],
    )
    def test_a_clear_one_is_taken(self, command: str, line: str) -> None:
        found = matched(command, line, "build", "docs:serve | Serve the documentation")
        assert found.task == task(line), found
        assert found.reason

    @pytest.mark.parametrize(
        ("command", "line"),
        [
            ("gateway-migrate", "db:migrate"),
            ("gateway-migrate-prod", "db:migrate"),
            ("postgres-start", "services:up"),
            ("test-gateway-postgres-smoke", "smoke"),
            ("lint", "clippy"),
            ("lint", "check"),
            ("lint", "//apps/web:lint"),
            ("test", "//apps/web:test"),
            ("test", "test:unit"),
            ("test-store", "store:test:postgres"),
            ("test-store", "test"),
        ],
    )
    def test_one_that_may_mean_something_else_stays_a_question(
        self, command: str, line: str
    ) -> None:
        found = matched(command, line, "build")
        assert found.task is None
        assert [each.task for each in found.candidates] == [task(line)]
        assert found.candidates[0].score < CERTAIN

    @pytest.mark.parametrize(
        ("command", "line"),
        [
            ("gateway-migrate", "migrate:pg"),
            ("gateway-migrate", "db:migrate | Migrate the PostgreSQL database"),
            ("gateway-migrate-prod", "migrate:sqlite"),
            ("gateway-migrate", "migrate:sqlite:down"),
            ("gateway-migrate", "migrate:new | A new SQLite migration"),
            ("gateway-migrate-prod", "pg:migrate:rollback"),
            ("gateway-migrate", "lint-migrations | Check every SQLite migration"),
            ("postgres-start", "pg:stop | Stop what pg:up has started"),
            ("postgres-start", "pg:reset"),
            ("test-rust-postgres", "test:sqlite"),
            ("lint", "lint:fix"),
            ("lint", "format"),
            ("test", "test:watch"),
            ("test", "build"),
        ],
    )
    def test_one_that_does_other_work_is_not_even_named(self, command: str, line: str) -> None:
        assert matched(command, line).candidates == ()

    @pytest.mark.parametrize(
        ("line", "doubt"),
        [
            ("migrate:postgres:prod", "elsewhere"),
            ("deploy:migrate:pg", "elsewhere"),
            ("migrate:pg | Migrate the production database", "elsewhere"),
            ("migrate:pg | Drop the database, then migrate it", "remove data"),
        ],
    )
    def test_one_that_may_do_harm_is_never_taken_by_its_words(self, line: str, doubt: str) -> None:
        found = matched("gateway-migrate-prod", line)
        assert found.task is None
        assert doubt in found.candidates[0].reason


class TestSeveral:
    def test_the_clearer_one_is_taken(self) -> None:
        assert taken("gateway-migrate", "db:migrate", "migrate:sqlite") == "migrate:sqlite"
        assert taken("test-store", "store:test", "store:test:postgres") == "store:test"
        assert taken("test-rust-postgres", "test:pg", "test:pg:slow") == "test:pg"

    def test_two_that_are_as_clear_stay_a_question(self) -> None:
        found = matched("postgres-start", "pg:up", "pg:start")
        assert found.task is None
        assert {each.task.name for each in found.candidates} == {"pg:up", "pg:start"}

    def test_one_without_a_backend_is_the_one_that_the_other_leaves(self) -> None:
        assert taken("gateway-migrate", "db:migrate", "db:migrate:pg") == "db:migrate"
        assert taken("gateway-migrate-prod", "migrate", "migrate:sqlite") == "migrate"
        assert taken("gateway-migrate", "db:migrate", "migrate:pg:down") is None

    def test_the_folder_of_the_migrations_comes_first(self) -> None:
        lines = ("//crates/store:test:postgres", "//apps/admin:test:postgres")
        assert taken("test-rust-postgres", *lines) == lines[0]
        assert taken("test-rust-postgres", *reversed(lines)) == lines[0]

    def test_the_pages_name_in_several_folders(self) -> None:
        root, store, web = "//:lint", "//crates/store:lint", "//apps/web:lint"
        assert taken("lint", web, store, root) == root
        assert taken("lint", web, store) == store
        other = "//apps/admin:lint"
        assert taken("lint", web, other) is None


def test_an_alias_is_as_good_as_a_name() -> None:
    match = match_task("postgres-start", [task("db", "postgres-start"), task("pg:up")])
    assert match.task == task("db", "postgres-start")


def test_hostile_names_and_descriptions_are_only_words() -> None:
    lines = ("(((", "x" * 5000, "[red]migrate | `rm -rf /` $(sqlite) \x1b[2J", "🦀:test", "", "//:")
    for command in task_names.ALL:
        match_task(command, [task(line) for line in lines], ("", "a//b", "../x"))
