"""Numbers, casts, functions and operators: what of them means the same on both engines.

Everything else keeps the name of its engine (``libsql.date``), so that it never equals anything of
the other one.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from mig_assist.backend import Backend
from mig_assist.engines.expressions.facts import Facts, is_condition, is_integer
from mig_assist.engines.expressions.nodes import (
    FALSE,
    TRUE,
    Kind,
    Node,
    call,
    number,
    string,
)
from mig_assist.engines.expressions.printing import text_of
from mig_assist.engines.logical_types import LogicalType, logical_type, split_modifier

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*")
_INTEGER = re.compile(r"\s*([+-]?[0-9]+)\s*")
_TRUE = frozenset("t tr tru true y ye yes on 1".split())
_FALSE = frozenset("f fa fal fals false n no of off 0".split())
_NUMERIC = (LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL)

_SAME = {
    Backend.LIBSQL: {"ifnull": "coalesce", "substring": "substr"},
    Backend.POSTGRES: {
        "btrim": "trim",
        "char_length": "length",
        "character_length": "length",
        "strpos": "instr",
        "json_typeof": "json_type",
        "jsonb_typeof": "json_type",
        "substring": "substr",
    },
}
"""What else functions are called than their normal forms."""

_PORTABLE = {
    "lower": (1,),
    "upper": (1,),
    "length": (1,),
    "octet_length": (1,),
    "replace": (3,),
    "abs": (1,),
    "coalesce": range(1, 100),
    "nullif": (2,),
}
"""Functions that are called the same on both, and with how many arguments."""


def plain_number(node: Node) -> Node:
    """A number in its shortest spelling; one with a point keeps it."""
    if is_integer(node):
        return node
    try:
        value = Decimal(node.value)
    except InvalidOperation:
        return node
    if not value.is_finite() or abs(value.adjusted()) > 40:
        return node
    text = format(value.normalize(), "f")
    return number(text if "." in text else f"{text}.0")


def compared_number(node: Node) -> Node:
    """A number where only its size matters: 1.0 is 1."""
    if node.kind is Kind.NUMBER and node.value.endswith(".0"):
        return number(int(node.value[:-2]))
    return node


def cast(target: str, operand: Node, facts: Facts) -> Node:
    """A cast of a normal form, gone where it does not change the value."""
    meant = logical_type(target, facts.backend)
    modifier = split_modifier(target)[1]
    if operand.kind is Kind.NULL:
        return operand
    if operand.kind is Kind.STRING:
        return _cast_string(target, meant, modifier, operand, facts)
    source = facts.type_of(operand)
    unchanged = _kept_cast(target, operand, facts)
    if operand.kind is Kind.NUMBER and not modifier:
        return _cast_number(meant, operand) or unchanged
    if modifier or meant is LogicalType.ANY:
        return unchanged
    match meant, source:
        case LogicalType.TEXT, LogicalType.TEXT if "char" not in target or "var" in target:
            return operand
        case LogicalType.TEXT, LogicalType.INTEGER:
            return call("to_text", operand)
        case LogicalType.INTEGER, LogicalType.BOOLEAN:
            return as_integer(operand)
        case LogicalType.BOOLEAN, LogicalType.INTEGER:
            return Node(Kind.COMPARE, "<>", (operand, number(0)))
        case LogicalType.TIMESTAMP | LogicalType.TIME | LogicalType.ARRAY, _:
            return unchanged
    return operand if meant is source else unchanged


def _cast_string(
    target: str, meant: LogicalType, modifier: str, operand: Node, facts: Facts
) -> Node:
    text = operand.value
    match meant:
        case LogicalType.TEXT if target != "citext":
            fits = not modifier or (modifier.isdecimal() and len(text) <= int(modifier))
            blank_padded = "char" in target and "var" not in target
            if fits and not (blank_padded and not facts.is_libsql):
                return operand
        case LogicalType.INTEGER if found := _INTEGER.fullmatch(text):
            return number(int(found[1]))
        case LogicalType.REAL | LogicalType.DECIMAL if _NUMBER.fullmatch(text) and not modifier:
            return as_real(plain_number(number(text.strip().removeprefix("+"))))
        case LogicalType.BOOLEAN if not facts.is_libsql:
            if text.strip().lower() in _TRUE:
                return TRUE
            if text.strip().lower() in _FALSE:
                return FALSE
        case LogicalType.BYTES if not facts.is_libsql:
            if re.fullmatch(r"\\x(?:[0-9a-fA-F]{2})*", text):
                return Node(Kind.BLOB, text[2:].upper())
    return _kept_cast(target, operand, facts)


def _kept_cast(target: str, operand: Node, facts: Facts) -> Node:
    return Node(Kind.CAST, f"{facts.backend}.{target}", (operand,))


def _cast_number(meant: LogicalType, operand: Node) -> Node | None:
    if meant is LogicalType.INTEGER and is_integer(operand):
        return operand
    if meant in (LogicalType.REAL, LogicalType.DECIMAL):
        return as_real(operand)
    if meant is LogicalType.TEXT and is_integer(operand):
        return string(operand.value)
    if meant is LogicalType.BOOLEAN and is_integer(operand):
        return FALSE if operand.value == "0" else TRUE
    return None


def as_real(node: Node) -> Node:
    """A number as one that has a point."""
    return number(f"{node.value}.0") if is_integer(node) else node


def as_integer(condition: Node) -> Node:
    """The number that a condition is: 1 or 0."""
    if condition.kind is Kind.TRUE:
        return number(1)
    if condition.kind is Kind.FALSE:
        return number(0)
    return call("as_integer", condition)


def apply_function(name: str, args: tuple[Node, ...], facts: Facts) -> Node:
    """A call on normal forms."""
    known = _SAME[facts.backend].get(name, name)
    if known == "octet_length" and [facts.type_of(node) for node in args] == [LogicalType.BYTES]:
        known = "length"
    if len(args) in _PORTABLE.get(known, ()):
        return call(known, *args)
    match known, args:
        case "trim" | "ltrim" | "rtrim", (text, Node(Kind.STRING, " ")):
            return call(known, text)
        case "trim" | "ltrim" | "rtrim", (_,) | (_, _):
            return call(known, *args)
        case "json_valid" | "json_type", (_,):
            inner = args[0]
            if facts.is_cast_to(LogicalType.JSON, inner):
                inner = inner.args[0]
            return call(known, inner)
        case "instr", (_, Node(Kind.STRING, part)) if part:
            return call(known, *args)
        case "left", (text, length) if not facts.is_libsql and _at_least(length, 0):
            return call("substr", text, number(1), length)
        case "substr", (_, start) if _at_least(start, 1):
            return call(known, *args)
        case "substr", (_, start, length) if _at_least(start, 1) and _at_least(length, 0):
            return call(known, *args)
        case "num_nonnulls" | "num_nulls", _ if not facts.is_libsql:
            test = "not null" if known == "num_nonnulls" else "null"
            return total(tuple(as_integer(Node(Kind.IS, test, (node,))) for node in args))
    return call(f"{facts.backend}.{name}", *args)


def _at_least(node: Node, least: int) -> bool:
    return is_integer(node) and int(node.value) >= least


def total(terms: tuple[Node, ...]) -> Node:
    """The sum of integers, in one order for all."""
    flat: list[Node] = []
    for term in terms:
        nested = term.kind is Kind.OPERATOR and term.value == "+"
        flat.extend(term.args if nested else (term,))
    flat.sort(key=text_of)
    return flat[0] if len(flat) == 1 else Node(Kind.OPERATOR, "+", tuple(flat))


def apply_operator(symbol: str, args: tuple[Node, ...], facts: Facts) -> Node:
    """An operator on normal forms."""
    tagged = Node(Kind.OPERATOR, f"{facts.backend}.{symbol}", args)
    if len(args) == 1:
        return Node(Kind.OPERATOR, symbol, args) if symbol == "-" else tagged
    types = [facts.type_of(argument) for argument in args]
    match symbol:
        case "||":
            texts = (LogicalType.TEXT, LogicalType.INTEGER, None)
            joined = any(kind is LogicalType.TEXT for kind in types)
            return _concatenation(args) if joined and all(t in texts for t in types) else tagged
        case "+" | "-" | "*":
            args = _arithmetic(args, types, facts)
            types = [facts.type_of(argument) for argument in args]
            if any(kind not in (*_NUMERIC, None) for kind in types):
                return tagged
            if symbol == "+" and all(kind is LogicalType.INTEGER for kind in types):
                return total(args)
            ordered = args if symbol == "-" else tuple(sorted(args, key=text_of))
            return Node(Kind.OPERATOR, symbol, ordered)
        case "/" | "%":
            divisor = args[1]
            whole = types[0] is LogicalType.INTEGER and is_integer(divisor)
            if whole and int(divisor.value) != 0:
                return Node(Kind.OPERATOR, symbol, args)
        case "&" | "|" if all(kind is LogicalType.INTEGER for kind in types):
            return Node(Kind.OPERATOR, symbol, tuple(sorted(args, key=text_of)))
    return tagged


def _concatenation(args: tuple[Node, ...]) -> Node:
    flat: list[Node] = []
    for argument in args:
        if argument.kind is Kind.CALL and argument.value == "to_text":
            argument = argument.args[0]
        nested = argument.kind is Kind.OPERATOR and argument.value == "||"
        flat.extend(argument.args if nested else (argument,))
    return Node(Kind.OPERATOR, "||", tuple(flat))


def _arithmetic(
    args: tuple[Node, ...], types: list[LogicalType | None], facts: Facts
) -> tuple[Node, ...]:
    """Operands of + - *: conditions as the numbers they are on libsql, numbers as plain ones."""
    if facts.is_libsql:
        args = tuple(
            as_integer(argument)
            if is_condition(argument) or kind is LogicalType.BOOLEAN
            else argument
            for argument, kind in zip(args, types, strict=True)
        )
    if any(kind in (LogicalType.REAL, LogicalType.DECIMAL) for kind in types):
        return tuple(compared_number(argument) for argument in args)
    return args
