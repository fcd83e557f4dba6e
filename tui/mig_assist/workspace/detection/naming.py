"""File names read as evidence: which files are numbered alike, and for which backend."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.workspace.layout import (
    DOWN_WORD,
    EPOCH_FORM,
    HIGHEST_COUNTED,
    MOST_DIGITS,
    OTHER_WORD,
    POSTGRES_WORD,
    SQLITE_WORD,
    UP_WORD,
    Side,
    pattern_problem,
)

_Style = tuple[str, ...]


class Foreign(Enum):
    """A database that is no side of a pair."""

    FOREIGN = "another database"


class Direction(Enum):
    """What a file does to the schema, where its name says so."""

    UP = "up"
    DOWN = "down"


Mark = Backend | Foreign | Direction

_BACKEND_WORD = rf"{SQLITE_WORD}|{POSTGRES_WORD}|{OTHER_WORD}"
_WORD = rf"{_BACKEND_WORD}|{UP_WORD}|{DOWN_WORD}"
_DAY = r"(?P<Y>(?:19|20)[0-9]{2})(?P<s1>[-_]?)(?P<m>0[1-9]|1[0-2])(?P<s2>[-_]?)(?P<d>[0-3][0-9])"
_CLOCK = (
    r"(?P<s3>[-_]?)(?P<H>[0-9]{2})(?P<s4>[-_]?)(?P<M>[0-9]{2})"
    r"(?:(?P<s5>[-_]?)(?P<S>[0-9]{2})(?P<f>[0-9]{6})?)?"
)
_TIME = rf"{_DAY}(?:{_CLOCK})?"
_NUMBERED = re.compile(
    rf"(?P<prefix>[A-Za-z]?)"
    rf"(?P<number>(?P<time>{_TIME})|(?P<epoch>[1-9][0-9]{{9}})|[0-9]{{1,{MOST_DIGITS}}})"
    r"(?P<between>[-_.]{1,3})(?P<rest>[^-_.].*)",
    re.DOTALL,
)
_OWN_TRANSACTION = re.compile(r"\.autocommit(?=\.|$)")  # as pop has it
_LONG_NUMBER = re.compile(r"[A-Za-z]?[0-9]{5}")
_TRAILING = re.compile(rf"(?P<rest>.+)(?P<separator>[._-])(?P<word>{_WORD})", re.I | re.DOTALL)
_MARKS: tuple[tuple[re.Pattern[str], Mark], ...] = tuple(
    (re.compile(words, re.IGNORECASE), mark)
    for words, mark in (
        (SQLITE_WORD, Backend.LIBSQL),
        (POSTGRES_WORD, Backend.POSTGRES),
        (OTHER_WORD, Foreign.FOREIGN),
        (UP_WORD, Direction.UP),
        (DOWN_WORD, Direction.DOWN),
    )
)


class _Suffix(NamedTuple):
    """A word at the end of a name: ``_sqlite``, ``.up``."""

    separator: str
    word: str
    mark: Mark


class _File(NamedTuple):
    """One numbered file.

    Attributes:
        form: the ``strftime`` form of a number that is a point in time.
        inside: the path inside the version's folder; empty where the version is a file.
        option: a word of its name that says how it is run.
    """

    folder: str
    prefix: str
    number: str
    version: int
    form: str
    between: str
    name: str
    suffixes: tuple[_Suffix, ...]
    inside: str
    option: str = ""

    @property
    def ending(self) -> str:
        return "".join(suffix.separator + suffix.word for suffix in self.suffixes)


@dataclass(slots=True, eq=False)
class Group:
    """The files of one folder that are named alike: one side of a pair, perhaps.

    Attributes:
        backend: what the names of files or folders say they are for; None where they are silent.
        family: the folder without the backend's name; the sides of a pair often share it.
        names: version → the names found for it; more than one where a version has several files.
        down: the pattern of the files that undo these, empty where there are none.
        common: the pattern of files that are for both sides.
    """

    folder: str
    pattern: str
    backend: Backend | Foreign | None
    family: str
    names: dict[int, list[str]] = field(default_factory=dict)
    down: str = ""
    common: str = ""

    @property
    def side(self) -> Side:
        """The group as half of a layout."""
        return Side(self.folder or ".", self.pattern, self.down, self.common)

    @property
    def shown(self) -> str:
        """Folder and pattern, for people."""
        return self.side.below_root(self.pattern)


def groups_in(paths: Iterable[str]) -> tuple[Group, ...]:
    """Group SQL files by folder and naming; down files go with the files that they undo.

    Args:
        paths: relative to one root, with forward slashes.
    """
    files = _with_true_suffixes([file for path in paths if (file := _read(path))])
    of_style: defaultdict[tuple[str, ...], list[_File]] = defaultdict(list)
    for file in files:
        of_style[_style(file)].append(file)
    by_style = _in_one_sequence(of_style)
    ups: dict[tuple[str, ...], Group] = {}
    downs: dict[tuple[str, ...], str] = {}
    for style, members in by_style.items():
        sample = members[0]
        if _direction(sample) is Direction.DOWN or _undoes(sample, by_style):
            downs[_style(_without_direction(sample))] = _pattern(members)
        elif not pattern_problem(_pattern(members)):
            ups[style] = _group(members)
    for style, group in ups.items():
        sample = by_style[style][0]
        group.down = downs.get(_style(_without_direction(sample)), "")
    _share_common({style: by_style[style][0] for style in ups}, ups)
    return tuple(ups.values())


def _share_common(samples: Mapping[_Style, _File], ups: dict[_Style, Group]) -> None:
    """Give files without a backend's suffix to both sides, where each side has files with one."""
    sides: defaultdict[_Style, list[Group]] = defaultdict(list)
    for style, file in samples.items():
        suffixes = tuple(s for s in file.suffixes if not _is_backend(s.mark))
        plain = _style(file._replace(suffixes=suffixes))
        if plain != style and plain in ups and isinstance(ups[style].backend, Backend):
            sides[plain].append(ups[style])
    for plain, groups in sides.items():
        if {group.backend for group in groups} == {*Backend}:
            common = ups.pop(plain)
            for group in groups:
                group.names = {**common.names, **group.names}
                group.common, group.down = common.pattern, ""


def is_numbered_up(path: str) -> bool:
    """Whether a path is numbered as migrations are, and is none that undoes or is for others."""
    file = _read(path)
    foreign = file and any(suffix.mark is Foreign.FOREIGN for suffix in file.suffixes)
    return bool(file and not foreign and _direction(file) is not Direction.DOWN)


_FEWEST_REFUSED = 2
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"[A-Za-z]?{number}", re.DOTALL), reason)
    for number, reason in (
        (
            r"[0-9]+",
            "its files have numbers and no names; mig-assist needs both, as in V1__baseline.sql",
        ),
        (
            r"[0-9]{13}[-_.].*",
            "its versions are milliseconds, and mig-assist knows times to the second alone",
        ),
        (
            rf"[0-9]{{{MOST_DIGITS + 1},}}[-_.].*",
            f"its versions have more than {MOST_DIGITS} digits and are no times",
        ),
        (
            r"[0-9]{8}T[0-9]{4,6}Z?[-_.].*",
            "its versions are times with letters in them, and mig-assist knows digits alone",
        ),
    )
)


def refused_in(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Folders whose SQL files are numbered in a way that has no pattern, and why it has none.

    Args:
        paths: as for :func:`groups_in`.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for path in paths:
        if _read(path) is None:
            folder, _, name = path.removesuffix(".sql").rpartition("/")
            reason = next((why for form, why in _REFUSED if form.fullmatch(name)), "")
            counted[folder or ".", reason] += bool(reason)
    for (folder, reason), count in counted.items():
        if count >= _FEWEST_REFUSED:
            yield folder, reason


@lru_cache(maxsize=1024)
def backend_of(folder: str) -> Backend | Foreign | None:
    """The backend that a folder's path names; the innermost name counts."""
    for component in reversed(folder.split("/")):
        marks = {mark for mark in map(mark_of, _words(component)) if _is_backend(mark)}
        if len(marks) == 1:
            mark = marks.pop()
            return mark if isinstance(mark, Backend | Foreign) else None
    return None


@lru_cache(maxsize=1024)
def mark_of(word: str) -> Mark | None:
    """What a single word stands for: a backend, a direction, or nothing."""
    return next((mark for pattern, mark in _MARKS if pattern.fullmatch(word)), None)


def _read(path: str) -> _File | None:
    """A numbered file, or the file inside a numbered folder."""
    parts = path.removesuffix(".sql").split("/")
    match = _NUMBERED.fullmatch(parts[-1])
    if match is None and _LONG_NUMBER.match(parts[-1]):
        return None  # the number is the version's, though no pattern reads it
    depth = 1
    while match is None and depth < min(3, len(parts)):
        # Between a version's folder and its file only a backend's folder may lie.
        if depth == 2 and not _is_backend(mark_of(parts[-2])):
            return None
        depth += 1
        match = _NUMBERED.fullmatch(parts[-depth])
    if match is None:
        return None
    name = _OWN_TRANSACTION.sub("", match["rest"])
    suffixes: list[_Suffix] = []
    while trailing := _TRAILING.fullmatch(name):
        mark = mark_of(trailing["word"])
        if mark is None or (_is_backend(mark) and any(_is_backend(s.mark) for s in suffixes)):
            break
        name = trailing["rest"]
        suffixes.insert(0, _Suffix(trailing["separator"], trailing["word"], mark))
    return _File(
        "/".join(parts[:-depth]),
        match["prefix"],
        match["number"],
        int(re.sub(r"[-_]", "", match["number"])[2 if match["f"] else 0 :]),
        _time_form(match),
        match["between"],
        name,
        tuple(suffixes),
        "/".join(parts[len(parts) - depth + 1 :]) + ".sql" if depth > 1 else "",
        option[0] if (option := _OWN_TRANSACTION.search(match["rest"])) else "",
    )


def _time_form(match: re.Match[str]) -> str:
    if match["epoch"]:
        return EPOCH_FORM
    if not match["time"]:
        return ""
    parts = [("Y", ""), ("m", "s1"), ("d", "s2"), ("H", "s3"), ("M", "s4"), ("S", "s5"), ("f", "")]
    return "".join(
        f"{match[separator] if separator else ''}%{part}"
        for part, separator in parts
        if match[part]
    )


def _with_true_suffixes(files: list[_File]) -> list[_File]:
    """Give names back the words that only look like suffixes.

    After a dot a word is one. After ``_`` or ``-``, as in ``move_to_postgres``, it is one only
    where a file beside differs just in it, or where a whole folder's names end in it.
    """
    beside: defaultdict[tuple[str, int, str], set[tuple[_Suffix, ...]]] = defaultdict(set)
    alike: defaultdict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    versions: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    for file in files:
        beside[file.folder, file.version, file.name.lower()].add(file.suffixes)
        alike[_place(file)].add(tuple(s.word.lower() for s in file.suffixes if _is_backend(s.mark)))
        versions[_place(file)].add(file.version)

    def holds(file: _File, suffix: _Suffix) -> bool:
        if suffix.separator == ".":
            return True
        siblings = beside[file.folder, file.version, file.name.lower()]
        if _is_backend(suffix.mark):
            whole_folder = len(alike[_place(file)]) == 1 and len(versions[_place(file)]) > 1
            return whole_folder or _differ(siblings, _is_backend)
        return _differ(siblings, lambda mark: isinstance(mark, Direction))

    return [_keeping(file, holds) if file.suffixes else file for file in files]


def _place(file: _File) -> tuple[str, ...]:
    return file.folder, file.prefix, file.between


def _differ(siblings: set[tuple[_Suffix, ...]], kind: Callable[[Mark], bool]) -> bool:
    """Whether files of one version differ in a suffix of this kind, or in having one."""
    seen = {tuple(s.mark for s in suffixes if kind(s.mark)) for suffixes in siblings}
    return len(seen) > 1


def _keeping(file: _File, holds: Callable[[_File, _Suffix], bool]) -> _File:
    name, kept = file.name, list(file.suffixes)
    for position in reversed(range(len(kept))):
        if not holds(file, kept[position]):
            name += "".join(s.separator + s.word for s in kept[: position + 1])
            kept = kept[position + 1 :]
            break
    return file._replace(name=name, suffixes=tuple(kept))


def _group(members: list[_File]) -> Group:
    sample = members[0]
    own = [*(s.mark for s in sample.suffixes), *map(mark_of, _words(sample.inside))]
    mark = next(filter(_is_backend, reversed(own)), backend_of(sample.folder))
    group = Group(
        sample.folder,
        _pattern(members),
        mark if isinstance(mark, Backend | Foreign) else None,
        _family(sample.folder),
    )
    for file in members:
        group.names.setdefault(file.version, []).append(file.name)
    return group


def _pattern(members: list[_File]) -> str:
    """The pattern that the newest file follows."""
    newest = max(members, key=lambda file: file.version)
    number = "{version}"
    if newest.form:
        number = f"{{version:{newest.form}}}"
    else:
        width = len(newest.number)
        padded = sum(file.number.startswith("0") for file in members)
        if width > 1 and (padded > 2 or padded * 3 >= len(members)):
            number = f"{{version:0{width}}}"
    tail = f"/{newest.inside}" if newest.inside else ".sql"
    return f"{newest.prefix}{number}{newest.between}{{name}}{_ending(newest, members)}{tail}"


def _ending(newest: _File, members: Iterable[_File]) -> str:
    """The suffixes of the newest file, with the separators that others have in their place."""
    ending, option = "", next((f"({file.option})" for file in members if file.option), "")
    for place, suffix in enumerate(newest.suffixes):
        others = {file.suffixes[place].separator for file in members} - {suffix.separator}
        choice = suffix.separator + "".join(sorted(others))
        if suffix is newest.suffixes[-1]:
            ending += option
        ending += (f"[{choice}]" if others else choice) + suffix.word
    return ending or option


def _in_one_sequence(
    by_style: Mapping[tuple[str, ...], list[_File]],
) -> Mapping[tuple[str, ...], list[_File]]:
    """The same, with styles together that can only be one sequence of versions.

    Such styles differ in nothing but the separators of their suffixes, or in that a folder once
    counted and has points in time now; and no version is in two of them.
    """
    alike: defaultdict[tuple[object, ...], list[tuple[str, ...]]] = defaultdict(list)
    for style, members in by_style.items():
        words = tuple(suffix.word.lower() for suffix in members[0].suffixes)
        folder, prefix, _, between, _, inside = style
        alike[folder, prefix, between, words, inside].append(style)
    joined: dict[tuple[str, ...], list[_File]] = {}
    for styles in alike.values():
        versions = {style: {file.version for file in by_style[style]} for style in styles}
        styles.sort(key=lambda style: -max(versions[style]))
        apart = len(set().union(*versions.values())) < sum(map(len, versions.values()))
        times = {form for _, _, form, *_ in styles if form}
        counted = max((max(versions[s]) for s in styles if not s[2]), default=0)
        if apart or len(times) > 1 or (times and counted > HIGHEST_COUNTED):
            joined |= {style: by_style[style] for style in styles}
        else:
            joined[styles[0]] = [file for style in styles for file in by_style[style]]
    return joined


def _style(file: _File) -> tuple[str, ...]:
    """What files have in common that belong to one side; separators in times may vary."""
    form = file.form.replace("-", "").replace("_", "")
    return file.folder, file.prefix, form, file.between, file.ending.lower(), file.inside.lower()


def _direction(file: _File) -> Direction | None:
    marks = [*(s.mark for s in file.suffixes), *map(mark_of, _words(file.inside))]
    return next((mark for mark in reversed(marks) if isinstance(mark, Direction)), None)


def _undoes(file: _File, styles: Container[tuple[str, ...]]) -> bool:
    """Whether it is one of Flyway's undo files: ``U18__x.sql`` beside ``V18__x.sql``."""
    return file.prefix in ("U", "u") and _style(_without_direction(file)) in styles


def _without_direction(file: _File) -> _File:
    suffixes = tuple(s for s in file.suffixes if not isinstance(s.mark, Direction))
    inside = re.sub(rf"(?:^|(?<=[/._-]))(?:{UP_WORD}|{DOWN_WORD})(?=[/._-])", "", file.inside)
    prefix = {"U": "V", "u": "v"}.get(file.prefix, file.prefix)
    return file._replace(prefix=prefix, suffixes=suffixes, inside=inside)


def _family(folder: str) -> str:
    """A folder's path without the innermost name of a backend."""
    components = folder.split("/") if folder else []
    for position in reversed(range(len(components))):
        words = _words(components[position])
        others = [word for word in words if not _is_backend(mark_of(word))]
        if len(others) < len(words):
            components[position : position + 1] = ["-".join(others)] if others else []
            break
    return "/".join(components)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[/._\s-]+", text) if word]


def _is_backend(mark: Mark | None) -> bool:
    return isinstance(mark, Backend | Foreign)
