"""Item 4: the registry lists each pair once, in order, with its real paths and checksums."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.verify.registry import check_registry
from mig_assist.workspace import Workspace, open_workspace
from tests.conftest import WorkspaceCopy
from tests.verify.conftest import codes
from tests.workspace.layouts import (
    entry_text,
    pair_paths,
    small_workspace,
    write,
    write_pair,
)

REGISTRY = "migrations/registry.toml"


def change(workspace: Workspace, before: str, after: str, count: int = -1) -> None:
    place = workspace.root / REGISTRY
    text = place.read_text()
    assert before in text
    place.write_text(text.replace(before, after, count))


@pytest.fixture
def three(tmp_path: Path) -> Workspace:
    """A workspace with three registered versions."""
    versions = (17, "baseline"), (18, "route_tags"), (19, "team_tags")
    return small_workspace(tmp_path / "workspace", *versions)


def test_the_embedded_workspace_passes(workspace_copy: WorkspaceCopy) -> None:
    report = check_registry(open_workspace(workspace_copy()))
    assert report.findings == ()
    assert report.summary == "migrations/registry.toml lists 1 versions, all as they are"


def test_registered_pairs_pass_in_any_line_ending(three: Workspace) -> None:
    assert check_registry(three).findings == ()
    for path in (three.root / "migrations").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check_registry(three).findings == ()


def test_folders_need_no_registry(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    report = check_registry(open_workspace(tmp_path))
    assert report.passed
    assert "no registry" in report.summary


@pytest.mark.parametrize("side", [0, 1])
def test_a_listed_file_has_to_exist(three: Workspace, side: int) -> None:
    path = pair_paths(18, "route_tags")[side]
    (three.root / path).unlink()
    (finding,) = check_registry(three).findings
    assert (finding.code, finding.version, finding.path) == ("registry/missing-file", 18, REGISTRY)
    assert finding.backend is list(Backend)[side]
    assert f"names {path}, which does not exist" in finding.message
    (three.root / path).mkdir()
    assert "cannot be read as a file" in check_registry(three).findings[0].message


def test_an_edit_shows_in_the_checksum(three: Workspace) -> None:
    path = pair_paths(18, "route_tags")[1]
    write(three.root, path, "CREATE TABLE other (id TEXT);\n")
    (finding,) = check_registry(three).findings
    assert (finding.code, finding.backend) == ("registry/checksum-differs", Backend.POSTGRES)
    assert path in finding.message


def test_a_name_has_to_be_the_files(three: Workspace) -> None:
    change(three, 'name = "route_tags"', 'name = "route_labels"')
    assert codes(check_registry(three)) == ["registry/name-differs"] * 2


def test_sides_that_are_swapped_are_noticed(three: Workspace) -> None:
    libsql, postgres = pair_paths(18, "route_tags")
    text = entry_text(three.root, 18, "route_tags")
    lines = [
        f'libsql = "{postgres}"' if line.startswith("libsql") else
        f'postgres = "{libsql}"' if line.startswith("postgres") else line
        for line in text.splitlines()
    ]  # fmt: skip
    change(three, text, "\n".join(lines) + "\n")
    found = check_registry(three).findings
    assert {f.code for f in found} == {"registry/swapped-files", "registry/checksum-differs"}
    assert "Put each path where its database reads it." in [f.fix for f in found]


def test_a_path_may_be_written_in_another_way(three: Workspace) -> None:
    change(three, '"migrations/V18__', '"./migrations//V18__')
    assert check_registry(three).findings == ()


@pytest.mark.parametrize(
    "path",
    ["../outside.sql", "/etc/passwd", "migrations/../../outside.sql", "a\\u0000b", "a" * 5_000],
)
def test_a_path_that_is_none_in_the_workspace_is_never_read(three: Workspace, path: str) -> None:
    change(three, f'"{pair_paths(18, "route_tags")[0]}"', f'"{path}"')
    found = check_registry(three).findings
    assert [f.code for f in found] == ["registry/name-differs", "registry/missing-file"]


def test_a_link_out_of_the_workspace_is_never_read(three: Workspace, tmp_path: Path) -> None:
    outside = write(tmp_path, "outside.sql", "SELECT 1;")
    place = three.root / pair_paths(18, "route_tags")[0]
    place.unlink()
    place.symlink_to(outside)
    (finding,) = check_registry(three).findings
    assert finding.code == "registry/missing-file"
    assert "leads to" in finding.message


def test_order_counts(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, (18, "route_tags"), (17, "baseline"))
    (finding,) = check_registry(workspace).findings
    assert (finding.code, finding.version) == ("registry/order", 17)
    assert "V17 is listed after V18" in finding.message


@pytest.mark.parametrize(
    "versions",
    [
        [(17, "baseline"), (18, "route_tags"), (18, "route_tags")],
        [(17, "baseline"), (18, "route_tags"), (17, "baseline")],
    ],
)
def test_each_version_is_listed_once(tmp_path: Path, versions: list[tuple[int, str]]) -> None:
    workspace = small_workspace(tmp_path, *versions)
    assert codes(check_registry(workspace)) == ["registry/duplicate"]


def test_history_below_the_baseline_is_not_listed(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, (16, "older"), (17, "baseline"))
    (finding,) = check_registry(workspace).findings
    assert (finding.code, finding.version) == ("registry/below-baseline", 16)


def test_a_file_that_is_not_listed_would_not_run(three: Workspace) -> None:
    write_pair(three.root, 20, "forgotten_tags")
    write_pair(three.root, 16, "older")
    found = check_registry(three).findings
    assert [(f.code, f.version, f.backend) for f in found] == [
        ("registry/unlisted-file", 20, Backend.LIBSQL),
        ("registry/unlisted-file", 20, Backend.POSTGRES),
    ]


def test_a_registry_that_is_none_says_where(three: Workspace) -> None:
    place = three.root / REGISTRY
    place.write_text(place.read_text() + "\n<<<<<<< HEAD\n")
    (finding,) = check_registry(three).findings
    assert finding.code == "registry/conflict"
    assert finding.line == place.read_text().count("\n")
    place.unlink()
    (finding,) = check_registry(three).findings
    assert "does not exist" in finding.message


def test_a_registry_outside_the_workspace_is_not_read(three: Workspace, tmp_path: Path) -> None:
    outside = write(tmp_path, "outside.toml", "")
    (three.root / REGISTRY).unlink()
    (three.root / REGISTRY).symlink_to(outside)
    (finding,) = check_registry(three).findings
    assert finding.code == "registry/unreadable"
    assert "outside the workspace" in finding.message
