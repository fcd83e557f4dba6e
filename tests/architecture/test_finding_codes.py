"""Every code of a finding stands in docs/findings.md, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

_DIVERGENCE = re.compile(r'(?:differs|judge_texts)\(\s*(?:pair,\s*)?"([a-z-]+)"')
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
    parity = (repository / "tui/mig_assist/verify/parity").rglob("*.py")
    used |= {f"parity/{rule}" for path in parity for rule in _DIVERGENCE.findall(path.read_text())}
    assert listed == used - {"tests/store"}  # a folder
