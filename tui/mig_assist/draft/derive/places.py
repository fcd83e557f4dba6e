"""What the tokens of a statement are to each other, found in one pass each."""

from __future__ import annotations

from mig_assist.draft.derive.tokens import Token


def partners_of(tokens: tuple[Token, ...]) -> dict[int, int]:
    """Each bracket's other one."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    for k, token in enumerate(tokens):
        if token.key in ("(", "["):
            stack.append(k)
        elif token.key in (")", "]") and stack:
            opening = stack.pop()
            partners[opening] = k
            partners[k] = opening
    return partners


def referred_of(tokens: tuple[Token, ...], partners: dict[int, int]) -> dict[int, str]:
    """For each column behind REFERENCES, the table whose it is."""
    found: dict[int, str] = {}
    for k, token in enumerate(tokens):
        if token.key != "REFERENCES":
            continue
        name = k + 1
        while name + 2 < len(tokens) and tokens[name + 1].key == ".":
            name += 2
        if name + 1 < len(tokens) and tokens[name + 1].key == "(":
            for inner in range(name + 2, partners.get(name + 1, name + 2)):
                found[inner] = tokens[name].name
    return found


def bounds_of(tokens: tuple[Token, ...]) -> frozenset[int]:
    """The places of each AND that belongs to a BETWEEN."""
    found: set[int] = set()
    pending: list[int] = [0]
    for k, token in enumerate(tokens):
        match token.key:
            case "(":
                pending.append(0)
            case ")" if len(pending) > 1:
                pending.pop()
            case "BETWEEN":
                pending[-1] += 1
            case "AND" if pending[-1]:
                pending[-1] -= 1
                found.add(k)
    return frozenset(found)
