"""PostgreSQL's CREATE TABLE and ADD COLUMN for libsql."""

from __future__ import annotations

from collections.abc import Mapping

from mig_assist.draft.derive.definitions import (
    Clause,
    ColumnDefinition,
    TableDefinition,
    read_column,
    read_table,
)
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.moments_to_libsql import NOWS
from mig_assist.draft.derive.outcome import Outcome, without_counterpart
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.types_of import to_libsql
from mig_assist.engines.logical_types import LogicalType, postgres_name, split_modifier
from mig_assist.engines.spelling import literal

SERIALS = frozenset("SERIAL BIGSERIAL SMALLSERIAL SERIAL2 SERIAL4 SERIAL8".split())
_CASE_FOLDING = "citext"


def create_table(writer: ToLibsql, name: int) -> Outcome:
    """A CREATE TABLE whose name stands at a place."""
    size = len(writer.tokens)
    if writer.find(0, size, "INHERITS") < size or writer.at(name + 1, "PARTITION", "OF"):
        return without_counterpart("libsql has neither partitions nor inheritance.")
    table = read_table(writer, name)
    if table is None or (writer.key(table.closing + 1) == "AS"):
        if writer.key(name + 1) == "AS":
            from mig_assist.draft.derive.queries import name_tables

            name_tables(writer)
            return Outcome(writer.render(Span(0, size)), writer.doubts)
        return without_counterpart("This CREATE TABLE was not understood.")
    if writer.find(table.closing, size, "PARTITION") < size:
        writer.doubt("libsql has no partitions.")
    if any(writer.key(item.span.start) == "LIKE" for item in table.constraints):
        writer.doubt("LIKE in CREATE TABLE has no counterpart on libsql.")
    known = _known_table(writer, table)
    writer.tables[known.postgres_name.lower()] = known
    numbered_inline = _numbered_by_table(table, known)
    parts: list[str] = []
    for item in table.items:
        if isinstance(item, ColumnDefinition):
            token = writer.tokens[item.name]
            inline = token.folded if token.folded == numbered_inline else ""
            text: str | None = column_text(writer, item, known, primary=bool(inline))
            start = item.name
        else:
            start = item.span.start
            text = (
                None
                if item.kind == "PRIMARY" and numbered_inline
                else constraint_text(writer, item)
            )
        if text is not None:
            parts.append(writer.tokens[start].before + text)
    closing = writer.tokens[table.closing]
    head = _head(writer, table)
    options = " STRICT" if known.strict else ""
    opening = writer.tokens[table.opening].before
    writer.known.remember(known)
    if writer.source_text(Span(0, 1)).islower():
        options = options.lower()
    return Outcome(f"{head}{opening}({','.join(parts)}{closing.before}){options}", writer.doubts)


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


def _known_table(writer: ToLibsql, table: TableDefinition) -> KnownTable:
    token = writer.tokens[table.name]
    name = token.name if token.sort is Sort.NAME else token.folded
    known = KnownTable(name, name, strict=bool(writer.known.types.strict))
    known.primary_key = _primary_key(writer, table)
    targets = _targets(writer, table)
    for column in table.columns:
        known_column(writer, column, known, targets.get(writer.tokens[column.name].folded))
    return known


def known_column(
    writer: ToLibsql, column: ColumnDefinition, known: KnownTable, target: str | None = None
) -> KnownColumn:
    """What a column is on both sides; the table knows it from here on."""
    token = writer.tokens[column.name]
    declared = _declared(writer, column)
    serial = declared.upper() in SERIALS
    generated = column.clause("GENERATED")
    identity = generated is not None and any(
        writer.key(k) == "IDENTITY" for k in range(generated.body, generated.span.stop)
    )
    key = known.primary_key == (token.folded,)
    domain = _domain(writer, declared)
    mapped = to_libsql(
        token.name, domain or declared, writer.known.types, known.strict, own=writer.known.enums
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
    wanted = writer.known.meant(here, writer.target)
    before = (
        writer.tokens[column.type.start].before if column.type.start < column.type.stop else " "
    )
    lower = writer.source_text(column.type).islower() and token.text.islower()
    lower = lower and writer.source_text(Span(0, 1)).islower()
    out = writer.name_text(column.name) + before + (here.libsql.lower() if lower else here.libsql)
    declared = _declared(writer, column)
    if postgres_name(declared) == _CASE_FOLDING:
        out += " COLLATE NOCASE"
    if primary:
        out += " PRIMARY KEY" + _autoincrement(writer)
    key = column.clause("PRIMARY")
    checked = False
    for clause in column.clauses:
        if here.numbered and clause.kind in ("GENERATED",):
            continue
        text = _clause_text(writer, clause, wanted, here)
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


def _domain_check(writer: ToLibsql, declared: str, name: str) -> str:
    wanted = declared.strip('"').lower()
    made = writer.known.domains.get(wanted)
    if made is not None:
        return "".join(f" {part}" for part in [made[1].replace("\0", name)] if part)
    for domain in writer.known.postgres.domains:
        if domain.name.lower() == wanted and domain.checks:
            writer.doubt(f"The rules of the domain {domain.name} were not carried.")
    return ""


def _named(writer: ToLibsql, clause: Clause) -> str:
    if clause.span.start == clause.body:
        return ""
    name = clause.span.start + 1
    return (
        writer.tokens[clause.span.start].text
        + writer.tokens[name].before
        + writer.name_text(name)
        + writer.tokens[clause.body].before
    )


def _words(writer: ToLibsql, start: int, stop: int) -> str:
    return writer.source_text(Span(start, stop))


def _clause_text(
    writer: ToLibsql, clause: Clause, wanted: LogicalType, here: KnownColumn
) -> str | None:
    named = _named(writer, clause)
    stop = clause.span.stop
    match clause.kind:
        case "DEFAULT":
            if here.numbered:
                return None
            text = default_text(writer, Span(clause.body + 1, stop), wanted)
            if text is None:
                return None
            after = writer.tokens[clause.body + 1].before
            return f"{named}{writer.tokens[clause.body].text}{after}{text}"
        case "CHECK":
            return check_text(writer, clause, named)
        case "COLLATE":
            writer.check_collation(clause.body + 1)
            return None
        case "GENERATED":
            return _generated(writer, clause)
        case "REFERENCES":
            return named + references_text(writer, clause.body, stop)
        case "UNIQUE":
            if writer.key(clause.body + 1) == "NULLS":
                writer.doubt("NULLS NOT DISTINCT has no counterpart on libsql.")
            return named + writer.tokens[clause.body].text
        case "PRIMARY":
            return named + _words(writer, clause.body, clause.body + 2)
        case "NOT" | "NULL":
            return named + _words(writer, clause.body, stop)
        case "STORAGE" | "COMPRESSION":
            return None
    return named + writer.render(Span(clause.body, stop))


def default_text(writer: ToLibsql, span: Span, wanted: LogicalType) -> str | None:
    """The value of a DEFAULT; None where it is better left out."""
    if any(writer.key(k) == "NEXTVAL" for k in range(*span)):
        writer.doubt("libsql has no sequences: let INTEGER PRIMARY KEY number the rows.")
        return None
    text = writer.value(span, wanted)
    plain = text.strip()
    start = span.start
    simple = (
        (plain.startswith(("'", "(", "x'")) and _is_one(plain))
        or plain.lstrip("+-").replace(".", "", 1).isdecimal()
        or plain.upper() in ("NULL", "TRUE", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_DATE")
        or plain.upper() == "CURRENT_TIME"
    )
    if writer.key(start) in NOWS and wanted is LogicalType.INTEGER:
        return "(unixepoch())"
    return text if simple else f"({text})"


def _is_one(text: str) -> bool:
    """Whether a text is one literal, or one pair of parentheses with what is inside."""
    from mig_assist.backend import Backend
    from mig_assist.draft.derive.tokens import tokenize

    tokens, _ = tokenize(text, Backend.LIBSQL)
    if len(tokens) == 1:
        return True
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.key, 0)
        if depth == 0:
            return tokens[0].key == "(" and number == len(tokens) - 1
    return False


def check_text(writer: ToLibsql, clause: Clause, named: str = "") -> str:
    """A CHECK."""
    opening, closing = clause.body + 1, writer.close(clause.body + 1)
    inner = Span(opening + 1, closing)
    text = writer.render(inner)
    before = writer.tokens[inner.start].before if inner.start < inner.stop else ""
    tail = writer.tokens[closing].before
    return (
        f"{named}{writer.tokens[clause.body].text}{writer.tokens[opening].before}"
        f"({before}{text}{tail})"
    )


def _generated(writer: ToLibsql, clause: Clause) -> str | None:
    opening = next((k for k in range(clause.body, clause.span.stop) if writer.key(k) == "("), None)
    if opening is None:
        return None
    closing = writer.close(opening)
    head = _words(writer, clause.body, opening)
    kind = "".join(
        writer.tokens[k].before + writer.tokens[k].text
        for k in range(closing + 1, clause.span.stop)
    )
    expression = writer.render(Span(opening, closing + 1))
    return f"{head}{writer.tokens[opening].before}{expression}{kind}"


def references_text(writer: ToLibsql, start: int, stop: int) -> str:
    """REFERENCES with its actions."""
    if writer.find(start, stop, "MATCH") < stop and any(
        writer.at(k, "MATCH", "FULL") for k in range(start, stop)
    ):
        writer.doubt("MATCH FULL means nothing to libsql.")
    for k in range(start, stop):
        if writer.key(k) in ("NULL", "DEFAULT") and writer.key(k + 1) == "(":
            writer.doubt("ON DELETE SET NULL of single columns has no counterpart on libsql.")
    return writer.render(Span(start, stop))


def constraint_text(writer: ToLibsql, clause: Clause) -> str | None:
    """A constraint of a table."""
    named = _named(writer, clause)
    stop = clause.span.stop
    while stop > clause.body and writer.at(stop - 2, "NOT", "VALID"):
        stop -= 2
    match clause.kind:
        case "CHECK":
            return check_text(writer, clause, named)
        case "PRIMARY" | "UNIQUE":
            opening = writer.find(clause.body, stop, "(")
            if writer.key(clause.body + 1) == "NULLS":
                writer.doubt("NULLS NOT DISTINCT has no counterpart on libsql.")
            closing = writer.close(opening)
            tail = ""
            after = [writer.key(k) for k in range(closing + 1, stop)]
            if "DEFERRABLE" in after:
                writer.doubt("A key that is deferrable has no counterpart on libsql.")
            if "INCLUDE" in after:
                writer.doubt("INCLUDE has no counterpart on libsql.")
            words = "PRIMARY KEY" if clause.kind == "PRIMARY" else "UNIQUE"
            if writer.tokens[clause.body].text.islower():
                words = words.lower()
            columns = writer.render(Span(opening, closing + 1))
            return f"{named}{words}{writer.tokens[opening].before}{columns}{tail}"
        case "FOREIGN":
            return named + references_text(writer, clause.body, stop)
    writer.doubt(f"{clause.kind} has no counterpart on libsql.")
    return None


def add_column(writer: ToLibsql, table: KnownTable, span: Span) -> str:
    """The definition behind ADD COLUMN."""
    column = read_column(writer, span)
    references = column.clause("REFERENCES")
    target = None
    if references is not None:
        name = writer.tokens[column.name].folded
        target = target_types(writer, [name], references.body).get(name)
    known_column(writer, column, table, target)
    text = column_text(writer, column, table)
    generated = column.clause("GENERATED")
    if generated is not None:
        text = _virtual(text)
    return text


def _virtual(text: str) -> str:
    """SQLite adds generated columns only where they are not stored."""
    for word, instead in (("STORED", "VIRTUAL"), ("stored", "virtual")):
        head, found, tail = text.rpartition(word)
        if found:
            return head + instead + tail
    return text
