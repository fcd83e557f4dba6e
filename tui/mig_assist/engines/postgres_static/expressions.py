"""Expressions of PostgreSQL's parse trees as text, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

Node = Any
"""A protobuf message of libpg_query's parse tree."""


def kind(node: Node) -> str:
    """Which node a generic Node is, such as ``column_ref``; empty for none."""
    return str(node.WhichOneof("node") or "")


def content(node: Node) -> Node:
    """What a generic Node holds."""
    return getattr(node, kind(node))


def strings(nodes: Any) -> tuple[str, ...]:
    """The texts of a list of String nodes, such as a qualified name."""
    return tuple(node.string.sval for node in nodes)


def expression_text(node: Node, *, of_table: bool = True) -> str:
    """An expression as SQL.

    Args:
        node: a generic Node.
        of_table: its columns can only be those of one table, so that they need no qualification;
            False where NEW and OLD tell them apart.
    """
    import postgast
    from postgast import pg_query_pb2 as tree

    result = tree.ParseResult()
    select = result.stmts.add().stmt.select_stmt
    select.limit_option, select.op = tree.LIMIT_OPTION_DEFAULT, tree.SETOP_NONE
    value = select.target_list.add().res_target.val
    value.CopyFrom(node)
    if of_table:
        for reference in find(value, "ColumnRef"):
            del reference.fields[:-1]
    return str(postgast.deparse(result)).removeprefix("SELECT ")


def statement_text(node: Node) -> str:
    """A statement as SQL; ``node`` is a generic Node."""
    import postgast
    from postgast import pg_query_pb2 as tree

    result = tree.ParseResult()
    result.stmts.add().stmt.CopyFrom(node)
    return str(postgast.deparse(result))


def find(node: Node, name: str) -> Iterator[Node]:
    """Every message of a name, such as ColumnRef, within another one."""
    if node.DESCRIPTOR.name == name:
        yield node
    for _field, value in node.ListFields():
        if hasattr(value, "ListFields"):
            yield from find(value, name)
        elif not isinstance(value, str | bytes | int | float):
            for item in value:
                yield from find(item, name)


def references(node: Node) -> frozenset[str]:
    """The names of all columns that a tree refers to, without their tables."""
    return frozenset(
        reference.fields[-1].string.sval
        for reference in find(node, "ColumnRef")
        if kind(reference.fields[-1]) == "string"
    )


@lru_cache(maxsize=4096)
def columns_in(expression: str) -> frozenset[str]:
    """The names of all columns in an expression's text."""
    return references(_parsed(expression))


def with_column_renamed(expression: str, old: str, new: str) -> str:
    """An expression's text after a column that it may use has another name."""
    if old not in columns_in(expression):
        return expression
    tree = _parsed(expression)
    for reference in find(tree, "ColumnRef"):
        last = reference.fields[-1]
        if kind(last) == "string" and last.string.sval == old:
            last.string.sval = new
    (target,) = tree.stmts[0].stmt.select_stmt.target_list
    return expression_text(target.res_target.val, of_table=False)


def _parsed(expression: str) -> Node:
    import postgast

    return postgast.parse(f"SELECT {expression}")


def column_name(node: Node) -> str | None:
    """The name that a column made from an expression gets (FigureColname()), if it says one."""
    return _named(node)[0]


def _named(node: Node) -> tuple[str | None, int]:
    """The name and how strong it is: 2 where the expression itself names it, 1 for a fallback."""
    which = kind(node)
    inner: Node = content(node) if which else None
    match which:
        case "column_ref" | "a_indirection":
            parts = inner.fields if which == "column_ref" else inner.indirection
            named = [part.string.sval for part in parts if kind(part) == "string"]
            if named:
                return named[-1], 2
            return _named(inner.arg) if which == "a_indirection" else (None, 0)
        case "func_call":
            return strings(inner.funcname)[-1], 2
        case "type_cast":
            name, strength = _named(inner.arg)
            return (strings(inner.type_name.names)[-1], 1) if strength <= 1 else (name, strength)
        case "collate_clause":
            return _named(inner.arg)
        case "case_expr":
            name, strength = _named(inner.defresult)
            return (name, strength) if strength > 1 else ("case", 1)
        case "a_expr" if symbol(inner, "kind") == "AEXPR_NULLIF":
            return "nullif", 2
        case "sub_link":
            return _sub_link_name(inner)
        case "min_max_expr":
            return symbol(inner, "op").removeprefix("IS_").lower(), 2
        case "sqlvalue_function":
            name = symbol(inner, "op").removeprefix("SVFOP_").removesuffix("_N").lower()
            return name, 2
    return _FIXED_NAMES.get(which, (None, 0))


_FIXED_NAMES: dict[str, tuple[str | None, int]] = {
    "a_array_expr": ("array", 2),
    "row_expr": ("row", 2),
    "coalesce_expr": ("coalesce", 2),
    "grouping_func": ("grouping", 2),
    "xml_serialize": ("xmlserialize", 2),
}


def _sub_link_name(link: Node) -> tuple[str | None, int]:
    match symbol(link, "sub_link_type"):
        case "EXISTS_SUBLINK":
            return "exists", 2
        case "ARRAY_SUBLINK":
            return "array", 2
        case "EXPR_SUBLINK":
            targets = link.subselect.select_stmt.target_list
            if targets:
                target = targets[0].res_target
                return (target.name, 2) if target.name else _named(target.val)
    return None, 0


def symbol(message: Node, field: str) -> str:
    """An enum field's value by its name."""
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    return str(descriptor.enum_type.values_by_number[getattr(message, field)].name)
