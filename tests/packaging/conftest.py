"""mig-assist as a user has it: its wheel in an environment of its own, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.require import require


@dataclass(frozen=True, slots=True)
class Installation:
    """A virtual environment with nothing in it but the wheel and what the wheel asks for.

    Attributes:
        wheel: the wheel, built from the checkout.
        environment: the folder of the virtual environment.
        elsewhere: an empty folder from which commands run.
        dependencies: versions of all that the wheel needs, directly or not, by name.
    """

    wheel: Path
    environment: Path
    elsewhere: Path
    dependencies: dict[str, str]

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.environment / "bin" / "python"

    @property
    def mig_assist(self) -> Path:
        """The command that a user types."""
        return self.environment / "bin" / "mig-assist"

    def run(self, *argv: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command far from the checkout, with nothing of this process's environment."""
        return subprocess.run(
            argv,
            cwd=cwd or self.elsewhere,
            env={"PATH": f"{self.environment / 'bin'}{os.pathsep}{os.defpath}", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in a new environment, with just its own dependencies.

    pip puts the wheel there. The dependencies are links to the ones that this environment has:
    those that the wheel's metadata asks for and no others, each in a version that it allows, so
    that a dependency which is used but not declared is missed here as it would be elsewhere.
    """
    folder = tmp_path_factory.mktemp("installation")
    environment, elsewhere = folder / "environment", folder / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
            *("--no-deps", "--no-index", "--no-compile", wheel),
        ],
        check=True,
    )
    (site_packages,) = environment.glob("lib/python*/site-packages")
    installed = Distribution.at(next(site_packages.glob("mig_assist-*.dist-info")))
    dependencies = {found.name: found for found in _dependencies(installed)}
    for dependency in dependencies.values():
        _link(dependency, site_packages)
    versions = {name: found.version for name, found in dependencies.items()}
    return Installation(wheel, environment, elsewhere, versions)


def _dependencies(
    needing: Distribution, extras: frozenset[str] = frozenset()
) -> Iterator[Distribution]:
    """What a distribution needs, directly or not, as installed in this environment."""
    waiting, seen = [(needing, extras)], set[tuple[str, frozenset[str]]]()
    while waiting:
        current, wanted = waiting.pop()
        for requirement in map(Requirement, current.requires or ()):
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                continue
            found = distribution(requirement.name)
            assert requirement.specifier.contains(found.version, prereleases=True), (
                f"{current.name} needs {requirement}, and {found.version} is installed"
            )
            key = (found.name, frozenset(requirement.extras))
            if key not in seen:
                seen.add(key)
                waiting.append((found, key[1]))
                yield found


def _link(dependency: Distribution, site_packages: Path) -> None:
    files = require(dependency.files, f"the file list of {dependency.name} (install it with pip)")
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        target = site_packages / top
        if not target.exists():
            target.symlink_to(str(dependency.locate_file(top)))
