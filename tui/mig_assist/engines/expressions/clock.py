"""The present moment, in the ways in which both engines are asked for it.

The normal forms are ``now()`` for the instant, ``now_text('%Y-%m-%d')`` for its text in UTC,
``now_epoch()`` for whole seconds since 1970 and ``now_milliseconds()`` for milliseconds.
"""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.engines.expressions.facts import Facts
from mig_assist.engines.expressions.nodes import Kind, Node, call, string
from mig_assist.engines.logical_types import LogicalType, logical_type

NOW = call("now")
EPOCH = call("now_epoch")
MILLISECONDS = call("now_milliseconds")
_EPOCH_TEXT = call("to_text", EPOCH)

_DATE_TIME = "%Y-%m-%d %H:%M:%S"
_LIBSQL_TEXTS = {
    "current_timestamp": _DATE_TIME,
    "datetime": _DATE_TIME,
    "current_date": "%Y-%m-%d",
    "date": "%Y-%m-%d",
    "current_time": "%H:%M:%S",
    "time": "%H:%M:%S",
}
_POSTGRES_NOW = frozenset(
    "now current_timestamp localtimestamp transaction_timestamp statement_timestamp "
    "clock_timestamp".split()
)
_SECONDS_OF_A_DAY = "86400"
_UNIX_DAY = "2440587.5"
_ROUNDING = frozenset({"floor", "trunc", "round"})
_TO_CHAR = re.compile(r'"([^"]*)"|(SS\.MS|YYYY|MM|DD|HH24|MI|SS)|([-:/. ,TZ])')
_FORMATS = {
    "SS.MS": "%f",
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    "HH24": "%H",
    "MI": "%M",
    "SS": "%S",
}


def moment(node: Node, facts: Facts) -> Node | None:
    """The normal form of what asks for the present moment; None for everything else."""
    return _libsql_moment(node) if facts.is_libsql else _postgres_moment(node)


def _libsql_moment(node: Node) -> Node | None:
    match node:
        case Node(Kind.CALL, "strftime", (Node(Kind.STRING, layout), *rest)) if _is_now(rest):
            return _EPOCH_TEXT if layout == "%s" else call("now_text", string(layout))
        case Node(Kind.CALL, "unixepoch", args) if _is_now(args):
            return EPOCH
        case Node(Kind.CALL, name, args) if name in _LIBSQL_TEXTS and _is_now(args):
            return call("now_text", string(_LIBSQL_TEXTS[name]))
        case Node(Kind.CAST, target, (operand,)) if "int" in target:
            if _libsql_moment(operand) in (EPOCH, _EPOCH_TEXT):
                return EPOCH
            return MILLISECONDS if _libsql_milliseconds(_unrounded(operand)) else None
        case Node(Kind.OPERATOR, "*") if _libsql_milliseconds(node):
            return MILLISECONDS
    return None


def _is_now(args: tuple[Node, ...] | list[Node]) -> bool:
    return not args or (len(args) == 1 and args[0] == string("now"))


def _libsql_milliseconds(node: Node) -> bool:
    match node:
        case Node(Kind.OPERATOR, "*", (Node(Kind.CALL, "unixepoch", args), factor)):
            precise = args in ((string("subsec"),), (string("now"), string("subsec")))
            return precise and _is_number(factor, "1000")
        case Node(Kind.OPERATOR, "*", (Node(Kind.OPERATOR, "*", (days, day)), factor)):
            return _is_days(days) and _is_day(day, "") and _is_number(factor, "1000")
        case Node(Kind.OPERATOR, "*", (days, factor)):
            return _is_days(days) and _is_day(factor, "000")
    return False


def _is_days(node: Node) -> bool:
    match node:
        case Node(Kind.OPERATOR, "-", (Node(Kind.CALL, "julianday", args), unix)):
            return _is_now(args) and _is_number(unix, _UNIX_DAY)
    return False


def _is_day(node: Node, scale: str) -> bool:
    return _is_number(node, _SECONDS_OF_A_DAY + scale)


def _is_number(node: Node, text: str) -> bool:
    while node.kind is Kind.CAST:
        node = node.args[0]
    return node.kind in (Kind.NUMBER, Kind.STRING) and node.value.removesuffix(".0") == text


def _unrounded(node: Node) -> Node:
    while node.kind is Kind.CALL and node.value in _ROUNDING and len(node.args) == 1:
        node = node.args[0]
    return node


def _postgres_moment(node: Node) -> Node | None:
    match node:
        case Node(Kind.CALL, name) if name in _POSTGRES_NOW:
            return NOW
        case Node(Kind.CALL, "current_date"):
            return call("now_text", string("%Y-%m-%d"))
        case Node(Kind.CALL, "timezone", (_, inner)) if _is_utc_now(node):
            return _postgres_moment(inner)
        case Node(Kind.CALL, "to_char", (inner, layout)) if _is_utc_now(inner):
            text = _strftime(_bare(layout))
            return None if text is None else call("now_text", string(text))
        case Node(Kind.CAST, target, (operand,)):
            return _postgres_cast(logical_type(target, Backend.POSTGRES), operand)
    return None


def _postgres_cast(meant: LogicalType, operand: Node) -> Node | None:
    if meant is LogicalType.TIMESTAMP:
        return NOW if _postgres_moment(operand) == NOW else None
    if meant is LogicalType.DATE and _postgres_moment(operand) == NOW:
        return call("now_text", string("%Y-%m-%d"))
    if meant is LogicalType.INTEGER:
        match _unrounded(operand):
            case Node(Kind.OPERATOR, "*", args):
                seconds = [argument for argument in args if _is_epoch(argument)]
                scaled = any(_is_number(argument, "1000") for argument in args)
                return MILLISECONDS if seconds and scaled else None
            case seconds if _is_epoch(seconds):
                return EPOCH
    return None


def _is_epoch(node: Node) -> bool:
    match node:
        case Node(Kind.CALL, "date_part", (part, inner)):
            return _bare(part) == "epoch" and _postgres_moment(inner) == NOW
    return False


def _is_utc_now(node: Node) -> bool:
    match node:
        case Node(Kind.CALL, "timezone", (zone, inner)):
            return _bare(zone).lower() in ("utc", "gmt", "z") and _postgres_moment(inner) == NOW
    return False


def _bare(node: Node) -> str:
    while node.kind is Kind.CAST:
        node = node.args[0]
    return node.value if node.kind is Kind.STRING else ""


def _strftime(layout: str) -> str | None:
    """A layout of to_char() as strftime() would have it; None where it has no counterpart."""
    text, position = "", 0
    while position < len(layout):
        found = _TO_CHAR.match(layout, position)
        if found is None:
            return None
        quoted, field, plain = found.groups()
        text += _FORMATS[field] if field else (quoted or plain or "").replace("%", "%%")
        position = found.end()
    return text or None
