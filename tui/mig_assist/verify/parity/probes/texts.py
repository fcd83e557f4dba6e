"""What rules speak of: the words, literals and patterns in their texts, in any dialect.

No grammar is needed here, and none would do for PL/pgSQL: a word too many costs a probe or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mig_assist.verify.parity.names import folded

Literal = str | int | float

_TOKEN = re.compile(
    r"""
    --[^\n]* | /\*.*?\*/
  | [eE]?'(?P<text>(?:[^']|'')*)'
  | "(?P<quoted>(?:[^"]|"")*)" | `(?P<tick>[^`]*)` | \[(?P<bracket>[A-Za-z_]\w*)\]
  | (?P<number>(?<![\w.])\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d][\w$]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOCK = re.compile(
    r"\b(?:now|current_timestamp|current_time|current_date|clock_timestamp|statement_timestamp"
    r"|transaction_timestamp|localtimestamp|localtime|unixepoch|strftime|julianday|datetime)\b",
    re.IGNORECASE,
)
_CHANCE = re.compile(
    r"\b(?:random|randomblob|gen_random_uuid|gen_random_bytes|uuid_generate_v\w+|uuidv\d|nextval)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def mentioned(text: str) -> frozenset[str]:
    """The words of a text that may be names, folded; string literals are none."""
    names: set[str] = set()
    for token in _TOKEN.finditer(text):
        name = token["word"] or token["quoted"] or token["tick"] or token["bracket"]
        if name:
            names.add(folded(name.replace('""', '"')))
    return frozenset(names)


@lru_cache(maxsize=4096)
def literals(text: str) -> tuple[Literal, ...]:
    """The literals of a text in their order, each once; a minus sign gives both signs."""
    found: dict[Literal, None] = {}
    for token in _TOKEN.finditer(text):
        if token["text"] is not None:
            found.setdefault(token["text"].replace("''", "'"))
        elif token["number"]:
            number = _number(token["number"])
            found.setdefault(number)
            if text[: token.start()].rstrip().endswith("-"):
                found.setdefault(-number)
    return tuple(found)


def listed(text: str, column: str) -> tuple[Literal, ...]:
    """The literals that a text compares with a column for equality, alone or in a list."""
    literal = r"(?:[eE]?'(?:[^']|'')*'|-?\d[\d.]*)"
    pattern = (
        rf"\b{re.escape(column)}\b[\"`\])]*\s*(?:==?|\bIS\b|\bIN\b)\s*"
        rf"({literal}|\(\s*{literal}(?:\s*,\s*{literal})*\s*\))"
    )
    found = re.finditer(pattern, text, re.IGNORECASE)
    return tuple(dict.fromkeys(value for match in found for value in literals(match[1])))


def says(texts: Iterable[str], pattern: str) -> bool:
    """Whether a text matches a pattern, in any case."""
    return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def is_volatile(text: str | None) -> bool:
    """Whether a text asks the clock, a random generator or a sequence."""
    return is_chance(text) or _CLOCK.search(text or "") is not None


def is_chance(text: str | None) -> bool:
    """Whether a text asks a random generator or a sequence."""
    return _CHANCE.search(text or "") is not None


def characters(patterns: Iterable[str]) -> tuple[str, ...]:
    """What a pattern may take or refuse by itself: its own signs, and those beside its ranges.

    Those that patterns part on most often come with any; runs such as ``..`` count as one.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        for first, last in re.findall(r"([\w!-~])-([\w!-~])", pattern):
            found.update(dict.fromkeys((chr(ord(first) - 1), first, last, chr(ord(last) + 1))))
        found.update(dict.fromkeys(re.findall(r"([^\w\s])(?!\1)", pattern)))
        found.update(dict.fromkeys(re.findall(r"[^\w\s*%?\[\]]{2,4}", pattern)))
        found.update(dict.fromkeys(re.findall(r"\w", pattern)[:_MOST_SIGNS]))
    return tuple(dict.fromkeys((*_PARTING, *found)))[: 3 * _MOST_SIGNS]


_PARTING = (*"_-. \t\n\r0A9Zaz", "é", *"/:`{@['\\%+É²")
"""Signs beside the usual ranges, and those on which classes of the two engines part."""
_MOST_SIGNS = 24


def samples(pattern: str) -> tuple[str, ...]:
    """Strings that a LIKE, GLOB or regular expression may match, if the text is one at all."""
    found: dict[str, None] = {}
    if re.search(r"[%_]", pattern):
        found.setdefault(pattern.replace("%", "").replace("_", "a"))
        found.setdefault(pattern.replace("%", "a").replace("_", "a"))
    if re.search(r"[*?\[]", pattern):
        glob = re.sub(r"\[\^?([^\]])[^\]]*\]", r"\1", pattern)
        found.setdefault(glob.replace("*", "").replace("?", "a"))
    if re.search(r"[\^$\\+(\[]", pattern):
        sample = _regex_sample(pattern)
        if sample is not None:
            found.setdefault(sample)
    return tuple(found)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


_ATOM = re.compile(
    r"(?P<set>\[\^?\]?(?:\[:\w+:\]|\\.|[^\]])*\])|(?P<open>\((?:\?[:!=])?)|(?P<close>\))"
    r"|(?P<bar>\|)|(?P<count>[*+?]\??|\{\d+(?:,\d*)?\})|(?P<anchor>[\^$])|\\(?P<escape>.)"
    r"|(?P<any>\.)|(?P<char>.)",
    re.DOTALL,
)
_CLASSES = {"d": "1", "w": "a", "s": " ", "S": "a", "D": "a", "W": "-"}
_NAMED = {"alpha": "a", "alnum": "a", "digit": "1", "lower": "a", "upper": "A", "space": " "}
_MOST_REPEATS = 500


def _regex_sample(pattern: str) -> str | None:
    """The shortest text that a POSIX expression matches, of its first alternatives."""
    stack: list[list[str]] = [[]]
    skipping: list[bool] = [False]
    for atom in _ATOM.finditer(pattern):
        kind = atom.lastgroup
        if kind == "open":
            stack.append([])
            skipping.append(False)
        elif kind == "close":
            if len(stack) == 1:
                return None
            done = "".join(stack.pop())
            skipping.pop()
            if not skipping[-1]:
                stack[-1].append(done)
        elif kind == "bar":
            skipping[-1] = True
        elif skipping[-1] or kind == "anchor":
            continue
        elif kind == "count":
            if stack[-1]:
                least = re.search(r"\d+", atom[0])
                repeats = min(int(least[0]), _MOST_REPEATS) if least else int(atom[0][0] == "+")
                stack[-1][-1] *= repeats
        elif kind == "set":
            stack[-1].append(_of_set(atom[0]))
        elif kind == "escape":
            stack[-1].append(_CLASSES.get(atom["escape"], atom["escape"]))
        else:
            stack[-1].append("a" if kind == "any" else atom[0])
    return "".join(stack[0]) if len(stack) == 1 else None


def _of_set(text: str) -> str:
    """One character of a bracket expression."""
    inside = text[1:-1]
    named = re.search(r"\[:(\w+):\]", inside)
    if inside.startswith("^"):
        return next((char for char in "a1-_ " if char not in inside), "a")
    if named:
        return _NAMED.get(named[1], "a")
    return inside[1:2] if inside.startswith("\\") else inside[:1]
