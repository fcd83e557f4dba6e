"""Findings keep one shape from the check that makes them to the JSON that a script reads."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity, summary

texts = st.text(max_size=20)
findings = st.builds(
    Finding,
    code=st.from_regex(r"[a-z]+/[a-z-]+", fullmatch=True),
    severity=st.sampled_from(Severity),
    message=texts,
    fix=texts,
    item=st.none() | texts,
    version=st.none() | st.integers(min_value=1),
    backend=st.none() | st.sampled_from(Backend),
    object=st.none() | texts,
    path=st.none() | texts,
    line=st.none() | st.integers(min_value=1),
    waived=st.none() | texts,
)


@given(findings)
def test_a_finding_survives_json(finding: Finding) -> None:
    assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


def test_the_json_of_a_finding_is_the_public_contract() -> None:
    finding = Finding(
        "parity/index", Severity.ERROR, "missing", version=18, backend=Backend.POSTGRES
    )

    assert json.loads(json.dumps(finding.to_json())) == {
        "code": "parity/index",
        "severity": "error",
        "item": None,
        "version": 18,
        "backend": "postgres",
        "object": None,
        "path": None,
        "line": None,
        "message": "missing",
        "fix": "",
        "waived": None,
    }


@given(st.lists(findings))
def test_a_summary_counts_each_finding_once(found: list[Finding]) -> None:
    counts = summary(found)

    assert set(counts) == {"error", "warning", "note", "waived"}
    assert sum(counts.values()) == len(found)
    assert counts["waived"] == sum(finding.waived is not None for finding in found)


def test_only_an_error_without_a_waiver_blocks() -> None:
    blocking = [
        (severity, waived)
        for severity in Severity
        for waived in (None, "meant")
        if Finding("pair/empty", severity, "", waived=waived).blocks
    ]

    assert blocking == [(Severity.ERROR, None)]


def test_a_place_is_named_as_far_as_it_is_known() -> None:
    def place(path: str | None, line: int | None) -> str:
        return Finding("a/b", Severity.NOTE, "", path=path, line=line).place

    assert [place(None, None), place("x.sql", None), place("x.sql", 3)] == ["", "x.sql", "x.sql:3"]
