"""Columns of a table that both sides have: what they hold, and what stands in them by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mig_assist.backend import Backend
from mig_assist.engines.expressions import canonical_default
from mig_assist.engines.house_types import LIMITABLE, Standing, TypeVerdict, is_held_as_text
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Column
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.habits import Habits, is_checked, is_flag
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.sides import (
    ERROR,
    NOTE,
    WARNING,
    TablePair,
    judge_texts,
    one_line,
    plain_type,
    said,
    takes_null,
)

_BYTEWISE = frozenset(("BINARY", "C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8", "pg_c_utf8"))
_NO_TEXT = frozenset(
    (LogicalType.INTEGER, LogicalType.REAL, LogicalType.BOOLEAN, LogicalType.BYTES)
)
_SPECIAL = frozenset(
    (
        LogicalType.JSON,
        LogicalType.UUID,
        LogicalType.TIMESTAMP,
        LogicalType.DATE,
        LogicalType.TIME,
        LogicalType.INTERVAL,
    )
)
"""What is a text on libsql and refuses most texts on PostgreSQL."""
_FEW_NAMES = 4
"""How many columns show an order."""


def compare_columns(pair: TablePair, habits: Habits) -> Iterator[Divergence]:
    """Missing columns first, then what both have."""
    yield from _missing(pair)
    for libsql, postgres in pair.columns:
        mistyped = list(_type(pair, libsql, postgres))
        yield from mistyped or _narrower(pair, libsql, postgres)
        yield from _generated(pair, libsql, postgres)
        if mistyped:  # another type has another default and numbering for the same reason
            yield from _nullability(pair, libsql, postgres, habits)
            continue
        misnumbered = list(_numbering(pair, libsql, postgres, habits))
        yield from misnumbered
        if not misnumbered:  # what numbers itself is NOT NULL
            yield from _nullability(pair, libsql, postgres, habits)
        yield from _default(pair, libsql, postgres)
        yield from _collation(pair, libsql, postgres)
    yield from _order(pair)


def _missing(pair: TablePair) -> Iterator[Divergence]:
    lost = {
        b: [c for c in pair.of(b.other).columns if folded(c.name) in pair.lacking[b]]
        for b in Backend
    }
    only_libsql, only_postgres = lost[Backend.POSTGRES], lost[Backend.LIBSQL]
    if len(only_libsql) == len(only_postgres) == 1 and _same_place(
        pair, only_libsql[0], only_postgres[0]
    ):
        libsql, postgres = only_libsql[0].name, only_postgres[0].name
        yield pair.differs(
            "missing-column",
            f"{pair.name}.{libsql}",
            (libsql, postgres),
            f"{pair.name} has a column {libsql} on libsql that is called {postgres} on PostgreSQL.",
            f"Rename one: `ALTER TABLE {quoted(pair.postgres.name)} RENAME COLUMN"
            f" {quoted(postgres)} TO {quoted(libsql)};` on PostgreSQL.",
        )
        return
    for backend, columns in lost.items():
        for column in columns:
            there = backend.other
            text = one_line(f"{column.name} {column.type}")
            yield pair.differs(
                "missing-column",
                f"{pair.name}.{column.name}",
                said(there, text),
                f"{pair.name}.{column.name} ({text}) is on {there.label} only.",
                f"Add it on {backend.label} (`ALTER TABLE {quoted(pair.of(backend).name)}"
                f" ADD COLUMN {quoted(column.name)} …;`), or drop it from {there.label}.",
                lacks=backend,
            )


def _same_place(pair: TablePair, libsql: Column, postgres: Column) -> bool:
    return pair.libsql.columns.index(libsql) == pair.postgres.columns.index(postgres)


def is_mistyped(pair: TablePair, libsql: Column, postgres: Column) -> bool:
    """Whether a column's types are wrong; what PostgreSQL only limits further are not."""
    return any(found.severity is not NOTE for found in _type(pair, libsql, postgres))


def _type(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[Divergence]:
    verdict = pair.verdicts[folded(libsql.name)]
    meant = logical_type(libsql.type, Backend.LIBSQL), pair.types[folded(libsql.name)]
    if meant[0] in _NO_TEXT and meant[1] is LogicalType.ENUM:
        verdict = TypeVerdict(Standing.INCOMPATIBLE)
    if verdict.agrees or verdict.standing is Standing.LIMITED:
        return
    by_habit = verdict.standing is Standing.BREAKS_HABIT and verdict.kept_by > 0
    if by_habit and pair.labels(postgres) is not None:
        return  # a text's labels are compared with its CHECK
    flag = by_habit and meant[1] is LogicalType.BOOLEAN and is_flag(pair, libsql)
    kinds = (libsql.type or "no type", postgres.type)
    alike = _spelled_alike(libsql, postgres)
    # A type that is there to hold more, or what libsql has no type for, is left as it is.
    is_advised = not (flag or verdict.wider or is_held_as_text(libsql, postgres))
    state = "state the pair under [parity.types] in mig-assist.toml."
    fix = (
        "Give both sides types that hold the same; on PostgreSQL: `ALTER TABLE"
        f" {quoted(pair.postgres.name)} ALTER COLUMN {quoted(postgres.name)} TYPE …;`. Where the"
        " pair is meant, state it under [parity.types] in mig-assist.toml."
    )
    match verdict.standing:
        case Standing.BREAKS_HABIT if verdict.habit:
            told = verdict.among
            if verdict.kept_by:
                told = f"as {verdict.kept_by} other {verdict.among} do"
            if alike:
                told += "; both files spell it alike"
            why = f"; the house pairs {verdict.habit} ({told})."
            run = _retyped(pair, libsql, postgres, verdict.habit.postgres.partition(" or ")[0])
            if by_habit and not is_advised:
                fix = f"Leave it where it is meant, or {state}"
            elif run and verdict.habit.libsql == split_modifier(libsql.type)[0].upper():
                fix = f"Run `{run}` on PostgreSQL, or {state}"
        case Standing.LENGTHS_DIFFER:
            why = ": the lengths differ."
        case _:
            why = ", which cannot hold the same values."
    matters = verdict.narrower or meant[0] is not meant[1]
    severity = ERROR if matters and verdict.certain and not flag else WARNING
    if by_habit and is_held_as_text(libsql, postgres):
        severity = WARNING
    elif by_habit and (alike or verdict.wider):
        severity = WARNING if verdict.narrower else NOTE
    yield pair.differs(
        "column-type",
        f"{pair.name}.{libsql.name}",
        kinds,
        f"{pair.name}.{libsql.name} is {kinds[0]} on libsql and {kinds[1]} on PostgreSQL{why}",
        fix,
        severity=severity,
    )


def _spelled_alike(libsql: Column, postgres: Column) -> bool:
    """Whether both files say one word, so that nobody chose another type for either side."""
    names = (postgres_name(split_modifier(side.type)[0]) for side in (libsql, postgres))
    return next(names) == next(names)


def _retyped(pair: TablePair, libsql: Column, postgres: Column, wanted: str) -> str:
    """The statement that gives a PostgreSQL column another type; empty where no cast is certain.

    A default has to be dropped before it (the manual, ALTER TABLE), where its type is another.
    """
    column, was = quoted(postgres.name), pair.types[folded(libsql.name)]
    becomes = logical_type(wanted, Backend.POSTGRES)
    if wanted in LIMITABLE:
        length = split_modifier(libsql.type)[1]
        if not length and postgres_name(postgres.type) in LIMITABLE:
            length = split_modifier(postgres.type)[1]
        wanted += f"({length})" if length else ""
    kept = f"{column}::{wanted}"
    if (was, becomes) == (LogicalType.BOOLEAN, LogicalType.INTEGER):
        kept = f"{column}::integer"  # there is no cast to bigint
    elif (was, becomes) == (LogicalType.INTEGER, LogicalType.BOOLEAN):
        kept = f"{column} <> 0"
    elif was is not becomes and LogicalType.TEXT not in (was, becomes):
        return ""
    change = f"ALTER COLUMN {column}"
    parts = [f"{change} TYPE {wanted} USING {kept}"]
    if was is not becomes and postgres.default is not None:
        parts = [f"{change} DROP DEFAULT", *parts, f"{change} SET DEFAULT …"]
    return f"ALTER TABLE {quoted(pair.postgres.name)} {', '.join(parts)};"


def _narrower(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[Divergence]:
    """What PostgreSQL's type refuses or rounds by itself and nothing on libsql does."""
    verdict = pair.verdicts[folded(libsql.name)]
    limited = verdict.standing is Standing.LIMITED
    lone = verdict.agrees and verdict.narrower and not verdict.customary
    meant = logical_type(libsql.type, Backend.LIBSQL), pair.types[folded(libsql.name)]
    special = lone and meant[0] is LogicalType.TEXT and meant[1] in _SPECIAL
    if libsql.generated is not None or not (limited or special):
        return
    if is_checked(pair, libsql) if special else _is_as_short(pair, libsql, postgres):
        return
    if pair.trigger_may_keep([libsql.name], Backend.LIBSQL):
        return
    thing, column = f"{pair.name}.{libsql.name}", quoted(libsql.name)
    kinds = libsql.type or "no type", postgres.type
    does, rule = "refuses", ""
    if limited and plain_type(postgres.type).startswith("numeric"):
        does = "rounds and refuses"
    elif limited:
        rule = f" with CHECK (length({column}) <= {split_modifier(postgres.type)[1]})"
    elif meant[1] is LogicalType.JSON:
        rule = f" with CHECK (json_valid({column}))"
    yield pair.differs(
        "column-type",
        thing,
        kinds,
        f"{thing} is {kinds[0]} on libsql and {kinds[1]} on PostgreSQL, which {does} values that"
        " libsql takes.",
        (f"Rebuild {pair.name} on libsql{rule}" if rule else "Let a CHECK on libsql say the same")
        + ", or state the pair under [parity.types] in mig-assist.toml where it is meant.",
        severity=NOTE if special else ERROR if verdict.certain else WARNING,
    )


def _is_as_short(pair: TablePair, libsql: Column, postgres: Column) -> bool:
    """Whether a CHECK on libsql keeps texts as short as PostgreSQL's type does."""
    limit = split_modifier(postgres.type)[1]
    if not limit.isdigit():
        return False
    length = f"length({quoted(libsql.name)})"
    said = (f"{length} <= {limit}", f"{length} < {int(limit) + 1}", f"{length} = {limit}")
    rules = (pair.demands(text, Backend.LIBSQL) for text in said)
    return any(rule and rule <= pair.rules[Backend.LIBSQL] for rule in rules)


def _nullability(
    pair: TablePair, libsql: Column, postgres: Column, habits: Habits
) -> Iterator[Divergence]:
    if takes_null(libsql) == takes_null(postgres):
        return  # a CHECK that says NOT NULL on one side is compared as a CHECK
    nullable = (
        pair.accepts_null(libsql, Backend.LIBSQL),
        pair.accepts_null(postgres, Backend.POSTGRES),
    )
    if nullable[0] == nullable[1]:
        return
    texts = (
        "NULL allowed" if nullable[0] else "NOT NULL",
        "NULL allowed" if nullable[1] else "NOT NULL",
    )
    key = pair.libsql.primary_key
    if nullable[0] and key and folded(libsql.name) in map(folded, key.columns):
        # SQLite's primary keys accept NULL unless they say NOT NULL; hardly a schema does.
        # https://www.sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls
        fellows = [pair.libsql.column(name) for name in key.columns]
        told = habits.keys_say_not_null.is_broken_by(False) or any(
            column is not None and not column.nullable for column in fellows
        )
        if told:
            yield pair.differs(
                "nullability",
                f"{pair.name}.{libsql.name}",
                texts,
                f"{pair.name}.{libsql.name} is part of the primary key and accepts NULL on libsql,"
                " because it does not say NOT NULL as other keys do.",
                "Write NOT NULL at the column on libsql.",
            )
        return
    strict = Backend.POSTGRES if nullable[0] else Backend.LIBSQL
    table, column = quoted(pair.postgres.name), quoted(postgres.name)
    change = "DROP" if strict is Backend.POSTGRES else "SET"
    yield pair.differs(
        "nullability",
        f"{pair.name}.{libsql.name}",
        texts,
        f"{pair.name}.{libsql.name} accepts NULL on {strict.other.label} and refuses it on"
        f" {strict.label}.",
        f"Rebuild {pair.libsql.name} on libsql with"
        f" {'NOT NULL' if nullable[0] else 'the column nullable'}, or run `ALTER TABLE {table}"
        f" ALTER COLUMN {column} {change} NOT NULL;` on PostgreSQL.",
    )


def _numbering(
    pair: TablePair, libsql: Column, postgres: Column, habits: Habits
) -> Iterator[Divergence]:
    thing = f"{pair.name}.{libsql.name}"
    keys = [key for side in Backend for key in pair.of(side).foreign_keys]
    if any(folded(libsql.name) in map(folded, key.columns) for key in keys):
        return  # what refers to another key is always given
    if libsql.numbered and not postgres.numbered:
        if postgres.default is not None or postgres.generated is not None:
            return  # which _default compares
        stated = libsql.never_reused or habits.keys_are_numbered.is_broken_by(False)
        if not stated and habits.keys_are_numbered.keep == 0 < habits.keys_are_numbered.break_:
            return
        yield pair.differs(
            "numbering",
            thing,
            ("numbered: INTEGER PRIMARY KEY", "not numbered"),
            f"libsql numbers {thing} by itself, and PostgreSQL does not: a row that is inserted"
            " without it gets a number there and is refused here.",
            f"Run `ALTER TABLE {quoted(pair.postgres.name)} ALTER COLUMN {quoted(postgres.name)}"
            " ADD GENERATED BY DEFAULT AS IDENTITY;` on PostgreSQL.",
            severity=ERROR if stated else WARNING,
        )
    elif postgres.numbered and not libsql.numbered and libsql.default is None:
        undecided = pair.trigger_may_keep([libsql.name], Backend.LIBSQL)
        yield pair.differs(
            "numbering",
            thing,
            ("not numbered", "numbered"),
            f"PostgreSQL numbers {thing} by itself, and libsql does not.",
            "Write INTEGER PRIMARY KEY on libsql, or drop the numbering on PostgreSQL.",
            severity=WARNING if undecided else ERROR,
            decided=not undecided,
        )
    elif (
        libsql.numbered
        and not libsql.never_reused
        and habits.numbers_never_return.is_broken_by(False)
    ):
        yield pair.differs(
            "numbering",
            thing,
            ("INTEGER PRIMARY KEY without AUTOINCREMENT", "a sequence"),
            f"libsql gives the number of a deleted row to the next one in {thing}; PostgreSQL"
            " never does, and neither do the other tables, which say AUTOINCREMENT.",
            "Write AUTOINCREMENT on libsql.",
        )


def _generated(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[Divergence]:
    texts = (libsql.generated, postgres.generated)
    if texts == (None, None):
        return
    thing = f"{pair.name}.{libsql.name}"
    if None in texts:
        there = Backend.LIBSQL if libsql.generated is not None else Backend.POSTGRES
        undecided = pair.trigger_may_keep([libsql.name], there.other)
        yield pair.differs(
            "generated",
            thing,
            texts,
            f"{thing} is generated on {there.label} ({one_line(texts[0] or texts[1] or '')}) and"
            f" is an ordinary column on {there.other.label}.",
            f"Generate it on {there.other.label} too.",
            severity=WARNING if undecided else ERROR,
            decided=not undecided,
            lacks=there.other,
        )
        return
    yield from judge_texts(
        pair,
        "generated",
        thing,
        (libsql.generated or "", postgres.generated or ""),
        "is generated as",
        "Generate it from the same expression on both sides.",
    )


def _default(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[Divergence]:
    if libsql.numbered or postgres.numbered or libsql.generated or postgres.generated:
        return
    kind = pair.types[folded(libsql.name)]
    texts = (
        _default_text(libsql),
        _default_text(postgres),
    )
    if texts == (None, None):
        return
    thing = f"{pair.name}.{libsql.name}"
    table, column = quoted(pair.postgres.name), quoted(postgres.name)
    if None in texts:
        there = Backend.LIBSQL if texts[0] is not None else Backend.POSTGRES
        fix = (
            f"`ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …;` with libsql's value"
            if there is Backend.LIBSQL
            else f"`ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;`"
        )
        yield pair.differs(
            "default",
            thing,
            texts,
            f"{thing} has DEFAULT {texts[0] or texts[1]} on {there.label} and none on"
            f" {there.other.label}.",
            f"Give both sides the same default; on PostgreSQL: {fix}.",
            lacks=there.other,
        )
        return
    meanings = (
        canonical_default(texts[0], Backend.LIBSQL, kind),
        canonical_default(texts[1], Backend.POSTGRES, kind),
    )
    if meanings[0] is not None and meanings[0] == meanings[1]:
        return
    decided = None not in meanings
    yield pair.differs(
        "default",
        thing,
        texts,
        f"{thing} has DEFAULT {texts[0]} on libsql and DEFAULT {texts[1]} on PostgreSQL"
        + ("." if decided else ", which cannot be compared as texts."),
        f"Give both sides the same default; on PostgreSQL: `ALTER TABLE {table} ALTER COLUMN"
        f" {column} SET DEFAULT …;`.",
        severity=ERROR if decided else WARNING,
        decided=decided,
    )


def _default_text(column: Column) -> str | None:
    """The default as it is written; NULL is what stands there anyway."""
    text = column.default
    if text is None:
        return None
    text = one_line(text)
    bare = text.strip("() ").partition("::")[0].strip()
    return None if bare.upper() == "NULL" else text


def _collation(pair: TablePair, libsql: Column, postgres: Column) -> Iterator[Divergence]:
    mine = (libsql.collation or "BINARY").upper()
    theirs = postgres.collation
    folds = plain_type(postgres.type) == "citext"
    bytewise = theirs is None or theirs in _BYTEWISE
    if (mine, folds) == ("NOCASE", True) or (mine == "BINARY" and not folds and bytewise):
        return
    thing = f"{pair.name}.{libsql.name}"
    texts = (f"COLLATE {mine}", "citext" if folds else f"COLLATE {theirs or 'of the database'}")
    # A collation of PostgreSQL's own may fold case or only sort; an index over lower() may do
    # for comparisons what NOCASE does.
    only_sorts = mine == "BINARY" and not folds
    decided = bytewise and not folds and _parts_rows(pair, libsql)
    yield pair.differs(
        "collation",
        thing,
        texts,
        f"{thing} is compared by {texts[0]} on libsql and by {texts[1]} on PostgreSQL"
        + (": values sort in another order." if only_sorts else ": other values count as equal."),
        "Compare alike on both sides: NOCASE and citext, or lower() in an index, or neither.",
        severity=ERROR if decided else WARNING,
        decided=decided,
    )


def _parts_rows(pair: TablePair, libsql: Column) -> bool:
    """Whether a key of both sides is over a column, and nothing else there may fold its case."""
    name = folded(libsql.name)
    keys = [
        {frozenset(map(folded, key.columns)) for key in (side.primary_key, *side.uniques) if key}
        | {
            frozenset(folded(part.text) for part in index.parts)
            for index in side.indexes
            if index.unique
        }
        for side in (pair.libsql, pair.postgres)
    ]
    rules = [check.expression for check in pair.postgres.checks]
    rules += [part.text for i in pair.postgres.indexes for part in i.parts if part.is_expression]
    may_fold = any(name in pair.mentions(rule, Backend.POSTGRES) for rule in rules)
    may_fold |= pair.trigger_may_keep([libsql.name], Backend.POSTGRES)
    return not may_fold and any(name in key for key in keys[0] & keys[1])


def _order(pair: TablePair) -> Iterator[Divergence]:
    both = [folded(libsql.name) for libsql, _ in pair.columns]
    theirs = [name for c in pair.postgres.columns if (name := folded(c.name)) in set(both)]
    if both == theirs:
        return
    place = next(i for i, names in enumerate(zip(both, theirs, strict=True)) if len({*names}) > 1)
    shown = [_around(side.columns, set(both), place) for side in (pair.libsql, pair.postgres)]
    yield pair.differs(
        "column-order",
        pair.name,
        (shown[0], shown[1]),
        f"The columns of {pair.name} stand in another order on each side from {both[place]} on"
        f" ({theirs[place]} on PostgreSQL), which matters to SELECT * and to INSERT without a list"
        " of columns.",
        "Name columns wherever rows are read or written, or give both tables one order.",
        severity=NOTE,
    )


def _around(columns: Iterable[Column], both: Collection[str], place: int) -> str:
    """The first columns of those that both sides have that stand in another order."""
    names = [column.name for column in columns if folded(column.name) in both]
    part = ", ".join(names[place : place + _FEW_NAMES])
    return f"{'…, ' * (place > 0)}{part}{', …' * (place + _FEW_NAMES < len(names))}"
