"""Digests see content, not line endings, and never take one sequence for another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.digests import combined_digest, content_digest, file_digest

# Of at least one byte each: an empty line between CR and LF would make them one line ending.
lines = st.binary(min_size=1).filter(lambda line: not {0x0A, 0x0D} & set(line))
endings = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(lines, endings)))
def test_any_mixture_of_line_endings_has_the_digest_of_plain_ones(
    text: list[tuple[bytes, bytes]],
) -> None:
    mixed = b"".join(line + ending for line, ending in text)
    plain = b"".join(line + b"\n" for line, _ in text)

    assert content_digest(mixed) == hashlib.sha256(plain).hexdigest()


@given(st.binary(), st.binary())
def test_different_content_has_a_different_digest(one: bytes, other: bytes) -> None:
    same = one.splitlines(keepends=False) == other.splitlines(keepends=False)

    if not same:
        assert content_digest(one) != content_digest(other)


strings = st.lists(st.text(st.characters() | st.characters(categories=["Cs"])), max_size=4)


@given(strings, strings)
def test_different_sequences_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (combined_digest(one) == combined_digest(other)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b"], ["ab"]),
        (["a\0b"], ["a", "b"]),
        ([], [""]),
        (["1:a"], ["", "a"]),
        (["a", "b"], ["b", "a"]),
    ],
)
def test_borders_and_order_count(one: list[str], other: list[str]) -> None:
    assert combined_digest(one) != combined_digest(other)


def test_a_file_has_the_digest_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_bytes(b"SELECT 1;\r\n")

    assert file_digest(tmp_path / "x.sql") == content_digest(b"SELECT 1;\n")


def test_what_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    assert file_digest(tmp_path / "missing") is None
    assert file_digest(tmp_path) is None
    assert file_digest(tmp_path / "n\0ul") is None
