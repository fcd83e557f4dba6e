"""Registries that git could not merge: every entry of both sides is kept, in order."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.file_changes import write_all
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.registry.conflict import RegistryConflict, registry_conflict
from mig_assist.workspace.registry.rust import RustRegistry
from mig_assist.workspace.registry.toml import TomlRegistry
from tests.repositories.builder import RegistryKind, Repository, build_repository
from tests.workspace.rust_sources import (
    SOURCE,
    entry,
    listed,
    manifest,
    registry_of,
    rust_workspace,
    rustfmt,
    text_of,
)

Files = tuple[int, str]


def configured(repository: Repository) -> Workspace:
    """The repository as a workspace that names its registry."""
    path = repository.registry_path
    repository.write(
        "mig-assist.toml", f'[registry]\nkind = "{repository.registry}"\npath = "{path}"\n'
    )
    return open_workspace(repository.root)


def collided(
    root: Path, kind: RegistryKind, ours: list[Files], theirs: list[Files], *, rebase: bool = False
) -> Workspace:
    """A repository in the middle of a merge, or rebase, of two branches that added versions."""
    repository = build_repository(root, registry=kind)
    names = dict(repository.names)
    for branch, added in (("theirs", theirs), ("ours", ours)):
        repository.checkout("main")
        repository.checkout(branch, create=True)
        repository.names.clear()
        repository.names.update(names)
        for version, name in added:
            repository.add(version, name)
        repository.commit(f"Add {len(added)}")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("rebase" if rebase else "merge", "theirs")
    return configured(repository)


def opened(workspace: Workspace) -> RustRegistry | TomlRegistry:
    registry = open_registry(workspace)
    assert isinstance(registry, RustRegistry | TomlRegistry)
    return registry


def conflict_in(workspace: Workspace) -> RegistryConflict:
    conflict = registry_conflict(opened(workspace), workspace.config.registry.path)
    assert conflict is not None
    return conflict


def numbered(workspace: Workspace, version: int, name: str) -> RegistryEntry:
    paths = {side: migration_path(workspace, side, version, name) for side in Backend}
    return RegistryEntry(version, name, dict.fromkeys(Backend, "0" * 64), paths)


def pairs(entries: tuple[RegistryEntry, ...]) -> list[Files]:
    return [(each.version, each.name) for each in entries]


@pytest.mark.parametrize("kind", ["rust", "toml"])
class TestAfterGit:
    def test_both_entries_are_kept(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(tmp_path, kind, [(20, "our_table")], [(20, "their_table")])
        with pytest.raises(RegistryError):
            open_registry(workspace).entries()
        conflict = conflict_in(workspace)
        assert pairs(conflict.above) == [(20, "our_table")]
        assert pairs(conflict.below) == [(20, "their_table")]
        write_all(workspace.root, [conflict.resolved()])
        assert pairs(open_registry(workspace).entries())[3:] == [
            (20, "our_table"),
            (20, "their_table"),
        ]
        assert registry_conflict(opened(workspace), "x") is None

    def test_ours_moves_at_the_same_time(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(tmp_path, kind, [(20, "our_table")], [(20, "their_table")])
        new = numbered(workspace, 21, "our_table")
        write_all(workspace.root, [conflict_in(workspace).resolved({(20, "our_table"): new})])
        entries = open_registry(workspace).entries()
        assert pairs(entries)[3:] == [(20, "their_table"), (21, "our_table")]
        assert entries[4].paths == new.paths

    def test_or_moves_later(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(tmp_path, kind, [(20, "our_table")], [(20, "their_table")])
        write_all(workspace.root, [conflict_in(workspace).resolved()])
        change = open_registry(workspace).renamed(20, numbered(workspace, 21, "our_table"))
        assert change is not None
        write_all(workspace.root, [change])
        assert pairs(open_registry(workspace).entries())[3:] == [
            (20, "their_table"),
            (21, "our_table"),
        ]

    def test_in_a_rebase_the_work_stands_below(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(
            tmp_path, kind, [(20, "our_table")], [(20, "their_table")], rebase=True
        )
        conflict = conflict_in(workspace)
        assert pairs(conflict.above) == [(20, "their_table")]
        assert pairs(conflict.below) == [(20, "our_table")]

    def test_several_versions_move_together(self, tmp_path: Path, kind: RegistryKind) -> None:
        ours = [(20, "our_table"), (21, "our_index"), (22, "our_column")]
        theirs = [(20, "their_table"), (21, "their_index")]
        workspace = collided(tmp_path, kind, ours, theirs)
        moves = {(version, name): numbered(workspace, version + 2, name) for version, name in ours}
        write_all(workspace.root, [conflict_in(workspace).resolved(moves)])
        assert pairs(open_registry(workspace).entries())[3:] == [
            *theirs,
            (22, "our_table"),
            (23, "our_index"),
            (24, "our_column"),
        ]

    def test_what_stands_around_stays(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(tmp_path, kind, [(20, "our_table")], [(20, "their_table")])
        path = workspace.root / workspace.config.registry.path
        before = path.read_bytes()
        content = conflict_in(workspace).resolved().content
        assert content is not None
        assert b"<<<<" not in content
        assert content.split(b"name")[0] == before.split(b"name")[0]
        if kind == "rust":
            assert rustfmt(content).encode() == content
            assert content.rpartition(b"\n];\n")[2] == before.rpartition(b"\n];\n")[2]

    def test_diff3_markers_are_understood(self, tmp_path: Path, kind: RegistryKind) -> None:
        workspace = collided(tmp_path, kind, [(20, "our_table")], [(20, "their_table")])
        path = workspace.config.registry.path
        program = shutil.which("git") or "git"
        subprocess.run(
            [program, "checkout", "--quiet", "--conflict=diff3", "--", path],
            cwd=workspace.root,
            check=True,
        )
        assert b"|||||||" in (workspace.root / path).read_bytes()
        assert pairs(conflict_in(workspace).below) == [(20, "their_table")]


def hunk(upper: str, lower: str) -> str:
    return f"<<<<<<< HEAD\n{upper}=======\n{lower}>>>>>>> theirs\n"


OURS = f"    // Ours.\n    #[cfg(a)]\n    {manifest(18, 'our_table')}, // why\n"
THEIRS = f"    // Theirs.\n    #[cfg(b)]\n    {manifest(18, 'their_table')},\n"


def source(rows: str) -> str:
    return f"// Head.\nconst M: &[Manifest] = &[\n    {manifest(17, 'baseline')},\n{rows}];\n"


def conflict_of(root: Path, content: str | bytes) -> RegistryConflict | None:
    return registry_conflict(registry_of(rust_workspace(root, content)), SOURCE)


def merged(root: Path, content: str | bytes) -> str:
    conflict = conflict_of(root, content)
    assert conflict is not None
    change = conflict.resolved()
    assert change.content is not None
    return change.content.decode()


class TestRust:
    def test_entries_keep_their_comments_and_attributes(self, tmp_path: Path) -> None:
        assert merged(tmp_path, source(hunk(OURS, THEIRS))) == source(OURS + THEIRS)

    def test_line_endings_stay(self, tmp_path: Path) -> None:
        content = source(hunk(OURS, THEIRS)).replace("\n", "\r\n").encode()
        assert merged(tmp_path, content) == source(OURS + THEIRS).replace("\n", "\r\n")

    def test_several_hunks_are_one_conflict(self, tmp_path: Path) -> None:
        ours, theirs = (rustfmt(source(rows)).split("\n") for rows in (OURS, THEIRS))
        assert len(ours) == len(theirs)
        rows = [
            one + "\n" if one == other else hunk(one + "\n", other + "\n")
            for one, other in zip(ours, theirs, strict=True)
        ]
        content = "".join(rows).removesuffix("\n")
        assert content.count("<<<<<<<") > 3
        assert listed(text_of(merged(tmp_path, content))) == [
            (17, "baseline"),
            (18, "our_table"),
            (18, "their_table"),
        ]

    def test_the_length_counts_all(self, tmp_path: Path) -> None:
        content = source(hunk(OURS, THEIRS)).replace("&[Manifest]", "[Manifest; 2]")
        assert "[Manifest; 3]" in merged(tmp_path, content.replace("= &[", "= ["))

    def test_a_length_in_conflict_is_part_of_it(self, tmp_path: Path) -> None:
        lines = [f"const M: [Manifest; {n}] = [\n" for n in (2, 3)]
        more = THEIRS + f"    {manifest(19, 'their_index')},\n"
        content = source(hunk(OURS, more)).replace("const M: &[Manifest] = &[\n", hunk(*lines))
        resolved = merged(tmp_path, content)
        assert "const M: [Manifest; 4] = [\n" in resolved
        assert listed(text_of(resolved))[1:] == [
            (18, "our_table"),
            (18, "their_table"),
            (19, "their_index"),
        ]

    def test_where_one_side_added_nothing_the_other_is_kept(self, tmp_path: Path) -> None:
        assert merged(tmp_path, source(hunk("", THEIRS))) == source(THEIRS)
        assert merged(tmp_path, source(hunk(OURS, ""))) == source(OURS)

    def test_the_same_on_both_sides_is_kept_once(self, tmp_path: Path) -> None:
        assert merged(tmp_path, source(hunk(OURS, OURS + THEIRS))) == source(OURS + THEIRS)

    @pytest.mark.parametrize(
        "content",
        [
            hunk("// One.\n", "// Two.\n") + source(OURS),
            source(OURS) + hunk("fn a() {}\n", "fn b() {}\n"),
            source(hunk(OURS, OURS.replace("18", "19"))),
            source(hunk(OURS, "    Manifest {{ version: }},\n")),
            source(hunk(OURS, "];\n")),
            source(hunk(OURS, hunk(THEIRS, OURS))),
            source("<<<<<<< HEAD\n" + OURS),
            source("<<<<<<< HEAD\n" + OURS + ">>>>>>> theirs\n"),
            source(hunk(OURS, OURS.replace('"V18__our_table.sql"', '"V18__other.sql"'))),
        ],
    )
    def test_any_other_conflict_is_left_to_the_user(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(RegistryError, match="only a person can resolve"):
            conflict_of(tmp_path, content)
        assert (tmp_path / SOURCE).read_text() == content

    def test_lines_of_equal_signs_alone_are_no_conflict(self, tmp_path: Path) -> None:
        content = f"/*\nTitle\n=======\n>>>>>>> \n*/\n{source(OURS)}"
        assert conflict_of(tmp_path, content) is None
        assert listed(text_of(content)) == [(17, "baseline"), (18, "our_table")]

    def test_a_moved_entry_takes_its_comments_with_it(self, tmp_path: Path) -> None:
        conflict = conflict_of(tmp_path, source(hunk(OURS, THEIRS)))
        assert conflict is not None
        change = conflict.resolved({(18, "our_table"): entry(19, "our_table")})
        assert change.content is not None
        assert change.content.decode() == source(THEIRS + OURS.replace("18", "19"))
