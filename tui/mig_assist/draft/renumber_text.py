"""Which mentions of a version in a text mean ours, and how they read under its new number.

Pure. What is not certain is never changed, but told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from mig_assist.draft.renumber_literals import (
    is_about_migrations,
    means_version,
    prose_means_version,
    speaks_of_version,
    version_constants,
)


class Kind(Enum):
    """What a text is, which decides what a plain number in it may mean."""

    SQL = "sql"
    TESTS = "tests"
    DOCS = "docs"
    OTHER = "other"


class LeftAlone(NamedTuple):
    """A mention that was not changed, and that a person should look at."""

    path: str
    line: int
    text: str
    reason: str


class Rules(NamedTuple):
    """What is known about the numbers that move.

    Attributes:
        numbers: old version → new version.
        names: old version → our migration's name.
        others: old version → names that somebody else's migrations of that number have.
        texts: what is replaced wherever it stands: file names without their ending.
        foreign: identifiers that somebody else's migrations of these numbers define.
    """

    numbers: Mapping[int, int]
    names: Mapping[int, str]
    others: Mapping[int, frozenset[str]]
    texts: Mapping[str, str]
    foreign: frozenset[str] = frozenset()


# v18 as a part of a word: V18__name, orders_v18_new, "V18"; never v18.4, rev18 or v180.
_MARKED = re.compile(
    r"(?<![A-Za-z0-9])(?P<v>[vV])(?P<zeros>0*)(?P<n>[1-9][0-9]*)(?![A-Za-z0-9]|\.[0-9])"
)
# A time of day is no count, wherever it stands: keyset_labels_20260811120000.
_STAMP = re.compile(r"(?<![0-9])(?P<n>[1-9][0-9]{11,})(?![0-9])")
_NUMBER = re.compile(r"(?<![\w.])(?P<n>[1-9][0-9]*)(?!\w|\.[0-9])")
_WORD = re.compile(r"\w+")
# fn v18_keeps_rows, def test_v18, it("v18 keeps rows"
_FUNCTION = re.compile(
    r"(?<!\w)(?:fn|def|function|func)\s+(?P<name>\w+)|(?<!\w)(?:it|test|describe)\(\s*[\"'`](?P<title>[^\"'`]+)"
)
_PRODUCT = re.compile(
    r"(?:postgres\w*|pg|sqlite|libsql|python|node|rust|debian|docker|http|tls|api|uuid|quic"
    r"|proto(?:col)?|jwt|oauth|rfc)"
    r"[\"'`*]?[\s:/-]+(?:version\s+)?$",
    re.IGNORECASE,
)
_PRODUCT_WORD = re.compile(r"uuid|new_v\d|(?:^|_)(?:api|http|tls|ipv?)_?v\d", re.IGNORECASE)
_ADDRESS = re.compile(r"[/@]$")


def renumbered(
    path: str, text: str, rules: Rules, kind: Kind, is_ours: Callable[[int], bool]
) -> tuple[str, tuple[LeftAlone, ...]]:
    """The text under the new numbers, and what was left alone in it.

    Args:
        path: how the text is called where something is left alone.
        is_ours: whether a line, counted from 1, was written with our migrations.
    """
    lines, left = text.split("\n"), []
    about = is_about_migrations(path, text)
    constants = version_constants(lines, about=about) if kind is Kind.TESTS else frozenset()
    tested: frozenset[int] = frozenset()
    for number, line in enumerate(lines, 1):
        if function := _FUNCTION.search(line):
            called = function["name"] or function["title"]
            tested = frozenset(int(match["n"]) for match in _MARKED.finditer(called))
        if not is_ours(number):
            continue
        edits, doubts = [], []
        place = _Place(about, constants, tested)
        for start, end, new, doubt in _mentions(line, rules, kind, place):
            if doubt:
                doubts.append(doubt)
            else:
                edits.append((start, end, new))
        if kind is Kind.OTHER and edits:
            doubts, edits = ["neither a migration, a test nor a document"], []
        for start, end, new in sorted(edits, reverse=True):
            line = line[:start] + new + line[end:]
        lines[number - 1] = line
        left += [LeftAlone(path, number, line.strip(), doubt) for doubt in dict.fromkeys(doubts)]
    return "\n".join(lines), tuple(left)


def renamed(name: str, rules: Rules) -> str:
    """A file's name under the new numbers: ``test_v18_routes.py`` → ``test_v19_routes.py``."""
    edits = [m[:3] for m in _mentions(name, rules, Kind.DOCS, _Place()) if not m[3]]
    for start, end, new in sorted(edits, reverse=True):
        name = name[:start] + new + name[end:]
    return name


class _Place(NamedTuple):
    """What is known about a line from the text around it.

    Attributes:
        about: whether the text is about migrations.
        constants: names in it that stand for versions.
        tested: versions that the function around the line is called after.
    """

    about: bool = False
    constants: frozenset[str] = frozenset()
    tested: frozenset[int] = frozenset()


def _mentions(
    line: str, rules: Rules, kind: Kind, place: _Place
) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, new text of each mention; and why it is not certain, where it is not."""
    taken: list[tuple[int, int]] = []
    for old, new in rules.texts.items():
        for match in re.finditer(rf"(?<![A-Za-z0-9]){re.escape(old)}(?!\w)", line):
            taken.append(match.span())
            yield *match.span(), new, ""

    def free(match: re.Match[str]) -> bool:
        return not any(start < match.end() and match.start() < end for start, end in taken)

    words = frozenset(_WORD.findall(line))
    for match in filter(free, _MARKED.finditer(line)):
        version = int(match["n"])
        if version not in rules.numbers:
            continue
        taken.append(match.span())
        word, rest = _around(line, match)
        width = len(match["zeros"] + match["n"])
        text = match["v"] + str(rules.numbers[version]).zfill(width)
        doubt = _doubt(version, word, rest, words, line[: match.start()], rules)
        # https://example.org/v18/, actions/checkout@v18
        if match["v"] == "v" and word == match[0] and _ADDRESS.search(line[: match.start()]):
            doubt = "it may be another thing's version"
        if doubt is not None:
            yield *match.span(), text, doubt
    for match in filter(free, _STAMP.finditer(line)):
        version = int(match["n"])
        if version not in rules.numbers:
            continue
        taken.append(match.span())
        doubt = _stamp_doubt(version, line, rules)
        if doubt is not None:
            yield *match.span(), str(rules.numbers[version]), doubt
    comment = line.find("--") if kind is Kind.SQL else 0
    for match in filter(free, _NUMBER.finditer(line)):
        version = int(match["n"])
        if version not in rules.numbers:
            continue
        before, after = line[: match.start()], line[match.end() :]
        certain = 0 <= comment <= match.start() and (
            means_version(
                before,
                after,
                rules.names[version],
                about=place.about,
                constants=place.constants,
                tested=version in place.tested,
            )
            or prose_means_version(before, after, about=place.about)
        )
        if certain:
            head = re.sub(r"\w+[\"']?\W*$", "", before)
            doubt = _doubt(version, "", "", words, head, rules)
            if doubt is not None:
                yield *match.span(), str(rules.numbers[version]), doubt
        elif kind is Kind.DOCS and speaks_of_version(before):
            yield *match.span(), "", "it may be another thing's version"
        elif kind is Kind.TESTS:
            yield *match.span(), "", f"whether {version} is a version is not certain"


def _stamp_doubt(version: int, line: str, rules: Rules) -> str | None:
    """The same as :func:`_doubt` for a version that is a time."""
    others = rules.others.get(version, frozenset())
    has_ours, has_others = rules.names[version] in line, any(name in line for name in others)
    if has_others:
        return "the line speaks of another migration of that time" if has_ours else None
    return "" if has_ours or not others else "another migration has that time too"


def _around(line: str, match: re.Match[str]) -> tuple[str, str]:
    """The word that a match lies in, and what of it follows the match."""
    for word in _WORD.finditer(line):
        if word.start() <= match.start() < word.end():
            return word[0], line[match.end() : word.end()]
    return match[0], ""


def _doubt(
    version: int, word: str, rest: str, words: frozenset[str], before: str, rules: Rules
) -> str | None:
    """Why a mention may not be ours; empty where it is; None where it is surely another's."""
    ours, others = rules.names[version], rules.others.get(version, frozenset())
    if rest.startswith("__"):
        name = rest.removeprefix("__")
        if name == ours:
            return ""
        return None if name in others else f"V{version} has another name here"
    if word in rules.foreign:
        return f"another V{version} has {word!r} too"
    if words & others and ours not in words:
        return f"the line speaks of another V{version}"
    if _PRODUCT.search(before) or _PRODUCT_WORD.search(word):
        return "it may be another thing's version"
    return ""
