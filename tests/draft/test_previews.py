"""What would be written, as both front ends show it."""

from __future__ import annotations

from pathlib import Path

from mig_assist.draft.previews import Preview, previews
from mig_assist.file_changes import FileChange


def test_a_new_file_is_shown_whole_and_an_edit_as_a_diff(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\ntwo\n")
    changes = [
        FileChange("a.md", b"one\nthree\n", "digest"),
        FileChange("b.sql", b"SELECT 1;\n"),
    ]
    edit, new = previews(tmp_path, changes)
    assert (edit.path, edit.kind) == ("a.md", "edit")
    assert edit.text == "--- now\n+++ then\n@@ -1,2 +1,2 @@\n one\n-two\n+three"
    assert new == Preview("b.sql", "SELECT 1;\n", is_new=True)
    assert new.kind == "new file"


def test_a_move_is_one_preview_under_the_new_name(tmp_path: Path) -> None:
    (tmp_path / "old.sql").write_text("-- V18\n")
    (tmp_path / "same.sql").write_text("SELECT 1;\n")
    changes = [
        FileChange("old.sql", None, "digest"),
        FileChange("new.sql", b"-- V19\n"),
        FileChange("same.sql", None, "digest"),
        FileChange("moved.sql", b"SELECT 1;\n"),
    ]
    shown = previews(tmp_path, changes, [("old.sql", "new.sql"), ("same.sql", "moved.sql")])
    assert [(each.path, each.kind) for each in shown] == [
        ("new.sql", "renamed"),
        ("moved.sql", "renamed"),
    ]
    assert shown[0].text.startswith("--- old.sql\n+++ new.sql\n")
    assert shown[1].text == "Only its name changes: it was same.sql."
