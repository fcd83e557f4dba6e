"""What is shown of a change before it is written."""

from __future__ import annotations

from pathlib import Path

from mig_assist.draft.previews import LONGEST_LINE, MOST_LINES, previews
from mig_assist.file_changes import FileChange


def test_an_edit_is_a_diff_and_a_new_file_is_shown_whole(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;\nSELECT 2;\n")
    edit, new = previews(
        tmp_path,
        [FileChange("a.sql", b"SELECT 1;\nSELECT 3;\n", "x"), FileChange("b.sql", b"SELECT 4;\n")],
    )
    assert "-SELECT 2;\n+SELECT 3;" in edit.text
    assert (new.text, new.is_new) == ("SELECT 4;\n", True)


def test_bulk_data_is_cut_and_says_so(tmp_path: Path) -> None:
    lines = b"INSERT INTO a VALUES (1);\n" * (MOST_LINES + 500)
    (shown,) = previews(tmp_path, [FileChange("a.sql", lines)])
    assert shown.text.endswith("\n… and 501 more lines")
    assert shown.text.count("\n") == MOST_LINES


def test_a_literal_of_megabytes_beside_an_edit_is_cut(tmp_path: Path) -> None:
    literal = "x" * 8_000_000
    (tmp_path / "a.sql").write_text(f"-- V18\nSELECT '{literal}';\n")
    change = FileChange("a.sql", f"-- V19\nSELECT '{literal}';\n".encode(), "x")
    (shown,) = previews(tmp_path, [change])
    assert "-- V18" in shown.text
    assert "more characters" in shown.text
    assert len(shown.text) < 2 * LONGEST_LINE
