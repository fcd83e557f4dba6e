"""How names of indexes and constraints are formed from their tables and columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_AFFIX = (
    r"idx|ix|index|i|uq|uk|ux|uix|unique|uniq|fk|fkey|foreign|ck|chk|check|pk|pkey|primary|key|c"
)
_REST = "…"
CONTENTS = ("{columns}", "{stems}", "{column}", "{stem}")


@dataclass(frozen=True, slots=True)
class NameForm:
    """How one name is formed.

    Attributes:
        shape: with ``…`` for what stands between its fixed parts, as ``{table}_…_idx``.
        contents: those of :data:`CONTENTS` that that part may be; none for words of its own.
    """

    shape: str
    contents: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The whole, with ``{columns}`` for words of its own."""
        return self.shape.replace(_REST, (*self.contents, *CONTENTS)[0])


def form_of(name: str, table: str, columns: Sequence[str]) -> NameForm:
    """How a name is formed."""
    name, table = name.lower(), table.lower()
    found = re.fullmatch(
        rf"(?P<before>(?:{_AFFIX})__?)?{re.escape(table)}(?P<rest>_.*?)??(?P<after>_(?:{_AFFIX})\d?)?",
        name,
    )
    if found:
        before, rest, after = found["before"] or "", found["rest"] or "", found["after"] or ""
        joint = "__" if rest.startswith("__") else "_"
        middle = f"{joint}{_REST}" if rest else ""
        shape = f"{before}{{table}}{middle}{after.rstrip('0123456789')}"
        return NameForm(shape, _contents(rest.lstrip("_"), columns))
    found = re.fullmatch(
        rf"(?P<before>(?:{_AFFIX})_)?(?P<rest>.*?)(?P<after>_(?:{_AFFIX})\d?)?", name
    )
    if not found:
        return NameForm(_REST, ())
    before, after = found["before"] or "", (found["after"] or "").rstrip("0123456789")
    return NameForm(f"{before}{_REST}{after}", _contents(found["rest"], columns))


def _contents(rest: str, columns: Sequence[str]) -> tuple[str, ...]:
    names = [column.lower() for column in columns]
    return tuple(each for each in CONTENTS if names and rest == _filled(each, names))


def _filled(content: str, columns: Sequence[str]) -> str:
    chosen = columns if content.endswith("s}") else columns[:1]
    if "stem" in content:
        chosen = [column.removesuffix("_id") for column in chosen]
    return "_".join(chosen)


def filled(pattern: str, table: str, columns: Sequence[str]) -> str:
    """The name that a pattern makes."""
    for content in CONTENTS:
        pattern = pattern.replace(content, _filled(content, columns))
    return pattern.replace("{table}", table)


def agreed(forms: Iterable[NameForm]) -> tuple[str, str, int]:
    """The pattern of most forms, their shape, and how many have it."""
    forms = list(forms)
    shape, kept = Counter(form.shape for form in forms).most_common(1)[0]
    contents = Counter(each for form in forms if form.shape == shape for each in form.contents)
    best = max(CONTENTS, key=lambda content: contents[content])  # the first of several
    return NameForm(shape, (best,)).pattern, shape, kept
