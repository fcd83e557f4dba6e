"""What the cases show about a suspect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mig_assist.backend import Backend
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.cases import Subject
from mig_assist.verify.parity.probes.rows import check_columns
from mig_assist.verify.parity.probes.run import (
    MOST_ROWS,
    Bench,
    Case,
    Category,
    Outcome,
    Refusal,
    Verb,
)
from mig_assist.verify.parity.probes.texts import listed
from mig_assist.verify.parity.probes.values import alike, canonical, shown

_LONGEST = 400

Rows = Sequence[tuple[object, ...]]


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
        self._told = False
        self._different: list[tuple[int, int, Tried, str]] = []

    @property
    def differs(self) -> bool:
        """Whether a difference has been seen."""
        return bool(self._different)

    def add(self, tried: Tried) -> None:
        """Count one case."""
        if tried.void:
            if self._allows_what_the_type_refuses(tried):
                self._note(tried, self._one_sided(None, tried.postgres.refusal))
            return
        mine, other = tried.libsql.refusal, tried.postgres.refusal
        if mine is None and other is None:
            difference = self._in_rows(tried)
            if difference:
                self._note(tried, difference)
            else:
                self.accepted += 1
                self._effects += self._has_effect(tried)
                self._told |= self._tells(tried.case)
        elif mine is not None and other is not None:
            if mine.late != other.late and self._is_ours(mine) and self._is_ours(other):
                self._note(tried, self._timing(mine))
            elif self._by_rule(mine) or self._by_rule(other):
                self.rejected += 1
                self._told |= self._tells(tried.case)
        elif self._is_ours(mine or other) and self._sets_off(tried.case):
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
                    message=f"{_sentence(suspect.message)} Shown by `{statement}`: {difference}",
                ),
                self.accepted,
                self.rejected,
                statement,
            )
        if self._shown():
            how = f"{self.accepted} statements accepted and {self.rejected} rejected on both"
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
        lacks = "rejected" if self.accepted else "accepted"
        return unresolved(
            suspect,
            f"no statement was found that it {lacks} (accepted on both: {self.accepted},"
            f" rejected: {self.rejected})",
        )

    def _shown(self) -> bool:
        if not self.accepted or not self._told:
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

    def _by_rule(self, refusal: Refusal) -> bool:
        """Whether a refusal can come from the subject's rule itself."""
        if refusal.category not in self._subject.relevant:
            return False
        if refusal.category is not Category.CHECK or not refusal.rule:
            return True
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
        events = {event for trigger in self._subject.triggers for event in trigger.events}
        happens = {step.verb.value.upper()} | ({"UPDATE"} if step.upsert_key else set())
        return not events or not events.isdisjoint(happens)

    def _note(self, tried: Tried, difference: str) -> None:
        size = len(self._written(tried.case))
        self._different.append((len(tried.case.steps), size, tried, difference))

    def _written(self, case: Case) -> str:
        mine = [self._bench.sql(step, Backend.LIBSQL) for step in case.steps]
        text = "; ".join(mine)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _in_rows(self, tried: Tried) -> str:
        """The first difference between the rows that both sides hold afterwards."""
        for name, mine in tried.libsql.rows.items():
            other = list(tried.postgres.rows.get(name, []))
            if MOST_ROWS in (len(mine), len(other)):
                continue
            if len(mine) != len(other):
                return f"{name} then has {len(mine)} rows on libsql and {len(other)} on PostgreSQL."
            columns = [column for column, _, _ in self._bench.shape(name)]
            if self._subject.volatile:
                mine, other = unlike_rows(mine, other)
            for one, two in zip(mine, other, strict=True):
                for column, left, right in zip(columns, one, two, strict=False):
                    if left != right and not (self._subject.volatile and alike(left, right)):
                        return (
                            f"{name}.{column} then is {shown(left)} on libsql and {shown(right)}"
                            " on PostgreSQL."
                        )
        return ""

    def _has_effect(self, tried: Tried) -> bool:
        """Whether more happened than the statement says."""
        table = self._subject.table
        if not self._subject.triggers or table.key not in tried.libsql.rows:
            return False
        if any(rows for name, rows in tried.libsql.rows.items() if name != table.key):
            return True
        last = tried.case.steps[-1]
        expected = {column: value for step in tried.case.steps for column, value in step.values}
        if last.verb is Verb.DELETE:
            return bool(tried.libsql.rows[table.key])
        keys = [column.key for column in table.shared]
        wanted = tuple(canonical(expected.get(key), table.by_key[key].kind) for key in keys)
        rows = tried.libsql.rows[table.key]
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
) -> Verdict:
    """The verdict on a view of which it is known what it shows on both sides.

    Args:
        outside: whether there were rows that it does not show, where it may leave out any.
        volatile: whether it asks a clock or a random generator.
    """
    difference = view_difference(columns, shows, volatile=volatile)
    if difference:
        message = f"{_sentence(suspect.message)} {difference}"
        found = replace(suspect, severity=Severity.ERROR, decided=True, message=message)
        return Verdict(suspect, Proof.DIFFERS, found, statement=difference)
    if not shows[0] or not outside:
        lacks = "that it leaves out" if shows[0] else "that it shows"
        return unresolved(suspect, f"there was no row {lacks}")
    many = len(shows[0])
    message = f"{suspect.object} is written differently and shows the same {many} rows."
    found = replace(suspect, severity=Severity.NOTE, decided=True, message=message, fix="")
    return Verdict(suspect, Proof.EQUAL, found, accepted=many)


def view_difference(columns: Sequence[str], shows: tuple[Rows, Rows], *, volatile: bool) -> str:
    """The first row that a view shows on one side only; empty where there is none."""
    mine, other = unlike_rows(*shows) if volatile else shows
    for side, rows, others in (("libsql", mine, other), ("PostgreSQL", other, mine)):
        for row, times in Counter(rows).items():
            if times > others.count(row):
                what = ", ".join(f"{c} = {shown(v)}" for c, v in zip(columns, row, strict=False))
                return f"Of the same rows, it shows {what} on {side} only."
    return ""


def unlike_rows(
    mine: Sequence[tuple[object, ...]], other: Sequence[tuple[object, ...]]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What is left of two tables when rows that can be one are taken away in pairs."""
    left, rest = [], list(other)
    for row in mine:
        match = next((r for r in rest if all(map(alike, row, r))), None)
        if match is None:
            left.append(row)
        else:
            rest.remove(match)
    return left, rest


def _differs_beyond_writing(row: Sequence[object], wanted: Sequence[object]) -> bool:
    pairs = zip(row, wanted, strict=True)
    return any(one != two and two is not None and str(one) != str(two) for one, two in pairs)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _squeezed(text: str) -> str:
    return "".join(text.lower().split())
