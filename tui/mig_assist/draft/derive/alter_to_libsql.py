"""PostgreSQL's ALTER TABLE for libsql: word by word where SQLite has words for it."""

from __future__ import annotations

from mig_assist.draft.derive.known import KnownTable
from mig_assist.draft.derive.outcome import Outcome, without_counterpart
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.tables_to_libsql import add_column
from mig_assist.draft.derive.to_libsql import ToLibsql

_NO_COLUMN = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"))
REBUILD = "SQLite has no words for this: rebuild the table."
UNREAD = "This rebuilds {}, which no earlier file of libsql makes that could be read."


def alter_table(writer: ToLibsql) -> Outcome:
    """An ALTER TABLE, each of its actions a statement of its own."""
    size = len(writer.tokens)
    name = 2 + 2 * writer.at(2, "IF", "EXISTS")
    name += writer.key(name) == "ONLY"
    while writer.key(name + 1) == ".":
        name += 2
    if not writer.is_name(name):
        return without_counterpart("This ALTER TABLE was not understood.")
    table = writer.known.table(writer.tokens[name].name)
    if table is None:
        plain = writer.tokens[name].folded
        table = KnownTable(plain, plain)
    writer.tables[writer.tokens[name].folded] = table
    texts: list[str] = []
    spans = writer.split(name + 1, size)
    for span in spans:
        text = _action(writer, table, name, span, alone=len(spans) == 1)
        if text is None:
            known = writer.known.schema_table(table.libsql_name, writer.target) is not None
            return without_counterpart(REBUILD if known else UNREAD.format(table.libsql_name))
        texts.append(text)
    return Outcome(";\n".join(texts), writer.doubts)


def _action(
    writer: ToLibsql, table: KnownTable, name: int, span: Span, *, alone: bool
) -> str | None:
    """An action as a statement; None where SQLite has none for it."""
    k = span.start
    before = writer.tokens[k].before if alone else " "
    head = f"{writer.source_text(Span(0, 2))} {writer.name_text(name)}{before}"
    word = writer.tokens[k].text
    match writer.key(k), writer.key(k + 1):
        case "ADD", following if following not in _NO_COLUMN:
            column = k + 1 + (following == "COLUMN")
            column += 3 * writer.at(column, "IF", "NOT", "EXISTS")
            text = add_column(writer, table, Span(column, span.stop))
            if not _can_be_added(text):
                return None
            writer.known.add_column(table, writer.tokens[column].folded)
            middle = writer.source_text(Span(k, k + 2)) if following == "COLUMN" else word
            return f"{head}{middle} {text}"
        case "RENAME", "TO":
            writer.known.rename(writer.tokens[name].name, writer.tokens[k + 2].name)
            return f"{head}{writer.source_text(Span(k, k + 2))} {writer.name_text(k + 2)}"
        case "RENAME", following if following != "CONSTRAINT":
            old = k + 1 + (following == "COLUMN")
            new = span.stop - 1
            writer.known.rename_column(table, writer.tokens[old].name, writer.tokens[new].name)
            return f"{head}{writer.render(span)}"
        case "DROP", following if following != "CONSTRAINT":
            stop = span.stop
            while writer.key(stop - 1) in ("CASCADE", "RESTRICT"):
                stop -= 1
            column = stop - 1
            writer.known.drop_column(table, writer.tokens[column].name)
            middle = writer.source_text(Span(k, k + 2)) if following == "COLUMN" else word
            return f"{head}{middle} {writer.name_text(column)}"
    return None


def _can_be_added(text: str) -> bool:
    """Whether SQLite adds such a column (https://www.sqlite.org/lang_altertable.html, 4)."""
    upper = f" {text.upper()} "
    if " PRIMARY KEY" in upper or " UNIQUE " in upper:
        return False
    bare = upper.replace("IS NOT NULL", "")
    if " NOT NULL" in bare and " DEFAULT " not in upper and " GENERATED " not in upper:
        return False
    return not ("DEFAULT CURRENT_" in upper or "DEFAULT (" in upper)
