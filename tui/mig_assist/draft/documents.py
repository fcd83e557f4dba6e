"""Scaffolds for items 8, 9 and 10: a section to fill in, or a new decision record."""

from __future__ import annotations

import datetime
import re

from mig_assist.digests import content_digest
from mig_assist.draft.scaffolds import render
from mig_assist.errors import WrongUse
from mig_assist.file_changes import FileChange, resolve_inside
from mig_assist.source_text import read_source
from mig_assist.workspace.model import Workspace

_NUMBERED = re.compile(r"(\d{3,5})[-_].+\.md")


def plan_document(workspace: Workspace, item_key: str, version: int, name: str) -> FileChange:
    """The document change that one of the items ``data-docs``, ``user-docs``, ``adr`` begins with.

    Raises:
        WrongUse: mig-assist.toml names no document of that kind.
        UnreadableSource: the document is not text.
    """
    docs = workspace.config.docs
    values: dict[str, object] = {"version": version, "name": name, "title": title_of(name)}
    if item_key == "adr":
        folder = _first(docs.adr, "adr")
        number = next_adr_number(workspace)
        values |= {"number": number, "date": datetime.date.today().isoformat()}
        text = render("docs/adr.md.j2", values)
        return FileChange(f"{folder}/{number}-{name.replace('_', '-')}.md", text.encode())
    kind, path = (
        ("data", _first(docs.data, "data"))
        if item_key == "data-docs"
        else ("user", _first(docs.user, "user"))
    )
    return appended(workspace, path, render(f"docs/{kind}.md.j2", values))


def appended(workspace: Workspace, path: str, section: str) -> FileChange:
    """The change that adds a section at the end of a document, or begins the document with it."""
    place = resolve_inside(workspace.root, path)
    if not place.exists():
        return FileChange(path, section.lstrip("\n").encode())
    source = read_source(place, path)
    text = source.text.rstrip("\n") + "\n" + section
    return FileChange(path, source.encode(text), content_digest(place.read_bytes()))


def next_adr_number(workspace: Workspace) -> str:
    """The next number of the workspace's decision records, as wide as the others."""
    folder = workspace.root / _first(workspace.config.docs.adr, "adr")
    numbers = (
        [match[1] for path in folder.iterdir() if (match := _NUMBERED.fullmatch(path.name))]
        if folder.is_dir()
        else []
    )
    width = max(map(len, numbers), default=4)
    return str(max(map(int, numbers), default=0) + 1).zfill(width)


def title_of(name: str) -> str:
    """A migration's name as a heading."""
    return name.replace("_", " ").capitalize()


def _first(paths: tuple[str, ...], kind: str) -> str:
    if not paths:
        raise WrongUse(
            f"No {kind} documents are configured",
            "mig-assist.toml names none.",
            f'Add them: [docs] {kind} = ["…"]',
        )
    return paths[0]
