"""One text for all spellings of one meaning, across both engines' dialects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.engines.expressions.defaults import default_of
from mig_assist.engines.expressions.facts import Facts, Place
from mig_assist.engines.expressions.grammar import parse
from mig_assist.engines.expressions.meaning import normal
from mig_assist.engines.expressions.nodes import TRUE, Kind, Node
from mig_assist.engines.expressions.printing import text_of
from mig_assist.engines.expressions.tokens import NotUnderstood
from mig_assist.engines.logical_types import LogicalType

__all__ = [
    "Place",
    "canonical",
    "canonical_check",
    "canonical_default",
    "canonical_filter",
    "columns_of",
    "conjuncts",
    "names_an_engine",
]

Columns = Mapping[str, LogicalType]
_Types = tuple[tuple[str, LogicalType], ...]


def canonical(
    expression: str,
    backend: Backend,
    *,
    columns: Columns | None = None,
    not_null: Collection[str] = (),
) -> str | None:
    """One text for all spellings of one meaning, wherever the expression stands.

    Args:
        expression: as the catalog or a person spells it.
        backend: in whose dialect.
        columns: what PostgreSQL's columns hold, for the expressions of both sides; a column that
            only libsql has, with its own type. Without it little is known of casts and flags.
        not_null: the columns that both sides declare NOT NULL.

    Returns:
        The text; None where the expression is not understood with certainty. Equal texts behave
        alike on both engines.
    """
    return _printed(expression, backend, Place.VALUE, columns, not_null)


def canonical_check(
    expression: str,
    backend: Backend,
    *,
    columns: Columns | None = None,
    not_null: Collection[str] = (),
) -> str | None:
    """As :func:`canonical`, of a CHECK: NULL passes. ``TRUE`` is a rule that forbids nothing."""
    return _printed(expression, backend, Place.CHECK, columns, not_null)


def canonical_filter(
    expression: str,
    backend: Backend,
    *,
    columns: Columns | None = None,
    not_null: Collection[str] = (),
) -> str | None:
    """As :func:`canonical`, of an index's predicate or a WHEN: NULL does not pass."""
    return _printed(expression, backend, Place.FILTER, columns, not_null)


def conjuncts(
    expression: str,
    backend: Backend,
    *,
    columns: Columns | None = None,
    not_null: Collection[str] = (),
) -> frozenset[str] | None:
    """The rules that a CHECK is made of, each as its :func:`canonical_check`.

    All CHECKs of a table together say what the union of their rules says, so that is what to
    compare. A CHECK that forbids nothing has no rule; None where it is not understood.
    """
    form = _form(expression, backend, Place.CHECK, *_known(columns, not_null))
    if form is None:
        return None
    if form == TRUE:
        return frozenset()
    return frozenset(map(text_of, form.args if form.kind is Kind.AND else (form,)))


def canonical_default(text: str | None, backend: Backend, type: LogicalType) -> str | None:
    """One text for all spellings of one default; ``NULL`` where there is none.

    Args:
        text: as the catalog has it; None where there is none.
        backend: in whose dialect.
        type: what PostgreSQL's column holds, for the defaults of both sides.

    Returns:
        The text; None where the default is not understood, or not comparable by its text, as that
        of a random value.
    """
    return default_of(text, backend, type)


def names_an_engine(text: str) -> bool:
    """Whether a canonical text says what one engine alone knows, perhaps in other words."""
    return "libsql." in text or "postgres." in text


def columns_of(expression: str, backend: Backend) -> frozenset[str] | None:
    """The folded names of the columns that an expression uses; None where it is not understood."""
    try:
        tree = parse(expression, backend)
    except NotUnderstood:
        return None
    return frozenset(node.value for node in tree.walk() if node.kind is Kind.COLUMN)


def _printed(
    expression: str,
    backend: Backend,
    place: Place,
    columns: Columns | None,
    not_null: Collection[str],
) -> str | None:
    form = _form(expression, backend, place, *_known(columns, not_null))
    return None if form is None else text_of(form)


def _known(
    columns: Columns | None, not_null: Collection[str]
) -> tuple[_Types | None, frozenset[str]]:
    types = None
    if columns is not None:
        types = tuple(sorted((name.lower(), kind) for name, kind in columns.items()))
    return types, frozenset(name.lower() for name in not_null)


@lru_cache(maxsize=16384)
def _form(
    expression: str,
    backend: Backend,
    place: Place,
    types: _Types | None,
    not_null: frozenset[str],
) -> Node | None:
    try:
        tree = parse(expression, backend)
    except NotUnderstood:
        return None
    names = None if types is None else dict(types)
    if names is not None and types is not None and len(names) < len(types):
        return None
    return normal(tree, Facts(backend, names, not_null), place)
