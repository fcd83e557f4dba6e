"""DO blocks and functions: what their SQL can touch, which runs only when the server gets there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from typing import Any

from mig_assist.engines.postgres_static.catalog import Catalog, Function, relation_names
from mig_assist.engines.postgres_static.expressions import (
    Node,
    content,
    find,
    kind,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.type_names import Name

_ANYTHING = "mig_assist_anything"
_PLACEHOLDER = re.compile(r"%(?:\d+\$)?-?\d*(?P<kind>[ILs%])")
_DATA = frozenset("insert_stmt update_stmt delete_stmt merge_stmt select_stmt".split())
_OF_ONE_RELATION = frozenset("create_stmt alter_table_stmt index_stmt create_trig_stmt".split())
_RENAMED_WITHIN = ("OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER")


def touched_by_block(catalog: Catalog, node: Node) -> frozenset[Name] | None:
    """The objects that a DO block may touch; None where it may be any."""

    options = {item.def_elem.defname: item.def_elem.arg for item in node.args}
    if "language" in options and options["language"].string.sval.lower() != "plpgsql":
        return None
    body = options["as"].string.sval
    tag = "mig_assist_block"
    return _touched_by_plpgsql(catalog, f"DO ${tag}${body}${tag}$", frozenset())


def touched_by_calls(
    catalog: Catalog, node: Node, seen: frozenset[Name] = frozenset()
) -> frozenset[Name] | None:
    """The objects that the functions called within a tree may touch; None where they may be any.

    The server's own functions and those of extensions are taken to change no table.
    """
    touched: frozenset[Name] = frozenset()
    for call in find(node, "FuncCall"):
        name = catalog.existing(strings(call.funcname), catalog.functions)
        if name is None or name in seen:
            continue
        for function in catalog.functions[name]:
            found = _touched_by_function(catalog, function, seen | {name})
            if found is None:
                return None
            touched |= found
    return touched


def _touched_by_function(
    catalog: Catalog, function: Function, seen: frozenset[Name]
) -> frozenset[Name] | None:
    import postgast

    if function.language == "plpgsql":
        return _touched_by_plpgsql(catalog, function.statement, seen)
    if function.language != "sql" or not function.source:
        return None
    try:
        return _touched_by_all(catalog, _parsed(function.source), seen)
    except postgast.PgQueryError:
        return None


def _touched_by_plpgsql(
    catalog: Catalog, sql: str, seen: frozenset[Name]
) -> frozenset[Name] | None:
    import postgast

    try:
        return _touched_by_all(catalog, _statements(postgast.parse_plpgsql(sql)), seen)
    except postgast.PgQueryError:
        return None


def _touched_by_all(
    catalog: Catalog, statements: Iterable[Node | None], seen: frozenset[Name]
) -> frozenset[Name] | None:
    touched: frozenset[Name] = frozenset()
    for statement in statements:
        found = None if statement is None else _touched(catalog, statement, seen)
        if found is None:
            return None
        touched |= found
    return touched


def _statements(block: Any) -> Iterator[Node | None]:
    """Every SQL statement that a block may run; None for one that cannot be told."""
    if isinstance(block, list):
        for item in block:
            yield from _statements(item)
    elif isinstance(block, dict):
        for name, value in block.items():
            if name in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"):
                yield from _parsed(_built_text(value["query"]["PLpgSQL_expr"]["query"]))
                rest = {key: of for key, of in value.items() if key != "query"}
                yield from _statements(rest)
            elif name == "PLpgSQL_expr":
                yield from _parsed(_as_statement(value))
            elif name != "datums":
                yield from _statements(value)


_WHOLE_STATEMENT = 0
"""parseMode of an expression that is a statement (RawParseMode)."""
_ASSIGNMENT = re.compile(r"\s*[\w.\"\[\]$]+\s*:?=", re.ASCII)


def _as_statement(expression: dict[str, Any]) -> str:
    text: str = expression["query"]
    if expression.get("parseMode", _WHOLE_STATEMENT) == _WHOLE_STATEMENT:
        return text
    assigned = _ASSIGNMENT.match(text) if expression["parseMode"] > _EXPRESSION else None
    return "SELECT " + (text[assigned.end() :] if assigned else text)


_EXPRESSION = 2


def _parsed(sql: str | None) -> Iterator[Node | None]:
    import postgast

    if sql is None:
        yield None
        return
    for item in postgast.parse(sql).stmts:
        yield item.stmt


def _built_text(expression: str) -> str | None:
    """A text that a block puts together, with stand-ins for what is known only when it runs."""
    import postgast

    (target,) = postgast.parse(f"SELECT {expression}").stmts[0].stmt.select_stmt.target_list
    return _text_of(target.res_target.val)


def _text_of(node: Node) -> str | None:
    match kind(node):
        case "a_const":
            return str(node.a_const.sval.sval)
        case "func_call" if strings(node.func_call.funcname)[-1] == "format":
            pattern = _text_of(node.func_call.args[0])
            return pattern and _PLACEHOLDER.sub(_stand_in, pattern)
        case "func_call":
            names = strings(node.func_call.funcname)
            return _ANYTHING if names[-1] == "quote_ident" else None
        case "a_expr" if strings(node.a_expr.name) == ("||",):
            left, right = _text_of(node.a_expr.lexpr), _text_of(node.a_expr.rexpr)
            return None if left is None or right is None else left + right
        case "column_ref":
            return _ANYTHING
    return None


def _stand_in(found: re.Match[str]) -> str:
    return {"L": f"'{_ANYTHING}'", "%": "%"}.get(found["kind"], _ANYTHING)


def _touched(catalog: Catalog, statement: Node, seen: frozenset[Name]) -> Set[Name] | None:
    which, node = kind(statement), content(statement)
    if which in _DATA:
        return touched_by_calls(catalog, node, seen)
    if "behavior" in node.DESCRIPTOR.fields_by_name and _is_cascade(node):
        return None
    if which in _OF_ONE_RELATION and not _cascades(node):
        return _named(catalog, relation_names(node.relation))
    if which == "rename_stmt" and symbol(node, "rename_type") in _RENAMED_WITHIN:
        return _named(catalog, relation_names(node.relation))
    if which == "drop_stmt":
        return _dropped(catalog, node)
    return set() if which in ("comment_stmt", "grant_stmt") else None


def _is_cascade(node: Node) -> bool:
    return symbol(node, "behavior") == "DROP_CASCADE"


def _cascades(node: Node) -> bool:
    return any(map(_is_cascade, find(node, "AlterTableCmd")))


def _named(catalog: Catalog, names: tuple[str, ...]) -> set[Name] | None:
    if any(_ANYTHING in name for name in names):
        return None
    found = catalog.existing(names, catalog.tables, catalog.views)
    return {found or catalog.made_name(names)}


def _dropped(catalog: Catalog, node: Node) -> set[Name] | None:
    touched: set[Name] = set()
    what = symbol(node, "remove_type")
    for item in node.objects:
        names = strings(item.list.items)
        if any(_ANYTHING in name for name in names):
            return None
        if what == "OBJECT_INDEX":
            index = catalog.existing(names, catalog.indexes)
            touched |= {catalog.indexes[index]} if index else set()
        elif what in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"):
            touched |= _named(catalog, names) or set()
        elif what == "OBJECT_TRIGGER":
            touched |= _named(catalog, names[:-1]) or set()
        else:
            return None
    return touched
