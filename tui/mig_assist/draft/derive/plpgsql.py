"""PostgreSQL's triggers and their functions, read for what they do.

https://www.postgresql.org/docs/current/plpgsql-trigger.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader, mentioned, unwrapped
from mig_assist.draft.derive.trigger_model import NotSimple, Step, Written


def read_postgres_trigger(sql: str) -> Written | None:
    """A CREATE TRIGGER of PostgreSQL; None for every other statement."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("CREATE"):
        return None
    reader.accept("OR", "REPLACE")
    limit = "a constraint trigger may wait for the end." if reader.accept("CONSTRAINT") else ""
    if not reader.accept("TRIGGER"):
        return None
    name = reader.folded_name()
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
            columns.append(reader.folded_name())
            while reader.accept(","):
                columns.append(reader.folded_name())
        if not reader.accept("OR"):
            break
    reader.accept("ON")
    table = reader.folded_name()
    each_row = False
    condition = ""
    while not reader.at_end and reader.peek() != "EXECUTE":
        if reader.accept("FOR", "EACH", "ROW") or reader.accept("FOR", "ROW"):
            each_row = True
        elif reader.accept("WHEN"):
            condition = reader.group()
        else:
            if reader.peek() == "REFERENCING":
                limit = "libsql has no transition tables."
            reader.place += 1
    reader.place += 2
    function = reader.folded_name()
    if reader.peek(1) != ")":
        limit = "its function takes arguments."
    elif not each_row:
        limit = "libsql has triggers for each row only."
    return Written(
        name, timing, tuple(events), tuple(columns), table, condition, (), function, limit
    )


def read_trigger_function(sql: str) -> tuple[str, str] | None:
    """The name and body of a function that returns trigger; None for every other statement."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("CREATE"):
        return None
    reader.accept("OR", "REPLACE")
    if not reader.accept("FUNCTION"):
        return None
    name = reader.folded_name()
    if not reader.accept("(", ")", "RETURNS", "TRIGGER"):
        return None
    for token in reader.tokens[reader.place :]:
        if token.text[:1] in ("$", "'"):
            return name, _string(token.text)
    return None


def _string(token: str) -> str:
    if token[:1] == "$":
        tag = token[: token.index("$", 1) + 1]
        return token[len(tag) :].removesuffix(tag)
    return token[1:-1].replace("''", "'")


def plpgsql_steps(body: str, timing: str, event: str) -> tuple[Step, ...]:
    """What a function does when a trigger of one timing and event calls it.

    Raises:
        NotSimple: it does what is not carried.
    """
    reader = Reader(body, Backend.POSTGRES)
    if not reader.accept("BEGIN"):
        raise NotSimple("its function declares variables.")
    call = _Call(timing, event)
    steps = tuple(call.block(reader, ""))
    if not reader.accept("END"):
        raise NotSimple("its function was not understood.")
    if timing != "BEFORE" and any(step.kind == "SKIP" and step.condition for step in steps[:-1]):
        raise NotSimple("it returns early.")
    return steps


class _Call:
    """A function as it runs for one timing and event of a trigger."""

    def __init__(self, timing: str, event: str) -> None:
        self.timing = timing
        self.event = event
        self.returned = False

    def block(self, reader: Reader, condition: str) -> Iterator[Step]:
        """Statements up to the END, ELSE or EXCEPTION that follows them."""
        while not reader.at_end and reader.peek() not in ("END", "ELSE", "ELSIF", "ELSEIF"):
            if reader.accept("IF"):
                yield from self._branches(reader, condition)
                continue
            if reader.peek() in ("EXCEPTION", "FOR", "WHILE", "LOOP", "DECLARE", "CASE"):
                raise NotSimple(f"it has {reader.peek()}.")
            start = reader.place
            reader.skip_to(";")
            steps = tuple(self._statement(reader.text(start, reader.place), condition))
            if not self.returned:
                yield from steps
            if not condition and reader.tokens[start].key == "RETURN":
                self.returned = True
            reader.place += 1

    def _branches(self, reader: Reader, condition: str) -> Iterator[Step]:
        """An IF up to its END IF; its branches for other events are left out."""
        taken = plain = False
        while True:
            start = reader.place
            reader.skip_to("THEN")
            happens, test = self._test(reader.text(start, reader.place))
            reader.place += 1
            if happens is None and plain:
                raise NotSimple("it has an IF with ELSE.")
            both = f"({condition}) AND ({test})" if condition and test else condition or test
            yield from self._branch(reader, both, taken or happens is False)
            taken |= happens is True
            plain |= happens is None
            if not (reader.accept("ELSIF") or reader.accept("ELSEIF")):
                break
        if reader.accept("ELSE"):
            if plain and not taken:
                raise NotSimple("it has an IF with ELSE.")
            yield from self._branch(reader, condition, taken)
        if not reader.accept("END", "IF", ";"):
            raise NotSimple("its function was not understood.")

    def _branch(self, reader: Reader, condition: str, left_out: bool) -> Iterator[Step]:
        if not left_out:
            yield from self.block(reader, condition)
            return
        depth = 0
        while not reader.at_end:
            if depth == 0 and reader.peek() in ("ELSE", "ELSIF", "ELSEIF", "END"):
                return
            if reader.peek() == "IF" and reader.peek(-1) != "END":
                depth += 1
            elif reader.peek() == "IF":
                depth -= 1
            reader.skip_one()
            if reader.peek() == "END" and reader.peek(1) == "IF" and depth:
                reader.place += 2
                depth -= 1

    def _test(self, sql: str) -> tuple[bool | None, str]:
        """Whether a condition holds as far as that is known here, and what is left of it."""
        reader = Reader(unwrapped(sql, Backend.POSTGRES), Backend.POSTGRES)
        if "tg_op" not in mentioned(sql, Backend.POSTGRES):
            return None, sql
        events: list[str] = []
        if reader.accept("TG_OP", "="):
            events.append(_string(reader.tokens[reader.place].text))
            reader.place += 1
        elif reader.accept("TG_OP", "IN", "("):
            while not reader.at_end and reader.peek() != ")":
                events.append(_string(reader.tokens[reader.place].text))
                reader.place += 1
                reader.accept(",")
            reader.place += 1
        rest = reader.text(reader.place + 1)
        if not events or "tg_op" in mentioned(rest, Backend.POSTGRES):
            raise NotSimple("it asks for TG_OP.")
        if reader.at_end:
            return self.event in events, ""
        words = {token.key for token in Reader(rest, Backend.POSTGRES).tokens}
        if reader.peek() != "AND" or "OR" in words:
            raise NotSimple("it asks for TG_OP.")
        return (None, rest) if self.event in events else (False, "")

    def _statement(self, sql: str, condition: str) -> Iterator[Step]:
        reader = Reader(sql, Backend.POSTGRES)
        if reader.accept("RETURN"):
            yield from self._return(reader, condition)
        elif reader.accept("RAISE", "EXCEPTION"):
            token = reader.tokens[reader.place] if not reader.at_end else None
            if token is None or not token.text.startswith("'"):
                raise NotSimple("its message is not a plain text.")
            reader.place += 1
            if reader.peek() == "," or "%" in token.text.replace("%%", ""):
                raise NotSimple("its message has values in it, which libsql's RAISE does not take.")
            yield Step("REFUSE", token.text.replace("%%", "%"), condition)
        elif reader.peek() in ("INSERT", "UPDATE", "DELETE"):
            yield Step("WRITE", sql, condition)
        elif reader.accept("NEW", "."):
            column = reader.folded_name()
            if not (reader.accept(":=") or reader.accept("=") or reader.accept(":", "=")):
                raise NotSimple("its function was not understood.")
            yield Step("SET", reader.text(reader.place), condition, column)
        elif not reader.accept("NULL"):
            raise NotSimple(f"it has {reader.peek() or 'a statement'} that libsql's triggers lack.")

    def _return(self, reader: Reader, condition: str) -> Iterator[Step]:
        """RETURN, which matters in a BEFORE trigger: NULL leaves the row as it is."""
        what = " ".join(token.key for token in reader.tokens[reader.place :])
        row = "OLD" if self.event == "DELETE" else "NEW"
        if what == "NULL":
            yield Step("SKIP", condition=condition)
        elif what not in ("NEW", "OLD", "COALESCE ( NEW , OLD )"):
            raise NotSimple("it returns another row.")
        elif condition:
            raise NotSimple("it returns early.")
        elif self.timing == "BEFORE" and what in ("NEW", "OLD") and what != row:
            raise NotSimple(f"it returns {what}, so that the row is not what the statement says.")
