"""A pattern says where each migration's file belongs, and which files are migrations."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.workspace.layout import HIGHEST_VERSION, Layout, Side, is_version, pattern_problem

COUNTED = (
    "V{version}__{name}.sql",
    "V{version:04}.{name}.up.sql",
    "{version:04}_{name}.sql",
    "{version}-{name}.sql",
    "{version:04}-{name}/up.sql",
    "{version:04}_{name}_sqlite/up.sql",
    "{version:04}_{name}.sqlite.sql",
    "V{version}__{name}/postgres/up.sql",
)
TIMED = (
    "{version:%Y%m%d%H%M%S}_{name}.sql",
    "{version:%Y-%m-%d-%H%M%S}_{name}/up.sql",
    "{version:%Y_%m_%d_%H%M}-{name}.sql",
    "{version:%Y%m%d}_{name}.sql",
)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,40}", fullmatch=True)


class TestPathAndParse:
    @given(st.sampled_from(COUNTED), st.integers(0, HIGHEST_VERSION), NAMES)
    def test_what_is_written_can_be_read_back(self, pattern: str, version: int, name: str) -> None:
        side = Side("db/migrations", pattern)
        path = side.path(version, name)
        assert path.startswith("db/migrations/")
        assert side.parse_path(path) == (version, name)

    @given(st.sampled_from(TIMED), st.datetimes(), NAMES)
    def test_times_can_be_read_back(self, pattern: str, when: object, name: str) -> None:
        side = Side("migrations", pattern)
        form = re.sub(r"[-_]", "", side.time_form)
        version = int(f"{when:{form}}")
        assert side.parse_path(side.path(version, name)) == (version, name)

    @given(st.sampled_from(COUNTED + TIMED), st.text(max_size=60))
    def test_what_is_read_is_a_path_that_could_be_written(self, pattern: str, text: str) -> None:
        side = Side("migrations", pattern)
        parsed = side.parse(text)
        assert parsed is None or side.parse(side.path(*parsed)[len("migrations/") :]) == parsed

    @given(st.integers(0, HIGHEST_VERSION), st.text(max_size=30))
    def test_without_padding_the_very_text_is_meant(self, version: int, name: str) -> None:
        side = Side("migrations")
        parsed = side.parse(f"V{version}__{name}.sql")
        assert parsed in (None, (version, name))

    @pytest.mark.parametrize(
        ("pattern", "below", "meaning"),
        [
            ("V{version}__{name}.sql", "V18__route_profiles.sql", (18, "route_profiles")),
            ("V{version:04}.{name}.up.sql", "V0018.Passkeys.up.sql", (18, "Passkeys")),
            ("{version:04}_{name}.sql", "0018_a_b.sql", (18, "a_b")),
            ("{version}-{name}.sql", "18-a-b.sql", (18, "a-b")),
            ("{version:04}_{name}/up.sql", "0018_a/up.sql", (18, "a")),
            ("{version:04}_{name}.pg.sql", "0018_a.pg.sql", (18, "a")),
            (
                "{version:%Y-%m-%d-%H%M%S}_{name}/up.sql",
                "2024-01-02-030405_a/up.sql",
                (20240102030405, "a"),
            ),
        ],
    )
    def test_the_number_styles(self, pattern: str, below: str, meaning: tuple[int, str]) -> None:
        side = Side("m", pattern)
        assert side.parse(below) == meaning
        assert side.path(*meaning) == f"m/{below}"

    @pytest.mark.parametrize(
        ("pattern", "below"),
        [
            ("V{version}__{name}.sql", "V018__x.sql"),
            ("V{version}__{name}.sql", "v18__x.sql"),
            ("V{version}__{name}.sql", "V18_x.sql"),
            ("V{version}__{name}.sql", "V18__x/y.sql"),
            ("V{version}__{name}.sql", "V1٨__x.sql"),
            ("V{version}__{name}.sql", "V1000000000__x.sql"),
            ("V{version}__{name}.sql", "V18__x\n.sql"),
            ("V{version}__{name}.sql", "V18__\udcff.sql"),
            ("{version:04}_{name}.up.sql", "0018_x.sql"),
            ("{version:04}_{name}.up.sql", "0018_x.down.sql"),
            ("{version:04}_{name}/up.sql", "0018_x/down.sql"),
            ("{version:04}_{name}/up.sql", "0018_x.sql"),
            ("{version:%Y%m%d%H%M%S}_{name}.sql", "20240102_x.sql"),
        ],
    )
    def test_what_is_named_otherwise_is_none(self, pattern: str, below: str) -> None:
        assert Side("migrations", pattern).parse(below) is None

    @pytest.mark.parametrize(
        "word", ["up", "down", "undo", "sqlite", "sqlite3", "postgres", "pg", "mysql", "PSQL"]
    )
    def test_the_word_after_a_names_dot_tells_what_else_a_file_is(self, word: str) -> None:
        side = Side("migrations", "{version:04}_{name}.sql")
        assert side.parse(f"0018_x.{word}.sql") is None
        assert side.parse(f"0018_move_to_{word}.sql") == (18, f"move_to_{word}")

    def test_a_padded_number_may_have_another_width(self) -> None:
        side = Side("migrations", "V{version:04}__{name}.sql")
        assert side.parse("V12345__x.sql") == (12345, "x")
        assert side.parse("V18__x.sql") == (18, "x")

    def test_the_separators_in_a_time_may_vary(self) -> None:
        side = Side("migrations", "{version:%Y-%m-%d-%H%M%S}_{name}/up.sql")
        assert side.parse("2024-03-13_170000_sso/up.sql") == (20240313170000, "sso")

    def test_the_root_itself_may_be_a_side(self) -> None:
        side = Side(".")
        assert side.path(18, "x") == "V18__x.sql"
        assert side.parse_path("V18__x.sql") == (18, "x")
        assert side.parse_path("elsewhere/V18__x.sql") is None


class TestDownFiles:
    def test_they_lie_beside_the_others(self) -> None:
        side = Side("m", "{version:04}_{name}/up.sql", "{version:04}_{name}/down.sql")
        assert side.down_path(18, "x") == "m/0018_x/down.sql"
        assert side.parse_down("0018_x/down.sql") == (18, "x")
        assert Side("m").down_path(18, "x") == ""

    def test_one_that_would_pass_for_a_migration_is_none(self) -> None:
        side = Side("m", "{version:04}_{name}.sql", "{version:04}_{name}_down.sql")
        assert side.parse("0018_x_down.sql") is None
        assert side.parse("0018_x.sql") == (18, "x")


class TestOneFolder:
    LAYOUT = Layout(
        Side("m", "{version:04}_{name}.sql"), Side("m", "{version:04}_{name}_postgres.sql")
    )

    def test_a_file_belongs_to_the_side_whose_pattern_says_more(self) -> None:
        libsql, postgres = map(self.LAYOUT.reader, Backend)
        assert libsql("0018_x.sql") == (18, "x")
        assert libsql("0018_x_postgres.sql") is None
        assert postgres("0018_x_postgres.sql") == (18, "x")
        assert postgres("0018_x.sql") is None


class TestNextVersion:
    def test_it_is_one_more(self) -> None:
        assert Layout().consecutive
        assert Layout().next_version(17) == 18

    @pytest.mark.parametrize("form", ["%Y%m%d%H%M%S", "%Y-%m-%d-%H%M"])
    def test_a_time_is_the_present_one(self, form: str) -> None:
        side = Side("m", f"{{version:{form}}}_{{name}}.sql")
        layout = Layout(side, side._replace(folder="p"))
        digits = form.replace("-", "")
        before = int(time.strftime(digits, time.gmtime()))
        version = layout.next_version(202401020304)
        assert before <= version <= int(time.strftime(digits, time.gmtime()))
        assert not layout.consecutive

    def test_seconds_since_1970_are_the_present_ones(self) -> None:
        side = Side("m", "{version:%s}_{name}.sql")
        layout = Layout(side, side._replace(folder="p"))
        before = int(time.time())
        assert before <= layout.next_version(1_700_000_000) <= int(time.time())
        assert layout.next_version(4_100_000_000) == 4_100_000_001
        assert side.path(1_700_000_000, "x") == "m/1700000000_x.sql"
        assert side.parse("1700000000_x.sql") == (1_700_000_000, "x")
        assert side.parse("170000000_x.sql") is None

    def test_a_time_is_never_before_the_last_one(self) -> None:
        side = Side("m", "{version:%Y%m%d%H%M%S}_{name}.sql")
        assert Layout(side, side).next_version(29991231235959) == 29991231235960


@pytest.mark.parametrize("pattern", COUNTED + TIMED)
def test_a_pattern_without_fault_has_no_problem(pattern: str) -> None:
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", "{version}"),
        ("V{version}.sql", "{name}"),
        ("{name}_{version}.sql", "{version}"),
        ("{version}{name}.sql", "between"),
        ("V{version}__{name}", ".sql"),
        ("{version}/{name}.sql", "first part"),
        ("a/V{version}__{name}.sql", "first part"),
        ("{version:x}_{name}.sql", "{version}"),
        ("{version:4}_{name}.sql", "{version}"),
        ("{version}_{name}_{version}.sql", "{version}"),
        ("{version}_{name}/../up.sql", "below"),
        ("{version}_{name}\\up.sql", "{version}"),
        ("{version:%d}_{name}.sql", "time"),
        ("{version:%Y%m%d%%}_{name}.sql", "time"),
        ("V1{version}_{name}.sql", "digit"),
        ("V{version}2{name}.sql", "digit"),
        ("{version.__class__}_{name}.sql", "{version}"),
    ],
)
def test_what_is_no_pattern_says_why(pattern: str, told: str) -> None:
    assert told in pattern_problem(pattern)


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        (0, False),
        (1, True),
        (999_999_999, True),
        (1_700_000_000, True),
        (17_000_000_000, False),
        (202401020304, True),
        (20240102030405, True),
        (202401020304050, False),
    ],
)
def test_a_version_is_a_small_number_or_a_time(number: int, fits: bool) -> None:
    assert is_version(number) is fits
