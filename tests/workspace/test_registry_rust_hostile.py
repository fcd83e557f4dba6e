"""What is no registry, or not ours to touch: a clear error, and nothing written."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.workspace.registry import RegistryError
from tests.shared_ground.unprivileged import Unprivileged, unprivileged
from tests.workspace.rust_sources import (
    BASELINE,
    BOTH,
    CRATE,
    ROUTES,
    SHAPES,
    SOURCE,
    entry,
    listed,
    manifest,
    registry_of,
    rust_workspace,
    text_of,
)

__all__ = ["unprivileged"]  # a fixture

USUAL = f"const M: &[Manifest] = &[\n    {manifest(*BASELINE)},\n    {manifest(*ROUTES)},\n];\n"


def refusal(root: Path, source: str | bytes) -> RegistryError:
    """The error that reading and each edit of a registry end in; nothing is written."""
    content = source.encode() if isinstance(source, str) else source
    registry = registry_of(rust_workspace(root, content))
    errors = []
    for attempt in (
        registry.entries,
        lambda: registry.with_entry(entry(19, "teams")),
        lambda: registry.renamed(18, entry(19, "teams")),
        lambda: registry.without_entry(18),
    ):
        with pytest.raises(RegistryError) as caught:
            attempt()
        errors.append(caught.value)
    assert (root / SOURCE).read_bytes() == content
    assert len({str(error) for error in errors}) == 1
    assert all(error.title and error.message for error in errors)
    return errors[0]


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (USUAL.replace("version: 18", "version: "), 3),
        (USUAL.replace("include_str!(", "include_str!((", 1), 2),
        (USUAL.replace("version: 17,", "version: 17, = ,"), 2),
        (USUAL.replace("},\n];", "}\n};"), None),
        (USUAL.replace("},\n];", "},\n"), None),
        (USUAL.replace('"baseline"', '"baseline'), None),
        (USUAL.replace("},\n    M", "}\n    M"), None),
        ("fn (((" + USUAL.replace("&[\n", "&[ @\n"), None),
    ],
)
def test_a_list_that_is_no_rust_is_refused_with_its_line(
    tmp_path: Path, broken: str, line: int | None
) -> None:
    error = refusal(tmp_path, broken)
    assert error.title == f"{SOURCE} is not valid Rust"
    assert error.line is not None
    assert f"Line {error.line} " in error.message
    assert line in (None, error.line)


def test_an_error_elsewhere_does_no_harm(tmp_path: Path) -> None:
    registry = registry_of(rust_workspace(tmp_path, f"{USUAL}\nfn broken( {{ let = ; }}\n"))
    assert [each.version for each in registry.entries()] == [17, 18]
    change = registry.with_entry(entry(19, "teams"))
    assert change is not None
    assert change.content is not None
    assert change.content.endswith(b"\nfn broken( { let = ; }\n")


def test_conflict_markers_are_named(tmp_path: Path) -> None:
    error = refusal(tmp_path, USUAL.replace("    Man", "<<<<<<< HEAD\n    Man", 1))
    assert "in conflict" in error.title


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (USUAL.encode().replace(b"baseline", b"\xffline", 1), "is not UTF-8"),
        (USUAL.encode() + b"\0", "is not a text file"),
        (b"//" + b"x" * (9 << 20), "is too large"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    assert told in refusal(tmp_path, content).title


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    workspace = rust_workspace(tmp_path, USUAL)
    (tmp_path / SOURCE).unlink()
    with pytest.raises(RegistryError, match="does not exist"):
        registry_of(workspace).entries()
    (tmp_path / SOURCE).mkdir()
    with pytest.raises(RegistryError, match="is a folder"):
        registry_of(workspace).entries()


def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.rs"
    outside.write_text(USUAL)
    workspace = rust_workspace(tmp_path / "workspace", USUAL)
    (workspace.root / SOURCE).unlink()
    (workspace.root / SOURCE).symlink_to(outside)
    with pytest.raises(RegistryError, match="outside the workspace"):
        registry_of(workspace).with_entry(entry(19, "teams"))
    assert outside.read_text() == USUAL


def test_a_link_within_the_workspace_is_followed(tmp_path: Path) -> None:
    workspace = rust_workspace(tmp_path, USUAL)
    (tmp_path / SOURCE).rename(tmp_path / "real.rs")
    (tmp_path / SOURCE).symlink_to(tmp_path / "real.rs")
    assert len(registry_of(workspace).entries()) == 2


def test_a_file_without_permission_is_refused(unprivileged: Unprivileged) -> None:
    workspace = rust_workspace(unprivileged.folder, USUAL)
    (workspace.root / SOURCE).chmod(0)
    with unprivileged.user(), pytest.raises(RegistryError, match="Permission was denied"):
        registry_of(workspace).with_entry(entry(19, "teams"))


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    workspace = rust_workspace(tmp_path, USUAL)
    (tmp_path / SOURCE).unlink()
    os.mkfifo(tmp_path / SOURCE)
    with pytest.raises(RegistryError, match="is not a file"):
        registry_of(workspace).entries()


@pytest.mark.parametrize(
    "path", ["../../../../etc/passwd", "/etc/passwd", "../../../migrations/V17__baseline.sql"]
)
def test_paths_out_of_the_repository_are_read_as_such(path: str) -> None:
    source = USUAL.replace("../migrations/V17__baseline.sql", path)
    first, _ = text_of(source, name="M").entries
    listed = first.paths[Backend.LIBSQL]
    assert listed.startswith(("../", "/")) or not listed.startswith(CRATE)


def test_a_registry_of_two_megabytes_is_read_and_edited(tmp_path: Path) -> None:
    rows = "".join(
        f"    {manifest(version, f'step_{version}')},\n" for version in range(17, 11_000)
    )
    source = f"const M: &[Manifest] = &[\n{rows}];\n"
    assert len(source) > 2 << 20
    registry = registry_of(rust_workspace(tmp_path, source))
    assert len(registry.entries()) == 11_000 - 17
    change = registry.with_entry(entry(11_000, "teams"))
    assert change is not None
    assert change.content is not None
    assert change.content.decode() == source.replace(
        "];\n", f"    {manifest(11_000, 'teams')},\n];\n"
    )


@pytest.mark.parametrize(
    "nested",
    ["[" * 5_000, "(" * 5_000, "&" * 5_000, "f(" * 5_000, "X { a: " * 3_000, "vec![" * 200],
)
def test_deep_nesting_exhausts_nothing(nested: str) -> None:
    closing = {"[": "]", "(": ")", "{": "}"}
    end = "".join(closing.get(character, "") for character in reversed(nested))
    for source in (
        f"const D: X = {nested}1{end};\n{USUAL}",
        USUAL.replace("version: 18", f"version: 18, deep: {nested}1{end}"),
    ):
        text = text_of(source)
        assert [each.version for each in text.entries] == [17, 18]
        assert len(text.with_entry(entry(19, "teams")).entries) == 3


@pytest.mark.parametrize(
    "name", ["[red]", '"', '"]; x!(', '"#', "${x}", "a b", "é", "x" * 300, "{}", "%s", "'"]
)
@pytest.mark.parametrize("shape", ["const slice", "raw strings", "paths of pieces", "builders"])
def test_names_are_data(shape: str, name: str) -> None:
    text = text_of(SHAPES[shape])
    try:
        more = text.with_entry(entry(19, name))
    except RegistryError:
        assert shape == "raw strings"
        assert '"' in name
        return
    added = more.entries[2]
    assert (added.name, added.paths) == (name, entry(19, name).paths)
    assert listed(more.without_entry(19)) == [BASELINE, ROUTES]


@pytest.mark.parametrize("name", ["\\", "[/red]", "\u202e"])
def test_names_that_no_file_has_are_quoted_all_the_same(name: str) -> None:
    text = text_of(USUAL).with_entry(entry(19, name))
    assert text.entries[2].paths[Backend.LIBSQL] == posixpath.normpath(
        entry(19, name).paths[Backend.LIBSQL]
    )
    assert text.without_entry(19).content.decode() == USUAL


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(RegistryError, match="cannot be edited"):
        text_of(USUAL).with_entry(entry(19, "../../x"))


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    shape=st.sampled_from(sorted(SHAPES)),
    place=st.integers(0, 1_000),
    length=st.integers(0, 30),
    new=st.text("[](){}!#\"'/*&<>=,;:. \nvecstrconst17\\", max_size=6),
)
def test_damage_anywhere_ends_in_a_clear_error_or_in_a_sound_edit(
    shape: str, place: int, length: int, new: str
) -> None:
    source = SHAPES[shape]
    place %= len(source)
    damaged = text_of(source[:place] + new + source[place + length :])
    try:
        held = len(damaged.entries)
        more = damaged.with_entry(entry(40, "teams"))
        assert len(more.entries) == held + 1
        assert len(more.renamed(40, entry(41, "teams")).entries) == held + 1
        assert len(more.without_entry(40).entries) == held
    except RegistryError as refused:
        told = refused
        assert told.title


def test_two_lists_in_one_file_do_not_get_mixed_up() -> None:
    other = BOTH.replace("../migrations/", "../other/")
    text = text_of(f"const O: &[Manifest] = &[{other}];\n{USUAL}").with_entry(entry(19, "teams"))
    assert text.content.decode().startswith(f"const O: &[Manifest] = &[{other}];\n")
