"""What the examination of a registry finds, and what it leaves in peace."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.registry_entry import registry_edit
from mig_assist.engines.scripts import migration_scripts
from mig_assist.file_changes import write_all
from mig_assist.findings import Finding
from mig_assist.verify.registry import check_registry
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.registry import RegistryError
from tests.repositories.builder import RegistryKind, build_repository
from tests.workspace.rust_sources import (
    LAYOUT,
    SOURCE,
    entry,
    manifest,
    rust_workspace,
    rustfmt,
    write,
)

BASELINE = (17, "baseline")
ROUTES = (18, "route_profiles")
TEAMS = (19, "teams")
VERSIONS = (BASELINE, ROUTES, TEAMS)
USUAL = rustfmt(f"const M: &[Manifest] = &[{', '.join(manifest(*each) for each in VERSIONS)}];")


def findings(root: Path, source: str, *pairs: tuple[int, str]) -> tuple[Finding, ...]:
    """What is found in a registry beside the files of the usual versions, or of others."""
    return check_registry(rust_workspace(root, source, *(pairs or VERSIONS))).findings


def told(found: tuple[Finding, ...]) -> list[tuple[str, int | None, Backend | None, str]]:
    """Code, version, side, and the text of the line that each finding names."""
    lines = ["", *USUAL.split("\n")]
    return [(f.code, f.version, f.backend, lines[f.line or 0].strip()) for f in found]


def line_of(text: str, occurrence: int = 1) -> int:
    place = -1
    for _ in range(occurrence):
        place = USUAL.index(text, place + 1)
    return USUAL.count("\n", 0, place) + 1


def test_a_sound_registry_has_no_findings(tmp_path: Path) -> None:
    report = check_registry(rust_workspace(tmp_path, USUAL, *VERSIONS))
    assert report.passed
    assert report.summary == f"{SOURCE} lists 3 versions, all as they are"


@pytest.mark.parametrize("kind", ["none", "toml", "rust"])
def test_every_kind_of_registry_can_be_sound(tmp_path: Path, kind: RegistryKind) -> None:
    repository = build_repository(tmp_path, registry=kind, git=False)
    stated = f'[registry]\nkind = "{kind}"\n'
    repository.write(
        "mig-assist.toml", stated + (f'path = "{repository.registry_path}"\n' * (kind != "none"))
    )
    assert check_registry(open_workspace(tmp_path)).findings == ()


class TestFindings:
    def test_an_entry_out_of_order(self, tmp_path: Path) -> None:
        rows = ", ".join(manifest(*each) for each in (BASELINE, TEAMS, ROUTES))
        (found,) = findings(tmp_path, f"const M: &[Manifest] = &[\n{rows}];".replace("}, ", "},\n"))
        assert (found.code, found.version, found.line) == ("registry/order", 18, 4)
        assert found.path == SOURCE

    def test_a_version_that_is_listed_twice(self, tmp_path: Path) -> None:
        rows = ",\n".join(manifest(*each) for each in (*VERSIONS, ROUTES))
        found = findings(tmp_path, f"const M: &[Manifest] = &[\n{rows}];")
        assert [(f.code, f.version, f.line) for f in found] == [("registry/duplicate", 18, 5)]
        assert found[0].message == "V18 is listed twice, first in line 3."

    def test_a_version_below_the_baseline(self, tmp_path: Path) -> None:
        rows = ",\n".join(manifest(*each) for each in ((16, "older"), *VERSIONS))
        pairs = ((16, "older"), *VERSIONS)
        found = findings(tmp_path, f"const M: &[Manifest] = &[\n{rows}];", *pairs)
        assert [(f.code, f.version, f.line) for f in found] == [("registry/below-baseline", 16, 2)]

    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        workspace = rust_workspace(tmp_path, USUAL, *VERSIONS)
        (tmp_path / LAYOUT.postgres.path(*ROUTES)).unlink()
        assert told(check_registry(workspace).findings) == [
            (
                "registry/missing-file",
                18,
                Backend.POSTGRES,
                'postgres_sql: include_str!("../migrations/postgres/V18__route_profiles.sql"),',
            )
        ]

    @pytest.mark.parametrize("path", ["../../../../x.sql", "/etc/passwd"])
    def test_a_file_outside_of_the_repository(self, tmp_path: Path, path: str) -> None:
        source = USUAL.replace("../migrations/V18__route_profiles.sql", path)
        codes = {f.code: f for f in findings(tmp_path, source)}
        outside = codes["registry/missing-file"]
        assert (outside.version, outside.backend) == (18, Backend.LIBSQL)
        assert outside.line == line_of("libsql_sql", 2)
        assert "leads to" in outside.message

    def test_a_file_that_is_a_folder(self, tmp_path: Path) -> None:
        workspace = rust_workspace(tmp_path, USUAL, *VERSIONS)
        place = tmp_path / LAYOUT.libsql.path(*ROUTES)
        place.unlink()
        place.mkdir()
        (found,) = check_registry(workspace).findings
        assert "cannot be read as a file" in found.message

    def test_a_version_in_the_folders_alone(self, tmp_path: Path) -> None:
        found = findings(tmp_path, USUAL, *VERSIONS, (20, "budgets"))
        assert [(f.code, f.version, f.backend) for f in found] == [
            ("registry/unlisted-file", 20, Backend.LIBSQL),
            ("registry/unlisted-file", 20, Backend.POSTGRES),
        ]

    def test_sides_that_are_swapped(self, tmp_path: Path) -> None:
        source = USUAL.replace("migrations/postgres/V18", "migrations/@V18")
        source = source.replace("migrations/V18", "migrations/postgres/V18").replace("@", "")
        assert [(c, v, b) for c, v, b, _ in told(findings(tmp_path, source))] == [
            ("registry/swapped-files", 18, Backend.LIBSQL),
            ("registry/swapped-files", 18, Backend.POSTGRES),
        ]

    def test_one_side_for_both(self, tmp_path: Path) -> None:
        source = USUAL.replace("migrations/postgres/V18", "migrations/V18")
        (found,) = findings(tmp_path, source)
        assert (found.code, found.backend) == ("registry/swapped-files", Backend.POSTGRES)
        assert found.line == line_of("postgres_sql", 2)

    def test_a_path_of_another_version(self, tmp_path: Path) -> None:
        source = USUAL.replace("postgres/V19__teams", "postgres/V18__route_profiles")
        (found,) = findings(tmp_path, source)
        assert (found.code, found.version, found.line) == (
            "registry/path-twice",
            19,
            line_of("postgres_sql", 3),
        )
        assert found.message.endswith("and so does V18.")

    def test_a_version_that_differs_from_its_files(self, tmp_path: Path) -> None:
        found = findings(tmp_path, USUAL.replace("version: 19", "version: 20"))
        assert {(f.code, f.version) for f in found} == {
            ("registry/name-differs", 20),
            ("registry/unlisted-file", 19),
        }

    def test_a_name_that_differs_from_its_files(self, tmp_path: Path) -> None:
        (found,) = findings(tmp_path, USUAL.replace('name: "teams"', 'name: "groups"'))
        assert (found.code, found.version) == ("registry/name-differs", 19)
        assert found.line == line_of('name: "teams"')
        assert found.message == "`name` of V19 is 'groups'; its files say 'teams'."

    def test_a_checksum_that_names_another_file(self, tmp_path: Path) -> None:
        (found,) = findings(tmp_path, USUAL.replace('"V19__teams.sql"', '"V19__groups.sql"'))
        assert (found.code, found.line) == (
            "registry/checksum-differs",
            line_of('checksum: "V19__teams'),
        )
        assert found.fix.startswith("Write 'V19__teams.sql'")

    def test_a_digest_of_another_content(self, tmp_path: Path) -> None:
        source = USUAL
        for version, name in VERSIONS:
            digest = hashlib.sha256(f"-- {version}\n".encode()).hexdigest()
            source = source.replace(f'checksum: "V{version}__{name}.sql"', f'checksum: "{digest}"')
        workspace = rust_workspace(tmp_path, source, *VERSIONS)
        for version, name in VERSIONS:
            write(tmp_path, LAYOUT.libsql.path(version, name), f"-- {version}\n")
        assert check_registry(workspace).findings == ()
        assert [s.version for s in migration_scripts(workspace, Backend.LIBSQL)] == [17, 18, 19]
        write(tmp_path, LAYOUT.libsql.path(*ROUTES), "-- edited\n")
        (found,) = check_registry(workspace).findings
        assert (found.code, found.version, found.backend) == (
            "registry/checksum-differs",
            18,
            Backend.LIBSQL,
        )
        with pytest.raises(RegistryError, match="not what the registry recorded"):
            migration_scripts(workspace, Backend.LIBSQL)

    def test_a_side_that_is_written_out(self, tmp_path: Path) -> None:
        source = USUAL.replace(
            'include_str!("../migrations/postgres/V19__teams.sql")', '"SELECT 1;"'
        )
        (found,) = findings(tmp_path, source)
        assert (found.code, found.backend) == ("registry/missing-file", Backend.POSTGRES)
        assert found.message == "V19 names no PostgreSQL file."
        assert found.line == line_of("Manifest {", 3)

    def test_a_registry_that_is_none(self, tmp_path: Path) -> None:
        (found,) = findings(tmp_path, USUAL.replace("version: 18", "version: "))
        assert (found.code, found.path) == ("registry/unreadable", SOURCE)
        assert found.line == line_of("version: 18")


class TestNoFalseAlarm:
    def test_other_lists_samples_and_tests_in_the_file(self, tmp_path: Path) -> None:
        samples = ", ".join(manifest(number, "sample") for number in (3, 1, 2, 2))
        source = (
            f"{USUAL}\nconst SEEDS: &[(&str, &str)] = &[(\"a\", include_str!(\"a.sql\"))];\n"
            f"const TABLES: &[&str] = &[\"b\", \"a\"];\n#[cfg(test)]\nmod tests {{\n"
            f"    const SAMPLES: &[Manifest] = &[{samples}];\n}}\n"
        )  # fmt: skip
        assert findings(tmp_path, source) == ()

    def test_a_list_of_the_baseline_alone(self, tmp_path: Path) -> None:
        source = f"const M: &[Manifest] = &[{manifest(*BASELINE)}];"
        assert findings(tmp_path, source, BASELINE, (16, "before"), (3, "long_before")) == ()

    def test_titles_of_peoples_own(self, tmp_path: Path) -> None:
        titles = ["Where it begins", "route profiles", "Teams: who may do what"]
        source = USUAL
        for (_, name), title in zip(VERSIONS, titles, strict=True):
            source = source.replace(f'name: "{name}"', f'title: "{title}"')
        assert findings(tmp_path, source) == ()

    def test_checksums_that_nobody_can_recompute(self, tmp_path: Path) -> None:
        source = USUAL
        for version, name in VERSIONS:
            source = source.replace(f'"V{version}__{name}.sql"', f'"{version * 1111:x}"')
        assert findings(tmp_path, source) == ()
        workspace = open_workspace(tmp_path)
        assert len(migration_scripts(workspace, Backend.POSTGRES)) == 3

    def test_texts_that_are_the_same_everywhere(self, tmp_path: Path) -> None:
        assert findings(tmp_path, USUAL.replace("version:", 'author: "ada", version:')) == ()


class TestRegistering:
    def pair(self, root: Path) -> Workspace:
        return rust_workspace(root, USUAL, *VERSIONS, (20, "budgets"))

    def test_what_is_missing_is_added_and_then_sound(self, tmp_path: Path) -> None:
        workspace = self.pair(tmp_path)
        edit = registry_edit(workspace, 20, "budgets")
        assert edit is not None
        write_all(tmp_path, [edit])
        assert check_registry(workspace).findings == ()
        assert rustfmt((tmp_path / SOURCE).read_text()) == (tmp_path / SOURCE).read_text()
        assert registry_edit(workspace, 20, "budgets") is None
        assert [s.version for s in migration_scripts(workspace, Backend.POSTGRES)][-1] == 20

    @pytest.mark.parametrize("side", Backend)
    def test_its_digest_is_of_the_kind_that_the_others_have(
        self, tmp_path: Path, side: Backend
    ) -> None:
        workspace = self.pair(tmp_path)
        source = USUAL
        for version, name in VERSIONS:
            content = f"-- {side} {version}\n"
            write(tmp_path, entry(version, name).paths[side], content)
            digest = hashlib.sha1(content.encode()).hexdigest()
            source = source.replace(f'"V{version}__{name}.sql"', f'"{digest}"')
        write(tmp_path, SOURCE, source)
        edit = registry_edit(workspace, 20, "budgets")
        assert edit is not None
        assert edit.content is not None
        own = (tmp_path / entry(20, "budgets").paths[side]).read_bytes()
        assert hashlib.sha1(own).hexdigest() in edit.content.decode()
