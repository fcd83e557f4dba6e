"""UNIQUE constraints and indexes: what serves searches, and what keeps rows apart.

A UNIQUE constraint and a unique index over plain columns do the same on both engines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.engines.expressions.json_paths import json_path
from mig_assist.engines.schema import Index, IndexPart, Key, Table
from mig_assist.verify.parity.compare_keys import key_options, unique_instead
from mig_assist.verify.parity.compare_names import name_differs, naming
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import Kind, folded, made_up_index, quoted, table_names
from mig_assist.verify.parity.sides import (
    ERROR,
    NOTE,
    WARNING,
    TablePair,
    named_list,
    one_line,
    plain_type,
    said,
)

_SORTED = frozenset(("btree", ""))

_FUNCTION = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_SHARED = frozenset(
    "abs and cast coalesce in length lower ltrim nullif not or replace round rtrim substr"
    " substring trim upper btrim".split()
)
"""What both engines call by one name, and a few words that stand before parentheses."""


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """A UNIQUE constraint or an index, as far as both sides can be compared.

    Attributes:
        parts: canonical texts with their direction; the text of what is not understood.
        predicate: canonical; empty without one.
        understood: whether all expressions are.
        columns: all that it mentions, folded.
        source: as the schema has it.
        folds: whether the type or collation of a column of its own may make others equal.
    """

    name: str | None
    parts: tuple[tuple[str, bool, str], ...]
    unique: bool
    predicate: str
    understood: bool
    columns: frozenset[str]
    source: Index | Key
    backend: Backend
    folds: bool = False

    @property
    def definition(self) -> object:
        """Equal where both sides have the same."""
        if not self.understood:
            return id(self)
        return self.parts, self.unique, self.predicate

    @property
    def unordered(self) -> object:
        """Equal where at most order and direction differ."""
        texts = frozenset(text for text, _, _ in self.parts)
        return (texts, self.unique, self.predicate) if self.understood else id(self)

    @property
    def leading(self) -> tuple[str, ...]:
        """The columns or expressions in their order."""
        return tuple(text for text, _, _ in self.parts)

    @property
    def key(self) -> Key:
        """As a constraint."""
        if isinstance(self.source, Key):
            return self.source
        columns = tuple(part.text for part in self.source.parts)
        return Key(self.source.name, columns, nulls_distinct=self.source.nulls_distinct)

    @property
    def said(self) -> str:
        """What a person reads."""
        if isinstance(self.source, Key):
            return f"UNIQUE {named_list(self.source.columns)}"
        index = self.source
        parts = ", ".join(
            (one_line(part.text) if part.is_expression else quoted(part.text))
            + (f" COLLATE {part.collation}" if part.collation else "")
            + (" DESC" if part.descending else "")
            for part in index.parts
        )
        method = "" if index.method in _SORTED else f" USING {index.method}"
        include = f" INCLUDE {named_list(index.include)}" if index.include else ""
        where = f" WHERE {one_line(index.predicate)}" if index.predicate else ""
        return f"{'UNIQUE ' if index.unique else ''}INDEX{method} ({parts}){include}{where}"


def compare_indexes(pair: TablePair) -> Iterator[Divergence]:
    """Pair by definition, then by name, then by what is most alike; the rest stands alone."""
    left = {b: [_access(pair, each, b) for each in _sources(pair.of(b))] for b in Backend}
    for alike in (
        lambda a, b: a.definition == b.definition and _one_name(a, b),
        lambda a, b: a.definition == b.definition,
        _one_name,
        lambda a, b: a.unordered == b.unordered,
    ):
        for libsql, postgres in _paired(left, alike):
            yield from _both(pair, libsql, postgres)
    for backend in Backend:
        for access in list(left[backend]):
            if _covered(pair, access, backend.other):
                left[backend].remove(access)
                if not _is_primary(pair, access):
                    yield _needless(pair, access)
    for alike in (
        lambda a, b: a.columns == b.columns,
        lambda a, b: a.unique and b.unique and not a.columns.isdisjoint(b.columns),
    ):
        for libsql, postgres in _paired(left, alike):
            yield from _both(pair, libsql, postgres)
    for backend, rest in left.items():
        for access in rest:
            if not pair.hangs_on_lacking(access.columns, backend):
                yield _missing(pair, access)


def _sources(table: Table) -> Sequence[Index | Key]:
    return (*table.uniques, *table.indexes)


def _access(pair: TablePair, source: Index | Key, backend: Backend) -> Access:
    if isinstance(source, Key):
        parts = tuple((folded(name), False, "") for name in source.columns)
        columns = frozenset(map(folded, source.columns))
        folds = _folds(pair, columns, backend)
        return Access(source.name, parts, True, "", True, columns, source, backend, folds)
    read = [_part(pair, part, backend, unique=source.unique) for part in source.parts]
    where = pair.canonical_filter(source.predicate, backend) if source.predicate else ""
    columns = frozenset().union(
        *(
            pair.mentions(part.text, backend) if part.is_expression else {folded(part.text)}
            for part in source.parts
        ),
        pair.mentions(source.predicate, backend) if source.predicate else (),
    )
    return Access(
        source.name,
        tuple(
            (text or one_line(part.text), part.descending, _collation(pair, part, backend))
            for part, text in zip(source.parts, read, strict=True)
        ),
        source.unique,
        one_line(source.predicate or "") if where is None else where,
        where is not None and None not in read,
        columns,
        source,
        backend,
        _folds(pair, columns, backend),
    )


def _folds(pair: TablePair, columns: Collection[str], backend: Backend) -> bool:
    found = (each for each in pair.of(backend).columns if folded(each.name) in columns)
    return any(c.collation is not None or plain_type(c.type) == "citext" for c in found)


def _part(pair: TablePair, part: IndexPart, backend: Backend, *, unique: bool) -> str | None:
    if not part.is_expression:
        return folded(part.text)
    # 1 and '1' in documents are two values on libsql and one text on PostgreSQL.
    if not unique and (path := json_path(part.text)):
        return path
    # A lone column in parentheses is an expression to some catalogs.
    return pair.canonical(part.text, backend)


def _collation(pair: TablePair, part: IndexPart, backend: Backend) -> str:
    """A collation of the index's own that makes other values equal than its column's does."""
    collation = (part.collation or "").upper()
    own = pair.of(backend).column(part.text)
    if own is not None and (own.collation or "BINARY").upper() == (collation or "BINARY"):
        return ""
    return collation if backend is Backend.LIBSQL and collation in ("NOCASE", "RTRIM") else ""


def _paired(
    left: dict[Backend, list[Access]], alike: Callable[[Access, Access], bool]
) -> Iterator[tuple[Access, Access]]:
    libsql, postgres = left[Backend.LIBSQL], left[Backend.POSTGRES]
    for one in list(libsql):
        other = next((each for each in postgres if alike(one, each)), None)
        if other is not None:
            libsql.remove(one)
            postgres.remove(other)
            yield one, other


def _one_name(libsql: Access, postgres: Access) -> bool:
    if libsql.name is None or postgres.name is None:
        return False
    return folded(libsql.name) == folded(postgres.name)


def _thing(pair: TablePair, *accesses: Access) -> str:
    """An index by its name, a constraint by its columns."""
    key = next((each.source for each in accesses if isinstance(each.source, Key)), None)
    if key is not None:
        return f"{pair.name}: UNIQUE {named_list(key.columns)}"
    return accesses[0].name or ""


def _rule(*accesses: Access) -> str:
    return "unique" if any(access.unique for access in accesses) else "index"


def _both(pair: TablePair, libsql: Access, postgres: Access) -> Iterator[Divergence]:
    thing = _thing(pair, libsql, postgres)
    problem = _problem(libsql, postgres)
    if problem is not None:
        if not any(
            pair.hangs_on_lacking(each.columns, each.backend) for each in (libsql, postgres)
        ):
            yield _differ(pair, libsql, postgres, *problem)
        return
    if libsql.unique:
        yield from key_options(pair, thing, libsql.key, postgres.key)
    stored = list(_storage(pair, thing, libsql, postgres))
    yield from stored
    if all(each.severity is NOTE for each in stored):
        yield from _names(pair, thing, libsql, postgres)


def _problem(libsql: Access, postgres: Access) -> tuple[str, bool] | None:
    """In a word what differs, and whether it is certain."""
    if libsql.unique != postgres.unique:
        return f"is unique on {(libsql if libsql.unique else postgres).backend.label} only", True
    sorts = not isinstance(postgres.source, Index) or postgres.source.method in _SORTED
    if libsql.leading != postgres.leading and (
        sorts or set(libsql.leading) != set(postgres.leading)
    ):
        known = libsql.understood and postgres.understood
        if libsql.columns == postgres.columns and all(_expressions(libsql, postgres)):
            return "is over other expressions", known and not _foreign(libsql, postgres)
        return "is over other columns or in another order", known
    if libsql.predicate != postgres.predicate:
        certain = not (libsql.predicate and postgres.predicate) or (
            libsql.understood and postgres.understood
        )
        return "covers other rows", certain
    if [part[2] for part in libsql.parts] != [part[2] for part in postgres.parts]:
        # PostgreSQL has no collation in an index that folds case; its columns may have a type.
        return "compares values by another collation", libsql.unique and not postgres.folds
    if not (libsql.understood and postgres.understood):
        return "cannot be compared as text", False
    return None


def _expressions(libsql: Access, postgres: Access) -> tuple[list[str], list[str]]:
    """The expressions of each that the other does not have, canonical where understood."""
    texts = [
        [
            text
            for text, part in zip(each.leading, each.source.parts, strict=True)
            if part.is_expression
        ]
        if isinstance(each.source, Index)
        else []
        for each in (libsql, postgres)
    ]
    return (
        [text for text in texts[0] if text not in postgres.leading],
        [text for text in texts[1] if text not in libsql.leading],
    )


def _foreign(libsql: Access, postgres: Access) -> bool:
    """Whether expressions that differ say what one engine alone can say, so perhaps the same."""
    found = " ".join(text for texts in _expressions(libsql, postgres) for text in texts)
    return "->" in found or not _SHARED.issuperset(
        name.lower() for name in _FUNCTION.findall(found)
    )


def _differ(
    pair: TablePair, libsql: Access, postgres: Access, what: str, certain: bool
) -> Divergence:
    thing = _thing(pair, libsql, postgres)
    name = quoted(postgres.name or "…")
    drop = (
        f"ALTER TABLE {quoted(pair.postgres.name)} DROP CONSTRAINT {name};"
        if isinstance(postgres.source, Key)
        else f"DROP INDEX {name};"
    )
    return pair.differs(
        _rule(libsql, postgres),
        thing,
        (libsql.said, postgres.said),
        f"{thing} of {pair.name} {what}: {libsql.said} on libsql, {postgres.said} on PostgreSQL.",
        f"Give both sides the same; on PostgreSQL: `{drop}`, then create it anew.",
        severity=ERROR if certain else WARNING,
        decided=certain,
    )


def _storage(pair: TablePair, thing: str, libsql: Access, postgres: Access) -> Iterator[Divergence]:
    """What serves searches otherwise, without keeping other rows apart."""
    texts = libsql.said, postgres.said
    directions = [part[1] for part in libsql.parts], [part[1] for part in postgres.parts]
    index = postgres.source if isinstance(postgres.source, Index) else None
    if index is not None and index.method not in _SORTED:
        yield pair.differs(
            "index",
            thing,
            texts,
            f"{thing} is a sorted index on libsql and {index.method} on PostgreSQL, which serves"
            " other searches.",
            "Create it without USING on PostgreSQL, or waive this with the reason.",
            severity=WARNING,
        )
    elif directions[0] != directions[1]:
        # An index is read in both directions: all parts turned round is the same order.
        turned = [not each for each in directions[1]] == directions[0]
        yield pair.differs(
            "index",
            thing,
            texts,
            f"{thing} is sorted {'backwards' if turned else 'otherwise'} on one side:"
            f" {texts[0]} on libsql, {texts[1]} on PostgreSQL"
            + (", which serves the same searches." if turned else "."),
            "Say ASC and DESC alike on both sides.",
            severity=NOTE if turned else ERROR,
        )
    if index is not None and index.include:
        yield pair.differs(
            "index",
            thing,
            texts,
            f"{thing} holds {named_list(index.include)} besides on PostgreSQL; both keep the same"
            " rows.",
            "Leave it so where PostgreSQL is meant to answer from the index alone.",
            severity=NOTE,
        )
    if index is not None and not index.valid:
        yield pair.differs(
            "index",
            thing,
            (texts[0], f"{texts[1]} INVALID"),
            f"{thing} is invalid on PostgreSQL and serves no search.",
            f"Run `REINDEX INDEX {quoted(index.name)};`, or drop it and create it anew.",
        )


def _names(pair: TablePair, thing: str, libsql: Access, postgres: Access) -> Iterator[Divergence]:
    source = postgres.source
    if isinstance(source, Key):
        yield from name_differs(
            pair, Kind.UNIQUE, libsql.name, postgres.name, thing, source.columns
        )
        return
    if libsql.name is None or _one_name(libsql, postgres):
        return
    if any(
        made_up_index(table, source.parts, source.include, source.name)
        for table in table_names(pair.postgres)
    ):
        return
    sql = f"ALTER INDEX {quoted(source.name)} RENAME TO {quoted(libsql.name)};"
    yield naming(pair, thing, libsql.name, source.name, sql)


def _covered(pair: TablePair, access: Access, other: Backend) -> bool:
    """Whether the other side has the index that belongs to a key, and so needs none."""
    if access.predicate or not access.understood:
        return False
    if not isinstance(access.source, Key) and access.source.method not in _SORTED:
        return False
    own, others = _keys(pair.of(access.backend)), _keys(pair.of(other))
    if any(set(key) == set(access.leading) for key in others):
        return access.unique or access.leading in others
    # An index beside a key that begins alike was meant where both sides have that key.
    return not access.unique and any(
        key[: len(access.leading)] == access.leading for key in others - own
    )


def _is_primary(pair: TablePair, access: Access) -> bool:
    """Whether it stands for the primary key of the other side, of which has been told."""
    key = pair.of(access.backend.other).primary_key
    own = pair.of(access.backend)
    return (
        key is not None
        and access.unique
        and set(access.leading) == set(map(folded, key.columns))
        and unique_instead(own, key)
    )


def _keys(table: Table) -> set[tuple[str, ...]]:
    keys = (table.primary_key, *table.uniques)
    return {tuple(map(folded, key.columns)) for key in keys if key}


def _needless(pair: TablePair, access: Access) -> Divergence:
    thing, there = _thing(pair, access), access.backend
    return pair.differs(
        _rule(access),
        thing,
        said(there, access.said),
        f"{thing} ({access.said}) is on {there.label} only; a key of {pair.name} does its work on"
        f" {there.other.label}.",
        f"Drop it from {there.label}, where the key does its work too.",
        severity=NOTE,
        lacks=there.other,
    )


def _missing(pair: TablePair, access: Access) -> Divergence:
    thing, there = _thing(pair, access), access.backend
    here = there.other
    table = quoted(pair.of(here).name)
    plain = isinstance(access.source, Key) or access.source.method in _SORTED
    if isinstance(access.source, Key):
        sql = (
            f"ALTER TABLE {table} ADD {access.said};"
            if here is Backend.POSTGRES
            else f"CREATE UNIQUE INDEX … ON {table} {named_list(access.source.columns)};"
        )
    else:
        kind, _, rest = access.said.partition("INDEX ")
        sql = f"CREATE {kind}INDEX {quoted(access.name or '')} ON {table} {rest};"
    return pair.differs(
        _rule(access),
        thing,
        said(there, access.said),
        f"{thing if thing.startswith(pair.name) else f'{pair.name}: {thing}'}"
        f" ({access.said}) is on {there.label} only.",
        (f"Run `{sql}` on {here.label}, or drop it from {there.label}.")
        if plain
        else f"Give {here.label} an index for the same searches, or waive this with the reason.",
        severity=ERROR if plain or access.unique else WARNING,
        lacks=here,
    )
