"""Each rule of the comparison by the smallest pair that shows it, each equality by its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.engines.house_types import HouseTypes
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
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from mig_assist.verify.parity.divergence import Divergence

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

_TYPES = {"TEXT": "text", "INTEGER": "bigint", "REAL": "double precision"}
_COLUMNS = (
    Column("id", "TEXT", nullable=False),
    Column("slug", "TEXT", nullable=False),
    Column("size", "INTEGER"),
    Column("owner_id", "TEXT"),
)


def libsql(name: str = "teams", **parts: Any) -> Table:
    return Table(name, **{"columns": _COLUMNS, "primary_key": Key(None, ("id",)), **parts})


def postgres(name: str = "teams", **parts: Any) -> Table:
    columns = tuple(replace(c, type=_TYPES[c.type]) for c in _COLUMNS)
    return Table(name, **{"columns": columns, "primary_key": Key(f"{name}_pkey", ("id",)), **parts})


def differences(one: Schema, other: Schema) -> tuple[Divergence, ...]:
    return compare(one, other, HouseTypes.learn(column_pairs(one, other)))


def between(one: dict[str, Any], other: dict[str, Any]) -> tuple[Divergence, ...]:
    return differences(Schema((libsql(**one),)), Schema((postgres(**other),)))


def column(which: str, side: str, /, **changes: Any) -> dict[str, Any]:
    """A table's columns with one of them changed."""
    columns = libsql().columns if side == "libsql" else postgres().columns
    return {"columns": tuple(replace(c, **changes) if c.name == which else c for c in columns)}


def index(name: str, *columns: str, **parts: Any) -> dict[str, Any]:
    return {"indexes": (Index(name, tuple(IndexPart(each) for each in columns), **parts),)}


def unique(name: str | None, /, *columns: str, **parts: Any) -> dict[str, Any]:
    return {"uniques": (Key(name, columns, **parts),)}


def reference(name: str | None = None, /, **parts: Any) -> dict[str, Any]:
    key = ForeignKey(name, ("owner_id",), "users", ("id",))
    return {"foreign_keys": (replace(key, **parts),)}


def check(expression: str, name: str | None = None, **parts: Any) -> dict[str, Any]:
    return {"checks": (Check(name, expression, **parts),)}


def trigger(name: str, *events: str, **parts: Any) -> dict[str, Any]:
    return {"triggers": (Trigger(name, "BEFORE", events, "…", **parts),)}


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing but the table": ({}, {}),
    "names in another case": (
        {"name": "Teams", **column("slug", "libsql", name="Slug")},
        {},
    ),
    "spellings of a default": (
        column("slug", "libsql", default="'it''s'"),
        column("slug", "postgres", default="'it''s'::text"),
    ),
    "DEFAULT NULL": (column("size", "libsql", default="NULL"), {}),
    "a numbered key": (
        column("id", "libsql", type="INTEGER", numbered=True),
        column("id", "postgres", type="bigint", numbered=True, never_reused=True),
    ),
    "a UNIQUE constraint and a unique index": (
        unique(None, "slug"),
        index("teams_slug_key", "slug", unique=True),
    ),
    "a unique index and a named constraint": (
        index("teams_slug_key", "slug", unique=True),
        unique("teams_slug_key", "slug"),
    ),
    "inline and named constraints": (
        {**unique(None, "slug"), **check("size > 0"), **reference()},
        {
            **unique("teams_slug_key", "slug"),
            **check("(size > 0)", "teams_size_check"),
            **reference("teams_owner_id_fkey"),
        },
    ),
    "a name that PostgreSQL gave": (
        unique("one_slug_each", "slug"),
        unique("teams_slug_key1", "slug"),
    ),
    "a name that PostgreSQL gave before the table was renamed": (
        unique("one_slug_each", "slug"),
        {
            "primary_key": Key("teams_new_pkey", ("id",)),
            **unique("teams_new_slug_key", "slug"),
        },
    ),
    "a name that PostgreSQL clipped": (
        index("a_rather_long_name_" * 4, "slug"),
        index(("a_rather_long_name_" * 4)[:63], "slug"),
    ),
    "IN and ANY": (
        check("slug IN ('a', 'b')"),
        check("(slug = ANY (ARRAY['b'::text, 'a'::text]))", "teams_slug_check"),
    ),
    "one CHECK of two rules, and two": (
        check("size > 0 AND slug <> ''"),
        {
            "checks": (
                Check("teams_size_check", "(size > 0)"),
                Check("teams_slug_check", "(slug <> ''::text)"),
            )
        },
    ),
    "a CHECK that says NOT NULL": (
        check("size IS NOT NULL"),
        column("size", "postgres", nullable=False),
    ),
    "a flag and its CHECK": (
        {**column("size", "libsql", name="is_active"), **check("is_active IN (0, 1)")},
        column("size", "postgres", name="is_active", type="boolean"),
    ),
    "JSON and its CHECK": (
        {**column("owner_id", "libsql", name="data"), **check("json_valid(data)")},
        column("owner_id", "postgres", name="data", type="jsonb"),
    ),
    "NULLs sorted as each engine does": (
        {"indexes": (Index("teams_size_idx", (IndexPart("size", nulls_first=True),)),)},
        {"indexes": (Index("teams_size_idx", (IndexPart("size", nulls_first=False),)),)},
    ),
    "an index that nobody named": (
        index("by_slug", "slug"),
        index("teams_slug_idx", "slug"),
    ),
    "a predicate in other words": (
        index("teams_slug_idx", "slug", predicate="size>0"),
        index("teams_slug_idx", "slug", predicate="(size > 0)"),
    ),
    "how a foreign key is spelled": (
        reference(on_delete=Action.CASCADE, target="Users"),
        reference("teams_owner_id_fkey", on_delete=Action.CASCADE),
    ),
    "MATCH FULL over one column": (reference(), reference("f", match_full=True)),
    "WITHOUT ROWID": ({"options": ("WITHOUT ROWID",)}, {}),
    "no STRICT": ({"strict": False}, {}),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_spellings_of_one_meaning_are_silent(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert between(one, other) == ()


Case = tuple[dict[str, Any], dict[str, Any], str, Severity, str]

DIFFERENT: dict[str, Case] = {
    "column on one side": (
        {},
        {"columns": postgres().columns[:-1]},
        "missing-column",
        ERROR,
        "teams.owner_id",
    ),
    "column with two names": (
        {},
        column("size", "postgres", name="weight"),
        "missing-column",
        ERROR,
        "teams.size",
    ),
    "type": (
        {},
        column("size", "postgres", type="uuid"),
        "column-type",
        ERROR,
        "teams.size",
    ),
    "type and, with it, the default": (
        column("size", "libsql", default="1"),
        column("size", "postgres", type="bytea", default="'\\x01'::bytea"),
        "column-type",
        ERROR,
        "teams.size",
    ),
    "NOT NULL": (
        {},
        column("size", "postgres", nullable=False),
        "nullability",
        ERROR,
        "teams.size",
    ),
    "default on one side": (
        {},
        column("size", "postgres", default="1"),
        "default",
        ERROR,
        "teams.size",
    ),
    "default": (
        column("size", "libsql", default="0"),
        column("size", "postgres", default="1"),
        "default",
        ERROR,
        "teams.size",
    ),
    "AUTOINCREMENT without a sequence": (
        column("id", "libsql", type="INTEGER", numbered=True, never_reused=True),
        column("id", "postgres", type="bigint"),
        "numbering",
        ERROR,
        "teams.id",
    ),
    "serial without a row id": (
        {},
        column("size", "postgres", numbered=True),
        "numbering",
        ERROR,
        "teams.size",
    ),
    "generated column": (
        column("size", "libsql", generated="length(slug)", stored=True),
        {},
        "generated",
        ERROR,
        "teams.size",
    ),
    "collation": (
        column("slug", "libsql", collation="NOCASE"),
        {},
        "collation",
        WARNING,
        "teams.slug",
    ),
    "order of columns": (
        {},
        {"columns": postgres().columns[::-1]},
        "column-order",
        NOTE,
        "teams",
    ),
    "primary key": (
        {},
        {"primary_key": Key("teams_pkey", ("slug",))},
        "primary-key",
        ERROR,
        "teams: PRIMARY KEY",
    ),
    "primary key on one side": (
        {},
        {"primary_key": None},
        "primary-key",
        ERROR,
        "teams: PRIMARY KEY",
    ),
    "primary key for which UNIQUE stands": (
        {},
        {"primary_key": None, **unique("teams_id_key", "id")},
        "primary-key",
        NOTE,
        "teams: PRIMARY KEY",
    ),
    "UNIQUE on one side": (unique(None, "slug"), {}, "unique", ERROR, "teams: UNIQUE (slug)"),
    "UNIQUE over other columns": (
        unique(None, "slug", "size"),
        unique("teams_slug_owner_id_key", "slug", "owner_id"),
        "unique",
        ERROR,
        "teams: UNIQUE (slug, size)",
    ),
    "UNIQUE in another order": (
        unique(None, "slug", "size"),
        unique("teams_size_slug_key", "size", "slug"),
        "unique",
        ERROR,
        "teams: UNIQUE (slug, size)",
    ),
    "index that is unique on one side": (
        index("teams_slug_key", "slug", unique=True),
        index("teams_slug_key", "slug"),
        "unique",
        ERROR,
        "teams_slug_key",
    ),
    "NULLs that count as equal": (
        unique(None, "size"),
        unique("teams_size_key", "size", nulls_distinct=False),
        "unique",
        ERROR,
        "teams: UNIQUE (size)",
    ),
    "conflict clause of a key": (
        unique(None, "slug", on_conflict="REPLACE"),
        unique("teams_slug_key", "slug"),
        "conflict",
        ERROR,
        "teams: UNIQUE (slug)",
    ),
    "index on one side": (
        {},
        index("teams_size_idx", "size"),
        "index",
        ERROR,
        "teams_size_idx",
    ),
    "index over other columns": (
        index("teams_idx", "size"),
        index("teams_idx", "slug"),
        "index",
        ERROR,
        "teams_idx",
    ),
    "order of an index's columns": (
        index("teams_idx", "size", "slug"),
        index("teams_idx", "slug", "size"),
        "index",
        ERROR,
        "teams_idx",
    ),
    "predicate": (
        index("teams_idx", "slug", predicate="size > 0"),
        index("teams_idx", "slug", predicate="(size > 1)"),
        "index",
        ERROR,
        "teams_idx",
    ),
    "direction of one part": (
        {"indexes": (Index("i", (IndexPart("slug"), IndexPart("size", descending=True))),)},
        index("i", "slug", "size"),
        "index",
        ERROR,
        "i",
    ),
    "direction of all parts": (
        {"indexes": (Index("i", (IndexPart("size", descending=True),)),)},
        index("i", "size"),
        "index",
        NOTE,
        "i",
    ),
    "method": (index("i", "size"), index("i", "size", method="brin"), "index", WARNING, "i"),
    "INCLUDE": (index("i", "size"), index("i", "size", include=("slug",)), "index", NOTE, "i"),
    "names that people gave": (
        unique("one_slug", "slug"),
        unique("slug_once", "slug"),
        "name",
        WARNING,
        "teams: UNIQUE (slug)",
    ),
    "names of an index": (index("a", "size"), index("b", "size"), "name", WARNING, "a"),
    "foreign key on one side": (
        reference(),
        {},
        "foreign-key",
        ERROR,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "target": (
        reference(),
        reference("f", target="people"),
        "foreign-key",
        ERROR,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "ON DELETE": (
        reference(on_delete=Action.CASCADE),
        reference("f", on_delete=Action.SET_NULL),
        "foreign-key",
        ERROR,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "RESTRICT and NO ACTION": (
        reference(on_delete=Action.RESTRICT),
        reference("f"),
        "foreign-key",
        WARNING,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "deferral": (
        reference(deferrable=True, deferred=True),
        reference("f"),
        "deferrable",
        ERROR,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "NOT VALID": (
        reference(),
        reference("f", validated=False),
        "not-valid",
        NOTE,
        "teams: FOREIGN KEY (owner_id)",
    ),
    "CHECK on one side": (check("size > 0"), {}, "check", ERROR, "teams: CHECK (size > 0)"),
    "CHECK by its name": (
        {},
        check("(size > 0)", "size_matters"),
        "check",
        ERROR,
        "teams: CHECK size_matters",
    ),
    "a rule of a CHECK on one side": (
        check("size > 0 AND slug <> ''"),
        check("(size > 0)", "teams_size_check"),
        "check",
        ERROR,
        "teams: CHECK (size > 0 AND slug <> '')",
    ),
    "CHECK as somebody wrote it": (
        {},
        check("(slug = ANY (ARRAY['a'::text, 'b'::text]))", "teams_slug_check"),
        "check",
        ERROR,
        "teams: CHECK (slug IN ('a', 'b'))",
    ),
    "CHECK that differs": (
        check("size > 0"),
        check("(size >= 0)", "teams_size_check"),
        "check",
        ERROR,
        "teams: CHECK (size > 0)",
    ),
    "CHECK over another column": (
        check("size > 10 AND size < 500"),
        check("((size > 10) AND (owner_id < 500))", "c"),
        "check",
        ERROR,
        "teams: CHECK c",
    ),
    "row level security": ({}, {"options": ("ROW LEVEL SECURITY",)}, "option", NOTE, "teams"),
    "trigger on one side": (
        trigger("teams_guard", "UPDATE"),
        {},
        "trigger",
        WARNING,
        "teams_guard",
    ),
}


@pytest.mark.parametrize(
    ("one", "other", "rule", "severity", "thing"), DIFFERENT.values(), ids=DIFFERENT
)
def test_one_defect_is_one_divergence(
    one: dict[str, Any], other: dict[str, Any], rule: str, severity: Severity, thing: str
) -> None:
    found = between(one, other)

    assert [(d.rule, d.severity, d.object) for d in found] == [(f"parity/{rule}", severity, thing)]
    assert found[0].table == "teams"
    assert found[0].message.endswith(".")
    assert found[0].fix.endswith(".")


def test_a_missing_table_is_one_divergence_and_its_lookalike_is_another() -> None:
    found = differences(Schema((libsql("teams"),)), Schema((postgres("team"),)))

    assert [(d.rule, d.object, d.backend) for d in found] == [
        ("parity/missing-table", "teams", Backend.POSTGRES),
        ("parity/missing-table", "team", Backend.LIBSQL),
    ]


def test_what_hangs_on_a_missing_column_is_not_told_again() -> None:
    found = between(
        {
            **index("teams_owner_idx", "owner_id"),
            **reference(),
            **check("owner_id <> slug"),
            **unique(None, "owner_id"),
        },
        {"columns": postgres().columns[:-1]},
    )

    assert [d.object for d in found] == ["teams.owner_id"]


def test_a_rule_that_a_trigger_may_keep_is_undecided() -> None:
    guard = trigger("teams_guard", "INSERT", "UPDATE", condition="new.size <= 0")
    found = between(check("size > 0"), guard)
    elsewhere = between(check("slug <> ''"), guard)

    assert [d.decided for d in elsewhere] == [True, False]
    assert [(d.rule, d.severity, d.decided) for d in found] == [
        ("parity/check", WARNING, False),
        ("parity/trigger", WARNING, False),
    ]


def test_triggers_of_single_events_go_with_one_of_several() -> None:
    def each(name: str, event: str) -> Trigger:
        return Trigger(name, "BEFORE", (event,), "SELECT 1")

    found = between(
        {"triggers": (each("guard_insert", "INSERT"), each("guard_update", "UPDATE"))},
        trigger("guard", "INSERT", "UPDATE"),
    )

    assert [(d.object, d.backend, d.decided) for d in found] == [("guard", None, False)]


def test_a_disabled_trigger_is_none() -> None:
    found = between(
        trigger("teams_guard", "UPDATE"), trigger("teams_guard", "UPDATE", enabled=False)
    )

    assert {d.backend for d in found} == set(Backend)


def test_labels_of_an_enum_are_compared_with_the_check() -> None:
    def of(labels: tuple[str, ...], rule: dict[str, Any]) -> tuple[Divergence, ...]:
        typed = column("slug", "postgres", type="team_kind")
        return differences(
            Schema((libsql(**rule),)),
            Schema((postgres(**typed),), enums=(EnumType("team_kind", labels),)),
        )

    rule = check("slug IN ('a', 'b')")
    assert of(("b", "a"), rule) == ()
    assert [d.rule for d in of(("a", "b", "c"), rule)] == ["parity/check"]
    assert [(d.rule, d.object) for d in of(("a",), {})] == [("parity/check", "teams.slug")]


def test_rules_of_a_domain_stand_at_its_columns() -> None:
    domain = Domain("positive", "bigint", False, None, (Check("c", "(VALUE > 0)"),))
    other = Schema((postgres(**column("size", "postgres", type="positive")),), domains=(domain,))
    strict = column("size", "libsql", nullable=False)

    assert differences(Schema((libsql(**strict, **check("size > 0")),)), other) == ()
    assert [d.rule for d in differences(Schema((libsql(**strict),)), other)] == ["parity/check"]


def test_an_index_that_a_key_of_the_other_side_replaces_is_a_note() -> None:
    key = unique("teams_slug_size_key", "slug", "size")
    alone = between(index("i", "slug"), key)
    beside = between({**index("i", "slug"), **key}, key)

    assert [(d.object, d.severity) for d in alone] == [
        ("i", NOTE),
        ("teams: UNIQUE (slug, size)", ERROR),
    ]
    assert [(d.object, d.severity) for d in beside] == [("i", ERROR)]


def test_views_are_compared_by_their_columns_and_words() -> None:
    def views(one: View, other: View) -> list[tuple[Severity, bool]]:
        found = differences(Schema(views=(one,)), Schema(views=(other,)))
        return [(d.severity, d.decided) for d in found]

    view = View("big", ("id",), "SELECT id FROM teams WHERE size > 1")
    spelled = View("big", ("id",), "SELECT teams.id\n   FROM teams\n  WHERE (teams.size > 1);")
    assert views(view, spelled) == []
    assert views(view, replace(spelled, columns=("slug",))) == [(ERROR, True)]
    assert views(view, replace(spelled, materialized=True)) == [(WARNING, True)]
    assert views(view, replace(spelled, definition="SELECT 1")) == [(WARNING, False)]


def test_a_table_on_one_side_and_a_view_on_the_other_is_one_divergence() -> None:
    view = View("teams", ("id",), "SELECT 1")

    found = differences(Schema((libsql(),)), Schema(views=(view,)))

    assert [d.rule for d in found] == ["parity/missing-table"]


def test_a_key_without_not_null_breaks_the_habit_of_the_others() -> None:
    careless = libsql(**column("id", "libsql", nullable=True))
    names = ("a", "b", "c")
    other = Schema((*(postgres(name) for name in names), postgres()))

    alone = differences(Schema((careless,)), Schema((postgres(),)))
    among = differences(Schema((*(libsql(name) for name in names), careless)), other)

    assert alone == ()
    assert [(d.object, d.severity) for d in among] == [("teams.id", ERROR)]


def test_a_row_id_need_not_be_numbered_where_the_house_never_numbers() -> None:
    def key(kind: str) -> dict[str, Any]:
        if kind == "libsql":
            return column("id", kind, type="INTEGER", numbered=True)
        return column("id", kind, type="bigint")

    found = differences(
        Schema((libsql("a", **key("libsql")), libsql("b", **key("libsql")))),
        Schema((postgres("a", **key("postgres")), postgres("b", **key("postgres")))),
    )

    assert found == ()


NAMES = ("id", "slug", "size", "owner_id", "created_at", "is_open")


@st.composite
def tables(draw: st.DrawFn, name: str) -> Table:
    """A libsql table with at most one of each thing over the same columns."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True))
    columns = tuple(
        Column(
            each,
            draw(st.sampled_from(sorted(_TYPES))),
            draw(st.booleans()) if position else False,
        )
        for position, each in enumerate(names)
    )
    things = draw(st.lists(st.sampled_from(["unique", "index", "foreign", "check"]), unique=True))
    some = tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
    one = draw(st.sampled_from(names))
    reach = ForeignKey(f"{name}_parent", (one,), "parents", ("id",), draw(st.sampled_from(Action)))
    rule = f"length({one}) > {draw(st.integers(0, 9))}"
    lone_index = Index(f"{name}_idx", tuple(IndexPart(each) for each in some))
    return Table(
        name,
        columns,
        Key(None, (names[0],)),
        (Key(None, (names[-1], names[0])),) if "unique" in things else (),
        (reach,) if "foreign" in things else (),
        (Check(f"{name}_rule", rule),) if "check" in things else (),
        (lone_index,) if "index" in things else (),
    )


def translated(table: Table) -> Table:
    """The same on PostgreSQL, as its catalog would say it."""
    return replace(
        table,
        columns=tuple(replace(c, type=_TYPES[c.type]) for c in table.columns),
        primary_key=Key(f"{table.name}_pkey", table.primary_key.columns)
        if table.primary_key
        else None,
        uniques=tuple(
            replace(k, name=f"{table.name}_{'_'.join(k.columns)}_key") for k in table.uniques
        ),
        checks=tuple(replace(c, expression=f"({c.expression})") for c in table.checks),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    names = draw(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, unique=True))
    return Schema(tuple(draw(tables(name)) for name in sorted(names)))


@given(schemas())
def test_a_schema_and_its_translation_are_the_same(schema: Schema) -> None:
    other = Schema(tuple(translated(table) for table in schema.tables))

    assert differences(schema, other) == ()


@given(schemas(), st.data())
def test_what_is_taken_from_one_side_is_found_once_and_named(
    schema: Schema, data: st.DataObject
) -> None:
    sides = [schema, Schema(tuple(translated(table) for table in schema.tables))]
    table = data.draw(st.sampled_from(schema.tables))
    parts = [
        part for part in ("uniques", "foreign_keys", "checks", "indexes") if getattr(table, part)
    ]
    part = data.draw(st.sampled_from(["table", "column", *parts]))
    side = data.draw(st.sampled_from([0, 1]))
    here = sides[side].table(table.name)
    assert here is not None
    names = {
        "table": table.name,
        "uniques": f"{table.name}: UNIQUE",
        "foreign_keys": f"{table.name}: FOREIGN KEY",
        "checks": f"{table.name}: CHECK {table.name}_rule",
        "indexes": f"{table.name}_idx",
    }
    if part == "table":
        sides[side] = sides[side].with_tables((), (table.name,))
    elif part == "column":
        names["column"] = f"{table.name}.{here.columns[-1].name}"
        without = replace(here, columns=here.columns[:-1], **_without(here, here.columns[-1].name))
        sides[side] = sides[side].with_tables((without,), ())
    else:
        nothing: dict[str, Any] = {part: ()}
        sides[side] = sides[side].with_tables((replace(here, **nothing),), ())

    found = [d for d in differences(*sides) if d.severity is not NOTE]

    assert len(found) <= 1
    if found:
        assert found[0].object.startswith(names[part])
    else:  # the only thing that may go unsaid is an index that a key of the other side replaces
        assert part == "indexes"


def _without(table: Table, name: str) -> dict[str, Any]:
    """What is left of a table's things when a column goes."""
    return {
        "uniques": tuple(k for k in table.uniques if name not in k.columns),
        "foreign_keys": tuple(k for k in table.foreign_keys if name not in k.columns),
        "checks": tuple(c for c in table.checks if not re.search(rf"\b{name}\b", c.expression)),
        "indexes": tuple(i for i in table.indexes if name not in [p.text for p in i.parts]),
    }


def _house(types: Sequence[tuple[str, str]], **tables: Any) -> tuple[Divergence, ...]:
    """Differences of a table, beside another whose columns have some types."""
    sides: list[Table] = []
    for side, build in enumerate((libsql, postgres)):
        others = tuple(Column(f"n{n}x", kinds[side]) for n, kinds in enumerate(types))
        sides.append(build("others", columns=others, primary_key=None))
    enums = tables.pop("enums", ())
    one, other = (Table("t", **tables[side]) for side in ("libsql", "postgres"))
    return differences(Schema((sides[0], one)), Schema((sides[1], other), enums=enums))


def _one(name: str, kind: str, *checks: str, **parts: Any) -> dict[str, Any]:
    column = Column(name, kind, **parts)
    return {"columns": (column,), "checks": tuple(Check(None, each) for each in checks)}


@pytest.mark.parametrize(
    ("usual", "odd", "run"),
    [
        (
            ("VARCHAR(36)", "character varying(36)"),
            ("VARCHAR(9)", "character(9)"),
            "ALTER COLUMN odd TYPE character varying(9) USING odd::character varying(9);",
        ),
        (
            ("TEXT", "character varying(40)"),
            ("TEXT", "character(36)"),
            "ALTER COLUMN odd TYPE character varying(36) USING odd::character varying(36);",
        ),
        (
            ("INTEGER", "bigint"),
            ("INTEGER", "boolean"),
            "ALTER COLUMN odd TYPE bigint USING odd::integer;",
        ),
        (
            ("INTEGER", "boolean"),
            ("INTEGER", "smallint"),
            "ALTER COLUMN odd DROP DEFAULT, ALTER COLUMN odd TYPE boolean USING odd <> 0,"
            " ALTER COLUMN odd SET DEFAULT …;",
        ),
    ],
)
def test_the_type_that_the_house_has_is_given_with_its_length_and_a_cast_there_is(
    usual: tuple[str, str], odd: tuple[str, str], run: str
) -> None:
    default = None if odd[1] == "boolean" else "0"  # one of 0 makes a flag, whose pair may be meant
    one, other = (
        Schema(
            (
                Table(
                    "t",
                    columns=(
                        *(Column(f"c{n}", usual[side]) for n in range(30)),
                        Column("odd", odd[side], default=default),
                    ),
                ),
            )
        )
        for side in (0, 1)
    )
    (found,) = (d for d in differences(one, other) if d.rule == "parity/column-type")
    assert f"ALTER TABLE t {run}`" in found.fix


def test_an_enum_beside_its_check_breaks_no_habit_of_texts() -> None:
    enum = (EnumType("kk", ("a", "b")),)
    types = [("TEXT", "text")] * 9

    def found(*checks: str) -> list[str]:
        sides = {"libsql": _one("s", "TEXT", *checks), "postgres": _one("s", "kk")}
        return [each.rule for each in _house(types, enums=enum, **sides)]

    assert found("s IN ('a', 'b')") == []
    assert found() == ["parity/check"]


@pytest.mark.parametrize(
    ("types", "kinds", "checks", "expected"),
    [
        ([("TEXT", "text")], ("TEXT", "character varying(3)"), [], [WARNING]),
        ([("TEXT", "text")], ("TEXT", "character varying(3)"), ["length(c) <= 3"], []),
        ([("TEXT", "text")], ("TEXT", "character varying(3)"), ["length(c) <= 4"], [WARNING]),
        ([("TEXT", "character varying(9)")] * 2, ("TEXT", "character varying(3)"), [], []),
        ([("TEXT", "text")] * 12, ("TEXT", "character varying(3)"), [], [ERROR]),
        ([("REAL", "numeric")], ("REAL", "numeric(4,1)"), [], [WARNING]),
        ([("NUMERIC", "numeric")] * 12, ("NUMERIC", "numeric(4,1)"), [], [ERROR]),
        ([("TEXT", "text")], ("TEXT", "jsonb"), [], [NOTE]),
        ([("TEXT", "text")], ("TEXT", "jsonb"), ["json_valid(c)"], []),
        ([("TEXT", "text")], ("TEXT", "uuid"), [], [NOTE]),
        ([("TEXT", "text"), *[("TEXT", "uuid")] * 2], ("TEXT", "uuid"), [], []),
        ([("TEXT", "date")], ("TEXT", "date"), [], []),
    ],
)
def test_what_only_the_type_of_postgres_refuses_is_told_where_it_is_no_custom(
    types: list[tuple[str, str]],
    kinds: tuple[str, str],
    checks: list[str],
    expected: list[Severity],
) -> None:
    found = _house(types, libsql=_one("c", kinds[0], *checks), postgres=_one("c", kinds[1]))

    assert [each.severity for each in found if each.rule == "parity/column-type"] == expected


def test_a_foreign_key_has_the_type_of_the_key_that_it_refers_to() -> None:
    key = reference(columns=("team_id",), target="teams", target_columns=("id",))
    sides = []
    for which, kind in enumerate(("TEXT", "uuid")):
        text = ("TEXT", "text")[which]
        others = [Table(f"t{n}", columns=(Column("team_id", text),)) for n in range(6)]
        teams = Table("teams", columns=(Column("id", kind),))
        child = Table("child", columns=(Column("team_id", kind),), **key)
        sides.append(Schema((*others, teams, child)))
    found = differences(*sides)
    assert [d.object for d in found if d.rule == "parity/column-type"] == []
    alone = [replace(s, tables=tuple(replace(t, foreign_keys=()) for t in s.tables)) for s in sides]
    (told,) = [d for d in differences(*alone) if d.rule == "parity/column-type"]
    assert (told.object, told.severity) == ("child.team_id", WARNING)
    assert "TYPE text" not in told.fix


def test_a_key_that_refers_to_another_draws_no_number() -> None:
    key = reference(columns=("id",), target="steps", target_columns=("id",))
    one = Table("logs", columns=(Column("id", "INTEGER", numbered=True),))
    other = Table("logs", columns=(Column("id", "bigint", nullable=False),), **key)
    steps = [Table(f"steps{n}", columns=one.columns) for n in range(4)]
    found = differences(Schema((*steps, one)), Schema((*steps, other)))
    assert "parity/numbering" not in [each.rule for each in found]


@pytest.mark.parametrize(
    ("libsql_says", "postgres_says"),
    [
        ("json_extract(data, '$.name')", "(data ->> 'name'::text)"),
        ("json_extract(CAST(data AS TEXT), '$.a.b')", "(data #>> '{a,b}'::text[])"),
        ("data -> '$.a' ->> '$.b[0]'", "(((data -> 'a'::text) -> 'b'::text) ->> 0)"),
        ("data ->> 'name'", "jsonb_extract_path_text(data, 'name')"),
    ],
)
def test_indexes_over_one_path_of_a_document_are_the_same(
    libsql_says: str, postgres_says: str
) -> None:
    def found(mine: str, other: str, *, unique: bool = False) -> list[str]:
        kinds = (("TEXT", mine), ("jsonb", other))
        one, two = (
            Schema(
                (
                    Table(
                        "t",
                        columns=(Column("data", kind),),
                        indexes=(
                            Index("i", (IndexPart(says, is_expression=True),), unique=unique),
                        ),
                    ),
                )
            )
            for kind, says in kinds
        )
        return [each.object for each in differences(one, two) if each.object == "i"]

    assert found(libsql_says, postgres_says) == []
    assert found(libsql_says, "(data ->> 'other'::text)") == ["i"]
    assert found(libsql_says, postgres_says, unique=True) == ["i"], "1 and '1' are one text"


def test_rules_in_words_of_one_engine_are_left_to_both() -> None:
    sides = [
        Schema((Table("t", columns=(Column("s", kind), Column("k", "TEXT")), **check(rule)),))
        for kind, rule in (
            ("TEXT", "k = json_extract(CAST(s AS TEXT), '$.a')"),
            ("jsonb", "((k = (s ->> 'a'::text)))"),
        )
    ]
    (found,) = [each for each in differences(*sides) if each.rule == "parity/check"]
    assert (found.decided, found.severity) == (False, WARNING)


def test_a_document_in_a_blob_is_the_same_default() -> None:
    libsql_says = _one("c", "BLOB", default="X'5B5D'")
    for text, expected in (("'[]'::jsonb", []), ("'{}'::jsonb", ["parity/default"])):
        found = _house([("BLOB", "jsonb")] * 3, libsql=libsql_says,
                       postgres=_one("c", "jsonb", default=text))  # fmt: skip
        assert [each.rule for each in found if each.rule == "parity/default"] == expected


def test_another_order_of_columns_is_told_by_the_first_that_differ() -> None:
    names = [f"c{number}" for number in range(20)]
    turned = [*names[:9], names[10], names[9], *names[11:]]
    one, other = (
        Schema((Table("t", columns=tuple(Column(name, "TEXT") for name in order)),))
        for order in (names, turned)
    )
    (found,) = differences(one, other)
    assert (found.libsql, found.postgres) == ("…, c9, c10, c11, c12, …", "…, c10, c9, c11, c12, …")


def test_a_narrower_type_that_both_files_call_alike_is_no_error() -> None:
    integer = {"libsql": _one("c", "INTEGER"), "postgres": _one("c", "integer")}
    (found,) = _house([("INTEGER", "bigint")] * 250, **integer)
    assert (found.rule, found.severity) == ("parity/column-type", WARNING)
    assert "both files spell it alike" in found.message


@pytest.mark.parametrize(
    ("column", "checks", "expected"),
    [
        (Column("c", "INTEGER"), [], ERROR),
        (Column("terminal_success", "INTEGER"), [], WARNING),
        (Column("c", "INTEGER", default="0"), [], WARNING),
        (Column("c", "INTEGER"), ["c IN (0, 1)"], WARNING),
    ],
)
def test_a_flag_is_never_certainly_a_number(
    column: Column, checks: list[str], expected: Severity
) -> None:
    one = {"columns": (column,), "checks": tuple(Check(None, each) for each in checks)}
    (found,) = _house(
        [("INTEGER", "bigint")] * 250, libsql=one, postgres=_one(column.name, "boolean")
    )

    assert (found.rule, found.severity) == ("parity/column-type", expected)
    assert "(as 250 other columns do)" in found.message
    assert ("bigint USING" in found.fix) is (expected is ERROR)


def test_an_exclusion_refuses_rows_that_libsql_takes() -> None:
    option = "EXCLUDE USING btree (size WITH =) WHERE (size > 0)"
    (found,) = between({}, {"options": (option,)})

    assert (found.rule, found.severity, found.object, found.backend) == (
        "parity/unique",
        ERROR,
        "teams: EXCLUDE (size WITH =)",
        Backend.LIBSQL,
    )


@pytest.mark.parametrize(
    ("libsql", "postgres", "severity"),
    [
        ("json_array_length(slug)", "jsonb_array_length(slug)", WARNING),
        ("strftime('%Y', slug)", "date_trunc('year', slug)", WARNING),
        ("lower(slug)", "upper(slug)", ERROR),
    ],
)
def test_other_expressions_are_said_to_be_so(
    libsql: str, postgres: str, severity: Severity
) -> None:
    sides = [
        {"indexes": (Index("i", (IndexPart(text, is_expression=True),)),)}
        for text in (libsql, postgres)
    ]
    (found,) = between(*sides)

    assert (found.rule, found.severity) == ("parity/index", severity)
    assert found.decided is (severity is ERROR)
    assert "is over other expressions" in found.message or severity is WARNING
    assert "other columns" not in found.message
