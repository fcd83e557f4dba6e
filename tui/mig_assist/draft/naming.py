"""A migration's name suggested from what its SQL does, and the template that suits a name."""

from __future__ import annotations

import re

from mig_assist.backend import Backend


def suggest_name(sql: str, backend: Backend) -> str | None:
    """A descriptive name for a script, or None where it cannot be told.

    The first statement that changes the schema decides; data statements count only where no
    other is there.
    """
    import sqlglot
    from sqlglot import errors, exp

    dialect = "sqlite" if backend is Backend.LIBSQL else "postgres"
    try:
        parsed = sqlglot.parse(sql, dialect=dialect, error_level=sqlglot.ErrorLevel.IGNORE)
    except errors.SqlglotError:
        return None
    names = [_of_schema_change(node) for node in parsed if isinstance(node, exp.Expr)]
    names += [_of_data_change(node) for node in parsed if isinstance(node, exp.Expr)]
    return next((_snake(name) for name in names if name), None)


def suggest_template(name: str) -> str:
    """The migration template that a name calls for."""
    words = name.split("_")
    if words[0] == "add" and any(word in ("index", "indexes", "idx") for word in words):
        return "add-index"
    if words[0] == "index" or words[-1] in ("index", "indexes", "idx"):
        return "add-index"
    if words[0] == "add" and ("to" in words[1:] or "column" in words):
        return "add-column"
    if words[0] in ("drop", "remove", "rename", "backfill", "validate", "rebuild", "widen"):
        return "blank"
    return "create-table"


def _of_schema_change(node: object) -> str | None:
    from sqlglot import exp

    if isinstance(node, exp.Create):
        target = node.this
        if node.kind == "INDEX" and isinstance(target, exp.Index):
            table = target.args.get("table")
            return f"index_{table.name}" if isinstance(table, exp.Table) else None
        table = target.find(exp.Table)
        name = table.name if table is not None else ""
        if not name:
            return None
        return name if node.kind == "TABLE" else f"{name}_{str(node.kind).lower()}"
    if isinstance(node, exp.Drop):
        table = node.find(exp.Table)
        return f"drop_{table.name}" if table is not None else None
    if isinstance(node, exp.Alter):
        return _of_alter(node)
    return None


def _of_alter(node: object) -> str | None:
    from sqlglot import exp

    if not isinstance(node, exp.Alter) or not isinstance(node.this, exp.Table):
        return None
    table = node.this.name
    for action in node.args.get("actions") or ():
        if isinstance(action, exp.ColumnDef):
            return f"add_{action.name}_to_{table}"
        if isinstance(action, exp.Drop):
            return f"drop_{action.this.name}_from_{table}"
        if isinstance(action, exp.RenameColumn):
            return f"rename_{table}_{action.this.name}"
        if isinstance(action, exp.AlterRename):
            return f"rename_{table}"
        if isinstance(action, exp.AddConstraint):
            return f"constrain_{table}"
    return f"alter_{table}_definition"


def _of_data_change(node: object) -> str | None:
    from sqlglot import exp

    words = {exp.Insert: "seed", exp.Update: "backfill", exp.Delete: "prune"}
    for kind, word in words.items():
        if isinstance(node, kind):
            table = node.find(exp.Table)
            return f"{word}_{table.name}" if table is not None else None
    return None


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
