"""Every code of a finding stands in docs/findings.md, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

_ROW = re.compile(r"^\| `([a-z]+)/` \|[^|]*\| (.*) \|$", re.MULTILINE)


def test_the_list_of_findings_is_complete(repository: Path) -> None:
    text = (repository / "docs/findings.md").read_text()
    listed = {
        f"{family}/{rule}"
        for family, rules in _ROW.findall(text)
        for rule in re.findall(r"`([a-z-]+)`", rules)
    }
    families = "|".join(family for family, _ in _ROW.findall(text))
    code = re.compile(rf'"((?:{families})/[a-z]+(?:-[a-z]+)*)"')
    sources = (path.read_text() for path in (repository / "tui/mig_assist").rglob("*.py"))
    used = {found for source in sources for found in code.findall(source)}
    assert listed == used - {"tests/store"}  # a folder
