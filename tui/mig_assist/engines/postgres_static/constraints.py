"""Constraints: made, dropped and renamed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mig_assist.engines.postgres_names import joined, told_apart
from mig_assist.engines.postgres_static.catalog import Catalog, TableState, Unclear
from mig_assist.engines.postgres_static.expressions import (
    Node,
    columns_in,
    content,
    expression_text,
    references,
    statement_text,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.indexes import middle_of_name
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import Action, Check, ForeignKey, Index, Key, Table

KEYS = ("CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION")
"""Constraints that have an index."""

_ACTIONS = {
    "a": Action.NO_ACTION,
    "r": Action.RESTRICT,
    "c": Action.CASCADE,
    "n": Action.SET_NULL,
    "d": Action.SET_DEFAULT,
}


def own_constraints(nodes: Iterable[Node], column: str | None = None) -> tuple[Node, ...]:
    """Constraint nodes without those that only say something about the one before.

    The parser keeps DEFERRABLE and the like of a column's constraint apart. A key or foreign key
    of a column gets that column's name, as if it stood at the end of the table.
    """
    found: list[Node] = []
    for node in nodes:
        match symbol(node, "contype"):
            case "CONSTR_ATTR_DEFERRABLE":
                found[-1].deferrable = True
            case "CONSTR_ATTR_DEFERRED":
                found[-1].deferrable = found[-1].initdeferred = True
            case "CONSTR_ATTR_NOT_ENFORCED":
                found[-1].is_enforced = False
            case "CONSTR_ATTR_NOT_DEFERRABLE" | "CONSTR_ATTR_IMMEDIATE" | "CONSTR_ATTR_ENFORCED":
                pass
            case kind:
                if column is not None:
                    target = {"CONSTR_FOREIGN": node.fk_attrs}.get(kind, node.keys)
                    if kind in ("CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN"):
                        target.add().string.sval = column
                found.append(node)
    return tuple(found)


def without_repeated_keys(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The primary key first; a UNIQUE that says the same as another key is not made twice."""
    kept: list[Node] = []
    ordered = sorted(nodes, key=lambda node: symbol(node, "contype") != "CONSTR_PRIMARY")
    for node in ordered:
        same = next((other for other in kept if _says_the_same(node, other)), None)
        if same is None:
            kept.append(node)
        elif not same.conname:
            same.conname = node.conname
    return tuple(kept)


def _says_the_same(one: Node, other: Node) -> bool:
    if "CONSTR_EXCLUSION" in (symbol(one, "contype"), symbol(other, "contype")):
        return False
    return all(
        getattr(one, field) == getattr(other, field)
        for field in ("keys", "including", "nulls_not_distinct", "deferrable", "initdeferred")
    )


def add_constraint(catalog: Catalog, name: Name, node: Node) -> None:
    """Add a constraint to a table.

    Raises:
        Unclear: it cannot be told what it is.
    """
    state = catalog.tables[name]
    match symbol(node, "contype"):
        case "CONSTR_CHECK":
            state = _with_check(catalog, name, state, node)
        case "CONSTR_FOREIGN":
            state = _with_foreign_key(catalog, name, state, node)
        case "CONSTR_PRIMARY" | "CONSTR_UNIQUE":
            state = _with_key(catalog, name, state, node)
        case "CONSTR_EXCLUSION":
            state = _with_exclusion(catalog, name, state, node)
        case "CONSTR_NOTNULL":
            columns = strings(node.keys)
            state = with_not_null(state, columns[0], node.conname or None)
        case _:
            raise Unclear(name)
    catalog.put_table(name, state)


def _with_check(catalog: Catalog, name: Name, state: TableState, node: Node) -> TableState:
    expression = expression_text(node.raw_expr)
    columns = columns_in(expression)
    middle = next(iter(columns)) if len(columns) == 1 else None
    check = Check(
        node.conname or catalog.constraint_name(name, middle, "check"),
        expression,
        node.is_enforced and not node.skip_validation,
    )
    table = replace(state.table, checks=(*state.table.checks, check))
    return _noted(replace(state, table=table), check.name, node)


def _with_foreign_key(catalog: Catalog, name: Name, state: TableState, node: Node) -> TableState:
    target = catalog.relation(node.pktable, catalog.tables)
    if target is None or node.fk_with_period:
        raise Unclear(name)
    columns, target_columns = strings(node.fk_attrs), strings(node.pk_attrs)
    if not target_columns:
        key = catalog.tables[target].table.primary_key
        if key is None or target in catalog.unclear:
            raise Unclear(name)
        target_columns = key.columns
    foreign_key = ForeignKey(
        node.conname or catalog.constraint_name(name, joined(columns), "fkey"),
        columns,
        target[1],
        target_columns,
        _ACTIONS[node.fk_del_action or "a"],
        _ACTIONS[node.fk_upd_action or "a"],
        node.deferrable,
        node.initdeferred,
        node.fk_matchtype == "f",
        strings(node.fk_del_set_cols),
        node.is_enforced and not node.skip_validation,
    )
    table = replace(state.table, foreign_keys=(*state.table.foreign_keys, foreign_key))
    return _noted(replace(state, table=table), foreign_key.name, node)


def _noted(state: TableState, name: str | None, node: Node) -> TableState:
    """A table that says of a constraint that it is not enforced."""
    if node.is_enforced or name is None:
        return state
    return replace(state, notes={**state.notes, name: "NOT ENFORCED ({})"})


def _with_key(catalog: Catalog, name: Name, state: TableState, node: Node) -> TableState:
    primary = symbol(node, "contype") == "CONSTR_PRIMARY"
    if node.without_overlaps:
        raise Unclear(name)
    if node.indexname:
        state, key = _key_of_index(name, state, node)
    else:
        columns = strings(node.keys)
        middle = None if primary else joined(told_apart((*columns, *strings(node.including))))
        key = Key(
            node.conname
            or catalog.index_name(name, middle, "pkey" if primary else "key", constraint=True),
            columns,
            node.deferrable,
            node.initdeferred,
            not node.nulls_not_distinct,
        )
    if any(state.table.column(column) is None for column in key.columns):
        raise Unclear(name)
    if not primary:
        return replace(state, table=replace(state.table, uniques=(*state.table.uniques, key)))
    for column in key.columns:
        state = with_not_null(state, column)
    return replace(state, table=replace(state.table, primary_key=key))


def _key_of_index(name: Name, state: TableState, node: Node) -> tuple[TableState, Key]:
    """ADD CONSTRAINT … USING INDEX: the index becomes the constraint's, under its name."""
    index = next((item for item in state.table.indexes if item.name == node.indexname), None)
    if index is None:
        raise Unclear(name)
    state = with_indexes(state, (item for item in state.table.indexes if item is not index))
    key = Key(
        node.conname or index.name,
        tuple(part.text for part in index.parts),
        node.deferrable,
        node.initdeferred,
        index.nulls_distinct,
    )
    return state, key


def _with_exclusion(catalog: Catalog, name: Name, state: TableState, node: Node) -> TableState:
    elements = [content(pair.list.items[0]) for pair in node.exclusions]
    used: set[str] = set()
    for element in elements:
        used |= {element.name} if element.name else references(element.expr)
    made = node.conname or catalog.index_name(
        name, middle_of_name(elements), "excl", constraint=True
    )
    return replace(
        state,
        exclusions={**state.exclusions, made: frozenset(used)},
        notes={**state.notes, made: _exclusion_text(node)},
    )


def _exclusion_text(node: Node) -> str:
    """An EXCLUDE constraint as pg_get_constraintdef() writes it."""
    from postgast import pg_query_pb2 as tree

    statement = tree.Node()
    alter = statement.alter_table_stmt
    alter.relation.relname, alter.relation.inh, alter.relation.relpersistence = "t", True, "p"
    alter.objtype = tree.OBJECT_TABLE
    command = alter.cmds.add().alter_table_cmd
    command.subtype, command.behavior = tree.AT_AddConstraint, tree.DROP_RESTRICT
    constraint = getattr(command, "def").constraint
    constraint.CopyFrom(node)
    constraint.conname = ""
    text = statement_text(statement)
    return text[text.index("EXCLUDE") :]


def with_not_null(state: TableState, column: str, constraint: str | None = None) -> TableState:
    """A table whose column no longer accepts NULL."""
    found = state.table.column(column)
    if found is None or not found.nullable:
        return state
    named = constraint or f"{state.table.name}_{column}_not_null"
    return replace(
        with_column(state, column, nullable=False), not_nulls={**state.not_nulls, named: column}
    )


def with_column(state: TableState, name: str, **changes: object) -> TableState:
    """A table one of whose columns has changed."""
    columns = tuple(
        replace(column, **changes) if column.name == name else column  # type: ignore[arg-type]
        for column in state.table.columns
    )
    return replace(state, table=replace(state.table, columns=columns))


def with_indexes(state: TableState, indexes: Iterable[Index]) -> TableState:
    """A table with these indexes."""
    ordered = tuple(sorted(indexes, key=lambda index: index.name))
    return replace(state, table=replace(state.table, indexes=ordered))


def without_constraint(state: TableState, constraint: str) -> TableState | None:
    """A table without a constraint; None where it has none of that name."""
    table = state.table
    if constraint in state.not_nulls:
        column = state.not_nulls[constraint]
        rest = {name: of for name, of in state.not_nulls.items() if name != constraint}
        return replace(with_column(state, column, nullable=True), not_nulls=rest)
    if constraint not in state.constraint_names:
        return None
    key = table.primary_key
    return replace(
        state,
        table=replace(
            table,
            primary_key=None if key and key.name == constraint else key,
            uniques=tuple(item for item in table.uniques if item.name != constraint),
            foreign_keys=tuple(item for item in table.foreign_keys if item.name != constraint),
            checks=tuple(item for item in table.checks if item.name != constraint),
        ),
        exclusions={name: used for name, used in state.exclusions.items() if name != constraint},
    )


def with_constraint_renamed(state: TableState, old: str, new: str) -> TableState:
    """A table one of whose constraints has another name."""
    table = state.table
    key = table.primary_key

    def renamed(name: str | None) -> str | None:
        return new if name == old else name

    return replace(
        state,
        table=replace(
            table,
            primary_key=replace(key, name=renamed(key.name)) if key else None,
            uniques=tuple(replace(item, name=renamed(item.name)) for item in table.uniques),
            foreign_keys=tuple(
                replace(item, name=renamed(item.name)) for item in table.foreign_keys
            ),
            checks=tuple(replace(item, name=renamed(item.name)) for item in table.checks),
        ),
        exclusions={renamed(name) or name: used for name, used in state.exclusions.items()},
        not_nulls={renamed(name) or name: column for name, column in state.not_nulls.items()},
        notes={renamed(name) or name: note for name, note in state.notes.items()},
    )


def drop_references(catalog: Catalog, target: Name, key: Iterable[str] | None = None) -> None:
    """Drop all foreign keys to a table, or those to one of its keys."""
    label, columns = target[1], None if key is None else set(key)

    def kept(foreign_key: ForeignKey) -> bool:
        return foreign_key.target != label or not (
            columns is None or set(foreign_key.target_columns) == columns
        )

    def change(state: TableState) -> TableState:
        keys = tuple(item for item in state.table.foreign_keys if kept(item))
        if len(keys) == len(state.table.foreign_keys):
            return state
        return replace(state, table=replace(state.table, foreign_keys=keys))

    catalog.change_tables(change)


def keys_of(table: Table) -> tuple[Key, ...]:
    """The primary key and the UNIQUE constraints."""
    return (*((table.primary_key,) if table.primary_key else ()), *table.uniques)
