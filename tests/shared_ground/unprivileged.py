"""Being an ordinary user for a while, also where the tests run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """An ordinary user's own folder, and a way to act as that user."""

    folder: Path

    @contextmanager
    def user(self) -> Iterator[None]:
        """Act as the ordinary user; what permissions forbid is then really refused."""
        if os.getuid() != 0:
            yield
            return
        os.setresuid(_NOBODY, _NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)


@pytest.fixture
def unprivileged() -> Iterator[Unprivileged]:
    """An ordinary user with an empty folder, outside of folders that only root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="unprivileged-"))
    try:
        if os.getuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        yield Unprivileged(folder)
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(folder)
