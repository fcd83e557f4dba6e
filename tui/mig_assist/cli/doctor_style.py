"""``mig-assist doctor --style``: how the house writes its migrations, and how that is known."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from mig_assist.backend import Backend
from mig_assist.cli.output import echo, echo_json


def show_style(start: Path, *, as_json: bool) -> None:
    """Print the style of the workspace that ``start`` lies in.

    Raises:
        MigAssistError: there is no workspace, or a migration cannot be read.
    """
    from mig_assist.draft.house import learn_house_style
    from mig_assist.draft.house.report import evidence, side_of, title_of, told, type_lines
    from mig_assist.workspace import open_workspace
    from mig_assist.workspace.config import StyleConfig

    style = learn_house_style(open_workspace(start))
    types = list(type_lines(style))
    if as_json:
        traits = [
            {**asdict(trait), "stated": trait.stated, "backend": side_of(trait)}
            for trait in style.traits.values()
        ]
        echo_json({"schema": 1, "types": [asdict(line) for line in types], "traits": traits})
        return
    if not style.traits:
        echo("No migrations to learn from: what is drafted follows mig-assist's own defaults.")
        return
    _heading("Types")
    for line in types:
        pairing = f"{line.libsql or 'no type'} ↔ {line.postgres}"
        echo(f"  {pairing:<44} {line.columns}: {line.count} of {line.of}")
    for backend in Backend:
        _heading(backend.label)
        for trait in style.traits.values():
            if side_of(trait) is backend:
                known = click.style(evidence(trait), dim=True)
                echo(f"  {title_of(trait):<47} {told(trait):<22} {known}")
    keys = ", ".join(StyleConfig._fields)
    echo(f"Set otherwise under [style] in mig-assist.toml: {keys}; a type under [parity.types].")


def _heading(text: str) -> None:
    echo(click.style(text, bold=True))
