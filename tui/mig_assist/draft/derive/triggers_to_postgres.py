"""libsql's triggers as PostgreSQL's functions and triggers, or as CHECKs.

Only shapes are carried whose behaviour is the same on both sides: rules that refuse, rows written
elsewhere, and columns of the row itself set anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_triggers import libsql_steps, read_libsql_trigger, refused
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.own_updates import assigned, set_off_twice, target_of
from mig_assist.draft.derive.postgres_side import PostgresSide, named, spelled
from mig_assist.draft.derive.reader import Reader, edited, mentioned
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.translation import Translation
from mig_assist.draft.derive.trigger_model import NotSimple, Step, Written
from mig_assist.draft.spelling import cased
from mig_assist.engines.expressions import canonical_check
from mig_assist.engines.schema import Schema, Table
from mig_assist.engines.sqlite_tokens import fold


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
    end = _end(statements, context)
    rehearsal = Rehearsal(context.libsql, context.definitions)
    try:
        for number, sql in enumerate(statements):
            if number in found and number not in outcomes:
                here = _Carrier(replace(context, libsql=rehearsal.schema()), end)
                if refusals_are_checks(context):
                    outcomes |= here.checks(found)
                if number not in outcomes:
                    outcomes[number] = here.outcome(found[number])
            rehearsal.attempt(sql)
    finally:
        rehearsal.close()
    return outcomes


def idle_functions(statements: Sequence[str], context: Context) -> dict[int, str]:
    """The functions that nothing calls once a DROP TRIGGER of a libsql file is carried, by number.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
    """
    calls = dict(context.trigger_functions)
    tables = context.postgres.tables
    there = {fold(each.name) for table in tables for each in table.triggers}
    made = [trigger.name for sql in statements if (trigger := read_libsql_trigger(sql))]
    kept = set(map(fold, made))
    found: dict[int, str] = {}
    for number, sql in enumerate(statements):
        reader = Reader(sql, Backend.LIBSQL)
        if not reader.accept("DROP", "TRIGGER"):
            continue
        careful = reader.accept("IF", "EXISTS")
        name = fold(reader.name())
        there.discard(name)
        function = calls.get(name)
        if function is None or function in kept or any(calls.get(e) == function for e in there):
            continue
        guard = "IF EXISTS " if careful else ""
        found[number] = cased(
            f"DROP FUNCTION {guard}{spelled(function)}()", context.house.postgres.keywords
        )
    return found


def _end(statements: Sequence[str], context: Context) -> Schema:
    """libsql's schema after the file."""
    rehearsal = Rehearsal(context.libsql, context.definitions)
    try:
        for sql in statements:
            rehearsal.attempt(sql)
        return rehearsal.schema()
    finally:
        rehearsal.close()


class _Carrier:
    def __init__(self, context: Context, end: Schema) -> None:
        self.context = context
        self.end = end
        self.indent = context.house.postgres.indent
        self.translation = Translation(Backend.LIBSQL, context)

    def outcome(self, trigger: Written) -> Outcome:
        """A function and a trigger."""
        try:
            return self._function(trigger)
        except NotSimple as reason:
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
        if trigger.limit:
            raise NotSimple(trigger.limit)
        doubts: list[str] = []
        steps = [each for step in libsql_steps(trigger) for each in self._instead(step, trigger)]
        timing = trigger.timing
        if any(step.kind == "SET" for step in steps):
            if any(step.kind != "SET" for step in steps) or trigger.timing != "AFTER":
                raise NotSimple("it changes the rows of its own table.")
            timing = "BEFORE"
            doubts += self._set_off_twice(trigger, steps)
        when = self._when(trigger, doubts)
        lines: list[str] = []
        for step in steps:
            *said, last = self._lines(step, trigger, timing, doubts)
            lines += [*step.above, *said, f"{last} {step.behind}".rstrip()]
        asks = any(token.key == "SELECT" for token in Reader(when, Backend.POSTGRES).tokens)
        if when and (asks or timing == "INSTEAD OF"):
            # PostgreSQL allows no query in a WHEN, and no WHEN beside INSTEAD OF.
            lines, when = [f"IF {when} THEN\n{self._indented(lines)}\nEND IF;"], ""
        row = "OLD" if trigger.events == ("DELETE",) else "NEW"
        raises = lines[-1].startswith("RAISE")
        lines += trigger.remarks[-1][1:] if trigger.remarks else ()
        if not raises:
            lines.append(f"RETURN {'NULL' if timing == 'AFTER' else row};")
        body = self._indented(lines)
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
        create = "CREATE OR REPLACE FUNCTION" if self._was_there(trigger) else "CREATE FUNCTION"
        return Outcome(
            f"{create} {name}() RETURNS trigger\nLANGUAGE plpgsql\nAS {tag}\nBEGIN\n{body}\n"
            f"END;\n{tag};\n\n"
            f"CREATE TRIGGER {name}\n{timing} {event} ON {owner}\nFOR EACH ROW\n{when}"
            f"EXECUTE FUNCTION {name}()",
            list(dict.fromkeys(doubts)),
        )

    def _indented(self, lines: Sequence[str]) -> str:
        return "\n".join(
            f"{self.indent}{line}".rstrip() for text in lines for line in text.split("\n")
        )

    def _was_there(self, trigger: Written) -> bool:
        """Whether PostgreSQL had a trigger of that name, whose function may be left."""
        tables = self.context.postgres.tables
        functions = self.context.trigger_functions
        if functions:
            return fold(trigger.name) in functions.values()
        return any(fold(e.name) == fold(trigger.name) for table in tables for e in table.triggers)

    def _set_off_twice(self, trigger: Written, steps: Sequence[Step]) -> Iterator[str]:
        table = named(self.end, trigger.table)
        others = [e for e in table.triggers if fold(e.name) != fold(trigger.name)] if table else []
        columns = [step.column for step in steps]
        for other in set_off_twice(trigger.table, columns, others):
            yield f"On libsql this sets {other} off once more, by its own UPDATE; here it does not."

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
            case "REFUSE" | "FAIL":
                if step.kind == "FAIL":
                    doubts.append(
                        "RAISE(FAIL) keeps what its statement has done before; here nothing stays."
                    )
                literal = step.text.replace("%", "%%")
                line = f"RAISE EXCEPTION {literal};"
            case "SKIP":
                if timing != "BEFORE":
                    raise NotSimple("RAISE(IGNORE) has no counterpart after the event.")
                line = "RETURN NULL;"
            case "SET":
                text = self.translation.value_of_trigger(step.text, trigger.table, step.column)
                doubts += text.doubts
                line = f"NEW.{spelled(fold(step.column))} := {text.text};"
            case _:
                text = self.translation.statement_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                if not text.text:
                    raise NotSimple("one of its statements has no counterpart.")
                line = f"{text.text};"
        if condition:
            yield f"IF {condition} THEN\n{self._indented([line])}\nEND IF;"
        else:
            yield line

    def _instead(self, step: Step, trigger: Written) -> Sequence[Step]:
        """An UPDATE of the very row that set the trigger off, as assignments to NEW.

        SQLite does not set a trigger off by its own work, as PostgreSQL would.
        """
        own = step.kind == "WRITE" and target_of(step.text) == fold(trigger.table)
        if not own or trigger.timing == "INSTEAD OF":
            return [step]
        kind = Reader(step.text, Backend.LIBSQL).peek()
        columns = {fold(column) for column in assigned(step.text)} if kind == "UPDATE" else set()
        watched = set(map(fold, trigger.columns))
        found = self._own_row(step.text, trigger) if kind == "UPDATE" else ()
        unwatched = kind not in trigger.events or (watched and not columns & watched)
        if unwatched and not (found and trigger.events == ("INSERT",)):
            return [step]
        if not found:
            raise NotSimple("it changes other rows of its own table.")
        first, *others = found
        found = [replace(first, above=step.above), *others]
        return [*found[:-1], replace(found[-1], behind=step.behind)]

    def _own_row(self, sql: str, trigger: Written) -> Sequence[Step]:
        """What an UPDATE sets in NEW's row; nothing where it does more, or other than that."""
        table = named(self.context.libsql, trigger.table)
        reader = Reader(sql, Backend.LIBSQL)
        reader.skip_to("SET")
        if table is None or trigger.events == ("DELETE",) or trigger.timing != "AFTER":
            return ()
        steps: list[Step] = []
        while reader.accept("SET") or reader.accept(","):
            if reader.peek() == "(":
                return ()
            column = reader.name()
            reader.accept("=")
            start = reader.place
            reader.skip_to("WHERE", ",", "FROM", "RETURNING")
            value = reader.text(start, reader.place)
            set_before = {fold(step.column) for step in steps}
            if "SELECT" in value.upper() or mentioned(value, Backend.LIBSQL) & set_before:
                return ()
            steps.append(Step("SET", _with_new(value, table), column=column))
        return steps if reader.accept("WHERE") and _is_own_row(reader, table) else ()


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
