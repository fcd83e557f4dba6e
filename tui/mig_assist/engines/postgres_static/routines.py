"""Functions and triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mig_assist.engines.postgres_static.catalog import (
    Catalog,
    Function,
    Unclear,
    sorted_triggers,
)
from mig_assist.engines.postgres_static.expressions import (
    Node,
    expression_text,
    kind,
    statement_text,
    strings,
)
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import Trigger

# The bits of pg_trigger.tgtype.
_BEFORE, _INSTEAD_OF = 1 << 1, 1 << 6
_EVENTS = {1 << 2: "INSERT", 1 << 3: "DELETE", 1 << 4: "UPDATE", 1 << 5: "TRUNCATE"}


def create_function(catalog: Catalog, node: Node) -> None:
    """CREATE [OR REPLACE] FUNCTION or PROCEDURE; triggers follow a replaced one."""
    name = catalog.made_name(strings(node.funcname))
    parameters = (item.function_parameter for item in node.parameters)
    inputs = tuple(
        catalog.type_of(item.arg_type).text
        for item in parameters
        if item.mode not in (_OUT, _TABLE)
    )
    language = next(
        (
            item.def_elem.arg.string.sval.lower()
            for item in node.options
            if item.def_elem.defname == "language"
        ),
        "sql",
    )
    made = Function(name, inputs, language, _source(node), _text(node))
    others = tuple(item for item in catalog.functions.get(name, ()) if item.arguments != inputs)
    catalog.functions[name] = (*others, made)
    if node.replace:
        _follow_function(catalog, made)


def _text(node: Node) -> str:
    from postgast import pg_query_pb2 as tree

    statement = tree.Node()
    statement.create_function_stmt.CopyFrom(node)
    return statement_text(statement)


_OUT, _TABLE = ord("o"), ord("t")


def _source(node: Node) -> str:
    for option in node.options:
        if option.def_elem.defname == "as":
            return strings(option.def_elem.arg.list.items)[-1]
    return ""


def _follow_function(catalog: Catalog, made: Function) -> None:
    def followed(
        triggers: tuple[Trigger, ...], functions: Mapping[str, Function]
    ) -> dict[str, Any] | None:
        affected = {
            trigger
            for trigger, function in functions.items()
            if (function.name, function.arguments) == (made.name, made.arguments)
        }
        if not affected:
            return None
        return {
            "triggers": tuple(
                replace(item, action=_with_source(item.action, made.source))
                if item.name in affected
                else item
                for item in triggers
            )
        }

    for name, state in tuple(catalog.tables.items()):
        if (changes := followed(state.table.triggers, state.functions)) is not None:
            catalog.put_table(name, replace(state, table=replace(state.table, **changes)))
    for name, view in tuple(catalog.views.items()):
        if (changes := followed(view.view.triggers, view.functions)) is not None:
            catalog.put_view(name, replace(view, view=replace(view.view, **changes)))


def drop_functions(catalog: Catalog, node: Node, *, cascade: bool) -> None:
    """DROP FUNCTION; with CASCADE also the triggers that call it.

    Raises:
        Unclear: with CASCADE, where more than triggers may go.
    """
    for item in node.objects:
        wanted = item.object_with_args
        name = catalog.existing(strings(wanted.objname), catalog.functions)
        if name is None:
            if cascade:
                raise Unclear
            continue
        arguments = tuple(catalog.type_of(argument.type_name).text for argument in wanted.objargs)
        gone = tuple(
            function
            for function in catalog.functions[name]
            if wanted.args_unspecified or function.arguments == arguments
        )
        kept = tuple(function for function in catalog.functions[name] if function not in gone)
        if kept:
            catalog.functions[name] = kept
        else:
            del catalog.functions[name]
        if cascade:
            _drop_triggers_of(catalog, {function.name for function in gone})


def _drop_triggers_of(catalog: Catalog, functions: set[Name]) -> None:
    for table, state in tuple(catalog.tables.items()):
        gone = {name for name, function in state.functions.items() if function.name in functions}
        for trigger in gone:
            drop_trigger(catalog, table, trigger)
    _require_unused(catalog, functions)


def _require_unused(catalog: Catalog, functions: set[Name]) -> None:
    """Expressions may call a function too; then CASCADE takes what they belong to."""
    names = {name for _, name in functions}
    for table, state in catalog.tables.items():
        described = repr(state.table)
        if any(f"{name}(" in described for name in names):
            raise Unclear(table)
    for view, found in catalog.views.items():
        if any(f"{name}(" in found.view.definition for name in names):
            raise Unclear(view)


def create_trigger(catalog: Catalog, node: Node) -> None:
    """CREATE [OR REPLACE] TRIGGER.

    Raises:
        Unclear: no migration says what its function does.
    """
    owner = catalog.relation(node.relation, catalog.tables, catalog.views)
    if owner is None:
        raise Unclear(catalog.new_name(node.relation))
    function_name = catalog.existing(strings(node.funcname), catalog.functions)
    function = next(
        (
            item
            for item in catalog.functions.get(function_name or ("", ""), ())
            if not item.arguments
        ),
        None,
    )
    if function is None:
        raise Unclear(owner)
    timing = "BEFORE" if node.timing & _BEFORE else "AFTER"
    trigger = Trigger(
        node.trigname,
        "INSTEAD OF" if node.timing & _INSTEAD_OF else timing,
        tuple(sorted(event for bit, event in _EVENTS.items() if node.events & bit)),
        function.source + _told(strings(node.args)),
        tuple(sorted(strings(node.columns))),
        expression_text(node.when_clause, of_table=False) if kind(node.when_clause) else None,
        node.row,
    )
    if owner in catalog.tables:
        state = catalog.tables[owner]
        others = (item for item in state.table.triggers if item.name != trigger.name)
        table = replace(state.table, triggers=sorted_triggers((*others, trigger)))
        functions = {**state.functions, trigger.name: function}
        notes = {name: note for name, note in state.notes.items() if name != trigger.name}
        if node.deferrable:
            late = " INITIALLY DEFERRED" if node.initdeferred else ""
            notes[trigger.name] = f"DEFERRABLE TRIGGER {{}}{late}"
        catalog.put_table(owner, replace(state, table=table, functions=functions, notes=notes))
        if state.children:
            raise Unclear(*state.children)
    else:
        view = catalog.views[owner]
        others = (item for item in view.view.triggers if item.name != trigger.name)
        shown = replace(view.view, triggers=sorted_triggers((*others, trigger)))
        functions = {**view.functions, trigger.name: function}
        catalog.put_view(owner, replace(view, view=shown, functions=functions))


_ARGUMENTS = "\n-- arguments: "


def _with_source(action: str, source: str) -> str:
    _, sign, arguments = action.rpartition(_ARGUMENTS)
    return source + sign + arguments if sign else source


def _told(arguments: tuple[str, ...]) -> str:
    """The arguments as :mod:`mig_assist.engines.postgres_catalog` tells them."""
    texts = ", ".join(repr(text) for text in arguments)
    return f"{_ARGUMENTS}{texts}" if arguments else ""


def drop_trigger(catalog: Catalog, owner: Name, trigger: str) -> None:
    """Drop a trigger of a table or view."""
    if owner in catalog.tables:
        state = catalog.tables[owner]
        kept = tuple(item for item in state.table.triggers if item.name != trigger)
        functions = {name: of for name, of in state.functions.items() if name != trigger}
        catalog.put_table(
            owner,
            replace(state, table=replace(state.table, triggers=kept), functions=functions),
        )
    elif owner in catalog.views:
        view = catalog.views[owner]
        kept = tuple(item for item in view.view.triggers if item.name != trigger)
        catalog.put_view(owner, replace(view, view=replace(view.view, triggers=kept)))


def rename_trigger(catalog: Catalog, owner: Name, old: str, new: str) -> None:
    """Give a table's trigger another name."""
    if owner not in catalog.tables:
        raise Unclear(owner)
    state = catalog.tables[owner]
    triggers = sorted_triggers(
        replace(item, name=new) if item.name == old else item for item in state.table.triggers
    )
    functions = {new if name == old else name: of for name, of in state.functions.items()}
    notes = {new if name == old else name: note for name, note in state.notes.items()}
    table = replace(state.table, triggers=triggers)
    catalog.put_table(owner, replace(state, table=table, functions=functions, notes=notes))
