"""The summary of a migration for its pull request."""

from __future__ import annotations

from mig_assist.backend import Backend
from mig_assist.checklist.overview import MARKS, ItemView, Overview
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.model import Workspace


def summary_markdown(workspace: Workspace, overview: Overview) -> str:
    """Both files, every item with its state and what it rests on, as Markdown."""
    migration = overview.migration
    if migration is None:
        return "No migration in work.\n"
    lines = [f"## V{migration.version} `{migration.name}`", ""]
    lines += [
        f"- {side.label}: `{migration_path(workspace, side, migration.version, migration.name)}`"
        for side in Backend
    ]
    lines += ["", "| | item | state | evidence |", "| --- | --- | --- | --- |"]
    lines += [_row(view) for view in (*overview.items, *overview.handoff)]
    return "\n".join(lines) + "\n"


def _row(view: ItemView) -> str:
    number = f"{view.item.number}. " if view.item.number else ""
    versions = {
        name: version
        for evidence in view.state.evidence
        for name, version in evidence.versions.items()
        if name in tuple(map(str, Backend))
    }
    seen = "".join(f" ({name} {version})" for name, version in sorted(versions.items()))
    told = (view.state.reason + seen).replace("|", "\\|").replace("\n", " ")
    state = view.state.state
    return f"| {MARKS[state]} | {number}{view.item.title} | {state} | {told} |"
