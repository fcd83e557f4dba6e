"""Two tables that are one, and the words in which their differences are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from mig_assist.backend import Backend
from mig_assist.engines.expressions import (
    canonical,
    canonical_filter,
    columns_of,
    conjuncts,
    names_an_engine,
)
from mig_assist.engines.house_types import TypeVerdict
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import Column, Table
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded, quoted

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

_WORD = re.compile(r"[^\W\d]\w*")


class HasName(Protocol):
    """A thing of a schema that has a name of its own."""

    @property
    def name(self) -> str:
        """As the catalog has it."""


Named = TypeVar("Named", bound=HasName)


@dataclass(frozen=True)
class TablePair:
    """One table as each side has it.

    Attributes:
        enums: the labels of PostgreSQL's enums, by name.
        lost: for each side the columns of all tables, folded, that only the other side has.
        verdicts: what the house says of the types of each column that both sides have, folded.
    """

    libsql: Table
    postgres: Table
    enums: Mapping[str, Sequence[str]]
    lost: Mapping[Backend, frozenset[tuple[str, str]]]
    verdicts: Mapping[str, TypeVerdict] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a person calls the table."""
        return self.libsql.name

    def of(self, backend: Backend) -> Table:
        """The table of one side."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    @cached_property
    def columns(self) -> tuple[tuple[Column, Column], ...]:
        """The columns that both sides have, in libsql's order."""
        return tuple(matched(self.libsql.columns, self.postgres.columns).pairs)

    @cached_property
    def types(self) -> Mapping[str, LogicalType]:
        """What each column holds, by either side's name of it.

        Where the sides say different things, PostgreSQL's is the more exact.
        """
        types = {folded(c.name): logical_type(c.type, Backend.LIBSQL) for c in self.libsql.columns}
        for column in self.postgres.columns:
            types[folded(column.name)] = logical_type(
                column.type, Backend.POSTGRES, enums=self.enums
            )
        return types

    @cached_property
    def not_null(self) -> frozenset[str]:
        """The columns, folded, that both sides declare NOT NULL."""
        return frozenset(
            folded(libsql.name)
            for libsql, postgres in self.columns
            if not (takes_null(libsql) or takes_null(postgres))
        )

    def labels(self, column: Column) -> Sequence[str] | None:
        """The labels of a PostgreSQL column whose type is an enum."""
        return self.enums.get(plain_type(column.type))

    @cached_property
    def lacking(self) -> Mapping[Backend, frozenset[str]]:
        """The columns, folded, that only the other side has."""
        tables = {folded(self.libsql.name), folded(self.postgres.name)}
        return {
            backend: frozenset(column for table, column in lost if table in tables)
            for backend, lost in self.lost.items()
        }

    def canonical(self, expression: str, backend: Backend) -> str | None:
        """One text for all spellings of an expression over this table; None where unsure."""
        return canonical(expression, backend, columns=self.types, not_null=self.not_null)

    def canonical_filter(self, predicate: str, backend: Backend) -> str | None:
        """As :meth:`canonical`, of the predicate of an index."""
        return canonical_filter(predicate, backend, columns=self.types, not_null=self.not_null)

    def demands(self, check: str, backend: Backend) -> frozenset[str] | None:
        """The rules that a CHECK is made of, canonical; None where unsure."""
        return conjuncts(check, backend, columns=self.types, not_null=self.not_null)

    def mentions(self, expression: str, backend: Backend) -> frozenset[str]:
        """The columns of an expression, folded; none where it is not understood."""
        return frozenset(folded(name) for name in columns_of(expression, backend) or ())

    def accepts_null(self, column: Column, backend: Backend) -> bool:
        """Whether a column takes NULL; a CHECK may refuse it as well as NOT NULL does."""
        if not takes_null(column):
            return False
        rule = self.demands(f"{quoted(column.name)} IS NOT NULL", backend)
        return not rule or not rule <= self.rules[backend]

    @cached_property
    def demanded(self) -> Mapping[Backend, Sequence[frozenset[str] | None]]:
        """The rules of each CHECK of each side, in the order of the CHECKs."""
        return {
            backend: [self.demands(check.expression, backend) for check in self.of(backend).checks]
            for backend in Backend
        }

    @cached_property
    def rules(self) -> Mapping[Backend, frozenset[str]]:
        """What the CHECKs of each side demand, as far as they are understood."""
        return {
            backend: frozenset(rule for rules in demanded for rule in rules or ())
            for backend, demanded in self.demanded.items()
        }

    def hangs_on_lacking(self, columns: Iterable[str], backend: Backend) -> bool:
        """Whether a thing of one side needs a column that the other side lacks.

        It cannot exist there; that the column is missing has been said already.
        """
        return not self.lacking[backend.other].isdisjoint(map(folded, columns))

    def trigger_may_keep(self, columns: Iterable[str], backend: Backend) -> bool:
        """Whether a trigger of one side speaks of some columns, so that it may keep a rule."""
        wanted = set(map(folded, columns))
        return any(
            not wanted
            or not wanted.isdisjoint(
                map(folded, _WORD.findall(f"{trigger.condition} {trigger.action}"))
            )
            for trigger in self.of(backend).triggers
        )

    def differs(
        self,
        rule: str,
        thing: str,
        said: tuple[str | None, str | None],
        message: str,
        fix: str,
        *,
        severity: Severity = ERROR,
        decided: bool = True,
        lacks: Backend | None = None,
    ) -> Divergence:
        """A divergence of this table; ``said`` is what libsql and PostgreSQL say."""
        return Divergence(
            f"parity/{rule}", severity, thing, self.name, lacks, *said, message, fix, decided
        )


def takes_null(column: Column) -> bool:
    """Whether a column by itself takes NULL, without being given a number for it."""
    return column.nullable and not column.numbered


def judge_texts(
    pair: TablePair, rule: str, thing: str, texts: tuple[str, str], verb: str, fix: str
) -> Iterator[Divergence]:
    """A divergence where two expressions do not mean the same for certain."""
    libsql, postgres = texts
    meanings = pair.canonical(libsql, Backend.LIBSQL), pair.canonical(postgres, Backend.POSTGRES)
    if None not in meanings and meanings[0] == meanings[1]:
        return
    decided = not any(meaning is None or names_an_engine(meaning) for meaning in meanings)
    yield pair.differs(
        rule,
        thing,
        texts,
        f"{thing} {verb} {one_line(libsql)} on libsql and {one_line(postgres)} on PostgreSQL"
        + ("." if decided else ", which cannot be compared as texts."),
        fix,
        severity=ERROR if decided else WARNING,
        decided=decided,
    )


def lost_columns(
    tables: Iterable[tuple[Table, Table]],
) -> Mapping[Backend, frozenset[tuple[str, str]]]:
    """For each side the columns that only the other side has, with either name of their table."""
    lost: dict[Backend, set[tuple[str, str]]] = {backend: set() for backend in Backend}
    for sides in tables:
        columns = [{folded(column.name) for column in side.columns} for side in sides]
        for backend, here, there in zip(Backend, columns, reversed(columns), strict=True):
            for side in sides:
                lost[backend].update((folded(side.name), name) for name in there - here)
    return {backend: frozenset(names) for backend, names in lost.items()}


@dataclass(frozen=True, slots=True)
class Matched(Generic[Named]):
    """What both sides have, and what only one has."""

    pairs: Sequence[tuple[Named, Named]]
    libsql: Sequence[Named]
    postgres: Sequence[Named]


def matched(libsql: Sequence[Named], postgres: Sequence[Named]) -> Matched[Named]:
    """Pair what has one name on both sides; what is written alike comes first.

    PostgreSQL may have ``"Teams"`` beside ``teams``, SQLite takes both for one.
    """
    left = {each.name: each for each in postgres}
    pairs = {one.name: (one, left.pop(one.name)) for one in libsql if one.name in left}
    spellings = {folded(name): name for name in left}
    alone = []
    for one in libsql:
        spelling = spellings.pop(folded(one.name), None) if one.name not in pairs else None
        if spelling is not None:
            pairs[one.name] = (one, left.pop(spelling))
        elif one.name not in pairs:
            alone.append(one)
    ordered = [pairs[one.name] for one in libsql if one.name in pairs]
    return Matched(ordered, alone, list(left.values()))


_TYPE = r"(?:text|bigint|integer|smallint|numeric|character varying|bpchar)"
_ADDED = (
    (re.compile(rf"('(?:[^']|'')*')::{_TYPE}(?!\[)"), r"\1"),
    (re.compile(rf"\((-?[\d.]+)\)::{_TYPE}\b(?!\[)"), r"\1"),
    (re.compile(r"\((\w+|\"[^\"]+\")\)::text\b(?!\[)"), r"\1"),
    (re.compile(r"= ANY \(\(?ARRAY\[([^\]]*)\](?:\)::text\[\])?\)"), r"IN (\1)"),
)


def as_written(expression: str) -> str:
    """An expression of PostgreSQL's catalog nearer to what somebody wrote; only to be read."""
    text = one_line(expression)
    for added, written in _ADDED:
        text = added.sub(written, text)
    while text.startswith("(") and text.endswith(")") and _is_one_group(text):
        text = text[1:-1].strip()
    return text


def _is_one_group(text: str) -> bool:
    """Whether the first parenthesis closes at the end."""
    depth = 0
    for place, token in enumerate(re.sub(r"'[^']*'", lambda m: "_" * len(m[0]), text)):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


def plain_type(declared: str) -> str:
    """The name of a type of one's own, as the catalog has it, from what format_type() says."""
    name = re.search(r'(?:"((?:[^"]|"")+)"|([^".]+))$', declared)
    return declared if name is None else (name[1] or "").replace('""', '"') or name[2]


def said(backend: Backend, text: str) -> tuple[str | None, str | None]:
    """What only one side says."""
    return (text, None) if backend is Backend.LIBSQL else (None, text)


def named_list(names: Iterable[str]) -> str:
    """Column names between parentheses, as SQL lists them."""
    return f"({', '.join(quoted(name) for name in names)})"


def one_line(text: str) -> str:
    """A text of SQL without its line breaks."""
    return " ".join(text.split())
