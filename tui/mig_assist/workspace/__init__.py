"""Configuration, discovery, migration files, registry, git and tasks of a repository."""

from mig_assist.workspace.discovery import NotAWorkspace, open_workspace
from mig_assist.workspace.model import Workspace

__all__ = ["NotAWorkspace", "Workspace", "open_workspace"]
