"""What the schema model says of libsql's objects, as statements of SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mig_assist.draft.derive.words import LIBSQL_RESERVED
from mig_assist.engines import spelling
from mig_assist.engines.schema import (
    Action,
    Check,
    Column,
    ForeignKey,
    Index,
    Key,
    Table,
    Trigger,
    View,
)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quoted(name: str) -> str:
    """A name as SQLite reads it back, quoted only where it must be."""
    if _PLAIN.fullmatch(name) and name.upper() not in LIBSQL_RESERVED:
        return name
    return spelling.quoted(name)


def names(columns: Iterable[str]) -> str:
    """Names in a list."""
    return ", ".join(map(quoted, columns))


def table_sql(table: Table) -> str:
    """The CREATE TABLE of a table, without its indexes and triggers."""
    modules = [each for each in table.options if each.startswith("VIRTUAL TABLE ")]
    if modules:
        return f"CREATE VIRTUAL TABLE {quoted(table.name)} USING {modules[0][14:]}"
    lines = ",\n".join(f"  {line}" for line in _lines(table))
    ending = [each for each in ("WITHOUT ROWID",) if each in table.options]
    ending += ["STRICT"] if table.strict else []
    return f"CREATE TABLE {quoted(table.name)} (\n{lines}\n)" + (
        f" {', '.join(ending)}" if ending else ""
    )


def _lines(table: Table) -> Iterator[str]:
    inline = next((column.name for column in table.columns if column.numbered), None)
    for column in table.columns:
        yield column_sql(column)
    key = table.primary_key
    if key is not None and inline is None:
        yield f"{named(key.name)}PRIMARY KEY ({names(key.columns)}){_conflict(key)}"
    for unique in table.uniques:
        yield f"{named(unique.name)}UNIQUE ({names(unique.columns)}){_conflict(unique)}"
    for check in table.checks:
        yield check_sql(check)
    for reference in table.foreign_keys:
        yield reference_sql(reference)


def named(name: str | None) -> str:
    """The beginning of a constraint that may have a name."""
    return "" if name is None else f"CONSTRAINT {quoted(name)} "


def _conflict(key: Key) -> str:
    return f" ON CONFLICT {key.on_conflict}" if key.on_conflict else ""


def column_sql(column: Column) -> str:
    """A column's definition."""
    parts = [quoted(column.name), column.type]
    if column.numbered:
        parts.append("PRIMARY KEY" + (" AUTOINCREMENT" if column.never_reused else ""))
    elif not column.nullable:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {default_sql(column.default)}")
    if column.collation is not None:
        parts.append(f"COLLATE {column.collation}")
    if column.generated is not None:
        kind = "STORED" if column.stored else "VIRTUAL"
        parts.append(f"GENERATED ALWAYS AS ({column.generated}) {kind}")
    return " ".join(part for part in parts if part)


_LITERAL = re.compile(r"[+-]?[0-9.]+|x?'(?:[^']|'')*'|[A-Za-z_]+", re.IGNORECASE)


def default_sql(expression: str) -> str:
    """A default as it stands behind DEFAULT: in parentheses unless it is a literal."""
    if _LITERAL.fullmatch(expression) or expression.startswith("("):
        return expression
    return f"({expression})"


def check_sql(check: Check) -> str:
    """A CHECK constraint."""
    return f"{named(check.name)}CHECK ({check.expression})"


def reference_sql(key: ForeignKey) -> str:
    """A foreign key constraint; what PostgreSQL alone has is left out."""
    text = f"{named(key.name)}FOREIGN KEY ({names(key.columns)}) REFERENCES {quoted(key.target)}"
    if key.target_columns:
        text += f" ({names(key.target_columns)})"
    return text + actions_sql(key)


def actions_sql(key: ForeignKey) -> str:
    """What a foreign key does, behind its target; nothing where all is as usual."""
    text = ""
    if key.on_delete is not Action.NO_ACTION:
        text += f" ON DELETE {key.on_delete}"
    if key.on_update is not Action.NO_ACTION:
        text += f" ON UPDATE {key.on_update}"
    if key.deferrable:
        text += " DEFERRABLE INITIALLY " + ("DEFERRED" if key.deferred else "IMMEDIATE")
    return text


def index_sql(index: Index, table: str) -> str:
    """A CREATE INDEX."""
    parts = []
    for part in index.parts:
        text = part.text if part.is_expression else quoted(part.text)
        if part.collation is not None:
            text += f" COLLATE {part.collation}"
        parts.append(text + (" DESC" if part.descending else ""))
    unique = "UNIQUE " if index.unique else ""
    where = "" if index.predicate is None else f" WHERE {index.predicate}"
    head = f"CREATE {unique}INDEX {quoted(index.name)} ON {quoted(table)}"
    return f"{head} ({', '.join(parts)}){where}"


def trigger_sql(trigger: Trigger, table: str) -> str:
    """A CREATE TRIGGER."""
    event = trigger.events[0] if trigger.events else "INSERT"
    if trigger.update_of:
        event += f" OF {names(trigger.update_of)}"
    when = "" if trigger.condition is None else f"\nWHEN {trigger.condition}"
    return (
        f"CREATE TRIGGER {quoted(trigger.name)}\n{trigger.timing} {event} ON {quoted(table)}\n"
        f"FOR EACH ROW{when}\nBEGIN\n  {trigger.action}\nEND"
    )


def view_sql(view: View) -> str:
    """A CREATE VIEW."""
    return f"CREATE VIEW {quoted(view.name)} AS\n{view.definition}"
