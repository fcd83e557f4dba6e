"""What `doctor` and `check` say of the base: which branch it is, and how it was found."""

from __future__ import annotations

from typing import NamedTuple

from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.git import Base, base_of, head_revision, situation
from mig_assist.workspace.model import Workspace

_NAME_IT = (
    f"Name the branch that migrations are merged into: --base, or [git] base in {CONFIG_NAME}."
)


class BaseLine(NamedTuple):
    """The base in words.

    Attributes:
        base: None where there is none.
        itself: whether nothing that is committed here can differ from it.
        fix: what to do where it is not what one would expect; else empty.
    """

    base: Base | None
    detail: str
    itself: bool = False
    fix: str = ""


def base_line(workspace: Workspace) -> BaseLine:
    """Find the base of a workspace, and say so.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    head = head_revision(workspace.root)
    if head is None:
        return BaseLine(None, "none: there is no git, or nothing is committed")
    base = base_of(workspace)
    if base is None:
        shallow = situation(workspace.root).shallow
        why = "this clone is shallow, and has no" if shallow else "git knows no"
        fetch = " Fetch that branch, with its history." if shallow else ""
        return BaseLine(
            None, f"none: {why} default branch that this one comes from", fix=_NAME_IT + fetch
        )
    if workspace.config.git.base:
        how = f"as {CONFIG_NAME} says"
    elif "/" in base.branch:
        how = "taken for the remote's default branch"
    else:
        how = "found by its name"
    detail = f"{base.branch} at {base.revision[:10]}, {how}"
    if base.revision != head:
        return BaseLine(base, detail)
    return BaseLine(base, f"{detail}; this commit is part of it", True, _NAME_IT)
