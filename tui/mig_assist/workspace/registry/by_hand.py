"""Migrations that Rust source names one by one, in a form that is not edited here.

Each new one has to be added by hand; what can be told is where, and whether it was.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile, scan
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry.places import crate_of, locator

INCLUDES = re.compile(r"\binclude_(?:str|bytes)!")
_INCLUDE = re.compile(
    r"\binclude_(?:str|bytes)!\s*[(\[{]\s*"
    r'(?P<rooted>concat!\s*\(\s*env!\s*\(\s*"CARGO_MANIFEST_DIR"\s*,?\s*\)\s*,\s*)?'
    r'r?#*"(?P<path>[^"\n]+)"'
)
_TEXT = re.compile(r'"([^"\n]+)"')
_TEST_FOLDERS = frozenset(("tests", "test", "benches", "examples", "fixtures"))


class Mention(NamedTuple):
    """A migration's file, and the place in Rust source that names it."""

    file: MigrationFile
    path: str
    line: int


def is_of_tests(path: str) -> bool:
    """Whether a file lies in a folder of tests or examples."""
    return not _TEST_FOLDERS.isdisjoint(posixpath.dirname(path).split("/"))


def kept_by_hand(
    workspace: Workspace, sources: Mapping[str, str], embedded: Collection[Backend] = ()
) -> Mention | None:
    """The newest migration that is named where the others are; None where no file lists them.

    Args:
        sources: the texts of Rust files, by their paths.
        embedded: sides whose folders a macro takes whole.
    """
    return max(
        (
            newest
            for side, mentions in _by_side(workspace, sources).items()
            if side not in embedded and (newest := _newest(workspace, side, mentions))
        ),
        key=lambda mention: mention.file.version,
        default=None,
    )


def missing_by_hand(
    workspace: Workspace, sources: Mapping[str, str], embedded: Collection[Backend] = ()
) -> Iterator[tuple[MigrationFile, Mention]]:
    """The files that are newer than any that is named, each with the newest that is."""
    for side, mentions in _by_side(workspace, sources).items():
        newest = None if side in embedded else _newest(workspace, side, mentions)
        if newest is not None:
            for file in scan(workspace):
                if file.backend is side and file.version > newest.file.version:
                    yield file, newest


def _newest(workspace: Workspace, side: Backend, mentions: Sequence[Mention]) -> Mention | None:
    """The newest mention, where they are a list: most versions from the first named one on."""
    named = {mention.file.version for mention in mentions}
    active = {
        file.version
        for file in scan(workspace)
        if file.backend is side and file.version >= workspace.config.baseline
    }
    listed = named & active
    since = [version for version in active if listed and version >= min(listed)]
    if not listed or len(listed) * 2 < len(since) or (len(listed) == 1 and len(active) > 2):
        return None
    return max(mentions, key=lambda mention: mention.file.version)


def _by_side(
    workspace: Workspace, sources: Mapping[str, str]
) -> Mapping[Backend, Sequence[Mention]]:
    texts = {
        path: text
        for path, text in sources.items()
        if path.endswith(".rs") and INCLUDES.search(text) and not is_of_tests(path)
    }
    found = list(_included(workspace.root, workspace.layout, texts))
    # A macro of the repository's own may make the paths from the files' names.
    mentions = found or list(_named(scan(workspace), workspace.layout, texts))
    return {side: [each for each in mentions if each.file.backend is side] for side in Backend}


def _included(root: Path, layout: Layout, texts: Mapping[str, str]) -> Iterator[Mention]:
    locate = locator(layout)
    for path, text in texts.items():
        places: list[tuple[int, MigrationFile]] = []
        for match in _INCLUDE.finditer(text):
            folder = crate_of(root, path) if match["rooted"] else posixpath.dirname(path)
            stated = match["path"].lstrip("/") if match["rooted"] else match["path"]
            file = locate(posixpath.normpath(posixpath.join(folder, stated)))
            if file is not None:
                places.append((match.start(), file))
        yield from _outside_tests(path, text, places)


def _named(
    files: Iterable[MigrationFile], layout: Layout, texts: Mapping[str, str]
) -> Iterator[Mention]:
    by_stem: dict[str, list[MigrationFile]] = {}
    for file in files:
        below = file.path.removeprefix(layout.of(file.backend).below_root(""))
        by_stem.setdefault(below.partition("/")[0].removesuffix(".sql"), []).append(file)
    for path, text in texts.items():
        places = [
            (match.start(), file)
            for match in _TEXT.finditer(text)
            for file in by_stem.get(posixpath.basename(match[1]).removesuffix(".sql"), ())
        ]
        yield from _outside_tests(path, text, places)


def _outside_tests(
    path: str, text: str, places: Sequence[tuple[int, MigrationFile]]
) -> Iterator[Mention]:
    """The mentions that are neither in a test nor in a comment."""
    if not places:
        return
    from mig_assist.workspace.registry.rust.syntax import COMMENTS, RustSource, in_tests

    source = RustSource(text.encode())
    for place, file in places:
        start = len(text[:place].encode())
        node = source.tree.root_node.descendant_for_byte_range(start, start + 1)
        if node is not None and node.type not in COMMENTS and not in_tests(source, node):
            yield Mention(file, path, text.count("\n", 0, place) + 1)
