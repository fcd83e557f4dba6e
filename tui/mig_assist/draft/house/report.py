"""A house's style as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.house.model import HouseStyle, Trait

_FEWEST = 2
"""How many columns make a group worth telling, where it does something of its own."""

_TITLES = {
    "keywords": "keywords",
    "indent": "columns are indented by",
    "quotes": "names that need no quotes",
    "semicolon": "the last statement ends with ;",
    "header": "a file begins with a comment",
    "on_delete": "ON DELETE NO ACTION is written",
    "ignore": "rows that are there already are passed over by",
    "no_op": "a file that does nothing",
    "now": "times that set themselves",
    "strict": "tables are STRICT",
    "without_rowid": "tables with a composite key are WITHOUT ROWID",
    "keys_not_null": "primary keys say NOT NULL",
    "autoincrement": "numbered keys say AUTOINCREMENT",
    "numbering": "numbered keys are",
    "enums": "texts of a few values are",
    "flag_checks": "flags have a CHECK",
    "json_checks": "JSON has a CHECK",
    "alter": "several changes of a table are written",
    "change": "dropping and adding a constraint is written",
    "validate": "constraints are added NOT VALID",
    "rebuild": "a rebuilt table is called",
    "rebuild_moves": "which table has another name in a rebuild",
    "rebuild_pragmas": "PRAGMA around rebuilds",
}
_LIBSQL = frozenset(
    "strict without_rowid keys_not_null autoincrement flag_checks json_checks rebuild rebuild_moves"
    " rebuild_pragmas".split()
)
"""Habits that are kept by HouseStyle itself and are libsql's; the rest are PostgreSQL's."""

_RULES = {
    "numbered": "numbered keys",
    "flags": "flags by their rule or default",
    "json": "JSON by its rule",
    "json default": "defaults of {} or []",
}
"""Columns that are grouped by what is said of them, and not by their names."""


@dataclass(frozen=True, slots=True)
class TypeLine:
    """Types that are paired by some columns.

    Attributes:
        columns: which ones, as ``all columns`` or ``…_at``.
        count: how many of them pair these two.
        of: among how many that have the same libsql type.
    """

    columns: str
    libsql: str
    postgres: str
    count: int
    of: int


def side_of(trait: Trait) -> Backend:
    """Whose habit it is."""
    side, dot, _ = trait.key.partition(".")
    if dot:
        return Backend(side)
    return Backend.LIBSQL if trait.key in _LIBSQL else Backend.POSTGRES


def title_of(trait: Trait) -> str:
    """What a habit is about."""
    _, dot, rest = trait.key.partition(".")
    name, _, kind = (rest if dot else trait.key).partition(".")
    if name == "guards":
        words = "IF NOT EXISTS" if kind.startswith(("CREATE", "ADD")) else "IF EXISTS"
        return f"{kind} says {words}"
    if name == "named":
        return f"{kind} has a name"
    if name == "names":
        return f"{kind} is called"
    return _TITLES[name]


def told(trait: Trait) -> str:
    """The habit itself."""
    value = trait.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if trait.key.endswith(".indent"):
        text = str(value)
        return "tab" if "\t" in text else f"{len(text)} blanks"
    if value == "":
        return {"quotes": "stand as they are", "no_op": "holds a comment alone"}.get(
            trait.key.partition(".")[2], "none"
        )
    return str(value)


def evidence(trait: Trait) -> str:
    """How it is known."""
    if trait.stated:
        return "mig-assist.toml"
    among = f"{trait.kept} of {trait.of}"
    return f"{among}, as {trait.place}" if trait.place else among


def type_lines(style: HouseStyle) -> Iterator[TypeLine]:
    """Which types are paired: by all columns, and by groups of columns that do otherwise."""
    counts = {
        (group, kind): counter
        for (group, kind, source), counter in style.types.pairs.items()
        if source is Backend.LIBSQL
    }
    usual: dict[str, str] = {}
    for (group, kind), counter in counts.items():
        if group == "all":
            usual[kind] = counter.most_common(1)[0][0]
            for theirs, count in counter.most_common():
                yield TypeLine("all columns", kind, theirs, count, counter.total())
    for (group, kind), counter in counts.items():
        columns = _RULES.get(group) or group.partition(" ")[2]
        told = group in _RULES or group.startswith(("part ", "name "))
        if told and _is_own(counter, usual.get(kind, "")):
            theirs, count = counter.most_common(1)[0]
            yield TypeLine(columns, kind, theirs, count, counter.total())


def _is_own(counter: Counter[str], usual: str) -> bool:
    """Whether a group has a way of its own."""
    best, count = counter.most_common(1)[0]
    return best != usual and count >= _FEWEST
