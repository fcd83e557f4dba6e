"""How libsql's tables are rebuilt: which table gets another name, and what it is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mig_assist.draft.house.told import Told, after_modifiers, name_at
from mig_assist.draft.house.votes import Votes


@dataclass(slots=True)
class Rebuilds:
    """The rebuilds of all files, by the names in them alone.

    Attributes:
        names: the pattern and the place of each, by which table it was that got another name.
        pragmas: those around the rebuilds of a file, and the file.
    """

    names: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    pragmas: list[tuple[str, str]] = field(default_factory=list)

    def take(self, statements: Sequence[Told], version: int, path: str) -> dict[str, str]:
        """Look at one libsql file; what its new tables are called in the end, by folded names."""
        found = list(_rebuilds(statements))
        for moves, other, table, place in found:
            self.names.setdefault(moves, []).append((_pattern(other, table, version), place))
        if found:
            texts = [told.text for told in statements if told.tokens[0].key == "PRAGMA"]
            last = {_plain(text): number for number, text in enumerate(texts)}
            kept = [text for number, text in enumerate(texts) if last[_plain(text)] == number]
            self.pragmas.append(("; ".join(kept), f"{path}:1"))
        return {other.lower(): table for moves, other, table, _ in found if moves == "new"}

    def vote(self, votes: Votes) -> None:
        """Count them; a name is counted among those of its kind alone."""
        for moves, named in self.names.items():
            votes.add("rebuild_moves", moves, named[0][1], len(named))
        most = votes.trait("rebuild_moves")
        for pattern, place in self.names[str(most.value)] if most else ():
            votes.add("rebuild", pattern, place)
        spellings: dict[str, Counter[str]] = {}
        for texts, _ in self.pragmas:
            spellings.setdefault(_plain(texts), Counter())[texts] += 1
        for texts, place in self.pragmas:
            votes.add("rebuild_pragmas", spellings[_plain(texts)].most_common(1)[0][0], place)


def _rebuilds(statements: Sequence[Told]) -> Iterator[tuple[str, str, str, str]]:
    """Of each rebuild whether the new or the old table moved, its other name, its own, a place."""
    created: dict[str, tuple[str, str]] = {}
    aside: dict[str, tuple[str, str]] = {}
    dropped: set[str] = set()
    for told in statements:
        tokens, kind = told.tokens, told.kind
        if kind not in ("CREATE TABLE", "DROP TABLE", "ALTER TABLE"):
            continue
        k = name_at(tokens, after_modifiers(tokens) + 1)
        name = tokens[k].folded
        if kind == "CREATE TABLE":
            created[name] = (tokens[k].name, told.place)
        elif kind == "DROP TABLE":
            dropped.add(name)
            if name in aside and aside[name][1].lower() in created:
                yield "old", *aside[name], told.place
        elif [token.key for token in tokens[k + 1 : k + 3]] == ["RENAME", "TO"]:
            target = tokens[-1].name
            if name in created and target.lower() in dropped:
                yield "new", created[name][0], target, created[name][1]
            else:
                aside[target.lower()] = (target, tokens[k].name)


def _plain(pragmas: str) -> str:
    """PRAGMA statements without what makes no difference: spaces and the case of letters."""
    return "".join(pragmas.split()).lower()


def _pattern(other: str, table: str, version: int) -> str:
    """How a name is formed, for str.format."""
    pattern = re.sub(
        re.escape(table), "{table}", other.replace("{", "").replace("}", ""), flags=re.I
    )

    def number(found: re.Match[str]) -> str:
        return f"{{version:0{len(found[0])}}}" if found[0].startswith("0") else "{version}"

    return re.sub(rf"(?<!\d)0*{version}(?!\d)", number, pattern) if version else pattern
