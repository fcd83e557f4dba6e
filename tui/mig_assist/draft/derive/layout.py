"""How the statements of a libsql rebuild are laid out: as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.reader import edited
from mig_assist.draft.derive.table_text import Definition
from mig_assist.engines.sqlite_tokens import unquoted

_COMMENT = re.compile(r"--|/\*")


def laid_out(sql: str, indent: str) -> str:
    """A CREATE TABLE with a line for each column and constraint, and no needless quotes.

    A table that is written so keeps its own layout and comments; what SQLite has put behind its
    last column comes into line.
    """
    table = Definition(sql)
    start, end = table.name_span
    changes: list[tuple[int, int, str]] = []
    if sql[start:end] != (plain := quoted(unquoted(sql[start:end]))):
        changes.append((start, end, plain))
    if not table.items:
        return edited(sql, changes)
    opening = sql.rindex("(", 0, table.items[0].start) + 1
    starts = [opening, *(comma + 1 for comma in table.commas)]
    gaps = [(begin, item.start) for begin, item in zip(starts, table.items, strict=False)]
    broken = [sql[begin:stop] for begin, stop in gaps if "\n" in sql[begin:stop]]
    if broken and len(broken) * 2 < len(gaps):
        return edited(sql, changes)  # its lines hold several columns each, as its author liked
    own = broken[0].rpartition("\n")[2] if broken else indent
    for begin, stop in gaps:
        gap = sql[begin:stop]
        if "\n" not in gap and not _COMMENT.search(gap):
            changes.append((begin, stop, f"\n{own}"))
    if table.commas:
        changes += [
            (len(sql[:comma].rstrip()), comma, "")
            for item, comma in zip(table.items, table.commas, strict=False)
            if not sql[item.end : comma].strip()
        ]
    tail = sql[table.items[-1].end : table.closing]
    if "\n" not in tail and not _COMMENT.search(tail):
        changes.append((table.items[-1].end, table.closing, "\n"))
    return edited(sql, changes)


def paragraphs(statements: Sequence[str]) -> str:
    """Statements one below the other, those of several lines with a blank line around them."""
    text = ""
    for number, sql in enumerate(statements):
        if number:
            single = "\n" not in sql and "\n" not in statements[number - 1]
            text += ";\n" if single else ";\n\n"
        text += sql
    return text
