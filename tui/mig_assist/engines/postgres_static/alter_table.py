"""ALTER TABLE, and what follows when a column or table goes or gets another name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mig_assist.engines.postgres_static.catalog import (
    Catalog,
    TableState,
    Unclear,
    ViewState,
)
from mig_assist.engines.postgres_static.constraints import (
    KEYS,
    add_constraint,
    drop_references,
    keys_of,
    own_constraints,
    with_column,
    with_indexes,
    with_not_null,
    without_constraint,
)
from mig_assist.engines.postgres_static.create_table import (
    add_column,
    collation_of,
    numbered,
    with_default,
    without_sequence,
)
from mig_assist.engines.postgres_static.expressions import (
    Node,
    columns_in,
    content,
    expression_text,
    symbol,
    with_column_renamed,
)
from mig_assist.engines.postgres_static.indexes import index_uses, index_with_renamed_column
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import ForeignKey, Key, Table, Trigger

# In which order PostgreSQL carries out the commands of one ALTER TABLE (AlterTablePass).
_DROP, _TYPE, _ADD_COLUMN, _EXPRESSION, _ATTRIBUTES, _KEYS, _CONSTRAINTS, _REST = range(8)

_PASSES = {
    "AT_DropColumn": _DROP,
    "AT_DropConstraint": _DROP,
    "AT_DropNotNull": _DROP,
    "AT_DropIdentity": _DROP,
    "AT_AlterColumnType": _TYPE,
    "AT_AddColumn": _ADD_COLUMN,
    "AT_SetExpression": _EXPRESSION,
    "AT_SetNotNull": _ATTRIBUTES,
    "AT_AddConstraint": _CONSTRAINTS,
    "AT_ColumnDefault": _CONSTRAINTS,
    "AT_AddIdentity": _CONSTRAINTS,
}
_WITHOUT_EFFECT = frozenset(
    """
    AT_ChangeOwner AT_ClusterOn AT_DropCluster AT_DropOids AT_SetStatistics
    AT_SetOptions AT_ResetOptions AT_SetStorage AT_SetCompression AT_SetTableSpace
    AT_SetRelOptions AT_ResetRelOptions AT_ReplaceRelOptions AT_SetAccessMethod AT_SetIdentity
    AT_EnableRule AT_EnableAlwaysRule AT_EnableReplicaRule AT_DisableRule AT_ReplicaIdentity
    AT_GenericOptions AT_CheckNotNull
    """.split()
)

Command = Callable[[], None]


def alter_table(catalog: Catalog, node: Node) -> None:
    """ALTER TABLE with all its commands.

    Raises:
        Unclear: it cannot be told what the table is like afterwards.
    """
    kind = symbol(node, "objtype")
    if kind not in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
        _alter_other(catalog, node)
        return
    name = catalog.relation(node.relation, catalog.tables)
    if name is None:
        if catalog.relation(node.relation, catalog.views, catalog.indexes, catalog.sequences):
            _alter_other(catalog, node)
            return
        if node.missing_ok and not catalog.rest_unclear:
            return
        raise Unclear(catalog.new_name(node.relation))
    passes: dict[int, list[Command]] = defaultdict(list)
    for item in node.cmds:
        command = item.alter_table_cmd
        kind = symbol(command, "subtype")
        phase = _PASSES.get(kind, _REST)
        if kind == "AT_AddConstraint":
            phase = _pass_of(getattr(command, "def").constraint)
        elif kind == "AT_ColumnDefault" and not command.HasField("def"):
            phase = _DROP
        if kind == "AT_AddColumn":
            passes[phase].append(partial(_add_column, catalog, name, command, passes))
        else:
            passes[phase].append(partial(_run, catalog, name, kind, command))
    for phase in range(_DROP, _REST + 1):
        for run in passes[phase]:
            run()
    children = catalog.tables[name].children if name in catalog.tables else ()
    if children:
        raise Unclear(*children)


def _pass_of(constraint: Node) -> int:
    kind = symbol(constraint, "contype")
    if kind == "CONSTR_NOTNULL":
        return _ATTRIBUTES
    return _KEYS if kind in KEYS else _CONSTRAINTS


def _add_column(
    catalog: Catalog, name: Name, command: Node, passes: dict[int, list[Command]]
) -> None:
    column = getattr(command, "def").column_def
    if command.missing_ok and catalog.tables[name].table.column(column.colname):
        return
    for constraint in add_column(catalog, name, column):
        passes[_pass_of(constraint)].append(partial(add_constraint, catalog, name, constraint))


def _run(catalog: Catalog, name: Name, kind: str, command: Node) -> None:
    if kind in _WITHOUT_EFFECT:
        return
    definition = getattr(command, "def")
    state = catalog.tables[name]
    match kind:
        case "AT_DropColumn":
            cascade = symbol(command, "behavior") == "DROP_CASCADE"
            drop_column(catalog, name, command.name, cascade=cascade, if_exists=command.missing_ok)
            return
        case "AT_AddConstraint":
            for constraint in own_constraints((definition.constraint,)):
                add_constraint(catalog, name, constraint)
            return
        case "AT_DropConstraint":
            _drop_constraint(catalog, name, command)
            return
        case "AT_AlterConstraint":
            state = _with_deferral(name, state, definition)
        case "AT_ValidateConstraint":
            state = _validated(state, command.name)
        case "AT_EnableRowSecurity":
            state = _with_option(state, _ROW_SECURITY, present=True)
        case "AT_DisableRowSecurity":
            state = _with_option(state, _ROW_SECURITY, present=False)
        case "AT_ForceRowSecurity" | "AT_NoForceRowSecurity":
            forced = kind == "AT_ForceRowSecurity"
            state = _with_option(state, f"FORCE {_ROW_SECURITY}", present=forced)
        case "AT_SetLogged" | "AT_SetUnLogged":
            state = _with_option(state, "UNLOGGED", present=kind == "AT_SetUnLogged")
        case "AT_EnableTrig" | "AT_EnableAlwaysTrig" | "AT_EnableReplicaTrig":
            state = _with_triggers_enabled(state, command.name, enabled=True)
        case "AT_EnableTrigAll" | "AT_EnableTrigUser":
            state = _with_triggers_enabled(state, None, enabled=True)
        case "AT_DisableTrig":
            state = _with_triggers_enabled(state, command.name, enabled=False)
        case "AT_DisableTrigAll" | "AT_DisableTrigUser":
            state = _with_triggers_enabled(state, None, enabled=False)
        case "AT_AttachPartition" | "AT_DetachPartition":
            partition = catalog.relation(definition.partition_cmd.name, catalog.tables)
            raise Unclear(partition or catalog.new_name(definition.partition_cmd.name))
        case _:
            state = _with_column_altered(catalog, name, state, kind, command)
    catalog.put_table(name, state)


_ROW_SECURITY = "ROW LEVEL SECURITY"


def _with_column_altered(
    catalog: Catalog, name: Name, state: TableState, kind: str, command: Node
) -> TableState:
    column = command.name
    definition = getattr(command, "def")
    if state.table.column(column) is None:
        raise Unclear(name)
    match kind:
        case "AT_ColumnDefault":
            if command.HasField("def"):
                return with_default(catalog, state, column, definition)
            return without_sequence(state, column)
        case "AT_SetNotNull":
            return with_not_null(state, column)
        case "AT_DropNotNull":
            rest = {made: of for made, of in state.not_nulls.items() if of != column}
            return replace(with_column(state, column, nullable=True), not_nulls=rest)
        case "AT_AlterColumnType":
            return _with_type(catalog, name, state, column, definition.column_def)
        case "AT_AddIdentity":
            return numbered(catalog, name, state, column)
        case "AT_DropIdentity":
            sequence = state.sequences.get(column)
            if sequence is not None:
                catalog.sequences.pop(sequence, None)
            return without_sequence(state, column)
        case "AT_SetExpression":
            return with_column(state, column, generated=expression_text(definition))
        case "AT_DropExpression":
            return with_column(state, column, generated=None, stored=False)
    raise Unclear(name)


def _with_type(
    catalog: Catalog, name: Name, state: TableState, column: str, node: Node
) -> TableState:
    use = catalog.type_of(node.type_name)
    if use.serial:
        raise Unclear(name)
    state = with_column(state, column, type=use.text, collation=collation_of(node.coll_clause))
    own = {other: of for other, of in state.user_types.items() if other != column}
    if use.user_type is not None:
        own[column] = use.user_type
    return replace(state, user_types=own)


def _drop_constraint(catalog: Catalog, name: Name, command: Node) -> None:
    state = catalog.tables[name]
    key = next((key for key in keys_of(state.table) if key.name == command.name), None)
    changed = without_constraint(state, command.name)
    if changed is None:
        if command.missing_ok:
            return
        raise Unclear(name)
    catalog.put_table(name, changed)
    if key is not None and symbol(command, "behavior") == "DROP_CASCADE":
        drop_references(catalog, name, key.columns)


def _validated(state: TableState, constraint: str) -> TableState:
    table = state.table
    return replace(
        state,
        table=replace(
            table,
            checks=tuple(
                replace(item, validated=True) if item.name == constraint else item
                for item in table.checks
            ),
            foreign_keys=tuple(
                replace(item, validated=True) if item.name == constraint else item
                for item in table.foreign_keys
            ),
        ),
    )


def _with_deferral(name: Name, state: TableState, node: Node) -> TableState:
    """ALTER CONSTRAINT: a foreign key becomes deferrable, or no longer is."""
    change = content(node)
    table = state.table
    if not any(key.name == change.conname for key in table.foreign_keys):
        raise Unclear(name)
    keys = tuple(
        replace(key, deferrable=change.deferrable, deferred=change.initdeferred)
        if key.name == change.conname and change.alter_deferrability
        else key
        for key in table.foreign_keys
    )
    return replace(state, table=replace(table, foreign_keys=keys))


def _with_option(state: TableState, option: str, *, present: bool) -> TableState:
    options = state.options | {option} if present else state.options - {option}
    return replace(state, options=options)


def _with_triggers_enabled(state: TableState, name: str | None, *, enabled: bool) -> TableState:
    triggers = tuple(
        replace(trigger, enabled=enabled) if name in (None, trigger.name) else trigger
        for trigger in state.table.triggers
    )
    return replace(state, table=replace(state.table, triggers=triggers))


def _alter_other(catalog: Catalog, node: Node) -> None:
    """ALTER INDEX, VIEW, SEQUENCE, TYPE …: what it says may matter only to a view."""
    kinds = {symbol(item.alter_table_cmd, "subtype") for item in node.cmds}
    if kinds <= _WITHOUT_EFFECT or kinds == {"AT_SetLogged"} or kinds == {"AT_SetUnLogged"}:
        return
    if symbol(node, "objtype") in ("OBJECT_VIEW", "OBJECT_TABLE") and kinds == {"AT_ColumnDefault"}:
        return
    if symbol(node, "objtype") == "OBJECT_TYPE":
        return
    raise Unclear(catalog.new_name(node.relation))


def drop_column(
    catalog: Catalog, name: Name, column: str, *, cascade: bool, if_exists: bool = False
) -> None:
    """Drop a column with the indexes and constraints of its table that use it.

    With ``cascade`` also the foreign keys, views, triggers and generated columns that do.
    """
    state = catalog.tables[name]
    table = state.table
    if table.column(column) is None:
        if if_exists:
            return
        raise Unclear(name)
    sequence = state.sequences.get(column)
    if sequence is not None and catalog.sequences.get(sequence) == (name, column):
        del catalog.sequences[sequence]
    gone = [key for key in keys_of(table) if column in key.columns]
    if cascade:
        _drop_dependents(catalog, name, column)
        for key in gone:
            drop_references(catalog, name, key.columns)
        state = catalog.tables[name]
        table = state.table
    catalog.put_table(name, _without_column(state, column))
    for other in table.columns:
        if cascade and other.generated is not None and column in columns_in(other.generated):
            drop_column(catalog, name, other.name, cascade=True)


def _without_column(state: TableState, column: str) -> TableState:
    table = state.table
    key = table.primary_key

    def rest(items: Mapping[str, Any]) -> dict[str, Any]:
        return {name: of for name, of in items.items() if name != column}

    return replace(
        state,
        table=replace(
            table,
            columns=tuple(item for item in table.columns if item.name != column),
            primary_key=None if key and column in key.columns else key,
            uniques=tuple(item for item in table.uniques if column not in item.columns),
            foreign_keys=tuple(item for item in table.foreign_keys if column not in item.columns),
            checks=tuple(
                item for item in table.checks if column not in columns_in(item.expression)
            ),
            indexes=tuple(item for item in table.indexes if not index_uses(item, column)),
        ),
        user_types=rest(state.user_types),
        sequences=rest(state.sequences),
        not_nulls={made: of for made, of in state.not_nulls.items() if of != column},
        exclusions={made: used for made, used in state.exclusions.items() if column not in used},
    )


def _drop_dependents(catalog: Catalog, name: Name, column: str) -> None:
    label = name[1]

    def without_references(state: TableState) -> TableState:
        keys = tuple(
            key
            for key in state.table.foreign_keys
            if not (key.target == label and column in key.target_columns)
        )
        if len(keys) == len(state.table.foreign_keys):
            return state
        return replace(state, table=replace(state.table, foreign_keys=keys))

    catalog.change_tables(without_references)
    state = catalog.tables[name]
    kept = tuple(trigger for trigger in state.table.triggers if not _trigger_uses(trigger, column))
    catalog.put_table(name, replace(state, table=replace(state.table, triggers=kept)))
    for view, found in tuple(catalog.views.items()):
        if name in found.relations and found.columns & {column, "*"}:
            drop_view(catalog, view)


def _trigger_uses(trigger: Trigger, column: str) -> bool:
    return column in trigger.update_of or (
        trigger.condition is not None and column in columns_in(trigger.condition)
    )


def drop_view(catalog: Catalog, name: Name) -> None:
    """Drop a view and the views over it."""
    if name not in catalog.views:
        return
    catalog.put_view(name, None)
    catalog.forget(name)
    drop_views_of(catalog, name)


def drop_views_of(catalog: Catalog, relation: Name) -> None:
    """Drop the views over a table or view."""
    for name, state in tuple(catalog.views.items()):
        if relation in state.relations:
            drop_view(catalog, name)


def drop_table(catalog: Catalog, name: Name, *, cascade: bool) -> None:
    """Drop a table with all that hangs on it; with ``cascade`` also views and foreign keys."""
    state = catalog.tables[name]
    for sequence, owner in tuple(catalog.sequences.items()):
        if owner is not None and owner[0] == name:
            del catalog.sequences[sequence]
    catalog.put_table(name, None)
    catalog.forget(name)
    if cascade:
        drop_references(catalog, name)
        drop_views_of(catalog, name)
    for child in state.children:
        if child in catalog.tables and (cascade or child in catalog.unclear):
            drop_table(catalog, child, cascade=cascade)


def rename_column(catalog: Catalog, name: Name, old: str, new: str) -> None:
    """Give a column another name wherever the catalog itself names it.

    Raises:
        Unclear: there are views over the table, whose text changes.
    """
    state = catalog.tables[name]
    if state.table.column(old) is None or state.table.column(new) is not None:
        raise Unclear(name)
    catalog.put_table(name, _with_column_renamed(state, old, new))
    for sequence, owner in tuple(catalog.sequences.items()):
        if owner == (name, old):
            catalog.sequences[sequence] = (name, new)
    label = name[1]

    def target_renamed(key: ForeignKey) -> ForeignKey:
        if key.target != label or old not in key.target_columns:
            return key
        return replace(key, target_columns=_renamed(key.target_columns, old, new))

    _change_foreign_keys(catalog, target_renamed)
    _views_change(catalog, name, old)
    if state.children:
        raise Unclear(*state.children)


def _views_change(catalog: Catalog, relation: Name, column: str | None = None) -> None:
    """The texts of views over a relation are no longer what they were."""
    touched = [
        view
        for view, state in catalog.views.items()
        if relation in state.relations and (column is None or state.columns & {column, "*"})
    ]
    if touched:
        raise Unclear(*touched)


def _change_foreign_keys(catalog: Catalog, change: Callable[[ForeignKey], ForeignKey]) -> None:
    def changed(state: TableState) -> TableState:
        keys = tuple(map(change, state.table.foreign_keys))
        if keys == state.table.foreign_keys:
            return state
        return replace(state, table=replace(state.table, foreign_keys=keys))

    catalog.change_tables(changed)


def _renamed(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if column == old else column for column in columns)


def _with_column_renamed(state: TableState, old: str, new: str) -> TableState:
    table = state.table

    def text(expression: str) -> str:
        return with_column_renamed(expression, old, new)

    def key(item: Key) -> Key:
        return replace(item, columns=_renamed(item.columns, old, new))

    def moved(items: Mapping[str, Any]) -> dict[str, Any]:
        return {new if name == old else name: of for name, of in items.items()}

    changed = Table(
        table.name,
        tuple(
            replace(
                column,
                name=new if column.name == old else column.name,
                generated=column.generated and text(column.generated),
            )
            for column in table.columns
        ),
        table.primary_key and key(table.primary_key),
        tuple(map(key, table.uniques)),
        tuple(
            replace(
                item,
                columns=_renamed(item.columns, old, new),
                set_columns=_renamed(item.set_columns, old, new),
            )
            for item in table.foreign_keys
        ),
        tuple(replace(item, expression=text(item.expression)) for item in table.checks),
        tuple(index_with_renamed_column(index, old, new) for index in table.indexes),
        tuple(
            replace(
                item,
                update_of=tuple(sorted(_renamed(item.update_of, old, new))),
                condition=item.condition and text(item.condition),
            )
            for item in table.triggers
        ),
        table.strict,
        table.options,
    )
    return replace(
        state,
        table=changed,
        user_types=moved(state.user_types),
        sequences=moved(state.sequences),
        not_nulls={
            made: new if column == old else column for made, column in state.not_nulls.items()
        },
        exclusions={
            made: frozenset(_renamed(tuple(used), old, new))
            for made, used in state.exclusions.items()
        },
    )


def move_table(catalog: Catalog, old: Name, new: Name) -> None:
    """Give a table another name or schema; constraints and indexes keep their names.

    Raises:
        Unclear: there are views over the table, whose text changes.
    """
    if catalog.is_relation(new):
        raise Unclear(old, new)
    before, after = old[1], new[1]
    state = catalog.tables[old]
    catalog.put_table(old, None)
    catalog.put_table(new, replace(state, table=replace(state.table, name=new[1])))
    if old in catalog.unclear:
        catalog.unclear.remove(old)
        catalog.unclear.add(new)
    for sequence, owner in tuple(catalog.sequences.items()):
        if owner is not None and owner[0] == old:
            moved = (new[0], sequence[1])
            del catalog.sequences[sequence]
            catalog.sequences[moved] = (new, owner[1])
            follow_sequence(catalog, sequence, moved)
    _change_foreign_keys(
        catalog, lambda key: replace(key, target=after) if key.target == before else key
    )
    _follow_name(catalog, old, new)


def _follow_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Views and children hold on to a relation whatever its name; a view's text changes."""

    def children_renamed(state: TableState) -> TableState:
        if old not in state.children:
            return state
        return replace(
            state, children=tuple(new if child == old else child for child in state.children)
        )

    catalog.change_tables(children_renamed)
    for view, found in tuple(catalog.views.items()):
        if old in found.relations:
            catalog.put_view(view, _over(found, old, new))
    _views_change(catalog, new)


def _over(view: ViewState, old: Name, new: Name) -> ViewState:
    return replace(view, relations=(view.relations - {old}) | {new})


def move_view(catalog: Catalog, old: Name, new: Name) -> None:
    """Give a view another name or schema."""
    if catalog.is_relation(new):
        raise Unclear(old, new)
    state = catalog.views[old]
    catalog.put_view(old, None)
    catalog.put_view(new, replace(state, view=replace(state.view, name=new[1])))
    if old in catalog.unclear:
        catalog.unclear.remove(old)
        catalog.unclear.add(new)
    _follow_name(catalog, old, new)


def follow_sequence(catalog: Catalog, old: Name, new: Name | None) -> None:
    """Columns whose numbers come from a sequence that has moved, or is gone."""

    def changed(state: TableState) -> TableState:
        for column, sequence in state.sequences.items():
            if sequence == old:
                if new is None:
                    state = without_sequence(state, column)
                else:
                    state = replace(state, sequences={**state.sequences, column: new})
        return state

    catalog.change_tables(changed)


def drop_index(catalog: Catalog, name: Name) -> None:
    """Drop an index."""
    owner = catalog.indexes[name]
    if owner in catalog.tables:
        state = catalog.tables[owner]
        catalog.put_table(
            owner,
            with_indexes(state, (item for item in state.table.indexes if item.name != name[1])),
        )
        return
    view = catalog.views[owner]
    kept = tuple(item for item in view.view.indexes if item.name != name[1])
    catalog.put_view(owner, replace(view, view=replace(view.view, indexes=kept)))
