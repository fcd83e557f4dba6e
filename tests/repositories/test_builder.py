"""The fixture repositories are what they are said to be."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from tests.repositories.builder import LAYOUTS, build_repository
from tests.require import require


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_both_files_of_each_version(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout, git=False)

    paths = [repository.path(side, version) for side in Backend for version in repository.names]
    assert len(set(paths)) == 6
    assert all((tmp_path / path).is_file() for path in paths)


def test_the_history_has_a_commit_for_each_version(tmp_path: Path) -> None:
    repository = build_repository(tmp_path, versions={17: "baseline", 18: "api_key_scopes"})

    subjects = repository.git("log", "--format=%s").splitlines()

    assert subjects == ["Add api_key_scopes", "Add baseline", "Start"]
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize("prefix", ["", "crates/a_store_with_a_rather_long_name/"])
def test_a_rust_registry_is_as_rustfmt_leaves_it(tmp_path: Path, prefix: str) -> None:
    rustfmt = require(shutil.which("rustfmt"), "rustfmt (apt-get install rustfmt)")
    names = {
        17: "baseline",
        18: "a_name_so_long_that_the_line_has_to_wrap_inside_the_include_str_macro",
    }
    repository = build_repository(
        tmp_path, versions=names, registry="rust", prefix=prefix, git=False
    )

    checked = subprocess.run(
        [rustfmt, "--edition", "2021", "--check", repository.registry_path],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert checked.stdout == ""
    assert checked.returncode == 0
