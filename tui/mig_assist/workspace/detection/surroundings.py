"""What lies around the migrations: their tests and the documents that describe them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from posixpath import basename, dirname

from mig_assist.errors import MigAssistError
from mig_assist.workspace.files import read_inside, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry_search import known_registry

_TEST_FOLDERS = frozenset({"test", "tests", "spec", "__tests__"})
_STORE_WORDS = frozenset(
    "store stores storage db database databases migration migrations persistence repository"
    " repositories schema sql".split()
)
_OF_THE_WHOLE = frozenset(
    "acceptance browser conformance cypress e2e end-to-end end_to_end playwright ui".split()
)
_BROWSER_TESTS = re.compile(
    r"(?:playwright|cypress|wdio|nightwatch)(?:\.\w+)?\.(?:[cm]?[jt]s|json)"
)
_SPECIFYING = (".ts", ".js", ".rb", ".php")
_CODE = (".py", ".rs", ".go", ".ts", ".js", ".java", ".kt", ".cs", ".rb", ".ex", ".exs", ".php")

_DATA_NAME = re.compile(
    r"data-(?:relationships?|models?)|(?:database|db)(?:-(?:schema|models?|design))?|schemas?(?:-.+)?"
    r"|erd?|er-diagram|entit(?:y|ies)(?:-.+)?"
)
_USER_NAME = re.compile(
    r"(?:.+-)?runbooks?(?:-.+)?|admin(?:istration|istrators?)?(?:-guide|-manual)?"
)
_DECISION_FOLDER = re.compile(
    r"adrs?|decisions|architecture-decisions|(?:architecture-)?decision-(?:logs?|records?)"
)
_DOCUMENT_FOLDERS = frozenset("doc docs documentation book handbook manual guide guides".split())
_TABLE = re.compile(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`\[]?(\w+)", re.IGNORECASE)
_FILES_READ = 200
_TABLES_MENTIONED = 2
_MOST_DOCUMENTS = 4
_RUST_TEST = re.compile(r"^\s*#\[(?:\w+::)?test\b", re.MULTILINE)
_MOST_INLINE = 12


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Paths relative to the workspace: folders, or files."""

    tests: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    adr: tuple[str, ...] = ()


def find_surroundings(workspace: Workspace, paths: Sequence[str]) -> Surroundings:
    """Look for tests and documents among the files of a workspace.

    Args:
        paths: all files, relative to the workspace.
    """
    documents = [path for path in paths if path.endswith(".md")]
    return Surroundings(
        _tests(workspace, paths),
        _data(workspace, documents),
        _user(documents),
        _decisions(documents),
    )


def _tests(workspace: Workspace, paths: Iterable[str]) -> tuple[str, ...]:
    """The tests nearest to the migrations, of the store alone where they have a folder."""
    sides = [f"{side.folder}/" for side in workspace.layout]
    paths = tuple(paths)
    browsers = tuple(f"{dirname(p)}/" for p in paths if _BROWSER_TESTS.fullmatch(basename(p)))
    code = [p for p in paths if p.endswith(_CODE) and not p.startswith(tuple(sides))]
    folders = {
        parent
        for path in code
        if not path.startswith(browsers) and _OF_THE_WHOLE.isdisjoint(path.split("/"))
        for parent in _parents(path)
        # Elsewhere a specification is a document.
        if basename(parent) != "spec" or path.endswith(_SPECIFYING)
    }
    for home in _homes(workspace):
        tests = sorted(f for f in folders if dirname(f) == home and basename(f) in _TEST_FOLDERS)
        of_store = sorted(f for f in folders if dirname(f) in tests and _is_of_store(basename(f)))
        inline = _inline_tests(workspace, home, code)
        if of_store or tests or inline:
            return (*(of_store or tests), *inline)
    return ()


def _inline_tests(workspace: Workspace, home: str, code: Iterable[str]) -> Sequence[str]:
    """The sources of a Rust crate that hold tests, as unit tests do.

    The registry is none of them: every migration changes it.
    """
    if not home or not (workspace.root / home / "Cargo.toml").is_file():
        return ()
    registry = known_registry(workspace).path
    sources = (p for p in code if p.startswith(f"{home}/src/") and p.endswith(".rs"))
    found = (p for p in sources if p != registry and _RUST_TEST.search(_text(workspace, p)))
    return sorted(found)[:_MOST_INLINE]


def _homes(workspace: Workspace) -> Iterator[str]:
    """The folders that hold both sides, innermost first, down to the root."""
    libsql, postgres = workspace.layout
    common = Path(*_shared_start(Path(libsql.folder).parts, Path(postgres.folder).parts))
    for folder in (common, *common.parents):
        yield "" if folder == Path() else folder.as_posix()


def _shared_start(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return
        yield a


def _is_of_store(name: str) -> bool:
    return not _STORE_WORDS.isdisjoint(re.split(r"[-_.]", name.lower()))


def _data(workspace: Workspace, documents: Iterable[str]) -> tuple[str, ...]:
    """Documents that are called like a data model and speak of the tables that exist."""
    called = [path for path in documents if _DATA_NAME.fullmatch(_stem(path))]
    if not called:
        return ()
    tables = _tables(workspace)
    wanted = min(_TABLES_MENTIONED, len(tables))
    mentions = {
        path: len(tables & set(re.findall(r"\w+", _text(workspace, path)))) for path in called
    }
    speaking = [path for path in called if mentions[path] >= wanted]
    return tuple(sorted(speaking, key=lambda path: (-mentions[path], path))[:_MOST_DOCUMENTS])


def _user(documents: Iterable[str]) -> tuple[str, ...]:
    """Runbooks and guides for administrators; their folder where they have one."""
    found: dict[str, None] = {}
    for path in sorted(documents):
        folders = list(_parents(path))
        if folders and not any(basename(f).lower() in _DOCUMENT_FOLDERS for f in folders):
            continue
        home = next((f for f in reversed(folders) if _USER_NAME.fullmatch(_stem(f))), None)
        if home or _USER_NAME.fullmatch(_stem(path)):
            found[home or path] = None
    return tuple(found)[:_MOST_DOCUMENTS]


def _decisions(documents: Iterable[str]) -> tuple[str, ...]:
    """The folder of the architecture decision records: the one nearest to the root."""
    folders = {
        folder
        for path in documents
        for folder in _parents(path)
        if _DECISION_FOLDER.fullmatch(_stem(folder))
    }
    nearest = min(folders, key=lambda folder: (folder.count("/"), folder), default=None)
    return (nearest,) if nearest else ()


def _tables(workspace: Workspace) -> set[str]:
    texts = (_text(workspace, file.path) for file in islice(scan(workspace), _FILES_READ))
    return {name for text in texts for name in _TABLE.findall(text)}


def _text(workspace: Workspace, path: str) -> str:
    """A file's text; nothing where it cannot be read, because this is only for a suggestion."""
    try:
        return read_inside(workspace.root, path).text
    except MigAssistError:
        return ""


def _parents(path: str) -> Iterator[str]:
    """The folders that a path lies in, innermost last."""
    for position, character in enumerate(path):
        if character == "/":
            yield path[:position]


def _stem(path: str) -> str:
    return re.sub(r"[\s_-]+", "-", basename(path).removesuffix(".md").lower())
