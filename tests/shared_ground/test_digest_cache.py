"""Digests of untouched files are remembered; of any others never."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mig_assist.digest_cache import CACHE_NAME, SETTLED_SECONDS, remembered_digest
from mig_assist.state_folder import NAME, state_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a state folder and one file."""
    state_folder(tmp_path)
    (tmp_path / "a.sql").write_text("one")
    return tmp_path


class Reader:
    """Reads a file, and counts how often."""

    def __init__(self, root: Path) -> None:
        self.root, self.times = root, 0

    def __call__(self) -> str:
        self.times += 1
        return (self.root / "a.sql").read_text()


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file's times lie far enough in the past."""
    then = time.time() + 2 * SETTLED_SECONDS
    monkeypatch.setattr(time, "time", lambda: then)


def test_an_untouched_file_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)
    reader = Reader(root)
    assert {remembered_digest(root, "k", ["a.sql"], reader) for _ in range(3)} == {"one"}
    assert reader.times == 1


def test_a_file_that_was_just_written_is_always_read(root: Path) -> None:
    reader = Reader(root)
    for _ in range(2):
        remembered_digest(root, "k", ["a.sql"], reader)
    assert reader.times == 2


def test_an_edit_that_keeps_size_and_mtime_is_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    reader = Reader(root)
    remembered_digest(root, "k", ["a.sql"], reader)
    before = (root / "a.sql").stat()
    (root / "a.sql").write_text("two")
    os.utime(root / "a.sql", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert remembered_digest(root, "k", ["a.sql"], reader) == "two"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"k": 1}', b'{"k": [1]}', b"\xff"])
def test_a_damaged_memory_is_none(
    root: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    later(monkeypatch)
    (root / NAME / CACHE_NAME).write_bytes(content)
    reader = Reader(root)
    assert remembered_digest(root, "k", ["a.sql"], reader) == "one"
    assert remembered_digest(root, "k", ["a.sql"], reader) == "one"
    assert reader.times == 1


def test_nothing_is_written_where_mig_assist_never_worked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    (tmp_path / "a.sql").write_text("one")
    remembered_digest(tmp_path, "k", ["a.sql"], Reader(tmp_path))
    assert not (tmp_path / NAME).exists()
