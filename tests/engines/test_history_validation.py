"""A history that the registry cannot explain is refused, with everything that was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import HistoryRow, MigrationScript
from mig_assist.engines.runner import ResetRequired, pending, validate_history
from tests.engines.samples import script

SCRIPTS = tuple(
    script(f"SELECT {version};", version, name)
    for version, name in ((17, "baseline"), (18, "routes"), (19, "budgets"))
)
V17, V18, V19 = (HistoryRow(s.version, s.name, 1_700_000_000, s.checksum) for s in SCRIPTS)
TABLES = ("teams", "users")


def row(version: int, name: str = "old", checksum: str = "c") -> HistoryRow:
    return HistoryRow(version, name, 1_700_000_000, checksum)


@pytest.mark.parametrize(
    ("rows", "tables", "waiting"),
    [
        ((), (), (17, 18, 19)),
        ((V17,), TABLES, (18, 19)),
        ((V17, V18), TABLES, (19,)),
        ((V17, V18, V19), TABLES, ()),
        ((V17,), (), (18, 19)),
    ],
)
def test_what_the_registry_explains_is_accepted(
    rows: tuple[HistoryRow, ...], tables: tuple[str, ...], waiting: tuple[int, ...]
) -> None:
    validate_history(rows, tables, SCRIPTS, 17)
    assert tuple(each.version for each in pending(rows, SCRIPTS)) == waiting


@pytest.mark.parametrize(
    ("rows", "tables", "found"),
    [
        pytest.param(
            (),
            TABLES,
            ["There are tables, but no history: teams, users."],
            id="tables without history",
        ),
        pytest.param(
            (row(1, "init"), row(16, "last")),
            TABLES,
            [
                "V1 init is applied, but lies before the baseline V17.",
                "V16 last is applied, but lies before the baseline V17.",
                # Nothing newer is applied, so V17 is merely pending.
            ],
            id="history below the baseline",
        ),
        pytest.param(
            (V17, row(20, "from_a_branch")),
            TABLES,
            [
                "V20 from_a_branch is applied, but is not registered.",
                "V18 routes is not applied, although V20 is.",
                "V19 budgets is not applied, although V20 is.",
            ],
            id="unknown version",
        ),
        pytest.param(
            (replace(V17, name="base"),),
            TABLES,
            ["V17 base is applied, but V17 is registered as baseline."],
            id="another name",
        ),
        pytest.param(
            (V17, replace(V18, checksum="")),
            TABLES,
            [
                "V18 routes was applied with the checksum (none), but"
                f" migrations/V18__routes.sql is registered with {V18.checksum[:12]}…."
            ],
            id="another checksum",
        ),
        pytest.param(
            (V17, V19), TABLES, ["V18 routes is not applied, although V19 is."], id="a gap"
        ),
        pytest.param(
            (V18,), TABLES, ["V17 baseline is not applied, although V18 is."], id="no baseline"
        ),
        pytest.param(
            (row(3), replace(V17, name="x", checksum="other"), V19),
            (),
            [
                "V3 old is applied, but lies before the baseline V17.",
                "V17 x is applied, but V17 is registered as baseline.",
                "V17 x was applied with the checksum other, but migrations/V17__baseline.sql is"
                f" registered with {V17.checksum[:12]}….",
                "V18 routes is not applied, although V19 is.",
            ],
            id="everything at once",
        ),
    ],
)
def test_what_it_does_not_explain_asks_for_a_reset(
    rows: tuple[HistoryRow, ...], tables: tuple[str, ...], found: list[str]
) -> None:
    with pytest.raises(ResetRequired) as caught:
        validate_history(rows, tables, SCRIPTS, 17)
    assert caught.value.title == "database reset required"
    assert caught.value.message == "\n".join(found)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("scripts", [(), SCRIPTS])
def test_names_from_the_database_are_shown_without_control_characters(
    scripts: tuple[MigrationScript, ...],
) -> None:
    with pytest.raises(ResetRequired) as caught:
        validate_history((row(99, "\x1b[31m[/red]\r"),), ("\x07bell",), scripts, 17)
    assert "V99 [/red] is applied" in caught.value.message
    assert not any(character in str(caught.value) for character in "\x1b\x07\r")


def test_the_way_to_recreate_is_that_of_the_backend() -> None:
    def fix(backend: Backend | None) -> str:
        with pytest.raises(ResetRequired) as caught:
            validate_history((), TABLES, SCRIPTS, 17, backend=backend)
        return caught.value.fix

    libsql, postgres = fix(Backend.LIBSQL), fix(Backend.POSTGRES)
    assert "mig-assist migrate --backend libsql --reset" in libsql
    assert "mig-assist postgres reset" in postgres
    assert "drop and create the database yourself" in postgres
    assert fix(None) == f"{libsql}\n{postgres}"
