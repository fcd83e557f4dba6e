"""Exit codes, streams and JSON, as design.md fixes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import MigAssist

ITEM_KEYS = "version pair name registry tests libsql postgres data-docs user-docs adr".split()


class TestWrongUse:
    @pytest.mark.parametrize("command", ["status", "new", "run", "check", "handoff"])
    def test_outside_a_workspace_every_command_says_what_to_do(
        self, mig_assist: MigAssist, command: str
    ) -> None:
        result = mig_assist(command)
        assert (result.status, result.stdout) == (2, "")
        assert "Not a workspace" in result.stderr
        assert "--repo" in result.stderr

    @pytest.mark.parametrize("arguments", [["nonsense"], ["status", "--nonsense"], ["skip"]])
    def test_an_unknown_word_is_wrong_use(
        self, mig_assist: MigAssist, root: Path, arguments: list[str]
    ) -> None:
        result = mig_assist(*arguments, cwd=root)
        assert (result.status, result.stdout) == (2, "")

    def test_the_wizard_needs_a_terminal_and_says_what_needs_none(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        result = mig_assist(cwd=root)
        assert result.status == 2
        assert "mig-assist status" in result.stderr

    def test_a_broken_configuration_is_named(self, mig_assist: MigAssist, root: Path) -> None:
        (root / "mig-assist.toml").write_text("baseline = [\n")
        result = mig_assist("status", cwd=root)
        assert result.status == 2
        assert "mig-assist.toml is not valid TOML" in result.stderr

    def test_an_item_that_is_none_is_wrong_use(self, mig_assist: MigAssist, root: Path) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        result = mig_assist("run", "[/red]", cwd=root)
        assert result.status == 2
        assert "No item '[/red]'" in result.stderr

    def test_debug_shows_the_traceback(self, mig_assist: MigAssist) -> None:
        result = mig_assist("--debug", "status")
        assert "NotAWorkspace" in result.stderr


class TestStatus:
    def test_without_a_migration_it_is_null(self, mig_assist: MigAssist, root: Path) -> None:
        result = mig_assist("status", "--json", cwd=root)
        assert result.status == 0
        assert (result.json["schema"], result.json["migration"]) == (1, None)
        assert not (root / ".mig-assist").exists()

    def test_json_names_every_item_with_its_state(self, mig_assist: MigAssist, root: Path) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        mig_assist("run", "version", cwd=root)
        status = mig_assist("status", "--format", "json", cwd=root).json
        assert status["migration"] == {"version": 18, "name": "route_profiles"}
        assert [item["key"] for item in status["items"]] == ITEM_KEYS
        assert [item["number"] for item in status["items"]] == list(range(1, 11))
        assert {item["state"] for item in status["items"]} == {"done", "todo"}
        (evidence,) = status["items"][0]["evidence"]
        assert evidence["inputs"].keys() == {"the list of versions up to V18"}
        assert [task["key"] for task in status["handoff"]] == ["lint", "test"]

    def test_a_failed_item_is_exit_status_1(self, mig_assist: MigAssist, root: Path) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        assert mig_assist("run", "pair", cwd=root).status == 1
        result = mig_assist("status", cwd=root)
        assert result.status == 1
        assert "Next: mig-assist run version" in result.stdout

    def test_it_is_found_from_below_and_with_repo(self, mig_assist: MigAssist, root: Path) -> None:
        assert mig_assist("status", cwd=root / "docs" / "adr").status == 0
        assert mig_assist("--repo", str(root), "status").status == 0

    def test_colour_is_off_where_nobody_looks(self, mig_assist: MigAssist, root: Path) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        assert "\x1b" not in mig_assist("status", cwd=root, NO_COLOR="").stdout

    def test_a_reader_that_goes_away_sees_no_complaint(self, root: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "mig_assist", "status", "--json"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()
        process.wait()


class TestNew:
    def test_the_pair_its_entry_and_its_tests_appear_together(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        result = mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        assert (result.status, result.stdout) == (0, "")
        for path in (
            "migrations/V18__route_profiles.sql",
            "migrations/postgres/V18__route_profiles.sql",
            "tests/store/test_v18_route_profiles.py",
        ):
            assert (root / path).is_file()
            assert f"wrote {path}" in result.stderr
        assert "version = 18" in (root / "migrations/registry.toml").read_text()

    def test_the_missing_flag_is_named_where_nobody_can_be_asked(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        result = mig_assist("new", cwd=root)
        assert result.status == 2
        assert "--name is missing" in result.stderr
        result = mig_assist("new", "--name", "route_profiles", cwd=root)
        assert "--yes is missing" in result.stderr
        assert not (root / "migrations/V18__route_profiles.sql").exists()

    @pytest.mark.parametrize(
        "name", ["../../x", "[/red]", "update", "misc_changes", "Route", "a" * 300, "$(x)", "", "é"]
    )
    def test_a_name_that_is_none_is_refused_and_nothing_written(
        self, mig_assist: MigAssist, root: Path, name: str
    ) -> None:
        before = sorted(root.rglob("*.sql"))
        result = mig_assist("new", "--name", name, "--yes", cwd=root)
        assert result.status == 2
        assert "no name for a migration" in result.stderr
        assert sorted(root.rglob("*.sql")) == before

    def test_half_a_pair_gets_its_other_half_and_keeps_the_first(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        written = root / "migrations/V18__route_profiles.sql"
        written.write_text("CREATE TABLE route_profiles (id TEXT);\n")
        result = mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        assert result.status == 0
        assert written.read_text() == "CREATE TABLE route_profiles (id TEXT);\n"
        assert (root / "migrations/postgres/V18__route_profiles.sql").is_file()

    def test_a_pair_that_somebody_wrote_by_hand_is_taken_up(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        for folder in ("migrations", "migrations/postgres"):
            (root / folder / "V18__route_profiles.sql").write_text("CREATE TABLE p (id TEXT);\n")
        assert mig_assist("new", "--yes", cwd=root).status == 0
        status = mig_assist("status", "--json", cwd=root).json
        assert status["migration"] == {"version": 18, "name": "route_profiles"}

    def test_an_unknown_template_lists_the_known_ones(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        result = mig_assist(
            "new", "--name", "route_profiles", "--template", "../x", "--yes", cwd=root
        )
        assert result.status == 2
        assert (
            "add-column, add-constraint, add-index, backfill, blank, create-table" in result.stderr
        )


class TestDecisions:
    def test_a_skip_is_shown_with_its_reason(self, mig_assist: MigAssist, root: Path) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        reason = "no decision was [red]made[/red]"
        assert mig_assist("skip", "10", "--reason", reason, cwd=root).status == 0
        assert f"skipped  skipped: {reason}" in mig_assist("status", cwd=root).stdout

    def test_the_reason_is_asked_for_or_its_flag_named(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        result = mig_assist("attest", "adr", cwd=root)
        assert result.status == 2
        assert "--reason is missing" in result.stderr


class TestCheck:
    def test_the_embedded_workspace_has_nothing_to_complain_of(
        self, mig_assist: MigAssist, root: Path, postgres_url: str
    ) -> None:
        result = mig_assist("check", "--all", "--json", cwd=root, POSTGRES_URL=postgres_url)
        notes = result.json["summary"]["note"]
        assert (result.status, result.json["versions"]) == (0, [17])
        assert result.json["summary"] == {"error": 0, "warning": 0, "note": notes, "waived": 0}

    def test_json_is_the_contract(
        self, mig_assist: MigAssist, root: Path, postgres_url: str
    ) -> None:
        mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
        result = mig_assist("check", "--json", cwd=root, POSTGRES_URL=postgres_url)
        assert result.status == 1
        assert result.json.keys() == {"schema", "workspace", "versions", "findings", "summary"}
        assert (result.json["schema"], result.json["versions"]) == (1, [18])
        assert result.json["summary"] == {"error": 4, "warning": 0, "note": 0, "waived": 0}
        finding = result.json["findings"][0]
        assert finding.keys() == {
            "code", "severity", "item", "version", "backend", "object", "path", "line", "message",
            "fix", "waived",
        }  # fmt: skip
        assert (finding["code"], finding["item"], finding["line"]) == (
            "pair/placeholder",
            "pair",
            1,
        )

    def test_an_edit_of_a_merged_migration_is_an_error(
        self, mig_assist: MigAssist, root: Path, postgres_url: str
    ) -> None:
        with (root / "migrations/V17__baseline.sql").open("a") as file:
            file.write("CREATE TABLE sneaked_in (id TEXT);\n")
        result = mig_assist("check", "--json", cwd=root, POSTGRES_URL=postgres_url)
        assert {f["code"] for f in result.json["findings"]} >= {
            "registry/checksum-differs",
            "history/edited-after-merge",
        }

    def test_a_postgres_that_does_not_answer_is_the_environments_fault(
        self, mig_assist: MigAssist, root: Path
    ) -> None:
        url = "postgresql://ada:secret@127.0.0.1:1/x"
        result = mig_assist("check", "--all", cwd=root, POSTGRES_URL=url)
        assert (result.status, result.stdout) == (3, "")
        assert "secret" not in result.stderr


class TestDoctor:
    def test_json_lists_what_was_looked_at(self, mig_assist: MigAssist, root: Path) -> None:
        checks = {c["name"]: c for c in mig_assist("doctor", "--json", cwd=root).json["checks"]}
        assert checks["workspace"]["present"]
        assert checks["PostgreSQL"]["detail"].startswith("postgres (PostgreSQL) 18")

    def test_what_is_missing_comes_with_the_command_that_mends_it(
        self, mig_assist: MigAssist, root: Path, tmp_path: Path
    ) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        result = mig_assist("doctor", "--json", cwd=root, PATH=str(empty))
        checks = {check["name"]: check for check in result.json["checks"]}
        assert result.status == 0
        for tool in ("mise", "git"):
            assert not checks[tool]["present"]
            assert "install" in checks[tool]["fix"]

    def test_it_works_where_there_is_no_workspace(self, mig_assist: MigAssist) -> None:
        result = mig_assist("doctor")
        assert result.status == 0
        assert "Not a workspace" in result.stdout


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_ends_its_task_and_says_130(root: Path, number: str) -> None:
    import signal

    config = root / "mig-assist.toml"
    command = 'gateway-migrate = ["sh", "-c", "echo begun; sleep 300"]'
    text = config.read_text()
    start = text.index("gateway-migrate = ")
    config.write_text(text[:start] + command + text[text.index("\n", start) :])
    environment = {**os.environ, "NO_COLOR": "1"}
    subprocess.run(
        [sys.executable, "-m", "mig_assist", "new", "--name", "route_profiles", "--yes"],
        cwd=root,
        env=environment,
        check=True,
        capture_output=True,
    )
    for path in root.rglob("V18__*.sql"):
        path.write_text("CREATE TABLE route_profiles (id TEXT);\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "mig_assist", "run", "registry", "libsql"],
        cwd=root,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        if line.endswith("│ begun\n"):
            process.send_signal(getattr(signal, number))
    process.stderr.close()
    assert process.wait() == 130, "".join(seen)
