"""Finding the registry of a repository without being told where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.file_changes import write_all
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.registry import RegistryEntry, open_registry
from mig_assist.workspace.registry.detect import DetectedRegistry, detect_registry
from tests.repositories.builder import LAYOUTS, RegistryKind, Repository, build_repository
from tests.workspace.rust_sources import rustfmt


def detected(workspace: Workspace) -> DetectedRegistry | None:
    return detect_registry(workspace.root, workspace.layout, workspace.config.baseline)


def with_registry(workspace: Workspace) -> Workspace:
    found = detected(workspace)
    assert found is not None
    return workspace._replace(config=workspace.config._replace(registry=found.config))


@pytest.mark.parametrize("prefix", ["", "crates/store/"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rust_registry_is_found_and_kept_in_every_layout(
    tmp_path: Path, layout: str, prefix: str
) -> None:
    repository = build_repository(tmp_path, layout, registry="rust", git=False, prefix=prefix)
    workspace = with_registry(open_workspace(tmp_path))
    registry = open_registry(workspace)
    assert registry.path == repository.registry_path

    version = workspace.layout.next_version(max(repository.names))
    paths = {side: migration_path(workspace, side, version, "new_table") for side in Backend}
    change = registry.with_entry(RegistryEntry(version, "new_table", {}, paths))
    assert change is not None
    write_all(tmp_path, [change])

    repository.names[version] = "new_table"
    assert [
        (each.version, each.name, each.paths, [t.value == t.expected for t in each.texts])
        for each in registry.entries()
    ] == [
        (number, name, {side: repository.path(side, number) for side in Backend}, [True, True])
        for number, name in repository.names.items()
    ]
    repository.write_registry()
    assert (tmp_path / repository.registry_path).read_bytes() == change.content


@pytest.mark.parametrize(("kind", "path"), [("rust", "src/migrations.rs"), ("toml", "")])
@pytest.mark.parametrize("git", [True, False])
def test_what_was_found_is_told(tmp_path: Path, kind: RegistryKind, path: str, git: bool) -> None:
    build_repository(tmp_path, registry=kind, git=git)
    found = detected(open_workspace(tmp_path))
    assert found is not None
    assert found.config.kind == kind
    assert found.config.path == path or kind == "toml"
    assert found.why == f"{found.config.path} lists V17 to V19, with the files of both sides."


def plain(root: Path, **files: str) -> Workspace:
    repository = build_repository(root, git=False)
    for name, content in files.items():
        repository.write(f"src/{name}.rs", content)
    return open_workspace(root)


@pytest.mark.parametrize(
    ("source", "macro"),
    [
        ('mod m { refinery::embed_migrations!("./migrations"); }', "embed_migrations!"),
        ("refinery::embed_migrations!();", "embed_migrations!"),
        ('let m = sqlx::migrate!("migrations/postgres").run(&pool);', "migrate!"),
        ("sqlx::migrate!().run(&pool)", "migrate!"),
        ('const M: E = embed_migrations!("migrations/postgres");', "embed_migrations!"),
        ('static D: Dir = include_dir!("$CARGO_MANIFEST_DIR/migrations");', "include_dir!"),
        ('#[derive(Embed)] #[folder = "migrations/"] struct M;', "#[folder]"),
    ],
)
def test_a_macro_that_takes_the_folder_needs_no_entries(
    tmp_path: Path, source: str, macro: str
) -> None:
    found = detected(plain(tmp_path, main="fn main() {}\n", store=f"// Store.\n{source}\n"))
    assert found is not None
    assert found.config.kind == "none"
    assert found.why.startswith("src/store.rs:2 embeds migrations")
    assert f"whole with {macro}, " in found.why


def test_a_list_counts_more_than_a_macro(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, registry="rust")
    repository.write("src/a.rs", 'sqlx::migrate!("migrations")')
    assert with_registry(open_workspace(tmp_path)).config.registry.kind == "rust"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "fn main() {}",
        'const A: &str = include_str!("../migrations/V17__baseline.sql");',
        'const A: &[&str] = &[include_str!("../sql/a.sql"), include_str!("../sql/b.sql")];',
        'sqlx::migrate!("other/migrations")',
        'embed_migrations!("../elsewhere")',
        '#[cfg(test)] mod t { const A: &[(&str, &str)] = &[(include_str!("../migrations/V17__b.sql"'
        '), include_str!("../migrations/postgres/V17__b.sql"))]; }',
        'const A: &[u8] = &[include_str!("../migrations/V17__b.sql" ; broken',
        "\xff",
    ],
)
def test_where_nothing_tells_there_is_no_answer(tmp_path: Path, source: str) -> None:
    workspace = plain(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/store.rs").write_bytes(source.encode("latin-1"))
    assert detected(workspace) is None


def rust_list(repository: Repository, path: str, versions: range, ups: int) -> None:
    """Write a list of versions into a file that lies ``ups`` folders below the root."""
    up = "../" * ups
    rows = "".join(
        f'    ({version}, include_str!("{up}{repository.path(Backend.LIBSQL, version)}"),'
        f' include_str!("{up}{repository.path(Backend.POSTGRES, version)}")),\n'
        for version in versions
    )
    repository.write(path, f"const LIST: &[(u32, &str, &str)] = &[\n{rows}];\n")


def test_of_several_lists_the_fullest_outside_of_tests_is_meant(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, versions=range(17, 25), git=False)
    rust_list(repository, "src/a_few.rs", range(17, 19), 1)
    rust_list(repository, "src/store/all.rs", range(17, 24), 2)
    rust_list(repository, "tests/upgrade.rs", range(17, 25), 1)
    workspace = with_registry(open_workspace(tmp_path))
    assert workspace.config.registry.path == "src/store/all.rs"


def test_ignored_files_are_not_searched(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, registry="none")
    repository.write(".gitignore", "/target\n/generated\n")
    for folder in ("target", "generated", ".hidden"):
        rust_list(repository, f"{folder}/list.rs", range(17, 20), 1)
    repository.commit("Ignore")
    assert detected(open_workspace(tmp_path)) is None


def test_what_the_builder_writes_is_as_rustfmt_leaves_it(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, registry="rust", git=False)
    source = (tmp_path / repository.registry_path).read_text()
    assert rustfmt(source) == source
