"""How the statements of a libsql rebuild are laid out: as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from mig_assist.backend import Backend
from mig_assist.draft.derive.habits import guarded
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.reader import edited
from mig_assist.draft.derive.table_text import Definition
from mig_assist.draft.house.model import SideStyle
from mig_assist.draft.spelling import cased
from mig_assist.engines.sqlite_tokens import unquoted

_COMMENT = re.compile(r"--|/\*")
_CREATED = re.compile(r"CREATE (?:UNIQUE )?(?:TABLE|INDEX)\b")
_PRAGMA = re.compile(r"PRAGMA\s+(?P<name>\w+)(?:\s*[=(]\s*(?P<value>\w+)\s*\)?)?", re.IGNORECASE)


def laid_out(sql: str, style: SideStyle) -> str:
    """A CREATE TABLE with a line for each column and constraint, and no needless quotes.

    A table that is written so keeps its own layout and comments; what SQLite has put behind its
    last column comes into line.
    """
    table = Definition(sql)
    start, end = table.name_span
    changes: list[tuple[int, int, str]] = []
    plain = quoted(unquoted(sql[start:end]))
    if not style.quotes and sql[start:end] != plain:
        changes.append((start, end, plain))
    if not table.items or table.leads_with_commas:
        return edited(sql, changes)
    opening = sql.rindex("(", 0, table.items[0].start) + 1
    starts = [opening, *(comma + 1 for comma in table.commas)]
    gaps = [(begin, item.start) for begin, item in zip(starts, table.items, strict=False)]
    broken = [sql[begin:stop] for begin, stop in gaps if "\n" in sql[begin:stop]]
    if broken and len(broken) * 2 < len(gaps):
        return edited(sql, changes)  # its lines hold several columns each, as its author liked
    own = broken[0].rpartition("\n")[2] if broken else style.indent
    last = max((begin for begin, stop in gaps if "\n" in sql[begin:stop]), default=-1)
    for begin, stop in gaps:
        gap = sql[begin:stop]
        line = sql[:begin].rpartition("\n")[2].strip()
        if "\n" not in gap and (begin > last or line == ",") and not _COMMENT.search(gap):
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


def in_manner(statements: Sequence[str], own: Collection[str], context: Context) -> Iterator[str]:
    """The statements of a rebuild in the house's case, with its guards and between its PRAGMA.

    Args:
        own: the texts that the house has written itself.
    """
    style = context.house.libsql
    before, after = _pragmas(context.house.rebuild_pragmas)
    yield from (sql for sql in before if sql not in statements)
    for sql in statements:
        theirs = sql in own or sql.startswith("CREATE TABLE")
        head = _CREATED.match(sql)
        if theirs and head is not None:  # the words that SQLite puts in place of the author's
            sql = cased(head[0], style.keywords) + sql[head.end() :]
        elif not theirs:
            sql = cased(sql, style.keywords)
        yield guarded(sql, Backend.LIBSQL, context)
    yield from after


def _pragmas(said: str) -> tuple[list[str], list[str]]:
    """The house's PRAGMA before and behind a rebuild, by what they are for."""
    before: list[str] = []
    after: list[str] = []
    for text in said.split("; "):
        match = _PRAGMA.fullmatch(text.strip())
        if match is None:
            continue
        name, value = match["name"].lower(), (match["value"] or "").lower()
        on = value in ("on", "1", "true", "yes")
        if name in ("foreign_key_check", "integrity_check", "quick_check"):
            after.append(text.strip())
        elif name in ("foreign_keys", "defer_foreign_keys", "legacy_alter_table") and value:
            (before if on is not (name == "foreign_keys") else after).append(text.strip())
    return list(dict.fromkeys(before)), list(dict.fromkeys(after))


def paragraphs(statements: Sequence[str]) -> str:
    """Statements one below the other, those of several lines with a blank line around them."""
    text = ""
    for number, sql in enumerate(statements):
        if number:
            single = "\n" not in sql and "\n" not in statements[number - 1]
            text += ";\n" if single else ";\n\n"
        text += sql
    return text
