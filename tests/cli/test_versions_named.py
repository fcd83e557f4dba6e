"""How many versions are named in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.cli.findings import print_findings


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        ([], "no version"),
        ([17], "V17"),
        ([17, 18], "V17, V18"),
        (range(17, 49), "V17 to V48, 32 versions"),
        ([17, 19, 20, 21], "V17, V19 to V21, 4 versions"),
        (range(1, 40, 2), "V1, V3, V5, V7, V9, V11 and others up to V39, 20 versions"),
    ],
)
def test_those_that_follow_one_another_are_a_range(
    versions: list[int], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_findings(Path(), versions, [], "text") == 0
    assert capsys.readouterr().out == f"{named} checked: nothing to complain of\n"
