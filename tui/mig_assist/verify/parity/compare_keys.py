"""Primary keys and foreign keys."""

from __future__ import annotations

from collections.abc import Iterator

from mig_assist.backend import Backend
from mig_assist.engines.schema import Action, ForeignKey, Key, Table
from mig_assist.verify.parity.compare_names import name_differs
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import Kind, folded, quoted
from mig_assist.verify.parity.sides import ERROR, NOTE, WARNING, TablePair, named_list, said


def compare_primary_keys(pair: TablePair) -> Iterator[Divergence]:
    """Which columns tell the rows of a table apart."""
    keys = pair.libsql.primary_key, pair.postgres.primary_key
    thing = f"{pair.name}: PRIMARY KEY"
    if keys[0] is None or keys[1] is None:
        for backend, key in zip(Backend, keys, strict=True):
            other = pair.of(backend.other).primary_key
            if key is None and other and not pair.hangs_on_lacking(other.columns, backend.other):
                yield _no_primary_key(pair, backend, other)
        return
    columns = [[folded(name) for name in key.columns] for key in keys if key]
    texts = named_list(keys[0].columns), named_list(keys[1].columns)
    if columns[0] == columns[1]:
        yield from _key_options(pair, thing, keys[0], keys[1])
        yield from name_differs(pair, Kind.PRIMARY_KEY, keys[0].name, keys[1].name, thing)
    elif not any(pair.hangs_on_lacking(pair.of(b).primary_key.columns, b) for b in Backend):  # type: ignore[union-attr]
        reordered = sorted(columns[0]) == sorted(columns[1])
        yield pair.differs(
            "primary-key",
            thing,
            texts,
            f"The primary key of {pair.name} is {texts[0]} on libsql and {texts[1]} on PostgreSQL"
            + (": the same columns, in an order that serves other searches." if reordered else "."),
            "Give both tables the same primary key.",
            severity=WARNING if reordered else ERROR,
        )


def _no_primary_key(pair: TablePair, backend: Backend, key: Key) -> Divergence:
    text = named_list(key.columns)
    there = backend.other
    if unique_instead(pair.of(backend), key):
        instead = f"UNIQUE {text} over columns that are NOT NULL, which keeps the same rows apart"
        severity = NOTE
    else:
        instead, severity = "none", ERROR
    fix = (
        f"Run `ALTER TABLE {quoted(pair.postgres.name)} ADD PRIMARY KEY {text};` on PostgreSQL."
        if backend is Backend.POSTGRES
        else f"Rebuild {pair.name} on libsql with PRIMARY KEY {text}."
    )
    return pair.differs(
        "primary-key",
        f"{pair.name}: PRIMARY KEY",
        said(there, text),
        f"{pair.name} has the primary key {text} on {there.label} and {instead} on"
        f" {backend.label}.",
        fix,
        severity=severity,
        lacks=backend,
    )


def unique_instead(table: Table, key: Key) -> bool:
    """Whether a table without a primary key tells rows apart by the same columns none the less."""
    nullable = {folded(column.name) for column in table.columns if column.nullable}
    columns = set(map(folded, key.columns))
    others = [set(map(folded, unique.columns)) for unique in table.uniques]
    others += [
        {folded(part.text) for part in index.parts}
        for index in table.indexes
        if index.unique and not index.predicate and not any(p.is_expression for p in index.parts)
    ]
    return table.primary_key is None and columns in others and nullable.isdisjoint(columns)


def _key_options(pair: TablePair, thing: str, libsql: Key, postgres: Key) -> Iterator[Divergence]:
    """What a duplicate does: fail at once, unless a key says otherwise."""
    if libsql.on_conflict in ("IGNORE", "REPLACE"):
        yield pair.differs(
            "conflict",
            thing,
            (f"ON CONFLICT {libsql.on_conflict}", "refused"),
            f"{thing}: libsql answers a duplicate with {libsql.on_conflict}, PostgreSQL refuses"
            " it.",
            "Drop ON CONFLICT from the key on libsql, and say it in the statements that insert.",
        )
    if postgres.deferrable:
        yield pair.differs(
            "deferrable",
            thing,
            ("at once", "at the end of the transaction" if postgres.deferred else "DEFERRABLE"),
            f"{thing} is checked at once on libsql and"
            f" {'at the end of the transaction' if postgres.deferred else 'can be deferred'} on"
            " PostgreSQL.",
            "Drop DEFERRABLE on PostgreSQL.",
            severity=WARNING if postgres.deferred else NOTE,
        )
    nullable = {folded(c.name) for c in pair.postgres.columns if c.nullable}
    if not postgres.nulls_distinct and not nullable.isdisjoint(map(folded, postgres.columns)):
        yield pair.differs(
            "unique",
            thing,
            ("NULLs are distinct", "NULLS NOT DISTINCT"),
            f"{thing}: libsql takes any number of rows with NULL there, PostgreSQL only one.",
            "Drop NULLS NOT DISTINCT on PostgreSQL, or make the columns NOT NULL on both sides.",
        )


def key_options(pair: TablePair, thing: str, libsql: Key, postgres: Key) -> Iterator[Divergence]:
    """What differs between two keys over the same columns."""
    return _key_options(pair, thing, libsql, postgres)


def compare_foreign_keys(pair: TablePair) -> Iterator[Divergence]:
    """Where each reference leads, and what it does when its parent goes."""
    left = {b: {_reference(key): key for key in pair.of(b).foreign_keys} for b in Backend}
    libsql, postgres = left[Backend.LIBSQL], left[Backend.POSTGRES]
    for reference in [each for each in libsql if each in postgres]:
        yield from _same_reference(pair, libsql.pop(reference), postgres.pop(reference))
    for alike in (_columns, _target):
        for reference, key in list(libsql.items()):
            other = next((r for r, k in postgres.items() if alike(k) == alike(key)), None)
            if other is not None:
                yield from _other_reference(pair, libsql.pop(reference), postgres.pop(other))
    for backend, keys in left.items():
        for key in keys.values():
            if not _hangs(pair, key, backend):
                yield _no_reference(pair, backend, key)


def _hangs(pair: TablePair, key: ForeignKey, there: Backend) -> bool:
    """Whether a reference of one side needs columns that the other lacks, here or in its target."""
    lost = pair.lost[there.other]
    targets = ((folded(key.target), folded(name)) for name in key.target_columns)
    return pair.hangs_on_lacking(key.columns, there) or any(each in lost for each in targets)


def _reference(key: ForeignKey) -> tuple[str, frozenset[tuple[str, str]]]:
    columns = zip(map(folded, key.columns), map(folded, key.target_columns), strict=False)
    return folded(key.target), frozenset(columns)


def _columns(key: ForeignKey) -> frozenset[str]:
    return frozenset(map(folded, key.columns))


def _target(key: ForeignKey) -> tuple[str, frozenset[str]]:
    return folded(key.target), frozenset(map(folded, key.target_columns))


def _thing(pair: TablePair, key: ForeignKey) -> str:
    return f"{pair.name}: FOREIGN KEY {named_list(key.columns)}"


def _said(key: ForeignKey) -> str:
    text = (
        f"FOREIGN KEY {named_list(key.columns)} REFERENCES {quoted(key.target)}"
        f" {named_list(key.target_columns)}"
    )
    if key.on_delete is not Action.NO_ACTION:
        text += f" ON DELETE {key.on_delete}"
        text += f" {named_list(key.set_columns)}" if key.set_columns else ""
    if key.on_update is not Action.NO_ACTION:
        text += f" ON UPDATE {key.on_update}"
    if key.deferrable:
        text += " DEFERRABLE" + (" INITIALLY DEFERRED" if key.deferred else "")
    return text


def _both(libsql: ForeignKey, postgres: ForeignKey) -> tuple[str, str]:
    return _said(libsql), _said(postgres)


def _no_reference(pair: TablePair, there: Backend, key: ForeignKey) -> Divergence:
    here, text = there.other, _said(key)
    fix = (
        f"Run `ALTER TABLE {quoted(pair.postgres.name)} ADD {text};` on PostgreSQL"
        if here is Backend.POSTGRES
        else f"Rebuild {pair.name} on libsql with {text}"
    )
    undecided = pair.trigger_may_keep(key.columns, here)
    return pair.differs(
        "foreign-key",
        _thing(pair, key),
        said(there, text),
        f"{pair.name} has {text} on {there.label} only.",
        f"{fix}, or drop it from {there.label}.",
        severity=WARNING if undecided else ERROR,
        decided=not undecided,
        lacks=here,
    )


def _other_reference(
    pair: TablePair, libsql: ForeignKey, postgres: ForeignKey
) -> Iterator[Divergence]:
    if _hangs(pair, libsql, Backend.LIBSQL) or _hangs(pair, postgres, Backend.POSTGRES):
        return
    texts = _both(libsql, postgres)
    yield pair.differs(
        "foreign-key",
        _thing(pair, libsql),
        texts,
        f"A foreign key of {pair.name} is {texts[0]} on libsql and {texts[1]} on PostgreSQL.",
        "Let both sides refer to the same columns.",
    )


def _same_reference(
    pair: TablePair, libsql: ForeignKey, postgres: ForeignKey
) -> Iterator[Divergence]:
    thing, texts = _thing(pair, libsql), _both(libsql, postgres)
    deferred = libsql.deferred or postgres.deferred
    for event, mine, theirs in (
        ("DELETE", libsql.on_delete, postgres.on_delete),
        ("UPDATE", libsql.on_update, postgres.on_update),
    ):
        if mine is theirs:
            continue
        # RESTRICT looks at once, NO ACTION at the end of the statement or, where the key is
        # deferred, of the transaction.
        early = {mine, theirs} == {Action.RESTRICT, Action.NO_ACTION}
        yield pair.differs(
            "foreign-key",
            thing,
            texts,
            f"{thing} says ON {event} {mine} on libsql and ON {event} {theirs} on PostgreSQL"
            + (": one looks at once, the other at the end of the statement." if early else "."),
            f"Say ON {event} {mine} or ON {event} {theirs} on both sides; on PostgreSQL, drop the"
            " constraint and add it anew.",
            severity=WARNING if early and not deferred else ERROR,
        )
    chosen = {folded(name) for name in postgres.set_columns}
    if chosen and chosen != _columns(postgres) and postgres.on_delete is libsql.on_delete:
        yield pair.differs(
            "foreign-key",
            thing,
            texts,
            f"{thing}: PostgreSQL changes only {named_list(postgres.set_columns)} when the parent"
            " goes, libsql every column of the key.",
            "Drop the list of columns on PostgreSQL, or do on libsql what it says in a trigger.",
        )
    nullable = any(
        c.nullable for c in pair.postgres.columns if folded(c.name) in _columns(postgres)
    )
    if postgres.match_full and len(postgres.columns) > 1 and nullable:
        yield pair.differs(
            "foreign-key",
            thing,
            ("MATCH SIMPLE", "MATCH FULL"),
            f"{thing}: PostgreSQL refuses a key of which only a part is NULL (MATCH FULL), libsql"
            " takes it.",
            "Drop MATCH FULL on PostgreSQL, or add a CHECK on libsql.",
        )
    yield from _deferral(pair, thing, libsql, postgres)
    if not postgres.validated:
        yield pair.differs(
            "not-valid",
            thing,
            (_said(libsql), f"{_said(postgres)} NOT VALID"),
            f"{thing} holds for new rows on PostgreSQL; the rows that were there before have not"
            " been looked at.",
            f"Run `ALTER TABLE {quoted(pair.postgres.name)} VALIDATE CONSTRAINT"
            f" {quoted(postgres.name or '')};` in a later version.",
            severity=NOTE,
        )
    yield from name_differs(
        pair, Kind.FOREIGN_KEY, libsql.name, postgres.name, thing, postgres.columns
    )


def _deferral(
    pair: TablePair, thing: str, libsql: ForeignKey, postgres: ForeignKey
) -> Iterator[Divergence]:
    mine, theirs = _deferrable(libsql), _deferrable(postgres)
    if mine == theirs:
        return
    yield pair.differs(
        "deferrable",
        thing,
        (mine, theirs),
        f"{thing} is {mine} on libsql and {theirs} on PostgreSQL.",
        "Say the same about DEFERRABLE on both sides.",
        severity=ERROR if libsql.deferred != postgres.deferred else WARNING,
    )


def _deferrable(key: ForeignKey) -> str:
    if not key.deferrable:
        return "NOT DEFERRABLE"
    return "DEFERRABLE INITIALLY " + ("DEFERRED" if key.deferred else "IMMEDIATE")
