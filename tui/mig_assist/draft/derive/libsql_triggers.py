"""libsql's CREATE TRIGGER, read for what it does.

https://www.sqlite.org/lang_createtrigger.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader, mentioned, unwrapped, without_qualifiers
from mig_assist.draft.derive.trigger_model import NotSimple, Step, Written


def read_libsql_trigger(sql: str) -> Written | None:
    """A CREATE TRIGGER of libsql; None for every other statement."""
    reader = Reader(sql, Backend.LIBSQL)
    if not reader.accept("CREATE"):
        return None
    temporary = reader.accept("TEMP") or reader.accept("TEMPORARY")
    if not reader.accept("TRIGGER"):
        return None
    reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    timing = "BEFORE"
    for words in (("BEFORE",), ("AFTER",), ("INSTEAD", "OF")):
        if reader.accept(*words):
            timing = " ".join(words)
    event = reader.peek()
    reader.place += 1
    columns: list[str] = []
    if reader.accept("OF"):
        columns.append(reader.name())
        while reader.accept(","):
            columns.append(reader.name())
    reader.accept("ON")
    table = reader.name()
    reader.accept("FOR", "EACH", "ROW")
    condition = ""
    if reader.accept("WHEN"):
        start = reader.place
        reader.skip_to("BEGIN")
        condition = unwrapped(reader.text(start, reader.place), Backend.LIBSQL)
    reader.accept("BEGIN")
    body: list[str] = []
    start = reader.place
    remarks = [_remarks(reader)]
    while not reader.at_end:
        if reader.peek() == ";":
            body.append(reader.text(start, reader.place))
            start = reader.place + 1
            remarks.append(_remarks(reader, start))
        if reader.peek() == "(":
            reader.skip_group()
        else:
            reader.place += 1
    return Written(
        name,
        timing,
        (event,),
        tuple(columns),
        table,
        condition,
        tuple(filter(None, body)),
        limit="PostgreSQL has no temporary triggers." if temporary else "",
        remarks=tuple(remarks) if all(body) else (),
    )


def _remarks(reader: Reader, place: int | None = None) -> tuple[str, ...]:
    """The comments before a token, by lines; the first one is that of the line before."""
    tokens, place = reader.tokens, reader.place if place is None else place
    before = tokens[place].before if place < len(tokens) else ""
    first, *lines = before.split("\n")
    return (first.strip(), *(text for line in lines if (text := line.strip())))


def refused(trigger: Written) -> str | None:
    """The rule for rows that a trigger refuses and that looks at nothing but the row.

    The condition is over the plain columns; None where the trigger does anything else.
    """
    if trigger.columns or trigger.timing == "INSTEAD OF":
        return None
    try:
        steps = list(libsql_steps(trigger))
    except NotSimple:
        return None
    if len(steps) != 1 or steps[0].kind != "REFUSE":
        return None
    parts = [part for part in (trigger.condition, steps[0].condition) if part]
    words = mentioned(" ".join(parts), Backend.LIBSQL)
    if not parts or "old" in words or "select" in words:
        return None
    rule = parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)
    return without_qualifiers(rule, ("new",), Backend.LIBSQL)


def libsql_steps(trigger: Written) -> Iterator[Step]:
    """What a trigger does, in order.

    Raises:
        NotSimple: it does what is not carried.
    """
    remarks = trigger.remarks or ((),) * (len(trigger.body) + 1)
    for place, sql in enumerate(trigger.body):
        above = tuple(filter(None, remarks[place][min(place, 1) :]))
        behind = "".join(remarks[place + 1][:1])
        for step in _steps(Reader(sql, Backend.LIBSQL)):
            yield replace(step, above=above, behind=behind)


def _steps(reader: Reader) -> Iterator[Step]:
    if reader.accept("SELECT"):
        yield from _raise(reader)
    elif reader.peek() in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
        yield Step("WRITE", reader.sql)
    else:
        raise NotSimple("it does more than to write rows.")


def _raise(reader: Reader) -> Iterator[Step]:
    """SELECT RAISE(…), with WHERE or inside of CASE WHEN."""
    condition = ""
    in_case = reader.accept("CASE")
    if in_case:
        if not reader.accept("WHEN"):
            raise NotSimple("it has a CASE that compares.")
        start = reader.place
        reader.skip_to("THEN")
        condition = reader.text(start, reader.place)
        reader.place += 1
    if not reader.accept("RAISE", "("):
        raise NotSimple("it has a query whose result nobody sees.")
    kind = reader.peek()
    reader.place += 1
    message = "''"
    if reader.accept(","):
        start = reader.place
        reader.skip_to(")")
        message = reader.text(start, reader.place)
        if reader.place - start != 1 or not message.startswith("'"):
            raise NotSimple("its message is not a plain text.")
    reader.accept(")")
    if in_case and not reader.accept("END"):
        raise NotSimple("it has a CASE with several branches.")
    if reader.accept("WHERE"):
        condition = reader.text(reader.place)
    elif reader.accept("FROM"):
        start = reader.place - 1
        condition = f"EXISTS (SELECT 1 {reader.text(start)})"
    elif not reader.at_end:
        raise NotSimple("it has a query whose result nobody sees.")
    yield Step({"IGNORE": "SKIP", "FAIL": "FAIL"}.get(kind, "REFUSE"), message, condition)
