"""libsql's CREATE TABLE and ADD COLUMN for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mig_assist.draft.derive.constraints_to_postgres import clause_text, constraint_text
from mig_assist.draft.derive.definitions import (
    Clause,
    ColumnDefinition,
    TableDefinition,
    read_column,
    read_table,
)
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.outcome import MARK, Outcome
from mig_assist.draft.derive.rewrite import Span, comments_of
from mig_assist.draft.derive.to_postgres import ToPostgres
from mig_assist.draft.derive.type_hints import TypeHint, hint_of, hint_of_default
from mig_assist.draft.derive.types_of import beside, of_target, to_postgres


def create_table(writer: ToPostgres, name: int) -> Outcome:
    """A CREATE TABLE whose name stands at a place."""
    table = read_table(writer, name)
    if table is None:
        if writer.key(name + 1) == "AS":
            text = writer.render(Span(0, len(writer.tokens)))
            return Outcome(text, writer.doubts)
        return Outcome(None, ["This CREATE TABLE was not understood."])
    known = _known_table(writer, table)
    own = known.libsql_name.lower()
    writer.tables[own] = known
    writer.known.coming.discard(own)
    items = _items(writer, table, known)
    head = _head(writer, table)
    opening = writer.tokens[table.opening]
    text = f"{head}{opening.before}({items})"
    writer.known.remember(known)
    text += _comment_tail(writer, table)
    return Outcome(";\n\n".join([text, *writer.known.waiting.pop(own, ())]), writer.doubts)


def _items(writer: ToPostgres, table: TableDefinition, known: KnownTable) -> str:
    """The columns and constraints with what stands between them, a mark above each that asks."""
    out = waiting = ""
    for item in table.items:
        start = item.name if isinstance(item, ColumnDefinition) else item.span.start
        # A house may begin its lines with the commas: what stands before one stays there.
        gap = writer.tokens[start - 1].before if writer.key(start - 1) == "," else ""
        before = writer.tokens[start].before
        asked = len(writer.doubts)
        if isinstance(item, ColumnDefinition):
            written: str | None = column_text(writer, item, known)
        else:
            written = constraint_text(writer, item)
        if "\n" in gap + before:  # a mark needs a line of its own
            said = writer.doubts[asked:]
            del writer.doubts[asked:]
            if "\n" in before:
                before = _marked(before, said)
            else:
                gap = _marked(gap, said)
        if written is None:
            waiting += comments_of(gap).rstrip() + comments_of(before).rstrip()
            continue
        if waiting and "\n" not in gap + before:
            last = waiting.rpartition("\n")[2]
            before = "\n" + last[: len(last) - len(last.lstrip())] + before.lstrip(" ")
        elif waiting and gap.lstrip(" ").startswith("--"):
            waiting, gap = f"{waiting}\n", gap.lstrip(" ")
        comma = "," if out else ""
        out += waiting + gap + comma + before if "\n" in gap else gap + comma + waiting + before
        out += written
        waiting = ""
    closing = writer.tokens[table.closing].before
    if waiting and "\n" not in closing:
        closing = f"\n{closing}"
    return out + waiting + closing


def _marked(space: str, doubts: Iterable[str]) -> str:
    """What stands before an item, with marks on lines of their own."""
    lines, _, indent = space.rpartition("\n")
    marks = "".join(f"\n{indent}-- {MARK} {' '.join(doubt.split())}" for doubt in doubts)
    return f"{lines}{marks}\n{indent}"


def _head(writer: ToPostgres, table: TableDefinition) -> str:
    start = 0
    out = ""
    for k in range(start, table.opening):
        if writer.key(k) == "." or writer.key(k + 1) == ".":
            continue
        before = writer.tokens[k].before if k else ""
        text = writer.name_text(k) if k == table.name else writer.tokens[k].text
        if k == table.name and writer.key(k - 1) == ".":
            before = writer.tokens[k - 2].before
        out += before + text
    return out


def _comment_tail(writer: ToPostgres, table: TableDefinition) -> str:
    """The comments between the table's options, which themselves are libsql's alone."""
    texts = [writer.tokens[k].before for k in range(table.closing + 1, len(writer.tokens))]
    return "".join(comments_of(text) for text in texts)


def _known_table(writer: ToPostgres, table: TableDefinition) -> KnownTable:
    """What the columns are on both sides."""
    name = writer.tokens[table.name].name
    quoted = writer.tokens[table.name].sort.name == "NAME"
    known = KnownTable(name, name if quoted else name.lower())
    options = [writer.key(k) for k in range(table.closing + 1, len(writer.tokens))]
    known.strict = "STRICT" in options
    hints = _hints(writer, table)
    targets = _targets(writer, table, known)
    known.primary_key = _primary_key(writer, table)
    chosen = {writer.tokens[c.name].folded: (writer.source_text(c.type), "") for c in table.columns}
    known.uniques = sum(
        clause.kind == "UNIQUE"
        for item in table.items
        for clause in (item.clauses if isinstance(item, ColumnDefinition) else [item])
    )
    for column in table.columns:
        token = writer.tokens[column.name]
        declared = writer.source_text(column.type)
        numbered = (
            known.primary_key == (token.folded,)
            and declared.upper() == "INTEGER"
            and "WITHOUT" not in options
            and not _is_descending(writer, column)
        )
        target = targets.get(token.folded)
        if target == "":  # the table itself, perhaps, some of whose columns have a type by now
            target = _targets(writer, table, known).get(token.folded)
        numbered = numbered and target is None
        hint = hints.get(token.folded, TypeHint())
        is_key = token.folded in known.primary_key or target is not None
        hint |= TypeHint(key=is_key, numbered=numbered)
        kind = _type(writer, column, hint, target, beside(chosen, token.folded, declared))
        chosen[token.folded] = (declared, kind)
        known.columns[token.folded] = KnownColumn(
            token.name,
            token.name if token.sort.name == "NAME" else token.folded,
            declared,
            kind,
            nullable=column.clause("NOT") is None and token.folded not in known.primary_key,
            numbered=numbered,
        )
    return known


def _is_descending(writer: ToPostgres, column: ColumnDefinition) -> bool:
    clause = column.clause("PRIMARY")
    return clause is not None and writer.key(clause.body + 2) == "DESC"


def _primary_key(writer: ToPostgres, table: TableDefinition) -> tuple[str, ...]:
    for column in table.columns:
        if column.clause("PRIMARY"):
            return (writer.tokens[column.name].folded,)
    for clause in table.constraints:
        if clause.kind == "PRIMARY":
            opening = clause.body + 2
            return tuple(writer.tokens[span.start].folded for span in writer.arguments(opening))
    return ()


def _hints(writer: ToPostgres, table: TableDefinition) -> Mapping[str, TypeHint]:
    found: dict[str, TypeHint] = {}
    for item in table.items:
        name = writer.tokens[item.name].folded if isinstance(item, ColumnDefinition) else ""
        for clause in item.clauses if isinstance(item, ColumnDefinition) else [item]:
            told = _told(writer, clause, name)
            if told is not None:
                found[told[0]] = found.get(told[0], TypeHint()) | told[1]
    return found


def _told(writer: ToPostgres, clause: Clause, column: str) -> tuple[str, TypeHint] | None:
    """What a CHECK or a DEFAULT says of a column, which a DEFAULT does not name."""
    if clause.kind == "CHECK":
        told = hint_of(_inside(writer, clause))
        return (told[0].lower(), told[1]) if told else None
    if clause.kind == "DEFAULT":
        return column, hint_of_default(writer.source_text(Span(clause.body + 1, clause.span.stop)))
    return None


def _inside(writer: ToPostgres, clause: Clause) -> str:
    """The expression of a CHECK."""
    return writer.source_text(Span(clause.body + 2, writer.close(clause.body + 1)))


def _targets(writer: ToPostgres, table: TableDefinition, own: KnownTable) -> dict[str, str]:
    """PostgreSQL's types of the columns that columns refer to."""
    found: dict[str, str] = {}
    for item in table.items:
        if isinstance(item, ColumnDefinition):
            clause = item.clause("REFERENCES")
            if clause is not None:
                names = [writer.tokens[item.name].folded]
                found.update(_target_types(writer, names, clause.body, own))
        elif item.kind == "FOREIGN":
            spans = writer.arguments(item.body + 2)
            names = [writer.tokens[span.start].folded for span in spans]
            found.update(_target_types(writer, names, writer.close(item.body + 2) + 1, own))
    return found


def _target_types(writer: ToPostgres, names: list[str], k: int, own: KnownTable) -> dict[str, str]:
    """The types at ``REFERENCES …``; empty text where the target is not known."""
    name = writer.tokens[k + 1].folded if writer.is_name(k + 1) else ""
    target = own if name == own.libsql_name.lower() else writer.known.table(name)
    if target is None:
        return dict.fromkeys(names, "")
    if writer.key(k + 2) == "(":
        columns = [writer.tokens[span.start].folded for span in writer.arguments(k + 2)]
    else:
        columns = [column.lower() for column in target.primary_key]
    return {
        name: target.columns[column].postgres if column in target.columns else ""
        for name, column in zip(names, columns, strict=False)
    }


def _type(
    writer: ToPostgres,
    column: ColumnDefinition,
    hint: TypeHint,
    target: str | None,
    others: Mapping[str, str],
) -> str:
    """PostgreSQL's type of a column."""
    declared = writer.source_text(column.type)
    referred = of_target(declared, target or "")
    if referred is not None:
        return referred
    name = writer.tokens[column.name].name
    mapped = to_postgres(name, declared, writer.known.types, hint, others)
    if mapped.doubt:
        writer.doubt(f"{mapped.doubt}.")
    return mapped.text


def column_text(writer: ToPostgres, column: ColumnDefinition, known: KnownTable) -> str:
    """A column's definition."""
    token = writer.tokens[column.name]
    here = known.columns[token.folded]
    wanted = writer.known.meant(here, writer.target)
    out = writer.name_text(column.name)
    before = " "
    if column.type.start < column.type.stop:
        before = writer.tokens[column.type.start].before
    primary = column.clause("PRIMARY")
    kind = _like(writer, column.type, here.postgres)
    if here.numbered:
        kind = _numbered(writer, here, _like(writer, column.type, "x").isupper())
    out += before + kind
    for clause in column.clauses:
        text = clause_text(writer, clause, wanted, here)
        if text is None:
            out += comments_of(writer.tokens[clause.span.start].before)
            continue
        out += writer.tokens[clause.span.start].before + text
    if primary is None and here.numbered and column.clause("NOT") is None:
        pass  # the table's PRIMARY KEY says NOT NULL
    return out


def _numbered(writer: ToPostgres, here: KnownColumn, upper: bool) -> str:
    """How a column that numbers itself is declared."""
    numbering = writer.known.types.numbering
    small = here.postgres.upper() in ("INTEGER", "INT", "INT4", "SMALLINT")
    if numbering == "plain":
        return here.postgres
    if numbering == "serial":
        text = "SERIAL" if small else "BIGSERIAL"
        here.postgres = "INTEGER" if small else "BIGINT"
    else:
        how = "ALWAYS" if numbering == "identity always" else "BY DEFAULT"
        text = f"{here.postgres} GENERATED {how} AS IDENTITY"
    return text if upper else text.lower()


def _like(writer: ToPostgres, span: Span, text: str) -> str:
    """A type in the case in which the source writes its own."""
    written = writer.source_text(span)
    lower = written.islower() and not text.startswith('"')
    return text.lower() if lower else (text.upper() if text == "x" else text)


def add_column(writer: ToPostgres, table: KnownTable, start: int) -> str:
    """The definition behind ADD COLUMN."""
    span = Span(start, len(writer.tokens))
    column = read_column(writer, span)
    token = writer.tokens[column.name]
    hint = TypeHint(key=column.clause("REFERENCES") is not None)
    for clause in column.clauses:
        told = _told(writer, clause, token.folded)
        if told is not None:
            hint |= told[1]
    declared = writer.source_text(column.type)
    chosen = {name: (each.libsql, each.postgres) for name, each in table.columns.items()}
    others = beside(chosen, token.folded, declared)
    target: str | None = None
    references = column.clause("REFERENCES")
    if references is not None:
        target = _target_types(writer, [token.folded], references.body, table).get(token.folded)
    table.columns[token.folded] = KnownColumn(
        token.name,
        token.name if token.sort.name == "NAME" else token.folded,
        declared,
        _type(writer, column, hint, target, others),
        nullable=column.clause("NOT") is None,
    )
    return column_text(writer, column, table)
