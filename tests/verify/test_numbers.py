"""Item 1: a version is the next shared number, and nobody else holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.verify.numbers import check_number, next_version
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.registry import RegistryError
from tests.verify.conftest import codes
from tests.workspace.layouts import entry_text, small_workspace, write, write_pair


class TestNext:
    def test_it_follows_the_highest_in_both_folders(self, workspace: Workspace) -> None:
        assert next_version(workspace) == 18
        write(workspace.root, "migrations/V20__left.sql", "")
        assert next_version(workspace) == 21
        write(workspace.root, "migrations/postgres/V31__right.sql", "")
        assert next_version(workspace) == 32

    def test_it_follows_the_registry_too(self, workspace: Workspace) -> None:
        write_pair(workspace.root, 40, "gone")
        text = entry_text(workspace.root, 40, "gone")
        for path in (workspace.root / "migrations").rglob("V40*"):
            path.unlink()
        write(workspace.root, "migrations/registry.toml", text)
        assert next_version(workspace) == 41

    def test_it_is_never_below_the_baseline(self, tmp_path: Path) -> None:
        assert next_version(small_workspace(tmp_path)) == 18
        low = small_workspace(tmp_path / "low", (3, "older"))
        assert next_version(low) == 18

    def test_without_a_registry_file_it_cannot_be_told(self, workspace: Workspace) -> None:
        (workspace.root / "migrations/registry.toml").unlink()
        with pytest.raises(RegistryError, match="does not exist"):
            next_version(workspace)


class TestCheck:
    def test_the_next_number_passes(self, workspace: Workspace) -> None:
        write_pair(workspace.root, 18, "route_tags")
        report = check_number(Subject(workspace, 18, "route_tags"))
        assert (report.findings, report.summary) == (
            (),
            "V18 is the next shared number, after V17",
        )

    def test_several_in_a_row_pass(self, workspace: Workspace) -> None:
        for version, name in ((18, "one_step"), (19, "two_steps"), (20, "three_steps")):
            write_pair(workspace.root, version, name)
        assert check_number(Subject(workspace, 20, "three_steps")).findings == ()
        assert check_number(Subject(workspace, 18, "one_step")).findings == ()

    @pytest.mark.parametrize("version", [17, 16, 1, 0])
    def test_the_baseline_and_what_lies_below_is_history(
        self, workspace: Workspace, version: int
    ) -> None:
        report = check_number(Subject(workspace, version, "baseline"))
        assert "history/below-baseline" in codes(report)
        assert "Use V18" in report.findings[0].fix

    def test_another_file_holds_the_number(self, workspace: Workspace) -> None:
        write_pair(workspace.root, 18, "route_tags")
        theirs = write(workspace.root, "migrations/postgres/V18__their_tags.sql", "")
        (finding,) = check_number(Subject(workspace, 18, "route_tags")).findings
        assert finding.code == "history/number-taken"
        assert str(finding.path).endswith(theirs.name)

    def test_the_registry_gives_the_number_to_another(self, workspace: Workspace) -> None:
        write_pair(workspace.root, 18, "their_tags")
        text = entry_text(workspace.root, 18, "their_tags")
        for path in (workspace.root / "migrations").rglob("V18*"):
            path.unlink()
        write(workspace.root, "migrations/registry.toml", text)
        (finding,) = check_number(Subject(workspace, 18, "route_tags")).findings
        assert finding.code == "history/number-taken"
        assert "'their_tags'" in finding.message
        assert finding.path == "migrations/registry.toml"

    def test_a_gap_is_named_by_the_first_free_number(self, workspace: Workspace) -> None:
        write_pair(workspace.root, 21, "route_tags")
        (finding,) = check_number(Subject(workspace, 21, "route_tags")).findings
        assert finding.code == "history/gap"
        assert finding.fix == "Use V18: `mig-assist renumber --to 18`."

    def test_the_first_after_the_baseline_needs_no_baseline_file(self, tmp_path: Path) -> None:
        workspace = small_workspace(tmp_path, (18, "route_tags"))
        assert check_number(Subject(workspace, 18, "route_tags")).findings == ()

    @pytest.mark.parametrize("content", [None, b"[[", b"\xff"])
    def test_an_unreadable_registry_is_a_finding(
        self, workspace: Workspace, content: bytes | None
    ) -> None:
        registry = workspace.root / "migrations/registry.toml"
        registry.unlink()
        if content is not None:
            registry.write_bytes(content)
        (finding,) = check_number(Subject(workspace, 18, "route_tags")).findings
        assert (finding.code, finding.path) == (
            "registry/unreadable",
            "migrations/registry.toml",
        )

    def test_a_workspace_without_a_registry_has_its_folders(self, tmp_path: Path) -> None:
        write_pair(tmp_path, 17, "baseline")
        write_pair(tmp_path, 18, "route_tags")
        workspace = open_workspace(tmp_path)
        assert next_version(workspace) == 19
        assert check_number(Subject(workspace, 18, "route_tags")).findings == ()
