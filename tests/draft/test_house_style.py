"""What is learned of how a house writes its migrations, and from how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.begin import plan_beginning
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.derive.types_of import to_postgres
from mig_assist.draft.house import HouseStyle, learn, learn_house_style
from mig_assist.draft.house.learning import Script
from mig_assist.draft.house.naming import Named, form_of
from mig_assist.draft.house.reading import libsql_side, postgres_schema
from mig_assist.engines.schema import Schema
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.files import migration_path
from tests.pairs.reading import houses
from tests.workspace.layouts import small_workspace, write, write_pair, write_registry


def learned(*pairs: tuple[str, str]) -> HouseStyle:
    libsql, _ = libsql_side(Script(one, "") for one, _ in pairs)
    postgres = postgres_schema([Script(other, "") for _, other in pairs])
    return learn(pairs, libsql, postgres)


CORPUS = {
    house.name: learned(
        tuple(house.sql.values()),  # type: ignore[arg-type]
        *(
            (pair.sql.get(Backend.LIBSQL, ""), pair.sql.get(Backend.POSTGRES, ""))
            for pair in house.pairs
        ),
    )
    for house in houses()
}


def value(style: HouseStyle, key: str) -> object:
    trait = style.traits.get(key)
    return trait.value if trait else None


@pytest.mark.parametrize(
    ("house", "traits"),
    [
        (
            "gateway",
            {
                "strict": True,
                "keys_not_null": True,
                "libsql.keywords": "upper",
                "libsql.indent": "    ",
                "libsql.named.inline CHECK": False,
                "libsql.no_op": "SELECT 1",
                "libsql.names.UNIQUE INDEX": "{table}_…_key",
                "libsql.guards.CREATE TABLE": False,
                "rebuild": "{table}_new",
                "change": "apart",
            },
        ),
        (
            "devices",
            {
                "strict": False,
                "autoincrement": True,
                "numbering": "serial",
                "libsql.guards.CREATE TABLE": True,
                "libsql.guards.CREATE INDEX": False,
                "postgres.guards.CREATE TABLE": True,
                "libsql.named.inline PRIMARY KEY": False,
                "postgres.named.inline PRIMARY KEY": True,
                "postgres.names.PRIMARY KEY": "{table}_pkey",
                "libsql.names.FOREIGN KEY": "{table}_{columns}_fkey",
                "libsql.now": "CURRENT_TIMESTAMP",
            },
        ),
        (
            "ledger",
            {
                "autoincrement": False,
                "numbering": "identity",
                "libsql.named.PRIMARY KEY": True,
                "libsql.named.inline PRIMARY KEY": False,
                "libsql.names.PRIMARY KEY": "pk_{table}",
                "libsql.names.UNIQUE": "uq_{table}_{columns}",
                "libsql.names.FOREIGN KEY": "fk_{table}_{stems}",
                "libsql.names.CHECK": "ck_{table}_{column}",
                "postgres.names.INDEX": "ix_{table}_{stem}",
                "libsql.header": False,
            },
        ),
        (
            "tenants",
            {
                "enums": "type",
                "flag_checks": True,
                "json_checks": True,
                "libsql.keywords": "lower",
                "postgres.keywords": "lower",
                "postgres.indent": "  ",
                "postgres.now": "now()",
                "libsql.no_op": "select 1",
            },
        ),
    ],
)
def test_each_house_of_the_corpus_has_its_own_ways(house: str, traits: dict[str, object]) -> None:
    style = CORPUS[house]
    assert {key: value(style, key) for key in traits} == traits


@pytest.mark.parametrize(
    ("house", "libsql", "postgres"),
    [
        ("gateway", "INTEGER", "bigint"),
        ("devices", "DATETIME", "timestamp with time zone"),
        ("devices", "BLOB", "bytea"),
        ("ledger", "NUMERIC", "numeric"),
        ("ledger", "DATE", "date"),
    ],
)
def test_types_are_learned_in_both_directions(house: str, libsql: str, postgres: str) -> None:
    pairs = CORPUS[house].types.pairs
    assert pairs["all", libsql, Backend.LIBSQL].most_common(1)[0][0] == postgres
    assert pairs["all", postgres, Backend.POSTGRES].most_common(1)[0][0] == libsql


def test_tables_that_do_not_last_say_nothing_of_those_that_do() -> None:
    sql = "CREATE TABLE IF NOT EXISTS t (a INTEGER);\nCREATE TEMP TABLE kept AS SELECT * FROM t;"
    trait = learned((sql, sql)).traits["libsql.guards.CREATE TABLE"]
    assert (trait.value, trait.kept, trait.of) == (True, 1, 1)


def test_a_name_counts_only_where_the_form_makes_it() -> None:
    checks = ("(a > 0)", "(b > a)", "(length(a) > 2)", "(b IN (1, 2) AND a IS NOT NULL)")
    names = ("t_a_check", "t_b_a_check", "t_long_enough_check", "t_b_a_check")
    rules = ", ".join(f"CONSTRAINT {n} CHECK {c}" for n, c in zip(names, checks, strict=True))
    sql = f"CREATE TABLE t (a INTEGER, b INTEGER, {rules});"
    trait = learned((sql, sql)).traits["libsql.names.CHECK"]
    assert (trait.value, trait.kept, trait.of) == ("{table}_{columns}_check", 3, 4)


def test_names_of_words_of_their_own_are_told_as_such() -> None:
    sql = "CREATE INDEX t_live_idx ON t (a);\nCREATE INDEX t_recent_idx ON t (b, c);"
    style = learned((sql, sql))
    trait = style.traits["postgres.names.INDEX"]
    assert (trait.value, trait.kept, trait.of) == ("{table}_…_idx", 2, 2)
    assert style.postgres.name("INDEX", "teams", ["owner_id", "name"]) == "teams_owner_id_name_idx"


def test_an_empty_house_has_defaults_and_no_evidence() -> None:
    style = learn([], Schema(), Schema())
    assert style.traits == {}
    assert style == HouseStyle()
    assert style.postgres.name("INDEX", "teams", ["owner_id", "name"]) == "teams_owner_id_name_idx"


def test_a_trait_says_how_many_keep_it_and_where() -> None:
    style = learned(
        ("CREATE TABLE a (id TEXT);\n\nCREATE TABLE IF NOT EXISTS b (id TEXT);", ""),
        ("CREATE TABLE IF NOT EXISTS c (id TEXT);", ""),
    )
    trait = style.traits["libsql.guards.CREATE TABLE"]
    assert (trait.value, trait.kept, trait.of, trait.place) == (True, 2, 3, "pair 1:3")
    assert style.libsql.guarded("CREATE TABLE")
    assert not style.postgres.guarded("CREATE TABLE")


@pytest.mark.parametrize(
    ("name", "columns", "pattern"),
    [
        ("teams_owner_id_idx", ["owner_id"], "{table}_{columns}_idx"),
        ("idx_teams_owner_id", ["owner_id"], "idx_{table}_{columns}"),
        ("ix_teams_owner", ["owner_id"], "ix_{table}_{stems}"),
        ("teams_owner_id_idx", ["owner_id", "name"], "{table}_{column}_idx"),
        ("owner_idx", ["owner"], "{columns}_idx"),
        ("teams_pkey1", [], "{table}_pkey"),
        ("UQ_Teams_Owner", ["Owner"], "uq_{table}_{columns}"),
        ("fk__teams__owner", ["owner"], "fk__{table}__{columns}"),
        ("teams_live_idx", ["owner_id"], "{table}_…_idx"),
    ],
)
def test_how_a_name_is_formed(name: str, columns: list[str], pattern: str) -> None:
    assert form_of(Named(name, "teams", tuple(columns))).pattern == pattern


def test_a_word_that_most_names_end_with_is_part_of_their_form() -> None:
    tables = ("users", "teams", "keys")
    sql = "".join(f"CREATE INDEX {t}_name_lookup ON {t} (name);\n" for t in tables)
    assert learned((sql, sql)).postgres.name("INDEX", "t", ["a", "b"]) == "t_a_b_lookup"


@pytest.mark.parametrize(
    ("sql", "name", "moves"),
    [
        (
            "CREATE TABLE teams_new (id TEXT);INSERT INTO teams_new SELECT * FROM teams;"
            "DROP TABLE teams;ALTER TABLE teams_new RENAME TO teams;",
            "{table}_new",
            "new",
        ),
        (
            "CREATE TABLE teams__v18 (id TEXT);DROP TABLE teams;"
            "ALTER TABLE teams__v18 RENAME TO teams;",
            "{table}__v{version}",
            "new",
        ),
        (
            "ALTER TABLE teams RENAME TO _bkp_UP_V0018_teams;CREATE TABLE teams (id TEXT);"
            "DROP TABLE _bkp_UP_V0018_teams;",
            "_bkp_UP_V{version:04}_{table}",
            "old",
        ),
        ("ALTER TABLE teams RENAME TO groups;", None, None),
    ],
)
def test_how_rebuilt_tables_are_called(
    tmp_path: Path, sql: str, name: str | None, moves: str | None
) -> None:
    style = learn_house_style(workspace(tmp_path, sql))
    assert (value(style, "rebuild"), value(style, "rebuild_moves")) == (name, moves)


def workspace(root: Path, libsql: str, postgres: str = "", config: str = "") -> Workspace:
    """Two pairs, the second of version 18."""
    standing = "CREATE TABLE teams (id TEXT PRIMARY KEY);\n"
    small_workspace(root)
    write_pair(root, 17, "baseline", standing, standing)
    write_pair(root, 18, "change", libsql, postgres)
    write_registry(root, (17, "baseline"), (18, "change"))
    write(root, "mig-assist.toml", (root / "mig-assist.toml").read_text() + config)
    return open_workspace(root)


@pytest.mark.parametrize(
    ("files", "habit"),
    [
        (["ADD CONSTRAINT c CHECK (a > 0)"], "never"),
        (["ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "VALIDATE CONSTRAINT c"], "same file"),
        (["ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "", "VALIDATE CONSTRAINT c"], "later file"),
    ],
)
def test_when_constraints_are_validated(files: list[str], habit: str) -> None:
    texts = "".join(f"ALTER TABLE t {each};\n" if each else "\0" for each in files).split("\0")
    style = learned(("", "CREATE TABLE t (a int);"), *(("", text) for text in texts))
    assert style.validate == habit


@pytest.mark.parametrize(
    ("sql", "alter", "change"),
    [
        ("ALTER TABLE t ADD a int, ADD b int;", "together", None),
        ("ALTER TABLE t ADD a int; ALTER TABLE t ADD b int;", "apart", None),
        ("ALTER TABLE t ADD a int; ALTER TABLE u ADD b int;", None, None),
        ("ALTER TABLE t RENAME a TO b; ALTER TABLE t ADD c int;", None, None),
        (
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a IN (1, 2));",
            "together",
            "together",
        ),
        (
            "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1);",
            "apart",
            "apart",
        ),
    ],
)
def test_how_several_changes_are_written(sql: str, alter: str | None, change: str | None) -> None:
    style = learned(("", sql))
    assert (value(style, "alter"), value(style, "change")) == (alter, change)


@pytest.mark.parametrize(
    ("column", "numbering"),
    [
        ("bigserial", "serial"),
        ("BIGINT GENERATED ALWAYS AS IDENTITY", "identity always"),
        ("integer generated by default as identity", "identity"),
        ("BIGINT", "plain"),
    ],
)
def test_how_numbered_keys_are_declared(column: str, numbering: str) -> None:
    style = learned(
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY);",
            f"CREATE TABLE t (id {column} PRIMARY KEY);",
        )
    )
    assert style.numbering == numbering


def test_lengths_that_only_postgres_has_are_those_of_the_nearest_relatives() -> None:
    style = learned(
        (
            "CREATE TABLE t (user_uuid TEXT, org_uuid TEXT, email TEXT, name VARCHAR(9));",
            "CREATE TABLE t (user_uuid CHAR(36), org_uuid CHAR(36), email VARCHAR(255),"
            " name VARCHAR(9));",
        )
    )
    assert style.length("group_uuid", "CHAR") == "36"
    assert style.length("email", "character varying") == "255"
    assert style.length("anything", "VARCHAR") == "255"
    assert style.length("anything", "numeric") == ""


def test_where_relatives_disagree_on_a_length_there_is_none() -> None:
    columns = "a_name {0}, b_name {1}, c_code {1}"
    style = learned(
        (
            f"CREATE TABLE t ({columns.format('TEXT', 'TEXT')});",
            f"CREATE TABLE t ({columns.format('VARCHAR(40)', 'VARCHAR(90)')});",
        )
    )
    assert style.length("a_name", "VARCHAR") == "40"
    assert style.length("first_name", "VARCHAR") == ""
    assert style.length("post_code", "VARCHAR") == ""


def test_names_that_need_no_quotes_are_quoted_where_the_house_does() -> None:
    style = learned(('CREATE TABLE "t" ("id" TEXT);', "CREATE TABLE t (id text);"))
    assert (style.libsql.quotes, style.postgres.quotes) == ('"', "")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE",
        "CREATE TABLE",
        "CREATE OR REPLACE",
        "CREATE TABLE t (",
        "CREATE TABLE t (,,);",
        "CREATE INDEX i ON t (",
        "DROP INDEX IF",
        "ALTER TABLE",
        "ALTER TABLE t ADD",
        "ALTER TABLE t ADD CONSTRAINT",
        "ALTER TABLE a RENAME",
        "INSERT",
        "\0",
        "'",
    ],
)
def test_half_a_statement_and_what_no_parser_takes_does_no_harm(sql: str) -> None:
    assert learn([(sql, sql)], Schema(), Schema()).types.pairs == {}


def test_the_embedded_workspace_keeps_what_its_baseline_promises(repository: Path) -> None:
    style = learn_house_style(open_workspace(repository))
    assert style.strict
    assert style.keys_not_null
    assert style.libsql.header
    assert style.libsql.names["INDEX"] == "{table}_{columns}_idx"
    assert style.postgres.names["UNIQUE INDEX"] == "{table}_{columns}_key"
    pairs = style.types.pairs
    assert [*pairs["all", "INTEGER", Backend.LIBSQL]] == ["bigint"]
    assert [*pairs["all", "REAL", Backend.LIBSQL]] == ["double precision"]


def test_only_versions_before_one_are_learned_from_where_it_is_asked(tmp_path: Path) -> None:
    found = workspace(tmp_path, "create table b (id text);\ncreate table c (id text);")
    assert learn_house_style(found).libsql.keywords == "lower"
    assert learn_house_style(found, before=18).libsql.keywords == "upper"


def test_the_configuration_has_the_last_word(tmp_path: Path) -> None:
    config = """
[style]
strict = true
indent = 2
index_name = "ix_{table}_{columns}"
rebuild_name = "{table}__v{version}"
[parity.types]
INTEGER = "integer"
"*_json" = ["jsonb"]
"""
    style = learn_house_style(workspace(tmp_path, "SELECT 1;", "SELECT 1;", config))
    assert style.strict
    assert style.traits["strict"].stated
    assert style.libsql.indent == style.postgres.indent == "  "
    assert style.libsql.name("INDEX", "t", ["a"]) == "ix_t_a"
    assert style.rebuild == "{table}__v{version}"
    assert to_postgres("size", "INTEGER", style.types).text == "INTEGER"
    assert to_postgres("settings_json", "TEXT", style.types).text == "JSONB"


_DEFINED = "id INTEGER PRIMARY KEY, flag INTEGER NOT NULL CHECK (flag IN (0, 1))"
_CREATED = ("create-table", {"table": "t", "definitions": _DEFINED})
_INDEXED = ("add-index", {"table": "teams", "columns": "owner_id, id"})


@pytest.mark.parametrize(
    ("stated", "asked", "libsql", "postgres"),
    [
        ('keywords = "lower"', _CREATED, "create table t (", "create table t ("),
        ("indent = 2", _CREATED, "\n  id INTEGER", "\n  id BIGINT"),
        ("strict = true", _CREATED, ") STRICT;", ");"),
        ('numbering = "serial"', _CREATED, "id INTEGER PRIMARY KEY", "id BIGSERIAL PRIMARY KEY"),
        (
            'numbering = "identity always"',
            _CREATED,
            "id INTEGER PRIMARY KEY",
            "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        ),
        ('numbering = "plain"', _CREATED, "id INTEGER PRIMARY KEY", "id BIGINT PRIMARY KEY"),
        (
            'index_name = "ix_{table}_{stem}"',
            _INDEXED,
            "CREATE INDEX ix_teams_owner ON",
            "CREATE INDEX ix_teams_owner ON",
        ),
        (
            'unique_index_name = "ux_{table}_{columns}"',
            ("add-index", {**_INDEXED[1], "unique": "yes"}),
            "CREATE UNIQUE INDEX ux_teams_owner_id_id ON",
            "CREATE UNIQUE INDEX ux_teams_owner_id_id ON",
        ),
        (
            'rebuild_name = "tmp_{version}_{table}"',
            ("rebuild", {"table": "teams"}),
            "CREATE TABLE tmp_19_teams (",
            "",
        ),
    ],
)
def test_what_the_configuration_states_is_written(
    tmp_path: Path, stated: str, asked: tuple[str, dict[str, str]], libsql: str, postgres: str
) -> None:
    table = "ALTER TABLE teams ADD COLUMN owner_id TEXT;"
    found = workspace(tmp_path, table, table, f"[style]\n{stated}\n")
    planned = plan_beginning(found, 19, "next_change", *asked)
    written = {change.path: (change.content or b"").decode() for change in planned.changes}
    assert libsql in written[migration_path(found, Backend.LIBSQL, 19, "next_change")]
    assert postgres in written[migration_path(found, Backend.POSTGRES, 19, "next_change")]


@pytest.mark.parametrize(
    ("stated", "source", "expected"),
    [
        (
            "autoincrement = true",
            "CREATE TABLE t (id BIGSERIAL PRIMARY KEY);",
            "id INTEGER PRIMARY KEY AUTOINCREMENT",
        ),
        ("flag_checks = false", "CREATE TABLE t (f BOOLEAN NOT NULL);", "f INTEGER NOT NULL)"),
        ("json_checks = false", "CREATE TABLE t (j JSONB NOT NULL);", "j TEXT NOT NULL)"),
        (
            'rebuild_name = "{table}_v{version}"',
            "ALTER TABLE teams ADD CONSTRAINT short CHECK (id < 'x');",
            "CREATE TABLE teams_v19 (",
        ),
    ],
)
def test_what_the_configuration_states_is_derived(
    tmp_path: Path, stated: str, source: str, expected: str
) -> None:
    found = workspace(tmp_path, "SELECT 1;", "SELECT 1;", f"[style]\n{stated}\n")
    assert expected in derive(source, Backend.POSTGRES, context_before(found, 19)).sql


def test_a_draft_ends_as_the_files_of_its_side_do(tmp_path: Path) -> None:
    table = "ALTER TABLE teams ADD COLUMN owner_id TEXT"
    found = workspace(tmp_path, table, f"{table};")
    planned = plan_beginning(found, 19, "next_change", *_INDEXED)
    written = {change.path: (change.content or b"").decode() for change in planned.changes}
    libsql = written[migration_path(found, Backend.LIBSQL, 19, "next_change")]
    postgres = written[migration_path(found, Backend.POSTGRES, 19, "next_change")]
    assert (libsql[-2:], postgres[-3:]) == (")\n", ");\n")


@pytest.mark.parametrize(("stated", "written"), [("together", 1), ("apart", 2)])
def test_changes_of_a_table_stand_as_the_configuration_states(
    tmp_path: Path, stated: str, written: int
) -> None:
    columns = "CREATE TABLE few (id TEXT, note TEXT NOT NULL, size INTEGER NOT NULL);"
    found = workspace(tmp_path, columns, columns, f'[style]\nalter = "{stated}"\n')
    rebuilt = """
        CREATE TABLE few_new (id TEXT, note TEXT, size INTEGER);
        INSERT INTO few_new SELECT id, note, size FROM few;
        DROP TABLE few;
        ALTER TABLE few_new RENAME TO few;
    """
    derived = derive(rebuilt, Backend.LIBSQL, context_before(found, 19)).sql
    assert derived.count("ALTER TABLE few") == written, derived


def test_nested_nonsense_is_passed_over() -> None:
    assert learn([("(" * 100_000, "CREATE TABLE t (" * 1_000)], Schema(), Schema()).traits
