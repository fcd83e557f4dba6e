"""A server's log stays bounded and is read from its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.local_postgres.log_file import LogFile


@pytest.fixture
def log(tmp_path: Path) -> LogFile:
    return LogFile(tmp_path / "log")


def test_an_absent_log_is_empty(log: LogFile) -> None:
    log.bound()

    assert log.size() == 0
    assert log.last_lines(3) == ""
    assert log.text_from(0) == ""
    assert list(log.follow(until=lambda: True)) == []


@pytest.mark.parametrize(
    ("count", "expected"), [(None, "a\nb\nc"), (2, "b\nc"), (0, ""), (9, "a\nb\nc")]
)
def test_the_last_lines_are_read(log: LogFile, count: int | None, expected: str) -> None:
    log.path.write_text("a\nb\nc\n")

    assert log.last_lines(count) == expected


def test_a_log_that_has_grown_is_cut_to_whole_lines_while_somebody_appends(log: LogFile) -> None:
    with log.path.open("ab", buffering=0) as server:
        for number in range(100):
            server.write(b"%3d%s\n" % (number, bytes(60000)))
        log.bound()
        server.write(b"after\n")

    lines = log.path.read_text().splitlines()
    assert log.size() < 512 * 1024
    assert lines[-1] == "after"
    assert [int(line[:3]) for line in lines[:-1]] == [96, 97, 98, 99]


def test_bytes_that_are_no_text_do_no_harm(log: LogFile) -> None:
    log.path.write_bytes(b"\xff\xfe caf\xc3\xa9\n")

    assert log.last_lines(1).endswith(" café")


def test_following_begins_at_the_end_and_survives_a_cut(log: LogFile) -> None:
    log.path.write_text("before\n" * 10)
    steps = iter(["", "cut\n"])

    def until() -> bool:
        content = next(steps, None)
        if content:
            log.path.write_text(content)
        return content is None

    assert list(log.follow(until)) == ["cut"]
