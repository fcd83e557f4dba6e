"""Waivers: a finding that is meant, with its reason, as long as it is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity
from mig_assist.verify.marks import allowances_in, marks_in
from mig_assist.verify.parity.waivers import (
    CODES,
    Waiver,
    apply_waivers,
    stated_waivers,
    waivers_in,
)
from mig_assist.workspace.config import ConfigurationError, StatedWaiver, load_config, parse_config
from mig_assist.workspace.model import Workspace

PATH = "migrations/V18__x.sql"


def found(thing: str, code: str = "parity/index", version: int = 18) -> Finding:
    return Finding(code, Severity.ERROR, "…", version=version, object=thing)


def waiver(thing: str = "i", code: str = "parity/index", **parts: object) -> Waiver:
    return Waiver(code, thing, str(parts.pop("reason", "meant")), PATH, 3, **parts)  # type: ignore[arg-type]


def in_sql(sql: str) -> tuple[Waiver, ...]:
    return waivers_in(sql, 18, Backend.POSTGRES, PATH)


@pytest.mark.parametrize(
    ("comment", "thing", "reason"),
    [
        ("allow parity/index i: BRIN: smaller", "i", "BRIN: smaller"),
        ("allow parity/column-type teams.size: it fits", "teams.size", "it fits"),
        ("allow parity/unique teams: UNIQUE (a, b): meant", "teams: UNIQUE (a, b)", "meant"),
        ("allow parity/primary-key teams: PRIMARY KEY: meant", "teams: PRIMARY KEY", "meant"),
        (
            "allow parity/foreign-key teams: FOREIGN KEY (a): meant",
            "teams: FOREIGN KEY (a)",
            "meant",
        ),
        ("allow parity/check teams: CHECK size_rule: meant", "teams: CHECK size_rule", "meant"),
        (
            "allow parity/check teams: CHECK (a <> ':)' AND length(b) > 1): meant",
            "teams: CHECK (a <> ':)' AND length(b) > 1)",
            "meant",
        ),
        (
            "allow parity/unique t: EXCLUDE USING gist (r WITH &&): meant",
            "t: EXCLUDE USING gist (r WITH &&)",
            "meant",
        ),
        ("ALLOW parity/index *: all of it", "*", "all of it"),
        ("allow parity/index i:", "i", ""),
        ("allow parity/index i", "i", ""),
        ("allow parity/index", "", ""),
    ],
)
def test_a_comment_names_code_object_and_reason(comment: str, thing: str, reason: str) -> None:
    for backend in Backend:
        for text in (f"-- mig-assist: {comment}", f"SELECT 1; /* mig-assist: {comment} */"):
            (allowance,) = allowances_in(text, backend)
            assert (allowance.object, allowance.reason, allowance.line) == (thing, reason, 1)


SAID = "-- mig-assist: allow parity/index i: sneaky"


@pytest.mark.parametrize(
    ("sql", "backends"),
    [
        (f"INSERT INTO a VALUES ('{SAID}');", Backend),
        (f"INSERT INTO a VALUES ('\n{SAID}\n');", Backend),
        (f'SELECT "{SAID}";', Backend),
        (f"-- say it's so: {SAID}", Backend),
        (f"DO $$ BEGIN\n{SAID}\nEND $$;", [Backend.POSTGRES]),
        (f"SELECT $x${SAID}$x$, E'\\'\n{SAID}';", [Backend.POSTGRES]),
        (f"SELECT [{SAID}], `{SAID}`;", [Backend.LIBSQL]),
    ],
)
def test_only_a_comment_waives(sql: str, backends: list[Backend]) -> None:
    for backend in backends:
        assert waivers_in(sql, 18, backend, PATH) == ()


@pytest.mark.parametrize("backend", Backend)
def test_a_comment_is_read_behind_other_characters(backend: Backend) -> None:
    sql = f"SELECT 'é–it''s';\n/* one\n * {SAID[3:]}\n */ SELECT 1; {SAID}"

    assert [each.line for each in waivers_in(sql, 18, backend, PATH)] == [3, 4]


def test_a_comment_that_is_not_understood_is_an_error() -> None:
    waivers = in_sql(
        "-- mig-assist: alow parity/index i: because\n"
        "-- mig-assist: todo which?\n"
        "-- mig-assist: allow party/index i: because"
    )

    errors = apply_waivers((), waivers, complete=False)

    assert [(error.code, error.place) for error in errors] == [
        ("parity/incomplete-waiver", f"{PATH}:1"),
        ("parity/incomplete-waiver", f"{PATH}:3"),
    ]
    assert "alow" in errors[0].message
    assert "allow party/index" in errors[1].message


def test_a_code_that_no_finding_has_names_the_nearest() -> None:
    (error,) = apply_waivers((), (waiver("i", "parity/indx"),), complete=True)

    assert "write parity/index" in error.fix


def test_marks_and_allowances_stand_side_by_side() -> None:
    sql = "-- mig-assist: todo which?\n\n-- mig-assist: allow parity/index i: meant\nSELECT 1;"

    assert [mark.line for mark in marks_in(sql, "pair/placeholder")] == [1]
    assert [allowance.line for allowance in allowances_in(sql, Backend.LIBSQL)] == [3]


def test_a_finding_that_is_meant_has_its_reason() -> None:
    findings = apply_waivers((found("i"), found("j")), (waiver("i"),), complete=True)

    assert [finding.waived for finding in findings] == ["meant", None]
    assert [finding.blocks for finding in findings] == [False, True]


def test_objects_are_the_same_whatever_their_case_and_blanks() -> None:
    (finding,) = apply_waivers(
        (found("Teams: UNIQUE (slug)"),), (waiver("teams:  unique (slug)"),), complete=True
    )

    assert finding.waived == "meant"


@pytest.mark.parametrize(
    ("stated", "shown", "same"),
    [
        ("kind IN ('a','b')", "(kind = ANY (ARRAY['a'::text, 'b'::text]))", True),
        ("size>0", "(size > 0)", True),
        ("size > 0 AND kind <> ''", "((size > 0) AND (kind <> ''::text))", True),
        ("size > 0", "size > 1", False),
        ("kind = 'a'", "kind = 'A'", False),
    ],
)
def test_a_rule_without_a_name_is_the_same_however_it_is_spelt(
    stated: str, shown: str, same: bool
) -> None:
    found_rule = found(f"teams: CHECK ({shown})", "parity/check")
    (finding,) = apply_waivers(
        (found_rule,), (waiver(f"teams: CHECK ({stated})", "parity/check"),), complete=False
    )

    assert (finding.waived is not None) is same


@pytest.mark.parametrize(
    "other",
    [
        waiver("i*"),
        waiver("i", "parity/name"),
        waiver("i", since=19),
        waiver("i", versions=(17, 19)),
    ],
)
def test_nothing_else_is_waived(other: Waiver) -> None:
    findings = apply_waivers((found("i"),), (other,), complete=False)

    assert [finding.waived for finding in findings] == [None]


def test_a_comment_holds_for_its_version_and_later_ones() -> None:
    waivers = in_sql("-- mig-assist: allow parity/index *: meant")
    findings = [found("i", version=version) for version in (17, 18, 30)]

    assert [f.waived for f in apply_waivers(findings, waivers, complete=True)] == [
        None,
        "meant",
        "meant",
    ]


def test_a_waiver_without_a_reason_is_an_error_and_waives_nothing() -> None:
    waivers = in_sql("SELECT 1;\n-- mig-assist: allow parity/index i\n")

    finding, error = apply_waivers((found("i"),), waivers, complete=True)

    assert finding.waived is None
    assert (error.code, error.blocks, error.place) == (
        "parity/incomplete-waiver",
        True,
        f"{PATH}:2",
    )
    assert "no reason" in error.message


def test_a_waiver_that_matches_nothing_is_an_error_when_all_was_looked_at() -> None:
    (error,) = apply_waivers((), (waiver("gone"),), complete=True)

    assert (error.code, error.blocks, error.place) == ("parity/unused-waiver", True, f"{PATH}:3")
    assert apply_waivers((), (waiver("gone"),), complete=False) == ()


TOML = """
# what is meant
[parity.types]
INTEGER = "bigint"
"*_at" = ["bigint", "timestamp with time zone"]

[[parity.waivers]]
code = "parity/index"
object = "teams_created_idx"
reason = "BRIN is smaller here"

[[parity.waivers]]
code = "parity/check"
object = "*"
reason = ""
versions = [18, 19]
"""


def test_waivers_of_the_configuration_know_their_lines(tmp_path: Path) -> None:
    (tmp_path / "mig-assist.toml").write_text(TOML)

    config = load_config(tmp_path)
    waivers = stated_waivers(Workspace(tmp_path, config))

    assert config.parity.types == {
        "INTEGER": ("bigint",),
        "*_at": ("bigint", "timestamp with time zone"),
    }
    assert [(each.code, each.line, each.versions, each.complete) for each in waivers] == [
        ("parity/index", 7, (), True),
        ("parity/check", 12, (18, 19), False),
    ]


def test_a_configuration_without_parity_waives_nothing(tmp_path: Path) -> None:
    assert stated_waivers(Workspace(tmp_path, load_config(tmp_path))) == ()


COMPLETE = {"code": "parity/index", "object": "i", "reason": "meant"}


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"type": {}}, "unknown key parity.type"),
        ({"types": []}, "parity.types"),
        ({"types": {"TEXT": []}}, "parity.types.TEXT"),
        ({"types": {"TEXT": 1}}, "parity.types.TEXT"),
        ({"waivers": {}}, "parity.waivers"),
        ({"waivers": ["all"]}, "parity.waivers"),
        ({"waivers": [{**COMPLETE, "version": 1}]}, "unknown key parity.waivers.version"),
        ({"waivers": [{"code": "parity/index"}]}, "parity.waivers.object"),
        ({"waivers": [{"object": "i"}]}, "parity.waivers.code"),
        ({"waivers": [{**COMPLETE, "reason": 1}]}, "parity.waivers.reason"),
        ({"waivers": [{**COMPLETE, "versions": ["18"]}]}, "parity.waivers.versions"),
        ({"waivers": [{**COMPLETE, "versions": [True]}]}, "parity.waivers.versions"),
        ({"waivers": [{**COMPLETE, "versions": [0]}]}, "parity.waivers.versions"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(section: object, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        parse_config({"parity": section})


def test_a_stated_waiver_is_for_all_versions_unless_it_names_some() -> None:
    config = parse_config({"parity": {"waivers": [COMPLETE]}})

    assert config.parity.waivers == (StatedWaiver("parity/index", "i", "meant"),)


def test_a_waiver_may_have_each_code_of_the_family(repository: Path) -> None:
    (row,) = (
        line
        for line in (repository / "docs/findings.md").read_text().splitlines()
        if line.startswith("| `parity/`")
    )
    rules = re.findall(r"`([a-z-]+)`", row)

    assert {f"parity/{rule}" for rule in rules} - set(CODES) == {
        "parity/incomplete-waiver",
        "parity/unused-waiver",
    }
