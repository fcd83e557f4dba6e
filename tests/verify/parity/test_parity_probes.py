"""Both engines are asked what rules do where texts cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.findings import Severity
from mig_assist.verify.parity.probes import Proof, Verdict
from mig_assist.verify.parity.probes.paired import PairedSchema
from mig_assist.verify.parity.probes.rows import Known, RowFinder
from mig_assist.verify.parity.probes.run import Bench
from tests.conftest import REPOSITORY
from tests.verify.parity.side_by_side import SideBySide, side_by_side, suspect


@pytest.fixture(scope="module")
def both(postgres_url: str) -> Iterator[SideBySide]:
    with side_by_side(postgres_url) as databases:
        yield databases


BASELINE = (
    (REPOSITORY / "migrations/V17__baseline.sql").read_text(),
    (REPOSITORY / "migrations/postgres/V17__baseline.sql").read_text(),
)
PLAIN = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, n INTEGER) STRICT;"
CHECKED = """
    CREATE TABLE t (id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('x', 'y')), n BIGINT);
"""
ON_INSERT = """
    CREATE TRIGGER kind_insert BEFORE INSERT ON t WHEN NEW.kind NOT IN ('x', 'y')
    BEGIN SELECT RAISE(ABORT, 'no such kind'); END;
"""
ON_UPDATE = """
    CREATE TRIGGER kind_update BEFORE UPDATE OF kind ON t WHEN NEW.kind NOT IN ('x', 'y')
    BEGIN SELECT RAISE(ABORT, 'no such kind'); END;
"""


def by_object(both: SideBySide, libsql: str, postgres: str) -> dict[str, Verdict]:
    return {v.suspect.object: v for v in both.probed(libsql, postgres).verdicts}


def the_verdict(both: SideBySide, libsql: str, postgres: str, rule: str) -> Verdict:
    verdicts = both.probed(libsql, postgres, everything=True).verdicts
    return next(v for v in verdicts if v.suspect.rule == f"parity/{rule}")


# Base rows


def test_every_table_of_the_baseline_gets_two_rows(both: SideBySide) -> None:
    with both.holding(*BASELINE) as schemas:
        bench = Bench(both.libsql, both.postgres, PairedSchema(*schemas))
        with bench.open():
            finder = RowFinder(bench)
            found = {n: [finder.row(n, i) for i in (0, 1)] for n in bench.schema.tables}
    assert len(found) >= 18
    for name, rows in found.items():
        assert all(isinstance(row, Known) for row in rows), (name, rows)


def test_rows_are_found_along_cycles_and_for_tables_that_refer_to_themselves(
    both: SideBySide,
) -> None:
    libsql = """
        CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, b_id TEXT REFERENCES b (id));
        CREATE TABLE b (id TEXT PRIMARY KEY NOT NULL, a_id TEXT NOT NULL REFERENCES a (id),
            n INTEGER CHECK (n > 3));
        CREATE TABLE own (id INTEGER PRIMARY KEY, root INTEGER NOT NULL REFERENCES own (id));
    """
    postgres = """
        CREATE TABLE a (id TEXT PRIMARY KEY, b_id TEXT);
        CREATE TABLE b (id TEXT PRIMARY KEY, a_id TEXT NOT NULL REFERENCES a (id),
            n BIGINT CHECK (n > 3));
        ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id);
        CREATE TABLE own (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            root BIGINT NOT NULL REFERENCES own (id));
    """
    with both.holding(libsql, postgres) as schemas:
        bench = Bench(both.libsql, both.postgres, PairedSchema(*schemas))
        with bench.open():
            finder = RowFinder(bench)
            for name in ("a", "b", "own"):
                assert isinstance(finder.row(name), Known), finder.row(name)


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("CHECK (length(v) = 12)", "CHECK (char_length(v) = 12)"),
        ("CHECK (v LIKE 'usr\\_%' ESCAPE '\\')", "CHECK (v LIKE 'usr\\_%')"),
        ("CHECK (v GLOB '[a-z]*-[0-9]')", "CHECK (v ~ '^[a-z].*-[0-9]$')"),
        ("CHECK (instr(v, '@') > 1)", "CHECK (position('@' in v) > 1)"),
        ("CHECK (v = lower(v) AND trim(v) <> '')", "CHECK (v = lower(v) AND btrim(v) <> '')"),
        ("CHECK (json_valid(v))", "CHECK (v IS JSON)"),
        ("CHECK (length(v) = 64 AND v NOT GLOB '*[^0-9a-f]*')", "CHECK (v ~ '^[0-9a-f]{64}$')"),
    ],
)
def test_texts_that_please_a_rule_are_found(both: SideBySide, libsql: str, postgres: str) -> None:
    with both.holding(
        f"CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, v TEXT NOT NULL {libsql})",
        f"CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT NOT NULL {postgres})",
    ) as schemas:
        bench = Bench(both.libsql, both.postgres, PairedSchema(*schemas))
        with bench.open():
            assert isinstance(RowFinder(bench).row("t"), Known)


def test_a_table_without_any_row_is_unresolved(both: SideBySide) -> None:
    verdicts = by_object(
        both,
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL CHECK (hex(id) = 'a' || id))",
        "CREATE TABLE t (id TEXT PRIMARY KEY CHECK (md5(id) = 'no digest'))",
    )
    assert {v.proof for v in verdicts.values()} == {Proof.UNRESOLVED}
    assert all("no row of it was found" in v.divergence.message for v in verdicts.values())


# Equal behaviour


def test_nothing_of_the_baseline_behaves_differently(both: SideBySide) -> None:
    result = both.probed(*BASELINE)
    assert Proof.DIFFERS not in {v.proof for v in result.verdicts}
    trigger = next(v for v in result.verdicts if v.suspect.rule == "parity/trigger")
    assert trigger.proof is Proof.EQUAL


def test_a_check_and_triggers_can_be_one_rule(both: SideBySide) -> None:
    result = both.probed(PLAIN + ON_INSERT + ON_UPDATE, CHECKED)
    assert {v.proof for v in result.verdicts} == {Proof.EQUAL}
    for verdict in result.verdicts:
        assert verdict.divergence.severity is Severity.NOTE
        assert verdict.accepted > 0
        assert verdict.rejected > 0
        assert f"{verdict.accepted} statements accepted" in verdict.divergence.message


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("CHECK (k NOT GLOB '*[^a-z]*' AND k <> '')", "CHECK (k ~ '^[a-z]+$')"),
        ("CHECK (length(k) BETWEEN 2 AND 5)", "CHECK (k ~ '^.{2,5}$')"),
        ("CHECK (k IN ('a', 'b'))", "CHECK (position(k in 'ab') > 0 AND length(k) = 1)"),
    ],
)
def test_rules_of_different_texts_can_be_equal(
    both: SideBySide, libsql: str, postgres: str
) -> None:
    verdict = the_verdict(
        both,
        f"CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, k TEXT NOT NULL {libsql})",
        f"CREATE TABLE t (id TEXT PRIMARY KEY, k TEXT NOT NULL {postgres})",
        "check",
    )
    # A newline is any character to `.` on PostgreSQL and to length() alike.
    assert verdict.proof is Proof.EQUAL, verdict.divergence.message


@pytest.mark.parametrize(
    ("libsql", "postgres", "equal"),
    [
        ("k NOT GLOB '*[^a-z0-9]*' AND k <> ''", "k ~ '^[a-z0-9_]+$'", False),
        ("k NOT GLOB '*[^a-z0-9]*' AND k <> ''", "k ~ '^[a-z0-9]+$'", True),
        ("k NOT GLOB '*[^a-y0-9]*' AND k <> ''", "k ~ '^[a-z0-9]+$'", False),
        ("k NOT GLOB '*[^!-~]*' AND k <> ''", "k ~ '^[!-}]+$'", False),
        ("k NOT GLOB '*[^a-z.]*' AND k NOT LIKE '%..%' AND k <> ''", "k ~ '^[a-z.]+$'", False),
        ("k GLOB '[a-z]*' AND k NOT GLOB '*[^a-z-]*'", "k ~ '^[a-z-]+$'", False),
        ("length(k) = 8 AND k NOT GLOB '*[^0-9a-f]*'", "k ~ '^[0-9a-f]{8}$'", True),
        ("length(k) = 8 AND k NOT GLOB '*[^0-9a-f]*'", "k ~ '^[0-9a-g]{8}$'", False),
        ("k <> '' AND trim(k) = k", r"k ~ '^\S(.*\S)?$'", False),
    ],
)
def test_patterns_are_tried_at_the_edges_of_their_classes(
    both: SideBySide, libsql: str, postgres: str, equal: bool
) -> None:
    verdict = the_verdict(
        both,
        f"CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, k TEXT NOT NULL CHECK ({libsql}))",
        f"CREATE TABLE t (id TEXT PRIMARY KEY, k TEXT NOT NULL CHECK ({postgres}))",
        "check",
    )
    assert verdict.proof is (Proof.EQUAL if equal else Proof.DIFFERS), verdict.divergence.message


def test_a_rule_that_another_rule_hides_is_still_exercised(both: SideBySide) -> None:
    libsql = """CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, a TEXT NOT NULL, b TEXT,
        CONSTRAINT a_first CHECK ((a = 'ok') = (b IS NULL)),
        CONSTRAINT z_last CHECK (a IN ('ok', 'no')))"""
    postgres = libsql.replace("a IN ('ok', 'no')", "a ~ '^(ok|no)$'")
    verdicts = by_object(both, libsql, postgres)
    assert {v.proof for v in verdicts.values()} == {Proof.EQUAL}


def test_a_rule_that_hides_another_one_does_not_excuse_it(both: SideBySide) -> None:
    libsql = """CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, a INTEGER NOT NULL, b INTEGER{},
        CHECK ((a < 0) = (b IS NOT NULL)))"""
    verdicts = by_object(both, libsql.format(" NOT NULL"), libsql.format(""))
    assert verdicts["t.b"].proof is Proof.DIFFERS


def test_effects_of_triggers_are_compared_and_clocks_by_their_kind(both: SideBySide) -> None:
    libsql = """
        CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, n INTEGER, updated_at TEXT);
        CREATE TABLE log (id INTEGER PRIMARY KEY, t_id TEXT, n INTEGER);
        CREATE TRIGGER touch AFTER UPDATE OF n ON t BEGIN
            UPDATE t SET updated_at = strftime('%Y-%m-%d %H:%M:%S', 'now') WHERE id = NEW.id;
            INSERT INTO log (t_id, n) VALUES (NEW.id, NEW.n);
        END;
    """
    postgres = """
        CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT, updated_at TIMESTAMPTZ);
        CREATE TABLE log (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, t_id TEXT,
            n BIGINT);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            NEW.updated_at := now();
            INSERT INTO log (t_id, n) VALUES (NEW.id, NEW.n);
            RETURN NEW;
        END $$;
        CREATE TRIGGER touch BEFORE UPDATE OF n ON t FOR EACH ROW EXECUTE FUNCTION touch();
    """
    assert by_object(both, libsql, postgres)["touch"].proof is Proof.EQUAL
    other = postgres.replace("(NEW.id, NEW.n)", "(NEW.id, OLD.n)")
    verdict = by_object(both, libsql, other)["touch"]
    assert verdict.proof is Proof.DIFFERS
    assert "log" in verdict.divergence.message


AUDIT = (
    """
    CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, n INTEGER);
    CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER,
        at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
    CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log (n) VALUES (NEW.n); END;
    """,
    """
    CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT);
    CREATE TABLE log (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT,
        at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp());
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO log (n) VALUES (NEW.n); RETURN NEW;
    END $$;
    CREATE TRIGGER noted AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION noted();
    """,
)


def test_clocks_of_defaults_of_the_tables_written_are_compared_by_their_kind(
    both: SideBySide,
) -> None:
    libsql, postgres = AUDIT
    assert by_object(both, *AUDIT)["noted"].proof is Proof.EQUAL
    for other in ("clock_timestamp() - interval '1 day'", "'2024-01-01'"):
        late = postgres.replace("clock_timestamp()", other)
        assert by_object(both, libsql, late)["noted"].proof is Proof.DIFFERS, other
    counted = postgres.replace("VALUES (NEW.n)", "VALUES (NEW.n + 1)")
    verdict = by_object(both, libsql, counted)["noted"]
    assert verdict.proof is Proof.DIFFERS
    assert verdict.divergence.message.startswith("noted behaves differently on `INSERT INTO t")
    assert "only behaviour can tell" not in verdict.divergence.message


QUEUED = (
    """
    CREATE TABLE tags (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE queue (name TEXT PRIMARY KEY NOT NULL);
    """,
    """
    CREATE TABLE tags (id TEXT PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE queue (name TEXT PRIMARY KEY);
    CREATE FUNCTION queued() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM tags WHERE name = OLD.name) THEN
            INSERT INTO queue (name) VALUES (OLD.name);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER queued AFTER DELETE ON tags FOR EACH ROW EXECUTE FUNCTION queued();
    """,
)


@pytest.mark.parametrize("queue", ["shared", "only on PostgreSQL"])
def test_a_trigger_on_one_side_whose_work_was_never_seen_is_undecided(
    both: SideBySide, queue: str
) -> None:
    libsql, postgres = QUEUED
    if queue != "shared":
        libsql = libsql[: libsql.index("CREATE TABLE queue")]
        postgres = postgres.replace("IF EXISTS", "IF NOT EXISTS")
    verdict = by_object(both, libsql, postgres)["queued"]
    assert verdict.proof is Proof.UNRESOLVED
    assert verdict.divergence.severity is Severity.WARNING
    said = "nothing was seen that it does" if queue == "shared" else "queue, which only one side"
    assert said in verdict.divergence.message


def test_a_trigger_on_one_side_is_found_by_what_it_writes(both: SideBySide) -> None:
    libsql, postgres = QUEUED
    verdict = by_object(both, libsql, postgres.replace("IF EXISTS", "IF NOT EXISTS"))["queued"]
    assert verdict.proof is Proof.DIFFERS
    assert "queue then has 1 row on libsql and 2 on PostgreSQL" in verdict.divergence.message


@pytest.mark.parametrize("key", ["UNIQUE (team, slug)", "PRIMARY KEY (team, slug)"])
def test_a_collation_in_a_key_of_several_columns_is_probed_by_rows_that_differ_in_case(
    both: SideBySide, key: str
) -> None:
    table = "CREATE TABLE t (team TEXT NOT NULL, slug TEXT{} NOT NULL, {});"
    libsql, postgres = table.format(" COLLATE NOCASE", key), table.format("", key)
    verdict = by_object(both, libsql, postgres)["t.slug"]
    assert verdict.proof is Proof.DIFFERS
    folded = "CREATE UNIQUE INDEX t_slug ON t (team, lower(slug));"
    assert by_object(both, libsql, postgres + folded)["t.slug"].proof is Proof.EQUAL


def test_a_trigger_is_not_blamed_for_what_sets_it_not_off(both: SideBySide) -> None:
    guard = """
        CREATE TRIGGER guard BEFORE UPDATE ON t WHEN (SELECT count(*) FROM log) > 900
        BEGIN SELECT RAISE(ABORT, 'no'); END;
    """
    libsql, postgres = AUDIT
    verdicts = by_object(both, libsql + guard, postgres.replace("(NEW.n)", "(NEW.n + 1)"))
    assert verdicts["noted"].proof is Proof.DIFFERS
    assert verdicts["guard"].proof is not Proof.DIFFERS, verdicts["guard"].divergence.message


def test_a_collation_and_an_index_over_lower_refuse_the_same(both: SideBySide) -> None:
    result = both.probed(
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, e TEXT NOT NULL COLLATE NOCASE UNIQUE)",
        "CREATE TABLE t (id TEXT PRIMARY KEY, e TEXT NOT NULL);"
        " CREATE UNIQUE INDEX t_e ON t (lower(e))",
        suspect("unique", "t", "t: UNIQUE (e)", "UNIQUE (e)", "UNIQUE INDEX (lower(e))"),
    )
    assert result.verdicts[0].proof is Proof.EQUAL


def test_indexes_over_different_functions_are_not_proved_by_clashes(both: SideBySide) -> None:
    table = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, e TEXT NOT NULL);"
    verdicts = by_object(
        both,
        f"{table} CREATE UNIQUE INDEX t_e ON t (lower(e))",
        f"{table} CREATE UNIQUE INDEX t_e ON t (upper(e))",
    )
    assert verdicts["t_e"].proof is Proof.UNTOUCHED
    assert verdicts["t_e"].divergence.severity is Severity.ERROR


def test_an_index_that_keeps_nothing_apart_is_not_proved_by_clashes(both: SideBySide) -> None:
    table = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, j {});"
    text = table.format("TEXT CHECK (json_valid(j))")
    result = both.probed(
        f"{text} CREATE INDEX t_j ON t (json_extract(j, '$.k'))",
        f"{table.format('JSONB')} CREATE INDEX t_j ON t ((j ->> 'other'))",
        suspect("index", "t", "t_j", "INDEX (json_extract(j, '$.k'))", "INDEX (j ->> 'other')"),
    )
    assert result.verdicts[0].proof is Proof.UNRESOLVED


# Unequal behaviour, each with the smallest statement


@pytest.mark.parametrize(
    ("libsql", "shows"),
    [
        (PLAIN + ON_INSERT, "UPDATE t SET kind"),
        (PLAIN + ON_UPDATE, "INSERT INTO t"),
        (PLAIN + ON_INSERT.replace("'y')", "'y', 'z')") + ON_UPDATE, "'z'"),
        (PLAIN + ON_INSERT.replace("'x', ", "") + ON_UPDATE, "'x'"),
        (PLAIN + ON_INSERT + ON_UPDATE.replace("UPDATE OF kind", "UPDATE OF n"), "SET kind"),
    ],
)
def test_triggers_that_miss_something_are_found(both: SideBySide, libsql: str, shows: str) -> None:
    verdicts = both.probed(libsql, CHECKED).verdicts
    broken = [v for v in verdicts if v.proof is Proof.DIFFERS]
    assert any(v.suspect.rule == "parity/check" for v in broken)
    for verdict in broken:
        assert verdict.divergence.severity is Severity.ERROR
        assert verdict.statement is not None
        assert shows in verdict.statement


def test_only_the_trigger_that_the_statement_sets_off_is_blamed(both: SideBySide) -> None:
    wider = ON_INSERT.replace("'y')", "'y', 'z')")
    verdicts = by_object(both, PLAIN + wider + ON_UPDATE, CHECKED)
    assert verdicts["kind_insert"].proof is Proof.DIFFERS
    assert verdicts["kind_update"].proof is Proof.EQUAL


@pytest.mark.parametrize(
    ("libsql", "postgres", "shows"),
    [
        ("n > 3", "n >= 3", "3"),
        ("n BETWEEN 1 AND 9", "n BETWEEN 1 AND 10", "10"),
        ("length(k) <= 8", "length(k) < 8", "'aaaaaaaa'"),
        ("k LIKE 'ab%'", "k LIKE 'ab%'", "'AB'"),
        ("trim(k) <> ''", "k <> ''", "' '"),
        ("n IS NOT NULL OR k <> 'x'", "k <> 'y' OR n IS NOT NULL", "'x'"),
        ("n > 0 AND k = 'x' OR k = 'y'", "n > 0 OR k = 'y'", "INSERT"),
    ],
)
def test_checks_that_part_are_found_at_their_edge(
    both: SideBySide, libsql: str, postgres: str, shows: str
) -> None:
    verdict = the_verdict(
        both,
        f"CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, k TEXT, n INTEGER, CHECK ({libsql}))",
        f"CREATE TABLE t (id TEXT PRIMARY KEY, k TEXT, n BIGINT, CHECK ({postgres}))",
        "check",
    )
    assert verdict.proof is Proof.DIFFERS, verdict.divergence.message
    assert shows in (verdict.statement or "")


FAMILY = (
    "CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL);"
    "CREATE TABLE c (id TEXT PRIMARY KEY NOT NULL, p_id TEXT DEFAULT 'a2' REFERENCES p (id) {});"
)


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        ("ON DELETE CASCADE", "ON DELETE SET NULL"),
        ("ON DELETE CASCADE", ""),
        ("ON UPDATE CASCADE", ""),
        ("ON UPDATE SET NULL", "ON UPDATE RESTRICT"),
        ("ON DELETE SET DEFAULT", "ON DELETE SET NULL"),
        ("DEFERRABLE INITIALLY DEFERRED", ""),
    ],
)
def test_actions_of_foreign_keys_are_compared(both: SideBySide, libsql: str, postgres: str) -> None:
    thing = suspect("foreign-key", "c", "c: FOREIGN KEY (p_id)")
    unequal = both.probed(FAMILY.format(libsql), FAMILY.format(postgres), thing)
    assert unequal.verdicts[0].proof is Proof.DIFFERS
    for action in (libsql, postgres):
        equal = both.probed(FAMILY.format(action), FAMILY.format(action), thing)
        assert equal.verdicts[0].proof is Proof.EQUAL, equal.verdicts[0].divergence.message


@pytest.mark.parametrize(
    ("libsql", "postgres", "equal"),
    [
        ("(team, role) WHERE role = 'owner'", "(team, role) WHERE role = 'owner'", True),
        ("(team) WHERE role = 'owner'", "(team) WHERE role IN ('owner', 'admin')", False),
        ("(team) WHERE role = 'owner'", "(team)", False),
        ("(team, coalesce(role, ''))", "(team, role)", False),
    ],
)
def test_unique_indexes_are_compared_inside_and_outside_of_their_predicate(
    both: SideBySide, libsql: str, postgres: str, equal: bool
) -> None:
    table = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, team TEXT, role TEXT);"
    result = both.probed(
        f"{table} CREATE UNIQUE INDEX t_one ON t {libsql}",
        f"{table} CREATE UNIQUE INDEX t_one ON t {postgres}",
        suspect("index", "t", "t_one"),
    )
    expected = Proof.EQUAL if equal else Proof.DIFFERS
    assert result.verdicts[0].proof is expected, result.verdicts[0].divergence.message


@pytest.mark.parametrize(
    ("libsql", "postgres", "equal"),
    [
        ("v INTEGER DEFAULT 3", "v BIGINT DEFAULT (1 + 2)", True),
        ("v INTEGER DEFAULT 3", "v BIGINT DEFAULT 4", False),
        ("v INTEGER NOT NULL DEFAULT 1", "v BOOLEAN NOT NULL DEFAULT true", True),
        ("v TEXT DEFAULT CURRENT_TIMESTAMP", "v TIMESTAMPTZ DEFAULT now()", True),
        ("v TEXT DEFAULT '{}'", "v JSONB DEFAULT '{ }'", True),
        ("v TEXT DEFAULT (lower(hex(randomblob(16))))",
         "v TEXT DEFAULT replace(gen_random_uuid()::text, '-', '')", True),
        ("v TEXT DEFAULT CURRENT_TIMESTAMP", "v TIMESTAMPTZ", False),
        ("v INTEGER DEFAULT (unixepoch())", "v BIGINT DEFAULT extract(epoch FROM now())", True),
        ("v INTEGER DEFAULT (unixepoch())",
         "v BIGINT DEFAULT (extract(epoch FROM now()) * 1000)::bigint", False),
        ("v TEXT DEFAULT CURRENT_TIMESTAMP",
         "v TIMESTAMPTZ DEFAULT now() + interval '3 hours'", False),
        ("v INTEGER DEFAULT (CAST(strftime('%Y', 'now') AS INTEGER))",
         "v BIGINT DEFAULT extract(month FROM now())", False),
    ],
)  # fmt: skip
def test_defaults_are_compared_by_what_a_row_gets(
    both: SideBySide, libsql: str, postgres: str, equal: bool
) -> None:
    verdict = the_verdict(
        both,
        f"CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, {libsql})",
        f"CREATE TABLE t (id UUID PRIMARY KEY, {postgres})",
        "default",
    )
    expected = Proof.EQUAL if equal else Proof.DIFFERS
    assert verdict.proof is expected, verdict.divergence.message


def test_numbers_of_chance_prove_nothing(both: SideBySide) -> None:
    verdict = the_verdict(
        both,
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, v INTEGER DEFAULT (random()))",
        "CREATE TABLE t (id TEXT PRIMARY KEY, v BIGINT DEFAULT (random() * 1000)::bigint)",
        "default",
    )
    assert verdict.proof is Proof.UNRESOLVED
    assert verdict.divergence.severity is Severity.WARNING


@pytest.mark.parametrize(("plus", "equal"), [("1", True), ("2", False)])
def test_generated_columns_are_compared_by_their_values(
    both: SideBySide, plus: str, equal: bool
) -> None:
    verdict = the_verdict(
        both,
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, flag INTEGER NOT NULL,"
        " g INTEGER GENERATED ALWAYS AS (flag + 1) STORED)",
        "CREATE TABLE t (id TEXT PRIMARY KEY, flag BOOLEAN NOT NULL,"
        f" g BIGINT GENERATED ALWAYS AS (flag::int + {plus}) STORED)",
        "generated",
    )
    assert verdict.proof is (Proof.EQUAL if equal else Proof.DIFFERS)


# Trust


def test_a_side_that_takes_no_row_at_all_is_found(both: SideBySide) -> None:
    never = ON_INSERT.replace("WHEN NEW.kind NOT IN ('x', 'y')", "")
    verdicts = by_object(both, PLAIN + never + ON_UPDATE, CHECKED)
    assert verdicts["kind_insert"].proof is Proof.DIFFERS
    assert "libsql rejects it (no such kind)" in verdicts["kind_insert"].divergence.message


def test_a_value_that_only_the_check_lists_is_found(both: SideBySide) -> None:
    verdict = the_verdict(
        both,
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, f INTEGER NOT NULL CHECK (f IN (0, 1, 7)))",
        "CREATE TABLE t (id TEXT PRIMARY KEY, f BOOLEAN NOT NULL)",
        "check",
    )
    assert verdict.proof is Proof.DIFFERS


def test_an_enum_and_a_check_are_one_rule(both: SideBySide) -> None:
    verdict = the_verdict(
        both,
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, m TEXT NOT NULL CHECK (m IN ('a', 'b')))",
        "CREATE TYPE mood AS ENUM ('a', 'b');"
        " CREATE TABLE t (id TEXT PRIMARY KEY, m mood NOT NULL)",
        "check",
    )
    assert verdict.proof is Proof.EQUAL, verdict.divergence.message


def test_a_type_that_takes_less_is_no_difference_of_a_rule(both: SideBySide) -> None:
    result = both.probed(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT CHECK (n > 0), at DATETIME, j JSON)",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, n SMALLINT CHECK (n >= 1), at TIMESTAMPTZ,"
        " j JSONB)",
        everything=True,
    )
    assert {v.proof for v in result.verdicts} == {Proof.EQUAL}


def test_a_rule_is_shown_by_what_it_refuses_itself(both: SideBySide) -> None:
    libsql = """
        CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, enabled INTEGER NOT NULL,
            jit_enabled INTEGER NOT NULL, kind VARCHAR(3));
    """
    postgres = """
        CREATE TABLE t (id TEXT PRIMARY KEY, enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),
            jit_enabled BIGINT NOT NULL CHECK (jit_enabled IN (0, 1)),
            kind VARCHAR(3) NOT NULL);
    """
    verdicts = both.probed(libsql, postgres).verdicts
    said = {v.suspect.object: v.divergence.message for v in verdicts if v.proof is Proof.DIFFERS}
    assert "t_jit_enabled_check" in said["t: CHECK (jit_enabled IN (0, 1))"]
    assert "t_enabled_check" in said["t: CHECK (enabled IN (0, 1))"]
    assert "not-null constraint" in said["t.kind"]


def test_hostile_names_are_only_names(both: SideBySide) -> None:
    name = """Odd "name'; DROP TABLE t; --"""
    quoted = '"' + name.replace('"', '""') + '"'
    libsql = f'CREATE TABLE {quoted} ("Id" TEXT PRIMARY KEY NOT NULL, {quoted[:-1]}c" INTEGER'
    sql = f'{libsql}, CHECK ({quoted[:-1]}c" > 1 AND "Id" <> \'100%%\'))'
    result = both.probed(sql, sql.replace("INTEGER", "BIGINT"), everything=True)
    assert [v.proof for v in result.verdicts] == [Proof.EQUAL, Proof.EQUAL]


def test_results_are_the_same_in_every_run(both: SideBySide) -> None:
    first, second = (both.probed(PLAIN + ON_INSERT, CHECKED) for _ in range(2))
    assert first == second


def test_a_trigger_that_ends_the_transaction_is_not_tried(both: SideBySide) -> None:
    verdicts = by_object(both, PLAIN + ON_INSERT.replace("ABORT", "ROLLBACK"), CHECKED)
    assert {v.proof for v in verdicts.values()} == {Proof.UNRESOLVED}


def test_what_only_structure_can_tell_is_handed_back(both: SideBySide) -> None:
    missing = suspect("index", "t", "t_kind_idx")
    decided = type(missing)(
        **{f: getattr(missing, f) for f in missing.__slots__} | {"decided": True}
    )
    result = both.probed(PLAIN, CHECKED, decided)
    assert result.divergences == (decided,)
    assert result.statements == 0


def test_a_value_that_a_rule_over_two_columns_lists_is_found(both: SideBySide) -> None:
    libsql = """CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, s INTEGER NOT NULL,
        plan TEXT NOT NULL CHECK (plan IN ('odd', 'free') AND length(id) > 0),
        CHECK (s IN (7, 0, 1) AND length(id) > 0));"""
    postgres = """CREATE TYPE plans AS ENUM ('free', 'team');
        CREATE TABLE t (id TEXT PRIMARY KEY CHECK (length(id) > 0), s BOOLEAN NOT NULL,
        plan plans NOT NULL);"""
    found = by_object(both, libsql, postgres)
    for thing, value in (("plan IN", "'odd'"), ("s IN", "7")):
        verdict = next(v for name, v in found.items() if thing in name)
        assert verdict.proof is Proof.DIFFERS
        assert verdict.divergence.severity is Severity.ERROR
        assert value in str(verdict.statement)


def test_a_rule_over_four_optional_columns_is_exercised_where_all_are_filled(
    both: SideBySide,
) -> None:
    columns = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, a {0}, b {0}, c {0}, total {0}{1});"
    rule = "a IS NULL OR b IS NULL OR c IS NULL OR total IS NULL OR a + b + c = total"
    triggers = "".join(
        f"""CREATE TRIGGER sum_{event} BEFORE {event} ON t WHEN NEW.a IS NOT NULL
            AND NEW.b IS NOT NULL AND NEW.c IS NOT NULL AND NEW.total IS NOT NULL
            AND NEW.a + NEW.b + NEW.c {{0}} NEW.total
            BEGIN SELECT RAISE(ABORT, 'no sum'); END;"""
        for event in ("INSERT", "UPDATE")
    )
    libsql = columns.format("INTEGER", "")
    postgres = columns.format("BIGINT", f", CHECK ({rule})")
    same = both.probed(libsql + triggers.format("!="), postgres).verdicts
    assert {verdict.proof for verdict in same} == {Proof.EQUAL}
    other = both.probed(libsql + triggers.format("<"), postgres).verdicts
    assert Proof.DIFFERS in {verdict.proof for verdict in other}


@pytest.mark.parametrize(("libsql", "postgres"), [("", " NOT NULL"), (" NOT NULL", "")])
def test_null_in_a_key_to_the_table_itself_is_tried(
    both: SideBySide, libsql: str, postgres: str
) -> None:
    table = "CREATE TABLE t (id {0} PRIMARY KEY NOT NULL, n {0}, parent {0}{1} REFERENCES t (id));"
    found = both.probed(table.format("INTEGER", libsql), table.format("BIGINT", postgres))
    (verdict,) = [v for v in found.verdicts if v.suspect.rule == "parity/nullability"]
    assert verdict.proof is Proof.DIFFERS
    assert "NULL" in str(verdict.statement)


VIEWED = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, n {}, flag {} NOT NULL);"


@pytest.mark.parametrize(
    ("libsql", "postgres", "proof"),
    [
        ("SELECT id FROM t WHERE n > 5", "SELECT id FROM t WHERE n >= 5", Proof.DIFFERS),
        ("SELECT id, n FROM t WHERE n > 5 AND flag = 1",
         "SELECT id, n FROM t WHERE NOT (n <= 5) AND flag", Proof.EQUAL),
        ("SELECT id, flag = 1 AND n > 3 AS big FROM t WHERE n IS NOT NULL",
         "SELECT id, flag AND NOT n <= 3 AS big FROM t WHERE NOT n IS NULL", Proof.EQUAL),
        ("SELECT id FROM t WHERE n > 5 AND n < 5", "SELECT id FROM t WHERE n > 5 AND NOT n >= 5",
         Proof.UNRESOLVED),
    ],
)  # fmt: skip
def test_views_are_judged_by_what_they_show(
    both: SideBySide, libsql: str, postgres: str, proof: Proof
) -> None:
    found = both.probed(
        f"{VIEWED.format('INTEGER', 'INTEGER')} CREATE VIEW v AS {libsql};",
        f"{VIEWED.format('BIGINT', 'BOOLEAN')} CREATE VIEW v AS {postgres};",
    )
    (verdict,) = [v for v in found.verdicts if v.suspect.rule == "parity/view"]
    assert verdict.proof is proof
    if proof is Proof.DIFFERS:
        assert verdict.divergence.severity is Severity.ERROR
        assert "n = 5" in str(verdict.statement) or "id =" in str(verdict.statement)
