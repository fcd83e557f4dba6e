"""Items 8, 9 and 10 begin with a section or a record that asks to be filled in."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from mig_assist.draft.documents import next_adr_number, plan_document
from mig_assist.errors import WrongUse
from mig_assist.file_changes import ChangeRefused, FileChange, write_all
from mig_assist.source_text import UnreadableSource
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.config import Config, DocsConfig
from tests.conftest import WorkspaceCopy
from tests.workspace.layouts import write

DOCS = DocsConfig(("docs/data.md",), ("docs/admin.md",), ("docs/adr",))
ITEMS = ("data-docs", "user-docs", "adr")


def workspace_at(root: Path, docs: DocsConfig = DOCS) -> Workspace:
    return Workspace(root, Config(docs=docs))


def plan(root: Path, item: str, docs: DocsConfig = DOCS) -> FileChange:
    return plan_document(workspace_at(root, docs), item, 18, "route_tags")


def text_of(change: FileChange) -> str:
    assert change.content is not None
    return change.content.decode()


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("data-docs", "docs/data.md"),
        ("user-docs", "docs/admin.md"),
        ("adr", "docs/adr/0001-route-tags.md"),
    ],
)
def test_a_document_that_is_missing_is_begun(tmp_path: Path, item: str, path: str) -> None:
    change = plan(tmp_path, item)
    assert (change.path, change.before) == (path, None)
    assert text_of(change).startswith("#")
    assert text_of(change).endswith("\n")
    assert "mig-assist: todo" in text_of(change)
    assert "V18" in text_of(change)


@pytest.mark.parametrize("item", ["data-docs", "user-docs"])
def test_a_section_is_added_at_the_end(workspace_copy: WorkspaceCopy, item: str) -> None:
    workspace = open_workspace(workspace_copy())
    change = plan_document(workspace, item, 18, "route_tags")
    before = (workspace.root / change.path).read_text()
    assert text_of(change).startswith(f"{before.rstrip()}\n\n## Route tags\n\n")
    write_all(workspace.root, [change])


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    write(tmp_path, "docs/data.md", b"\xef\xbb\xbf# Data\r\n\r\nOld.\r\n\r\n\r\n")
    text = text_of(plan(tmp_path, "data-docs"))
    assert text.startswith("\ufeff# Data\r\n\r\nOld.\r\n\r\n## Route tags\r\n\r\n")
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_document_begins_with_the_section(tmp_path: Path, content: str) -> None:
    write(tmp_path, "docs/data.md", content)
    assert text_of(plan(tmp_path, "data-docs")).startswith("## Route tags\n")


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_begun_is_not_begun_again(tmp_path: Path, item: str) -> None:
    write_all(tmp_path, [plan(tmp_path, item)])
    with pytest.raises(WrongUse):
        plan(tmp_path, item)


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_not_configured_is_said_with_the_key(tmp_path: Path, item: str) -> None:
    with pytest.raises(WrongUse) as caught:
        plan(tmp_path, item, DocsConfig())
    assert f"[docs] {item.removesuffix('-docs')} = " in caught.value.fix


def test_a_folder_gets_a_document_of_its_own(tmp_path: Path) -> None:
    docs = DocsConfig(("docs/data",), ("docs/admin",), ())
    assert plan(tmp_path, "data-docs", docs).path == "docs/data/route-tags.md"
    write(tmp_path, "docs/admin/other.md", "")
    assert plan(tmp_path, "user-docs", docs).path == "docs/admin/route-tags.md"


def test_decisions_kept_in_one_file_get_a_section(tmp_path: Path) -> None:
    write(tmp_path, "DECISIONS.md", "# Decisions\n")
    change = plan(tmp_path, "adr", DocsConfig(adr=("DECISIONS.md",)))
    assert change.path == "DECISIONS.md"
    assert text_of(change).startswith("# Decisions\n\n# ")


def test_a_record_has_number_title_date_and_migration(tmp_path: Path) -> None:
    write(tmp_path, "docs/adr/0007-something-else.md", "")
    text = text_of(plan(tmp_path, "adr"))
    assert text.startswith("# 0008. Route tags\n")
    assert f"Date: {datetime.date.today().isoformat()}\n" in text
    assert "Migration: V18 `route_tags`\n" in text


@pytest.mark.parametrize(
    ("existing", "number"),
    [
        ([], "0001"),
        (["README.md", "template.md", "images"], "0001"),
        (["0001-a.md", "0002-b.md"], "0003"),
        (["0009-a.md", "0010-b.md"], "0011"),
        (["001-a.md", "012_b.md"], "013"),
        (["1-a.md", "2-b.md"], "3"),
        (["9-a.md"], "10"),
        (["99999-a.md"], "100000"),
        (["2024-05-01-a.md"], "0001"),
        (["0003-a.md", "2024-05-01-b.md"], "0004"),
        (["0001-a.txt", "0005.md"], "0001"),
        (["٠٠٠٩-a.md"], "0001"),
    ],
)
def test_the_number_follows_those_there_are(
    tmp_path: Path, existing: list[str], number: str
) -> None:
    for name in existing:
        write(tmp_path, f"docs/adr/{name}", "")
    assert next_adr_number(workspace_at(tmp_path)) == number


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff", "not UTF-8"), (b"\0", "not a text file"), (b"x" * 9_000_000, "too large")],
    ids=["not-utf-8", "binary", "huge"],
)
def test_a_document_that_is_no_text_is_left_alone(
    tmp_path: Path, content: bytes, told: str
) -> None:
    write(tmp_path, "docs/data.md", content)
    with pytest.raises(UnreadableSource, match=told):
        plan(tmp_path, "data-docs")


@pytest.mark.parametrize("item", ITEMS)
def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path, item: str) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    (tmp_path / "outside" / "adr").mkdir(parents=True)
    (root / "docs").symlink_to(tmp_path / "outside")
    with pytest.raises(ChangeRefused, match="outside the workspace"):
        plan(root, item)
