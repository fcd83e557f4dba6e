"""DEFAULT clauses: the value that a new row gets, as its column holds it."""

from __future__ import annotations

import json
import re

from mig_assist.backend import Backend
from mig_assist.engines.expressions.clock import NOW
from mig_assist.engines.expressions.facts import Facts, is_integer
from mig_assist.engines.expressions.grammar import parse
from mig_assist.engines.expressions.meaning import normal
from mig_assist.engines.expressions.nodes import Kind, Node, number, string
from mig_assist.engines.expressions.printing import text_of
from mig_assist.engines.expressions.tokens import Lexeme, NotUnderstood, tokenize
from mig_assist.engines.expressions.values import as_real, compared_number, plain_number
from mig_assist.engines.logical_types import LogicalType

_NUMERIC = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*")
_NUMBERS = (LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL)
_LITERAL_TYPES = (
    LogicalType.TEXT,
    LogicalType.JSON,
    LogicalType.TIMESTAMP,
    LogicalType.DATE,
    LogicalType.TIME,
    LogicalType.INTERVAL,
    LogicalType.UUID,
    LogicalType.ENUM,
    LogicalType.ARRAY,
    LogicalType.ANY,
)
_OF_ONE_ENGINE = (Kind.CALL, Kind.CAST, Kind.OPERATOR)
"""The kinds whose normal forms name the engine where only it knows what they mean."""

_UTC = re.compile(r"(?:Z|[+-]00(?::?00)?)$")
_NUMBERED = "numbered()"


def default_of(text: str | None, backend: Backend, held: LogicalType) -> str | None:
    """See :func:`mig_assist.engines.expressions.canonical_default`."""
    if text is None:
        return "NULL"
    try:
        tree = parse(text, backend)
    except NotUnderstood:
        return None
    if any(node.kind is Kind.CALL and node.value == "nextval" for node in tree.walk()):
        return _NUMBERED
    if tree.kind is Kind.COLUMN:
        # A default names no column: libsql takes the name for a string.
        token = tokenize(text, backend)[0]
        if token.lexeme is not Lexeme.NAME:
            return None
        tree = string(token.text)
    form = _held(normal(_uncast(tree, held), Facts(backend, {})), held, backend)
    if any("." in node.value for node in form.walk() if node.kind in _OF_ONE_ENGINE):
        return None
    return text_of(form)


def _uncast(tree: Node, held: LogicalType) -> Node:
    """A literal without the casts to its column's own type."""
    inner = tree
    while inner.kind is Kind.CAST:
        inner = inner.args[0]
    literal = inner.kind in (Kind.STRING, Kind.NULL)
    return inner if literal and held in _LITERAL_TYPES else tree


def _held(form: Node, held: LogicalType, backend: Backend) -> Node:
    """A normal form as a column of a type holds it."""
    match form.kind:
        case Kind.STRING:
            return _held_string(form, held, backend)
        case Kind.BLOB if held is LogicalType.JSON:  # SQLite keeps documents in BLOBs, too
            text = bytes.fromhex(form.value).decode(errors="replace")
            return _held_string(string(text), held, backend)
        case Kind.NUMBER:
            return _held_number(form, held)
        case Kind.TRUE | Kind.FALSE if held in _NUMBERS:
            return number(1 if form.kind is Kind.TRUE else 0)
        case Kind.CALL if form.value == "to_text" and held is LogicalType.INTEGER:
            return form.args[0]
        case Kind.CALL if form.value == "now_text" and held is LogicalType.TIMESTAMP:
            layout = form.args[0].value
            return NOW if "%Y" in layout and "%M" in layout else form
        case Kind.CALL if form == NOW and held is LogicalType.DATE:
            return Node(Kind.CALL, "now_text", (string("%Y-%m-%d"),))
    return form


def _held_string(form: Node, held: LogicalType, backend: Backend) -> Node:
    text = form.value
    if held in _NUMBERS and _NUMERIC.fullmatch(text):
        plain = text.strip().removeprefix("+")
        whole = plain.removeprefix("-").isdecimal()
        return _held_number(plain_number(number(int(plain) if whole else plain)), held)
    match held:
        case LogicalType.BOOLEAN if backend is Backend.POSTGRES:
            return normal(Node(Kind.CAST, "boolean", (form,)), Facts(backend, {}))
        case LogicalType.JSON:
            try:
                return string(json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False))
            except ValueError:
                return form
        case LogicalType.TIMESTAMP:
            return string(_UTC.sub("", text.strip()).replace("T", " "))
        case LogicalType.UUID:
            return string(text.lower())
    return form


def _held_number(form: Node, held: LogicalType) -> Node:
    if held is LogicalType.BOOLEAN and form.value in ("0", "1"):
        return Node(Kind.TRUE if form.value == "1" else Kind.FALSE)
    if held is LogicalType.TEXT and is_integer(form):
        return string(form.value)
    if held in (LogicalType.REAL, LogicalType.DECIMAL):
        return compared_number(as_real(form))
    return compared_number(form)
