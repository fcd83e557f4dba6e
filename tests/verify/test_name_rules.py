"""Item 3: a name is in the house's style, or snake_case, and says what changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.verify.name import check_name, name_findings
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.names import NameStyle, house_style, is_descriptive, snake
from tests.repositories.builder import build_repository


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


class TestHouseStyle:
    @pytest.mark.parametrize(
        ("names", "style"),
        [
            ("Initial_Schema WebAuthn OpenIDConnect FixConstraints TOTPKeys", NameStyle.CAMEL),
            ("Initial_schema Add_users Drop_keys", NameStyle.CAPITALISED),
            ("init add-users drop-keys", NameStyle.KEBAB),
            ("init addUsers dropKeys", NameStyle.LOWER_CAMEL),
            ("init add_users drop_keys", NameStyle.SNAKE),
            ("init pam tos", NameStyle.SNAKE),
            ("AddUsers DropKeys", NameStyle.SNAKE),
            ("AddUsers DropKeys OAuth add_keys drop_users index_keys", NameStyle.SNAKE),
        ],
    )
    def test_it_is_what_most_names_have(self, tmp_path: Path, names: str, style: NameStyle) -> None:
        build_repository(tmp_path, versions=dict(enumerate(names.split(), 17)), git=False)
        assert house_style(open_workspace(tmp_path)) is style

    def test_the_name_in_question_does_not_count(self, tmp_path: Path) -> None:
        names = {17: "AddUsers", 18: "DropKeys", 19: "IndexTeams"}
        build_repository(tmp_path, versions=names, git=False)
        assert house_style(open_workspace(tmp_path), 19) is NameStyle.SNAKE

    def test_another_style_is_told_apart_from_no_style(self, tmp_path: Path) -> None:
        names = dict(enumerate(["Init", "AddUsers", "DropKeys"], 17))
        build_repository(tmp_path, versions=names, git=False)
        workspace = open_workspace(tmp_path)
        assert check_name(Subject(workspace, 20, "RouteTags")).findings == ()
        (finding,) = check_name(Subject(workspace, 20, "route_tags"), "RouteTags").findings
        assert finding.code == "name/not-in-house-style"
        assert "CamelCase" in finding.message
        assert finding.fix.endswith("For example: RouteTags.")

    @pytest.mark.parametrize("style", NameStyle)
    def test_what_no_file_should_be_called_is_refused_in_every_style(
        self, style: NameStyle
    ) -> None:
        for name in ("", "../x", "a b", "größe", "-rf", "x\n", "[/red]", "tags\0", "2fa", "a.b"):
            assert [finding.code for finding in name_findings(name, style=style)] != []

    @given(st.from_regex(NameStyle.SNAKE.pattern, fullmatch=True), st.sampled_from(NameStyle))
    def test_a_name_can_be_written_in_every_style(self, name: str, style: NameStyle) -> None:
        assert style.fits(style.write(name))

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("AddRegionToTeams", "add_region_to_teams"),
            ("TOTPEnhance", "totp_enhance"),
            ("OAuth2ConsentSubjectNULL", "oauth2_consent_subject_null"),
            ("add-users", "add_users"),
            ("Initial_Schema", "initial_schema"),
        ],
    )
    def test_the_words_of_a_name(self, name: str, words: str) -> None:
        assert snake(name) == words
