"""What the things of a schema are, in one line of SQL each, as a person reads them."""

from __future__ import annotations

from mig_assist.engines.schema import (
    Action,
    Check,
    Column,
    Domain,
    EnumType,
    ForeignKey,
    Index,
    Key,
    Table,
    Trigger,
    View,
)
from mig_assist.engines.spelling import literal
from mig_assist.verify.parity.names import quoted
from mig_assist.verify.parity.sides import as_written, named_list, one_line


def column_text(column: Column) -> str:
    """``slug TEXT NOT NULL DEFAULT 'x'``."""
    parts = [quoted(column.name), one_line(column.type)]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if not column.nullable:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {as_written(column.default)}")
    if column.generated is not None:
        stored = " STORED" if column.stored else ""
        parts.append(f"GENERATED ALWAYS AS ({as_written(column.generated)}){stored}")
    if column.numbered:
        parts.append("(numbered by itself)")
    return " ".join(filter(None, parts))


def key_text(key: Key, word: str) -> str:
    """``UNIQUE (slug)``; ``word`` is PRIMARY KEY or UNIQUE."""
    nulls = "" if key.nulls_distinct else " NULLS NOT DISTINCT"
    conflict = f" ON CONFLICT {key.on_conflict}" if key.on_conflict else ""
    return (
        f"{_named(key.name)}{word}{nulls} {named_list(key.columns)}{conflict}"
        f"{_deferral(key.deferrable, key.deferred)}"
    )


def foreign_key_text(key: ForeignKey) -> str:
    """``FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE``."""
    text = (
        f"{_named(key.name)}FOREIGN KEY {named_list(key.columns)}"
        f" REFERENCES {quoted(key.target)} {named_list(key.target_columns)}"
    )
    text += " MATCH FULL" if key.match_full else ""
    if key.on_delete is not Action.NO_ACTION:
        text += f" ON DELETE {key.on_delete}"
        text += f" {named_list(key.set_columns)}" if key.set_columns else ""
    if key.on_update is not Action.NO_ACTION:
        text += f" ON UPDATE {key.on_update}"
    return text + _deferral(key.deferrable, key.deferred) + _validity(key.validated)


def check_text(check: Check) -> str:
    """``CONSTRAINT known CHECK (kind IN ('a', 'b'))``."""
    return f"{_named(check.name)}CHECK ({as_written(check.expression)}){_validity(check.validated)}"


def index_text(index: Index) -> str:
    """``UNIQUE INDEX teams_slug_idx (slug DESC) WHERE active``."""
    parts = []
    for part in index.parts:
        text = f"({as_written(part.text)})" if part.is_expression else quoted(part.text)
        text += f" COLLATE {part.collation}" if part.collation else ""
        text += f" {part.operator_class}" if part.operator_class else ""
        parts.append(text + (" DESC" if part.descending else ""))
    method = "" if index.method in ("btree", "") else f" USING {index.method}"
    include = f" INCLUDE {named_list(index.include)}" if index.include else ""
    nulls = "" if index.nulls_distinct else " NULLS NOT DISTINCT"
    where = f" WHERE {as_written(index.predicate)}" if index.predicate else ""
    unique = "UNIQUE " if index.unique else ""
    return (
        f"{unique}INDEX {quoted(index.name)}{method} ({', '.join(parts)}){include}{nulls}{where}"
        + ("" if index.valid else " INVALID")
    )


def trigger_text(trigger: Trigger) -> str:
    """When it fires, and in lines of its own what it does."""
    columns = f" OF {', '.join(map(quoted, trigger.update_of))}" if trigger.update_of else ""
    each = " FOR EACH ROW" if trigger.for_each_row else " FOR EACH STATEMENT"
    condition = f" WHEN ({as_written(trigger.condition)})" if trigger.condition else ""
    off = "" if trigger.enabled else " DISABLED"
    head = f"TRIGGER {quoted(trigger.name)} {trigger.timing} {' OR '.join(trigger.events)}"
    return f"{head}{columns}{each}{condition}{off}\n{trigger.action.strip()}"


def view_text(view: View) -> str:
    """``VIEW admins (id, name) AS``, and in lines of its own the SELECT."""
    word = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    return f"{word} {quoted(view.name)} {named_list(view.columns)} AS\n{view.definition.strip()}"


def table_text(table: Table) -> str:
    """The table with its columns and constraints, a line for each."""
    lines = [column_text(column) for column in table.columns]
    if table.primary_key is not None:
        lines.append(key_text(table.primary_key, "PRIMARY KEY"))
    lines += [key_text(key, "UNIQUE") for key in table.uniques]
    lines += map(foreign_key_text, table.foreign_keys)
    lines += map(check_text, table.checks)
    options = f" {', '.join(table.options)}" if table.options else ""
    return "\n".join([f"TABLE {quoted(table.name)}{options}", *(f"  {line}" for line in lines)])


def enum_text(enum: EnumType) -> str:
    """``ENUM mood ('sad', 'ok')``."""
    labels = ", ".join(map(literal, enum.labels))
    return f"ENUM {quoted(enum.name)} ({labels})"


def domain_text(domain: Domain) -> str:
    """``DOMAIN slug text NOT NULL CHECK (…)``."""
    parts = [f"DOMAIN {quoted(domain.name)} {domain.type}"]
    if not domain.nullable:
        parts.append("NOT NULL")
    if domain.default is not None:
        parts.append(f"DEFAULT {as_written(domain.default)}")
    return " ".join([*parts, *map(check_text, domain.checks)])


def _named(name: str | None) -> str:
    return f"CONSTRAINT {quoted(name)} " if name else ""


def _deferral(deferrable: bool, deferred: bool) -> str:
    if deferred:
        return " DEFERRABLE INITIALLY DEFERRED"
    return " DEFERRABLE" if deferrable else ""


def _validity(validated: bool) -> str:
    return "" if validated else " NOT VALID"
