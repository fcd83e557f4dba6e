"""The style of a house: how its people write migrations, learned from the pairs that are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mig_assist.draft.house.model import HouseStyle, SideStyle, Trait

if TYPE_CHECKING:
    from mig_assist.engines.schema import Schema
    from mig_assist.workspace.model import Workspace

__all__ = ["HouseStyle", "SideStyle", "Trait", "learn", "learn_house_style"]


def learn_house_style(workspace: Workspace, before: int | None = None) -> HouseStyle:
    """What a workspace's pairs show; ``[style]`` in mig-assist.toml has the last word.

    Args:
        before: learn from the versions below this one alone.

    Raises:
        UnreadableSource: a migration is no text.
        EnvironmentLacks: a folder cannot be listed.
    """
    from mig_assist.draft.house.reading import read_pairs, style_of

    return style_of(read_pairs(workspace, before), workspace.config)


def learn(pairs: Iterable[tuple[str, str]], libsql: Schema, postgres: Schema) -> HouseStyle:
    """What pairs of scripts show, libsql's first in each, and the schemas that they make."""
    from mig_assist.draft.house.learning import Script, style

    scripts = [
        (Script(one, f"pair {number}"), Script(other, f"pair {number}"))
        for number, (one, other) in enumerate(pairs, 1)
    ]
    return style(scripts, libsql, postgres)
