"""The embedded workspace and the scaffolds: in the wheel, or in the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import mig_assist
from mig_assist.errors import EnvironmentLacks
from mig_assist.workspace.config import load_config
from mig_assist.workspace.files import scan
from mig_assist.workspace.model import Workspace

_PARTS = ("mise.toml", "mig-assist.toml", "migrations", "docs", "tests/store")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "test_v[0-9]*", "images")


def embedded_root() -> Path:
    """The folder that holds ``scaffolds/`` and the embedded workspace."""
    package = Path(mig_assist.__file__).parent
    installed = package / "embedded"
    return installed if installed.is_dir() else package.parents[1]


def copy_workspace(folder: Path) -> Workspace:
    """Copy the embedded workspace into a folder, as it is at its baseline.

    Versions above the baseline, which somebody may be writing in a checkout, stay behind.

    Raises:
        EnvironmentLacks: the copy could not be written.
    """
    root = embedded_root()
    try:
        for part in _PARTS:
            source, target = root / part, folder / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, target)
        workspace = Workspace(folder, load_config(folder))
        _drop_later_versions(workspace)
    except (OSError, shutil.Error) as error:
        raise EnvironmentLacks(
            "The workspace could not be copied", str(error), "Free some disk space."
        ) from None
    return workspace


def _drop_later_versions(workspace: Workspace) -> None:
    import tomlkit

    baseline = workspace.config.baseline
    for file in scan(workspace):
        if file.version > baseline:
            (workspace.root / file.path).unlink()
    registry = workspace.root / workspace.config.registry.path
    document = tomlkit.parse(registry.read_text("utf-8"))
    tables = document["migration"]
    for position in reversed(range(len(tables))):
        if tables[position]["version"] > baseline:
            del tables[position]
    registry.write_text(tomlkit.dumps(document), "utf-8")
