"""What ``.ci/run`` makes of the README's test command and of lint.

The machine's programs are stand-ins here; that it installs the real ones shows on a bare machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NPM = """#!/bin/sh
# Installs a mise whose lint ends as LINT_STATUS says.
folder=$3/node_modules/@jdxcode/mise-linux-x64/bin
mkdir -p "$folder" "$3/node_modules/@jdxcode/mise-linux-arm64"
printf '#!/bin/sh\\n[ "$1" != run ] || { echo linted; exit "$LINT_STATUS"; }' >"$folder/mise"
chmod +x "$folder/mise"
ln -s "$folder" "$3/node_modules/@jdxcode/mise-linux-arm64/bin"
"""

CLOSING_LINE = "===== 3 passed in 0.12s ====="


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Path:
    root = tmp_path / "checkout"
    programs = tmp_path / "programs"
    programs.mkdir()
    (root / ".ci").mkdir(parents=True)
    shutil.copy(repository / ".ci" / "run", root / ".ci")
    (programs / "python3").symlink_to(sys.executable)
    for name in ("git", "tmux", "dockerd", "ip"):
        (programs / name).symlink_to("/bin/true")
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    return root


def run_ci(checkout: Path, readme: str, lint_status: int = 0) -> subprocess.CompletedProcess[str]:
    (checkout / "README.md").write_text(readme)
    return subprocess.run(
        ["bash", ".ci/run"],
        cwd=checkout,
        env={
            "PATH": f"{checkout.parent / 'programs'}{os.pathsep}{os.defpath}",
            "HOME": str(checkout),
            "CI": "true",
            "LINT_STATUS": str(lint_status),
            "POSTGRES_URL": "postgresql://elsewhere.example/x",
            "PYTEST_ADDOPTS": "--collect-only",
            "MISE_ENV": "x",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def readme(command: str) -> str:
    marked = f"<!-- test-command -->\n```sh\n{command}\n```\n"
    return f"# x\n\n```sh\nexit 9\n```\n\n{marked}\n```sh\nexit 9\n```\n"


@pytest.mark.parametrize(
    ("tests", "lint", "expected"), [(0, 0, 0), (1, 0, 1), (5, 0, 1), (0, 1, 1), (1, 1, 1)]
)
def test_it_fails_where_tests_or_lint_fail(
    checkout: Path, tests: int, lint: int, expected: int
) -> None:
    done = run_ci(checkout, readme(f"echo '{CLOSING_LINE}'; exit {tests}"), lint)

    assert done.returncode == expected, done.stdout + done.stderr
    assert "linted" in done.stdout, "lint runs whatever the tests said"
    assert done.stdout.splitlines()[-1] == CLOSING_LINE


def test_the_tests_get_nothing_that_the_machine_happens_to_set(checkout: Path) -> None:
    command = 'echo "[$POSTGRES_URL$PYTEST_ADDOPTS$MISE_ENV] $MIG_ASSIST_NO_SKIPS"; cat'

    done = run_ci(checkout, readme(command))

    assert "\n[] 1\n" in done.stdout


def test_an_environment_from_elsewhere_does_not_matter(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "stale").touch()

    assert run_ci(checkout, readme("test ! -e .venv")).returncode == 0


@pytest.mark.parametrize("text", ["# x\n", readme("one\ntwo"), "<!-- test-command -->\n"])
def test_a_readme_without_a_test_command_is_a_failure(checkout: Path, text: str) -> None:
    done = run_ci(checkout, text)

    assert done.returncode == 1
    assert "README.md has no single line after <!-- test-command -->." in done.stdout
