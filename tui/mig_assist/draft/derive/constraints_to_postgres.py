"""The rules of libsql's columns and tables for PostgreSQL."""

from __future__ import annotations

from mig_assist.backend import Backend
from mig_assist.draft.derive.alter_text import Alteration, Phase, written
from mig_assist.draft.derive.definitions import Clause
from mig_assist.draft.derive.immutability import check_immutable
from mig_assist.draft.derive.known import KnownColumn
from mig_assist.draft.derive.outcome import LEFT_OUT, UNKNOWN
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_postgres import ToPostgres
from mig_assist.draft.derive.type_hints import hint_of
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal
from mig_assist.engines.statements import check_syntax


def _named(writer: ToPostgres, clause: Clause) -> str:
    """The CONSTRAINT and name before a clause, with the space before its body."""
    if clause.span.start == clause.body:
        return ""
    name = writer.name_text(clause.span.start + 1)
    return (
        writer.tokens[clause.span.start].text
        + writer.tokens[clause.span.start + 1].before
        + name
        + writer.tokens[clause.body].before
    )


def clause_text(
    writer: ToPostgres, clause: Clause, wanted: LogicalType, here: KnownColumn
) -> str | None:
    """A clause of a column; None where PostgreSQL has none, and needs none."""
    span = _without_conflict(writer, clause)
    body = Span(clause.body, span.stop)
    named = _named(writer, clause)
    match clause.kind:
        case "PRIMARY":
            words = [
                k
                for k in range(body.start, body.stop)
                if writer.key(k) not in ("AUTOINCREMENT", "ASC", "DESC")
            ]
            return named + _words(writer, words)
        case "DEFAULT":
            word = writer.tokens[clause.body].text
            after = Span(clause.body + 1, body.stop)
            return f"{named}{word}{writer.tokens[after.start].before}" + default_text(
                writer, after, wanted
            )
        case "CHECK":
            return _check(writer, clause, named)
        case "COLLATE":
            name = writer.tokens[clause.body + 1].folded if body.stop > body.start + 1 else ""
            if name in ("nocase", "rtrim"):
                writer.doubt(
                    f"{here.libsql_name} is compared by COLLATE {name.upper()} on libsql: use"
                    " citext, an index over lower(), or a collation of your own."
                )
            return None
        case "GENERATED" | "AS":
            return _generated(writer, clause, span)
        case "REFERENCES":
            text = _reference(writer, body)
            if _waits(writer, body.start):
                column = writer.spelled(here.postgres_name)
                _later(writer, body.start, f"{named}FOREIGN KEY ({column}) {text}")
                return None
            return named + text
        case "STORED" | "VIRTUAL":
            return None
    return named + _words(writer, list(range(body.start, body.stop)))


def _words(writer: ToPostgres, places: list[int]) -> str:
    out = ""
    for number, k in enumerate(places):
        out += (writer.tokens[k].before if number else "") + writer.tokens[k].text
    return out


def default_text(writer: ToPostgres, span: Span, wanted: LogicalType) -> str:
    """The value of a DEFAULT."""
    if span.stop - span.start == 1 and writer.tokens[span.start].text[:1] == '"':
        return literal(writer.tokens[span.start].name)
    if span.stop - span.start == 1 and writer.key(span.start) == "NULL":
        return writer.tokens[span.start].text
    text = writer.value(span, wanted)
    if text.startswith("(") and text.endswith(")") and writer.key(span.start) == "(":
        inner = text[1:-1]
        simple = inner in ("CURRENT_TIMESTAMP", "CURRENT_DATE", "TRUE", "FALSE", "now()")
        if simple:
            return inner
    return text


def _check(writer: ToPostgres, clause: Clause, named: str) -> str | None:
    """A CHECK; None where PostgreSQL needs none, or refuses it: then the one doubt says so."""
    size = len(writer.doubts)
    text = _check_text(writer, clause, named)
    doubts = writer.doubts[size:]
    if text is None or not (
        any(UNKNOWN in doubt for doubt in doubts)
        or check_syntax(f"CREATE TABLE probe ({text});", Backend.POSTGRES)
    ):
        return text
    del writer.doubts[size:]
    said = " ".join(writer.source_text(clause.span).split())
    reason = doubts[0] if doubts else "PostgreSQL does not take this rule."
    writer.doubt(f"{reason.rstrip('.')}{LEFT_OUT}{said}")
    return None


def _check_text(writer: ToPostgres, clause: Clause, named: str) -> str | None:
    inner = Span(clause.body + 2, writer.close(clause.body + 1))
    if _says_what_the_enum_says(writer, inner):
        return None
    hint = hint_of(writer.source_text(inner))
    if hint is not None:
        column = writer.column_named(hint[0])
        kind = writer.known.meant(column, writer.target) if column else None
        if hint[1].flag and kind is LogicalType.BOOLEAN:
            return None
        if hint[1].json and kind is LogicalType.JSON:
            return None
    opening = writer.tokens[clause.body + 1]
    closing = writer.tokens[inner.stop].before if inner.stop < len(writer.tokens) else ""
    text = writer.render(inner)
    before = writer.tokens[inner.start].before if inner.start < inner.stop else ""
    return f"{named}{writer.tokens[clause.body].text}{opening.before}({before}{text}{closing})"


def _says_what_the_enum_says(writer: ToPostgres, span: Span) -> bool:
    """Whether a CHECK lists just the values of its column's enum."""
    if writer.key(span.start + 1) != "IN" or writer.key(span.start + 2) != "(":
        return False
    column = writer.column(Span(span.start, span.start + 1))
    labels = writer.known.enums.get(column.postgres.strip('"').lower()) if column else None
    if labels is None or writer.close(span.start + 2) != span.stop - 1:
        return False
    listed = {writer.plain_text(part) for part in writer.arguments(span.start + 2)}
    return listed == set(labels)


def _generated(writer: ToPostgres, clause: Clause, span: Span) -> str:
    opening = writer.find(clause.body, span.stop, "(")
    if writer.key(clause.body) == "GENERATED":
        opening = next(
            (k for k in range(clause.body, span.stop) if writer.key(k) == "("), clause.body
        )
    else:
        opening = clause.body + 1
    expression = writer.render(Span(opening, writer.close(opening) + 1))
    check_immutable(writer, expression, "a generated column")
    upper = writer.tokens[clause.body].text.isupper()
    text = f"GENERATED ALWAYS AS {expression} STORED"
    if not upper:
        text = f"generated always as {expression} stored"
    return text


def _without_conflict(writer: ToPostgres, clause: Clause) -> Span:
    """A clause without its ON CONFLICT, which PostgreSQL has only in statements."""
    start, stop = clause.span
    if writer.key(stop - 2) == "CONFLICT" and writer.key(stop - 3) == "ON":
        if writer.key(stop - 1) in ("REPLACE", "IGNORE"):
            writer.doubt(
                f"ON CONFLICT {writer.key(stop - 1)} of a constraint has no counterpart: write it"
                " into each INSERT."
            )
        return Span(start, stop - 3)
    return Span(start, stop)


def constraint_text(writer: ToPostgres, clause: Clause) -> str | None:
    """A constraint of a table; None where PostgreSQL needs none, or has to be asked later."""
    span = _without_conflict(writer, clause)
    named = _named(writer, clause)
    match clause.kind:
        case "CHECK":
            return _check(writer, clause, named)
        case "PRIMARY" | "UNIQUE":
            opening = writer.find(clause.body, span.stop, "(")
            words = _words(writer, list(range(clause.body, opening)))
            columns = []
            for part in writer.arguments(opening):
                if any(
                    writer.key(k) == "COLLATE" and writer.tokens[k + 1].folded != "binary"
                    for k in range(part.start, part.stop - 1)
                ):
                    writer.doubt("A COLLATE in a key has no counterpart: use a unique index.")
                columns.append(writer.tokens[part.start].before + writer.name_text(part.start))
            closing = writer.tokens[writer.close(opening)].before
            return f"{named}{words}{writer.tokens[opening].before}({','.join(columns)}{closing})"
        case "FOREIGN":
            text = named + _reference(writer, Span(clause.body, span.stop))
            target = writer.find(clause.body, span.stop, "REFERENCES")
            if _waits(writer, target):
                _later(writer, target, text)
                return None
            return text
    return named + writer.render(Span(clause.body, span.stop))


def _waits(writer: ToPostgres, k: int) -> bool:
    """Whether REFERENCES stands before a table that the script makes later, as SQLite allows."""
    return writer.is_name(k + 1) and writer.tokens[k + 1].folded in writer.known.coming


def _later(writer: ToPostgres, k: int, rule: str) -> None:
    """Leave a foreign key to be added when the table to which it refers is there."""
    rule = rule if "--" in rule else " ".join(rule.split())
    own = next(iter(writer.tables.values()))
    change = Alteration(
        Phase.FOREIGN_KEYS_ON, table=writer.spelled(own.postgres_name), change=f"ADD {rule}"
    )
    text = written([change], writer.known.context.house).text or ""
    writer.known.waiting.setdefault(writer.tokens[k + 1].folded, []).append(text)


def _reference(writer: ToPostgres, span: Span) -> str:
    """A foreign key; to SQLite each MATCH is SIMPLE, which PostgreSQL takes before ON alone.

    https://www.sqlite.org/foreignkeys.html, section 6.
    """
    match = writer.find(span.start, span.stop, "MATCH")
    if match == span.stop:
        return writer.render(span)
    first = writer.find(span.start, match, "ON") == match
    places = list(range(match, span.stop))
    if not (first and writer.key(match + 1) == "SIMPLE"):
        places = places[2:]
    text = writer.render(Span(span.start, match))
    return text + "".join(writer.tokens[k].before + writer.tokens[k].text for k in places)
