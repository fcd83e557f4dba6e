"""`mig-assist init`: what is found is shown, and only the rest is written."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import MigAssist
from tests.repositories.builder import LAYOUTS, build_repository
from tests.terminal.driver import OpenTerminal

CONFIG = "mig-assist.toml"


def written(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / CONFIG).read_text())


def two_services(root: Path) -> None:
    for service in ("billing", "search"):
        build_repository(root, "siblings", git=False, prefix=f"{service}/")


class TestWhatIsFound:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_nothing_is_written_that_would_be_found_anyway(
        self, mig_assist: MigAssist, tmp_path: Path, layout: str
    ) -> None:
        build_repository(tmp_path, layout, git=False)
        result = mig_assist("init", cwd=tmp_path)
        assert (result.status, result.stdout) == (0, "")
        assert "3 of 3 versions since" in result.stderr
        assert "Nothing to write" in result.stderr
        assert '  [absent]\n  gateway-migrate = "reason"\n' in result.stderr
        assert not (tmp_path / CONFIG).exists()

    def test_the_rest_is_written_with_an_explanation(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        repository = build_repository(tmp_path, registry="rust", prefix="crates/store/")
        repository.write("crates/store/tests/rules.rs", "")
        repository.write("docs/data-relationships.md", "baseline_17, api_key_scopes_18\n")
        repository.write("docs/admin-runbooks.md", "")
        repository.write("docs/adr/0001-one-store.md", "")
        result = mig_assist("init", "--yes", cwd=tmp_path / "docs")
        assert result.status == 0
        assert written(tmp_path) == {
            "registry": {"kind": "rust", "path": "crates/store/src/migrations.rs"},
            "tests": {"paths": ["crates/store/tests"]},
            "docs": {
                "data": ["docs/data-relationships.md"],
                "user": ["docs/admin-runbooks.md"],
                "adr": ["docs/adr"],
            },
        }
        lines = (tmp_path / CONFIG).read_text().splitlines()
        for above, line in pairwise(lines):
            assert " = " not in line or above.startswith("# ")

    @pytest.mark.parametrize("parent", ["", "db/migrations"])
    def test_two_empty_folders_begin_with_the_first_version(
        self, mig_assist: MigAssist, tmp_path: Path, parent: str
    ) -> None:
        sides = [(Path(parent) / name).as_posix() for name in ("sqlite", "postgres")]
        for side in sides:
            (tmp_path / side).mkdir(parents=True)
            (tmp_path / side / ".gitkeep").touch()
        assert mig_assist("init", "--yes", cwd=tmp_path).status == 0
        said = written(tmp_path)
        assert said["baseline"] == 0
        assert [said["migrations"][side] for side in ("libsql", "postgres")] == sides
        began = mig_assist("new", "--name", "create_teams", "--yes", cwd=tmp_path)
        assert "V1 create_teams is in work" in began.stderr, began
        assert all((tmp_path / side / "V1__create_teams.sql").is_file() for side in sides)
        checked = mig_assist("run", "1", cwd=tmp_path)
        assert checked.status == 0, checked

    def test_what_was_not_taken_is_told_with_the_reason(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        repository = build_repository(tmp_path, "siblings-deep", git=False)
        repository.write("db/migrations/mysql/V17__baseline.sql", "")
        repository.write("db/migrations/sqlite/V20__half.sql", "")
        result = mig_assist("init", cwd=tmp_path)
        assert "db/migrations/mysql/V{version}__{name}.sql: it belongs to another" in result.stderr
        assert "V20 (only libsql)" in result.stderr

    @pytest.mark.parametrize(
        "branch",
        [b"$(touch${IFS}x)", b"a;rm${IFS}-rf", b"caf\xe9", b"--upload-pack=x", b"\xe2\x80\xaex"],
    )
    def test_a_branch_may_be_called_anything(
        self, mig_assist: MigAssist, tmp_path: Path, branch: bytes
    ) -> None:
        build_repository(tmp_path)
        heads = tmp_path / ".git/refs/heads"
        shutil.copy(heads / "main", heads / os.fsdecode(branch))
        (tmp_path / ".git/HEAD").write_bytes(b"ref: refs/heads/" + branch + b"\n")
        for command in (["init"], ["doctor", "--json"], ["status"]):
            assert mig_assist(*command, cwd=tmp_path).status == 0
        assert {path.name for path in tmp_path.iterdir()} <= {
            ".git", ".mig-assist", "README.md", "migrations",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("branch", "base"), [("main", None), ("develop", "develop"), ("trunk", "trunk")]
    )
    def test_an_unusual_base_branch_is_named(
        self, mig_assist: MigAssist, tmp_path: Path, branch: str, base: str | None
    ) -> None:
        repository = build_repository(tmp_path)
        repository.git("branch", "--quiet", "--move", "main", branch)
        repository.checkout("feat/x", create=True)
        assert mig_assist("init", "--yes", cwd=tmp_path).status == 0
        assert (written(tmp_path)["git"]["base"] if base else None) == base


class TestFlags:
    def test_there_is_one_for_everything(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", registry="toml")
        for path in ("t/test_x.py", "d/model.md", "d/admin.md", "d/records/1.md"):
            repository.write(path, "")
        repository.git("branch", "release")
        flags = (
            "--libsql=a/lite --postgres=a/pg --pattern={version:04}_{name}.up.sql --baseline=18"
            " --registry=migrations/registry.toml --base=release --tests=t --docs-data=d/model.md"
            " --docs-user=d/admin.md --docs-adr=d/records/ --yes"
        )
        result = mig_assist("init", *flags.split(), cwd=tmp_path)
        assert result.status == 0, result.stderr
        assert written(tmp_path) == {
            "baseline": 18,
            "migrations": {
                "libsql": "a/lite",
                "postgres": "a/pg",
                "libsql_pattern": "{version:04}_{name}.up.sql",
                "postgres_pattern": "{version:04}_{name}.up.sql",
            },
            "registry": {"kind": "toml", "path": "migrations/registry.toml"},
            "tests": {"paths": ["t"]},
            "docs": {"data": ["d/model.md"], "user": ["d/admin.md"], "adr": ["d/records"]},
            "git": {"base": "release"},
        }

    def test_without_a_terminal_a_yes_is_needed(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        build_repository(tmp_path, git=False)
        result = mig_assist("init", "--baseline", "18", cwd=tmp_path)
        assert result.status == 2
        assert "--yes is missing" in result.stderr
        assert "baseline = 18" in result.stderr
        assert not (tmp_path / CONFIG).exists()

    def test_where_several_could_be_meant_the_flags_are_named(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        two_services(tmp_path)
        result = mig_assist("init", "--yes", cwd=tmp_path)
        assert result.status == 2
        assert "--libsql billing/sqlite --postgres billing/postgres" in result.stderr
        assert mig_assist("init", "--libsql", "search/sqlite", "--yes", cwd=tmp_path).status == 0
        assert written(tmp_path) == {
            "migrations": {"libsql": "search/sqlite", "postgres": "search/postgres"}
        }
        assert mig_assist("status", cwd=tmp_path).status == 0

    def test_where_there_is_nothing_the_folders_are_asked_for(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        result = mig_assist("init", "--yes", cwd=tmp_path)
        assert result.status == 2
        assert "--libsql is missing" in result.stderr
        result = mig_assist("init", "--libsql", "a", "--yes", cwd=tmp_path)
        assert "--postgres is missing" in result.stderr
        assert mig_assist("init", "--libsql=a", "--postgres=b", "--yes", cwd=tmp_path).status == 0
        assert mig_assist("new", "--name", "route_profiles", "--yes", cwd=tmp_path).status == 0
        assert (tmp_path / "a/V1__route_profiles.sql").is_file()

    def test_one_folder_needs_a_pattern_for_each_side(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        build_repository(tmp_path, "file-suffix", git=False)
        arguments = ["--libsql-pattern", "{version}-{name}.lite.sql"]
        assert mig_assist("init", *arguments, "--yes", cwd=tmp_path).status == 0
        assert written(tmp_path)["migrations"] == {
            "libsql": "migrations",
            "postgres": "migrations",
            "libsql_pattern": "{version}-{name}.lite.sql",
            "postgres_pattern": "{version:04}_{name}.postgres.sql",
        }

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--pattern", "x.sql"], "migrations.libsql_pattern must be a pattern"),
            (["--libsql", "/etc"], "outside the workspace"),
            (["--libsql", "../x", "--postgres", "y"], "outside the workspace"),
            (["--libsql", "same", "--postgres", "same"], "migrations.postgres must be"),
            (["--baseline", "-3"], "baseline must be"),
            (["--registry", "README.md"], "README.md is no registry"),
            (["--registry", "no.toml"], "no.toml does not exist"),
            (["--base", "nowhere"], "nowhere"),
            (["--base", "--help"], "--help"),
            (["--tests", "absent"], "absent does not exist"),
            (["--docs-data", "../../x"], "outside the workspace"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_and_nothing_written(
        self, mig_assist: MigAssist, tmp_path: Path, arguments: list[str], told: str
    ) -> None:
        build_repository(tmp_path)
        result = mig_assist("init", *arguments, "--yes", cwd=tmp_path)
        assert result.status != 0
        assert told in " ".join(result.stderr.split())
        assert not (tmp_path / CONFIG).exists()


class TestEditing:
    TEXT = "# Ours, by hand.\nbaseline = 18  # since spring\n\n[git]\nbase = 'main'\n"

    def test_what_is_there_stays(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path)
        repository.write(CONFIG, self.TEXT)
        repository.write("docs/adr/1.md", "")
        result = mig_assist("init", "--yes", cwd=tmp_path)
        assert result.status == 0
        assert "+adr = " in result.stderr
        text = (tmp_path / CONFIG).read_text()
        assert text.startswith(self.TEXT)
        assert written(tmp_path)["docs"] == {"adr": ["docs/adr"]}

    def test_a_second_time_there_is_nothing_to_do(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        repository = build_repository(tmp_path, registry="rust")
        repository.write("docs/adr/1.md", "")
        mig_assist("init", "--yes", cwd=tmp_path)
        before = (tmp_path / CONFIG).read_bytes()
        result = mig_assist("init", cwd=tmp_path)
        assert result.status == 0
        assert "Nothing to write" in result.stderr
        assert (tmp_path / CONFIG).read_bytes() == before

    def test_a_flag_changes_what_is_stated(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        build_repository(tmp_path).write(CONFIG, self.TEXT)
        assert mig_assist("init", "--baseline", "19", "--yes", cwd=tmp_path).status == 0
        assert "baseline = 19  # since spring\n" in (tmp_path / CONFIG).read_text()

    def test_without_a_yes_it_stays_as_it_is(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        build_repository(tmp_path).write(CONFIG, self.TEXT)
        assert mig_assist("init", "--baseline", "19", cwd=tmp_path).status == 2
        assert (tmp_path / CONFIG).read_text() == self.TEXT

    def test_a_broken_one_is_named_and_left(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        build_repository(tmp_path).write(CONFIG, "baseline = [\n")
        result = mig_assist("init", "--yes", cwd=tmp_path)
        assert result.status == 2
        assert "not valid TOML" in result.stderr
        assert (tmp_path / CONFIG).read_text() == "baseline = [\n"


class TestPrompts:
    def start(self, terminal: OpenTerminal, root: Path) -> Any:
        return terminal([sys.executable, "-m", "mig_assist", "init"], cwd=root)

    def test_the_layout_is_chosen_and_the_file_confirmed(
        self, terminal: OpenTerminal, tmp_path: Path
    ) -> None:
        two_services(tmp_path)
        here = self.start(terminal, tmp_path)
        here.wait_for("Which of these are the migrations?")
        here.press("Down", "Enter")
        for question in ("store tests", "data model", "administrators", "decision records"):
            here.wait_for(f"{question} (empty for none)")
            here.press("Enter")
        here.wait_for(f"Write {CONFIG}?")
        here.press("y")
        assert here.wait_for_exit() == 0
        assert written(tmp_path)["migrations"]["libsql"] == "search/sqlite"

    def test_a_no_writes_nothing(self, terminal: OpenTerminal, tmp_path: Path) -> None:
        repository = build_repository(tmp_path)
        for path in ("tests/x.py", "docs/schema.md", "docs/runbook.md", "docs/adr/1.md"):
            repository.write(path, "baseline_17 api_key_scopes_18\n")
        here = self.start(terminal, tmp_path)
        here.wait_for(f"Write {CONFIG}?")
        here.press("n")
        assert here.wait_for_exit() == 130
        assert not (tmp_path / CONFIG).exists()


class TestDoctor:
    def checks(self, mig_assist: MigAssist, root: Path) -> dict[str, dict[str, Any]]:
        checks = mig_assist("doctor", "--json", cwd=root).json["checks"]
        return {check["name"]: check for check in checks}

    def test_what_was_recognised_and_why(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "up-down", git=False)
        repository.write("storage/migrations/mysql/V0001.baseline.up.sql", "")
        repository.write("storage/migrations/sqlite/V0004.half.up.sql", "")
        checks = self.checks(mig_assist, tmp_path)
        assert "found by themselves" in checks["workspace"]["detail"]
        assert "sqlite/V{version:04}.{name}.up.sql, undone by" in checks["libsql in"]["detail"]
        assert "zeros" in checks["numbers"]["detail"]
        assert checks["pairs"]["detail"] == "3 of 4 versions since V1 have both files"
        assert checks["half pairs"]["detail"] == "V4 (only libsql)"
        assert not checks["half pairs"]["present"]
        assert "mysql" in checks["not taken"]["detail"]

    def test_the_tool_that_keeps_both_directions_in_a_file(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        repository = build_repository(tmp_path, "siblings", git=False)
        for side in ("sqlite", "postgres"):
            sql = "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n"
            repository.write(f"{side}/V20__tags.sql", sql)
        assert self.checks(mig_assist, tmp_path)["tool"]["detail"].startswith("goose: ")

    def test_files_that_nobody_looks_at(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", git=False)
        repository.write("sqlite/18-tags.sql", "")
        repository.write("sqlite/V19__too_many.sql", "")
        repository.write("sqlite/seed.sql", "")
        check = self.checks(mig_assist, tmp_path)["left out"]
        assert not check["present"]
        assert check["detail"].startswith("2 numbered files are not looked at: sqlite/V19__")
        assert check["detail"].endswith("sqlite/18-tags.sql")

    def test_changes_that_have_two_numbers(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", git=False)
        name = "route_profiles"
        (tmp_path / f"postgres/V19__{name}.sql").rename(tmp_path / f"postgres/V20__{name}.sql")
        for side, version in product(("sqlite", "postgres"), (21, 22)):
            repository.write(f"{side}/V{version}__late_{version}.sql", "SELECT 1;\n")
        check = self.checks(mig_assist, tmp_path)["pairs"]
        assert f"V19__{name} = V20__{name}" in check["detail"]
        result = mig_assist("init", "--yes", cwd=tmp_path)
        assert written(tmp_path)["migrations"] == {"pairs": [f"V19__{name} = V20__{name}"]}
        assert (tmp_path / CONFIG).read_text().rstrip("\n") in result.stderr, "shown as written"
        assert "5 of 5 versions" in self.checks(mig_assist, tmp_path)["pairs"]["detail"]

    def test_what_the_configuration_says(self, mig_assist: MigAssist, root: Path) -> None:
        assert "mig-assist.toml says" in self.checks(mig_assist, root)["workspace"]["detail"]

    def test_a_registry_that_nobody_named(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        build_repository(tmp_path, registry="rust", git=False)
        check = self.checks(mig_assist, tmp_path)["registry"]
        assert (check["present"], check["fix"]) == (True, "")
        assert "src/migrations.rs lists V17 to V19" in check["detail"]

    def test_why_nothing_was_recognised(self, mig_assist: MigAssist, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", versions={}, git=False)
        repository.write("db/postgres/V1__init.sql", "")
        check = self.checks(mig_assist, tmp_path)["workspace"]
        assert not check["present"]
        assert "nothing for libsql belongs to it" in check["detail"]

    def test_a_folder_that_leaves_the_workspace(
        self, mig_assist: MigAssist, tmp_path: Path
    ) -> None:
        build_repository(tmp_path / "outside", git=False)
        inside = build_repository(tmp_path / "inside", "siblings", versions={})
        inside.write(CONFIG, "[migrations]\nlibsql = 'out'\npostgres = 'pg'\n")
        (tmp_path / "inside/out").symlink_to(tmp_path / "outside/migrations")
        check = self.checks(mig_assist, tmp_path / "inside")["workspace"]
        assert "outside the workspace" in check["detail"]
