"""Normal forms as text; read by people, compared by machines."""

from __future__ import annotations

import re
from functools import lru_cache

from mig_assist.engines.expressions.nodes import Kind, Node
from mig_assist.engines.spelling import literal, quoted

_PLAIN = re.compile(r"(?:new\.|old\.)?[a-z_][a-z0-9_]*")


@lru_cache(maxsize=16384)
def text_of(node: Node) -> str:
    """One text for each normal form; two forms never share a text."""
    parts = [text_of(argument) for argument in node.args]
    match node.kind:
        case Kind.COLUMN:
            plain = _PLAIN.fullmatch(node.value)
            return node.value if plain else quoted(node.value)
        case Kind.NUMBER:
            return node.value
        case Kind.STRING:
            return literal(node.value)
        case Kind.BLOB:
            return f"X'{node.value}'"
        case Kind.NULL | Kind.TRUE | Kind.FALSE:
            return node.kind.upper()
        case Kind.COMPARE:
            return f"({parts[0]} {node.value.upper()} {parts[1]})"
        case Kind.IN:
            return f"({parts[0]} {node.value.upper()} ({', '.join(parts[1:])}))"
        case Kind.IS:
            return f"({parts[0]} IS {node.value.upper()})"
        case Kind.NOT:
            return f"(NOT {parts[0]})"
        case Kind.AND | Kind.OR:
            return "(" + f" {node.kind.upper()} ".join(parts) + ")"
        case Kind.OPERATOR if len(parts) > 1:
            return "(" + f" {node.value} ".join(parts) + ")"
        case Kind.OPERATOR:
            return f"({node.value} {parts[0]})"
        case Kind.MATCH:
            return f"({parts[0]} MATCHES {node.value} {', '.join(parts[1:])})"
        case Kind.COLLATE:
            return f"({parts[0]} COLLATE {node.value})"
        case Kind.CAST:
            return f"CAST({parts[0]} AS {node.value})"
        case Kind.CASE:
            return f"CASE({', '.join(parts)})"
        case Kind.ARRAY:
            return f"ARRAY[{', '.join(parts)}]"
        case Kind.CALL:
            return f"{node.value}({', '.join(parts)})"
