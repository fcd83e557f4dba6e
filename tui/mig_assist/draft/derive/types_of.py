"""Which type a column has on the other side: as its nearest relatives in the house have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.draft.house.lengths import Lengths, length_in, lengths_of
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Column, Schema, Table

_MODIFIER = re.compile(r"\(([^)]*)\)")
_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z0-9]+")
_FEW = 2
_CLEAR = 0.75
"""How many relatives by a part of their names are followed, and how many of them must agree."""

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
_SPECIAL = frozenset({"uuid", "json", "jsonb", "boolean", "date", "citext", "character"}) | {
    "timestamp with time zone",
    "timestamp without time zone",
}
"""PostgreSQL's types that a libsql type of another meaning only sometimes stands for."""
_OF_ITSELF = frozenset(
    {
        LogicalType.BOOLEAN,
        LogicalType.JSON,
        LogicalType.TIMESTAMP,
        LogicalType.DATE,
        LogicalType.TIME,
        LogicalType.UUID,
        LogicalType.BYTES,
    }
)
"""What a libsql type says by its own name."""
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


@dataclass(frozen=True, slots=True)
class TypeHint:
    """What is known of a column besides its name and type.

    Attributes:
        flag: whether a rule says that it is 0 or 1.
        json: whether a rule says that it is JSON.
    """

    flag: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class MappedType:
    """A type on the other side; ``doubt`` says what is uncertain about it."""

    text: str
    doubt: str = ""


@dataclass(slots=True)
class HouseTypesBySide:
    """The types that a house pairs, from a libsql type to a PostgreSQL one and back."""

    pairs: dict[tuple[str, str, Backend], Counter[str]] = field(default_factory=dict)
    lengths: Lengths = field(default_factory=dict)
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
            hints = _hints(table)
            columns = {column.name.lower(): column for column in other.columns}
            for column in table.columns:
                twin = columns.get(column.name.lower())
                if twin is None:
                    continue
                hint = hints.get(column.name.lower(), TypeHint())
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
        mine = split_modifier(libsql.type)[0].upper()
        theirs = postgres_name(postgres.type)
        for group in _groups(libsql.name, hint):
            self.pairs.setdefault((group, mine, Backend.LIBSQL), Counter())[theirs] += 1
            self.pairs.setdefault((group, theirs, Backend.POSTGRES), Counter())[mine] += 1

    def length(self, column: str, kind: str) -> str:
        """See :meth:`mig_assist.draft.house.HouseStyle.length`."""
        return length_in(self.lengths, column, kind)

    def follow(self, name: str, kind: str, source: Backend, hint: TypeHint) -> str | None:
        """The other side's type of a column's nearest relatives; None where there are none."""
        own = logical_type(kind, source) in _OF_ITSELF if source is Backend.LIBSQL else True
        for group in _groups(name, hint):
            counted = self.pairs.get((group, kind, source))
            if not counted:
                continue
            if group in ("plain", "all") and not own:
                # What only some columns are, a name or a rule tells; others do not follow them.
                counted = Counter({k: n for k, n in counted.items() if k not in _SPECIAL})
                if not counted:
                    continue
            best, often = counted.most_common(1)[0]
            if group.startswith("part ") and (
                counted.total() < _FEW or often < _CLEAR * counted.total()
            ):
                continue
            return best
        return None


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


@lru_cache(maxsize=4096)
def _groups(name: str, hint: TypeHint) -> tuple[str, ...]:
    """The groups of a column's relatives, the nearest first."""
    return tuple(_grouped(name, hint))


def _grouped(name: str, hint: TypeHint) -> Iterator[str]:
    yield f"name {name.lower()}"
    if hint.flag:
        yield "flags"
    if hint.json:
        yield "json"
    words = [word.lower() for word in _WORD.findall(name)]
    if words:
        yield f"part …_{words[-1]}"
        yield f"part {words[0]}_…"
    if not hint.flag and not hint.json:
        yield "plain"
    yield "all"


def _hints(table: Table) -> Mapping[str, TypeHint]:
    found: dict[str, TypeHint] = {}
    for check in table.checks:
        hint = hint_of(check.expression)
        if hint is not None:
            found[hint[0].lower()] = hint[1]
    return found


_FLAG = re.compile(
    r"""\s*\(?\s*["`\[]?(\w+)["`\]]?\s+in\s*\(\s*(?:0\s*,\s*1|1\s*,\s*0|false\s*,\s*true|true\s*,\s*false)\s*\)\s*\)?\s*""",
    re.IGNORECASE,
)
_FLAG_EQUALS = re.compile(
    r"""\s*["`\[]?(\w+)["`\]]?\s*==?\s*[01]\s+or\s+["`\[]?(\w+)["`\]]?\s*==?\s*[01]\s*""",
    re.IGNORECASE,
)
_JSON = re.compile(
    r"""\s*(?:["`\[]?\w+["`\]]?\s+is\s+null\s+or\s+)?json_valid\s*\(\s*["`\[]?(\w+)["`\]]?\s*\)\s*(?:=\s*1\s*)?""",
    re.IGNORECASE,
)


def hint_of(expression: str) -> tuple[str, TypeHint] | None:
    """The column that a CHECK says to be a flag or JSON."""
    if len(expression) > 300:
        return None
    if match := _FLAG.fullmatch(expression):
        return match[1], TypeHint(flag=True)
    match = _FLAG_EQUALS.fullmatch(expression)
    if match and match[1].lower() == match[2].lower():
        return match[1], TypeHint(flag=True)
    if match := _JSON.fullmatch(expression):
        return match[1], TypeHint(json=True)
    return None


def to_postgres(
    name: str,
    declared: str,
    house: HouseTypesBySide,
    hint: TypeHint = TypeHint(),
) -> MappedType:
    """PostgreSQL's type of a libsql column."""
    kind, modifier = split_modifier(declared)[0], _modifier(declared)
    followed = house.follow(name, kind.upper(), Backend.LIBSQL, hint)
    if followed is not None:
        return MappedType(_with_length(followed, modifier or house.length(name, followed)))
    upper = kind.upper()
    if upper in ("SMALLINT", "INT2", "TINYINT"):
        return MappedType("SMALLINT")
    if upper in ("VARCHAR", "CHARACTER VARYING", "NVARCHAR", "VARYING CHARACTER"):
        return MappedType(_with_length("character varying", modifier))
    if upper in ("CHAR", "CHARACTER", "NCHAR", "NATIVE CHARACTER"):
        return MappedType(_with_length("character", modifier or house.length(name, "character")))
    meant = logical_type(declared, Backend.LIBSQL)
    if meant is LogicalType.ANY:
        said = f"has the type {declared}" if declared else "has no type"
        return MappedType("TEXT", f"{name} {said} on libsql: choose one for PostgreSQL")
    text = _TO_POSTGRES[meant]
    if meant is LogicalType.TIMESTAMP and "WITHOUT" in upper:
        text = "TIMESTAMP"
    return MappedType(f"{text}({modifier})" if text == "NUMERIC" and modifier else text)


def to_libsql(
    name: str,
    declared: str,
    house: HouseTypesBySide,
    strict: bool,
    hint: TypeHint = TypeHint(),
    own: Iterable[str] = (),
) -> MappedType:
    """libsql's type of a PostgreSQL column.

    Args:
        strict: whether the table takes only the types of STRICT tables.
        own: the names of the application's enums.
    """
    kind, modifier = postgres_name(declared), _modifier(declared)
    followed = house.follow(name, kind, Backend.POSTGRES, hint)
    if followed is not None and (followed in _STRICT or not strict):
        lengthy = followed in _KEEPS_LENGTH
        return MappedType(f"{followed}({modifier})" if modifier and lengthy else followed)
    meant = logical_type(declared, Backend.POSTGRES, enums=tuple(own))
    lengthy = house.follow("", "character varying", Backend.POSTGRES, TypeHint()) == "VARCHAR"
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
