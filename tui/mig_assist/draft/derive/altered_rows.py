"""The rows of a rebuilt table: those that a copy leaves out or changes."""

from __future__ import annotations

from collections.abc import Iterator

from mig_assist.backend import Backend
from mig_assist.draft.derive.alter_text import Alteration, Phase
from mig_assist.draft.derive.altered_table import AlteredTable
from mig_assist.draft.derive.copies import Copy, of_table
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.reader import Reader, spaced, with_names
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold


def doubtful_copies(work: AlteredTable) -> Iterator[str]:
    """What a person has to decide about the copies of the rows."""
    yield from work.unclear
    if work.copy is None:
        yield "No row of the old table is copied: decide what becomes of them here."
        return
    if len(work.rebuild.copies) > 1:
        yield "The rows come in several copies: see what each of them leaves out or changes."
    if work.copy.other:
        yield f"The rows are copied with {work.copy.other}: carry that here."
    if work.copy.conflict in ("IGNORE", "REPLACE"):
        yield f"INSERT OR {work.copy.conflict} leaves out rows that break new rules."
    key = next((column for column in work.after.columns if column.numbered), None)
    if key is not None and fold(key.name) in work.old and work.fate.items[fold(key.name)] is None:
        yield f"The rows get new numbers in {key.name} on libsql; here they keep theirs."


def deletes(work: AlteredTable) -> Iterator[Alteration]:
    """The rows that a copy leaves out."""
    copy = work.copy
    if copy is None or copy.other or (copy.where is None and not copy.joined):
        return
    if len(work.rebuild.copies) > 1:
        return
    if copy.joined:
        if "LEFT" in _words(copy.sources) and copy.where is None:
            return
        yield from _delete_unjoined(work, copy)
        return
    where = of_table(copy.where or "", copy, work.before)
    text = work.expression(_negated(where, work.before))
    yield Alteration(
        Phase.DELETE,
        f"DELETE FROM {work.side.table}\nWHERE {text.text}",  # noqa: S608
        text.doubts,
    )


def _delete_unjoined(work: AlteredTable, copy: Copy) -> Iterator[Alteration]:
    joined = _same_row(work, copy)
    if joined is None:
        yield Alteration(
            Phase.DELETE, "", ("The copy leaves out the rows that its JOIN does not find.",)
        )
        return
    where = f"{joined} AND ({copy.where})" if copy.where else joined
    name = libsql_name(work.before.name)
    yield work.translated(
        Phase.DELETE,
        f"DELETE FROM {name}\nWHERE NOT EXISTS (\n  SELECT 1\n  FROM {_sources(work, copy)}\n"  # noqa: S608
        f"  WHERE {where}\n)",
    )


def _sources(work: AlteredTable, copy: Copy) -> str:
    """FROM with the old table by a name that is not the changed table's."""
    reader = Reader(copy.sources, Backend.LIBSQL)
    reader.name()
    rest = copy.sources[reader.end(reader.place - 1) :]
    if copy.alias:
        return libsql_name(work.before.name) + rest
    renamed = with_names(rest, {fold(copy.source): "source"}, Backend.LIBSQL)
    return f"{libsql_name(work.before.name)} AS source{renamed}"


def _same_row(work: AlteredTable, copy: Copy) -> str | None:
    key = work.before.primary_key
    if key is None:
        return None
    alias, name = libsql_name(copy.alias) if copy.alias else "source", work.before.name
    return " AND ".join(
        f"{alias}.{libsql_name(c)} = {libsql_name(name)}.{libsql_name(c)}" for c in key.columns
    )


def updates(work: AlteredTable, sets: list[tuple[str, str]]) -> Iterator[Alteration]:
    """The values that a copy gives, once the columns are there; ``sets`` has them by column."""
    copy = work.copy
    if not sets or copy is None or copy.other or len(work.rebuild.copies) > 1:
        return
    rest = ""
    if copy.joined:
        joined = _same_row(work, copy)
        if joined is None:
            yield work.mark(Phase.UPDATE, "The copy takes values from a JOIN.")
            return
        if not copy.alias:
            sets = [
                (c, with_names(e, {fold(copy.source): "source"}, Backend.LIBSQL)) for c, e in sets
            ]
        where = f"{joined} AND ({copy.where})" if copy.where else joined
        rest = f"\nFROM {_sources(work, copy)}\nWHERE {where}"
    elif len(sets) == 1:
        column, item = sets[0]
        null = _filled_null(item)
        if null is not None and fold(null[0]) == fold(column):
            sets, rest = [(column, null[1])], f"\nWHERE {libsql_name(column)} IS NULL"
    assigned = ",\n    ".join(f"{libsql_name(column)} = {item}" for column, item in sets)
    text = work.filling().statement(f"UPDATE {libsql_name(work.before.name)}\nSET {assigned}{rest}")
    if text.text:
        yield Alteration(Phase.UPDATE, text.text, text.doubts)


def _words(sql: str) -> frozenset[str]:
    """The words of a text in upper case."""
    return frozenset(word.upper() for word in spaced(sql, Backend.LIBSQL))


def _filled_null(item: str) -> tuple[str, str] | None:
    """The column and the value of COALESCE(column, value)."""
    reader = Reader(item, Backend.LIBSQL)
    if reader.peek() not in ("COALESCE", "IFNULL") or reader.peek(1) != "(":
        return None
    reader.place += 1
    inner = Reader(reader.group(), Backend.LIBSQL)
    if not reader.at_end:
        return None
    parts = list(inner.parts(lambda: False))
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _negated(where: str, table: Table) -> str:
    """The condition that is true just where another one is false or NULL."""
    words = spaced(where, Backend.LIBSQL)
    if len(words) == 4 and words[1:] == ("is", "not", "null"):
        return where[: where.upper().rindex("NOT")] + "NULL"
    if len(words) == 3 and words[1:] == ("is", "null"):
        return where[: where.upper().rindex("NULL")] + "NOT NULL"
    tokens = Reader(where, Backend.LIBSQL).tokens
    known = {fold(column.name) for column in table.columns if not column.nullable}
    used = {token.folded for token in tokens if token.is_name} & {
        fold(column.name) for column in table.columns
    }
    opposite = {"=": "<>", "==": "<>", "<>": "=", "!=": "=", "<": ">=", ">": "<=", "<=": ">"} | {
        ">=": "<"
    }
    if used <= known and tokens and tokens[0].is_name:
        if len(tokens) == 3 and tokens[1].key in opposite and not tokens[2].is_name:
            place = tokens[1].start
            end = place + len(tokens[1].text)
            return where[:place] + opposite[tokens[1].key] + where[end:]
        reader = Reader(where, Backend.LIBSQL)
        reader.place = 1
        if reader.accept("IN"):
            reader.skip_group()
            if reader.at_end and "SELECT" not in _words(where):
                place = tokens[1].start
                return where[:place] + "NOT " + where[place:]
    return f"({where}) IS NOT TRUE"
