"""The rules of PostgreSQL's tables and columns for libsql, each by itself.

One that libsql does not take is left out alone, and a mark says which.
"""

from __future__ import annotations

from collections.abc import Callable

from mig_assist.draft.derive.definitions import Clause
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.moments_to_libsql import NOWS
from mig_assist.draft.derive.outcome import LEFT_OUT
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.engines.logical_types import LogicalType, postgres_name
from mig_assist.engines.spelling import quoted

CASE_FOLDING = "citext"


def clause_text(
    writer: ToLibsql, clause: Clause, known: KnownTable, here: KnownColumn
) -> str | None:
    """A rule of a column; None where libsql has none in its place, or needs none."""
    head = f"{writer.spelled(here.libsql_name)} {here.libsql} "

    def made() -> str | None:
        return _clause_text(writer, clause, known, here)

    return _tried(writer, clause, made, lambda text: _listed(head + text, known, here))


def _clause_text(
    writer: ToLibsql, clause: Clause, known: KnownTable, here: KnownColumn
) -> str | None:
    named = _named(writer, clause)
    stop = clause.span.stop
    match clause.kind:
        case "DEFAULT":
            if here.numbered:
                return None
            wanted = writer.known.meant(here, writer.target)
            text = default_text(writer, Span(clause.body + 1, stop), wanted)
            if text is None:
                return None
            text = stored_json(text, wanted)
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
            if _index_instead(writer, clause, known, [here.postgres_name]):
                return None
            _check_moment(writer, clause)
            return named + writer.tokens[clause.body].text
        case "PRIMARY":
            _check_moment(writer, clause)
            return named + _words(writer, clause.body, clause.body + 2)
        case "NOT" if writer.key(clause.body + 1) == "NULL":
            return named + _words(writer, clause.body, clause.body + 2)
        case "NULL":
            return named + writer.tokens[clause.body].text
        case "STORAGE" | "COMPRESSION":
            return None
    return named + writer.render(Span(clause.body, stop))


def constraint_text(writer: ToLibsql, clause: Clause, known: KnownTable) -> str | None:
    """A constraint of a table; None where libsql has none in its place, or another statement."""

    def made() -> str | None:
        return _constraint_text(writer, clause, known)

    return _tried(writer, clause, made, lambda text: _listed(text, known))


def _constraint_text(writer: ToLibsql, clause: Clause, known: KnownTable) -> str | None:
    named = _named(writer, clause)
    stop = clause.span.stop
    while stop > clause.body and writer.at(stop - 2, "NOT", "VALID"):
        stop -= 2
    match clause.kind:
        case "CHECK":
            return check_text(writer, clause, named)
        case "PRIMARY" | "UNIQUE":
            opening = writer.find(clause.body, stop, "(")
            if opening == stop:
                writer.doubt("A key made of an index has no counterpart on libsql.")
                return None
            columns = [writer.tokens[span.start].folded for span in writer.arguments(opening)]
            if _index_instead(writer, clause, known, columns):
                return None
            _check_moment(writer, clause)
            words = "PRIMARY KEY" if clause.kind == "PRIMARY" else "UNIQUE"
            if writer.tokens[clause.body].text.islower():
                words = words.lower()
            listed = writer.render(Span(opening, writer.close(opening) + 1))
            return f"{named}{words}{writer.tokens[opening].before}{listed}"
        case "FOREIGN":
            return named + references_text(writer, clause.body, stop)
    writer.doubt(f"libsql has no {clause.kind} constraints.")
    return None


def _check_moment(writer: ToLibsql, clause: Clause) -> None:
    """A key that is checked late, which on libsql each row is at once."""
    for k in range(clause.body, clause.span.stop):
        if writer.key(k) == "DEFERRABLE" and writer.key(k - 1) != "NOT":
            writer.doubt("libsql checks a key row by row, and not later.")


def _index_instead(writer: ToLibsql, clause: Clause, known: KnownTable, columns: list[str]) -> bool:
    """Put a unique index behind the table where NULLs are no more distinct than other values."""
    if not writer.at(clause.body + 1, "NULLS", "NOT", "DISTINCT"):
        return False
    parts = equal_nulls(writer, known, columns)
    if parts is None:
        return False
    _check_moment(writer, clause)
    if clause.span.start == clause.body:
        name = writer.spelled("_".join([known.postgres_name, *columns, "key"]))
    else:
        name = writer.name_text(clause.span.start + 1)
    table = writer.spelled(known.libsql_name)
    text = f"CREATE UNIQUE INDEX {name} ON {table} ({', '.join(parts)})"
    writer.following.append(text)
    return True


def equal_nulls(writer: ToLibsql, known: KnownTable, columns: list[str]) -> list[str] | None:
    """The parts of a unique index to which one NULL is as another one.

    ``a IS NULL`` keeps NULL apart from the value that stands for it. None where no column of
    these may be NULL, and so a plain key does.
    """
    parts: list[str] = []
    plain = True
    for name in columns:
        column = known.columns.get(name)
        text = writer.spelled(column.libsql_name if column else name)
        if column is not None and not column.nullable:
            parts.append(text)
            continue
        plain = False
        folds = column is not None and postgres_name(column.postgres) == CASE_FOLDING
        parts += [f"{text} IS NULL", f"ifnull({text}, 0)" + (" COLLATE NOCASE" if folds else "")]
    return None if plain else parts


def _tried(
    writer: ToLibsql,
    clause: Clause,
    make: Callable[[], str | None],
    table: Callable[[str], str],
) -> str | None:
    """A rule, or None where libsql refuses it; then the one doubt says what is left out."""
    size = len(writer.doubts)
    text = make()
    doubts = writer.doubts[size:]
    if not doubts:
        return text
    del writer.doubts[size:]
    if text is not None and accepts(table(text)):
        writer.doubt(" ".join(doubts))
        return text
    said = " ".join(writer.source_text(clause.span).split())
    writer.doubt(f"{doubts[0].rstrip('.')}{LEFT_OUT}{said}")
    return None


def _listed(text: str, known: KnownTable, here: KnownColumn | None = None) -> str:
    """A table that has this rule and all columns that it may speak of."""
    others = [quoted(each.libsql_name) for each in known.columns.values() if each is not here]
    return f"CREATE TABLE probe ({', '.join([*others, text] if here is None else [text, *others])})"


def accepts(*statements: str) -> bool:
    """Whether libsql takes CREATE statements one by one, their functions and columns included."""
    import libsql

    connection = libsql.connect(":memory:")
    try:
        for sql in statements:
            connection.execute(sql)
    except ValueError:  # libsql raises nothing finer
        return False
    finally:
        connection.close()
    return True


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
    name = writer.find(start, stop, "REFERENCES") + 1
    head = writer.render(Span(start, name))
    before = writer.tokens[name].before
    while writer.key(name + 1) == ".":
        if writer.tokens[name].folded not in ("public", "pg_catalog"):
            writer.doubt(f"libsql has no schemas: {writer.tokens[name].name} was left out.")
        name += 2
    rest = Span(name + 1, stop)
    tail = writer.tokens[rest.start].before + writer.render(rest) if rest.start < stop else ""
    return f"{head}{before}{writer.name_text(name)}{tail}"


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


def stored_json(text: str, stored: LogicalType) -> str:
    """A default that is an object or a list, as bytes where libsql stores it so."""
    if stored is not LogicalType.BYTES or not (text.startswith(("'{", "'[")) and _is_one(text)):
        return text
    value = text[1:-1].replace("''", "'")
    return f"x'{value.encode().hex()}'"


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
