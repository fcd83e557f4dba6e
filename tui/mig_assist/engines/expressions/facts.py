"""What is known around an expression, and what follows for the types of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mig_assist.backend import Backend
from mig_assist.engines.expressions.nodes import Kind, Node
from mig_assist.engines.logical_types import LogicalType, logical_type


class Place(StrEnum):
    """What becomes of a NULL result where the expression stands."""

    VALUE = "value"
    """It is a result like any other."""
    CHECK = "check"
    """It passes, as TRUE does."""
    FILTER = "filter"
    """It does not pass, as FALSE does not."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known around an expression.

    Attributes:
        types: of the columns by folded name; None where nothing is known of any.
        not_null: the folded names of the columns that are never NULL.
    """

    backend: Backend
    types: Mapping[str, LogicalType] | None = None
    not_null: frozenset[str] = frozenset()

    @property
    def is_libsql(self) -> bool:
        """Whether the expression is libsql's."""
        return self.backend is Backend.LIBSQL

    def type_of(self, node: Node) -> LogicalType | None:
        """The type of a normal form; None where it is not known."""
        match node.kind:
            case Kind.COLUMN:
                name = node.value.removeprefix("new.").removeprefix("old.")
                held = None if self.types is None else self.types.get(name)
                return None if held is LogicalType.ANY else held
            case Kind.STRING:
                return LogicalType.TEXT
            case Kind.BLOB:
                return LogicalType.BYTES
            case Kind.NUMBER:
                return LogicalType.INTEGER if is_integer(node) else LogicalType.DECIMAL
            case Kind.COLLATE:
                return self.type_of(node.args[0])
            case Kind.CAST:
                return logical_type(node.value.partition(".")[2], self.backend)
            case Kind.CALL:
                return self._type_of_call(node)
            case Kind.OPERATOR:
                return self._type_of_operator(node)
            case Kind.CASE:
                return self._common((*node.args[1::2], node.args[-1]))
        return LogicalType.BOOLEAN if is_condition(node) else None

    def is_cast_to(self, meant: LogicalType, node: Node) -> bool:
        """Whether a normal form is a cast to a type."""
        return node.kind is Kind.CAST and self.type_of(node) is meant

    def never_null(self, node: Node) -> bool:
        """Whether a normal form certainly never yields NULL."""
        match node.kind:
            case Kind.COLUMN:
                return node.value in self.not_null
            case Kind.NUMBER | Kind.STRING | Kind.BLOB | Kind.TRUE | Kind.FALSE | Kind.IS:
                return True
            case Kind.COMPARE if node.value.startswith("is"):
                return True
            case Kind.COMPARE | Kind.IN | Kind.AND | Kind.OR | Kind.NOT:
                return all(self.never_null(argument) for argument in node.args)
            case Kind.CALL if node.value == "coalesce":
                return any(self.never_null(argument) for argument in node.args)
            case Kind.CALL if node.value in STRICT:
                return all(self.never_null(argument) for argument in node.args)
        return False

    def _type_of_call(self, node: Node) -> LogicalType | None:
        if node.value in TEXT_RESULTS:
            return LogicalType.TEXT
        if node.value in INTEGER_RESULTS:
            return LogicalType.INTEGER
        if node.value in BOOLEAN_RESULTS:
            return LogicalType.BOOLEAN
        if node.value in ("coalesce", "nullif", "abs"):
            return self._common(node.args if node.value == "coalesce" else node.args[:1])
        return None

    def _type_of_operator(self, node: Node) -> LogicalType | None:
        if node.value == "||":
            return LogicalType.TEXT
        types = [self.type_of(argument) for argument in node.args]
        for wider in (LogicalType.REAL, LogicalType.DECIMAL):
            if wider in types and None not in types:
                return wider
        return LogicalType.INTEGER if set(types) == {LogicalType.INTEGER} else None

    def _common(self, nodes: tuple[Node, ...]) -> LogicalType | None:
        types = {self.type_of(node) for node in nodes if node.kind is not Kind.NULL}
        return types.pop() if len(types) == 1 else None


TEXT_RESULTS = frozenset(
    "lower upper trim ltrim rtrim substr replace to_text json_type now_text".split()
)
COUNTS = frozenset({"length", "instr", "octet_length", "as_integer"})
"""Functions whose results are whole numbers from 0 upwards."""
INTEGER_RESULTS = COUNTS | {"now_epoch", "now_milliseconds"}
BOOLEAN_RESULTS = frozenset({"json_valid"})
STRICT = frozenset(
    "lower upper trim ltrim rtrim substr replace length instr octet_length abs to_text "
    "as_integer".split()
)
"""Functions that yield NULL if and only if one of their arguments is NULL."""

_CONDITIONS = frozenset(
    {
        Kind.COMPARE,
        Kind.IN,
        Kind.IS,
        Kind.MATCH,
        Kind.NOT,
        Kind.AND,
        Kind.OR,
        Kind.TRUE,
        Kind.FALSE,
    }
)


def is_condition(node: Node) -> bool:
    """Whether a node is true or false by its form."""
    return node.kind in _CONDITIONS or (node.kind is Kind.CALL and node.value in BOOLEAN_RESULTS)


def is_integer(node: Node) -> bool:
    """Whether a number is written as an integer."""
    return node.kind is Kind.NUMBER and node.value.lstrip("-").isdecimal()
