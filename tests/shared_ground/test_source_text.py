"""Files that people wrote are read as they meant them, or refused with what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.source_text import (
    MAX_SOURCE_BYTES,
    SourceText,
    UnreadableSource,
    decode_source,
    read_source,
)
from tests.shared_ground.unprivileged import Unprivileged

# Text as the code sees it: LF line endings, no byte order mark, nothing that is not text.
texts = st.text(st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cs"]))


@given(text=texts, newline=st.sampled_from(["\n", "\r\n"]), has_bom=st.booleans())
def test_a_file_is_written_back_byte_by_byte(text: str, newline: str, has_bom: bool) -> None:
    content = (("\ufeff" if has_bom else "") + text.replace("\n", newline)).encode()

    source = decode_source(content, "x.sql")

    assert source.text == text
    assert source.has_bom is has_bom
    assert source.encode(source.text) == content


def test_a_change_keeps_the_files_own_line_endings() -> None:
    source = decode_source(b"\xef\xbb\xbfSELECT 1;\r\n", "x.sql")

    assert source == SourceText("SELECT 1;\n", "\r\n", has_bom=True)
    assert source.encode("SELECT 2;\nSELECT 3;\n") == b"\xef\xbb\xbfSELECT 2;\r\nSELECT 3;\r\n"


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(content: bytes) -> None:
    try:
        text = content.decode()
        is_text = "\0" not in text
    except UnicodeDecodeError:
        is_text = False

    if is_text:
        assert "\r" not in decode_source(content, "x.sql").text
    else:
        with pytest.raises(UnreadableSource, match=r"^x\.sql is not .*\n.+\nSave it"):
            decode_source(content, "x.sql")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"SELECT 1;\n-- caf\xe9\n", "Line 2 has the byte 0xe9"),
        (b"a\r\nb\r\n\xff", "Line 3 has the byte 0xff"),
        ("\ufeffSELECT".encode("utf-16-le"), "Line 1 has the byte 0xff|NUL byte at offset 3"),
        (b"SQLite format 3\0", "NUL byte at offset 15"),
    ],
)
def test_the_place_of_the_trouble_is_named(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableSource, match=message):
        decode_source(content, "x.sql")


def test_the_largest_file_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.sql"
    path.write_bytes(b"-" * MAX_SOURCE_BYTES)
    assert len(read_source(path).text) == MAX_SOURCE_BYTES

    with path.open("ab") as file:
        file.write(b"-")

    with pytest.raises(UnreadableSource, match="8,388,609 bytes; the limit is 8,388,608"):
        read_source(path)


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.sql"
    path.touch()
    os.truncate(path, 1 << 40)

    with pytest.raises(UnreadableSource, match=r"huge\.sql is too large"):
        read_source(path)


def test_what_is_no_file_is_named_as_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "loop.sql").symlink_to("loop.sql")
    (tmp_path / "plain").touch()

    for path, title in [
        (tmp_path / "missing.sql", "missing.sql does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe.sql", "pipe.sql is not a file"),
        (Path(os.devnull), "null is not a file"),
        (tmp_path / "loop.sql", "loop.sql cannot be read"),
        (tmp_path / "plain" / "x.sql", "x.sql cannot be read"),
        (tmp_path / "n\0ul.sql", "cannot be read"),
    ]:
        with pytest.raises(UnreadableSource, match=title):
            read_source(path)


def test_errors_call_a_file_by_the_name_given(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource) as refused:
        read_source(tmp_path / "x.sql", "migrations/x.sql")

    assert refused.value.title == "migrations/x.sql does not exist"


def test_a_file_without_permission_says_how_to_give_it(unprivileged: Unprivileged) -> None:
    path = unprivileged.folder / "x.sql"
    path.write_text("SELECT 1;")
    path.chmod(0)

    with unprivileged.user(), pytest.raises(UnreadableSource) as refused:
        read_source(path)

    assert refused.value.message == "Permission was denied."
    assert refused.value.fix == f"Run: chmod u+r '{path}'"
