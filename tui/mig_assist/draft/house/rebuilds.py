"""How libsql's tables are rebuilt: which table gets another name, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mig_assist.draft.house.told import Told, name_at
from mig_assist.draft.house.votes import Votes


def vote(votes: Votes, statements: Sequence[Told], version: int, path: str) -> None:
    """Count the rebuilds of a file, by the names in it alone."""
    created: dict[str, str] = {}
    dropped: set[str] = set()
    aside: dict[str, str] = {}
    found = False
    for told in statements:
        tokens, kind = told.tokens, told.kind
        if kind not in ("CREATE TABLE", "DROP TABLE", "ALTER TABLE"):
            continue
        k = name_at(tokens, 2)
        name = tokens[k].folded
        if kind == "CREATE TABLE":
            created[name] = told.place
        elif kind == "DROP TABLE":
            dropped.add(name)
            if name in aside and aside[name] in created:
                _add(votes, "old", name, aside[name], version, told.place)
                found = True
        elif [token.key for token in tokens[k + 1 : k + 3]] == ["RENAME", "TO"]:
            target = tokens[-1].folded
            if name in created and target in dropped:
                _add(votes, "new", name, target, version, created[name])
                found = True
            else:
                aside[target] = name
    if found:
        pragmas = [told.text for told in statements if told.tokens[0].key == "PRAGMA"]
        votes.add("rebuild_pragmas", "; ".join(pragmas), f"{path}:1")


def _add(votes: Votes, moves: str, other: str, table: str, version: int, place: str) -> None:
    """A table had another name while it was rebuilt."""
    pattern = other.replace(table, "{table}")
    if version:
        pattern = re.sub(rf"(?<!\d)0*{version}(?!\d)", "{version}", pattern)
    votes.add("rebuild_moves", moves, place)
    votes.add("rebuild", pattern, place)
