"""How names of indexes and constraints are formed from their tables and columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_AFFIXES = frozenset(
    "idx ix index i uidx uq uk ux uix unique uniq fk fkey foreign ck chk check pk pkey key".split()
)
_FEWEST = 3
"""How many names that share a word at an end make it a part of the house's form."""
_REST = "…"
CONTENTS = ("{columns}", "{stems}", "{column}", "{stem}")


@dataclass(frozen=True, slots=True)
class NameForm:
    """How one name is formed.

    Attributes:
        shape: with ``…`` for what stands between its fixed parts, as ``{table}_…_idx``.
        contents: those of :data:`CONTENTS` that that part is; none for words of its own.
    """

    shape: str
    contents: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The whole, still with ``…`` for words of its own."""
        return self.shape.replace(_REST, (*self.contents, _REST)[0])

    def follows(self, pattern: str) -> bool:
        """Whether a pattern makes the name, but for words of its own where it says ``…``."""
        return pattern in (self.shape, *(self.shape.replace(_REST, c) for c in self.contents))


@dataclass(frozen=True, slots=True)
class Named:
    """An index or constraint with what it is called after."""

    name: str
    table: str
    columns: tuple[str, ...]
    place: str = ""


def affixes_of(names: Sequence[Named]) -> frozenset[str]:
    """The words at either end of names that are no part of what they are called after."""
    ends: Counter[str] = Counter()
    for each in names:
        own = {word for text in (each.table, *each.columns) for word in text.lower().split("_")}
        words = each.name.lower().split("_")
        ends.update({words[0], words[-1].rstrip("0123456789")} - own - {""})
    common = {word for word, count in ends.items() if count >= _FEWEST and count * 2 > len(names)}
    return _AFFIXES | common


def form_of(named: Named, affixes: frozenset[str] = _AFFIXES) -> NameForm:
    """How a name is formed."""
    name, table = named.name.lower(), named.table.lower()
    affix = "|".join(map(re.escape, sorted(affixes)))
    found = re.fullmatch(
        rf"(?P<before>(?:{affix})__?)?{re.escape(table)}"
        rf"(?P<rest>_.*?)??(?P<after>_(?:{affix})\d*)?",
        name,
    )
    if found:
        before, rest, after = found["before"] or "", found["rest"] or "", found["after"] or ""
        joint = "__" if rest.startswith("__") else "_"
        middle = f"{joint}{_REST}" if rest else ""
        shape = f"{before}{{table}}{middle}{after.rstrip('0123456789')}"
        return NameForm(shape, _contents(rest.lstrip("_"), named.columns))
    found = re.fullmatch(
        rf"(?P<before>(?:{affix})_)?(?P<rest>.*?)(?P<after>_(?:{affix})\d*)?", name
    )
    if not found:
        return NameForm(_REST, ())
    before, after = found["before"] or "", (found["after"] or "").rstrip("0123456789")
    return NameForm(f"{before}{_REST}{after}", _contents(found["rest"], named.columns))


def _contents(rest: str, columns: Sequence[str]) -> tuple[str, ...]:
    names = [column.lower() for column in columns]
    return tuple(each for each in CONTENTS if names and rest == _filled(each, names))


def _filled(content: str, columns: Sequence[str]) -> str:
    chosen = columns if content.endswith("s}") else columns[:1]
    if "stem" in content:
        chosen = [column.removesuffix("_id") for column in chosen]
    return "_".join(chosen)


def filled(pattern: str, table: str, columns: Sequence[str]) -> str:
    """The name that a pattern makes; the columns stand where it says ``…``."""
    pattern = pattern.replace(_REST, CONTENTS[0])
    for content in CONTENTS:
        pattern = pattern.replace(content, _filled(content, columns))
    return pattern.replace("{table}", table)


def agreed(forms: Sequence[NameForm]) -> str:
    """The pattern of most forms; with ``…`` where all of those say words of their own there."""
    shape = Counter(form.shape for form in forms).most_common(1)[0][0]
    contents = Counter(each for form in forms if form.shape == shape for each in form.contents)
    best = max(CONTENTS, key=lambda content: contents[content])  # the first of several
    return NameForm(shape, (best,) if contents[best] else ()).pattern
