"""The tour's throwaway workspace, and the migration that it authors."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.begin import Beginning, assemble
from mig_assist.draft.documents import appended, next_adr_number
from mig_assist.draft.embedded import PARTS, embedded_root
from mig_assist.draft.scaffolds import render, scaffold_folder
from mig_assist.errors import EnvironmentLacks
from mig_assist.file_changes import FileChange
from mig_assist.workspace.model import Workspace

NAME = "route_compatibility_profiles"
_ADR = "route-dialects-are-data"
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "test_v[0-9]*", "images")


def make_workspace(folder: Path) -> None:
    """Copy the embedded workspace into an empty folder, as a git repository where git is there.

    Versions above the baseline stay behind, so that the tour always begins at the same place.

    Raises:
        EnvironmentLacks: the copy could not be written.
    """
    root = embedded_root()
    try:
        for part in PARTS:
            source, target = root / part, folder / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=_IGNORED)
            else:
                shutil.copy2(source, target)
    except (OSError, shutil.Error) as error:
        raise EnvironmentLacks(
            "The throwaway workspace could not be made", str(error), "Free some disk space."
        ) from None
    if shutil.which("git"):
        for arguments in (
            ("init", "--quiet", "--initial-branch=main"),
            ("add", "--all"),
            (
                "-c", "user.name=mig-assist", "-c", "user.email=tour@mig-assist.invalid",
                "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=The V17 baseline",
            ),
            ("checkout", "--quiet", "-b", "feat/route-profiles"),
        ):  # fmt: skip
            subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


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
