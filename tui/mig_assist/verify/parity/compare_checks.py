"""CHECK constraints: what each side demands of a row, however it is spread over constraints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from mig_assist.backend import Backend
from mig_assist.engines.expressions import names_an_engine
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Check, Column
from mig_assist.engines.spelling import literal
from mig_assist.verify.parity.compare_names import name_differs
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.habits import Habits, is_checked, is_narrow
from mig_assist.verify.parity.names import Kind, folded, made_up, quoted, table_names
from mig_assist.verify.parity.sides import (
    ERROR,
    NOTE,
    WARNING,
    TablePair,
    as_written,
    one_line,
    said,
)

_ALIKE = 0.6
"""From which likeness on two texts over other columns are one rule that somebody changed."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is left of a CHECK when all that the other side demands too is taken away.

    Attributes:
        left: canonical texts; None where the CHECK is not understood.
        whole: whether all of the CHECK is left.
    """

    check: Check
    columns: frozenset[str]
    left: frozenset[str] | None
    whole: bool

    @property
    def text(self) -> str:
        """What is left, for a person."""
        if self.whole or self.left is None:
            return as_written(self.check.expression)
        return " AND ".join(sorted(self.left))


def compare_checks(
    pair: TablePair, habits: Habits, mistyped: Collection[str]
) -> Iterator[Divergence]:
    """Rules that only one side has, or that the sides say differently.

    Args:
        mistyped: the columns, as findings call them, whose types differ: a rule about one of
            them alone may be what a type of another kind does on the other side.
    """
    read = {b: _read(pair, b) for b in Backend}
    left = {
        b: [demand for each in read[b] if (demand := _left(pair, each, b)) is not None]
        for b in Backend
    }
    yield from _same_rule_names(pair, read)
    yield from _not_validated(pair)
    libsql, postgres = left[Backend.LIBSQL], left[Backend.POSTGRES]
    for alike in (_same_name, _same_columns, _similar):
        for demand in list(libsql):
            other = next((each for each in postgres if alike(demand, each)), None)
            if other is not None:
                libsql.remove(demand)
                postgres.remove(other)
                yield from _differ(pair, demand, other)
    alone = [
        frozenset((folded(libsql.name),))
        for libsql, _ in pair.columns
        if f"{pair.name}.{libsql.name}" in mistyped
        and logical_type(libsql.type, Backend.LIBSQL) is not pair.types[folded(libsql.name)]
    ]
    for backend, demands in left.items():
        for demand in demands:
            excused = pair.hangs_on_lacking(demand.columns, backend) or demand.columns in alone
            if not excused:
                yield from _missing(pair, demand, backend)
    yield from _unchecked(pair, habits)
    yield from _enums(pair, read)


def _read(pair: TablePair, backend: Backend) -> list[Demand]:
    return [
        Demand(check, pair.mentions(check.expression, backend), rules, True)
        for check, rules in zip(pair.of(backend).checks, pair.demanded[backend], strict=True)
    ]


def _left(pair: TablePair, demand: Demand, backend: Backend) -> Demand | None:
    """What the other side does not demand; None where nothing is left."""
    if demand.left is None:
        return demand
    left = demand.left - pair.rules[backend.other]
    if left:
        left -= _implied(pair, demand.columns, backend)
    if not left:
        return None
    return Demand(demand.check, demand.columns, left, left == demand.left)


def _implied(pair: TablePair, columns: Iterable[str], backend: Backend) -> frozenset[str]:
    """Rules of a side over single columns that the other side's types keep by themselves."""
    names = set(columns)
    found: set[str] = set()
    for libsql, postgres in pair.columns:
        if folded(libsql.name) not in names:
            continue
        own, other = (libsql, postgres) if backend is Backend.LIBSQL else (postgres, libsql)
        texts = [] if other.nullable and not other.numbered else ["{} IS NOT NULL"]
        if backend is Backend.LIBSQL:
            texts += _kept_by_type(pair, libsql, postgres)
        column = quoted(own.name)
        for text in texts:
            rules = pair.demands(text.replace("{}", column), backend)
            found.update(rules or ())
    return frozenset(found)


_SQLITE_TYPES = {
    LogicalType.INTEGER: ("integer",),
    LogicalType.BOOLEAN: ("integer",),
    LogicalType.REAL: ("real",),
    LogicalType.TEXT: ("text",),
    LogicalType.JSON: ("text",),
    LogicalType.BYTES: ("blob",),
}


def _kept_by_type(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[str]:
    kind = pair.types[folded(libsql.name)]
    rules = [f"typeof({{}}) = '{name}'" for name in _SQLITE_TYPES.get(kind, ())]
    if kind is LogicalType.BOOLEAN:
        rules += ["{} IN (0, 1)", "{} BETWEEN 0 AND 1"]
    if kind is LogicalType.JSON:
        rules += ["json_valid({})", "json_valid({}) = 1"]
    if kind is LogicalType.UUID:
        rules += ["length({}) = 36"]
    labels = pair.labels(postgres)
    if labels is not None:
        rules.append(_one_of("{}", labels))
    for rule in rules:
        yield rule
        yield f"{{}} IS NULL OR {rule}"


def _one_of(column: str, labels: Iterable[str]) -> str:
    listed = ", ".join(map(literal, labels))
    return f"{column} IN ({listed})"


def _same_name(libsql: Demand, postgres: Demand) -> bool:
    names = libsql.check.name, postgres.check.name
    return names[0] is not None and names[1] is not None and folded(names[0]) == folded(names[1])


def _same_columns(libsql: Demand, postgres: Demand) -> bool:
    return bool(libsql.columns) and libsql.columns == postgres.columns


def _similar(libsql: Demand, postgres: Demand) -> bool:
    shares = not libsql.columns.isdisjoint(postgres.columns)
    unknown = not libsql.columns or not postgres.columns
    texts = one_line(libsql.check.expression), one_line(postgres.check.expression)
    likeness = SequenceMatcher(None, *texts, autojunk=False)
    return (shares or unknown) and likeness.ratio() >= _ALIKE


def _thing(pair: TablePair, *sides: tuple[Check, Backend]) -> str:
    """The name that a person gave the rule, otherwise its text."""
    for check, backend in sides:
        if check.name and not _nobodys(pair, check, backend):
            return f"{pair.name}: CHECK {check.name}"
    return f"{pair.name}: CHECK ({as_written(sides[0][0].expression)})"


def _nobodys(pair: TablePair, check: Check, backend: Backend) -> bool:
    if backend is Backend.LIBSQL or check.name is None:
        return check.name is None
    return any(
        made_up(table, Kind.CHECK, guess, check.name)
        for table in table_names(pair.postgres)
        for guess in ((), *([column.name] for column in pair.postgres.columns))
    )


def _differ(pair: TablePair, libsql: Demand, postgres: Demand) -> Iterator[Divergence]:
    if any(
        pair.hangs_on_lacking(demand.columns, backend)
        for demand, backend in zip((libsql, postgres), Backend, strict=True)
    ):
        return
    rules = (libsql.left, postgres.left)
    # What only one engine has words for, the other may say in its own.
    decided = all(r is not None and not any(map(names_an_engine, r)) for r in rules)
    texts = libsql.check.expression, postgres.check.expression
    yield pair.differs(
        "check",
        _thing(pair, (libsql.check, Backend.LIBSQL), (postgres.check, Backend.POSTGRES)),
        texts,
        f"{pair.name} has CHECK ({one_line(texts[0])}) on libsql and CHECK ({as_written(texts[1])})"
        " on PostgreSQL" + ("." if decided else ", which cannot be compared as texts."),
        "Let both sides demand the same; on PostgreSQL: `ALTER TABLE"
        f" {quoted(pair.postgres.name)} DROP CONSTRAINT {quoted(postgres.check.name or '…')};`,"
        " then add it anew.",
        severity=ERROR if decided else WARNING,
        decided=decided,
    )


def _missing(pair: TablePair, demand: Demand, there: Backend) -> Iterator[Divergence]:
    here, check = there.other, demand.check
    doubt = _doubt(pair, demand, there)
    name = "" if _nobodys(pair, check, there) else f"CONSTRAINT {quoted(check.name or '')} "
    fix = (
        f"Run `ALTER TABLE {quoted(pair.postgres.name)} ADD {name}CHECK ({demand.text});` on"
        " PostgreSQL, in its dialect"
        if here is Backend.POSTGRES
        else f"Rebuild {pair.name} on libsql with {name}CHECK ({demand.text}), in its dialect"
    )
    yield pair.differs(
        "check",
        _thing(pair, (check, there)),
        said(there, check.expression),
        f"{pair.name} demands {demand.text} on {there.label} only{doubt}.",
        f"{fix}, or drop it from {there.label}.",
        severity=WARNING if doubt else ERROR,
        decided=not doubt,
        lacks=here,
    )


def _doubt(pair: TablePair, demand: Demand, there: Backend) -> str:
    """Why the other side may still refuse the same rows; empty where it cannot."""
    if pair.trigger_may_keep(demand.columns, there.other):
        return ", unless a trigger does it"
    narrow = {LogicalType.UUID, LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME}
    narrow |= {LogicalType.JSON, LogicalType.DECIMAL}
    kinds = [
        pair.types[folded(libsql.name)]
        for libsql, _ in pair.columns
        if folded(libsql.name) in demand.columns
    ]
    if there is Backend.LIBSQL and len(kinds) == 1 and kinds[0] in narrow:
        return f", unless the type {kinds[0]} implies it"
    if demand.left is None and not demand.columns:
        return ", as far as it is understood"
    return ""


def _same_rule_names(pair: TablePair, read: dict[Backend, list[Demand]]) -> Iterator[Divergence]:
    """Names of CHECKs that demand the same on both sides."""
    theirs = {each.left: each for each in read[Backend.POSTGRES] if each.left}
    for each in read[Backend.LIBSQL]:
        other = theirs.get(each.left) if each.left else None
        if other is not None:
            yield from name_differs(
                pair,
                Kind.CHECK,
                each.check.name,
                other.check.name,
                _thing(pair, (each.check, Backend.LIBSQL)),
                [column.name for column in pair.postgres.columns],
            )


def _not_validated(pair: TablePair) -> Iterator[Divergence]:
    for check in pair.postgres.checks:
        if not check.validated:
            yield pair.differs(
                "not-valid",
                _thing(pair, (check, Backend.POSTGRES)),
                (None, f"CHECK ({as_written(check.expression)}) NOT VALID"),
                f"{pair.name}: CHECK ({as_written(check.expression)}) holds for new rows on"
                " PostgreSQL; the rows that were there before have not been looked at.",
                f"Run `ALTER TABLE {quoted(pair.postgres.name)} VALIDATE CONSTRAINT"
                f" {quoted(check.name or '')};` in a later version.",
                severity=NOTE,
            )


def _unchecked(pair: TablePair, habits: Habits) -> Iterator[Divergence]:
    """Columns whose type on PostgreSQL no CHECK on libsql stands for, where others have one."""
    if not habits.narrow_types_are_checked.is_broken_by(False) or pair.libsql.triggers:
        return
    for libsql, postgres in pair.columns:
        if is_narrow(pair, libsql) and not is_checked(pair, libsql) and libsql.generated is None:
            column = quoted(libsql.name)
            is_flag = pair.types[folded(libsql.name)] is LogicalType.BOOLEAN
            rule = f"{column} IN (0, 1)" if is_flag else f"json_valid({column})"
            yield pair.differs(
                "check",
                f"{pair.name}.{libsql.name}",
                (None, postgres.type),
                f"{pair.name}.{libsql.name} takes any value on libsql; PostgreSQL's type"
                f" {postgres.type} does not, and elsewhere a CHECK says so on libsql.",
                f"Rebuild {pair.name} on libsql with CHECK ({rule}).",
                lacks=Backend.LIBSQL,
            )


def _enums(pair: TablePair, read: dict[Backend, list[Demand]]) -> Iterator[Divergence]:
    """Labels of a PostgreSQL enum that no CHECK on libsql lists."""
    for libsql, postgres in pair.columns:
        labels = pair.labels(postgres)
        if labels is None:
            continue
        own = [d for d in read[Backend.LIBSQL] if d.columns == {folded(libsql.name)}]
        if own:  # what it says beyond the labels is said where the CHECK is compared
            continue
        rule = _one_of(quoted(libsql.name), labels)
        undecided = pair.trigger_may_keep([libsql.name], Backend.LIBSQL)
        yield pair.differs(
            "check",
            f"{pair.name}.{libsql.name}",
            (None, f"{postgres.type}: {rule}"),
            f"{pair.name}.{libsql.name} is limited on PostgreSQL by its type {postgres.type}"
            f" ({rule}); libsql takes any value.",
            f"Rebuild {pair.name} on libsql with CHECK ({rule}).",
            severity=WARNING if undecided else ERROR,
            decided=not undecided,
            lacks=Backend.LIBSQL,
        )
