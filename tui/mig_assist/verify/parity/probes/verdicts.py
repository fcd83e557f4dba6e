"""What the cases show about a suspect."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from mig_assist.backend import Backend
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.cases import KEY_RULES, Subject
from mig_assist.verify.parity.probes.refusals import Category, Refusal
from mig_assist.verify.parity.probes.rows import check_columns
from mig_assist.verify.parity.probes.run import (
    MOST_ROWS,
    Bench,
    Case,
    Outcome,
    Step,
    Verb,
)
from mig_assist.verify.parity.probes.texts import is_chance, is_volatile, listed, mentioned
from mig_assist.verify.parity.probes.values import alike, canonical, shown

_LONGEST = 400

Rows = Sequence[tuple[object, ...]]
Same = Callable[[object, object], bool]


class Proof(StrEnum):
    """What became of a suspect."""

    DIFFERS = "differs"
    EQUAL = "equal"
    UNRESOLVED = "unresolved"
    UNTOUCHED = "untouched"
    """Probes cannot say anything about it: what the texts say stands."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What probing found out about one suspect.

    Attributes:
        divergence: what is to be reported now.
        accepted, rejected: how many statements both sides accepted, and rejected by this rule.
        statement: the smallest one that shows a difference.
    """

    suspect: Divergence
    proof: Proof
    divergence: Divergence
    accepted: int = 0
    rejected: int = 0
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One case with its outcome on libsql and on PostgreSQL."""

    case: Case
    libsql: Outcome
    postgres: Outcome

    @property
    def void(self) -> bool:
        """Whether it says nothing: its ground was not made, or one side's type took no value.

        Where both refuse, a type can be what the other side's rule says, as an enum is.
        """
        refusals = [self.libsql.refusal, self.postgres.refusal]
        return not (self.libsql.ready and self.postgres.ready) or (
            None in refusals
            and any(r is not None and r.category is Category.TYPE for r in refusals)
        )


class Tally:
    """The cases of one subject, judged one by one."""

    def __init__(self, subject: Subject, bench: Bench) -> None:
        self._subject = subject
        self._bench = bench
        self.accepted = 0
        self.rejected = 0
        self._effects = 0
        self._guesses = 0
        self._told = False
        self._before: dict[str, Rows] = {}
        self._parted: set[tuple[Step, ...]] = set()
        self._different: list[tuple[int, int, Tried, str]] = []

    def begin(self) -> None:
        """Look at the rows that are there before any case."""
        if self._subject.triggers:
            reads = self._subject.reads
            self._before = {name: self._bench.rows_of(name)[0] for name in reads}

    @property
    def differs(self) -> bool:
        """Whether a difference has been seen."""
        return bool(self._different)

    def add(self, tried: Tried) -> None:
        """Count one case."""
        sets_off = self._sets_off(tried.case)
        elsewhere = not sets_off or tried.case.steps[:-1] in self._parted
        if elsewhere and not tried.void and self._in_rows(tried):
            self._parted.add(tried.case.steps)  # something else does what is different here
            return
        if tried.void:
            if self._allows_what_the_type_refuses(tried):
                self._note(tried, self._one_sided(None, tried.postgres.refusal))
            return
        mine, other = tried.libsql.refusal, tried.postgres.refusal
        if mine is None and other is None:
            difference = self._in_rows(tried)
            if difference:
                self._note(tried, difference)
            elif self._in_rows(tried, strict=True):
                self._guesses += 1
            else:
                self.accepted += 1
                self._effects += sets_off and self._has_effect(tried)
                self._told |= self._tells(tried.case)
        elif mine is not None and other is not None:
            if not sets_off:
                return
            if mine.late != other.late and self._is_ours(mine) and self._is_ours(other):
                self._note(tried, self._timing(mine))
            elif self._is_counted(mine) or self._is_counted(other):
                self.rejected += 1
                self._told |= self._tells(tried.case)
        elif self._is_ours(mine or other) and sets_off and self._tells(tried.case):
            self._note(tried, self._one_sided(mine, other))

    def verdict(self) -> Verdict:
        """What all cases together say."""
        suspect = self._subject.suspect
        if self._different:
            *_, tried, difference = min(self._different, key=lambda found: found[:2])
            statement = self._written(tried.case)
            return Verdict(
                suspect,
                Proof.DIFFERS,
                replace(
                    suspect,
                    severity=Severity.ERROR,
                    decided=True,
                    message=_shown_by(suspect, statement, difference),
                ),
                self.accepted,
                self.rejected,
                statement,
            )
        if self._shown():
            how = f"{_counted(self.accepted, 'statement')} accepted and {self.rejected} rejected"
            how += " on both"
            if self._subject.has_effects:
                how += ", with the same rows"
            return Verdict(
                suspect,
                Proof.EQUAL,
                replace(
                    suspect,
                    severity=Severity.NOTE,
                    decided=True,
                    message=f"{suspect.object} is written differently and behaves alike: {how}.",
                    fix="",
                ),
                self.accepted,
                self.rejected,
            )
        if self._subject.unshared:
            names = ", ".join(self._subject.unshared)
            return unresolved(suspect, f"it has to do with {names}, which only one side has")
        if self._subject.triggers and not self.rejected:
            return unresolved(suspect, f"nothing was seen that it does ({self.accepted} tried)")
        if self._guesses and not self.accepted:
            return unresolved(suspect, "numbers that chance or a sequence makes tell nothing")
        lacks = "rejected" if self.accepted else "accepted"
        return unresolved(
            suspect,
            f"no statement was found that it {lacks} (accepted on both: {self.accepted},"
            f" rejected: {self.rejected})",
        )

    def _shown(self) -> bool:
        if not self.accepted or not self._told or self._subject.unshared:
            return False
        if self._subject.suspect.rule in ("parity/default", "parity/generated", "parity/view"):
            return True
        return bool(self.rejected or self._effects)

    def _tells(self, case: Case) -> bool:
        """Whether a case is one of those that the two sides may answer differently."""
        suspect = self._subject.suspect
        if suspect.rule != "parity/nullability":
            return True
        column = folded(suspect.object.rpartition(".")[2])
        values = dict(case.steps[-1].values)
        return column in values and values[column] is None

    def _is_ours(self, refusal: Refusal | None) -> bool:
        """Whether a refusal can have to do with the subject's rule.

        That of another CHECK can where it looks at the same columns: the two sides may share
        out what they demand in other ways.
        """
        if refusal is None or refusal.category not in self._subject.relevant:
            return False
        if self._by_rule(refusal):
            return True
        columns = check_columns(self._subject.table, refusal)
        return not set(columns).isdisjoint(self._subject.columns)

    def _is_counted(self, refusal: Refusal) -> bool:
        """Whether a refusal shows that the subject's rule refuses something: a key, a clash."""
        is_key = self._subject.suspect.rule in KEY_RULES
        clashes = refusal.category in (Category.UNIQUE, Category.NOT_NULL)
        return self._by_rule(refusal) and (clashes or not is_key)

    def _by_rule(self, refusal: Refusal) -> bool:
        """Whether a refusal can come from the subject's rule itself."""
        if refusal.category not in self._subject.relevant:
            return False
        if refusal.category is not Category.CHECK:
            return True
        if not refusal.rule:  # a type that holds no more characters
            return self._is_about_length()
        if not self._subject.rules:  # a rule over more columns may only hide what is looked for
            columns = check_columns(self._subject.table, refusal)
            return set(columns) <= set(self._subject.columns)
        names = {
            _squeezed(text)
            for side in self._subject.table.sides
            for check in side.checks
            for text in (check.name or "", check.expression)
        }
        rule = _squeezed(refusal.rule)
        return rule in self._subject.rules or rule not in names

    def _is_about_length(self) -> bool:
        """Whether the subject's rule can be what a type's length is."""
        suspect, triggers = self._subject.suspect, self._subject.triggers
        texts = [suspect.libsql, suspect.postgres, *self._subject.rules]
        texts += [text for trigger in triggers for text in (trigger.condition, trigger.action)]
        return any("length" in text.lower() for text in texts if text)

    def _allows_what_the_type_refuses(self, tried: Tried) -> bool:
        """Whether libsql's rule lists a value by name that PostgreSQL's type cannot hold."""
        suspect = self._subject.suspect
        refusal = tried.postgres.refusal
        if refusal is None or refusal.category is not Category.TYPE:
            return False
        if suspect.rule != "parity/check" or tried.libsql.refusal is not None:
            return False
        values = dict(tried.case.steps[-1].values)
        return any(
            values.get(column) in listed(suspect.libsql or "", column)
            for column in self._subject.columns
        )

    def _sets_off(self, case: Case) -> bool:
        """Whether the subject has to do with what the last statement does."""
        step = case.steps[-1]
        happens = {step.verb.value.upper()} | ({"UPDATE"} if step.upsert_key else set())
        written = {column for column, _ in step.values}
        return not self._subject.triggers or any(
            event in happens
            and (event != "UPDATE" or not of or not written.isdisjoint(map(folded, of)))
            for trigger in self._subject.triggers
            for event in trigger.events
            for of in (trigger.update_of,)
        )

    def _note(self, tried: Tried, difference: str) -> None:
        size = len(self._written(tried.case))
        self._different.append((len(tried.case.steps), size, tried, difference))

    def _written(self, case: Case) -> str:
        mine = [self._bench.sql(step, Backend.LIBSQL) for step in case.steps]
        text = "; ".join(mine)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _in_rows(self, tried: Tried, *, strict: bool = False) -> str:
        """The first difference between the rows that both sides hold afterwards.

        Args:
            strict: numbers that chance may have made are different, too.
        """
        for name, mine in tried.libsql.rows.items():
            other = list(tried.postgres.rows.get(name, []))
            if mine == other or MOST_ROWS in (len(mine), len(other)):
                continue
            if len(mine) != len(other):
                number = _counted(len(mine), "row")
                return f"{name} then has {number} on libsql and {len(other)} on PostgreSQL."
            columns = [column for column, _, _ in self._bench.shape(name)]
            same = self._comparisons(name, strict=strict)
            mine, other = unlike_rows(mine, other, same)
            for one, two in zip(mine, other, strict=True):
                for column, left, right, are_same in zip(columns, one, two, same, strict=False):
                    if not are_same(left, right):
                        return (
                            f"{name}.{column} then is {shown(left)} on libsql and {shown(right)}"
                            " on PostgreSQL."
                        )
        return ""

    def _comparisons(self, name: str, *, strict: bool) -> list[Same]:
        """When two values of each column of a table are the same, by what may have made them."""
        found: list[Same] = []
        for column in self._bench.schema.tables[name].shared:
            defaults = [side.default for side in column.sides]
            chance = self._subject.chance or any(map(is_chance, defaults))
            volatile = self._subject.volatile or any(map(is_volatile, defaults))
            found.append(_comparison(volatile, chance, any_numbers=not strict))
        return found

    def _has_effect(self, tried: Tried) -> bool:
        """Whether more happened than the statement says."""
        table = self._subject.table
        if not self._subject.triggers or table.key not in tried.libsql.rows:
            return False
        before = {name: list(rows) for name, rows in self._before.items()}
        changed = {n for n, rows in tried.libsql.rows.items() if rows != before.get(n, [])}
        if changed - {table.key}:
            return True
        rows = [r for r in tried.libsql.rows[table.key] if r not in before.get(table.key, [])]
        last = tried.case.steps[-1]
        expected = {column: value for step in tried.case.steps for column, value in step.values}
        if last.verb is Verb.DELETE:
            return bool(rows)
        words = {word for t in self._subject.triggers for word in mentioned(t.action)}
        spoken = [expected.get(c.key) if c.key in words else None for c in table.shared]
        kinds = [column.kind for column in table.shared]
        wanted = tuple(map(canonical, spoken, kinds))
        return len(rows) == 1 and _differs_beyond_writing(rows[0], wanted)

    def _one_sided(self, mine: Refusal | None, other: Refusal | None) -> str:
        if mine is not None:
            return f"libsql rejects it ({mine.message}), PostgreSQL accepts it."
        said = other.message if other is not None else ""
        return f"PostgreSQL rejects it ({said}), libsql accepts it."

    def _timing(self, mine: Refusal) -> str:
        late, early = ("libsql", "PostgreSQL") if mine.late else ("PostgreSQL", "libsql")
        return f"{early} rejects it at once, {late} only at commit."


def unresolved(suspect: Divergence, why: str) -> Verdict:
    """The verdict where probing could not decide."""
    return Verdict(
        suspect,
        Proof.UNRESOLVED,
        replace(
            suspect,
            severity=suspect.severity if suspect.decided else Severity.WARNING,
            message=f"{_sentence(suspect.message)} Probing could not decide it: {why}.",
        ),
    )


def untouched(suspect: Divergence) -> Verdict:
    """The verdict on what is not for probes to judge."""
    return Verdict(suspect, Proof.UNTOUCHED, suspect)


def view_verdict(
    suspect: Divergence,
    columns: Sequence[str],
    shows: tuple[Rows, Rows],
    *,
    outside: bool,
    volatile: bool,
    chance: bool,
) -> Verdict:
    """The verdict on a view of which it is known what it shows on both sides.

    Args:
        outside: whether there were rows that it does not show, where it may leave out any.
        volatile: whether it asks a clock or a random generator.
        chance: whether it asks a random generator.
    """
    difference = view_difference(columns, shows, volatile=volatile, chance=chance)
    if difference:
        message = f"{_sentence(suspect.message)} {difference}"
        found = replace(suspect, severity=Severity.ERROR, decided=True, message=message)
        return Verdict(suspect, Proof.DIFFERS, found, statement=difference)
    if not shows[0] or not outside:
        lacks = "that it leaves out" if shows[0] else "that it shows"
        return unresolved(suspect, f"there was no row {lacks}")
    many = len(shows[0])
    message = f"{suspect.object} is written differently and shows the same {_counted(many, 'row')}."
    found = replace(suspect, severity=Severity.NOTE, decided=True, message=message, fix="")
    return Verdict(suspect, Proof.EQUAL, found, accepted=many)


def view_difference(
    columns: Sequence[str], shows: tuple[Rows, Rows], *, volatile: bool, chance: bool
) -> str:
    """The first row that a view shows on one side only; empty where there is none."""
    same = _comparison(volatile, chance, any_numbers=True)
    mine, other = unlike_rows(*shows, [same] * len(columns)) if volatile else shows
    for side, rows, others in (("libsql", mine, other), ("PostgreSQL", other, mine)):
        for row, times in Counter(rows).items():
            if times > others.count(row):
                what = ", ".join(f"{c} = {shown(v)}" for c, v in zip(columns, row, strict=False))
                return f"Of the same rows, it shows {what} on {side} only."
    return ""


def _comparison(volatile: bool, chance: bool, *, any_numbers: bool) -> Same:
    if not volatile:
        return operator.eq
    return partial(alike, chance=chance, any_numbers=chance and any_numbers)


def unlike_rows(
    mine: Rows, other: Rows, same: Sequence[Same]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What is left of two tables when rows that can be one are taken away in pairs.

    Args:
        same: for each column, when two values of it are the same.
    """
    left, rest = [], list(other)
    for row in mine:
        match = next(
            (r for r in rest if all(s(*values) for s, *values in zip(same, row, r, strict=False))),
            None,
        )
        if match is None:
            left.append(row)
        else:
            rest.remove(match)
    return left, rest


def _differs_beyond_writing(row: Sequence[object], wanted: Sequence[object]) -> bool:
    pairs = zip(row, wanted, strict=True)
    return any(one != two and two is not None and str(one) != str(two) for one, two in pairs)


def _shown_by(suspect: Divergence, statement: str, difference: str) -> str:
    """What a person reads first is what differs: as the texts say it, or as it was seen."""
    if suspect.decided:
        return f"{_sentence(suspect.message)} Shown by `{statement}`: {difference}"
    said = _DOUBT.sub("", _sentence(suspect.message))
    return f"{suspect.object} behaves differently on `{statement}`: {difference} {said}"


_DOUBT = re.compile(
    r"; only behaviour can tell [^.;]*|, which cannot be compared as texts?"
    r"|; (?:libsql|PostgreSQL) may do its work in another way"
)
"""What comparisons of texts say of what they leave to probes."""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _squeezed(text: str) -> str:
    return "".join(text.lower().split())
