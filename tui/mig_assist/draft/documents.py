"""Scaffolds for items 8, 9 and 10: a section to fill in, or a new decision record."""

from __future__ import annotations

import datetime
import re

from mig_assist.digests import content_digest
from mig_assist.draft.scaffolds import render
from mig_assist.errors import WrongUse
from mig_assist.file_changes import FileChange, resolve_inside
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.model import Workspace

_NUMBERED = re.compile(r"(?![0-9]{4}-[0-9]{2}-[0-9]{2})([0-9]{1,5})[-_.].+\.md")


def plan_document(workspace: Workspace, item_key: str, version: int, name: str) -> FileChange:
    """The document change that one of the items ``data-docs``, ``user-docs``, ``adr`` begins with.

    Where the configuration names a file, a section is added to it; where it names a folder, a
    file is added there.

    Raises:
        WrongUse: mig-assist.toml names no document of that kind, or it is begun already.
        ChangeRefused: the document lies outside the workspace.
        UnreadableSource: the document is not text.
    """
    kind = item_key.removesuffix("-docs")
    path = _first(getattr(workspace.config.docs, kind), kind)
    values: dict[str, object] = {"version": version, "name": name, "title": title_of(name)}
    slug = name.replace("_", "-")
    if kind == "adr":
        begun = [record for record in _records(workspace) if record.endswith(f"-{slug}.md")]
        if begun:
            raise WrongUse(f"{path}/{begun[-1]} is there already", "", "Edit it, or rename it.")
        number = next_adr_number(workspace)
        values |= {"number": number, "date": datetime.date.today().isoformat()}
        slug = f"{number}-{slug}"
    section = render(f"docs/{kind}.md.j2", values)
    if path.endswith(".md") or resolve_inside(workspace.root, path).is_file():
        return appended(workspace, path, section)
    return appended(workspace, f"{path}/{slug}.md", section)


def appended(workspace: Workspace, path: str, section: str) -> FileChange:
    """The change that adds a section at the end of a document, or begins the document with it.

    Raises:
        WrongUse: the document has a section of that title.
        ChangeRefused, UnreadableSource: as for :func:`plan_document`.
    """
    place = resolve_inside(workspace.root, path)
    section = section.lstrip("\n")
    if not place.exists():
        return FileChange(path, section.encode())
    source = read_inside(workspace.root, path)
    heading = section.partition("\n")[0]
    if heading in source.text.split("\n"):
        raise WrongUse(
            f"{path} has this section",
            f"It is called {heading.lstrip('# ')!r}.",
            "Edit it; nothing was added.",
        )
    before = source.text.rstrip("\n")
    text = f"{before}\n\n{section}" if before else section
    return FileChange(path, source.encode(text), content_digest(place.read_bytes()))


def next_adr_number(workspace: Workspace) -> str:
    """The next number of the workspace's decision records, as wide as the others."""
    numbers = [match[1] for name in _records(workspace) if (match := _NUMBERED.fullmatch(name))]
    width = max(map(len, numbers), default=4)
    return str(max(map(int, numbers), default=0) + 1).zfill(width)


def _records(workspace: Workspace) -> list[str]:
    """The file names in the folder of decision records."""
    folder = resolve_inside(workspace.root, _first(workspace.config.docs.adr, "adr"))
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def title_of(name: str) -> str:
    """A migration's name as a heading."""
    return name.replace("_", " ").capitalize()


def _first(paths: tuple[str, ...], kind: str) -> str:
    if not paths:
        raise WrongUse(
            f"No {kind} documents are configured",
            "The configuration names none.",
            f'Write in mig-assist.toml: [docs] {kind} = ["path"], or let `mig-assist init` look'
            " for them.",
        )
    return paths[0]
