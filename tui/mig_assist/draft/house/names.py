"""Which names a house gives to indexes and constraints, and which constraints go without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.tokens import Sort, Token
from mig_assist.draft.derive.words import LIBSQL_RESERVED, POSTGRES_ONLY
from mig_assist.draft.house.naming import Named, affixes_of, agreed, form_of
from mig_assist.draft.house.told import Told, after_modifiers, items, name_at
from mig_assist.draft.house.votes import Votes

KINDS = {"PRIMARY": "PRIMARY KEY", "UNIQUE": "UNIQUE", "FOREIGN": "FOREIGN KEY", "CHECK": "CHECK"}
_WORDS = LIBSQL_RESERVED | POSTGRES_ONLY | {"LIKE", "GLOB", "REGEXP", "TRUE", "FALSE", "END"}
"""What stands in a CHECK and is no column."""
_COLUMNS = {**KINDS, "REFERENCES": "FOREIGN KEY"}


@dataclass(slots=True)
class NameVotes:
    """The names of one side.

    Attributes:
        found: those of each kind.
        called: what a table is called in the end, by its folded name while it is rebuilt.
    """

    backend: Backend
    found: dict[str, list[Named]] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    def take(self, told: Told) -> None:
        """Look at a CREATE INDEX."""
        if told.kind != "CREATE INDEX":
            return
        tokens = told.tokens
        k = name_at(tokens, after_modifiers(tokens) + 1)
        if k + 2 >= len(tokens) or tokens[k + 1].key != "ON":
            return
        table = name_at(tokens, k + 2)
        unique = any(token.key == "UNIQUE" for token in tokens[:3])
        opening = next((n for n in range(table, len(tokens)) if tokens[n].key == "("), len(tokens))
        columns = [item[0].name for item in items(tokens, opening + 1) if item]
        self.add(
            "UNIQUE INDEX" if unique else "INDEX",
            tokens[k].name,
            tokens[table].name,
            columns,
            told.place,
        )

    def constraint(
        self, votes: Votes, item: Sequence[Token], table: str, column: str, place: str
    ) -> None:
        """Look at the constraints of a column, or at one of a table (``column`` is empty then)."""
        depth = 0
        for k, token in enumerate(item):
            depth += {"(": 1, ")": -1}.get(token.key, 0)
            kind = (_COLUMNS if column else KINDS).get(token.key)
            if depth or kind is None:
                continue
            named = k >= 2 and item[k - 2].key == "CONSTRAINT"
            inline = "inline " if column else ""
            votes.add(f"{self.backend}.named.{inline}{kind}", named, place)
            if named:
                self.add(
                    kind, item[k - 1].name, table, [column] if column else _listed(item, k), place
                )
            if not column:
                return

    def add(self, kind: str, name: str, table: str, columns: Sequence[str], place: str) -> None:
        """A thing of a kind has a name."""
        table = self.called.get(table.lower(), table)
        self.found.setdefault(kind, []).append(Named(name, table, tuple(columns), place))

    def vote(self, votes: Votes) -> None:
        """Count what all the names agree on."""
        for kind, names in self.found.items():
            affixes = affixes_of(names)
            forms = [form_of(each, affixes) for each in names]
            pattern = agreed(forms)
            told = zip(names, forms, strict=True)
            for each, form in sorted(told, key=lambda one: one[1].follows(pattern)):
                said = pattern if form.follows(pattern) else each.name  # and no pattern at all
                votes.add(f"{self.backend}.names.{kind}", said, each.place)


def _is_name(token: Token, after: Token) -> bool:
    """Whether a token of a CHECK is a column; what stands before a parenthesis is a function."""
    if token.sort is Sort.NAME:
        return True
    return token.sort is Sort.WORD and after.key != "(" and token.key not in _WORDS


def _listed(item: Sequence[Token], k: int) -> list[str]:
    """The columns that a table's constraint lists, or that its CHECK mentions."""
    opening = next((n for n in range(k, len(item)) if item[n].key == "("), len(item))
    if item[k].key == "CHECK":
        told = pairwise((*item[opening + 1 :], item[-1]))
        return list(dict.fromkeys(one.name for one, after in told if _is_name(one, after)))
    return [each[0].name for each in items(item, opening + 1) if each]
