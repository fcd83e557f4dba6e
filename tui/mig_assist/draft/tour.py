"""The tour's throwaway workspace, and the migration that it authors."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.begin import Beginning, assemble
from mig_assist.draft.documents import appended, next_adr_number
from mig_assist.draft.embedded import copy_workspace
from mig_assist.draft.scaffolds import render, scaffold_folder
from mig_assist.file_changes import FileChange
from mig_assist.workspace.git import git_environment
from mig_assist.workspace.model import Workspace

NAME = "route_compatibility_profiles"
_ADR = "route-dialects-are-data"


def make_workspace(folder: Path) -> None:
    """Copy the embedded workspace into an empty folder, as a git repository where git makes one.

    Raises:
        EnvironmentLacks: the copy could not be written.
    """
    copy_workspace(folder)
    try:
        _make_repository(folder)
    except (OSError, subprocess.CalledProcessError):
        # No git, or one that is too old or set up in a way that keeps it from working here.
        shutil.rmtree(folder / ".git", ignore_errors=True)


def _make_repository(folder: Path) -> None:
    """One commit on main, and a branch: without the hooks and settings that a user has."""
    untouched = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for arguments in (
        ("init", "--quiet", "--template=", "--initial-branch=main"),
        ("add", "--all"),
        (
            "-c", "user.name=mig-assist", "-c", "user.email=tour@mig-assist.invalid",
            "commit", "--quiet", "--message=The V17 baseline",
        ),
        ("checkout", "--quiet", "-b", "feat/route-profiles"),
    ):  # fmt: skip
        subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**git_environment(), **untouched},
            check=True,
            capture_output=True,
        )


def author(workspace: Workspace, version: int) -> Beginning:
    """The tour's pair, registry entry and store tests."""
    contents = {side: _read(f"{side}.sql").encode() for side in Backend}
    return assemble(workspace, version, NAME, contents, _read("tests.py"))


def document(workspace: Workspace) -> Mapping[str, FileChange]:
    """The tour's document changes, by the item that each completes."""
    docs = workspace.config.docs
    number = next_adr_number(workspace)
    record = render("tour/adr.md", {"number": number, "date": datetime.date.today().isoformat()})
    return {
        "data-docs": appended(workspace, docs.data[0], _read("data.md")),
        "user-docs": appended(workspace, docs.user[0], _read("user.md")),
        "adr": FileChange(f"{docs.adr[0]}/{number}-{_ADR}.md", record.encode()),
    }


def _read(name: str) -> str:
    return (scaffold_folder() / "tour" / name).read_text("utf-8")
