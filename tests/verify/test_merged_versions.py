"""Versions that are merged, as old repositories have them: what nobody can mend is no error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.kept import Shelf
from mig_assist.engines.scripts import migration_scripts
from mig_assist.findings import Finding, Severity
from mig_assist.verify.suite import all_pairs, check_pairs
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.git import base_of
from tests.repositories.builder import Repository, build_repository


class _EnginesAsked(Exception):
    pass


def static_findings(workspace: Workspace, version: int) -> dict[str, Finding]:
    """What is found in one version before the engines are asked."""

    def ask() -> Shelf:
        raise _EnginesAsked

    found: dict[str, Finding] = {}
    pair = next(pair for pair in all_pairs(workspace) if pair.version == version)
    with suppress(_EnginesAsked):
        for finding in check_pairs(workspace, (pair,), ask, base_of(workspace)):
            if finding.item not in list(Backend):
                found[finding.code] = finding
    return found


def one_sided(tmp_path: Path) -> Repository:
    """V18 holds comments alone on one side, and has another name on the other."""
    repository = build_repository(tmp_path, "siblings")
    repository.write("sqlite/V18__api_key_scopes.sql", "-- SQLite needs nothing.\n")
    (tmp_path / "postgres/V18__api_key_scopes.sql").rename(tmp_path / "postgres/V18__scopes.sql")
    return repository


def test_what_cannot_be_mended_any_more_is_a_note(tmp_path: Path) -> None:
    repository = one_sided(tmp_path)
    repository.commit("Rename")
    repository.checkout("feat/x", create=True)
    found = static_findings(open_workspace(tmp_path), 18)
    assert {code: finding.severity for code, finding in found.items()} == {
        "pair/empty": Severity.NOTE,
        "pair/names-differ": Severity.NOTE,
    }
    assert "merged" in found["pair/empty"].fix


def test_on_a_branch_the_same_is_an_error(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "siblings")
    repository.checkout("feat/x", create=True)
    repository.add(20, "route_tags")
    repository.write("sqlite/V20__route_tags.sql", "-- SQLite needs nothing.\n")
    found = static_findings(open_workspace(tmp_path), 20)
    assert {code: finding.severity for code, finding in found.items()} == {
        "pair/empty": Severity.ERROR
    }


def test_another_name_on_one_side_is_told_once(tmp_path: Path) -> None:
    repository = one_sided(tmp_path)
    repository.write("sqlite/V18__api_key_scopes.sql", "SELECT 1;\n")
    assert "history/number-taken" not in static_findings(open_workspace(tmp_path), 18)


def test_somebody_elses_claim_on_a_merged_number_is_theirs_to_mend(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "siblings")
    repository.checkout("feat/other", create=True)
    repository.git("rm", "--quiet", "-r", "sqlite", "postgres")
    repository.add(18, "theirs")
    repository.commit("Theirs")
    repository.checkout("main")
    repository.checkout("feat/x", create=True)
    assert static_findings(open_workspace(tmp_path), 18) == {}


def test_a_file_is_read_under_the_name_that_it_has(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "diesel")
    odd = tmp_path / "migrations/sqlite/2024-01-02_000001_api_key_scopes"
    (tmp_path / "migrations/sqlite/2024-01-02-000001_api_key_scopes").rename(odd)
    repository.commit("Rename")
    repository.checkout("feat/x", create=True)
    assert static_findings(open_workspace(tmp_path), 20240102000001) == {}


def test_below_the_baseline_each_side_may_count_for_itself(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "siblings", versions=range(17, 20))
    repository.add(3, "first_tables", sides=[Backend.LIBSQL])
    workspace = open_workspace(tmp_path)
    assert workspace.config.baseline == 17
    versions = {
        side: [script.version for script in migration_scripts(workspace, side)] for side in Backend
    }
    assert versions == {Backend.LIBSQL: [3, 17, 18, 19], Backend.POSTGRES: [17, 18, 19]}


def half(tmp_path: Path, version: int, *, merged: bool) -> Workspace:
    """A version that only libsql has, on ``main`` or on a branch of its own."""
    repository = build_repository(tmp_path, "siblings")
    if not merged:
        repository.checkout("feat/half", create=True)
    repository.add(version, "usage_ledger", sides=[Backend.LIBSQL])
    if version < 19:
        (tmp_path / f"postgres/V{version}__api_key_scopes.sql").unlink()
        (tmp_path / f"sqlite/V{version}__api_key_scopes.sql").unlink()
    repository.commit("Half")
    if merged:
        repository.checkout("feat/x", create=True)
    return open_workspace(tmp_path)


@pytest.mark.parametrize("version", [18, 20])
def test_a_merged_half_pair_is_a_warning_and_the_engines_run_the_rest(
    tmp_path: Path, postgres_url: str, version: int
) -> None:
    workspace = half(tmp_path, version, merged=True)
    shelf = Shelf(workspace.root, postgres_url)
    found = check_pairs(workspace, all_pairs(workspace), lambda: shelf, base_of(workspace))
    told = [(f.code, f.version, f.severity) for f in found if f.severity is not Severity.NOTE]
    assert ("pair/missing-file", version, Severity.WARNING) in told
    assert {code.partition("/")[0] for code, _, _ in told} <= {"pair", "tests", "parity"}
    versions = {side: [s.version for s in migration_scripts(workspace, side)] for side in Backend}
    assert version in versions[Backend.LIBSQL]
    assert version not in versions[Backend.POSTGRES]


def test_half_a_pair_in_work_stays_an_error(tmp_path: Path, postgres_url: str) -> None:
    workspace = half(tmp_path, 20, merged=False)
    shelf = Shelf(workspace.root, postgres_url)
    found = check_pairs(workspace, all_pairs(workspace), lambda: shelf, base_of(workspace))
    errors = {finding.code for finding in found if finding.severity is Severity.ERROR}
    assert {"pair/missing-file", "registry/unusable"} <= errors


def test_a_number_that_merged_files_share_is_nobodys_to_change(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "siblings")
    for side in ("sqlite", "postgres"):
        for name in ("team_tags", "user_tags"):
            repository.write(f"{side}/V19__{name}.sql", f"CREATE TABLE {name} (id TEXT);\n")
    (tmp_path / "sqlite/V18__api_key_scopes.sql").rename(tmp_path / "sqlite/V20__team_links.sql")
    repository.write("postgres/V20__team_links.sql", "SELECT 1;\n")
    repository.write("postgres/V20__team_joins.sql", "SELECT 1;\n")
    repository.commit("Share numbers")
    repository.checkout("feat/x", create=True)
    workspace = open_workspace(tmp_path)
    assert static_findings(workspace, 19) == {}
    found = static_findings(workspace, 20)["pair/duplicate-version"]
    assert found.severity is Severity.WARNING
    assert "renumber" not in found.fix
    repository.add(19, "in_work")
    repository.commit("Take a number that is taken")
    pair = next(p for p in all_pairs(open_workspace(tmp_path)) if p.files[0].name == "in_work")
    assert pair.version == 19


def test_merged_halves_with_two_numbers_are_paired_and_not_renamed(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, "siblings")
    moved = tmp_path / "postgres/V19__route_profiles.sql"
    moved.rename(tmp_path / "postgres/V20__route_profiles.sql")
    for side in ("sqlite", "postgres"):
        for version in (21, 22):
            repository.write(f"{side}/V{version}__later_{version}.sql", "SELECT 1;\n")
    repository.commit("One ahead")
    repository.checkout("feat/x", create=True)
    for version in (19, 20):
        found = static_findings(open_workspace(tmp_path), version)["pair/missing-file"]
        assert found.severity is Severity.WARNING
        assert 'pairs = ["V19__route_profiles = V20__route_profiles"]' in found.fix
