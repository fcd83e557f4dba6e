"""Fixtures for the examinations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mig_assist.verify.report import Report, Subject
from mig_assist.workspace import Workspace
from tests.shared_ground.unprivileged import unprivileged as unprivileged
from tests.workspace.layouts import small_workspace, write_pair, write_registry

Authored = Callable[..., Subject]


def codes(report: Report) -> list[str]:
    """The codes of a report's findings, in their order."""
    return [finding.code for finding in report.findings]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of default layout with a V17 baseline and a registry."""
    return small_workspace(tmp_path / "workspace", (17, "baseline"))


@pytest.fixture
def authored(workspace: Workspace) -> Authored:
    """Writes V18 ``route_tags`` with the given SQL and registers it."""

    def author(libsql: str, postgres: str | None = None) -> Subject:
        write_pair(workspace.root, 18, "route_tags", libsql, postgres or libsql)
        write_registry(workspace.root, (17, "baseline"), (18, "route_tags"))
        return Subject(workspace, 18, "route_tags")

    return author
