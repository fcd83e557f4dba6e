"""Triggers of one dialect as triggers, functions or CHECKs of the other.

Only shapes are carried whose behaviour is the same on both sides: rules that refuse, rows written
elsewhere, and columns of the row itself set anew. https://www.sqlite.org/lang_createtrigger.html
and https://www.postgresql.org/docs/current/plpgsql-trigger.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.postgres_side import PostgresSide, named, spelled
from mig_assist.draft.derive.reader import Reader, edited, mentioned, without_qualifiers
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.translation import Translation
from mig_assist.engines.expressions import canonical_check
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold

_TRIGGER = re.compile(r"\btrigger\b", re.IGNORECASE)
_EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Written:
    """A CREATE TRIGGER as it is written.

    Attributes:
        body: libsql's statements, without semicolons.
        function: that PostgreSQL's trigger calls.
    """

    name: str
    timing: str
    events: tuple[str, ...]
    columns: tuple[str, ...]
    table: str
    condition: str
    body: tuple[str, ...] = ()
    function: str = ""
    each_row: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a trigger does.

    Attributes:
        kind: REFUSE, SKIP, WRITE, SET.
        text: the message, the statement, or the expression.
        condition: under which, besides the trigger's own; empty for always.
        column: that is SET.
    """

    kind: str
    text: str = ""
    condition: str = ""
    column: str = ""


class _NotSimple(Exception):
    """A trigger does what is not carried; the message says what."""


def triggers_to_postgres(statements: Sequence[str], context: Context) -> dict[int, Outcome]:
    """What becomes of the triggers of a libsql file, by statement number.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
    """
    found = {
        number: trigger
        for number, sql in enumerate(statements)
        if (trigger := read_libsql_trigger(sql)) is not None
    }
    if not found:
        return {}
    outcomes: dict[int, Outcome] = {}
    rehearsal = Rehearsal(context.libsql, context.definitions)
    try:
        for number, sql in enumerate(statements):
            if number in found and number not in outcomes:
                here = _ToPostgres(replace(context, libsql=rehearsal.schema()))
                if refusals_are_checks(context):
                    outcomes |= here.checks(found)
                if number not in outcomes:
                    outcomes[number] = here.outcome(found[number])
            rehearsal.attempt(sql)
    finally:
        rehearsal.close()
    return outcomes


class PostgresTriggers:
    """The trigger functions of a PostgreSQL file, and what becomes of its triggers."""

    def __init__(self, statements: Sequence[str]) -> None:
        self._functions: dict[str, _Function] = {}
        self._triggers: dict[int, Written] = {}
        for number, sql in enumerate(statements):
            if not _TRIGGER.search(sql):
                continue
            function = read_trigger_function(sql)
            if function is not None:
                self._functions[function[0]] = _Function(number, function[1])
            elif (trigger := read_postgres_trigger(sql)) is not None:
                self._triggers[number] = trigger

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._triggers or self._functions)

    def outcome(self, number: int, context: Callable[[], Context]) -> Outcome | None:
        """What becomes of a CREATE TRIGGER where it stands; None for every other statement."""
        trigger = self._triggers.get(number)
        if trigger is None:
            return None
        function = self._functions.get(trigger.function)
        if function is None:
            return without_counterpart(
                f"The function {trigger.function} of this trigger is not in this file."
            )
        function.used = True
        outcome = _ToLibsql(context()).outcome(trigger, function.body)
        function.carried &= outcome.text is not None
        return outcome

    def functions(self) -> dict[int, Outcome]:
        """What becomes of the functions, once all triggers are seen."""
        return {
            function.number: nothing()
            if function.used and function.carried
            else without_counterpart(
                f"The trigger function {name} "
                + ("has no counterpart." if function.used else "is used by no trigger here.")
            )
            for name, function in self._functions.items()
        }


# libsql → PostgreSQL


class _ToPostgres:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.translation = Translation(Backend.LIBSQL, context)

    def outcome(self, trigger: Written) -> Outcome:
        """A function and a trigger."""
        try:
            return self._function(trigger)
        except _NotSimple as reason:
            return without_counterpart(f"The trigger {trigger.name} was not carried: {reason}")

    def checks(self, found: Mapping[int, Written]) -> dict[int, Outcome]:
        """Pairs of triggers that refuse the same rows, as one CHECK."""
        outcomes: dict[int, Outcome] = {}
        open_rules: dict[tuple[str, str], tuple[int, Written]] = {}
        for number, trigger in found.items():
            rule = refused(trigger)
            if rule is None or trigger.events == ("DELETE",):
                continue
            key = fold(trigger.table), " ".join(rule.split())
            if key not in open_rules:
                open_rules[key] = number, trigger
                continue
            first, other = open_rules.pop(key)
            if other.events == trigger.events:
                continue
            table = named(self.context.libsql, trigger.table)
            if table is None:
                continue
            side = PostgresSide(self.context.postgres, table)
            allowed = self.translation.expression(rule, trigger.table)
            used = [c for c in mentioned(rule, Backend.LIBSQL) if table.column(c)]
            name = side.free_name(used if len(used) == 1 else (), "check")
            outcomes[first] = Outcome(
                f"ALTER TABLE {side.table}\n  ADD CONSTRAINT {spelled(name)}\n"
                f"  CHECK (({allowed.text}) IS NOT TRUE)",
                list(allowed.doubts),
            )
            outcomes[number] = nothing()
        return outcomes

    def _function(self, trigger: Written) -> Outcome:
        doubts: list[str] = []
        steps = [self._set_instead(step, trigger) for step in _libsql_steps(trigger)]
        timing = trigger.timing
        if any(step.kind == "SET" for step in steps):
            if len(steps) > 1 or trigger.timing != "AFTER":
                raise _NotSimple("it changes the rows of its own table.")
            timing = "BEFORE"
        when = self._when(trigger, doubts)
        lines: list[str] = []
        for step in steps:
            lines += self._lines(step, trigger, timing, doubts)
        if any(token.key == "SELECT" for token in Reader(when, Backend.POSTGRES).tokens):
            # PostgreSQL allows no query in a WHEN.
            inner = "\n".join(f"  {line}" for text in lines for line in text.split("\n"))
            lines, when = [f"IF {when} THEN\n{inner}\nEND IF;"], ""
        row = "OLD" if trigger.events == ("DELETE",) else "NEW"
        if not lines[-1].startswith("RAISE"):
            lines.append(f"RETURN {'NULL' if timing == 'AFTER' else row};")
        body = "\n".join(f"  {line}".rstrip() for text in lines for line in text.split("\n"))
        tag = "$$" if "$$" not in body else "$trigger$"
        name = spelled(fold(trigger.name))
        table = named(self.context.postgres, trigger.table)
        known = {fold(c.name): c.name for c in table.columns} if table else {}
        event = trigger.events[0]
        if trigger.columns:
            event += (
                f" OF {', '.join(spelled(known.get(fold(c), fold(c))) for c in trigger.columns)}"
            )
        when = f"WHEN ({when})\n" if when else ""
        owner = spelled(table.name if table else fold(trigger.table))
        return Outcome(
            f"CREATE FUNCTION {name}() RETURNS trigger\nLANGUAGE plpgsql\nAS {tag}\nBEGIN\n{body}\n"
            f"END;\n{tag};\n\n"
            f"CREATE TRIGGER {name}\n{timing} {event} ON {owner}\nFOR EACH ROW\n{when}"
            f"EXECUTE FUNCTION {name}()",
            list(dict.fromkeys(doubts)),
        )

    def _when(self, trigger: Written, doubts: list[str]) -> str:
        """The trigger's condition."""
        if not trigger.condition:
            return ""
        text = self.translation.condition_of_trigger(trigger.condition, trigger.table)
        doubts += text.doubts
        return text.text

    def _lines(self, step: Step, trigger: Written, timing: str, doubts: list[str]) -> Iterator[str]:
        condition = ""
        if step.condition:
            text = self.translation.condition_of_trigger(step.condition, trigger.table)
            doubts += text.doubts
            condition = text.text
        match step.kind:
            case "REFUSE":
                literal = step.text.replace("%", "%%")
                line = f"RAISE EXCEPTION {literal};"
            case "SKIP":
                if timing != "BEFORE":
                    raise _NotSimple("RAISE(IGNORE) has no counterpart after the event.")
                line = "RETURN NULL;"
            case "SET":
                text = self.translation.condition_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                line = f"NEW.{spelled(fold(step.column))} := {text.text};"
            case _:
                text = self.translation.statement_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                if not text.text:
                    raise _NotSimple("one of its statements has no counterpart.")
                line = f"{text.text};"
        if condition:
            yield f"IF {condition} THEN\n  {line}\nEND IF;"
        else:
            yield line

    def _set_instead(self, step: Step, trigger: Written) -> Step:
        """An UPDATE of the very row that set the trigger off, as an assignment to NEW.

        SQLite does not set a trigger off by its own work, as PostgreSQL would.
        """
        if step.kind != "WRITE" or trigger.timing == "INSTEAD OF":
            return step
        reader = Reader(step.text, Backend.LIBSQL)
        kind = reader.peek()
        reader.skip_to("UPDATE", "INTO", "FROM")
        reader.place += 1
        if fold(reader.name()) != fold(trigger.table) or kind not in trigger.events:
            return step
        set_columns = {fold(column) for column in _assigned(step.text)}
        if (
            kind == "UPDATE"
            and trigger.columns
            and not set_columns & set(map(fold, trigger.columns))
        ):
            return step
        table = named(self.context.libsql, trigger.table)
        if kind != "UPDATE" or table is None or not reader.accept("SET"):
            raise _NotSimple("it changes the rows of its own table.")
        column = reader.name()
        if not reader.accept("="):
            raise _NotSimple("it changes the rows of its own table.")
        start = reader.place
        reader.skip_to("WHERE", ",")
        value = reader.text(start, reader.place)
        if not reader.accept("WHERE") or not _is_own_row(reader, table):
            raise _NotSimple("it changes other rows of its own table.")
        if trigger.events == ("DELETE",) or "SELECT" in value.upper():
            raise _NotSimple("it changes the rows of its own table.")
        return Step("SET", _with_new(value, table), column=column)


def read_libsql_trigger(sql: str) -> Written | None:
    """A CREATE TRIGGER of libsql; None for every other statement."""
    reader = Reader(sql, Backend.LIBSQL)
    if not reader.accept("CREATE"):
        return None
    _ = reader.accept("TEMP") or reader.accept("TEMPORARY")
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
        condition = _unwrapped(reader.text(start, reader.place))
    reader.accept("BEGIN")
    body: list[str] = []
    start = reader.place
    while not reader.at_end:
        if reader.peek() == ";":
            body.append(reader.text(start, reader.place))
            start = reader.place + 1
        if reader.peek() == "(":
            reader.skip_group()
        else:
            reader.place += 1
    return Written(
        name, timing, (event,), tuple(columns), table, condition, tuple(filter(None, body))
    )


def refused(trigger: Written) -> str | None:
    """The rule for rows that a trigger refuses and that looks at nothing but the row.

    The condition is over the plain columns; None where the trigger does anything else.
    """
    if trigger.columns or trigger.timing == "INSTEAD OF":
        return None
    try:
        steps = list(_libsql_steps(trigger))
    except _NotSimple:
        return None
    if len(steps) != 1 or steps[0].kind != "REFUSE":
        return None
    parts = [part for part in (trigger.condition, steps[0].condition) if part]
    words = mentioned(" ".join(parts), Backend.LIBSQL)
    if not parts or "old" in words or "select" in words:
        return None
    rule = parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)
    return without_qualifiers(rule, ("new",), Backend.LIBSQL)


def refusals_are_checks(context: Context) -> bool:
    """Whether the house writes a pair of refusing triggers as a CHECK on PostgreSQL."""
    checks = triggers = 0
    for table in context.libsql.tables:
        other = named(context.postgres, table.name)
        if other is None:
            continue
        meanings = {canonical_check(c.expression, Backend.POSTGRES) for c in other.checks}
        for trigger in table.triggers:
            body = tuple(filter(None, (part.strip() for part in trigger.action.split(";"))))
            rule = refused(
                Written(
                    trigger.name,
                    trigger.timing,
                    trigger.events,
                    trigger.update_of,
                    table.name,
                    trigger.condition or "",
                    body,
                )
            )
            if rule is None:
                continue
            for form in (f"NOT ({rule})", f"({rule}) IS NOT TRUE"):
                meaning = canonical_check(form, Backend.LIBSQL)
                if meaning is not None and meaning in meanings:
                    checks += 1
                    break
            triggers += any(fold(each.name) == fold(trigger.name) for each in other.triggers)
    return checks > triggers


def _libsql_steps(trigger: Written) -> Iterator[Step]:
    for sql in trigger.body:
        reader = Reader(sql, Backend.LIBSQL)
        if reader.peek() != "SELECT":
            if reader.peek() not in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
                raise _NotSimple("it does more than to write rows.")
            yield Step("WRITE", sql)
            continue
        reader.place += 1
        yield from _raise(reader)


def _raise(reader: Reader) -> Iterator[Step]:
    """SELECT RAISE(…), with WHERE or inside of CASE WHEN."""
    condition = ""
    in_case = reader.accept("CASE")
    if in_case:
        if not reader.accept("WHEN"):
            raise _NotSimple("it has a CASE that compares.")
        start = reader.place
        reader.skip_to("THEN")
        condition = reader.text(start, reader.place)
        reader.place += 1
    if not reader.accept("RAISE", "("):
        raise _NotSimple("it has a query whose result nobody sees.")
    kind = reader.peek()
    reader.place += 1
    message = "''"
    if reader.accept(","):
        start = reader.place
        reader.skip_to(")")
        message = reader.text(start, reader.place)
        if reader.place - start != 1 or not message.startswith("'"):
            raise _NotSimple("its message is not a plain text.")
    reader.accept(")")
    if in_case and not reader.accept("END"):
        raise _NotSimple("it has a CASE with several branches.")
    if reader.accept("WHERE"):
        condition = reader.text(reader.place)
    elif reader.accept("FROM"):
        start = reader.place - 1
        condition = f"EXISTS (SELECT 1 {reader.text(start)})"
    elif not reader.at_end:
        raise _NotSimple("it has a query whose result nobody sees.")
    yield Step("SKIP" if kind == "IGNORE" else "REFUSE", message, condition)


def _assigned(sql: str) -> Iterator[str]:
    """The columns that an UPDATE sets."""
    reader = Reader(sql, Backend.LIBSQL)
    reader.skip_to("SET")
    while reader.accept("SET") or reader.accept(","):
        if reader.peek() == "(":
            yield from reader.names()
        else:
            yield reader.name()
        reader.skip_to(",", "WHERE", "FROM", "RETURNING")


def _is_own_row(reader: Reader, table: Table) -> bool:
    """Whether a WHERE says just that the row is NEW's."""
    key = table.primary_key.columns if table.primary_key else ()
    wanted = {fold(column) for column in key} if len(key) == 1 else {"rowid"}
    wanted |= {"rowid", "_rowid_", "oid"}
    words = [
        token.folded if token.is_name else token.text for token in reader.tokens[reader.place :]
    ]
    left = right = ""
    match words:
        case [left, "=", "new" | "old", ".", right]:
            pass
        case [_, ".", left, "=", "new" | "old", ".", right]:
            pass
        case ["new" | "old", ".", right, "=", left]:
            pass
    return left == right and left in wanted


def _with_new(value: str, table: Table) -> str:
    """An expression over the row's columns, each said to be NEW's."""
    reader = Reader(value, Backend.LIBSQL)
    known = {fold(column.name) for column in table.columns}
    changes = []
    for place, token in enumerate(reader.tokens):
        before = reader.tokens[place - 1].key if place else ""
        after = reader.tokens[place + 1].key if place + 1 < len(reader.tokens) else ""
        if token.is_name and token.folded in known and before != "." and after not in (".", "("):
            changes.append((token.start, token.start, "NEW."))
    return edited(value, changes)


def _unwrapped(sql: str) -> str:
    reader = Reader(sql, Backend.LIBSQL)
    if reader.peek() == "(":
        inner = reader.group()
        if reader.at_end:
            return _unwrapped(inner)
    return sql


# PostgreSQL → libsql


@dataclass(slots=True)
class _Function:
    number: int
    body: str
    used: bool = False
    carried: bool = True


class _ToLibsql:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.translation = Translation(Backend.POSTGRES, context)

    def outcome(self, trigger: Written, body: str) -> Outcome:
        """One trigger for each event."""
        try:
            if not trigger.each_row or trigger.timing == "":
                raise _NotSimple("libsql has triggers for each row only.")
            if set(trigger.events) - set(_EVENTS):
                raise _NotSimple("libsql has no such event.")
            steps = list(_plpgsql_steps(body))
            doubts: list[str] = []
            texts = [
                self._trigger(replace(trigger, events=(event,)), steps, doubts, len(trigger.events))
                for event in trigger.events
            ]
            return Outcome(";\n\n".join(texts), list(dict.fromkeys(doubts)))
        except _NotSimple as reason:
            return without_counterpart(f"The trigger {trigger.name} was not carried: {reason}")

    def _trigger(
        self, trigger: Written, steps: Sequence[Step], doubts: list[str], events: int
    ) -> str:
        (event,) = trigger.events
        table = named(self.context.libsql, trigger.table)
        name = trigger.name if events == 1 else f"{trigger.name}_{event.lower()}"
        timing = trigger.timing
        if any(step.kind == "SET" for step in steps):
            if timing != "BEFORE" or event == "DELETE" or any(s.kind != "SET" for s in steps):
                raise _NotSimple("it sets columns of the row along with other things.")
            timing = "AFTER"
        conditions = {step.condition for step in steps if step.kind != "SKIP" or timing == "BEFORE"}
        if not trigger.condition and len(conditions) == 1 and "" not in conditions:
            trigger = replace(trigger, condition=conditions.pop())
            steps = [replace(step, condition="") for step in steps]
        lines = [line for step in steps for line in self._lines(step, trigger, table, doubts)]
        if not lines:
            raise _NotSimple("it does nothing that libsql could do.")
        on = event
        if event == "UPDATE" and trigger.columns:
            on += f" OF {', '.join(map(libsql_name, trigger.columns))}"
        when = ""
        if trigger.condition:
            text = self.translation.condition_of_trigger(trigger.condition, trigger.table)
            doubts += text.doubts
            when = f"WHEN {text.text}\n"
        body = "\n".join(f"  {line};" for line in lines)
        owner = libsql_name(table.name if table else trigger.table)
        return (
            f"CREATE TRIGGER {libsql_name(name)}\n{timing} {on} ON {owner}\nFOR EACH ROW\n{when}"
            f"BEGIN\n{body}\nEND"
        )

    def _lines(
        self, step: Step, trigger: Written, table: Table | None, doubts: list[str]
    ) -> Iterator[str]:
        where = ""
        if step.condition:
            text = self.translation.condition_of_trigger(step.condition, trigger.table)
            doubts += text.doubts
            where = f"\n  WHERE {text.text}"
        match step.kind:
            case "REFUSE":
                yield f"SELECT RAISE(ABORT, {step.text}){where}"
            case "SKIP":
                if trigger.timing != "BEFORE":
                    return
                yield f"SELECT RAISE(IGNORE){where}"
            case "SET":
                key = table.primary_key.columns if table and table.primary_key else ()
                if table is None or len(key) != 1 or where:
                    raise _NotSimple("its row cannot be found by one key column.")
                text = self.translation.condition_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                yield (
                    f"UPDATE {libsql_name(table.name)} SET {libsql_name(step.column)} = {text.text}"  # noqa: S608
                    f" WHERE {libsql_name(key[0])} = NEW.{libsql_name(key[0])}"
                )
            case _:
                if where:
                    raise _NotSimple("it writes rows under a condition.")
                text = self.translation.statement_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                if not text.text:
                    raise _NotSimple("one of its statements has no counterpart.")
                yield text.text


def read_postgres_trigger(sql: str) -> Written | None:
    """A CREATE TRIGGER of PostgreSQL; None for every other statement."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("CREATE"):
        return None
    reader.accept("OR", "REPLACE")
    constraint = reader.accept("CONSTRAINT")
    if not reader.accept("TRIGGER"):
        return None
    name = _folded(reader)
    timing = ""
    for words in (("BEFORE",), ("AFTER",), ("INSTEAD", "OF")):
        if reader.accept(*words):
            timing = " ".join(words)
    events: list[str] = []
    columns: list[str] = []
    while not reader.at_end:
        events.append(reader.peek())
        reader.place += 1
        if reader.accept("OF"):
            columns.append(_folded(reader))
            while reader.accept(","):
                columns.append(_folded(reader))
        if not reader.accept("OR"):
            break
    reader.accept("ON")
    table = _folded(reader)
    each_row = False
    condition = ""
    while not reader.at_end and reader.peek() != "EXECUTE":
        if reader.accept("FOR", "EACH", "ROW") or reader.accept("FOR", "ROW"):
            each_row = True
        elif reader.accept("WHEN"):
            condition = reader.group()
        else:
            constraint |= reader.peek() in ("DEFERRABLE", "REFERENCING")
            reader.place += 1
    reader.place += 2
    function = _folded(reader)
    if constraint or reader.peek(1) != ")":
        timing = ""
    return Written(
        name, timing, tuple(events), tuple(columns), table, condition, (), function, each_row
    )


def read_trigger_function(sql: str) -> tuple[str, str] | None:
    """The name and body of a function that returns trigger; None for every other statement."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("CREATE"):
        return None
    reader.accept("OR", "REPLACE")
    if not reader.accept("FUNCTION"):
        return None
    name = _folded(reader)
    if not reader.accept("(", ")", "RETURNS", "TRIGGER"):
        return None
    for token in reader.tokens[reader.place :]:
        if token.text[:1] in ("$", "'"):
            return name, _string(token.text)
    return None


def _folded(reader: Reader) -> str:
    token = reader.tokens[reader.place] if not reader.at_end else None
    if token is None:
        return ""
    reader.place += 1
    if reader.accept("."):
        return _folded(reader)
    return token.name if token.text[:1] == '"' else token.folded


def _string(token: str) -> str:
    if token[:1] == "$":
        tag = token[: token.index("$", 1) + 1]
        return token[len(tag) :].removesuffix(tag)
    return token[1:-1].replace("''", "'")


def _plpgsql_steps(body: str) -> Iterator[Step]:
    reader = Reader(body, Backend.POSTGRES)
    if not reader.accept("BEGIN"):
        raise _NotSimple("its function declares variables.")
    yield from _block(reader, "")
    if not reader.accept("END"):
        raise _NotSimple("its function was not understood.")


def _block(reader: Reader, condition: str) -> Iterator[Step]:
    """Statements up to the END, ELSE or EXCEPTION that follows them."""
    while not reader.at_end and reader.peek() != "END":
        if reader.accept("IF"):
            start = reader.place
            reader.skip_to("THEN")
            test = reader.text(start, reader.place)
            reader.place += 1
            if condition:
                test = f"({condition}) AND ({test})"
            if "tg_op" in mentioned(test, Backend.POSTGRES):
                raise _NotSimple("it asks for TG_OP.")
            inner = list(_block(reader, test))
            if not reader.accept("END", "IF", ";"):
                raise _NotSimple("it has an IF with ELSE.")
            yield from inner
            continue
        if reader.peek() in ("ELSE", "ELSIF", "EXCEPTION", "FOR", "WHILE", "LOOP", "DECLARE"):
            raise _NotSimple(f"it has {reader.peek()}.")
        start = reader.place
        reader.skip_to(";")
        yield from _statement(reader.text(start, reader.place), condition)
        reader.place += 1


def _statement(sql: str, condition: str) -> Iterator[Step]:
    reader = Reader(sql, Backend.POSTGRES)
    if reader.accept("RETURN"):
        what = reader.peek()
        if what == "NULL":
            yield Step("SKIP", condition=condition)
        elif condition:
            raise _NotSimple("it returns early.")
        elif what not in ("NEW", "OLD"):
            raise _NotSimple("it returns another row.")
    elif reader.accept("RAISE", "EXCEPTION"):
        token = reader.tokens[reader.place] if not reader.at_end else None
        if token is None or not token.text.startswith("'"):
            raise _NotSimple("its message is not a plain text.")
        reader.place += 1
        if reader.peek() == "," or "%" in token.text.replace("%%", ""):
            raise _NotSimple("its message has values in it, which libsql's RAISE does not take.")
        yield Step("REFUSE", token.text.replace("%%", "%"), condition)
    elif reader.peek() in ("INSERT", "UPDATE", "DELETE"):
        yield Step("WRITE", sql, condition)
    elif reader.accept("NEW", "."):
        column = _folded(reader)
        if not (reader.accept(":=") or reader.accept("=") or reader.accept(":", "=")):
            raise _NotSimple("its function was not understood.")
        yield Step("SET", reader.text(reader.place), condition, column)
    elif reader.accept("NULL"):
        return
    else:
        raise _NotSimple(f"it has {reader.peek() or 'a statement'} that libsql's triggers lack.")
