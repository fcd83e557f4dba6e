"""A migration's name suggested from what its SQL does, and the template that suits a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from mig_assist.backend import Backend
from mig_assist.engines.statements import SqlSyntaxError, Statement, split_statements
from mig_assist.workspace.names import NameStyle, is_descriptive, snake


def suggest_name(sql: str, backend: Backend, style: NameStyle = NameStyle.SNAKE) -> str | None:
    """A descriptive name for a script, or None where it cannot be told.

    The first statement that changes the schema decides; data statements count only where no
    other is there. A rebuild (a copy of a table is made, filled and put in its place) counts as
    one change of the table itself.
    """
    try:
        statements = split_statements(sql, backend)
    except SqlSyntaxError:
        return None
    changes = [change for each in statements if (change := _change(_Head(each)))]
    phrases = sorted(_phrases(changes), key=lambda phrase: phrase[0])
    name = next(filter(is_descriptive, (snake(words) for _, words in phrases)), None)
    return name and style.write(name)


def suggest_template(name: str) -> str:
    """The migration template that a name calls for."""
    words = snake(name).split("_")
    if words[0] == "add" and any(word in ("index", "indexes", "idx") for word in words):
        return "add-index"
    if words[0] == "index" or words[-1] in ("index", "indexes", "idx"):
        return "add-index"
    if words[0] == "add" and ("to" in words[1:] or "column" in words):
        return "add-column"
    if words[0] in _TEMPLATES:
        return _TEMPLATES[words[0]]
    if words[0] in _NO_NEW_TABLE or words[-1].upper() in _OTHER_OBJECTS:
        return "blank"
    return "create-table"


_TEMPLATES = {
    "backfill": "backfill",
    "constrain": "add-constraint",
    "drop": "drop",
    "rebuild": "rebuild",
    "remove": "drop",
    "rename": "rename",
}
_NO_NEW_TABLE = frozenset("alter prune seed validate widen".split())
_OTHER_OBJECTS = frozenset(
    "DOMAIN EXTENSION FUNCTION POLICY PROCEDURE SCHEMA SEQUENCE TRIGGER TYPE VIEW".split()
)


class _Weight(IntEnum):
    """How much a statement says about its migration; the lowest says most."""

    SCHEMA = 0
    ROUTINE = 1
    DATA = 2


@dataclass(frozen=True, slots=True)
class _Change:
    """What one statement does: the words for it, and which object it makes, drops or renames."""

    words: str
    weight: _Weight = _Weight.SCHEMA
    made: str = ""
    dropped: str = ""
    renamed: str = ""
    renamed_to: str = ""


def _phrases(changes: Sequence[_Change]) -> Iterator[tuple[_Weight, str]]:
    made = {change.made: place for place, change in enumerate(changes) if change.made}
    dropped = {change.dropped for change in changes}
    rebuilt: dict[str, str] = {}
    for place, change in enumerate(changes):
        if change.renamed in made and change.renamed_to in dropped:
            # Either the copy was made before and takes the table's name now, or the table makes
            # room for a new one.
            copy_first = made[change.renamed] < place
            table = change.renamed_to if copy_first else change.renamed
            words = f"rebuild_{table.removeprefix('TABLE ')}"
            rebuilt |= {change.renamed: words, change.renamed_to: words}
    for change in changes:
        touched = change.made or change.dropped or change.renamed
        if touched in rebuilt:
            yield change.weight, rebuilt[touched]
        elif change.dropped not in made:
            yield change.weight, change.words


class _Head:
    """The beginning of a statement, taken token by token."""

    _TOKEN = re.compile(
        r"""--[^\n]*+ | /\*.*?\*/ | '(?:[^']|'')*+'
          | (?P<quoted> "(?:[^"]|"")++" | `[^`]++` | \[[^]]++\] )
          | (?P<word> [^\W\d]\w*+ )
          | (?P<other> \S )""",
        re.VERBOSE | re.DOTALL,
    )
    _LONGEST = 2_000

    def __init__(self, statement: Statement) -> None:
        found = (match for match in self._TOKEN.finditer(statement.text) if match.lastgroup)
        self._tokens = [(m.lastgroup, m[0]) for m in islice(found, self._LONGEST)]
        self._next = 0

    def take(self, *words: str) -> bool:
        """Go past the given keywords if they are what comes next."""
        coming = self._tokens[self._next : self._next + len(words)]
        if [text.upper() for kind, text in coming if kind != "quoted"] != list(words):
            return False
        self._next += len(words)
        return True

    def word(self, choice: frozenset[str]) -> str:
        """Go past one of the given keywords and return it; empty where none comes next."""
        return next((word for word in choice if self.take(word)), "")

    def skip(self, choice: frozenset[str]) -> None:
        """Go past as many of the given keywords as come next."""
        while self.word(choice):
            pass

    def find(self, choice: frozenset[str]) -> str:
        """Go past the first of the given keywords that stands outside parentheses."""
        depth = 0
        while self._next < len(self._tokens):
            if depth == 0 and (word := self.word(choice)):
                return word
            depth += {"(": 1, ")": -1}.get(self._tokens[self._next][1], 0)
            self._next += 1
        return ""

    def name(self) -> str:
        """Go past an object's name and return it, without its schema; empty where there is none."""
        name = ""
        while self._next < len(self._tokens):
            kind, text = self._tokens[self._next]
            if kind == "other":
                break
            name = text[1:-1] if kind == "quoted" else text
            self._next += 1
            if not self.take("."):
                break
        return name


_MODIFIERS = frozenset(
    "OR REPLACE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED UNIQUE MATERIALIZED VIRTUAL RECURSIVE"
    " CONSTRAINT".split()
)
_KINDS = _OTHER_OBJECTS | {"TABLE", "INDEX"}
_BEFORE_NAME = frozenset("CONCURRENTLY IF NOT EXISTS ONLY".split())
_ROUTINES = frozenset("FUNCTION PROCEDURE".split())
_DATA = frozenset("INSERT REPLACE UPDATE DELETE TRUNCATE".split())
_CONSTRAINTS = frozenset("CONSTRAINT CHECK UNIQUE PRIMARY FOREIGN EXCLUDE".split())


def _change(head: _Head) -> _Change | None:
    if head.take("CREATE"):
        return _created(head)
    if head.take("DROP"):
        return _dropped(head)
    if head.take("ALTER", "TABLE"):
        return _altered(head)
    return _filled(head)


def _created(head: _Head) -> _Change | None:
    head.skip(_MODIFIERS)
    kind = head.word(_KINDS)
    head.skip(_BEFORE_NAME)
    if kind == "INDEX":
        if not head.find(frozenset({"ON"})):
            return None
        head.skip(_BEFORE_NAME)
        return _Change(f"index_{head.name()}")
    name = head.name()
    if not kind or not name:
        return None
    if kind == "TABLE":
        return _Change(name, made=_key(kind, name))
    weight = _Weight.ROUTINE if kind in _ROUTINES else _Weight.SCHEMA
    return _Change(f"{name}_{kind}", weight, made=_key(kind, name))


def _dropped(head: _Head) -> _Change | None:
    head.skip(_MODIFIERS)
    kind = head.word(_KINDS)
    head.skip(_BEFORE_NAME)
    name = head.name()
    if not kind or not name:
        return None
    weight = _Weight.ROUTINE if kind in _ROUTINES else _Weight.SCHEMA
    return _Change(f"drop_{name}", weight, dropped=_key(kind, name))


def _altered(head: _Head) -> _Change | None:
    head.skip(_BEFORE_NAME)
    table = head.name()
    if not table:
        return None
    if head.take("ADD"):
        if head.word(_CONSTRAINTS):
            return _Change(f"constrain_{table}")
        return _Change(f"add_{_column(head)}_to_{table}")
    if head.take("DROP"):
        if head.take("CONSTRAINT"):
            return _Change(f"constrain_{table}")
        return _Change(f"drop_{_column(head)}_from_{table}")
    if head.take("RENAME", "TO"):
        new = head.name()
        return _Change(
            f"rename_{table}_to_{new}",
            renamed=_key("TABLE", table),
            renamed_to=_key("TABLE", new),
        )
    if head.take("RENAME"):
        head.take("CONSTRAINT")
        return _Change(f"rename_{table}_{_column(head)}")
    if head.take("VALIDATE"):
        return _Change(f"validate_{table}")
    if head.take("ALTER"):
        return _Change(f"alter_{table}_{_column(head)}")
    return _Change(f"alter_{table}_definition")


def _key(kind: str, name: str) -> str:
    """What tells one object of a script from the others; case does not."""
    return f"{kind} {name.lower()}"


def _column(head: _Head) -> str:
    head.take("COLUMN")
    head.skip(_BEFORE_NAME)
    return head.name()


def _filled(head: _Head) -> _Change | None:
    verb = head.find(_DATA) if head.take("WITH") else head.word(_DATA)
    if verb in ("INSERT", "REPLACE"):
        words = "seed" if head.find(frozenset({"INTO"})) else ""
    elif verb == "UPDATE":
        words = "backfill"
        if head.take("OR"):
            head.name()
    else:
        words = "prune" if verb else ""
        head.skip(frozenset({"FROM", "TABLE"}))
    head.skip(_BEFORE_NAME)
    return _Change(f"{words}_{head.name()}", _Weight.DATA) if words else None
