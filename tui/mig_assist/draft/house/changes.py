"""How PostgreSQL's tables are changed: ALTER TABLE, several at once, NOT VALID and VALIDATE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.tokens import Token
from mig_assist.draft.house.names import KINDS, NameVotes
from mig_assist.draft.house.told import Told, items, name_at
from mig_assist.draft.house.votes import Votes

_ALONE = frozenset({"RENAME", "SET", "OWNER", "VALIDATE"})
"""Actions that cannot share an ALTER TABLE, or are meant to stand by themselves."""


def vote(votes: Votes, names: NameVotes, statements: Sequence[Told]) -> None:
    """Count what a PostgreSQL file shows."""
    found = [_read(told) for told in statements]
    for told, alter in zip(statements, found, strict=True):
        if alter is not None:
            _vote_one(votes, names, told, *alter)
    for (told, one), (_, other) in pairwise(zip(statements, found, strict=True)):
        if one is None or other is None or one[0] != other[0]:
            continue
        if _alone(one[1]) or _alone(other[1]):
            continue
        votes.add("alter", "apart", told.place)
        if _does(one[1], "DROP", "CONSTRAINT") and _adds_constraint(other[1]):
            votes.add("change", "apart", told.place)


def _read(told: Told) -> tuple[str, list[Sequence[Token]]] | None:
    """The table and the actions of an ALTER TABLE."""
    if told.kind != "ALTER TABLE" or len(told.tokens) < 4:
        return None
    k = name_at(told.tokens, 2)
    return told.tokens[k].folded, [item for item in items(told.tokens, k + 1) if item]


def _vote_one(
    votes: Votes, names: NameVotes, told: Told, table: str, actions: Sequence[Sequence[Token]]
) -> None:
    if len(actions) > 1:
        votes.add("alter", "together", told.place)
        if _does(actions, "DROP", "CONSTRAINT") and _adds_constraint(actions):
            votes.add("change", "together", told.place)
    for action in actions:
        verb, what = action[0].key, action[1].key if len(action) > 1 else ""
        if verb in ("ADD", "DROP"):
            k = 1 + (what in ("COLUMN", "CONSTRAINT"))
            guarded = k < len(action) and action[k].key == "IF"
            kind = what if what in ("CONSTRAINT", *KINDS) else "COLUMN"
            if kind == "COLUMN" or verb == "DROP":
                votes.add(f"postgres.guards.{verb} {kind}", guarded, told.place)
            if verb == "ADD":
                rest = action[1:]
                column = action[name_at(action, k)].name if kind == "COLUMN" else ""
                names.constraint(votes, rest, table, column, told.place)


def _alone(actions: Sequence[Sequence[Token]]) -> bool:
    return any(action[0].key in _ALONE for action in actions)


def _does(actions: Sequence[Sequence[Token]], verb: str, what: str) -> bool:
    return any([token.key for token in action[:2]] == [verb, what] for action in actions)


def _adds_constraint(actions: Sequence[Sequence[Token]]) -> bool:
    return any(
        action[0].key == "ADD" and len(action) > 1 and action[1].key in ("CONSTRAINT", *KINDS)
        for action in actions
    )


@dataclass(slots=True)
class Validations:
    """Where constraints are added, and where they are validated, over all files.

    Attributes:
        added: table and name of each that was added NOT VALID, with its place and file's number.
        plain: the places of those that were added without.
    """

    added: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    files: int = 0

    def take(self, statements: Sequence[Told]) -> None:
        """Look at one PostgreSQL file."""
        self.files += 1
        for told in statements:
            table, actions = _read(told) or ("", [])
            for action in actions:
                keys = [token.key for token in action]
                if keys[0] == "VALIDATE" and len(action) > 2:
                    place, number = self.added.get((table, action[2].folded), ("", 0))
                    if number == self.files:
                        self.same.append(place)
                        del self.added[table, action[2].folded]
                elif keys[:2] == ["ADD", "CONSTRAINT"] and len(keys) > 3:
                    if keys[-2:] == ["NOT", "VALID"]:
                        self.added[table, action[2].folded] = (told.place, self.files)
                    elif keys[3] in ("FOREIGN", "CHECK"):
                        self.plain.append(told.place)

    def vote(self, votes: Votes) -> None:
        """Count how constraints come to be valid."""
        for place in self.plain:
            votes.add("validate", "never", place)
        for place in self.same:
            votes.add("validate", "same file", place)
        for place, _ in self.added.values():
            votes.add("validate", "later file", place)


def vote_libsql(votes: Votes, statements: Sequence[Told]) -> None:
    """Count what a libsql file's ALTER TABLE show."""
    for told in statements:
        found = _read(told)
        for action in found[1] if found else ():
            if action[0].key in ("ADD", "DROP"):
                k = 1 + (len(action) > 1 and action[1].key == "COLUMN")
                guarded = k < len(action) and action[k].key == "IF"
                votes.add(f"{Backend.LIBSQL}.guards.{action[0].key} COLUMN", guarded, told.place)
