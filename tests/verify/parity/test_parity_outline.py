"""The tree of both schemas: what belongs together, what a version did, where findings hang."""

from __future__ import annotations

from dataclasses import replace

from mig_assist.engines.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Schema,
    Table,
    Trigger,
)
from mig_assist.findings import Finding, Severity
from mig_assist.verify.parity.look import Look
from mig_assist.verify.parity.outline import Entry, Outline, Sign
from mig_assist.verify.parity.proof import ParityReport

LIBSQL = Table(
    "teams",
    (Column("id", "TEXT", False), Column("Slug", "TEXT", False), Column("kind", "TEXT")),
    Key(None, ("id",)),
    uniques=(Key(None, ("Slug",)),),
    foreign_keys=(ForeignKey(None, ("kind",), "kinds", ("name",)),),
    checks=(Check(None, "kind IN ('a', 'b')"), Check("slug_filled", "trim(Slug) <> ''")),
    indexes=(Index("teams_kind_idx", (IndexPart("kind"),)),),
    triggers=(Trigger("teams_guard", "BEFORE", ("DELETE",), "SELECT RAISE(ABORT, 'no')"),),
)
POSTGRES = Table(
    "teams",
    (Column("id", "text", False), Column("kind", "text"), Column("slug", "text", False)),
    Key("teams_pkey", ("id",)),
    foreign_keys=(ForeignKey("teams_kind_fkey", ("kind",), "kinds", ("name",)),),
    checks=(
        Check("slug_filled", "TRIM(BOTH FROM slug) <> ''::text"),
        Check("teams_kind_check", "kind = ANY (ARRAY['b'::text, 'a'::text])"),
    ),
    indexes=(
        Index("teams_kind_idx", (IndexPart("kind"),)),
        Index("teams_slug_key", (IndexPart("slug"),), unique=True),
    ),
    triggers=(Trigger("teams_guard", "BEFORE", ("DELETE",), "BEGIN RAISE 'no'; END"),),
)
BOTH = Schema((LIBSQL,)), Schema((POSTGRES,))
NONE = Schema(), Schema()


def outline(*findings: Finding, before: tuple[Schema, Schema] = NONE) -> Outline:
    return Outline(Look(18, ParityReport((18,), findings), before, BOTH))


def finding(thing: str, code: str = "parity/check", version: int = 18) -> Finding:
    return Finding(code, Severity.ERROR, "They differ.", object=thing, version=version)


def parts(tree: Outline) -> dict[str, Entry]:
    return {part.label: part for part in tree.parts(tree.roots[0])}


def test_what_is_one_thing_stands_in_one_row() -> None:
    found = parts(outline())
    assert list(found) == [
        "id", "Slug", "kind", "PRIMARY KEY", "UNIQUE (\"Slug\")", "FOREIGN KEY (kind) → kinds",
        "CHECK (kind IN ('a', 'b'))", "CHECK slug_filled", "INDEX teams_kind_idx",
        "TRIGGER teams_guard",
    ]  # fmt: skip
    assert all(None not in part.now for part in found.values())
    assert found['UNIQUE ("Slug")'].now[1] == "UNIQUE INDEX teams_slug_key (slug)"


def test_signs_say_what_the_version_did() -> None:
    assert {part.sign for part in parts(outline()).values()} == {Sign.ADDED}
    assert {part.sign for part in parts(outline(before=BOTH)).values()} == {Sign.SAME}
    older = replace(POSTGRES, checks=POSTGRES.checks[:1], columns=POSTGRES.columns[:2])
    tree = outline(before=(BOTH[0], Schema((older, replace(older, name="zones")))))
    assert [(root.label, root.sign) for root in tree.roots] == [
        ("teams", Sign.CHANGED),
        ("zones", Sign.REMOVED),
    ]
    found = parts(tree)
    assert found["Slug"].sign is found["CHECK (kind IN ('a', 'b'))"].sign is Sign.CHANGED
    assert found["kind"].sign is found["CHECK slug_filled"].sign is Sign.SAME


def test_findings_hang_on_what_they_are_about() -> None:
    names = {
        "teams.Slug": "Slug",
        "teams: PRIMARY KEY": "PRIMARY KEY",
        'teams: UNIQUE ("Slug")': 'UNIQUE ("Slug")',
        "teams: FOREIGN KEY (kind)": "FOREIGN KEY (kind) → kinds",
        "teams: CHECK (kind IN ('a', 'b'))": "CHECK (kind IN ('a', 'b'))",
        "teams: CHECK slug_filled": "CHECK slug_filled",
        "teams_kind_idx": "INDEX teams_kind_idx",
        "teams_guard": "TRIGGER teams_guard",
    }
    tree = outline(*map(finding, names), finding("teams", "parity/option"))
    assert len(tree.roots[0].findings) == len(names) + 1
    found = parts(tree)
    for thing, label in names.items():
        assert [each.object for each in found[label].findings] == [thing]
        place = tree.place_of(finding(thing))
        assert place is not None
        assert place[1] is not None
        assert place[1].label == label
    assert not tree.problems


def test_what_is_about_no_table_is_a_problem_of_its_own() -> None:
    tree = outline(Finding("parity/apply-failed", Severity.ERROR, "No.", version=18))
    assert [problem.label for problem in tree.problems] == ["does not apply"]
    assert not tree.roots[0].findings


def test_a_version_does_not_answer_for_earlier_ones() -> None:
    tree = outline(finding("teams.kind", version=17), before=BOTH)
    assert not tree.touches(tree.roots[0])
    fresh = outline(finding("teams.kind"), before=BOTH)
    assert fresh.touches(fresh.roots[0])
