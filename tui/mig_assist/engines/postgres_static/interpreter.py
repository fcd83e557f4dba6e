"""Statements of PostgreSQL carried out on a :class:`Catalog`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from mig_assist.engines.postgres_static.alter_table import (
    alter_table,
    drop_index,
    drop_table,
    drop_view,
    drop_views_of,
    follow_sequence,
    move_table,
    move_view,
    rename_column,
)
from mig_assist.engines.postgres_static.catalog import (
    PUBLIC,
    TEMPORARY,
    Catalog,
    Unclear,
)
from mig_assist.engines.postgres_static.constraints import (
    with_constraint_renamed,
    with_indexes,
)
from mig_assist.engines.postgres_static.create_table import create_table
from mig_assist.engines.postgres_static.dynamic import touched_by_block, touched_by_calls
from mig_assist.engines.postgres_static.expressions import (
    Node,
    content,
    expression_text,
    find,
    kind,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.indexes import index_part, middle_of_name
from mig_assist.engines.postgres_static.routines import (
    create_function,
    create_trigger,
    drop_functions,
    drop_trigger,
    rename_trigger,
)
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.postgres_static.user_types import (
    alter_domain,
    alter_enum,
    create_domain,
    create_enum,
    drop_type,
    move_type,
    rename_domain_constraint,
)
from mig_assist.engines.postgres_static.views import create_materialized_view, create_view
from mig_assist.engines.schema import Index


def carry_out(catalog: Catalog, statement: Node) -> None:
    """Change a catalog as a statement changes the database.

    Args:
        catalog: it is changed, also where the effect is unclear in part.
        statement: a generic Node of the parse tree.

    Raises:
        Unclear: what the statement does cannot be told.
    """
    which = kind(statement)
    node = content(statement)
    if which in _WITHOUT_EFFECT:
        return
    if which in _DATA:
        _data(catalog, node)
        return
    handler = _HANDLERS.get(which)
    if handler is None:
        raise Unclear
    handler(catalog, node)


_WITHOUT_EFFECT = frozenset(
    """
    comment_stmt sec_label_stmt grant_stmt grant_role_stmt alter_default_privileges_stmt
    variable_show_stmt transaction_stmt constraints_set_stmt lock_stmt truncate_stmt vacuum_stmt
    check_point_stmt notify_stmt listen_stmt unlisten_stmt load_stmt discard_stmt reindex_stmt
    cluster_stmt refresh_mat_view_stmt create_extension_stmt alter_extension_stmt
    create_stats_stmt alter_stats_stmt  create_role_stmt
    alter_role_stmt alter_role_set_stmt drop_role_stmt alter_owner_stmt reassign_owned_stmt
    alter_function_stmt define_stmt create_cast_stmt create_op_class_stmt create_op_family_stmt
    alter_op_family_stmt alter_operator_stmt create_conversion_stmt create_plang_stmt
    create_publication_stmt alter_publication_stmt create_subscription_stmt
    alter_subscription_stmt drop_subscription_stmt create_table_space_stmt
    create_fdw_stmt alter_fdw_stmt create_foreign_server_stmt alter_foreign_server_stmt
    create_user_mapping_stmt alter_user_mapping_stmt drop_user_mapping_stmt
    alter_database_stmt alter_database_set_stmt alter_system_stmt alter_collation_stmt
    alter_tsdictionary_stmt alter_tsconfiguration_stmt alter_object_depends_stmt
    close_portal_stmt declare_cursor_stmt deallocate_stmt create_transform_stmt create_am_stmt
    """.split()
)
_DATA = frozenset("insert_stmt update_stmt delete_stmt merge_stmt select_stmt copy_stmt".split())


def _data(catalog: Catalog, node: Node) -> None:
    """Statements over rows: only the functions that they call can change the schema."""
    if node.DESCRIPTOR.name == "SelectStmt" and node.HasField("into_clause"):
        name = catalog.new_name(node.into_clause.rel)
        catalog.unclear.add(name)
        raise Unclear(name)
    for call in find(node, "FuncCall"):
        names = strings(call.funcname)
        if names[-1] == "set_config":
            _set_by_function(catalog, call)
    _require_known(touched_by_calls(catalog, node))


def _set_by_function(catalog: Catalog, call: Node) -> None:
    values = [item.a_const.sval.sval if kind(item) == "a_const" else None for item in call.args]
    if values[0] == "search_path":
        if values[1] is None:
            raise Unclear
        _set_path(catalog, tuple(part.strip(' "') for part in values[1].split(",") if part.strip()))


def _set_variable(catalog: Catalog, node: Node) -> None:
    if node.name == "search_path":
        if symbol(node, "kind") == "VAR_SET_VALUE":
            _set_path(catalog, tuple(item.a_const.sval.sval for item in node.args))
        else:
            catalog.path = (PUBLIC,)


def _set_path(catalog: Catalog, path: tuple[str, ...]) -> None:
    catalog.path = tuple(space for space in path if space not in ("", "$user", "pg_catalog"))


def _create_schema(catalog: Catalog, node: Node) -> None:
    path = catalog.path
    catalog.path = (node.schemaname or catalog.current, *path)
    try:
        for element in node.schema_elts:
            carry_out(catalog, element)
    finally:
        catalog.path = path


def _create_table_as(catalog: Catalog, node: Node) -> None:
    if symbol(node, "objtype") == "OBJECT_MATVIEW":
        create_materialized_view(catalog, node)
        return
    name = catalog.new_name(node.into.rel)
    if node.if_not_exists and catalog.is_relation(name):
        return
    raise Unclear(name)


def _create_index(catalog: Catalog, node: Node) -> None:
    owner = catalog.relation(node.relation, catalog.tables, catalog.views)
    if owner is None:
        raise Unclear(catalog.new_name(node.relation))
    if node.if_not_exists and catalog.is_relation((owner[0], node.idxname)):
        return
    elements = [item.index_elem for item in node.index_params]
    included = [item.index_elem for item in node.index_including_params]
    name = node.idxname or catalog.index_name(
        owner, middle_of_name((*elements, *included)), "idx", constraint=False
    )
    if catalog.is_relation((owner[0], name)):
        raise Unclear(owner)
    index = Index(
        name,
        tuple(index_part(item, node.access_method) for item in elements),
        node.unique,
        expression_text(node.where_clause) if kind(node.where_clause) else None,
        node.access_method,
        tuple(item.name for item in included),
        not node.nulls_not_distinct,
    )
    if owner in catalog.tables:
        state = catalog.tables[owner]
        catalog.put_table(owner, with_indexes(state, (*state.table.indexes, index)))
        if state.children:
            raise Unclear(*state.children)
    else:
        view = catalog.views[owner]
        indexes = tuple(sorted((*view.view.indexes, index), key=lambda item: item.name))
        catalog.put_view(owner, replace(view, view=replace(view.view, indexes=indexes)))


def _create_sequence(catalog: Catalog, node: Node) -> None:
    name = catalog.new_name(node.sequence)
    if catalog.is_relation(name):
        return
    catalog.sequences[name] = None
    _set_owner(catalog, name, node)


def _alter_sequence(catalog: Catalog, node: Node) -> None:
    name = catalog.relation(node.sequence, catalog.sequences)
    if name is not None:
        _set_owner(catalog, name, node)


def _set_owner(catalog: Catalog, name: Name, node: Node) -> None:
    for option in node.options:
        if option.def_elem.defname == "owned_by":
            *table, column = strings(option.def_elem.arg.list.items)
            found = catalog.existing(tuple(table), catalog.tables) if table else None
            catalog.sequences[name] = (found, column) if found else None


def _composite_type(catalog: Catalog, node: Node) -> None:
    catalog.other_types.add(catalog.new_name(node.typevar))


def _range_type(catalog: Catalog, node: Node) -> None:
    catalog.other_types.add(catalog.made_name(strings(node.type_name)))


def _drop(catalog: Catalog, node: Node) -> None:
    cascade = symbol(node, "behavior") == "DROP_CASCADE"
    what = symbol(node, "remove_type")
    match what:
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            drop_functions(catalog, node, cascade=cascade)
            return
        case "OBJECT_SCHEMA":
            for item in node.objects:
                _drop_schema(catalog, item.string.sval, cascade=cascade)
            return
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            _drop_types(catalog, node, cascade=cascade)
            return
    dropper = _DROPPERS.get(what)
    if dropper is None:
        if cascade:
            raise Unclear
        return
    missing: list[Name] = []
    for item in node.objects:
        names = strings(item.list.items)
        if not dropper(catalog, names, cascade) and not node.missing_ok:
            missing.append(catalog.made_name(names))
    if missing:
        raise Unclear(*missing)


def _drop_a_table(catalog: Catalog, names: tuple[str, ...], cascade: bool) -> bool:
    name = catalog.existing(names, catalog.tables)
    if name is not None:
        drop_table(catalog, name, cascade=cascade)
        return True
    unknown = catalog.existing(names, catalog.unclear)
    if unknown is not None:
        catalog.forget(unknown)
    return unknown is not None


def _drop_a_view(catalog: Catalog, names: tuple[str, ...], _cascade: bool) -> bool:
    name = catalog.existing(names, catalog.views)
    if name is not None:
        drop_view(catalog, name)
    return name is not None


def _drop_an_index(catalog: Catalog, names: tuple[str, ...], _cascade: bool) -> bool:
    name = catalog.existing(names, catalog.indexes)
    if name is not None:
        drop_index(catalog, name)
    return name is not None


def _drop_a_sequence(catalog: Catalog, names: tuple[str, ...], _cascade: bool) -> bool:
    name = catalog.existing(names, catalog.sequences)
    if name is not None:
        del catalog.sequences[name]
        follow_sequence(catalog, name, None)
    return True


def _drop_a_trigger(catalog: Catalog, names: tuple[str, ...], _cascade: bool) -> bool:
    owner = catalog.existing(names[:-1], catalog.tables, catalog.views)
    if owner is not None:
        drop_trigger(catalog, owner, names[-1])
    return True


def _of_table(catalog: Catalog, names: tuple[str, ...], _cascade: bool) -> bool:
    owner = catalog.existing(names[:-1], catalog.tables, catalog.views)
    raise Unclear(owner or catalog.made_name(names[:-1]))


def _keep(_catalog: Catalog, _names: tuple[str, ...], _cascade: bool) -> bool:
    return True


_DROPPERS: Mapping[str, Callable[[Catalog, tuple[str, ...], bool], bool]] = {
    "OBJECT_TABLE": _drop_a_table,
    "OBJECT_FOREIGN_TABLE": _drop_a_table,
    "OBJECT_VIEW": _drop_a_view,
    "OBJECT_MATVIEW": _drop_a_view,
    "OBJECT_INDEX": _drop_an_index,
    "OBJECT_SEQUENCE": _drop_a_sequence,
    "OBJECT_TRIGGER": _drop_a_trigger,
    "OBJECT_POLICY": _of_table,
    "OBJECT_RULE": _of_table,
    "OBJECT_STATISTIC_EXT": _keep,
}


def _drop_schema(catalog: Catalog, space: str, *, cascade: bool) -> None:
    if not cascade:
        return
    for name in [name for name in catalog.tables if name[0] == space]:
        if name in catalog.tables:
            drop_table(catalog, name, cascade=True)
    for name in [name for name in catalog.views if name[0] == space]:
        drop_view(catalog, name)
    for name in [name for name in catalog.sequences if name[0] == space]:
        del catalog.sequences[name]
        follow_sequence(catalog, name, None)
    for types in (catalog.enums, catalog.domains, catalog.other_types):
        for name in [name for name in types if name[0] == space]:
            drop_type(catalog, name, cascade=True)
    gone = [name for name in catalog.functions if name[0] == space]
    for name in gone:
        del catalog.functions[name]
    for name, state in tuple(catalog.tables.items()):
        for trigger, function in state.functions.items():
            if function.name in gone:
                drop_trigger(catalog, name, trigger)


def _drop_types(catalog: Catalog, node: Node, *, cascade: bool) -> None:
    for item in node.objects:
        names = strings(item.type_name.names)
        name = catalog.existing(names, catalog.enums, catalog.domains, catalog.other_types)
        if name is not None:
            drop_type(catalog, name, cascade=cascade)
        elif cascade:
            raise Unclear


def _rename(catalog: Catalog, node: Node) -> None:
    what = symbol(node, "rename_type")
    match what:
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW" | "OBJECT_INDEX" | "OBJECT_SEQUENCE":
            _rename_relation(catalog, node)
        case "OBJECT_COLUMN":
            _rename_column(catalog, node)
        case "OBJECT_TABCONSTRAINT":
            owner = _renamed_owner(catalog, node)
            if owner is None:
                return
            state = catalog.tables[owner]
            if node.subname not in (*state.constraint_names, *state.not_nulls):
                raise Unclear(owner)
            catalog.put_table(owner, with_constraint_renamed(state, node.subname, node.newname))
        case "OBJECT_TRIGGER":
            owner = _renamed_owner(catalog, node)
            if owner is not None:
                rename_trigger(catalog, owner, node.subname, node.newname)
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            names = strings(node.object.list.items)
            name = catalog.existing(names, catalog.enums, catalog.domains, catalog.other_types)
            if name is None:
                raise Unclear
            move_type(catalog, name, (name[0], node.newname))
        case "OBJECT_DOMCONSTRAINT":
            names = strings(node.object.list.items)
            rename_domain_constraint(catalog, names, node.subname, node.newname)
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            _rename_function(catalog, node)
        case "OBJECT_SCHEMA":
            raise Unclear
        case _:  # attributes of types, policies, roles …
            return


def _renamed_owner(catalog: Catalog, node: Node) -> Name | None:
    owner = catalog.relation(node.relation, catalog.tables)
    if owner is None and not (node.missing_ok and not catalog.rest_unclear):
        raise Unclear(catalog.new_name(node.relation))
    return owner


def _rename_relation(catalog: Catalog, node: Node) -> None:
    name = catalog.relation(
        node.relation, catalog.tables, catalog.views, catalog.indexes, catalog.sequences
    )
    if name is None:
        unknown = catalog.relation(node.relation, catalog.unclear)
        if unknown is not None:
            catalog.forget(unknown)
            raise Unclear((unknown[0], node.newname))
        if node.missing_ok and not catalog.rest_unclear:
            return
        raise Unclear(catalog.new_name(node.relation), catalog.made_name((node.newname,)))
    _move_relation(catalog, name, (name[0], node.newname))


def _move_relation(catalog: Catalog, name: Name, new: Name) -> None:
    if name in catalog.tables:
        move_table(catalog, name, new)
    elif name in catalog.views:
        move_view(catalog, name, new)
    elif name in catalog.sequences:
        catalog.sequences[new] = catalog.sequences.pop(name)
        follow_sequence(catalog, name, new)
    else:
        _rename_index(catalog, name, new[1])


def _rename_index(catalog: Catalog, name: Name, new: str) -> None:
    owner = catalog.indexes[name]
    if owner in catalog.views:
        raise Unclear(owner)
    state = catalog.tables[owner]
    if name[1] in state.constraint_names:
        catalog.put_table(owner, with_constraint_renamed(state, name[1], new))
        return
    indexes = (
        replace(index, name=new) if index.name == name[1] else index
        for index in state.table.indexes
    )
    catalog.put_table(owner, with_indexes(state, indexes))


def _rename_column(catalog: Catalog, node: Node) -> None:
    owner = catalog.relation(node.relation, catalog.tables, catalog.views)
    if owner is None:
        if node.missing_ok and not catalog.rest_unclear:
            return
        raise Unclear(catalog.new_name(node.relation))
    if owner in catalog.views:
        raise Unclear(owner)
    rename_column(catalog, owner, node.subname, node.newname)


def _rename_function(catalog: Catalog, node: Node) -> None:
    names = strings(node.object.object_with_args.objname)
    name = catalog.existing(names, catalog.functions)
    if name is None:
        return
    new = (name[0], node.newname)
    moved = tuple(replace(item, name=new) for item in catalog.functions.pop(name))
    catalog.functions[new] = (*catalog.functions.get(new, ()), *moved)
    for table, state in tuple(catalog.tables.items()):
        functions = {
            trigger: replace(item, name=new) if item.name == name else item
            for trigger, item in state.functions.items()
        }
        catalog.put_table(table, replace(state, functions=functions))


def _set_schema(catalog: Catalog, node: Node) -> None:
    match symbol(node, "object_type"):
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW" | "OBJECT_SEQUENCE":
            name = catalog.relation(node.relation, catalog.tables, catalog.views, catalog.sequences)
            if name is None:
                if node.missing_ok and not catalog.rest_unclear:
                    return
                raise Unclear(catalog.new_name(node.relation))
            _move_relation(catalog, name, (node.newschema, name[1]))
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            names = strings(node.object.list.items)
            found = catalog.existing(names, catalog.enums, catalog.domains, catalog.other_types)
            if found is None:
                raise Unclear
            move_type(catalog, found, (node.newschema, found[1]))
        case "OBJECT_EXTENSION":
            return
        case _:
            raise Unclear


def _block(catalog: Catalog, node: Node) -> None:
    _require_known(touched_by_block(catalog, node))


def _call(catalog: Catalog, node: Node) -> None:
    _require_known(touched_by_calls(catalog, node))


def _require_known(touched: frozenset[Name] | None) -> None:
    if touched is None:
        raise Unclear
    if touched:
        raise Unclear(*touched)


def _policy(catalog: Catalog, node: Node) -> None:
    """Policies and rules are told by the server's own text only."""
    relation = node.relation if "relation" in node.DESCRIPTOR.fields_by_name else node.table
    found = catalog.relation(relation, catalog.tables, catalog.views)
    raise Unclear(found or catalog.new_name(relation))


def end_session(catalog: Catalog) -> None:
    """What ends with a migration's session: its settings and temporary tables."""
    catalog.path = (PUBLIC,)
    for name in [name for name in catalog.tables if name[0] == TEMPORARY]:
        drop_table(catalog, name, cascade=True)
        drop_views_of(catalog, name)
    for name in [name for name in catalog.views if name[0] == TEMPORARY]:
        drop_view(catalog, name)
    catalog.unclear = {name for name in catalog.unclear if name[0] != TEMPORARY}


_HANDLERS: Mapping[str, Callable[[Catalog, Node], None]] = {
    "create_stmt": create_table,
    "alter_table_stmt": alter_table,
    "create_table_as_stmt": _create_table_as,
    "index_stmt": _create_index,
    "view_stmt": create_view,
    "create_seq_stmt": _create_sequence,
    "alter_seq_stmt": _alter_sequence,
    "create_enum_stmt": create_enum,
    "alter_enum_stmt": alter_enum,
    "create_domain_stmt": create_domain,
    "alter_domain_stmt": alter_domain,
    "composite_type_stmt": _composite_type,
    "create_range_stmt": _range_type,
    "create_function_stmt": create_function,
    "create_trig_stmt": create_trigger,
    "create_schema_stmt": _create_schema,
    "variable_set_stmt": _set_variable,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _set_schema,
    "do_stmt": _block,
    "call_stmt": _call,
    "create_policy_stmt": _policy,
    "alter_policy_stmt": _policy,
    "rule_stmt": _policy,
}
