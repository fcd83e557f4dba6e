"""PostgreSQL's trigger functions and triggers as libsql's triggers.

Only shapes are carried whose behaviour is the same on both sides: rules that refuse, rows written
elsewhere, and columns of the row itself set anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.own_updates import assigned, set_off_twice, sets_own_row, target_of
from mig_assist.draft.derive.plpgsql import (
    plpgsql_steps,
    read_postgres_trigger,
    read_trigger_function,
)
from mig_assist.draft.derive.postgres_side import named
from mig_assist.draft.derive.reader import Reader, edited, mentioned
from mig_assist.draft.derive.rehearsal import Rehearsal, refusal
from mig_assist.draft.derive.translation import Translation
from mig_assist.draft.derive.trigger_model import NotSimple, Step, Written
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold

_TRIGGER = re.compile(r"\btrigger\b", re.IGNORECASE)
_EVENTS = ("INSERT", "UPDATE", "DELETE")
_SETTLING = frozenset({"lower", "upper", "trim", "btrim", "coalesce"})
_OPERATORS = frozenset({"+", "-", "*", "/", "||", "%"})


@dataclass(slots=True)
class _Function:
    numbers: list[int]
    body: str
    used: bool = False
    carried: bool = True


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
                name, body = function
                # A trigger calls what its function is in the end.
                before = self._functions[name].numbers if name in self._functions else []
                self._functions[name] = _Function([*before, number], body)
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
        outcome = _Carrier(context()).outcome(trigger, function.body)
        function.carried &= outcome.text is not None
        return outcome

    def functions(self) -> dict[int, Outcome]:
        """What becomes of the functions, once all triggers are seen."""
        found: dict[int, Outcome] = {}
        for name, function in self._functions.items():
            *former, last = function.numbers
            found |= {number: nothing() for number in former}
            if not function.used:
                found[last] = without_counterpart(
                    f"No trigger here calls {name}: write anew the libsql triggers that do what it"
                    " did."
                )
            elif function.carried:
                found[last] = nothing()
            else:
                found[last] = Outcome(None)  # its trigger says why
        return found


class _Carrier:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.translation = Translation(Backend.POSTGRES, context)
        self.indent = context.house.libsql.indent

    def outcome(self, trigger: Written, body: str) -> Outcome:
        """One trigger for each event."""
        try:
            if trigger.limit:
                raise NotSimple(trigger.limit)
            if set(trigger.events) - set(_EVENTS):
                raise NotSimple("libsql has no such event.")
            doubts: list[str] = []
            texts = [
                text
                for event in trigger.events
                if (text := self._trigger(replace(trigger, events=(event,)), body, trigger, doubts))
            ]
            if not texts:
                raise NotSimple("it does nothing that libsql could do.")
            return Outcome(";\n\n".join(texts), list(dict.fromkeys(doubts)))
        except NotSimple as reason:
            return without_counterpart(f"The trigger {trigger.name} was not carried: {reason}")

    def _trigger(self, trigger: Written, body: str, whole: Written, doubts: list[str]) -> str:
        """The trigger for one event; empty where it does nothing then."""
        (event,) = trigger.events
        absent = {"INSERT": "OLD", "DELETE": "NEW"}.get(event, "")
        steps: Sequence[Step] = [
            replace(
                step,
                text=_with_nulls(step.text, absent),
                condition=_with_nulls(step.condition, absent),
            )
            for step in plpgsql_steps(body, trigger.timing, event)
        ]
        table = named(self.context.libsql, trigger.table)
        several = len(whole.events) > 1
        name = f"{trigger.name}_{event.lower()}" if several else trigger.name
        if trigger.timing != "BEFORE":
            steps = [step for step in steps if step.kind != "SKIP"]
        if not steps:
            return ""
        timing = self._timing(trigger, steps, table)
        conditions = {step.condition for step in steps}
        if len(conditions) == 1 and "" not in conditions:
            parts = [part for part in (trigger.condition, *conditions) if part]
            both = parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)
            trigger = replace(trigger, condition=both)
            steps = [replace(step, condition="") for step in steps]
        if any(step.kind == "SET" for step in steps):
            lines = [self._assignment(steps, trigger, table, whole, doubts)]
        else:
            lines = [line for step in steps for line in self._lines(step, trigger, doubts)]
        if event == "UPDATE" and table is not None:
            doubts += _set_off_by_others(table, trigger, steps)
        on = event
        if event == "UPDATE" and trigger.columns:
            on += f" OF {', '.join(map(libsql_name, trigger.columns))}"
        when = ""
        if trigger.condition:
            text = self.translation.condition_of_trigger(trigger.condition, trigger.table)
            doubts += text.doubts
            when = f"WHEN {text.text}\n"
        done = "\n".join(f"{self.indent}{line};" for line in lines)
        owner = libsql_name(table.name if table else trigger.table)
        made = (
            f"CREATE TRIGGER {libsql_name(name)}\n{timing} {on} ON {owner}\nFOR EACH ROW\n{when}"
            f"BEGIN\n{done}\nEND"
        )
        error = _error(
            self.context, made, event, table.name if table else trigger.table, trigger.columns
        )
        if error:
            raise NotSimple(refusal(error))
        return made

    def _timing(self, trigger: Written, steps: Sequence[Step], table: Table | None) -> str:
        (event,) = trigger.events
        if any(step.kind == "SET" for step in steps):
            if trigger.timing != "BEFORE" or event == "DELETE":
                raise NotSimple("it sets columns of a row that is written already.")
            if any(step.kind != "SET" for step in steps):
                raise NotSimple("it sets columns of the row along with other things.")
            return "AFTER"
        if trigger.timing != "BEFORE" or event != "INSERT" or table is None:
            return trigger.timing
        numbered = {fold(column.name) for column in table.columns if column.numbered}
        texts = " ".join([trigger.condition, *(f"{s.condition} {s.text}" for s in steps)])
        if not _new_columns(texts) & numbered:
            return trigger.timing
        if all(step.kind == "WRITE" for step in steps):
            return "AFTER"
        raise NotSimple("libsql numbers a row only once it is inserted.")

    def _assignment(
        self,
        steps: Sequence[Step],
        trigger: Written,
        table: Table | None,
        whole: Written,
        doubts: list[str],
    ) -> str:
        """Columns of the row set anew, by an UPDATE once the row is written."""
        key = table.primary_key.columns if table and table.primary_key else ()
        if table is None or len(key) != 1 or any(step.condition for step in steps):
            raise NotSimple("its row cannot be found by one key column.")
        columns = {fold(step.column) for step in steps}
        for number, step in enumerate(steps):
            if _new_columns(step.text) & {fold(each.column) for each in steps[:number]}:
                raise NotSimple("it sets columns from others that it has set before.")
        refused = _refused_unset(table, columns, trigger.events[0])
        if refused:
            raise NotSimple(
                f"libsql refuses {refused} before a trigger could set it; give it a default there,"
                " or let the application set it."
            )
        again = {"INSERT", "UPDATE"} <= set(whole.events) and not all(
            _is_settled(step.text, columns) for step in steps
        )
        if again:
            raise NotSimple("libsql would set its columns twice, on INSERT and on its own UPDATE.")
        others = [each for each in table.triggers if fold(each.name) != fold(trigger.name)]
        for other in set_off_twice(table.name, columns, others):
            doubts.append(f"On libsql this sets {other} off once more, by its own UPDATE.")
        items = []
        for step in steps:
            text = self.translation.value_of_trigger(step.text, trigger.table, step.column)
            doubts += text.doubts
            items.append(f"{libsql_name(step.column)} = {text.text}")
        return (
            f"UPDATE {libsql_name(table.name)} SET {', '.join(items)}"  # noqa: S608
            f" WHERE {libsql_name(key[0])} = NEW.{libsql_name(key[0])}"
        )

    def _lines(self, step: Step, trigger: Written, doubts: list[str]) -> Iterator[str]:
        where = ""
        if step.condition:
            text = self.translation.condition_of_trigger(step.condition, trigger.table)
            doubts += text.doubts
            where = f"\n{self.indent}WHERE {text.text}"
        match step.kind:
            case "REFUSE":
                yield f"SELECT RAISE(ABORT, {step.text}){where}"
            case "SKIP":
                yield f"SELECT RAISE(IGNORE){where}"
            case _:
                if where:
                    raise NotSimple("it writes rows under a condition.")
                if _sets_itself_off(step.text, trigger):
                    raise NotSimple("it changes the rows of its own table, which sets it off anew.")
                text = self.translation.statement_of_trigger(step.text, trigger.table)
                doubts += text.doubts
                if not text.text:
                    raise NotSimple("one of its statements has no counterpart.")
                yield text.text


def _with_nulls(sql: str, row: str) -> str:
    """A text without a row that the event does not have, all of which PostgreSQL reads as NULL."""
    reader = Reader(sql, Backend.POSTGRES)
    return edited(
        sql,
        [
            (reader.start(place), reader.end(place + 2), "NULL")
            for place, (token, dot, column) in enumerate(
                zip(reader.tokens, reader.tokens[1:], reader.tokens[2:], strict=False)
            )
            if row and token.key == row and dot.key == "." and column.is_name
        ],
    )


def _error(context: Context, sql: str, event: str, table: str, columns: Sequence[str]) -> str:
    """What libsql says against a trigger once it is set off; that alone has its names looked up.

    A table that is not there yet may come later.
    """
    tables = tuple(replace(table, triggers=()) for table in context.libsql.tables)
    views = tuple(replace(view, triggers=()) for view in context.libsql.views)
    there = replace(context.libsql, tables=tables, views=views)
    rehearsal = Rehearsal(there, context.definitions)
    owner = libsql_name(table)
    try:
        (first,) = rehearsal.query("SELECT name FROM pragma_table_info(?) LIMIT 1", (table,)) or [
            ("rowid",)
        ]
        column = libsql_name(columns[0] if columns else str(first[0]))
        trial = {
            "INSERT": f"EXPLAIN INSERT INTO {owner} DEFAULT VALUES",
            "UPDATE": f"EXPLAIN UPDATE {owner} SET {column} = NULL",  # noqa: S608
            "DELETE": f"EXPLAIN DELETE FROM {owner}",  # noqa: S608
        }[event]
        if rehearsal.attempt(trial):
            return ""
        error = rehearsal.attempt(sql) or rehearsal.attempt(trial)
    finally:
        rehearsal.close()
    return "" if error.startswith("no such table") else error


def _sets_itself_off(sql: str, trigger: Written) -> bool:
    """Whether a statement sets off the trigger that it is part of, which it does not on libsql."""
    kind = Reader(sql, Backend.LIBSQL).peek()
    if target_of(sql) != fold(trigger.table) or kind not in trigger.events:
        return False
    watched = set(map(fold, trigger.columns))
    return kind != "UPDATE" or not watched or bool(watched & set(map(fold, assigned(sql))))


def _new_columns(sql: str) -> frozenset[str]:
    """The columns of NEW that are mentioned."""
    tokens = Reader(sql, Backend.POSTGRES).tokens
    return frozenset(
        column.folded
        for row, dot, column in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if row.key == "NEW" and dot.key == "."
    )


def _refused_unset(table: Table, columns: Collection[str], event: str) -> str:
    """The first of some columns whose row may be refused as long as a trigger has not set it."""
    ruled = {
        name
        for check in table.checks
        for name in mentioned(check.expression, Backend.LIBSQL) & set(columns)
    }
    keys = [*table.uniques, *filter(None, [table.primary_key])]
    ruled |= {fold(name) for key in keys for name in key.columns}
    ruled |= {fold(part.text) for index in table.indexes if index.unique for part in index.parts}
    for column in table.columns:
        if fold(column.name) not in columns:
            continue
        empty = event == "INSERT" and not column.nullable and column.default is None
        if empty or fold(column.name) in ruled:
            return column.name
    return ""


def _is_settled(sql: str, columns: Collection[str]) -> bool:
    """Whether an expression gives the same when it is reckoned again from its own result."""
    if "old" in mentioned(sql, Backend.POSTGRES):
        return False
    if not _new_columns(sql) & set(columns):
        return True
    tokens = Reader(sql, Backend.POSTGRES).tokens
    words = {token.folded for token in tokens if token.is_name} - {"new", *columns}
    return words <= _SETTLING and not any(token.key in _OPERATORS for token in tokens)


def _set_off_by_others(table: Table, trigger: Written, steps: Sequence[Step]) -> Iterator[str]:
    """Marks for triggers on libsql whose own UPDATE sets this one off once more."""
    if not any(step.kind == "WRITE" for step in steps):
        return
    watched = set(map(fold, trigger.columns))
    for other in table.triggers:
        columns = set(map(fold, sets_own_row(table.name, other)))
        if columns and (not watched or watched & columns):
            yield f"On libsql {other.name} sets this off once more, by its own UPDATE of the row."
