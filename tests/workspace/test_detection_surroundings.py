"""Tests and documents are recognised by where they lie and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.workspace import open_workspace
from mig_assist.workspace.detection.listing import list_files
from mig_assist.workspace.detection.surroundings import Surroundings, find_surroundings
from tests.repositories.builder import Repository, build_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A crate with a store, in a repository without anything else."""
    return build_repository(tmp_path, "siblings-crate", git=False)


def found(repository: Repository) -> Surroundings:
    workspace = open_workspace(repository.root)
    return find_surroundings(workspace, list_files(workspace.root).paths)


def test_where_there_is_nothing_nothing_is_found(repository: Repository) -> None:
    assert found(repository) == Surroundings()


def test_the_tests_nearest_to_the_migrations(repository: Repository) -> None:
    repository.write("tests/end_to_end.rs", "")
    repository.write("crates/web/tests/pages.rs", "")
    assert found(repository).tests == ("tests",)
    repository.write("crates/store/tests/rules.rs", "")
    assert found(repository).tests == ("crates/store/tests",)


def test_those_of_the_store_where_they_have_a_folder(repository: Repository) -> None:
    repository.write("tests/store/test_rules.py", "")
    repository.write("tests/web/test_pages.py", "")
    assert found(repository).tests == ("tests/store",)


@pytest.mark.parametrize(
    "paths",
    [
        ("tests/playwright.config.ts", "tests/specs/login.spec.ts", "tests/setup/prepare.py"),
        ("test/e2e/login.js", "test/conformance/run_test.go"),
        ("spec/api.go", "spec/schemas_test.go"),
    ],
)
def test_tests_of_the_whole_product_are_none_of_the_store(
    repository: Repository, paths: tuple[str, ...]
) -> None:
    for path in paths:
        repository.write(path, "")
    assert found(repository).tests == ()


def test_unit_tests_of_the_crate_are_tests_of_the_store(tmp_path: Path) -> None:
    repository = build_repository(
        tmp_path, "siblings", registry="rust", git=False, prefix="crates/store/"
    )
    repository.write("crates/store/Cargo.toml", "")
    repository.write("crates/store/src/lib.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n}\n")
    repository.write("crates/store/src/db_tests.rs", "#[tokio::test]\nasync fn x() {}\n")
    repository.write("crates/store/src/main.rs", "// #[test]\n")
    repository.write("tests/browser.ts", "")
    inline = ("crates/store/src/db_tests.rs", "crates/store/src/lib.rs")
    assert found(repository).tests == inline
    repository.write("crates/store/tests/rules.rs", "")
    assert found(repository).tests == ("crates/store/tests", *inline)


def test_a_folder_without_code_holds_no_tests(repository: Repository) -> None:
    repository.write("crates/store/tests/README.md", "")
    repository.write("crates/store/tests/data.sql", "")
    assert found(repository).tests == ()


@pytest.mark.parametrize(
    "path", ["docs/data-relationships.md", "doc/DATA_MODEL.md", "docs/schema.md", "docs/db/erd.md"]
)
def test_a_data_model_speaks_of_the_tables(repository: Repository, path: str) -> None:
    repository.write(path, "Every row of `baseline_17` has an owner in `api_key_scopes_18`.\n")
    assert found(repository).data == (path,)


def test_a_document_that_is_only_called_so_is_none(repository: Repository) -> None:
    repository.write("docs/schema.md", "Our JSON schema has a property named id.\n")
    repository.write("docs/cli/json-schema.md", "baseline_17 api_key_scopes_18\n")
    assert found(repository).data == ()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("docs/admin-runbooks.md", "docs/admin-runbooks.md"),
        ("RUNBOOK.md", "RUNBOOK.md"),
        ("docs/runbooks/reset.md", "docs/runbooks"),
        ("book/src/admin-guide.md", "book/src/admin-guide.md"),
    ],
)
def test_what_administrators_read(repository: Repository, path: str, told: str) -> None:
    repository.write(path, "")
    repository.write("src/admin/notes.md", "")
    assert found(repository).user == (told,)


@pytest.mark.parametrize(
    "folder",
    ["docs/adr", "doc/adrs", "docs/decisions", "architecture/decisions", "a/decision-log"],
)
def test_the_decision_records(repository: Repository, folder: str) -> None:
    repository.write(f"{folder}/0001-one-store.md", "")
    assert found(repository).adr == (folder,)


def test_unreadable_documents_are_passed_over(repository: Repository) -> None:
    repository.write("docs/schema.md", b"\xff\xfe\x00")
    (repository.root / "docs/data-model.md").symlink_to("/dev/zero")
    (repository.root / "docs/erd.md").symlink_to("erd.md")
    assert found(repository).data == ()
