"""Names of types as format_type() prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mig_assist.engines.postgres_names import quoted
from mig_assist.engines.postgres_static.expressions import Node, strings

Name = tuple[str, str]
"""A schema and a name in it."""

SERIAL = {
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}
"""The types that make a sequence, and what their columns really are."""

_PRINTED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "char": '"char"',
}
_OTHER_BUILT_IN = frozenset(
    """
    bit bpchar box bytea cid cidr circle date datemultirange daterange inet int2vector
    int4multirange int4range int8multirange int8range interval json jsonb jsonpath line lseg
    macaddr macaddr8 money name nummultirange numrange numeric oid oidvector path pg_lsn
    pg_snapshot point polygon refcursor regclass regcollation regconfig regdictionary
    regnamespace regoper regoperator regproc regprocedure regrole regtype text tid tsmultirange
    tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot uuid xid xid8 xml
    """.split()
)
_INTERVAL_FIELDS = {
    1 << 2: "year",
    1 << 1: "month",
    1 << 3: "day",
    1 << 10: "hour",
    1 << 11: "minute",
    1 << 12: "second",
}
_WHOLE_INTERVAL = 0x7FFF


@dataclass(frozen=True, slots=True)
class TypeUse:
    """A type as a column uses it.

    Attributes:
        text: as format_type() prints it.
        user_type: the enum, domain or other type of the application's own, if it is one.
        serial: whether it makes a sequence.
    """

    text: str
    user_type: Name | None = None
    serial: bool = False


def type_use(
    node: Node, find: Callable[[tuple[str, ...]], Name | None], label: Callable[[Name], str]
) -> TypeUse:
    """The type that a TypeName node means.

    Args:
        node: the TypeName.
        find: the application's own type of a qualified or plain name.
        label: how such a type is printed.
    """
    names = strings(node.names)
    array = "[]" if node.array_bounds else ""
    if names[-1] in SERIAL and (len(names) == 1 or names[0] == "pg_catalog"):
        return TypeUse(SERIAL[names[-1]], serial=True)
    built_in = names[-1] in _PRINTED or names[-1] in _OTHER_BUILT_IN
    if names[0] == "pg_catalog" or (len(names) == 1 and built_in):
        return TypeUse(_built_in(names[-1], _modifiers(node)) + array)
    own = find(names)
    if own is not None:
        return TypeUse(label(own) + array, own)
    modifiers = _modifiers(node)
    suffix = f"({','.join(map(str, modifiers))})" if modifiers else ""
    visible = names[1:] if names[0] == "public" else names
    return TypeUse(".".join(map(quoted, visible)) + suffix + array)


def _modifiers(node: Node) -> tuple[int | str, ...]:
    """The numbers in parentheses; words (geometry(Point, 4326)) as they stand."""
    found: list[int | str] = []
    for item in node.typmods:
        if item.HasField("a_const"):
            constant = item.a_const
            found.append(constant.ival.ival if constant.HasField("ival") else constant.sval.sval)
        elif item.HasField("column_ref"):
            found.append(strings(item.column_ref.fields)[-1])
    return tuple(found)


def _built_in(name: str, modifiers: tuple[int | str, ...]) -> str:
    printed = _PRINTED.get(name, name)
    if not modifiers:
        return printed
    first = modifiers[0]
    match name:
        case "bpchar":
            return f"character({first})"
        case "numeric":
            return f"numeric({first},{modifiers[1] if len(modifiers) > 1 else 0})"
        case "timestamp" | "timestamptz" | "time" | "timetz":
            word, _, rest = printed.partition(" ")
            return f"{word}({first}) {rest}"
        case "interval":
            return _interval(modifiers)
    return f"{printed}({first})"


def _interval(modifiers: tuple[int | str, ...]) -> str:
    mask = int(modifiers[0])
    precision = f"({modifiers[1]})" if len(modifiers) > 1 else ""
    if mask == _WHOLE_INTERVAL:
        return f"interval{precision}"
    fields = [word for bit, word in _INTERVAL_FIELDS.items() if mask & bit]
    span = fields[0] if len(fields) == 1 else f"{fields[0]} to {fields[-1]}"
    return f"interval {span}{precision}"
