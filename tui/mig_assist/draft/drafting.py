"""What migration templates are given: the answers, the house's habits, and changes as SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context, derive
from mig_assist.draft.derive.layout import paragraphs
from mig_assist.draft.derive.libsql_text import default_sql
from mig_assist.draft.derive.rebuilding import (
    Order,
    indexes_of,
    rebuild_statements,
    triggers_of,
)
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.table_text import Definition, Item
from mig_assist.draft.house.model import NAMES, SideStyle
from mig_assist.draft.house.naming import filled
from mig_assist.draft.questions import Answers
from mig_assist.draft.scaffolds import Later
from mig_assist.draft.spelling import identifier
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.errors import WrongUse

TODO = "-- mig-assist: todo "


@dataclass(frozen=True)
class Drafting:
    """One migration that is drafted.

    Attributes:
        answers: as :func:`mig_assist.draft.questions.checked` returns them.
        open: what the template needs answered and is not, in words.
        around: reads both schemas before the version, and the house; not asked in vain, for that
            takes seconds where there are a thousand versions.
    """

    version: int
    name: str
    answers: Answers
    open: Sequence[str]
    around: Callable[[], Context]

    @cached_property
    def context(self) -> Context:
        """Both schemas before the version, and the house."""
        return self.around()

    def values(self, table: str, column: str, label: str) -> Mapping[str, object]:
        """The variables and functions of a template.

        Args:
            table, column: what stands for them where they are not answered.
        """
        given = {**self.answers}
        given["table"] = given.get("table") or table
        given["column"] = given.get("column") or column
        functions: Mapping[str, Callable[..., str]] = {
            "header": lambda question: self._header(label, question),
            "todo": self._todo,
            "guard": self._guard,
            "named": self._named,
            "object_name": lambda kind, columns: self._free(kind, given["table"], columns),
            "names": lambda text: ", ".join(self._id(name) for name in _names(text)),
            "id": self._id,
            "default_sql": default_sql,
            "reference": self._reference,
            "column_definition": lambda: self._column(given["column"]),
            "table_definition": self._create,
            "constrained": lambda: self._constrained(label),
            "rebuilt": lambda: self._rebuilt(label),
            "dropped": lambda: self._dropped(given["table"], label),
        }
        return {
            **dict.fromkeys(_KEYS, ""),
            **given,
            **functions,
            "version": self.version,
            "name": self.name,
            "label": label,
            "indent": Later(lambda: self._side.indent),
            "answered_column": self.answers.get("column", ""),
            "strict": Later(lambda: " STRICT" if self._strict else ""),
            "nothing": Later(lambda: self._side.no_op.strip().removesuffix(";") or "SELECT 1"),
            "complete": not self.open,
        }

    @property
    def _side(self) -> SideStyle:
        """How the house writes libsql's files."""
        return self.context.house.libsql

    @property
    def _strict(self) -> bool:
        """A house without habits gets the stricter tables."""
        house = self.context.house
        return house.strict or not house.traits

    def _id(self, name: str) -> str:
        return identifier(name, self.context.house.libsql.quotes)

    def _header(self, label: str, question: str) -> str:
        summary = " ".join(self.answers.get("summary", "").split())
        house = self.context.house
        if not summary and not self.open and house.traits and not house.libsql.header:
            return ""
        said = summary or f"mig-assist: todo  {question}"
        return f"-- V{self.version} {self.name} ({label}): {said}\n"

    def _todo(self, question: str) -> str:
        return f"{TODO} {question}\n" if self.open else ""

    def _free(self, kind: str, table: str, columns: str) -> str:
        """The name of an index that the house would choose, or the next one that is free."""
        names, schema = _names(columns), self.context.libsql
        taken = {fold(index.name) for owner in schema.tables for index in owner.indexes}
        taken |= {fold(each.name) for each in schema.tables}
        taken |= {fold(view.name) for view in schema.views}
        wished = self.context.house.libsql.name(kind, table, names)
        if fold(wished) in taken:
            wished = filled(NAMES[kind], table, names)
        name, number = wished, 1
        while fold(name) in taken:
            number += 1
            name = f"{wished}{number}"
        return name

    def _named(self, kind: str, columns: str | Sequence[str], inline: bool = False) -> str:
        side = self.context.house.libsql
        if not side.named.get(f"inline {kind}" if inline else kind, False):
            return ""
        name = side.name(kind, self.answers.get("table", ""), _names(columns))
        return f"CONSTRAINT {self._id(name)} "

    def _reference(self) -> str:
        """REFERENCES … of the answers, with the key of the table that is meant."""
        table, _, rest = self.answers.get("references", "").partition("(")
        parent = self.context.libsql.table(table.strip())
        key = parent.primary_key.columns if parent and parent.primary_key else ()
        columns = _names(rest.strip().removesuffix(")")) if rest else key
        listed = f" ({', '.join(map(self._id, columns))})" if columns else ""
        action = self.answers.get("on_delete", "")
        plain = action in ("", "no action") and not self.context.house.libsql.on_delete
        deletes = "" if plain else f" ON DELETE {(action or 'no action').upper()}"
        return f"REFERENCES {self._id(table.strip())}{listed}{deletes}"

    def _column(self, column: str) -> str:
        """The definition of a column that is added."""
        if not self.answers.get("type"):
            return f"{self._id(column)} TEXT NOT NULL DEFAULT ''"
        parts = [self._id(column), self.answers["type"]]
        default = self.answers.get("default")
        # SQLite looks at this only where the table has rows (lang_altertable.html, 4), so that a
        # rehearsal does not show it.
        if self.answers.get("not_null") == "yes" and (not default or default.upper() == "NULL"):
            raise _cannot_add("NOT NULL asks for a default that is not NULL", "--default")
        if default and not _CONSTANT.fullmatch(default):
            raise _cannot_add("its default has to be a constant", "--default")
        if default and default.upper() != "NULL" and self.answers.get("references"):
            raise _cannot_add("a reference that is added begins as NULL", "--references")
        if self.answers.get("not_null") == "yes":
            parts.append("NOT NULL")
        if default:
            parts.append(f"DEFAULT {default_sql(default)}")
        if check := self.answers.get("check"):
            parts.append(f"{self._named('CHECK', column, True)}CHECK ({check})")
        if self.answers.get("references"):
            parts.append(f"{self._named('FOREIGN KEY', column, True)}{self._reference()}")
        return " ".join(parts)

    def _create(self) -> str:
        """The columns and constraints of a new table, with what stands behind them."""
        house = self.context.house
        text = Definition(f"CREATE TABLE x ({self.answers['definitions']})")
        lines = [text.sql[item.start : item.end] for item in text.items]
        key = _names(self.answers.get("key", ""))
        if not key and "PRIMARY" not in {clause.kind for _, clause in text.clauses()}:
            key = tuple(item.column for item in text.items[:1] if item.column)
        if len(key) == 1:
            lines = [
                self._with_key(lines[place], item) if _is(item, key[0]) else lines[place]
                for place, item in enumerate(text.items)
            ]
        elif key:
            listed = ", ".join(map(self._id, key))
            lines.append(f"{self._named('PRIMARY KEY', key)}PRIMARY KEY ({listed})")
        options = ["STRICT"] if self._strict else []
        options += ["WITHOUT ROWID"] if house.without_rowid and len(key) > 1 else []
        body = ",\n".join(f"{house.libsql.indent}{line}" for line in lines)
        return f"(\n{body}\n)" + (f" {', '.join(options)}" if options else "")

    def _with_key(self, line: str, item: Item) -> str:
        text = Definition(f"CREATE TABLE x ({line})")
        kinds = {clause.kind for clause in item.clauses}
        kind = next((text.sql[c.start : c.end] for _, c in text.clauses() if c.kind == "TYPE"), "")
        rule = f"{self._named('PRIMARY KEY', item.column or '', True)}PRIMARY KEY"
        house = self.context.house
        if kind.upper() == "INTEGER":
            rule += " AUTOINCREMENT" if house.autoincrement else ""
        elif house.keys_not_null and "NOT" not in kinds:
            rule += " NOT NULL"
        own = text.items[0]
        after = next((c for c in own.clauses if c.kind == "TYPE"), None)
        if after is None:
            return f"{line} {rule}"
        changed = text.with_rule(own, rule, after)
        return changed.sql[own.start : changed.closing]

    def _table(self) -> tuple[Table, Definition] | None:
        table = self.context.libsql.table(self.answers.get("table", ""))
        text = self.context.definitions.get(fold(table.name)) if table else None
        return (table, Definition(text)) if table and text else None

    def _constrained(self, label: str) -> str:
        """A rebuild that adds a constraint, or puts it in the place of another one."""
        known = self._table()
        if known is None or self.open:
            return ""
        table, text = known
        values: dict[str, str] = {}
        if replaced := self.answers.get("replaces"):
            text = _without_rule(text, replaced)
        columns = _names(self.answers.get("columns", ""))
        listed = ", ".join(map(self._id, columns))
        match self.answers["rule"]:
            case "check":
                check = self.answers["check"]
                spoken = _columns_in(check, table)
                text = _added(text, f"{self._named('CHECK', spoken)}CHECK ({check})")
            case "unique":
                text = _added(text, f"{self._named('UNIQUE', columns)}UNIQUE ({listed})")
            case "foreign-key":
                named = self._named("FOREIGN KEY", columns)
                text = _added(text, f"{named}FOREIGN KEY ({listed}) {self._reference()}")
            case _:
                for column in columns:
                    text = _not_null(text, column)
                    if default := self.answers.get("default"):
                        values[fold(column)] = f"coalesce({self._id(column)}, {default})"
        return self._rebuild(table, text, values, label)

    def _rebuilt(self, label: str) -> str:
        """A rebuild of a table, with another type, default or NOT NULL for a column if asked."""
        known = self._table()
        if known is None:
            return ""
        table, text = known
        column = self.answers.get("column")
        values: dict[str, str] = {}
        if column:
            if kind := self.answers.get("type"):
                text = _retyped(text, column, kind)
            default = self.answers.get("default")
            if default:
                text = _defaulted(text, column, default_sql(default))
            if self.answers.get("not_null") == "yes":
                text = _not_null(text, column)
                if default:
                    values[fold(column)] = f"coalesce({self._id(column)}, {default})"
            elif self.answers.get("not_null") == "no":
                text = _nullable(text, column)
        return self._rebuild(table, text, values, label)

    def _rebuild(
        self, table: Table, text: Definition, values: Mapping[str, str], label: str
    ) -> str:
        definitions = self.context.definitions
        order = Order(
            text.sql,
            {
                column.name: values.get(fold(column.name), self._id(column.name))
                for column in table.columns
                if column.generated is None
            },
            tuple(indexes_of(table, definitions).values()),
            tuple(triggers_of(table, definitions).values()),
        )
        if label != Backend.LIBSQL.label:
            # What PostgreSQL is derived from: it has no sqlite_sequence to carry over.
            plain = tuple(replace(c, never_reused=False) for c in table.columns)
            table = replace(table, columns=plain)
        called = self.context.house.rebuilt(table.name, self.version)
        script = rebuild_statements(table, order, self.context.libsql, definitions, called)
        doubts = "".join(f"{TODO} {doubt}\n" for doubt in script.doubts)
        return f"{doubts}{paragraphs(script.statements)};"

    def _dropped(self, table: str, label: str) -> str:
        """A table, a column or an index that goes; a column by a rebuild where SQLite refuses."""
        if self.answers.get("what") == "index":
            index = self.answers.get("index", "new_index")
            return f"DROP INDEX {self._guard('DROP INDEX')}{self._id(index)};"
        if self.answers.get("what") != "column":
            return f"DROP TABLE {self._guard('DROP TABLE')}{self._id(table)};"
        column = self.answers.get("column", "")
        sql = f"ALTER TABLE {self._id(table)} DROP COLUMN {self._id(column)};"
        if not column or label != Backend.LIBSQL.label or not refusal(sql, self.context):
            return sql
        # PostgreSQL drops it with its indexes; deriving knows what libsql has to do for that.
        return derive(sql, Backend.POSTGRES, self.context).sql

    def _guard(self, kind: str) -> str:
        return _guard(kind) if self.context.house.libsql.guarded(kind) else ""


_KEYS = (
    "table", "column", "index", "definitions", "key", "columns", "type", "not_null", "default",
    "check", "references", "on_delete", "replaces", "unique", "where", "set", "to", "summary",
    "rule", "what", "side",
)  # fmt: skip


_CONSTANT = re.compile(r"[+-]?[0-9][0-9.]*|x?'(?:[^']|'')*'|NULL|TRUE|FALSE", re.IGNORECASE)


def _cannot_add(why: str, flag: str) -> WrongUse:
    return WrongUse(
        "libsql does not take this add-column",
        f"A column can be added to rows that are there, but {why}.",
        f"Change {flag}, or rebuild the table: --template rebuild.",
    )


def refusal(sql: str, context: Context) -> str:
    """What libsql says against a script after the history; empty where it takes it."""
    rehearsal = Rehearsal(context.libsql, context.definitions)
    try:
        for statement in split_statements(sql, Backend.LIBSQL):
            if said := rehearsal.attempt(statement.text):
                return said
    except SqlSyntaxError as error:
        return error.message
    finally:
        rehearsal.close()
    return ""


def _guard(kind: str) -> str:
    return "IF NOT EXISTS " if kind.startswith("CREATE") else "IF EXISTS "


def _names(columns: str | Sequence[str]) -> tuple[str, ...]:
    """The columns of a list such as ``region, created_at DESC``; what is computed has none."""
    if not isinstance(columns, str):
        return tuple(columns)
    first = (part.split() for part in columns.split(","))
    return tuple(words[0].strip('"`[]') for words in first if words and "(" not in words[0])


def _columns_in(expression: str, table: Table) -> tuple[str, ...]:
    from mig_assist.draft.derive.reader import mentioned

    words = mentioned(expression, Backend.LIBSQL)
    return tuple(column.name for column in table.columns if fold(column.name) in words)


def _is(item: Item, column: str) -> bool:
    return item.column is not None and fold(item.column) == fold(column)


def _added(text: Definition, constraint: str) -> Definition:
    return text.with_item(constraint, is_column=False)


def _without_rule(text: Definition, rule: str) -> Definition:
    for item, clause in text.clauses():
        if " ".join(text.sql[clause.start : clause.end].split()) == rule:
            return text.without(item, clause)
    return text


def _item(text: Definition, column: str) -> Item:
    item = text.column(column)
    if item is None:
        raise WrongUse(
            f"There is no column {column!r}", "The table has no such column.", "Name another one."
        )
    return item


def _not_null(text: Definition, column: str) -> Definition:
    item = _item(text, column)
    if any(clause.kind == "NOT" for clause in item.clauses):
        return text
    after = next((clause for clause in item.clauses if clause.kind == "TYPE"), None)
    return text.with_rule(item, "NOT NULL", after)


def _nullable(text: Definition, column: str) -> Definition:
    item = _item(text, column)
    clause = next((clause for clause in item.clauses if clause.kind == "NOT"), None)
    return text.without(item, clause) if clause else text


def _retyped(text: Definition, column: str, kind: str) -> Definition:
    item = _item(text, column)
    clause = next((clause for clause in item.clauses if clause.kind == "TYPE"), None)
    if clause is None:
        raise WrongUse(f"{column} has no type", "There is nothing to replace.", "Edit the file.")
    return text.replaced(clause.start, clause.end, kind)


def _defaulted(text: Definition, column: str, default: str) -> Definition:
    item = _item(text, column)
    clause = next((clause for clause in item.clauses if clause.kind == "DEFAULT"), None)
    if clause:
        return text.replaced(clause.start, clause.end, f"DEFAULT {default}")
    return text.with_rule(item, f"DEFAULT {default}")
