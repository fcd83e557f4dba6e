"""Item 3: a name is snake_case and says what changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.verify.name import check_name, name_findings
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace
from mig_assist.workspace.names import is_descriptive


@pytest.mark.parametrize(
    "name",
    [
        "route_compatibility_profiles",
        "add_region_to_teams",
        "drop_legacy_keys",
        "teams",
        "oauth2_clients",
        "update_budget_limits",
        "a" * 80,
    ],
)
def test_a_descriptive_name_passes(workspace: Workspace, name: str) -> None:
    assert check_name(Subject(workspace, 18, name)).findings == ()
    assert is_descriptive(name)


@pytest.mark.parametrize(
    "name",
    [
        "update",
        "fix",
        "misc",
        "changes",
        "schema_update",
        "fix_2",
        "new_table",
        "add_column",
        "wip",
        "tmp",
        "migration_18",
        "abc",
        "drop_index",
    ],
)
def test_a_name_that_says_nothing_is_vague(name: str) -> None:
    (finding,) = name_findings(name, 18)
    assert (finding.code, finding.version) == ("name/vague", 18)


@pytest.mark.parametrize(
    "name",
    ["RouteTags", "route-tags", "route__tags", "_tags", "tags_", "2fa", "größe", "a b", "", "../x",
     "[/red]", "x\n", "tags\0"],
)  # fmt: skip
def test_what_is_not_snake_case_is_refused(name: str) -> None:
    (finding,) = name_findings(name)
    assert finding.code == "name/not-snake-case"
    assert repr(name) in finding.message


def test_a_long_name_is_refused_without_repeating_it() -> None:
    (finding,) = name_findings("a" * 81)
    assert finding.code == "name/too-long"
    assert len(finding.message) < 80


def test_a_better_name_is_offered(workspace: Workspace) -> None:
    subject = Subject(workspace, 18, "update")
    assert check_name(subject, "route_tags").findings[0].fix.endswith("For example: route_tags.")
    assert "For example" not in check_name(subject).findings[0].fix
    assert "For example" not in check_name(subject, "update").findings[0].fix


@given(st.text())
def test_every_text_gets_one_answer_at_most(name: str) -> None:
    findings = list(name_findings(name))
    assert len(findings) == (0 if is_descriptive(name) else 1)
