"""``mig-assist parity``: what it prints, its JSON, and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import MigAssist
from tests.workspace.layouts import write, write_pair

TEAMS = "CREATE TABLE teams (id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL);\n"
INDEX = "CREATE INDEX teams_slug_idx ON teams (slug);\n"


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Three versions; in V18 the index is on libsql only."""
    root = tmp_path / "pairs"
    write(root, "mig-assist.toml", "baseline = 17\n")
    write_pair(root, 17, "teams", TEAMS, TEAMS)
    write_pair(root, 18, "slugs", INDEX, "SELECT 1;\n")
    write_pair(root, 19, "more", "SELECT 1;\n", "SELECT 1;\n")
    return root


def test_a_divergence_is_told_with_both_sides_and_a_fix(
    mig_assist: MigAssist, pairs: Path, postgres_url: str
) -> None:
    result = mig_assist("parity", "--all", cwd=pairs, POSTGRES_URL=postgres_url)
    lines = result.stdout.splitlines()
    assert result.status == 1
    assert lines[:2] == ["V18", "  error parity/index teams_slug_idx  migrations/V18__slugs.sql:1"]
    assert "    → Run `CREATE INDEX teams_slug_idx ON teams (slug);` on PostgreSQL" in result.stdout
    assert "      libsql      INDEX (slug)" in lines
    assert "      PostgreSQL  nothing" in lines
    assert lines[-1].startswith("3 versions compared on libsql 3.")
    assert lines[-1].endswith(": 1 error")


@pytest.mark.parametrize(
    "asked",
    ["V19", "019", "more", "V19__more", "V19__more.sql", "migrations/postgres/V19__more.sql"],
)
def test_one_version_is_asked_for_as_people_name_it(
    mig_assist: MigAssist, pairs: Path, postgres_url: str, asked: str
) -> None:
    result = mig_assist("parity", asked, cwd=pairs, POSTGRES_URL=postgres_url)
    assert (result.status, result.stdout.count("\n")) == (0, 1)
    assert result.stdout.startswith("V19 equal on libsql 3.")


def test_json_is_the_contract_of_the_gate(
    mig_assist: MigAssist, pairs: Path, postgres_url: str
) -> None:
    result = mig_assist("parity", "--all", "--json", cwd=pairs, POSTGRES_URL=postgres_url)
    (finding,) = result.json["findings"]
    assert (result.json["schema"], result.json["versions"]) == (1, [17, 18, 19])
    assert result.json["summary"] == {"error": 1, "warning": 0, "note": 0, "waived": 0}
    assert result.json["static"] is False
    assert set(result.json["engines"]) == {"libsql", "postgres"}
    assert finding["code"] == "parity/index"
    assert (finding["item"], finding["backend"], finding["version"]) == ("postgres", "postgres", 18)
    assert (finding["object"], finding["waived"]) == ("teams_slug_idx", None)


def test_markdown_is_a_table(mig_assist: MigAssist, pairs: Path, postgres_url: str) -> None:
    result = mig_assist(
        "parity", "18", "--format", "markdown", cwd=pairs, POSTGRES_URL=postgres_url
    )
    assert result.stdout.splitlines()[0] == "| severity | code | place | message | fix |"
    assert result.stdout.splitlines()[2].startswith("| error | parity/index | migrations/V18__")


def test_without_a_server_the_files_are_compared(mig_assist: MigAssist, pairs: Path) -> None:
    result = mig_assist("parity", "--all", "--static", cwd=pairs)
    assert result.status == 1
    assert "parity/index" in result.stdout
    assert "not yet proved on PostgreSQL" in result.stdout.splitlines()[-1]
    assert not (pairs / ".mig-assist").exists()


def test_the_embedded_workspace_has_no_error(
    mig_assist: MigAssist, root: Path, postgres_url: str
) -> None:
    result = mig_assist("parity", "--all", cwd=root, POSTGRES_URL=postgres_url)
    assert (result.status, result.stdout.splitlines()[-1][:9]) == (0, "V17 equal")


@pytest.mark.parametrize(
    "asked",
    [
        "20260603120000",
        "2026-06-03-120000",
        "2026-06-03-120000_tags",
        "tags",
        "pg/2026-06-03-120000_tags",
        "lite/2026-06-03-120000_tags/up.sql",
    ],
)
def test_a_point_in_time_is_named_as_its_folder_is(
    mig_assist: MigAssist, tmp_path: Path, asked: str
) -> None:
    for side in ("lite", "pg"):
        for version in ("2026-06-01-090000_teams", "2026-06-03-120000_tags"):
            write(tmp_path, f"{side}/{version}/up.sql", "SELECT 1;\n")
    pattern = "_pattern = '{version:%Y-%m-%d-%H%M%S}_{name}/up.sql'"
    write(
        tmp_path,
        "mig-assist.toml",
        "baseline = 1\n[migrations]\nlibsql = 'lite'\npostgres = 'pg'\n"
        f"libsql{pattern}\npostgres{pattern}\n",
    )
    result = mig_assist("parity", asked, "--static", cwd=tmp_path)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith("V20260603120000 ")


@pytest.mark.parametrize("arguments", [("99",), ("x",), ("17", "--all")])
def test_what_cannot_be_meant_is_wrong_use(
    mig_assist: MigAssist, pairs: Path, arguments: tuple[str, ...]
) -> None:
    assert mig_assist("parity", *arguments, cwd=pairs).status == 2


def test_a_server_that_does_not_answer_is_told_of(mig_assist: MigAssist, pairs: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    result = mig_assist("parity", "--all", cwd=pairs, POSTGRES_URL=url)
    assert result.status in (1, 3)
    assert "127.0.0.1" in result.stderr


def test_what_the_text_shows_waives_it(
    mig_assist: MigAssist, pairs: Path, postgres_url: str
) -> None:
    comment = "-- mig-assist: allow parity/index teams_slug_idx: BRIN is smaller\n"
    write_pair(pairs, 18, "slugs", comment + INDEX, "SELECT 1;\n")
    result = mig_assist("parity", "--all", cwd=pairs, POSTGRES_URL=postgres_url)

    assert (result.status, result.stdout.splitlines()[1]) == (
        0,
        "  waived parity/index teams_slug_idx (BRIN is smaller)  migrations/V18__slugs.sql:2",
    )
    assert "→" not in result.stdout
    assert "nothing" not in result.stdout


def test_what_an_engine_says_in_several_lines_keeps_the_indentation(
    mig_assist: MigAssist, pairs: Path, postgres_url: str
) -> None:
    write_pair(pairs, 18, "slugs", "INSERT INTO nowhere VALUES (1);\n", "SELECT 1;\n")
    lines = mig_assist("parity", "V18", cwd=pairs, POSTGRES_URL=postgres_url).stdout.splitlines()
    assert "    INSERT INTO nowhere VALUES (1)" in lines
    assert all(line.startswith("    ") for line in lines[2 : lines.index("")])
