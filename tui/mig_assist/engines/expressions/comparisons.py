"""Comparisons of two normal forms, and what can be said of them without their values."""

from __future__ import annotations

from mig_assist.engines.expressions.facts import (
    COUNTS,
    Facts,
    Place,
    is_condition,
    is_integer,
)
from mig_assist.engines.expressions.nodes import (
    CONSTANTS,
    FALSE,
    NULL,
    TRUE,
    Kind,
    Node,
    compare,
    is_null,
    number,
    string,
)
from mig_assist.engines.expressions.printing import text_of
from mig_assist.engines.expressions.values import compared_number
from mig_assist.engines.logical_types import LogicalType

INVERSE = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "is": "is not",
    "is not": "is",
}
_LOCALE = "locale"
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUALITIES = frozenset({"=", "<>", "is", "is not"})
_ANY_COLLATION = frozenset({"binary", "default", "c", "posix", "ucs_basic", "c.utf8"})
_BYTE_ORDER = frozenset({"binary", "c", "posix", "ucs_basic"})
_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.REAL})
_SPELLED_AS_TEXT = frozenset({LogicalType.ENUM, LogicalType.UUID, LogicalType.DATE})


def relate(operator: str, left: Node, right: Node, facts: Facts, place: Place) -> Node:
    """The normal form of a comparison of normal forms, neither of which is a condition."""
    if left.kind in CONSTANTS and right.kind not in CONSTANTS:
        operator, left, right = _MIRRORED.get(operator, operator), right, left
    left, right = _compared(left, right, facts), _compared(right, left, facts)
    if operator in ("is", "is not"):
        if NULL in (left, right):
            test = is_null(right if left == NULL else left)
            return test if operator == "is" else Node(Kind.IS, "not null", test.args)
        operator = _without_null(operator, left, right, facts, place)
    ordered, left, right = _ordering(operator, left, right, facts)
    if right.kind in CONSTANTS:
        return _with_constant(ordered, left, right, facts)
    if ordered in _EQUALITIES:
        left, right = sorted((left, right), key=text_of)
    elif ordered.startswith(">"):
        ordered, left, right = _MIRRORED[ordered], right, left
    return compare(ordered, left, right)


def _without_null(operator: str, left: Node, right: Node, facts: Facts, place: Place) -> str:
    """IS as ``=`` and IS NOT as ``<>`` where NULL makes no difference."""
    never = facts.never_null(left), facts.never_null(right)
    if operator == "is" and (all(never) or (place is Place.FILTER and any(never))):
        return "="
    if operator == "is not" and (all(never) or (place is Place.CHECK and any(never))):
        return "<>"
    return operator


def _compared(node: Node, other: Node, facts: Facts) -> Node:
    """An operand without what makes no difference when it is compared."""
    if node.kind is Kind.CAST and _widens(node, facts):
        node = node.args[0]
    if node.kind is Kind.CAST and node.args[0].kind is Kind.STRING:
        meant = facts.type_of(other)
        if meant in _SPELLED_AS_TEXT:
            node = node.args[0]
    if node.kind is Kind.STRING:
        meant = facts.type_of(other)
        if meant is LogicalType.UUID and not facts.is_libsql:
            return string(node.value.lower())
        plain = node.value.removeprefix("-")
        if facts.is_libsql and meant is LogicalType.INTEGER and _is_column(other):
            # Its affinity makes a number of the text.
            return number(int(node.value)) if plain.isdecimal() and plain.isascii() else node
    return compared_number(node)


def _is_column(node: Node) -> bool:
    return node.kind is Kind.COLUMN


def _widens(node: Node, facts: Facts) -> bool:
    """Whether a cast only makes another kind of number of a number."""
    wider = facts.type_of(node) in (LogicalType.DECIMAL, LogicalType.REAL)
    if not facts.is_libsql and wider and "(" not in node.value:
        return facts.type_of(node.args[0]) in _NUMBERS
    return False


def _ordering(operator: str, left: Node, right: Node, facts: Facts) -> tuple[str, Node, Node]:
    """The comparison with the order of texts told apart where the engines sort differently.

    libsql compares bytes, PostgreSQL by its locale. Columns alone are left to their collations,
    which are compared by themselves; letters in a literal show that case matters.
    """
    one, other = _without_collation(left), _without_collation(right)
    if operator in _EQUALITIES:
        return operator, one, other
    collated = facts.is_libsql or any(
        node.kind is Kind.COLLATE and node.value.lower() in _BYTE_ORDER for node in (left, right)
    )
    lettered = any(
        node.kind is Kind.STRING and any(letter.isalpha() for letter in node.value)
        for node in (one, other)
    )
    told_apart = one.kind is Kind.COLLATE and one.value == _LOCALE
    if told_apart or collated or (not lettered and (one, other) == (left, right)):
        return operator, one, other
    return operator, Node(Kind.COLLATE, _LOCALE, (one,)), other


def _without_collation(node: Node) -> Node:
    if node.kind is Kind.COLLATE and node.value.lower() in _ANY_COLLATION:
        return node.args[0]
    return node


def _with_constant(operator: str, left: Node, right: Node, facts: Facts) -> Node:
    if left.kind in CONSTANTS:
        return _constants(operator, left, right)
    if is_integer(right) and facts.type_of(left) is LogicalType.INTEGER:
        value = int(right.value)
        if operator == ">":
            operator, value = ">=", value + 1
        elif operator == "<":
            operator, value = "<=", value - 1
        if left.kind is Kind.CALL and left.value in COUNTS:
            return _count(operator, left, value, facts)
        right = number(value)
    return compare(operator, left, right)


def _count(operator: str, left: Node, value: int, facts: Facts) -> Node:
    """A comparison of a number that is never below 0."""
    if (operator, value) == ("<=", 0):
        operator = "="
    elif (operator, value) == ("<>", 0):
        operator, value = ">=", 1
    measured = left.args[0]
    if left.value == "length" and facts.type_of(measured) is LogicalType.TEXT:
        if (operator, value) == ("=", 0):
            return compare("=", measured, string(""))
        if (operator, value) == (">=", 1):
            return compare("<>", measured, string(""))
    return compare(operator, left, number(value))


def _constants(operator: str, left: Node, right: Node) -> Node:
    """Two constants compared, decided where they are of one kind."""
    if left.kind is right.kind is Kind.STRING or (is_integer(left) and is_integer(right)):
        if operator in ("=", "is"):
            return TRUE if left == right else FALSE
        if operator in ("<>", "is not"):
            return FALSE if left == right else TRUE
    return compare(operator, left, right)


def among(inverse: bool, operand: Node, members: tuple[Node, ...], facts: Facts) -> Node:
    """IN or NOT IN over normal forms."""
    operator = "<>" if inverse else "="
    listed = []
    for member in members:
        one = relate(operator, operand, member, facts, Place.VALUE)
        if not (one.kind is Kind.COMPARE and one.value == operator):
            return compare("in", operand, Node(Kind.ARRAY, "", members))
        listed.append(one.args)
    firsts = {first for first, _ in listed}
    if len(firsts) != 1:
        return compare("in", operand, Node(Kind.ARRAY, "", members))
    (first,) = firsts
    return membership(inverse, first, {member for _, member in listed})


def membership(inverse: bool, operand: Node, members: set[Node]) -> Node:
    """A test of membership; of one member it is a comparison."""
    if len(members) == 1:
        (member,) = members
        return compare("<>" if inverse else "=", operand, member)
    ordered = sorted(members, key=text_of)
    return Node(Kind.IN, "not in" if inverse else "in", (operand, *ordered))


def is_yes_or_no(node: Node, facts: Facts) -> bool:
    """Whether a normal form is a condition or the column of a flag."""
    return is_condition(node) or facts.type_of(node) is LogicalType.BOOLEAN
