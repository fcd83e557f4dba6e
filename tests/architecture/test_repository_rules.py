"""What git tracks works on every machine: no address of a registry, no path of one machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.require import require

LOCK_FILES = frozenset(
    {
        "Cargo.lock",
        "Gemfile.lock",
        "Pipfile.lock",
        "bun.lock",
        "mise.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pdm.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "pylock.toml",
        "uv.lock",
        "yarn.lock",
    }
)

# Written in pieces, so that this file keeps the rules that it states.
REGISTRY = re.compile(
    "|".join(
        [
            r"pypi[.]org",
            r"pythonhosted[.]org",
            r"npmjs[.](?:org|com)",
            r"yarnpkg[.]com",
            r"(?:deb|security|snapshot)[.]debian[.]org",
            r"(?:archive|ports)[.]ubuntu[.]com",
            r"crates[.]io",
            r"ghcr[.]io",
            r"quay[.]io",
            r"(?:registry|index|hub)[.](?:-1[.])?docker[.](?:io|com)",
            # npm's option takes an address; that of `mig-assist init` takes a file.
            r"--(?:extra-)?index[-]url|--registr[y][ =]\W?https?:|--find[-]links",
        ]
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.$}/-])/(?:root|work|home/[a-z]\w*|Users/\w+|tmp/lab|opt/pypi)\b"
)


@pytest.fixture(scope="module")
def tracked(repository: Path) -> dict[str, bytes]:
    """The content of every file that git tracks, by its path."""
    git = require(shutil.which("git"), "git (apt-get install git)")
    require((repository / ".git").exists(), "a git checkout (git clone)")
    listed = subprocess.run(
        [git, "-c", f"safe.directory={repository}", "ls-files", "-z"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    files = {name: repository / name for name in listed.stdout.split("\0") if name}
    return {name: path.read_bytes() for name, path in files.items() if path.is_file()}


def _lines_with(pattern: re.Pattern[str], tracked: dict[str, bytes]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, content in tracked.items()
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_lock_file_is_tracked(tracked: dict[str, bytes]) -> None:
    assert [name for name in tracked if Path(name).name in LOCK_FILES] == []


def test_no_file_names_a_package_registry(tracked: dict[str, bytes]) -> None:
    assert _lines_with(REGISTRY, tracked) == []


def test_no_file_names_a_path_of_one_machine(tracked: dict[str, bytes]) -> None:
    assert _lines_with(MACHINE_PATH, tracked) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRY, "pip install --index-" + "url somewhere"),
        (REGISTRY, "https://py" + "pi.org/simple"),
        (MACHINE_PATH, "cd /wo" + "rk/main"),
        (MACHINE_PATH, "path = '/ho" + "me/ada/project'"),
    ],
)
def test_the_rules_recognise_what_they_forbid(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "the frame/wo" + "rk/flow",
        "docs/ro" + "ot/x",
        "apt-get install docker.io",
        "$HO" + "ME/wo" + "rk/x",
    ],
)
def test_the_rules_pass_what_is_harmless(line: str) -> None:
    assert not REGISTRY.search(line)
    assert not MACHINE_PATH.search(line)


def test_names_of_test_modules_are_unique(tracked: dict[str, bytes]) -> None:
    names = Counter(Path(name).name for name in tracked if name.startswith("tests/"))
    repeated = {name for name, count in names.items() if count > 1}

    assert not {name for name in repeated if name.startswith("test_")}


def test_the_top_level_holds_nothing_else_to_trip_over(tracked: dict[str, bytes]) -> None:
    assert {name.split("/")[0] for name in tracked} <= {
        ".ci",
        ".gitignore",
        "LICENSE",
        "README.md",
        "docs",
        "mig-assist.toml",
        "migrations",
        "mise.toml",
        "pyproject.toml",
        "scaffolds",
        "tests",
        "tui",
    }


def test_ci_can_be_started(repository: Path) -> None:
    assert os.access(repository / ".ci" / "run", os.X_OK)


def test_the_readme_marks_its_test_command(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")

    marked = re.findall(r"^<!-- test-command -->\n+```\w*\n(.+)\n```$", readme, re.MULTILINE)

    assert len(marked) == 1
    assert marked[0].endswith(".venv/bin/python -m pytest")
