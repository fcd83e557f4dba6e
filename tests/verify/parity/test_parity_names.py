"""Names that PostgreSQL makes up are known as its own, whatever it had to clip or to number."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.schema import IndexPart, Key, Table
from mig_assist.engines.scratch import scratch_database
from mig_assist.verify.parity.names import (
    Kind,
    folded,
    made_up,
    made_up_index,
    quoted,
    table_names,
)

TABLES = (
    "t",
    "a_table_with_a_name_of_quite_some_length",
    "x" * 63,
    "Mixed Case",
    "größenangaben_für_überlange_straßennamen",
)
COLUMNS = (
    "a",
    "b_column",
    "another_column_with_a_name_of_quite_some_length",
    "y" * 63,
    "ä" * 31,
    "With Blank",
)
EXPRESSIONS = ("lower(a)", "(a || 'x')", "COALESCE(a, '')", "upper(trim(a))", "(a::varchar)")


@pytest.mark.parametrize("table", TABLES)
def test_what_postgresql_names_by_itself_is_made_up(postgres_url: str, table: str) -> None:
    name = quoted(table)
    columns = ", ".join(f"{quoted(each)} text UNIQUE" for each in COLUMNS)
    pairs = [(one, other) for one in COLUMNS for other in COLUMNS if one < other]
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        database.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY (a))")
        for one, other in pairs:
            listed = f"{quoted(one)}, {quoted(other)}"
            database.execute(f"ALTER TABLE {name} ADD UNIQUE ({listed})")
            database.execute(
                f"ALTER TABLE {name} ADD FOREIGN KEY ({listed}) REFERENCES {name} ({listed})"
            )
            database.execute(f"ALTER TABLE {name} ADD CHECK ({quoted(one)} <> {quoted(other)})")
            database.execute(f"CREATE INDEX ON {name} ({listed})")
        for each in COLUMNS:
            for _ in range(2):
                database.execute(f"ALTER TABLE {name} ADD CHECK ({quoted(each)} <> '')")
                database.execute(f"CREATE INDEX ON {name} ({quoted(each)}) INCLUDE (a)")
        for each in EXPRESSIONS:
            database.execute(f"CREATE INDEX ON {name} ({each}, b_column)")
        database.execute(f"CREATE INDEX ON {name} (a, a)")
        found = read_schema(database).table(table)

    assert found is not None
    assert found.primary_key is not None
    assert made_up(table, Kind.PRIMARY_KEY, ("a",), found.primary_key.name or "")
    for key in found.uniques:
        assert made_up(table, Kind.UNIQUE, key.columns, key.name or ""), key
    for reference in found.foreign_keys:
        assert made_up(table, Kind.FOREIGN_KEY, reference.columns, reference.name or ""), reference
    for check in found.checks:
        guesses = [(), *((each,) for each in COLUMNS)]
        assert any(made_up(table, Kind.CHECK, g, check.name or "") for g in guesses), check
    for index in found.indexes:
        assert made_up_index(table, index.parts, index.include, index.name), index
    assert len(found.indexes) == len(pairs) + 2 * len(COLUMNS) + len(EXPRESSIONS) + 1


@pytest.mark.parametrize(
    ("kind", "columns", "name"),
    [
        (Kind.UNIQUE, ("slug",), "one_slug_each"),
        (Kind.UNIQUE, ("slug",), "teams_slug_unique"),
        (Kind.UNIQUE, ("slug",), "teams_name_key"),
        (Kind.UNIQUE, ("slug", "name"), "teams_name_slug_key"),
        (Kind.CHECK, ("slug",), "teams_slug_check_not_empty"),
        (Kind.FOREIGN_KEY, ("owner_id",), "fk_teams_owner"),
        (Kind.PRIMARY_KEY, ("id",), "pk_teams"),
    ],
)
def test_what_a_person_wrote_is_not(kind: Kind, columns: tuple[str, ...], name: str) -> None:
    assert not made_up("teams", kind, columns, name)


def test_a_name_of_an_expression_is_one_of_its_words() -> None:
    lower = IndexPart("lower(email)", is_expression=True)

    assert made_up_index("users", (lower,), (), "users_lower_idx")
    assert made_up_index("users", (lower,), (), "users_email_idx")
    assert not made_up_index("users", (lower,), (), "users_by_email")


def test_renaming_a_table_leaves_its_former_name_in_its_key() -> None:
    def named(key: str | None) -> tuple[str, ...]:
        return table_names(Table("teams", (), Key(key, ("id",))))

    assert named("teams_pkey") == ("teams",)
    assert named("teams_new_pkey1") == ("teams", "teams_new")
    assert named("pk_teams") == named(None) == ("teams",)


def test_both_engines_take_these_for_one_name() -> None:
    assert folded("Teams") == folded("tEAMS")
    assert folded("x" * 70) == folded("X" * 63)
    assert folded("ä" * 40) == "ä" * 31
    assert folded("Ä") != folded("ä")  # neither folds more than ASCII


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("teams", "teams"),
        ("Teams", '"Teams"'),
        ("order", '"order"'),
        ("two words", '"two words"'),
        ('a"b', '"a""b"'),
    ],
)
def test_a_name_is_quoted_where_it_has_to_be(name: str, written: str) -> None:
    assert quoted(name) == written
