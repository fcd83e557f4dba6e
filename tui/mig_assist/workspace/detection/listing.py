"""The files of a project: what git lists, or a bounded walk where there is no git."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mig_assist.workspace.git import listed_files

SKIPPED = frozenset({"node_modules", "target", "vendor", "venv", "__pycache__"})
"""Folders whose content is made or fetched, beside every hidden one."""

MOST_ENTRIES = 200_000
DEEPEST = 12

_PROJECT_MARKS = (
    "mise.toml", ".mise.toml", "Cargo.toml", "go.mod", "package.json", "pyproject.toml",
    "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "mix.exs", "composer.json",
    "justfile", "Makefile", ".hg", ".jj",
)  # fmt: skip


class Listing(NamedTuple):
    """Paths relative to a root, with forward slashes.

    Attributes:
        complete: whether nothing was left out for its number.
        unreadable: folders that could not be listed.
    """

    paths: tuple[str, ...]
    complete: bool = True
    unreadable: tuple[str, ...] = ()


def list_files(root: Path, *endings: str) -> Listing:
    """The files whose names end so; without any ending, all files.

    Neither ignored nor hidden files are among them, nor those of fetched packages, of
    repositories inside this one, or behind symbolic links to folders. A path that cannot
    be printed is left out: no configuration could name it.
    """
    patterns = [f"*{ending}" for ending in endings]
    listed = listed_files(root, patterns)
    if listed is not None:
        kept = (path for path in listed if _wanted(path) and not _gone(f"{root}/{path}"))
        return Listing(tuple(kept))
    return walk_files(root, *endings)


def walk_files(root: Path, *endings: str) -> Listing:
    """The same without asking git, so that ignored files are among them."""
    budget = iter(range(MOST_ENTRIES))
    unreadable: list[str] = []
    walked = _walk(root, "", DEEPEST, budget, unreadable)
    paths = tuple(path for path in walked if not endings or path.endswith(endings))
    return Listing(paths, next(budget, None) is not None, tuple(unreadable))


def empty_folders(root: Path) -> Iterator[str]:
    """The folders that hold nothing but hidden files, such as a .gitkeep."""
    budget = MOST_ENTRIES
    for place, folders, files in os.walk(root):
        path = Path(place).relative_to(root)
        budget -= len(folders) + len(files) + 1
        if budget < 0:
            return
        if path.parts and not folders and all(name.startswith(".") for name in files):
            yield path.as_posix()
        nested = path.parts and ".git" in (*folders, *files)
        stops = nested or len(path.parts) >= DEEPEST
        folders[:] = [] if stops else sorted(folder for folder in folders if _wanted(folder))


def project_root(start: Path) -> Path:
    """Without git: the nearest folder upwards with a build or task file, else ``start``."""
    folders = (start, *start.parents)
    return next((f for f in folders if any((f / mark).exists() for mark in _PROJECT_MARKS)), start)


def _walk(
    root: Path, folder: str, depth: int, budget: Iterator[int], unreadable: list[str]
) -> Iterator[str]:
    try:
        with os.scandir(root / folder) as scanned:
            entries = [entry for entry, _ in zip(scanned, budget, strict=False)]
    except OSError:
        unreadable.append(folder)
        return
    if folder and any(entry.name == ".git" for entry in entries):
        return
    folders = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        path = f"{folder}{entry.name}"
        if not _wanted(path):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield path
        elif depth:
            folders.append(f"{path}/")
    for path in folders:
        yield from _walk(root, path, depth - 1, budget, unreadable)


def _gone(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _wanted(path: str) -> bool:
    parts = path.rstrip("/").split("/")
    if any(part in SKIPPED or part.startswith(".") for part in parts):
        return False
    return path.isprintable()
