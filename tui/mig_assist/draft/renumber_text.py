"""Which mentions of a version in a text mean ours, and how they read under its new number.

Pure. What is not certain is never changed, but told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple


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
_NUMBER = re.compile(r"(?<![\w.])(?P<n>[1-9][0-9]*)(?!\w|\.[0-9])")
_WORD = re.compile(r"\w+")
# Before a number: version == 18, "version": 18, version(18), migration 18.
_SAID = re.compile(
    r"(?:version|migration)\w*[\"']?\s*(?:==|!=|>=|<=|=>|[-+=:<>(\[]|\s)\s*$", re.IGNORECASE
)
# store_before(18), migrated_to(18), schema_at(18)
_CALLED = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:before|after|until|through|at|to|from|since|upto|version|schema"
    r"|migrat[a-z]*)(?:_[A-Za-z0-9]+)*\(\s*$",
    re.IGNORECASE,
)
_NEWEST = re.compile(r"(?:latest|newest|highest|last)\w*[\"')\]]*\s*(?:==|[=:])\s*$", re.IGNORECASE)
# After a number: 18 == row.version
_COMPARED = re.compile(r"^\s*(?:==|!=|>=|<=|<|>)\s*[\w.]*version", re.IGNORECASE)
_PRODUCT = re.compile(
    r"(?:postgres\w*|pg|sqlite|libsql|python|node|rust|debian|docker|http|tls|api)"
    r"[\"'`*]?[\s:/-]+(?:version\s+)?$",
    re.IGNORECASE,
)


def renumbered(
    path: str, text: str, rules: Rules, kind: Kind, is_ours: Callable[[int], bool]
) -> tuple[str, tuple[LeftAlone, ...]]:
    """The text under the new numbers, and what was left alone in it.

    Args:
        path: how the text is called where something is left alone.
        is_ours: whether a line, counted from 1, was written with our migrations.
    """
    lines, left = text.split("\n"), []
    for number, line in enumerate(lines, 1):
        if not is_ours(number):
            continue
        edits, doubts = [], []
        for start, end, new, doubt in _mentions(line, rules, kind):
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
    edits = [m[:3] for m in _mentions(name, rules, Kind.DOCS) if not m[3]]
    for start, end, new in sorted(edits, reverse=True):
        name = name[:start] + new + name[end:]
    return name


def _mentions(line: str, rules: Rules, kind: Kind) -> Iterator[tuple[int, int, str, str]]:
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
        word, rest = _around(line, match)
        width = len(match["zeros"] + match["n"])
        text = match["v"] + str(rules.numbers[version]).zfill(width)
        doubt = _doubt(version, word, rest, words, line[: match.start()], rules)
        if doubt is not None:
            yield *match.span(), text, doubt
    comment = line.find("--") if kind is Kind.SQL else 0
    for match in filter(free, _NUMBER.finditer(line)):
        version = int(match["n"])
        if version not in rules.numbers or kind is Kind.OTHER:
            continue
        before, after = line[: match.start()], line[match.end() :]
        said = bool(_SAID.search(before)) and 0 <= comment <= match.start()
        certain = said or (
            kind is Kind.TESTS and _means_version(before, after, words, version, rules)
        )
        if certain:
            head = re.sub(r"\w+[\"']?\W*$", "", before)
            doubt = _doubt(version, "", "", words, head, rules)
            if doubt is not None:
                yield *match.span(), str(rules.numbers[version]), doubt
        elif kind is Kind.TESTS:
            yield *match.span(), "", f"whether {version} is a version is not certain"


def _means_version(
    before: str, after: str, words: frozenset[str], version: int, rules: Rules
) -> bool:
    return bool(
        rules.names[version] in words
        or _CALLED.search(before)
        or _NEWEST.search(before)
        or _COMPARED.search(after)
    )


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
    if _PRODUCT.search(before):
        return "it may be another thing's version"
    return ""
