"""LIKE, GLOB and regular expressions.

libsql's LIKE takes no notice of the case of ASCII letters, PostgreSQL's does; libsql's has no
escape character unless one is given, PostgreSQL's is a backslash.
"""

from __future__ import annotations

from mig_assist.verify.parity.expressions.facts import Facts
from mig_assist.verify.parity.expressions.nodes import Kind, Node, negated, string


def matching(
    how: str, operand: Node, pattern: tuple[Node, ...], facts: Facts, inverse: bool
) -> Node:
    """A match of normal forms, negated or not."""
    found = _matching(how, operand, pattern, facts)
    return negated(found) if inverse else found


def _matching(how: str, operand: Node, pattern: tuple[Node, ...], facts: Facts) -> Node:
    tagged = Node(Kind.MATCH, f"{facts.backend}.{how}", (operand, *pattern))
    if any(node.kind is not Kind.STRING for node in pattern):
        return tagged
    if how == "glob":
        text = _from_glob(pattern[0].value)
    elif how in ("like", "ilike"):
        escape = pattern[1].value if len(pattern) > 1 else ("" if facts.is_libsql else "\\")
        text = _from_like(pattern[0].value, escape)
    else:
        text = None
    if text is None:
        return tagged
    ignores_case = how == "ilike" or (how == "like" and facts.is_libsql)
    if ignores_case and any(letter.isalpha() for letter in text):
        if not text.isascii():
            return tagged
        return Node(Kind.MATCH, "ilike", (operand, string(text.lower())))
    return Node(Kind.MATCH, "like", (operand, string(text)))


def _from_like(pattern: str, escape: str) -> str | None:
    """A pattern with a backslash before what stands for itself."""
    if len(escape) > 1:
        return None
    text = ""
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            literal = next(characters, None)
            if literal is None:
                return None
            text += _literal(literal)
        elif character in "%_":
            text += character
        else:
            text += _literal(character)
    return text


def _from_glob(pattern: str) -> str | None:
    if "[" in pattern:
        return None
    return "".join({"*": "%", "?": "_"}.get(c) or _literal(c) for c in pattern)


def _literal(character: str) -> str:
    return f"\\{character}" if character in "%_\\" else character
