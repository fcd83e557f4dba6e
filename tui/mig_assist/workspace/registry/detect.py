"""Looking for the registry of a repository, in its Rust and TOML files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from mig_assist.errors import MigAssistError
from mig_assist.workspace.config import Config, MigrationFolders, RegistryConfig
from mig_assist.workspace.detection.listing import list_files
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.registry.conflict import EditableRegistry, upper_side
from mig_assist.workspace.registry.places import crate_of, locator

_INCLUDES = re.compile(r"\binclude_(?:str|bytes)!")
_TABLES = re.compile(r"^\s*\[\[\s*migration\s*\]\]", re.MULTILINE)
_MACRO = re.compile(
    r'\b(?P<macro>embed_migrations|migrate|include_dir)!\s*[(\[{]\s*(?:"(?P<path>[^"]*)")?'
    r'|#\[\s*folder\s*=\s*"(?P<folder>[^"]*)"'
)
_TEST_FOLDERS = frozenset(("tests", "test", "benches", "examples", "fixtures"))


class DetectedRegistry(NamedTuple):
    """A registry that was found; ``why`` tells by what, in one sentence."""

    config: RegistryConfig
    why: str


class SeveralRegistries(RegistryError):
    """More than one file lists the migrations, and none stands out.

    Attributes:
        paths: the files.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            "More than one file lists the migrations",
            f"{' and '.join(paths)} list the same versions.",
            f"Say which one the runner obeys: `mig-assist init --registry {paths[0]}`.",
        )
        self.paths = tuple(paths)


class _Found(NamedTuple):
    config: RegistryConfig
    entries: tuple[RegistryEntry, ...]


def detect_registry(root: Path, layout: Layout, baseline: int = 1) -> DetectedRegistry | None:
    """The registry of the migrations that lie in a layout; None where nothing tells.

    A file that lists them comes first; a macro that takes the whole folder says that there is no
    need of one.

    Raises:
        SeveralRegistries: the newest versions are listed in more than one file.
    """
    sources = {path: _text(root, path) for path in registry_sources(root)}
    found = list(_lists(root, layout, baseline, sources))
    if found:
        heaviest = max(_weight(each, baseline) for each in found)
        best, *others = (each for each in found if _weight(each, baseline) == heaviest)
        if others:
            raise SeveralRegistries([best.config.path, *(other.config.path for other in others)])
        config, entries = best
        return DetectedRegistry(
            config,
            f"{config.path} lists V{entries[0].version} to V{entries[-1].version}, with the files"
            " of both sides.",
        )
    return next(_macros(root, layout, sources), None)


def registry_sources(root: Path) -> tuple[str, ...]:
    """The files that may hold a registry, or tell that there is none."""
    return list_files(root, ".rs", ".toml").paths


def _text(root: Path, path: str) -> str:
    try:
        return read_inside(root, path).text
    except MigAssistError:
        return ""


def _lists(root: Path, layout: Layout, baseline: int, sources: dict[str, str]) -> Iterator[_Found]:
    locate = locator(layout)
    stated = Config(baseline=baseline, migrations=MigrationFolders.of(layout))
    for path, text in sources.items():
        kind = "rust" if path.endswith(".rs") else "toml"
        if not (".sql" in text and (_INCLUDES if kind == "rust" else _TABLES).search(text)):
            continue
        config = RegistryConfig(kind, path)
        entries = _entries(Workspace(root, stated._replace(registry=config)))
        if any(len(e.paths) > 1 and all(map(locate, e.paths.values())) for e in entries):
            yield _Found(config, entries)


def _entries(workspace: Workspace) -> tuple[RegistryEntry, ...]:
    """The entries of what may be a registry; none where it is not one.

    Of one in conflict, what its upper side lists.
    """
    registry = cast("EditableRegistry", open_registry(workspace))
    try:
        content = upper_side(registry.content(), workspace.config.registry.path)
        return registry.text_of(content).entries
    except MigAssistError:
        return ()


def _weight(found: _Found, baseline: int) -> tuple[bool, int, int]:
    """The list with the most active versions; one of tests only where there is no other."""
    versions = [entry.version for entry in found.entries]
    is_test = not _TEST_FOLDERS.isdisjoint(posixpath.dirname(found.config.path).split("/"))
    active = sum(version >= baseline for version in versions)
    return not is_test, active, max(versions)


def _macros(root: Path, layout: Layout, sources: dict[str, str]) -> Iterator[DetectedRegistry]:
    """What embeds a folder whole: refinery, sqlx, diesel, include_dir, rust_embed."""
    for path, text in sources.items():
        for match in _MACRO.finditer(text) if path.endswith(".rs") else ():
            stated = match["path"] or match["folder"] or "migrations"
            below = stated.removeprefix("$CARGO_MANIFEST_DIR").lstrip("/")
            folder = posixpath.normpath(posixpath.join(crate_of(root, path), below))
            if _holds_side(layout, "" if folder == "." else folder):
                line = text.count("\n", 0, match.start()) + 1
                means = f"{match['macro']}!" if match["macro"] else "#[folder]"
                yield DetectedRegistry(
                    RegistryConfig("none"),
                    f"{path}:{line} embeds {folder}/ whole with {means}, so no entry is needed.",
                )


def _holds_side(layout: Layout, folder: str) -> bool:
    sides: Iterable[str] = (side.folder for side in layout)
    return any(side == folder or side.startswith(f"{folder}/") for side in sides)
