"""Which type a column has on the other side: as its nearest relatives in the house have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mig_assist.backend import Backend
from mig_assist.draft.derive.relatives import (
    BIG,
    NARROW,
    SMALL,
    Choice,
    are_akin,
    choose,
    groups_of,
    is_large,
    is_time,
    moments_among,
    same_family,
    told,
)
from mig_assist.draft.derive.type_hints import NO_HINT, TypeHint, hints_of
from mig_assist.draft.house.lengths import Lengths, length_in, lengths_of
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Column, Schema, Table

_MODIFIER = re.compile(r"\(([^)]*)\)")
_SPELLED = {
    "character varying": "VARCHAR",
    "character": "CHAR",
    "timestamp with time zone": "TIMESTAMPTZ",
    "timestamp without time zone": "TIMESTAMP",
    "time without time zone": "TIME",
    "time with time zone": "TIMETZ",
}
_TO_POSTGRES = {
    LogicalType.INTEGER: "BIGINT",
    LogicalType.REAL: "DOUBLE PRECISION",
    LogicalType.DECIMAL: "NUMERIC",
    LogicalType.TEXT: "TEXT",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.JSON: "JSONB",
    LogicalType.TIMESTAMP: "TIMESTAMPTZ",
    LogicalType.DATE: "DATE",
    LogicalType.TIME: "TIME",
    LogicalType.INTERVAL: "INTERVAL",
    LogicalType.UUID: "UUID",
    LogicalType.BYTES: "BYTEA",
}
_TO_LIBSQL = {
    LogicalType.INTEGER: "INTEGER",
    LogicalType.REAL: "REAL",
    LogicalType.DECIMAL: "NUMERIC",
    LogicalType.BOOLEAN: "INTEGER",
    LogicalType.BYTES: "BLOB",
}
_STRICT = frozenset({"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"})
_KEEPS_LENGTH = frozenset({"VARCHAR", "CHARACTER VARYING", "CHAR", "CHARACTER", "NUMERIC"})
_KEEPS_LENGTH |= {"DECIMAL"}
_CERTAIN = frozenset(
    {
        LogicalType.INTEGER,
        LogicalType.REAL,
        LogicalType.DECIMAL,
        LogicalType.TEXT,
        LogicalType.BOOLEAN,
        LogicalType.JSON,
        LogicalType.TIMESTAMP,
        LogicalType.DATE,
        LogicalType.TIME,
        LogicalType.UUID,
        LogicalType.BYTES,
        LogicalType.ENUM,
    }
)


NOTHING_BESIDE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MappedType:
    """A type on the other side; ``doubt`` says what is uncertain about it."""

    text: str
    doubt: str = ""


@dataclass(slots=True)
class HouseTypesBySide:
    """The types that a house pairs, from a libsql type to a PostgreSQL one and back.

    Attributes:
        stated: the libsql types of which mig-assist.toml says what they are on PostgreSQL.
    """

    pairs: dict[tuple[str, str, Backend], Counter[str]] = field(default_factory=dict)
    lengths: Lengths = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    strict: bool | None = None
    checks_flags: bool = True
    checks_json: bool = True
    checks_lengths: bool = True
    numbering: str = "identity"
    keys_not_null: bool = True
    autoincrement: bool = False

    @classmethod
    def learn(cls, libsql: Schema, postgres: Schema) -> HouseTypesBySide:
        """The pairs of all columns that both schemas have."""
        found = cls(lengths=lengths_of(libsql, postgres))
        theirs = {table.name.lower(): table for table in postgres.tables}
        strict = [table.strict for table in libsql.tables]
        found.strict = sum(strict) * 2 > len(strict) if strict else None
        flags: list[bool] = []
        documents: list[bool] = []
        limited: list[bool] = []
        for table in libsql.tables:
            other = theirs.get(table.name.lower())
            if other is None:
                continue
            hints = hints_of(table)
            columns = {column.name.lower(): column for column in other.columns}
            for column in table.columns:
                twin = columns.get(column.name.lower())
                if twin is None:
                    continue
                hint = hints[column.name.lower()]
                found._add(column, twin, hint)
                meant = logical_type(twin.type, Backend.POSTGRES)
                stored = logical_type(column.type, Backend.LIBSQL)
                if meant is LogicalType.BOOLEAN and stored is LogicalType.INTEGER:
                    flags.append(hint.flag)
                if meant is LogicalType.JSON and stored is LogicalType.TEXT:
                    documents.append(hint.json)
                if stored is LogicalType.TEXT and length_of(twin.type):
                    limited.append(any(_limits(c.expression, column.name) for c in table.checks))
        found._learn_keys(libsql, theirs)
        if flags:
            found.checks_flags = sum(flags) * 2 > len(flags)
        if limited:
            found.checks_lengths = sum(limited) * 2 > len(limited)
        if documents:
            found.checks_json = sum(documents) * 2 > len(documents)
        return found

    def _learn_keys(self, libsql: Schema, theirs: Mapping[str, Table]) -> None:
        not_null: list[bool] = []
        never_reused: list[bool] = []
        numbered: Counter[str] = Counter()
        for table in libsql.tables:
            for name in table.primary_key.columns if table.primary_key else ():
                column = table.column(name)
                if column is None:
                    continue
                if not column.numbered:
                    not_null.append(not column.nullable)
                    continue
                never_reused.append(column.never_reused)
                other = theirs.get(table.name.lower())
                twin = other.column(name) if other else None
                if twin is not None:
                    small = twin.type in ("integer", "smallint")
                    numbered["plain" if not twin.numbered else "serial" if small else ""] += 1
        if not_null:
            self.keys_not_null = sum(not_null) * 2 > len(not_null)
        if never_reused:
            self.autoincrement = sum(never_reused) * 2 > len(never_reused)
        if numbered:
            self.numbering = numbered.most_common(1)[0][0] or "identity"

    def _add(self, libsql: Column, postgres: Column, hint: TypeHint) -> None:
        mine = kind_of(libsql.type)
        theirs = postgres_name(postgres.type)
        for group in groups_of(libsql.name, hint):
            self.pairs.setdefault((group, mine, Backend.LIBSQL), Counter())[theirs] += 1
            self.pairs.setdefault((group, theirs, Backend.POSTGRES), Counter())[mine] += 1

    def length(self, column: str, kind: str) -> str | None:
        """See :meth:`mig_assist.draft.house.HouseStyle.length`; None where relatives disagree."""
        return length_in(self.lengths, column, kind)

    def follow(
        self,
        name: str,
        kind: str,
        source: Backend,
        hint: TypeHint = NO_HINT,
        beside: Mapping[str, str] = NOTHING_BESIDE,
        among: Collection[str] = (),
    ) -> Choice | None:
        """The other side's type of a column's nearest relatives; None where there are none.

        Args:
            kind: upper case for libsql, as format_type() spells it for PostgreSQL.
            beside: the columns of the same table that are of this type, by their names: the type
                on the other side, empty where it is not chosen yet.
            among: the types that the other side's table may have; empty for all.
        """
        for group, counted in self._relatives(name, kind, source, hint, beside):
            if among:
                counted = Counter({each: n for each, n in counted.items() if each in among})
            choice = choose(name, group, counted, kind, source, hint)
            if choice is not None:
                return choice
        return None

    def _relatives(
        self, name: str, kind: str, source: Backend, hint: TypeHint, beside: Mapping[str, str]
    ) -> Iterator[tuple[str, Counter[str]]]:
        """The relatives by groups: those of the same type first, then others of its family."""
        groups = groups_of(name, hint)
        kinds = [kind, *(each for each in self._kinds(source) if are_akin(kind, each, source))]
        if kind in self.stated:
            kinds = [kind]
        named = f"name {name.lower()}"
        if is_time(name):
            others = {each: how for each, how in beside.items() if is_time(each)}
            decided = Counter(how for how in others.values() if how)
            pooled = self._sum(
                [named, *(f"name {each.lower()}" for each in others)], [kind], source
            )
            if decided:
                yield named, decided + same_family(pooled, decided, source.other)
            if pooled.total() > 1:
                yield named, pooled
            # A single relative is followed only where other moments have no habit.
            last = next(group for group in groups if group.startswith("part …"))
            yield last, self._sum([last], [kind], source)
        near = [group for group in groups if group not in ("plain", "all")]
        for group in near:
            yield group, self._sum([group], [kind], source)
        if source is Backend.LIBSQL:
            for group in near:
                yield group, self._sum([group], kinds, source)
        for these in ([kind], kinds):
            for group in groups[len(near) :]:
                yield group, self._sum([group], these, source)

    def _sum(self, groups: Iterable[str], kinds: Iterable[str], source: Backend) -> Counter[str]:
        found = Counter[str]()
        for group in groups:
            for kind in kinds:
                found.update(self.pairs.get((group, kind, source), ()))
        return found

    def keeps(self, libsql: str, postgres: str) -> bool:
        """Whether a column may be stored in another way on libsql and stay what it is.

        That is so where the house has the pair, and the two types do not mean the same anyway.
        """
        kind = postgres_name(postgres)
        pairs = self.pairs.get(("all", kind_of(libsql), Backend.LIBSQL), Counter())
        meant = logical_type(libsql, Backend.LIBSQL), logical_type(postgres, Backend.POSTGRES)
        return kind in pairs and meant[0] is not meant[1]

    def _kinds(self, source: Backend) -> list[str]:
        return [kind for group, kind, side in self.pairs if group == "all" and side is source]

    def elsewhere(self, name: str) -> Counter[str]:
        """What columns with the same last word are on PostgreSQL, whatever libsql calls them."""
        last = next((each for each in groups_of(name, NO_HINT) if each.startswith("part …")), "")
        return self._sum([last], self._kinds(Backend.LIBSQL), Backend.LIBSQL)


def kind_of(declared: str) -> str:
    """A libsql type by which columns are compared: without its length, and other engines' words."""
    return split_modifier(declared)[0].upper().partition(" AFTER ")[0]


def beside(columns: Mapping[str, tuple[str, str]], name: str, declared: str) -> Mapping[str, str]:
    """Of a table's columns those that have a type, too: what each is on the other side.

    Args:
        columns: the type on this side and on the other, empty where it is not chosen yet.
    """
    kind = kind_of(declared)
    return {
        each: theirs
        for each, (mine, theirs) in columns.items()
        if each != name and kind_of(mine) == kind
    }


def length_of(declared: str) -> str:
    """How many characters a PostgreSQL type takes; empty where it takes any number."""
    if postgres_name(declared) not in ("character varying", "character"):
        return ""
    return split_modifier(declared)[1] or ("1" if postgres_name(declared) == "character" else "")


def _limits(expression: str, column: str) -> bool:
    """Whether a CHECK says how long a text may be."""
    return re.search(rf"length\s*\(\W*{re.escape(column)}\W*\)", expression, re.I) is not None


_last: tuple[Schema, Schema, HouseTypesBySide] | None = None


def learned(libsql: Schema, postgres: Schema) -> HouseTypesBySide:
    """As :meth:`HouseTypesBySide.learn`; the last two schemas are remembered."""
    global _last
    if _last is None or _last[0] is not libsql or _last[1] is not postgres:
        _last = (libsql, postgres, HouseTypesBySide.learn(libsql, postgres))
    return _last[2]


def to_postgres(
    name: str,
    declared: str,
    house: HouseTypesBySide,
    hint: TypeHint = NO_HINT,
    beside: Mapping[str, str] = NOTHING_BESIDE,
) -> MappedType:
    """PostgreSQL's type of a libsql column; see :meth:`HouseTypesBySide.follow`."""
    upper, modifier = kind_of(declared), _modifier(declared)
    choice = house.follow(name, upper, Backend.LIBSQL, hint, beside)
    if choice is not None:
        doubt = choice.doubt
        if not choice.near and is_time(name) and moments_among(house.elsewhere(name)):
            doubt = doubt or (
                f"{name} is {upper} on libsql, and columns with its last word are"
                f" {told(house.elsewhere(name))} on PostgreSQL: choose its type"
            )
        large = not choice.near and upper not in house.stated and (hint.moment or is_large(name))
        if choice.type in NARROW and (hint.wide or large) and upper not in SMALL:
            return MappedType("BIGINT", doubt)
        length = modifier or house.length(name, choice.type)
        return MappedType("TEXT" if length is None else _with_length(choice.type, length), doubt)
    if upper in SMALL:
        return MappedType("SMALLINT")
    if upper in ("VARCHAR", "CHARACTER VARYING", "NVARCHAR", "VARYING CHARACTER"):
        return MappedType(_with_length("character varying", modifier))
    if upper in ("CHAR", "CHARACTER", "NCHAR", "NATIVE CHARACTER"):
        return MappedType(
            _with_length("character", modifier or house.length(name, "character") or "")
        )
    meant = logical_type(declared, Backend.LIBSQL)
    if meant is LogicalType.ANY:
        said = f"has the type {declared}" if declared else "has no type"
        return MappedType("TEXT", f"{name} {said} on libsql: choose one for PostgreSQL")
    text = _TO_POSTGRES[meant]
    if meant is LogicalType.TIMESTAMP and "WITHOUT" in upper:
        text = "TIMESTAMP"
    return MappedType(f"{text}({modifier})" if text == "NUMERIC" and modifier else text)


def of_target(declared: str, target: str) -> str | None:
    """PostgreSQL's type of a libsql column that refers to one of a PostgreSQL type.

    None where the column's own type has to say it: a length or 64 bits that it states are meant,
    and a key of quite another type refers to nothing.
    """
    if not target or (postgres_name(target) in NARROW and kind_of(declared) in BIG):
        return None
    stored = logical_type(declared, Backend.LIBSQL)
    if stored is LogicalType.TEXT and split_modifier(declared)[1]:
        return None
    kind = logical_type(target, Backend.POSTGRES)
    same = kind is stored or kind not in (LogicalType.INTEGER, LogicalType.TEXT)
    return spelled(target) if same else None


def to_libsql(
    name: str,
    declared: str,
    house: HouseTypesBySide,
    strict: bool,
    hint: TypeHint = NO_HINT,
    own: Iterable[str] = (),
    beside: Mapping[str, str] = NOTHING_BESIDE,
) -> MappedType:
    """libsql's type of a PostgreSQL column; see :meth:`HouseTypesBySide.follow`.

    Args:
        strict: whether the table takes only the types of STRICT tables.
        own: the names of the application's enums.
    """
    kind, modifier = postgres_name(declared), _modifier(declared)
    among = _STRICT if strict else ()
    choice = house.follow(name, kind, Backend.POSTGRES, hint, beside, among)
    if choice is not None:
        lengthy = modifier and choice.type in _KEEPS_LENGTH
        return MappedType(f"{choice.type}({modifier})" if lengthy else choice.type, choice.doubt)
    meant = logical_type(declared, Backend.POSTGRES, enums=tuple(own))
    varying = house.follow("", "character varying", Backend.POSTGRES)
    lengthy = varying is not None and varying.type == "VARCHAR"
    if kind == "character" and modifier and lengthy and not strict:
        return MappedType(f"CHAR({modifier})")
    if meant is LogicalType.DECIMAL:
        if strict:
            return MappedType(
                "TEXT", f"{name} is {declared}, for which a STRICT table has no exact type"
            )
        return MappedType(f"NUMERIC({modifier})" if modifier else "NUMERIC")
    doubt = (
        "" if meant in _CERTAIN else f"{name} is {declared} on PostgreSQL: decide how to keep it"
    )
    return MappedType(_TO_LIBSQL.get(meant, "TEXT"), doubt)


def _with_length(kind: str, length: str) -> str:
    """A PostgreSQL type; CHAR without a length would be CHAR(1)."""
    if kind not in ("character", "character varying", "numeric"):
        return spelled(kind)
    if not length:
        return "TEXT" if kind == "character" else spelled(kind)
    return f"{spelled(kind)}({length})"


def _modifier(declared: str) -> str:
    """What stands in the parentheses of a type, as it is written."""
    found = _MODIFIER.search(declared)
    return found[1].strip() if found else ""


def spelled(name: str) -> str:
    """A type of format_type() as people write it."""
    return _SPELLED.get(name, name if name.startswith('"') else name.upper())
