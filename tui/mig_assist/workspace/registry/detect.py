"""Looking for the registry of a repository, in its Rust and TOML files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from mig_assist.backend import Backend
from mig_assist.errors import MigAssistError
from mig_assist.workspace.config import Config, MigrationFolders, RegistryConfig
from mig_assist.workspace.detection.listing import list_files
from mig_assist.workspace.files import MigrationFile, read_inside
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.registry.by_hand import (
    INCLUDES,
    Mention,
    is_of_tests,
    kept_by_hand,
    missing_by_hand,
)
from mig_assist.workspace.registry.conflict import EditableRegistry, upper_side
from mig_assist.workspace.registry.places import crate_of, locator

_TABLES = re.compile(r"^\s*\[\[\s*migration\s*\]\]", re.MULTILINE)
_MACRO = re.compile(
    r'\b(?P<macro>embed_migrations|migrate|include_dir)!\s*[(\[{]\s*(?:"(?P<path>[^"]*)")?'
    r'|#\[\s*folder\s*=\s*"(?P<folder>[^"]*)"'
)


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
    need of one. A file that names them in a form that is not edited here has the kind ``none``
    too, but is named.

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
    by_hand = kept_by_hand(
        _stated(root, layout, baseline), sources, _embedded(root, layout, sources)
    )
    if by_hand is not None:
        return DetectedRegistry(
            RegistryConfig("none", by_hand.path),
            f"{by_hand.path}:{by_hand.line} names the migrations one by one, in a form that"
            " mig-assist does not edit: add each new entry by hand.",
        )
    return next((found for _, found in _macros(root, layout, sources)), None)


def unlisted_by_hand(workspace: Workspace) -> tuple[tuple[MigrationFile, Mention], ...]:
    """The files that still have to be added by hand, each with the newest that was."""
    root, layout = workspace.root, workspace.layout
    sources = {path: _text(root, path) for path in registry_sources(root) if path.endswith(".rs")}
    return tuple(missing_by_hand(workspace, sources, _embedded(root, layout, sources)))


def _embedded(root: Path, layout: Layout, sources: dict[str, str]) -> frozenset[Backend]:
    """The sides whose folders a macro takes whole."""
    return frozenset(side for side, _ in _macros(root, layout, sources))


def _stated(root: Path, layout: Layout, baseline: int) -> Workspace:
    return Workspace(root, Config(baseline=baseline, migrations=MigrationFolders.of(layout)))


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
    workspace = _stated(root, layout, baseline)
    for path, text in sources.items():
        kind = "rust" if path.endswith(".rs") else "toml"
        if not (".sql" in text and (INCLUDES if kind == "rust" else _TABLES).search(text)):
            continue
        config = RegistryConfig(kind, path)
        entries = _entries(workspace._replace(config=workspace.config._replace(registry=config)))
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
    active = sum(version >= baseline for version in versions)
    return not is_of_tests(found.config.path), active, max(versions)


def _macros(
    root: Path, layout: Layout, sources: dict[str, str]
) -> Iterator[tuple[Backend, DetectedRegistry]]:
    """What embeds a side's folder whole: refinery, sqlx, diesel, include_dir, rust_embed."""
    for path, text in sources.items():
        for match in _MACRO.finditer(text) if path.endswith(".rs") else ():
            stated = match["path"] or match["folder"] or "migrations"
            below = stated.removeprefix("$CARGO_MANIFEST_DIR").lstrip("/")
            folder = posixpath.normpath(posixpath.join(crate_of(root, path), below))
            folder = "" if folder == "." else folder
            for backend in Backend:
                side = layout.of(backend).folder
                if side != folder and not side.startswith(f"{folder}/"):
                    continue
                line = text.count("\n", 0, match.start()) + 1
                means = f"{match['macro']}!" if match["macro"] else "#[folder]"
                yield (
                    backend,
                    DetectedRegistry(
                        RegistryConfig("none"),
                        f"{path}:{line} embeds {folder}/ whole with {means}, so no entry is"
                        " needed.",
                    ),
                )
