"""PostgreSQL's catalog (manual, chapter "System Catalogs"), read in a fixed number of queries.

Expressions are what the server's own deparser writes. What came later than PostgreSQL 12 is
asked for by the server's version.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from mig_assist.engines.database import HISTORY_TABLE, Database
from mig_assist.engines.schema import (
    Action,
    Check,
    Column,
    Domain,
    EnumType,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Schema,
    Table,
    Trigger,
    View,
)

_ACTIONS = {
    "a": Action.NO_ACTION,
    "r": Action.RESTRICT,
    "c": Action.CASCADE,
    "n": Action.SET_NULL,
    "d": Action.SET_DEFAULT,
}
_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}
_ROW, _BEFORE, _INSTEAD = 1, 2, 64
"""Bits of pg_trigger.tgtype (catalog/pg_trigger.h)."""
_DESCENDING, _NULLS_FIRST = 1, 2
"""Bits of pg_index.indoption (catalog/pg_index.h)."""

_NUMBERED = re.compile(r"\(?nextval\('(?:[^']|'')*'::regclass\)\)?(?:::[a-z ]+)?")
_SIGNS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]""")

_APPLICATION_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
# As Database.application_tables() chooses, and views alike.
_APPLICATION_RELATIONS = f"""
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_APPLICATION_SCHEMA}
       AND pg_table_is_visible(c.oid) AND c.relname <> '{HISTORY_TABLE}'
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass
                          AND e.objid = c.oid AND e.deptype = 'e')
"""

_FIRST_OWN = 16384
"""The lowest number of an object that is not the system's own (access/transam.h)."""

_EVERY = f"""
    relation AS MATERIALIZED (
        SELECT c.oid {_APPLICATION_RELATIONS}
           AND (%s::text[] IS NULL OR c.relkind IN ('v', 'm') OR c.relname = ANY (%s))
    )
"""
"""The relations to read by their names."""

# Whoever changes a table keeps a strong lock on it to the end of the transaction (manual, 13.3.1).
# Beside those tables a change may show in the ones that refer to them, and in those whose triggers
# call a function that is new. Views say what tables have renamed, so that all of them are read;
# pg_rewrite is where the few of them are found among many tables.
_TOUCHED = f"""
    held AS MATERIALIZED (
        SELECT relation AS oid FROM pg_locks
         WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation >= {_FIRST_OWN}
           AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    ), touched AS MATERIALIZED (
        SELECT coalesce(i.indrelid, h.oid) AS oid
          FROM held h LEFT JOIN pg_index i ON i.indexrelid = h.oid
        UNION
        SELECT k.conrelid
          FROM pg_depend d JOIN pg_constraint k ON k.oid = d.objid AND k.contype = 'f'
         WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (ARRAY(TABLE held))
           AND d.classid = 'pg_constraint'::regclass
        UNION
        SELECT t.tgrelid
          FROM pg_depend d JOIN pg_trigger t ON t.oid = d.objid AND NOT t.tgisinternal
         WHERE d.refclassid = 'pg_proc'::regclass AND d.classid = 'pg_trigger'::regclass
           AND d.refobjid = ANY (ARRAY(
               SELECT oid FROM pg_proc WHERE oid >= {_FIRST_OWN}
                  AND age(xmin) <= age(pg_current_xact_id()::xid)))
    ), relation AS MATERIALIZED (
        SELECT c.oid {_APPLICATION_RELATIONS}
           AND c.oid = ANY (ARRAY(
               SELECT oid FROM touched UNION
               SELECT ev_class FROM pg_rewrite
                WHERE oid >= {_FIRST_OWN} AND rulename = '_RETURN'))
    )
"""  # noqa: S608
"""The relations to read by what the open transaction has changed."""

_NAMES = """
    SELECT json_build_array(t.oid, c.relname) AS row
      FROM touched t LEFT JOIN pg_class c ON c.oid = t.oid
     WHERE c.relkind IN ('r', 'p', 'f') OR c.oid IS NULL
"""
_RELATIONS = """
    SELECT json_build_array(
           c.oid, c.relname, c.relkind, c.relpersistence = 'u', c.relrowsecurity,
           c.relforcerowsecurity, c.relkind = 'p', c.relispartition,
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
           ARRAY(SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                  WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
           CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END) AS row
      FROM pg_class c WHERE c.oid = ANY (ARRAY(TABLE relation))
     ORDER BY c.relname
"""
_COLUMNS = """
    SELECT json_build_array(
           a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '', a.attgenerated,
           CASE WHEN a.attcollation <> t.typcollation THEN l.collname END, a.attnum) AS row
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_collation l ON l.oid = a.attcollation
     WHERE a.attrelid = ANY (ARRAY(TABLE relation)) AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attrelid, a.attnum
"""
# A foreign key to a partitioned table has rows for the partitions too, which are not its own.
_CONSTRAINTS = """
    SELECT json_build_array(
           k.conrelid, k.conname, k.contype, k.condeferrable, k.condeferred, k.convalidated,
           coalesce(k.conkey, '{{}}'), f.relname,
           CASE WHEN k.contype = 'f' THEN ARRAY(
               SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
                ORDER BY u.place) END,
           k.confdeltype, k.confupdtype, k.confmatchtype = 'f',
           coalesce({set_columns}, '{{}}'),
           CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid)
                          WHEN 'x' THEN pg_get_constraintdef(k.oid) END,
           {nulls_equal}, {enforced}, {period}) AS row
      FROM pg_constraint k
      LEFT JOIN pg_class f ON f.oid = k.confrelid
      LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
     WHERE k.conrelid = ANY (ARRAY(TABLE relation))
       AND k.contype IN ('p', 'u', 'f', 'c', 'x', 'n', 't')
       AND NOT EXISTS (SELECT FROM pg_constraint p
                        WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
"""
_INDEX_PARTS = """
    SELECT json_build_array(
           i.indrelid, c.relname, i.indisunique, m.amname, i.indisvalid, {nulls_equal},
           pg_get_expr(i.indpred, i.indrelid), part < i.indnkeyatts,
           i.indkey[part] = 0,
           CASE WHEN i.indkey[part] = 0 THEN pg_get_indexdef(i.indexrelid, part + 1, false)
                ELSE t.attname END,
           coalesce(i.indoption[part], 0),
           CASE WHEN a.attcollation <> coalesce(t.attcollation, y.typcollation)
                THEN l.collname END,
           CASE WHEN NOT o.opcdefault THEN o.opcname END) AS row
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am m ON m.oid = c.relam
      CROSS JOIN generate_series(0, i.indnatts - 1) AS part
      JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = part + 1
      JOIN pg_type y ON y.oid = a.atttypid
      LEFT JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[part]
           AND i.indkey[part] <> 0
      LEFT JOIN pg_collation l ON l.oid = a.attcollation
      LEFT JOIN pg_opclass o ON o.oid = i.indclass[part] AND part < i.indnkeyatts
     WHERE i.indrelid = ANY (ARRAY(TABLE relation))
       AND i.indexrelid <> ALL (ARRAY(
           SELECT k.conindid FROM pg_constraint k
            WHERE k.conrelid = ANY (ARRAY(TABLE relation)) AND k.contype IN ('p', 'u', 'x')))
     ORDER BY c.relname, part
"""
_TRIGGERS = """
    SELECT json_build_array(
           t.tgrelid, t.tgname, t.tgtype, t.tgenabled,
           ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::int2[]) AS u (number)
                   JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.number
                  ORDER BY 1),
           p.prosrc, t.tgargs, CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END,
           t.tgdeferrable, t.tginitdeferred) AS row
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE t.tgrelid = ANY (ARRAY(TABLE relation)) AND NOT t.tgisinternal
     ORDER BY t.tgname
"""
_EXTRAS = """
    SELECT json_build_array(p.polrelid,
           'POLICY ' || quote_ident(p.polname)
           || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END || ' FOR '
           || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
           || ' TO ' || (SELECT string_agg(coalesce(r.rolname, 'public'), ', ' ORDER BY 1)
                           FROM unnest(p.polroles) AS role LEFT JOIN pg_roles r ON r.oid = role)
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''))
           AS row
      FROM pg_policy p WHERE p.polrelid = ANY (ARRAY(TABLE relation))
    UNION ALL
    SELECT json_build_array(r.ev_class, pg_get_ruledef(r.oid))
      FROM pg_rewrite r
     WHERE r.ev_class = ANY (ARRAY(TABLE relation)) AND r.rulename <> '_RETURN'
"""
_TYPES = f"""
    SELECT json_build_array(
           t.oid, t.typname, t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
           coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
                  ORDER BY e.enumsortorder),
           ARRAY(SELECT k.conname::text FROM pg_constraint k
                  WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.oid),
           ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM pg_constraint k
                  WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.oid),
           ARRAY(SELECT k.convalidated FROM pg_constraint k
                  WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.oid)) AS row
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.oid >= {_FIRST_OWN} AND t.typtype IN ('e', 'd') AND pg_type_is_visible(t.oid)
       AND {_APPLICATION_SCHEMA}
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass
                          AND e.objid = t.oid AND e.deptype = 'e')
     ORDER BY t.typname
"""  # noqa: S608

# One number for each relation: the sum of a hash of every row in the catalogs that says something
# about it. Rows are hashed by content, since a row's xmin also changes where nothing does (a new
# foreign key rewrites its target's row) and does not where a statement follows in a transaction.
# Stored expressions name what they use by its number, so that the names are added: those of the
# columns are there already, and what else can be renamed is not the system's own.
_FINGERPRINTS = f"""
    WITH relation AS MATERIALIZED (
        SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity,
               c.relforcerowsecurity, c.relpartbound
          {_APPLICATION_RELATIONS}
    ), used (class, object, facts) AS (
        SELECT 'pg_proc'::regclass, oid, ROW(proname, pronamespace)::text
          FROM pg_proc WHERE oid >= {_FIRST_OWN}
        UNION ALL
        SELECT 'pg_collation'::regclass, oid, ROW(collname, collnamespace)::text
          FROM pg_collation WHERE oid >= {_FIRST_OWN}
        UNION ALL
        SELECT 'pg_type'::regclass, v.oid,
               ROW(t.typname, t.typnamespace,
                   ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid
                          ORDER BY e.enumsortorder))::text
          FROM pg_type t CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) AS v (oid)
         WHERE t.typtype IN ('e', 'd') AND t.oid >= {_FIRST_OWN}
    ), fact (relation, content) AS (
        SELECT oid, ROW('relation', relname, relkind, relpersistence, relrowsecurity,
                        relforcerowsecurity, relpartbound::text,
                        CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END,
                        CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)::text
          FROM relation
        UNION ALL
        SELECT a.attrelid, ROW(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
                               a.attidentity, a.attgenerated, a.attcollation,
                               t.typname, t.typnamespace)::text
          FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid
          LEFT JOIN pg_type t ON t.oid = a.atttypid AND t.oid >= {_FIRST_OWN}
         WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT adrelid, ROW('default', adnum, adbin::text)::text
          FROM relation JOIN pg_attrdef ON adrelid = relation.oid
        UNION ALL
        SELECT k.conrelid,
               ROW('constraint', k.conname, k.contype, k.condeferrable, k.condeferred,
                   k.convalidated, k.conkey, f.relname, k.confkey, k.confupdtype, k.confdeltype,
                   k.confmatchtype, k.conexclop, k.conbin::text, {{constraint_columns}},
                   CASE WHEN k.contype = 'f' THEN ARRAY(
                       SELECT a.attname FROM pg_attribute a
                        WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
                        ORDER BY a.attnum) END)::text
          FROM relation JOIN pg_constraint k ON k.conrelid = relation.oid
          LEFT JOIN pg_class f ON f.oid = k.confrelid
         WHERE k.contype <> 'n' OR NOT k.convalidated
        UNION ALL
        SELECT i.indrelid,
               ROW('index', c.relname, c.relam, i.indisunique, i.indisvalid, i.indkey,
                   i.indnkeyatts, i.indoption, i.indclass, i.indcollation, i.indexprs::text,
                   i.indpred::text, {{index_columns}})::text
          FROM relation JOIN pg_index i ON i.indrelid = relation.oid
          JOIN pg_class c ON c.oid = i.indexrelid
        UNION ALL
        SELECT t.tgrelid,
               ROW('trigger', t.tgname, t.tgtype, t.tgenabled, t.tgattr, t.tgargs,
                   t.tgqual::text, t.tgdeferrable, t.tginitdeferred, p.prosrc)::text
          FROM relation JOIN pg_trigger t ON t.tgrelid = relation.oid
          JOIN pg_proc p ON p.oid = t.tgfoid
         WHERE NOT t.tgisinternal
        UNION ALL
        SELECT i.inhrelid, ROW('parent', i.inhseqno, p.relname)::text
          FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
        UNION ALL
        SELECT polrelid, ROW('policy', polname, polpermissive, polcmd, polroles, polqual::text,
                             polwithcheck::text)::text
          FROM pg_policy
        UNION ALL
        SELECT r.ev_class, pg_get_ruledef(r.oid)
          FROM pg_rewrite r JOIN relation ON relation.oid = r.ev_class
         WHERE r.rulename <> '_RETURN'
        UNION ALL
        SELECT coalesce(a.adrelid, k.conrelid, t.tgrelid, p.polrelid, i.indrelid, d.objid),
               used.facts
          FROM used
          JOIN pg_depend d ON d.refclassid = used.class AND d.refobjid = used.object
          LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
          LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
          LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
          LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
          LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
         WHERE (d.refclassid <> 'pg_type'::regclass OR d.objsubid = 0)
           AND (t.oid IS NULL OR t.tgfoid <> d.refobjid)
    )
    SELECT relation.relname, relation.relkind IN ('v', 'm'),
           sum(hashtextextended(fact.content, 0))::text
      FROM relation JOIN fact ON fact.relation = relation.oid
     GROUP BY relation.oid, relation.relname, relation.relkind
"""  # noqa: S608
# What a query yields is checked by the tests against real servers, not by types.
_Row = Any
_Groups = Mapping[str, Sequence[_Row]]


def read_schema(database: Database, tables: Collection[str] | None = None) -> Schema:
    """See :func:`mig_assist.engines.catalog.read_schema`."""
    names = None if tables is None else list(tables)
    ((answer,),) = database.query(_reading(_EVERY, _server_version(database)), (names, names))
    return _schema(json.loads(str(answer)))


def reading_touched(database: Database) -> str:
    """A query for one value: what the open transaction has touched; see :func:`read_touched`.

    It depends on the server's version alone.
    """
    return _reading(_TOUCHED, _server_version(database))


class Touched(NamedTuple):
    """What an open transaction has changed.

    Attributes:
        schema: the tables that it made or changed, and all views, enums and domains.
        relations: the names of the touched tables by their number, None for one that is gone.
    """

    schema: Schema
    relations: Mapping[str, str | None]


def read_touched(answer: object) -> Touched:
    """What the query of :func:`reading_touched` has answered."""
    found = json.loads(str(answer))
    return Touched(_schema(found), {str(oid): name for oid, name in found["touched"] or ()})


def _reading(relations: str, version: int) -> str:
    """One query for everything that is said of some relations."""
    parts = {
        "relations": _RELATIONS,
        "columns": _COLUMNS,
        "constraints": _constraints(version),
        "indexes": _index_parts(version),
        "triggers": _TRIGGERS,
        "extras": _EXTRAS,
        "types": _TYPES,
        **({"touched": _NAMES} if relations is not _EVERY else {}),
    }
    values = ", ".join(
        f"'{name}', (SELECT json_agg(row) FROM ({query}) AS rows)"  # noqa: S608
        for name, query in parts.items()
    )
    return f"WITH {relations} SELECT json_build_object({values})::text"


def _schema(found: Mapping[str, list[_Row] | None]) -> Schema:
    relations: list[_Row] = found["relations"] or []
    columns = _by_table(found["columns"])
    constraints = _by_table(_named(found["constraints"] or (), columns))
    indexes = _indexes(_by_table(found["indexes"]))
    triggers = _by_table(found["triggers"])
    extras = _by_table(found["extras"])
    types: list[_Row] = found["types"] or []
    read_tables, views = [], []
    for relation in relations:
        oid, name, kind = relation[:3]
        own_triggers = tuple(_trigger(row) for row in triggers.get(oid, ()))
        if kind in ("v", "m"):
            views.append(
                View(
                    name=name,
                    columns=tuple(row[1] for row in columns.get(oid, ())),
                    definition=relation[-1].strip().removesuffix(";"),
                    materialized=kind == "m",
                    triggers=own_triggers,
                    indexes=tuple(indexes.get(oid, ())),
                )
            )
            continue
        own = constraints.get(oid, ())
        options = {
            *_relation_options(relation),
            *_constraint_options(own),
            *_trigger_options(triggers.get(oid, ())),
            *(text for _, text in extras.get(oid, ())),
        }
        read_tables.append(
            Table(
                name=name,
                columns=tuple(_column(row) for row in columns.get(oid, ())),
                primary_key=next((_key(row) for row in own if row[2] == "p"), None),
                uniques=_sorted(_key(row) for row in own if row[2] == "u"),
                foreign_keys=_sorted(_foreign_key(row) for row in own if row[2] == "f"),
                checks=_sorted(
                    Check(row[1], unwrapped(row[13]), row[5]) for row in own if row[2] == "c"
                ),
                indexes=tuple(indexes.get(oid, ())),
                triggers=own_triggers,
                options=tuple(sorted(options)),
            )
        )
    return Schema(
        tables=_by_name(read_tables),
        views=_by_name(views),
        enums=_by_name(EnumType(row[1], tuple(row[6])) for row in types if row[2] == "e"),
        domains=_by_name(_domain(row) for row in types if row[2] == "d"),
    )


def _server_version(database: Database) -> int:
    """As server_version_num has it, without the minor version."""
    return int(re.match(r"\d+", database.engine_version())[0]) * 10_000  # type: ignore[index]


def _constraints(version: int) -> str:
    return _CONSTRAINTS.format(
        set_columns="k.confdelsetcols" if version >= 150000 else "NULL::int2[]",
        nulls_equal=_nulls_equal(version),
        enforced="k.conenforced" if version >= 180000 else "true",
        period="k.conperiod" if version >= 180000 else "false",
    )


def _index_parts(version: int) -> str:
    return _INDEX_PARTS.format(nulls_equal=_nulls_equal(version))


def _nulls_equal(version: int) -> str:
    return "coalesce(i.indnullsnotdistinct, false)" if version >= 150000 else "false"


def _named(rows: Iterable[_Row], columns: _Groups) -> Iterator[_Row]:
    """Constraints with the names of their columns for the numbers; 0 is an expression."""
    names = {(row[0], row[8]): row[1] for own in columns.values() for row in own}
    for row in rows:
        own = [names[row[0], number] for number in row[6] if number > 0]
        emptied = sorted(names[row[0], number] for number in row[12])
        yield (*row[:6], own, *row[7:12], emptied, *row[13:])


def _by_table(rows: Iterable[_Row] | None) -> _Groups:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows or ():
        groups[row[0]].append(row)
    return groups


_Item = TypeVar("_Item")
_Named = TypeVar("_Named", Table, View, EnumType, Domain)


def _sorted(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(sorted(items, key=repr))


def _by_name(items: Iterable[_Named]) -> tuple[_Named, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


def unwrapped(expression: str) -> str:
    """A deparsed expression without parentheses around the whole."""
    while expression.startswith("(") and _closing(expression) == len(expression) - 1:
        expression = expression[1:-1]
    return expression


def _closing(text: str, start: int = 0) -> int:
    """Where the parenthesis closes that opens first; -1 where none does."""
    depth = 0
    for sign in _SIGNS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(sign[0], 0)
        if depth == 0 and sign[0] == ")":
            return sign.start()
    return -1


def _relation_options(row: _Row) -> Iterator[str]:
    _, _, _, unlogged, secured, forced, _, is_partition, partition_key, bound, parents, _ = row
    if unlogged:
        yield "UNLOGGED"
    if secured:
        yield "ROW LEVEL SECURITY"
    if forced:
        yield "FORCE ROW LEVEL SECURITY"
    if partition_key:
        yield f"PARTITION BY {partition_key}"
    if is_partition:
        yield f"PARTITION OF {', '.join(parents)} {bound}"
    elif parents:
        yield f"INHERITS ({', '.join(parents)})"


def _constraint_options(rows: Iterable[_Row]) -> Iterator[str]:
    """What the model has no other place for."""
    for row in rows:
        name, kind, valid, definition, enforced, period = (
            *(row[place] for place in (1, 2, 5, 13, 15, 16)),
        )
        if kind == "x":
            yield definition
        elif kind == "n" and not valid:
            yield f"NOT NULL NOT VALID ({', '.join(row[6])})"
        if not enforced:
            yield f"NOT ENFORCED ({name})"
        if period:
            yield f"{'PERIOD' if kind == 'f' else 'WITHOUT OVERLAPS'} ({', '.join(row[6])})"


def _trigger_options(rows: Iterable[_Row]) -> Iterator[str]:
    for row in rows:
        if row[8]:
            yield f"DEFERRABLE TRIGGER {row[1]}{' INITIALLY DEFERRED' if row[9] else ''}"


def _column(row: _Row) -> Column:
    _, name, kind, not_null, default, identity, generated, collation, _ = row
    numbered = identity or (
        not generated and default is not None and _NUMBERED.fullmatch(default) is not None
    )
    return Column(
        name=name,
        type=kind,
        nullable=not not_null,
        default=None if numbered or generated else default,
        generated=unwrapped(default) if generated else None,
        stored=generated == "s",
        numbered=numbered,
        never_reused=numbered,
        collation=collation,
    )


def _key(row: _Row) -> Key:
    return Key(
        name=row[1],
        columns=tuple(row[6]),
        deferrable=row[3],
        deferred=row[4],
        nulls_distinct=not row[14],
    )


def _foreign_key(row: _Row) -> ForeignKey:
    return ForeignKey(
        name=row[1],
        columns=tuple(row[6]),
        target=row[7],
        target_columns=tuple(row[8]),
        on_delete=_ACTIONS[row[9]],
        on_update=_ACTIONS[row[10]],
        deferrable=row[3],
        deferred=row[4],
        match_full=row[11],
        set_columns=tuple(row[12]),
        validated=row[5],
    )


def _indexes(rows: _Groups) -> Mapping[str, Sequence[Index]]:
    """The indexes of each table, by name."""
    found: dict[str, list[Index]] = {}
    for table, all_parts in rows.items():
        by_name: dict[str, list[_Row]] = defaultdict(list)
        for row in all_parts:
            by_name[row[1]].append(row)
        found[table] = [_index(parts) for _, parts in sorted(by_name.items())]
    return found


def _index(parts: Sequence[_Row]) -> Index:
    _, name, unique, method, valid, nulls_equal, predicate = parts[0][:7]
    return Index(
        name=name,
        parts=tuple(_index_part(*row[8:]) for row in parts if row[7]),
        unique=unique,
        predicate=None if predicate is None else unwrapped(predicate),
        method=method,
        include=tuple(row[9] for row in parts if not row[7]),
        nulls_distinct=not nulls_equal,
        valid=valid,
    )


def _index_part(
    is_expression: bool,
    text: str,
    order: int,
    collation: str | None,
    operator_class: str | None,
) -> IndexPart:
    return IndexPart(
        text=unwrapped(text) if is_expression else text,
        is_expression=is_expression,
        descending=bool(order & _DESCENDING),
        nulls_first=bool(order & _NULLS_FIRST),
        collation=collation,
        operator_class=operator_class,
    )


def _trigger(row: _Row) -> Trigger:
    _, name, kind, enabled, update_of, source, arguments, definition, _, _ = row
    timing = "INSTEAD OF" if kind & _INSTEAD else "BEFORE" if kind & _BEFORE else "AFTER"
    return Trigger(
        name=name,
        timing=timing,
        events=tuple(sorted(event for bit, event in _EVENTS.items() if kind & bit)),
        action=source + _told(bytes.fromhex(arguments.removeprefix("\\x"))),
        update_of=tuple(update_of),
        condition=definition and _condition(definition),
        for_each_row=bool(kind & _ROW),
        enabled=enabled in ("O", "A"),
    )


def _told(arguments: bytes) -> str:
    """What CREATE TRIGGER hands to its function, as a comment behind the function's source."""
    if not arguments:
        return ""
    texts = arguments.decode(errors="replace").removesuffix("\0").split("\0")
    return "\n-- arguments: " + ", ".join(repr(text) for text in texts)


_WHEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?P<when>\bWHEN )\(""")


def _condition(definition: str) -> str | None:
    """The condition in a CREATE TRIGGER as the server writes it."""
    for found in _WHEN.finditer(definition):
        if found["when"]:
            start = found.end("when")
            return unwrapped(definition[start : _closing(definition, start) + 1])
    return None


def _domain(row: _Row) -> Domain:
    _, name, _, base, not_null, default, _, names, expressions, validated = row
    checks = (
        Check(check, unwrapped(expression), valid)
        for check, expression, valid in zip(names, expressions, validated, strict=True)
    )
    return Domain(name, base, not not_null, default, _sorted(checks))


def fingerprints(database: Database) -> Mapping[str, str]:
    """See :func:`mig_assist.engines.catalog.fingerprints`."""
    version = _server_version(database)
    rows = database.query(
        _FINGERPRINTS.format(
            constraint_columns=", ".join(
                (
                    *(["k.confdelsetcols"] * (version >= 150000)),
                    *(["k.conenforced", "k.conperiod"] * (version >= 180000)),
                    "0",
                )
            ),
            index_columns="i.indnullsnotdistinct" if version >= 150000 else "0",
        )
    )
    found = {f"view:{name}" if is_view else str(name): str(mark) for name, is_view, mark in rows}
    ((types,),) = database.query(f"SELECT json_agg(row)::text FROM ({_TYPES}) AS rows")  # noqa: S608
    for row in json.loads(str(types or "[]")):
        kind = "enum" if row[2] == "e" else "domain"
        found[f"{kind}:{row[1]}"] = hashlib.sha256(repr(row).encode()).hexdigest()[:32]
    return found
