"""Moving this branch's migrations to other numbers, with all that carries the old ones.

A plan only: nothing is written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.draft.renumber_authorship import authorship
from mig_assist.draft.renumber_moves import Move, moves_of
from mig_assist.draft.renumber_registry import moved_registry
from mig_assist.draft.renumber_rules import rules_for
from mig_assist.draft.renumber_stale import told_apart
from mig_assist.draft.renumber_text import Kind, LeftAlone, Rules, renamed, renumbered
from mig_assist.errors import WrongUse
from mig_assist.file_changes import FileChange, resolve_inside
from mig_assist.source_text import SourceText, UnreadableSource, decode_source
from mig_assist.workspace.files import read_inside, scan
from mig_assist.workspace.git import changed_since, content_at, unmerged_paths
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.names import snake
from mig_assist.workspace.numbers import Former, Holdings, Migration
from mig_assist.workspace.registry import open_registry
from mig_assist.workspace.registry.conflict import conflict_lines, has_conflict
from mig_assist.workspace.registry.rust import RustRegistry
from mig_assist.workspace.registry.rust.syntax import test_lines

_DOCUMENTS = frozenset({".md", ".markdown", ".mdx", ".rst", ".adoc", ".txt"})


@dataclass(frozen=True, slots=True)
class Renumbering:
    """What will be written when migrations move.

    Attributes:
        moves: lowest version first; empty where every number is right as it is.
        changes: all of them belong together.
        renames: old path → new path, of those changes that come in twos.
        left_alone: mentions whose meaning is not certain.
        finished: numbers that migrations had before they moved, where files still say them.
        resolved: the registry, where it was in conflict; else empty.
        in_conflict: files that a person has to resolve before git can go on.
    """

    moves: tuple[Move, ...]
    changes: tuple[FileChange, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    finished: tuple[Move, ...] = ()
    resolved: str = ""
    in_conflict: tuple[str, ...] = ()


class _Earlier(NamedTuple):
    """A numbering of the past: where the branch had it, and what its numbers are now."""

    former: Former
    moves: tuple[Move, ...]
    rules: Rules
    back: Rules


def plan_renumbering(
    workspace: Workspace, own: Sequence[Migration], held: Holdings, to: int | None = None
) -> Renumbering:
    """Move ``own`` to the first free numbers behind the base, or to ``to`` and the ones after it.

    Also where none moves, a registry in conflict is resolved, and what an earlier move has left
    behind follows it.

    Args:
        own: the migrations of this branch, in the order that they keep.
        held: who holds which number.

    Raises:
        WrongUse: ``to`` is not free, or a file with the new name is there already.
        UnreadableSource, RegistryError: one of the files cannot be read or edited.
        ChangeRefused: a file would lie outside the workspace.
    """
    return _Planner(workspace, moves_of(workspace, own, held, to), held).plan()


class _Planner:
    """Collects the new content of every file."""

    def __init__(self, workspace: Workspace, own: Sequence[Move], held: Holdings) -> None:
        self.workspace, self.own, self.held = workspace, own, held
        self.moves = [move for move in own if move.old != move.new]
        self.base = held.base
        self.rules = self._rules(self.moves)
        self.earlier = tuple(self._earlier())
        self.unmerged = frozenset(unmerged_paths(workspace.root))
        self.finished: list[Move] = []
        self.before: dict[str, bytes] = {}
        self.after: dict[str, bytes | None] = {}
        self.renames: list[tuple[str, str]] = []
        self.left: list[LeftAlone] = []

    def plan(self) -> Renumbering:
        own = {(move.old, move.name): move for move in self.own}
        contents: dict[tuple[str, Backend], bytes] = {}
        skip: set[str] = set()
        folders: dict[str, str] = {}
        for file in scan(self.workspace):
            move = own.get((file.version, file.name))
            if move is None:
                continue
            side = self.workspace.layout.of(file.backend)
            if move not in self.moves:
                self._mention(file.path, Kind.SQL)
                contents[move.name, file.backend] = self._content(file.path)
                skip.add(file.path)
                continue
            new = side.path(move.new, move.name)
            contents[move.name, file.backend] = self._rewrite(file.path, new, Kind.SQL)
            skip.add(file.path)
            down = side.down_path(move.old, move.name)
            if down and down not in skip and resolve_inside(self.workspace.root, down).is_file():
                self._rewrite(down, side.down_path(move.new, move.name), Kind.SQL)
                skip.add(down)
            if side.inside:
                ending = f"/{side.inside}"
                folders[file.path.removesuffix(ending)] = new.removesuffix(ending)
        for old_folder, new_folder in folders.items():
            for path in sorted(self._files_in(old_folder) - skip):
                self._take_along(path, new_folder + path.removeprefix(old_folder))
                skip.add(path)
        registry = open_registry(self.workspace).path or ""
        skip.add(registry)
        if self.moves or self.earlier:
            for path in sorted(self._candidates() - skip):
                self._mention(path)
        resolved = self._register(contents)
        if registry and (self.moves or self.earlier):
            self._mention_around(registry)
        return Renumbering(
            tuple(self.moves),
            tuple(self._changes()),
            tuple(self.renames),
            tuple(self.left),
            tuple(dict.fromkeys(self.finished)),
            registry if resolved else "",
            tuple(sorted(self._in_conflict())),
        )

    def _earlier(self) -> Iterator[_Earlier]:
        """The numberings of the past, as far as they differ from what will be."""
        now = {move.name: move.new for move in self.own}
        for former in self.held.former:
            moves = tuple(
                Move(name, version, now[name])
                for name, version in former.versions.items()
                if now.get(name, version) != version
            )
            if moves:
                back = [Move(move.name, move.new, move.old) for move in moves]
                yield _Earlier(former, moves, self._rules(moves), self._rules(back))

    def _rules(self, moves: Sequence[Move]) -> Rules:
        return rules_for(moves, self.workspace, self.held)

    def _in_conflict(self) -> Iterator[str]:
        """What git holds to be in conflict, and still has markers when all is written."""
        new_names = dict(self.renames)
        for path in self.unmerged:
            place = new_names.get(path, path)
            content = self.after.get(place)
            if content is None and path not in self.after:
                file = resolve_inside(self.workspace.root, path)
                content = file.read_bytes() if file.is_file() else None
            if content is not None and has_conflict(content):
                yield path
                if place != path:
                    yield place

    def _candidates(self) -> frozenset[str]:
        """Files that this branch wrote or changed."""
        root = self.workspace.root
        if self.base is not None:
            commits = [commit for commit in (self.base.tip, self.base.revision) if commit]
            changed = [changed_since(root, commit) for commit in commits]
            told = [paths for paths in changed if paths is not None]
            if told:
                return frozenset.intersection(*told)
        found: set[str] = set()
        for folder in self.workspace.config.tests.paths:
            for path in (root / folder).rglob("*"):
                stem = path.stem.lower()
                if any(re.search(rf"v0*{m.old}_{snake(m.name)}\b", stem) for m in self.moves):
                    found.add(path.relative_to(root).as_posix())
        return frozenset(found)

    def _rewrite(self, path: str, new_path: str, kind: Kind) -> bytes:
        """Give a file that is all ours its new name and content."""
        source = read_inside(self.workspace.root, path)
        text = self._renumbered(path, new_path, source, kind, lambda _line: True)
        content = source.encode(text)
        self._put(path, source.encode(source.text), new_path, content)
        return content

    def _renumbered(
        self,
        path: str,
        new_path: str,
        source: SourceText,
        kind: Kind,
        is_ours: Callable[[int], bool],
    ) -> str:
        """A file's text under the new numbers, those that it should have had before included.

        Lines that a person has to choose between are not touched. The tests in a Rust file are
        read as such, wherever the file lies.
        """
        if kind is Kind.OTHER and path.endswith(".rs"):
            tests, every = test_lines(source.text), is_ours
            kind, is_ours = Kind.TESTS, lambda line: line in tests and every(line)
            self._with_rules(
                path, new_path, source, Kind.OTHER, lambda n: n not in tests and every(n)
            )
        return self._with_rules(path, new_path, source, kind, is_ours)

    def _with_rules(
        self,
        path: str,
        new_path: str,
        source: SourceText,
        kind: Kind,
        is_ours: Callable[[int], bool],
    ) -> str:
        fixed = set(conflict_lines(source.text)) if path in self.unmerged else set()
        text = source.text
        for earlier in self.earlier:
            before = self._before(path, earlier)
            if before is None:
                continue
            told = told_apart(source.text, before, earlier.rules, kind)
            stale = told.stale - fixed
            changed, left = renumbered(
                new_path,
                text,
                earlier.rules,
                kind,
                lambda line, stale=stale: line in stale and is_ours(line),  # type: ignore[misc]
            )
            self.left += left
            if changed != text:
                self.finished += earlier.moves
            text = changed
            fixed |= stale | told.settled
        text, left = renumbered(
            new_path, text, self.rules, kind, lambda line: line not in fixed and is_ours(line)
        )
        self.left += left
        return text

    def _before(self, path: str, earlier: _Earlier) -> str | None:
        """What a file of today said under an earlier numbering; None where it was not there."""
        place = PurePosixPath(path)
        for name in dict.fromkeys((place.name, renamed(place.name, earlier.back))):
            content = content_at(
                self.workspace.root, earlier.former.commit, place.with_name(name).as_posix()
            )
            if content is not None:
                try:
                    return decode_source(content, path).text
                except UnreadableSource:
                    return None
        return None

    def _content(self, path: str) -> bytes:
        """What a file will hold, or holds where it does not change."""
        planned = self.after.get(path)
        return (
            resolve_inside(self.workspace.root, path).read_bytes() if planned is None else planned
        )

    def _files_in(self, folder: str) -> set[str]:
        """The files of a version's own folder, whatever they are for."""
        root = self.workspace.root
        return {
            path.relative_to(root).as_posix()
            for path in (root / folder).rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def _take_along(self, path: str, new_path: str) -> None:
        """Move a file because its folder moves; what is no text keeps its content."""
        try:
            kind = Kind.SQL if path.endswith(".sql") else self._kind(path)
            self._rewrite(path, new_path, kind)
        except UnreadableSource:
            content = resolve_inside(self.workspace.root, path).read_bytes()
            self._put(path, content, new_path, content)

    def _mention(self, path: str, kind: Kind | None = None) -> None:
        """Change a file where it speaks of our numbers."""
        kind = kind or self._kind(path)
        try:
            source = read_inside(self.workspace.root, path)
        except UnreadableSource:
            return
        is_new, is_ours = authorship(self.workspace.root, self.base, path, source)
        place = PurePosixPath(path)
        new_name = place.name
        if is_new and kind in (Kind.TESTS, Kind.DOCS):
            new_name = renamed(place.name, self.rules)
            for earlier in self.earlier:
                if content_at(self.workspace.root, earlier.former.commit, path) is not None:
                    new_name = renamed(place.name, earlier.rules)
                    self.finished += earlier.moves if new_name != place.name else ()
                    break
        new_path = str(place.with_name(new_name))
        text = self._renumbered(path, new_path, source, kind, is_ours)
        if text != source.text or new_path != path:
            self._put(path, source.encode(source.text), new_path, source.encode(text))

    def _put(self, path: str, before: bytes, new_path: str, content: bytes) -> None:
        self.before[path] = before
        if new_path != path:
            if (
                new_path not in self.after
                and resolve_inside(self.workspace.root, new_path).exists()
            ):
                old_own = any(new_path == old for old, _ in self.renames)
                if not old_own:
                    raise WrongUse(
                        f"{new_path} is there already",
                        f"{path} would get its name.",
                        "Move it away, or choose another number with --to.",
                    )
            self.after.setdefault(path, None)
            self.renames.append((path, new_path))
        self.after[new_path] = content

    def _kind(self, path: str) -> Kind:
        config, place = self.workspace.config, PurePosixPath(path)
        docs = (*config.docs.data, *config.docs.user, *config.docs.adr)
        if _is_below(path, docs) or place.suffix.lower() in _DOCUMENTS:
            return Kind.DOCS
        if _is_below(path, config.tests.paths) or any("test" in p.lower() for p in place.parts):
            return Kind.TESTS
        return Kind.OTHER

    def _register(self, contents: dict[tuple[str, Backend], bytes]) -> bool:
        """Let the registry follow; whether it was in conflict."""
        touched = [
            move
            for move in self.own
            if move in self.moves
            or any(side.path(move.old, move.name) in self.after for side in self.workspace.layout)
        ]
        pairs = {
            (move.old, move.name): (
                move.new,
                {side: contents.get((move.name, side), b"") for side in Backend},
            )
            for move in touched
        }
        change = moved_registry(self.workspace, pairs, self.held.placed)
        if change is None or change.content is None:
            return False
        self.after[change.path] = change.content
        self.before[change.path] = (self.workspace.root / change.path).read_bytes()
        return has_conflict(self.before[change.path])

    def _mention_around(self, path: str) -> None:
        """Change what a Rust registry says of our numbers apart from its list."""
        registry = open_registry(self.workspace)
        if not isinstance(registry, RustRegistry):
            return
        content = self._content(path)
        source = decode_source(content, path)
        _, is_ours = authorship(self.workspace.root, self.base, path, source)
        # Entries, and constants that entries are made of, have followed already.
        known = set(decode_source(registry.content(), path).text.split("\n"))
        lines = source.text.split("\n")
        listed = registry.text_of(content).list_lines()
        open_lines = {n for n, line in enumerate(lines, 1) if n not in listed and line in known}
        text = self._renumbered(
            path, path, source, Kind.OTHER, lambda line: line in open_lines and is_ours(line)
        )
        if text != source.text:
            self.before.setdefault(path, content)
            self.after[path] = source.encode(text)

    def _changes(self) -> Iterable[FileChange]:
        for path, content in self.after.items():
            before = self.before.get(path)
            yield FileChange(path, content, None if before is None else content_digest(before))


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
