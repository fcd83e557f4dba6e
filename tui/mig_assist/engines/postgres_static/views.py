"""Views: what they show and what they depend on."""

from __future__ import annotations

from dataclasses import replace

from mig_assist.engines.postgres_static.catalog import (
    Catalog,
    Unclear,
    ViewState,
    relation_names,
)
from mig_assist.engines.postgres_static.expressions import (
    Node,
    column_name,
    find,
    kind,
    references,
    statement_text,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import View


def create_view(catalog: Catalog, node: Node) -> None:
    """CREATE [OR REPLACE] VIEW."""
    _create(catalog, catalog.new_name(node.view), node.query, strings(node.aliases), node.replace)


def create_materialized_view(catalog: Catalog, node: Node) -> None:
    """CREATE MATERIALIZED VIEW."""
    name = catalog.new_name(node.into.rel)
    if node.if_not_exists and catalog.is_relation(name):
        return
    _create(catalog, name, node.query, strings(node.into.col_names), False, materialized=True)


def _create(
    catalog: Catalog,
    name: Name,
    query: Node,
    aliases: tuple[str, ...],
    replacing: bool,
    *,
    materialized: bool = False,
) -> None:
    before = catalog.views.get(name) if replacing else None
    if before is None and catalog.is_relation(name):
        raise Unclear(name)
    catalog.forget(name)
    relations: set[Name] = set()
    for used in find(query, "RangeVar"):
        found = catalog.relation(used, catalog.tables, catalog.views)
        if found is not None:
            relations.add(found)
    columns = references(query)
    if any(_is_star(reference) for reference in find(query, "ColumnRef")):
        columns |= {"*"}
    shown = _columns(catalog, query)
    view = View(
        name[1],
        (*aliases, *(shown or ())[len(aliases) :]),
        statement_text(query),
        materialized,
    )
    state = ViewState(view, frozenset(relations), columns)
    if before is not None:
        view = replace(view, triggers=before.view.triggers)
        state = replace(state, view=view, functions=before.functions)
    catalog.put_view(name, state)
    if shown is None:
        raise Unclear(name)


def _is_star(reference: Node) -> bool:
    return kind(reference.fields[-1]) == "a_star"


def _columns(catalog: Catalog, query: Node) -> tuple[str, ...] | None:
    """The names of a query's columns; None where they cannot be told."""
    if kind(query) != "select_stmt":
        return None
    select = query.select_stmt
    while symbol(select, "op") != "SETOP_NONE":
        select = select.larg
    if select.values_lists:
        values = select.values_lists[0].list.items
        return tuple(f"column{number}" for number in range(1, len(values) + 1))
    names: list[str] = []
    with_names = {item.common_table_expr.ctename for item in select.with_clause.ctes}
    for target in select.target_list:
        value = target.res_target.val
        if target.res_target.name:
            names.append(target.res_target.name)
        elif kind(value) == "column_ref" and _is_star(value.column_ref):
            expanded = _expanded(catalog, select, value.column_ref, with_names)
            if expanded is None:
                return None
            names += expanded
        else:
            names.append(column_name(value) or "?column?")
    return tuple(names)


def _expanded(
    catalog: Catalog, select: Node, star: Node, with_names: set[str]
) -> tuple[str, ...] | None:
    """The columns of ``*`` or ``table.*`` over plain tables."""
    wanted = strings(star.fields[:-1])
    found: list[str] = []
    for item in _plain_tables(select.from_clause) or (None,):
        if item is None or item.alias.colnames or item.relname in with_names:
            return None
        if wanted and (item.alias.aliasname or item.relname) != wanted[-1]:
            continue
        name = catalog.existing(relation_names(item), catalog.tables, catalog.views)
        if name is None or name in catalog.unclear:
            return None
        if name in catalog.tables:
            found += [column.name for column in catalog.tables[name].table.columns]
        else:
            found += catalog.views[name].view.columns
    return tuple(found)


def _plain_tables(items: Node) -> list[Node | None]:
    tables: list[Node | None] = []
    for item in items:
        if kind(item) == "range_var":
            tables.append(item.range_var)
        elif kind(item) == "join_expr" and not (
            item.join_expr.is_natural or item.join_expr.using_clause
        ):
            tables += _plain_tables((item.join_expr.larg, item.join_expr.rarg))
        else:
            tables.append(None)
    return tables
