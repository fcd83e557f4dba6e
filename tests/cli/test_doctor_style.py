"""``mig-assist doctor --style``: what is known of the house, readably and as JSON."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import MigAssist


def test_habits_are_told_with_how_many_keep_them_and_where(
    mig_assist: MigAssist, root: Path
) -> None:
    result = mig_assist("doctor", "--style", cwd=root)
    assert result.status == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert any(line.startswith("INTEGER ↔ bigint all columns: ") for line in lines)
    assert "tables are STRICT yes 18 of 18, as admin_audit" in lines
    assert (
        "CREATE TABLE says IF NOT EXISTS no 18 of 18, as migrations/V17__baseline.sql:24" in lines
    )
    assert lines.index("libsql") < lines.index("PostgreSQL")


def test_json_has_every_habit_with_its_evidence(mig_assist: MigAssist, root: Path) -> None:
    result = mig_assist("doctor", "--style", "--json", cwd=root)
    assert (result.status, result.json["schema"]) == (0, 1)
    traits = {trait["key"]: trait for trait in result.json["traits"]}
    assert traits["strict"] == {
        "key": "strict",
        "value": True,
        "kept": 18,
        "of": 18,
        "place": "admin_audit",
        "stated": False,
        "backend": "libsql",
    }
    kinds = {line["libsql"]: line["postgres"] for line in result.json["types"]}
    assert kinds == {"INTEGER": "bigint", "REAL": "double precision", "TEXT": "text"}


def test_what_the_configuration_states_is_told_as_such(mig_assist: MigAssist, root: Path) -> None:
    with (root / "mig-assist.toml").open("a") as file:
        file.write('\n[style]\nstrict = false\nindex_name = "ix_{table}_{columns}"\n')
    lines = mig_assist("doctor", "--style", cwd=root).stdout.splitlines()
    told = [" ".join(line.split()) for line in lines]
    assert "tables are STRICT no mig-assist.toml" in told
    assert told[-1].startswith("Set otherwise under [style] in mig-assist.toml: keywords, indent,")
    assert told.count("INDEX is called ix_{table}_{columns} mig-assist.toml") == 2


def test_a_workspace_without_migrations_says_what_is_done_instead(
    mig_assist: MigAssist, tmp_path: Path
) -> None:
    (tmp_path / "mig-assist.toml").write_text('[migrations]\nlibsql = "a"\npostgres = "b"\n')
    result = mig_assist("doctor", "--style", cwd=tmp_path)
    assert result.status == 0
    assert "mig-assist's own defaults" in result.stdout


def test_outside_a_workspace_it_says_what_to_do(mig_assist: MigAssist) -> None:
    result = mig_assist("doctor", "--style")
    assert (result.status, result.stdout) == (2, "")
    assert "Not a workspace" in result.stderr
