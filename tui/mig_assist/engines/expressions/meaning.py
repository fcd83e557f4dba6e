"""The normal form of an expression: every known spelling of one meaning becomes one tree.

Conditions are brought into negation normal form, which is right in three-valued logic too. Where a
condition stands (:class:`Place`) decides what its NULL may be taken for.
"""

from __future__ import annotations

from collections.abc import Iterable

from mig_assist.engines.expressions.clock import moment
from mig_assist.engines.expressions.comparisons import (
    INVERSE,
    among,
    is_yes_or_no,
    membership,
    relate,
)
from mig_assist.engines.expressions.facts import STRICT, Facts, Place, is_condition
from mig_assist.engines.expressions.nodes import (
    CONSTANTS,
    FALSE,
    NULL,
    TRUE,
    Kind,
    Node,
    negated,
    number,
    string,
)
from mig_assist.engines.expressions.patterns import matching
from mig_assist.engines.expressions.printing import text_of
from mig_assist.engines.expressions.values import (
    apply_function,
    apply_operator,
    as_integer,
    cast,
    plain_number,
)
from mig_assist.engines.logical_types import LogicalType

_STORAGE = {
    LogicalType.INTEGER: {string("integer")},
    LogicalType.BOOLEAN: {string("integer")},
    LogicalType.DECIMAL: {string("integer"), string("real")},
    LogicalType.REAL: {string("integer"), string("real")},
    LogicalType.TEXT: {string("text")},
    LogicalType.UUID: {string("text")},
    LogicalType.ENUM: {string("text")},
    LogicalType.JSON: {string("text")},
    LogicalType.BYTES: {string("blob")},
}
"""The storage classes in which libsql may keep what PostgreSQL's type holds."""

_JSON_KINDS = {"text": "string"}
_CONSTANT_TRUTH = {Kind.TRUE: TRUE, Kind.FALSE: FALSE, Kind.NULL: NULL}


def normal(node: Node, facts: Facts, place: Place = Place.VALUE) -> Node:
    """The normal form of an expression."""
    return _Meaning(facts).root(node, place)


class _Meaning:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def root(self, node: Node, place: Place) -> Node:
        return self.value(node) if place is Place.VALUE else self.condition(node, place)

    # Values

    def value(self, node: Node) -> Node:
        match node.kind:
            case Kind.COLUMN | Kind.TRUE | Kind.FALSE:
                return node
            case Kind.NUMBER:
                return plain_number(node)
            case Kind.CAST:
                return moment(node, self.facts) or self.cast(node)
            case Kind.CALL:
                return moment(node, self.facts) or self.function(node)
            case Kind.OPERATOR:
                args = tuple(self.value(argument) for argument in node.args)
                return moment(node, self.facts) or apply_operator(node.value, args, self.facts)
            case Kind.CASE:
                return self.case(node.args)
            case Kind.COLLATE:
                return Node(Kind.COLLATE, node.value, (self.value(node.args[0]),))
            case Kind.ARRAY:
                return Node(Kind.ARRAY, "", tuple(self.value(member) for member in node.args))
        if is_condition(node):
            return self.condition(node, Place.VALUE)
        return node

    def cast(self, node: Node) -> Node:
        operand = self.value(node.args[0])
        return cast(node.value, operand, self.facts)

    def function(self, node: Node) -> Node:
        if node.value in ("iif", "if") and self.facts.is_libsql and len(node.args) in (2, 3):
            return self.case((*node.args, NULL)[:3])
        args = tuple(self.value(argument) for argument in node.args)
        return apply_function(node.value, args, self.facts)

    def case(self, args: tuple[Node, ...]) -> Node:
        branches: list[Node] = []
        for condition, result in zip(args[:-1:2], args[1::2], strict=True):
            branches += (self.condition(condition, Place.FILTER), self.value(result))
        otherwise = self.value(args[-1])
        results = (*branches[1:], otherwise)
        if results in ((number(1), number(0)), (number(0), number(1))):
            test = self.condition(args[0], Place.VALUE, results[0] == number(0))
            if self.facts.never_null(test):
                return as_integer(test)
        return Node(Kind.CASE, "", (*branches, otherwise))

    # Conditions

    def condition(self, node: Node, place: Place, inverse: bool = False) -> Node:
        match node.kind:
            case Kind.NOT:
                return self.condition(node.args[0], place, not inverse)
            case Kind.AND | Kind.OR:
                conjunction = (node.kind is Kind.AND) is not inverse
                parts = [self.condition(part, place, inverse) for part in node.args]
                return self.join(conjunction, parts, place)
            case Kind.COMPARE:
                operator = INVERSE[node.value] if inverse else node.value
                return self.comparison(operator, node.args[0], node.args[1], place)
            case Kind.IN:
                return self.membership(node, place, inverse)
            case Kind.IS:
                return self.test(node.value, self.value(node.args[0]), place, inverse)
            case Kind.MATCH:
                operand, *pattern = (self.value(argument) for argument in node.args)
                found = matching(node.value, operand, tuple(pattern), self.facts)
                return self.settled(found, place, inverse)
        return self.truth(self.value(node), place, inverse)

    def settled(self, found: Node, place: Place, inverse: bool) -> Node:
        """What has been made of a match, with its comparisons and conjunctions in order."""
        match found.kind:
            case Kind.NOT:
                return self.settled(found.args[0], place, not inverse)
            case Kind.AND:
                parts = [self.settled(part, place, inverse) for part in found.args]
                return self.join(not inverse, parts, place)
            case Kind.COMPARE:
                operator = INVERSE[found.value] if inverse else found.value
                left, right = found.args
                return relate(operator, left, right, self.facts, place)
        return negated(found) if inverse else found

    def truth(self, value: Node, place: Place, inverse: bool) -> Node:
        """A value taken as a condition."""
        if value.kind in _CONSTANT_TRUTH:
            constant = _CONSTANT_TRUTH[value.kind]
            if constant == NULL:
                return {Place.CHECK: TRUE, Place.FILTER: FALSE, Place.VALUE: NULL}[place]
            return TRUE if (constant == TRUE) is not inverse else FALSE
        if value.kind is Kind.NUMBER:
            nonzero = float(value.value) != 0
            return TRUE if nonzero is not inverse else FALSE
        if is_yes_or_no(value, self.facts):
            if place is Place.CHECK and not inverse and self.is_vacuous(value):
                return TRUE
            return negated(value) if inverse else value
        if self.facts.type_of(value) is LogicalType.INTEGER:
            return relate("=" if inverse else "<>", value, number(0), self.facts, place)
        return negated(value) if inverse else value

    def is_vacuous(self, value: Node) -> bool:
        """Whether a rule says nothing beyond PostgreSQL's type."""
        if value.kind is Kind.CALL and value.value == "json_valid":
            return self.facts.type_of(value.args[0]) is LogicalType.JSON
        return False

    def comparison(self, operator: str, left: Node, right: Node, place: Place) -> Node:
        one, other = self.value(left), self.value(right)
        if is_yes_or_no(one, self.facts) or is_yes_or_no(other, self.facts):
            if other.kind not in CONSTANTS and one.kind in CONSTANTS:
                left, one, other = right, other, one
            if operator in ("=", "<>", "is", "is not"):
                return self.equivalence(operator, left, one, other, place)
        stored = self.storage(operator, one, (other,))
        if stored is None and one.kind is Kind.STRING:
            stored = self.storage(operator, other, (one,))
        if stored is not None:
            return self.test("null", stored, place, True)
        one, other = self.json_kind(one, other), self.json_kind(other, one)
        return relate(operator, one, other, self.facts, place)

    def equivalence(self, operator: str, left: Node, one: Node, other: Node, place: Place) -> Node:
        """Two conditions compared, the second perhaps a constant."""
        inverse = operator in ("<>", "is not")
        constant = self.flag_constant(other)
        if constant is not None and operator in ("=", "<>"):
            return self.condition(left, place, inverse is (constant == TRUE))
        if constant is not None:
            return self.test("true" if constant == TRUE else "false", one, place, inverse)
        two_valued = self.facts.never_null(one) and self.facts.never_null(other)
        if two_valued and is_condition(one) and is_condition(other):
            against = self.opposite(one, place), self.opposite(other, place)
            if inverse:
                other, against = against[1], (against[0], other)
            both = self.join(True, [one, other], place)
            return self.join(False, [both, self.join(True, against, place)], place)
        return relate(operator, one, other, self.facts, place)

    def flag_constant(self, node: Node) -> Node | None:
        if node.kind in (Kind.TRUE, Kind.FALSE):
            return node
        if self.facts.is_libsql and node in (number(0), number(1)):
            return TRUE if node == number(1) else FALSE
        return None

    def test(self, tested: str, value: Node, place: Place, inverse: bool) -> Node:
        """IS NULL, IS TRUE and IS FALSE."""
        if tested == "null":
            return self.null_test(value, inverse)
        strict = self.facts.never_null(value)
        passes = place is Place.FILTER and not inverse
        if strict or passes or (place is Place.CHECK and inverse):
            return self.truth_of(value, place, inverse is (tested == "true"))
        # IS NOT TRUE and IS FALSE differ in NULL alone.
        return Node(Kind.IS, f"not {tested}" if inverse else tested, (value,))

    def truth_of(self, value: Node, place: Place, inverse: bool) -> Node:
        if not is_condition(value):
            return self.truth(value, place, inverse)
        return self.opposite(value, place) if inverse else value

    def opposite(self, node: Node, place: Place) -> Node:
        """NOT of a normal form."""
        match node.kind:
            case Kind.TRUE | Kind.FALSE:
                return FALSE if node == TRUE else TRUE
            case Kind.NOT:
                return node.args[0]
            case Kind.AND | Kind.OR:
                parts = [self.opposite(part, place) for part in node.args]
                return self.join(node.kind is Kind.OR, parts, place)
            case Kind.COMPARE if node.value in INVERSE:
                left, right = node.args
                return relate(INVERSE[node.value], left, right, self.facts, place)
            case Kind.IN:
                return Node(Kind.IN, "in" if node.value == "not in" else "not in", node.args)
            case Kind.IS:
                tested = node.value
                inverse = tested.removeprefix("not ") if "not " in tested else f"not {tested}"
                return Node(Kind.IS, inverse, node.args)
        return negated(node)

    def null_test(self, value: Node, inverse: bool) -> Node:
        if self.facts.never_null(value):
            return TRUE if inverse else FALSE
        if value.kind is Kind.NULL:
            return FALSE if inverse else TRUE
        while value.kind is Kind.CALL and value.value in STRICT and len(value.args) == 1:
            value = value.args[0]
        return Node(Kind.IS, "not null" if inverse else "null", (value,))

    def membership(self, node: Node, place: Place, inverse: bool) -> Node:
        operand, *members = (self.value(argument) for argument in node.args)
        if is_yes_or_no(operand, self.facts):
            return self.flag_membership(node, operand, members, place, inverse)
        stored = None if inverse else self.storage("=", operand, tuple(members))
        if stored is not None:
            if string("null") in members:
                return TRUE
            return self.test("null", stored, place, True)
        members = [self.json_kind(member, operand) for member in members]
        return among(inverse, operand, tuple(members), self.facts)

    def flag_membership(
        self, node: Node, operand: Node, members: list[Node], place: Place, inverse: bool
    ) -> Node:
        allowed = {self.flag_constant(member) for member in members}
        if None in allowed:
            return among(inverse, operand, tuple(members), self.facts)
        if len(allowed) == 2:
            if place is Place.CHECK and not inverse:
                return TRUE
            if place is Place.FILTER and not inverse:
                return self.test("null", operand, place, True)
            ordered = (operand, FALSE, TRUE)
            return Node(Kind.IN, "not in" if inverse else "in", ordered)
        return self.condition(node.args[0], place, inverse is (TRUE in allowed))

    def storage(self, operator: str, value: Node, classes: tuple[Node, ...]) -> Node | None:
        """The column of which ``typeof(column) = 'text'`` says nothing but that it is not NULL."""
        if operator != "=" or value.kind is not Kind.CALL or value.value != "libsql.typeof":
            return None
        (column,) = value.args
        meant = self.facts.type_of(column)
        stored = None if meant is None else _STORAGE.get(meant)
        return column if stored is not None and stored <= set(classes) else None

    def json_kind(self, node: Node, other: Node) -> Node:
        """What libsql calls a JSON text is a string on PostgreSQL."""
        named = other.kind is Kind.CALL and other.value == "json_type"
        if named and node.kind is Kind.STRING and self.facts.is_libsql:
            return string(_JSON_KINDS.get(node.value, node.value))
        return node

    # Conjunctions and disjunctions

    def join(self, conjunction: bool, parts: Iterable[Node], place: Place) -> Node:
        """AND or OR of normal forms: flat, without what adds nothing, in one order."""
        kind = Kind.AND if conjunction else Kind.OR
        neutral, decisive = (TRUE, FALSE) if conjunction else (FALSE, TRUE)
        flat: dict[Node, None] = {}
        for part in parts:
            for member in part.args if part.kind is kind else (part,):
                flat.setdefault(member)
        if decisive in flat:
            return decisive
        flat.pop(neutral, None)
        # Where NULL counts as TRUE, one of two opposites always passes; as FALSE, one never does.
        weak = place is (Place.FILTER if conjunction else Place.CHECK)
        for member in flat:
            if member.kind in (Kind.AND, Kind.OR):
                continue
            settled = weak or self.facts.never_null(member)
            if settled and self.opposite(member, place) in flat:
                return decisive
        members = _merged(conjunction, list(flat))
        members = _without_null_tests(conjunction, members, place)
        members = _absorbed(conjunction, members)
        if not members:
            return neutral
        if len(members) == 1:
            return members[0]
        return Node(kind, "", tuple(sorted(members, key=text_of)))


def _merged(conjunction: bool, members: list[Node]) -> list[Node]:
    """``x = 1 OR x IN (2, 3)`` as one list; likewise ``x <> 1 AND x <> 2``."""
    operator, listing = ("<>", "not in") if conjunction else ("=", "in")
    lists: dict[Node, set[Node]] = {}
    rest: list[Node] = []
    for member in members:
        single = member.kind is Kind.COMPARE and member.value == operator
        several = member.kind is Kind.IN and member.value == listing
        if (single or several) and all(node.kind in CONSTANTS for node in member.args[1:]):
            lists.setdefault(member.args[0], set()).update(member.args[1:])
        else:
            rest.append(member)
    return [membership(conjunction, operand, found) for operand, found in lists.items()] + rest


def _without_null_tests(conjunction: bool, members: list[Node], place: Place) -> list[Node]:
    """In a CHECK ``x IS NULL OR x > 0`` says what ``x > 0`` says; so does, in a filter, the
    IS NOT NULL beside it."""
    if place is Place.VALUE or conjunction is (place is Place.CHECK):
        return members
    tested = "not null" if conjunction else "null"
    tests = [m for m in members if m.kind is Kind.IS and m.value == tested]
    for test in tests:
        others = [member for member in members if member is not test]
        if any(_undecided_without(test.args[0], member, conjunction) for member in others):
            members = others
    return members


def _undecided_without(value: Node, condition: Node, conjunction: bool) -> bool:
    """Whether a condition is NULL, or passes as the test itself, whenever a value is NULL."""
    match condition.kind:
        case Kind.AND | Kind.OR:
            # One NULL makes an OR pass in a CHECK and an AND fail in a filter.
            decisive = (condition.kind is Kind.AND) is conjunction
            found = (_undecided_without(value, part, conjunction) for part in condition.args)
            return any(found) if decisive else all(found)
        case Kind.COMPARE if not condition.value.startswith("is"):
            return any(_follows(value, argument) for argument in condition.args)
        case Kind.IN:
            return _follows(value, condition.args[0])
        case Kind.MATCH:
            return _follows(value, condition.args[0])
        case Kind.NOT:
            return condition.args[0].kind is not Kind.CASE and _follows(value, condition.args[0])
        case Kind.IS:
            passing = "not null" if conjunction else "null"
            return condition.value == passing and _follows(value, condition.args[0])
    return _follows(value, condition)


def _follows(value: Node, node: Node) -> bool:
    """Whether a node is NULL whenever a value is."""
    if node == value:
        return True
    match node.kind:
        case Kind.CALL if node.value in STRICT or node.value in ("json_valid", "json_type"):
            return any(_follows(value, argument) for argument in node.args)
        case Kind.OPERATOR if node.value in ("+", "-", "*", "||", "/", "%", "&", "|"):
            return any(_follows(value, argument) for argument in node.args)
        case Kind.CAST | Kind.COLLATE:
            return _follows(value, node.args[0])
        case Kind.COMPARE if not node.value.startswith("is"):
            return any(_follows(value, argument) for argument in node.args)
        case Kind.MATCH:
            return _follows(value, node.args[0])
    return False


def _absorbed(conjunction: bool, members: list[Node]) -> list[Node]:
    """``a OR (a AND b)`` is ``a``, in three-valued logic as well; and the other way round."""
    nested = Kind.OR if conjunction else Kind.AND
    alone = {member for member in members if member.kind is not nested}
    return [m for m in members if m.kind is not nested or not alone & set(m.args)]
