"""PostgreSQL's CREATE TABLE and ADD COLUMN for libsql."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mig_assist.backend import Backend
from mig_assist.draft.derive.constraints_to_libsql import (
    CASE_FOLDING,
    clause_text,
    constraint_text,
)
from mig_assist.draft.derive.definitions import (
    Clause,
    ColumnDefinition,
    TableDefinition,
    read_column,
    read_table,
)
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.outcome import (
    LEFT_OUT,
    MARK,
    Outcome,
    nothing,
    one_line,
    without_counterpart,
)
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.types_of import HouseTypesBySide, beside, length_of, to_libsql
from mig_assist.draft.derive.words import spelled_name
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.spelling import literal

NOTHING_COMES: Mapping[str, tuple[str, str]] = MappingProxyType({})
SERIALS = frozenset("SERIAL BIGSERIAL SMALLSERIAL SERIAL2 SERIAL4 SERIAL8".split())


def create_table(writer: ToLibsql, name: int) -> Outcome:
    """A CREATE TABLE whose name stands at a place."""
    size = len(writer.tokens)
    if writer.at(name + 1, "PARTITION", "OF"):
        return nothing("libsql has no partitions: the rows stand in the table itself.")
    if writer.find(0, size, "INHERITS") < size:
        return without_counterpart("libsql has no inheritance: write the columns of both tables.")
    table = read_table(writer, name)
    if table is None or (writer.key(table.closing + 1) == "AS"):
        if writer.key(name + 1) == "AS":
            from mig_assist.draft.derive.queries import name_tables

            name_tables(writer)
            return Outcome(writer.render(Span(0, size)), writer.doubts)
        return without_counterpart("This CREATE TABLE was not understood.")
    if any(writer.key(column.name) == "LIKE" for column in table.columns):
        return without_counterpart("libsql has no LIKE in CREATE TABLE: write the columns.")
    if writer.find(table.closing, size, "PARTITION") < size:
        writer.doubt("libsql has no partitions, and so takes rows of none, too.")
    known, doubts = _known_table(writer, table)
    writer.tables[known.postgres_name.lower()] = known
    items = _items(writer, table, known, doubts)
    head = _head(writer, table)
    options = " STRICT" if known.strict else ""
    opening = writer.tokens[table.opening].before
    writer.known.remember(known)
    if writer.source_text(Span(0, 1)).islower():
        options = options.lower()
    text = f"{head}{opening}({items}){options}"
    return Outcome(";\n".join((text, *writer.following)), writer.doubts)


def _items(
    writer: ToLibsql, table: TableDefinition, known: KnownTable, doubts: Mapping[str, list[str]]
) -> str:
    """The columns and constraints with what stands between them, a mark above each that asks."""
    numbered_inline = _numbered_by_table(table, known)
    out = waiting = ""
    # PostgreSQL takes a constraint before a column, SQLite does not.
    items: list[ColumnDefinition | Clause] = [*table.columns, *table.constraints]
    for item in items:
        start = item.name if isinstance(item, ColumnDefinition) else item.span.start
        asked, said = len(writer.doubts), []
        if isinstance(item, ColumnDefinition):
            token = writer.tokens[item.name]
            inline = token.folded if token.folded == numbered_inline else ""
            text: str | None = column_text(writer, item, known, primary=bool(inline))
            said = doubts.get(token.folded, [])
        elif item.kind == "PRIMARY" and numbered_inline:
            text = None
        else:
            text = constraint_text(writer, item, known)
        before = writer.tokens[start].before
        if "\n" in before:  # a mark needs a line of its own
            rules = writer.doubts[asked:]
            del writer.doubts[asked:]
            # Whoever decides on the type decides on its values, too.
            said = [*said, *(each for each in rules if not said or LEFT_OUT in each)]
            lines, _, indent = before.rpartition("\n")
            marks = "".join(f"\n{indent}-- {MARK} {one_line(doubt)}" for doubt in said)
            before = f"{lines}{marks}\n{indent}"
        else:
            for doubt in said:
                writer.doubt(doubt)
        if waiting and "\n" not in before:
            last = waiting.rpartition("\n")[2]
            before = "\n" + last[: len(last) - len(last.lstrip())] + before.lstrip(" ")
        before, waiting = waiting + before, ""
        if text is None:
            kept = before.rstrip()
            waiting = kept if "--" in kept or "/*" in kept else ""
            continue
        gap = writer.tokens[start - 1].before if writer.key(start - 1) == "," else ""
        comma = f"{gap}," if out else ""
        out += comma + before + text
    closing = writer.tokens[table.closing].before
    if waiting and "\n" not in closing:
        closing = "\n" + closing
    return out + waiting + closing


def _head(writer: ToLibsql, table: TableDefinition) -> str:
    out = ""
    for k in range(table.opening):
        if writer.key(k) == "." or writer.key(k + 1) == "." or writer.key(k) == "UNLOGGED":
            continue
        before = writer.tokens[k].before if k else ""
        if k == table.name and writer.key(k - 1) == ".":
            before = writer.tokens[k - 2].before
            if writer.tokens[k - 2].folded != "public":
                writer.doubt(f"libsql has no schemas: {writer.tokens[k - 2].name} was left out.")
        out += before + writer.name_text(k)
    return out


def _known_table(
    writer: ToLibsql, table: TableDefinition
) -> tuple[KnownTable, Mapping[str, list[str]]]:
    """A table that is made, and what is uncertain about the type of each of its columns."""
    token = writer.tokens[table.name]
    name = token.name if token.sort is Sort.NAME else token.folded
    known = KnownTable(name, name, strict=bool(writer.known.types.strict))
    known.primary_key = _primary_key(writer, table)
    targets = _targets(writer, table)
    doubts: dict[str, list[str]] = {}
    coming = {writer.tokens[c.name].folded: (_declared(writer, c), "") for c in table.columns}
    for column in table.columns:
        asked, folded = len(writer.doubts), writer.tokens[column.name].folded
        known_column(writer, column, known, targets.get(folded), coming)
        doubts[folded] = writer.doubts[asked:]
        del writer.doubts[asked:]
    return known, doubts


def known_column(
    writer: ToLibsql,
    column: ColumnDefinition,
    known: KnownTable,
    target: str | None = None,
    coming: Mapping[str, tuple[str, str]] = NOTHING_COMES,
) -> KnownColumn:
    """What a column is on both sides; the table knows it from here on.

    Args:
        coming: the types of the columns that the table will have, and empty texts.
    """
    token = writer.tokens[column.name]
    declared = _declared(writer, column)
    serial = declared.upper() in SERIALS
    generated = column.clause("GENERATED")
    identity = generated is not None and any(
        writer.key(k) == "IDENTITY" for k in range(generated.body, generated.span.stop)
    )
    key = known.primary_key == (token.folded,)
    domain = _domain(writer, declared)
    there = {name: (each.postgres, each.libsql) for name, each in known.columns.items()}
    chosen = {**coming, **there}
    mapped = to_libsql(
        token.name,
        domain or declared,
        writer.known.types,
        known.strict,
        own=writer.known.enums,
        beside=beside(chosen, token.folded, domain or declared),
    )
    text = mapped.text
    if target:
        text = target
    elif mapped.doubt:
        writer.doubt(f"{mapped.doubt}.")
    if serial or identity:
        text = "INTEGER"
        if not key:
            writer.doubt(f"{token.name} numbers itself, which on libsql only a primary key does.")
    made = KnownColumn(
        token.name,
        token.name if token.sort is Sort.NAME else token.folded,
        text,
        postgres_name(declared) + _modifier(declared),
        nullable=column.clause("NOT") is None and not key,
        numbered=(serial or identity) and key,
    )
    known.columns[token.folded] = made
    return made


def _modifier(declared: str) -> str:
    modifier = split_modifier(declared)[1]
    return f"({modifier})" if modifier else ("[]" if declared.endswith("[]") else "")


def _declared(writer: ToLibsql, column: ColumnDefinition) -> str:
    start, stop = column.type
    while writer.key(start + 1) == ".":
        start += 2
    return writer.source_text(Span(start, stop))


def _domain(writer: ToLibsql, declared: str) -> str:
    """The type below a domain; empty where it is none."""
    wanted = declared.strip('"').lower()
    for domain in writer.known.postgres.domains:
        if domain.name.lower() == wanted:
            return domain.type
    return writer.known.domains.get(wanted, ("", ""))[0]


def _primary_key(writer: ToLibsql, table: TableDefinition) -> tuple[str, ...]:
    for column in table.columns:
        if column.clause("PRIMARY"):
            return (writer.tokens[column.name].folded,)
    for clause in table.constraints:
        if clause.kind == "PRIMARY":
            return tuple(
                writer.tokens[span.start].folded for span in writer.arguments(clause.body + 2)
            )
    return ()


def _targets(writer: ToLibsql, table: TableDefinition) -> Mapping[str, str]:
    """libsql's types of the columns that columns refer to."""
    found: dict[str, str] = {}
    for item in table.items:
        if isinstance(item, ColumnDefinition):
            clause = item.clause("REFERENCES")
            if clause is not None:
                found.update(target_types(writer, [writer.tokens[item.name].folded], clause.body))
        elif item.kind == "FOREIGN":
            names = [writer.tokens[span.start].folded for span in writer.arguments(item.body + 2)]
            found.update(target_types(writer, names, writer.close(item.body + 2) + 1))
    return found


def target_types(writer: ToLibsql, names: list[str], k: int) -> dict[str, str]:
    """The types at ``REFERENCES …``; empty where the target is not known."""
    place = k + 1
    while writer.key(place + 1) == ".":
        place += 2
    target = writer.known.table(writer.tokens[place].name) if writer.is_name(place) else None
    if target is None:
        return {}
    if writer.key(place + 1) == "(":
        columns = [writer.tokens[span.start].folded for span in writer.arguments(place + 1)]
    else:
        columns = [column.lower() for column in target.primary_key]
    return {
        name: target.columns[column].libsql
        for name, column in zip(names, columns, strict=False)
        if column in target.columns
    }


def _numbered_by_table(table: TableDefinition, known: KnownTable) -> str:
    """The numbered column whose PRIMARY KEY stands at the end of the table."""
    if any(column.clause("PRIMARY") for column in table.columns) or len(known.primary_key) != 1:
        return ""
    column = known.columns.get(known.primary_key[0])
    return known.primary_key[0] if column is not None and column.numbered else ""


def column_text(
    writer: ToLibsql, column: ColumnDefinition, known: KnownTable, *, primary: bool = False
) -> str:
    """A column's definition.

    Args:
        primary: whether the column is the row id by a constraint of the table.
    """
    token = writer.tokens[column.name]
    here = known.columns[token.folded]
    before = (
        writer.tokens[column.type.start].before if column.type.start < column.type.stop else " "
    )
    lower = writer.source_text(column.type).islower() and token.text.islower()
    lower = lower and writer.source_text(Span(0, 1)).islower()
    out = writer.name_text(column.name) + before + (here.libsql.lower() if lower else here.libsql)
    declared = _declared(writer, column)
    if postgres_name(declared) == CASE_FOLDING:
        out += " COLLATE NOCASE"
    if primary:
        out += " PRIMARY KEY" + _autoincrement(writer)
    key = column.clause("PRIMARY")
    checked = False
    for clause in column.clauses:
        if here.numbered and clause.kind in ("GENERATED",):
            continue
        text = clause_text(writer, clause, known, here)
        if text is None:
            before = writer.tokens[clause.span.start].before
            out += before if "--" in before or "/*" in before else ""
            continue
        if clause.kind == "PRIMARY":
            if here.numbered:
                text += _autoincrement(writer)
            elif column.clause("NOT") is None and writer.known.types.keys_not_null:
                text += " not null" if text.islower() else " NOT NULL"
        checked = checked or clause.kind == "CHECK"
        out += writer.tokens[clause.span.start].before + text
    if (
        key is None
        and not here.numbered
        and token.folded in known.primary_key
        and column.clause("NOT") is None
        and writer.known.types.keys_not_null
    ):
        out += " NOT NULL"
    limit = length_check(writer.known.types, here)
    said = writer.source_text(Span(column.name, column.clauses[-1].span.stop)) if checked else ""
    if limit and "length" not in said.lower():
        out += f" {limit}"
    return out + _extra_check(writer, here, declared, checked)


def _autoincrement(writer: ToLibsql) -> str:
    return " AUTOINCREMENT" if writer.known.types.autoincrement else ""


def _extra_check(writer: ToLibsql, here: KnownColumn, declared: str, checked: bool) -> str:
    """The rule that PostgreSQL's type keeps by itself."""
    name = writer.spelled(here.libsql_name)
    labels = writer.known.enums.get(declared.strip('"').lower())
    if labels is not None:
        return f" CHECK ({name} IN ({', '.join(map(literal, labels))}))"
    domain = _domain_check(writer, declared, name)
    if domain:
        return domain
    meant = writer.known.meant(here, writer.source)
    if checked:
        return ""
    stored = here.libsql.upper()
    if meant is LogicalType.BOOLEAN and stored in ("INTEGER", "INT"):
        return f" CHECK ({name} IN (0, 1))" if writer.known.types.checks_flags else ""
    if meant is LogicalType.JSON and stored == "TEXT":
        return f" CHECK (json_valid({name}))" if writer.known.types.checks_json else ""
    return ""


def length_check(types: HouseTypesBySide, here: KnownColumn) -> str:
    """The CHECK that keeps texts as short as PostgreSQL's type does, where the house has one."""
    length = length_of(here.postgres)
    if not length or not types.checks_lengths or split_modifier(here.libsql)[1]:
        return ""
    if logical_type(here.libsql, Backend.LIBSQL) is not LogicalType.TEXT:
        return ""
    return f"CHECK (length({spelled_name(here.libsql_name, Backend.LIBSQL)}) <= {length})"


def _domain_check(writer: ToLibsql, declared: str, name: str) -> str:
    wanted = declared.strip('"').lower()
    made = writer.known.domains.get(wanted)
    if made is not None:
        return "".join(f" {part}" for part in [made[1].replace("\0", name)] if part)
    for domain in writer.known.postgres.domains:
        if domain.name.lower() == wanted and domain.checks:
            writer.doubt(f"The rules of the domain {domain.name} were not carried.")
    return ""


def add_column(writer: ToLibsql, table: KnownTable, span: Span, *, stored: bool = False) -> str:
    """The definition behind ADD COLUMN.

    Args:
        stored: whether a generated column may be stored, as only a new table's may.
    """
    column = read_column(writer, span)
    references = column.clause("REFERENCES")
    target = None
    if references is not None:
        name = writer.tokens[column.name].folded
        target = target_types(writer, [name], references.body).get(name)
    known_column(writer, column, table, target)
    text = column_text(writer, column, table)
    generated = column.clause("GENERATED")
    if generated is not None and not stored:
        text = _virtual(text)
    return text


def _virtual(text: str) -> str:
    """SQLite adds generated columns only where they are not stored."""
    for word, instead in (("STORED", "VIRTUAL"), ("stored", "virtual")):
        head, found, tail = text.rpartition(word)
        if found:
            return head + instead + tail
    return text
