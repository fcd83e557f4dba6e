"""The tree that an expression of either dialect is read into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a node is; in brackets what its value and its arguments are."""

    COLUMN = "column"  # [folded name, with "new." or "old." in a trigger]
    NUMBER = "number"  # [decimal text; integers have no point]
    STRING = "string"  # [the text itself]
    BLOB = "blob"  # [hexadecimal digits, upper case]
    NULL = "null"
    TRUE = "true"
    FALSE = "false"
    CALL = "call"  # [function; arguments]
    CAST = "cast"  # [type in lower case; operand]
    OPERATOR = "operator"  # [symbol; one or two operands]
    COMPARE = "compare"  # [= <> < <= > >=, or "is" where NULL equals NULL; two operands]
    IN = "in"  # [; operand, members]
    IS = "is"  # [null, true, false or unknown; operand]
    MATCH = "match"  # [how: like, ilike, glob, ~, ~*; operand, pattern, escape]
    NOT = "not"
    AND = "and"
    OR = "or"
    CASE = "case"  # [; condition, result, condition, result, …, otherwise]
    ARRAY = "array"
    COLLATE = "collate"  # [collation; operand]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of an expression; immutable, equal by content."""

    kind: Kind
    value: str = ""
    args: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """The node and all that stand below it."""
        yield self
        for argument in self.args:
            yield from argument.walk()


NULL = Node(Kind.NULL)
TRUE = Node(Kind.TRUE)
FALSE = Node(Kind.FALSE)
CONSTANTS = frozenset({Kind.NUMBER, Kind.STRING, Kind.BLOB, Kind.NULL, Kind.TRUE, Kind.FALSE})


def number(value: int | str) -> Node:
    """A number."""
    return Node(Kind.NUMBER, str(value))


def string(value: str) -> Node:
    """A string literal."""
    return Node(Kind.STRING, value)


def call(function: str, *args: Node) -> Node:
    """A call of a function."""
    return Node(Kind.CALL, function, args)


def compare(operator: str, left: Node, right: Node) -> Node:
    """A comparison."""
    return Node(Kind.COMPARE, operator, (left, right))


def negated(node: Node) -> Node:
    """NOT of a node, as it stands."""
    return Node(Kind.NOT, "", (node,))


def is_null(node: Node) -> Node:
    """The test for NULL."""
    return Node(Kind.IS, "null", (node,))
