"""Enums, domains and other types of the application's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mig_assist.engines.postgres_names import free_name
from mig_assist.engines.postgres_static.alter_table import drop_column
from mig_assist.engines.postgres_static.catalog import Catalog, TableState, Unclear
from mig_assist.engines.postgres_static.expressions import (
    Node,
    expression_text,
    kind,
    strings,
    symbol,
)
from mig_assist.engines.postgres_static.type_names import Name
from mig_assist.engines.schema import Check, Domain, EnumType


def create_enum(catalog: Catalog, node: Node) -> None:
    """CREATE TYPE … AS ENUM."""
    name = catalog.made_name(strings(node.type_name))
    _require_free(catalog, name)
    catalog.enums[name] = EnumType(name[1], strings(node.vals))


def alter_enum(catalog: Catalog, node: Node) -> None:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    names = strings(node.type_name)
    name = catalog.existing(names, catalog.enums)
    if name is None:
        raise Unclear(catalog.made_name(names))
    labels = list(catalog.enums[name].labels)
    if node.old_val:
        if node.old_val not in labels:
            raise Unclear(name)
        labels[labels.index(node.old_val)] = node.new_val
    elif node.new_val in labels:
        if not node.skip_if_new_val_exists:
            raise Unclear(name)
    elif not node.new_val_neighbor:
        labels.append(node.new_val)
    elif node.new_val_neighbor not in labels:
        raise Unclear(name)
    else:
        place = labels.index(node.new_val_neighbor) + node.new_val_is_after
        labels.insert(place, node.new_val)
    catalog.enums[name] = EnumType(name[1], tuple(labels))
    if node.old_val:
        _follow_label(catalog, name, node.old_val, node.new_val)


def _follow_label(catalog: Catalog, enum: Name, old: str, new: str) -> None:
    """Stored expressions hold on to a label whatever it is called.

    Raises:
        Unclear: it stands in more than defaults.
    """
    before, after = (f"'{label.replace(chr(39), chr(39) * 2)}'" for label in (old, new))
    unclear: list[Name] = []
    for table, state in tuple(catalog.tables.items()):
        own = {column for column, of in state.user_types.items() if of == enum}
        if not own:
            continue
        columns = tuple(
            replace(column, default=column.default.replace(before, after))
            if column.name in own and column.default is not None
            else column
            for column in state.table.columns
        )
        catalog.put_table(table, replace(state, table=replace(state.table, columns=columns)))
        rest = replace(
            state.table,
            columns=tuple(replace(column, default=None) for column in columns),
            triggers=tuple(replace(trigger, action="") for trigger in state.table.triggers),
        )
        if before in repr(rest):
            unclear.append(table)
    unclear += [view for view, found in catalog.views.items() if before in found.view.definition]
    if unclear:
        raise Unclear(*unclear)


def create_domain(catalog: Catalog, node: Node) -> None:
    """CREATE DOMAIN."""
    name = catalog.made_name(strings(node.domainname))
    _require_free(catalog, name)
    domain = Domain(name[1], catalog.type_of(node.type_name).text, True, None, ())
    for item in node.constraints:
        domain = _with_rule(catalog, name, domain, item.constraint)
    catalog.domains[name] = domain


def _with_rule(catalog: Catalog, name: Name, domain: Domain, node: Node) -> Domain:
    match symbol(node, "contype"):
        case "CONSTR_DEFAULT":
            return replace(domain, default=_default(node.raw_expr))
        case "CONSTR_NOTNULL":
            return replace(domain, nullable=False)
        case "CONSTR_CHECK":
            own = {check.name for check in domain.checks}

            def is_taken(made: str) -> bool:
                return made in own or (name[0], made) in catalog.constraints

            made = node.conname or free_name(name[1], None, "check", is_taken)
            validated = not node.skip_validation
            check = Check(made, expression_text(node.raw_expr), validated)
            return replace(domain, checks=(*domain.checks, check))
    return domain


def _default(node: Node) -> str | None:
    if kind(node) == "a_const" and node.a_const.isnull:
        return None
    return expression_text(node)


def alter_domain(catalog: Catalog, node: Node) -> None:
    """ALTER DOMAIN."""
    names = strings(node.type_name)
    name = catalog.existing(names, catalog.domains)
    if name is None:
        raise Unclear(catalog.made_name(names))
    domain = catalog.domains[name]
    definition = getattr(node, "def")
    match node.subtype:
        case "T":
            domain = replace(domain, default=_default(definition) if kind(definition) else None)
        case "N" | "O":
            domain = replace(domain, nullable=node.subtype == "N")
        case "C":
            domain = _with_rule(catalog, name, domain, definition.constraint)
        case "X":
            kept = tuple(check for check in domain.checks if check.name != node.name)
            domain = replace(domain, checks=kept)
        case "V":
            checks = tuple(
                replace(check, validated=True) if check.name == node.name else check
                for check in domain.checks
            )
            domain = replace(domain, checks=checks)
        case _:
            raise Unclear(name)
    catalog.domains[name] = domain


def rename_domain_constraint(catalog: Catalog, names: tuple[str, ...], old: str, new: str) -> None:
    """ALTER DOMAIN … RENAME CONSTRAINT."""
    name = catalog.existing(names, catalog.domains)
    if name is None:
        raise Unclear(catalog.made_name(names))
    domain = catalog.domains[name]
    checks = tuple(
        replace(check, name=new) if check.name == old else check for check in domain.checks
    )
    catalog.domains[name] = replace(domain, checks=checks)


def _require_free(catalog: Catalog, name: Name) -> None:
    if catalog.existing(name, catalog.enums, catalog.domains, catalog.other_types):
        raise Unclear(name)
    catalog.forget(name)


def drop_type(catalog: Catalog, name: Name, *, cascade: bool) -> None:
    """DROP TYPE or DOMAIN; with CASCADE also the columns of it."""
    catalog.enums.pop(name, None)
    catalog.domains.pop(name, None)
    catalog.other_types.discard(name)
    catalog.forget(name)
    if cascade:
        for table, state in tuple(catalog.tables.items()):
            for column in [column for column, own in state.user_types.items() if own == name]:
                drop_column(catalog, table, column, cascade=True)


def move_type(catalog: Catalog, old: Name, new: Name) -> None:
    """Give a type another name or schema."""
    if old in catalog.enums:
        catalog.enums[new] = replace(catalog.enums.pop(old), name=new[1])
    if old in catalog.domains:
        catalog.domains[new] = replace(catalog.domains.pop(old), name=new[1])
    if old in catalog.other_types:
        catalog.other_types.remove(old)
        catalog.other_types.add(new)
    before, after = catalog.label(old), catalog.label(new)
    catalog.change_tables(_retyped(old, new, before, after))


def _retyped(old: Name, new: Name, before: str, after: str) -> Callable[[TableState], TableState]:
    def change(state: TableState) -> TableState:
        affected = {column for column, own in state.user_types.items() if own == old}
        if not affected:
            return state
        columns = tuple(
            replace(column, type=column.type.replace(before, after))
            if column.name in affected
            else column
            for column in state.table.columns
        )
        own = {column: new if column in affected else of for column, of in state.user_types.items()}
        return replace(state, table=replace(state.table, columns=columns), user_types=own)

    return change
