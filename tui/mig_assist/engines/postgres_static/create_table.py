"""CREATE TABLE, and columns that are added later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mig_assist.engines.postgres_names import joined, told_apart
from mig_assist.engines.postgres_static.catalog import Catalog, TableState, Unclear
from mig_assist.engines.postgres_static.constraints import (
    KEYS,
    add_constraint,
    own_constraints,
    with_column,
    with_indexes,
    with_not_null,
    without_repeated_keys,
)
from mig_assist.engines.postgres_static.expressions import (
    Node,
    expression_text,
    kind,
    statement_text,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import Column, Table

_LIKE_CONSTRAINTS, _LIKE_DEFAULTS, _LIKE_GENERATED, _LIKE_IDENTITY, _LIKE_INDEXES = (
    1 << bit for bit in (2, 3, 4, 5, 6)
)


def create_table(catalog: Catalog, node: Node) -> None:
    """CREATE TABLE.

    Raises:
        Unclear: it cannot be told what the table is like.
    """
    name = catalog.new_name(node.relation)
    if catalog.is_relation(name):
        if node.if_not_exists:
            return
        raise Unclear(name)
    catalog.forget(name)
    catalog.put_table(name, TableState(Table(name[1], ())))
    if node.HasField("of_typename"):
        raise Unclear(name)
    parents = [catalog.relation(parent.range_var, catalog.tables) for parent in node.inh_relations]
    for parent in parents:
        if parent is None or node.HasField("partbound"):
            _adopt(catalog, parent, name)
            raise Unclear(name)
        _inherit(catalog, parent, name)
    constraints: list[Node] = []
    for element in node.table_elts:
        match kind(element):
            case "column_def":
                constraints += add_column(catalog, name, element.column_def)
            case "constraint":
                constraints += own_constraints((element.constraint,))
            case "table_like_clause":
                _like(catalog, name, element.table_like_clause)
    add_in_order(catalog, name, constraints)
    _declare_options(catalog, name, node, [parent for parent in parents if parent])
    if node.if_not_exists and catalog.rest_unclear:
        raise Unclear(name)


def add_in_order(catalog: Catalog, name: Name, constraints: Iterable[Node]) -> None:
    """Add a new table's constraints as PostgreSQL does: CHECKs, keys, foreign keys.

    There are no rows that NOT VALID could spare.
    """
    nodes = tuple(constraints)
    for node in nodes:
        node.skip_validation = False

    def of(*kinds: str) -> tuple[Node, ...]:
        return tuple(node for node in nodes if symbol(node, "contype") in kinds)

    for node in (
        *of("CONSTR_NOTNULL"),
        *of("CONSTR_CHECK"),
        *without_repeated_keys(of(*KEYS)),
        *of("CONSTR_FOREIGN"),
    ):
        add_constraint(catalog, name, node)


def add_column(catalog: Catalog, name: Name, node: Node) -> tuple[Node, ...]:
    """Add a column, and return the constraints that it declares."""
    state = catalog.tables[name]
    if state.table.column(node.colname):
        raise Unclear(name)
    use = catalog.type_of(node.type_name)
    collation = collation_of(node.coll_clause)
    column = Column(node.colname, use.text, collation=collation)
    state = replace(state, table=replace(state.table, columns=(*state.table.columns, column)))
    if use.user_type is not None:
        state = replace(state, user_types={**state.user_types, column.name: use.user_type})
    constraints: list[Node] = []
    own = own_constraints((item.constraint for item in node.constraints), node.colname)
    for constraint in own:
        match symbol(constraint, "contype"):
            case "CONSTR_DEFAULT":
                state = with_default(catalog, state, node.colname, constraint.raw_expr)
            case "CONSTR_NOTNULL":
                state = with_not_null(state, node.colname, constraint.conname or None)
            case "CONSTR_GENERATED":
                state = with_column(
                    state,
                    node.colname,
                    generated=expression_text(constraint.raw_expr),
                    stored=constraint.generated_kind == "s",
                )
            case "CONSTR_IDENTITY":
                state = numbered(catalog, name, state, node.colname)
            case "CONSTR_CHECK" | "CONSTR_FOREIGN" | "CONSTR_PRIMARY" | "CONSTR_UNIQUE":
                constraints.append(constraint)
    if use.serial:
        state = numbered(catalog, name, state, node.colname)
    catalog.put_table(name, state)
    return tuple(constraints)


def numbered(catalog: Catalog, name: Name, state: TableState, column: str) -> TableState:
    """A table whose column has a new sequence of its own, as of serial or identity."""
    sequence = (name[0], catalog.index_name(name, column, "seq", constraint=False))
    catalog.sequences[sequence] = (name, column)
    return with_not_null(with_sequence(state, column, sequence), column)


def with_sequence(state: TableState, column: str, sequence: Name) -> TableState:
    """A table whose column takes its numbers from a sequence."""
    state = with_column(state, column, default=None, numbered=True, never_reused=True)
    return replace(state, sequences={**state.sequences, column: sequence})


def without_sequence(state: TableState, column: str) -> TableState:
    """A table whose column has no default and takes its numbers from nowhere."""
    rest = {name: of for name, of in state.sequences.items() if name != column}
    state = with_column(state, column, default=None, numbered=False, never_reused=False)
    return replace(state, sequences=rest)


def with_default(catalog: Catalog, state: TableState, column: str, node: Node) -> TableState:
    """A table whose column has another default."""
    state = without_sequence(state, column)
    if kind(node) == "a_const" and node.a_const.isnull:
        return state
    names = _sequence_asked(node)
    if names is not None:
        sequence = catalog.existing(names, catalog.sequences)
        if sequence is None:
            raise Unclear((catalog.current, state.table.name))
        return with_sequence(state, column, sequence)
    return with_column(state, column, default=expression_text(node))


def _sequence_asked(node: Node) -> tuple[str, ...] | None:
    """The sequence in ``nextval('…')``."""
    import postgast

    if kind(node) != "func_call" or strings(node.func_call.funcname)[-1] != "nextval":
        return None
    argument = node.func_call.args[0]
    while kind(argument) == "type_cast":
        argument = argument.type_cast.arg
    if kind(argument) != "a_const":
        return None
    tree = postgast.parse(f"SELECT FROM {argument.a_const.sval.sval}")
    relation = tree.stmts[0].stmt.select_stmt.from_clause[0].range_var
    names = (relation.schemaname, relation.relname)
    return names if relation.schemaname else names[1:]


def collation_of(clause: Node) -> str | None:
    """The collation that a COLLATE clause names, unless it is the default one."""
    names = strings(clause.collname)
    return names[-1] if names and names[-1] != "default" else None


def _adopt(catalog: Catalog, parent: Name | None, child: Name) -> None:
    if parent is not None:
        state = catalog.tables[parent]
        catalog.put_table(parent, replace(state, children=(*state.children, child)))


def _inherit(catalog: Catalog, parent: Name, child: Name) -> None:
    """INHERITS: columns, NOT NULL and CHECKs come down; keys and indexes do not."""
    above, state = catalog.tables[parent], catalog.tables[child]
    if parent in catalog.unclear:
        raise Unclear(child)
    table = replace(
        state.table,
        columns=(*state.table.columns, *above.table.columns),
        checks=(*state.table.checks, *above.table.checks),
    )
    catalog.put_table(
        child,
        replace(
            state,
            table=table,
            user_types={**state.user_types, **above.user_types},
            sequences={**state.sequences, **above.sequences},
        ),
    )
    _adopt(catalog, parent, child)


def _like(catalog: Catalog, name: Name, node: Node) -> None:
    """LIKE: columns with NOT NULL, and what INCLUDING names."""
    source = catalog.relation(node.relation, catalog.tables)
    if source is None or source in catalog.unclear:
        raise Unclear(name)
    like, state = catalog.tables[source], catalog.tables[name]

    def including(bit: int) -> bool:
        return bool(node.options & bit)

    for column in like.table.columns:
        if column.name in like.sequences and including(_LIKE_DEFAULTS | _LIKE_IDENTITY):
            raise Unclear(name)  # serial columns share their sequence, identity ones do not
        copied = replace(
            column,
            default=column.default if including(_LIKE_DEFAULTS) else None,
            generated=column.generated if including(_LIKE_GENERATED) else None,
            stored=column.stored and including(_LIKE_GENERATED),
            numbered=False,
            never_reused=False,
        )
        state = replace(state, table=replace(state.table, columns=(*state.table.columns, copied)))
        if column.name in like.user_types:
            own = like.user_types[column.name]
            state = replace(state, user_types={**state.user_types, column.name: own})
    if including(_LIKE_CONSTRAINTS):
        checks = (*state.table.checks, *like.table.checks)
        state = replace(state, table=replace(state.table, checks=checks))
    catalog.put_table(name, state)
    if including(_LIKE_INDEXES):
        _copy_indexes(catalog, name, like)


def _copy_indexes(catalog: Catalog, name: Name, like: TableState) -> None:
    if like.exclusions:
        raise Unclear(name)
    if like.table.primary_key:
        made = catalog.index_name(name, None, "pkey", constraint=True)
        state = catalog.tables[name]
        key = replace(like.table.primary_key, name=made)
        catalog.put_table(name, replace(state, table=replace(state.table, primary_key=key)))
    for key in like.table.uniques:
        state = catalog.tables[name]
        made = catalog.index_name(name, joined(key.columns), "key", constraint=True)
        uniques = (*state.table.uniques, replace(key, name=made))
        catalog.put_table(name, replace(state, table=replace(state.table, uniques=uniques)))
    for index in like.table.indexes:
        if any(part.is_expression for part in index.parts):
            raise Unclear(name)
        state = catalog.tables[name]
        middle = joined(told_apart((*(part.text for part in index.parts), *index.include)))
        made = catalog.index_name(name, middle, "idx", constraint=False)
        catalog.put_table(
            name, with_indexes(state, (*state.table.indexes, replace(index, name=made)))
        )


def _declare_options(catalog: Catalog, name: Name, node: Node, parents: Iterable[Name]) -> None:
    state = catalog.tables[name]
    above = ", ".join(parent[1] for parent in parents)
    options = [f"INHERITS ({above})"] if above else []
    if node.relation.relpersistence == "u":
        options.append("UNLOGGED")
    if node.HasField("partspec"):
        options.append(_partitioning(node))
    catalog.put_table(name, replace(state, options=frozenset(options)))


def _partitioning(node: Node) -> str:
    from postgast import pg_query_pb2 as tree

    bare = tree.Node()
    bare.create_stmt.relation.CopyFrom(node.relation)
    bare.create_stmt.partspec.CopyFrom(node.partspec)
    bare.create_stmt.oncommit = tree.ONCOMMIT_NOOP
    text = statement_text(bare)
    return text[text.index("PARTITION BY") :]
