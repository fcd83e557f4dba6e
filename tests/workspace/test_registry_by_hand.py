"""Lists of migrations in Rust that are not edited here: said, and never taken for no list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.verify.registry import check_registry
from mig_assist.workspace import open_workspace
from mig_assist.workspace.registry import open_registry
from mig_assist.workspace.registry_search import known_registry
from tests.repositories.builder import Repository, build_repository

PATH = "src/store.rs"


def rows(repository: Repository, row: Callable[[Backend, int, str], str]) -> str:
    return "\n".join(
        row(side, version, f'include_str!("../{repository.path(side, version)}")')
        for version in repository.names
        for side in Backend
    )


def pushes(repository: Repository) -> str:
    lines = rows(repository, lambda side, v, text: f"    {side}.push(M::new({v}, {text}));")
    return f"fn all() {{\n{lines}\n}}\n"


def conditions(repository: Repository) -> str:
    lines = rows(repository, lambda _, v, text: f"    if v == {v} {{ return {text}; }}")
    return f"fn sql(v: i64) -> &str {{\n{lines}\n}}\n"


def constants(repository: Repository) -> str:
    return rows(repository, lambda side, v, text: f"const {side.upper()}_{v}: &str = {text};")


def one_line(repository: Repository) -> str:
    lines = rows(repository, lambda side, v, text: f"m.insert(({v}, {side}), {text});")
    return "fn all() { " + lines.replace("\n", " ") + " }\n"


def own_macro(repository: Repository) -> str:
    lines = rows(
        repository,
        lambda side, v, _: f'    run!(db, "{repository.path(side, v).rpartition("/")[2]}");',
    )
    return (
        'macro_rules! run { ($db:expr, $f:expr) => { $db.run(include_str!(concat!("../migrations/",'
        f" $f))) }} }}\nfn all(db: &Db) {{\n{lines}\n}}\n"
    ).replace("}} }}", "} }")


FORMS = [pushes, conditions, constants, one_line, own_macro]


@pytest.mark.parametrize("form", FORMS)
def test_a_new_version_has_to_be_added_by_hand(
    tmp_path: Path, form: Callable[[Repository], str]
) -> None:
    repository = build_repository(tmp_path, git=False)
    repository.write(PATH, f"// Our store.\n{form(repository)}")
    assert check_registry(open_workspace(tmp_path)).findings == ()
    newest = max(repository.names)
    line = known_line(tmp_path, repository, newest)

    repository.add(newest + 1, "labels")
    workspace = open_workspace(tmp_path)
    assert known_registry(workspace).path == PATH
    assert open_registry(workspace).path is None
    findings = check_registry(workspace).findings
    assert [(f.code, f.backend, f.path, f.line) for f in findings] == [
        ("registry/unlisted-file", side, PATH, line[side]) for side in sorted(Backend)
    ]
    assert "by hand" in findings[0].fix

    repository.write(PATH, f"// Our store.\n{form(repository)}")
    report = check_registry(open_workspace(tmp_path))
    assert report.findings == ()
    assert report.summary == f"{PATH} names every migration; its list is kept by hand"


def known_line(root: Path, repository: Repository, version: int) -> dict[Backend, int]:
    """Where the file of each side is named; by its name alone, the first place."""
    lines = (root / PATH).read_text().split("\n")
    found = {}
    for side in Backend:
        path = repository.path(side, version)
        exact = [n for n, line in enumerate(lines, 1) if f'../{path}"' in line]
        alike = [n for n, line in enumerate(lines, 1) if path.rpartition("/")[2] in line]
        found[side] = (exact or alike)[0]
    return found


def test_a_side_that_is_forgotten_is_told(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, git=False)
    newest = max(repository.names)
    text = pushes(repository).split("\n")
    forgotten = repository.path(Backend.POSTGRES, newest)
    repository.write(PATH, "\n".join(line for line in text if forgotten not in line))
    (finding,) = check_registry(open_workspace(tmp_path)).findings
    assert (finding.version, finding.backend) == (newest, Backend.POSTGRES)


@pytest.mark.parametrize(
    "source",
    [
        'const FIRST: &str = include_str!("../migrations/V17__baseline.sql");',
        'fn latest() -> &str { include_str!("../migrations/V19__route_profiles.sql") }',
        "#[cfg(test)]\nmod tests {\n%s}\n",
        "/*\n%s*/",
        'static M: Migrator = sqlx::migrate!("./migrations");\n%s',
    ],
)
def test_what_is_no_list_asks_for_nothing(tmp_path: Path, source: str) -> None:
    repository = build_repository(tmp_path, git=False)
    repository.write(PATH, source.replace("%s", constants(repository)))
    repository.write("tests/upgrade.rs", constants(repository))
    repository.add(20, "labels")
    report = check_registry(open_workspace(tmp_path))
    assert report.findings == ()
    assert report.summary.startswith("the runner needs no registry")


def test_whoever_states_that_there_is_none_is_believed(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, git=False)
    repository.write(PATH, pushes(repository))
    repository.write("mig-assist.toml", '[registry]\nkind = "none"\n')
    repository.add(20, "labels")
    assert check_registry(open_workspace(tmp_path)).findings == ()
