"""Names of tasks in configuration and documents that no task has any more."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.mise import HERE, MISE_FILES, NoMise, NoTaskList, Task
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.task_names import ALL, NOT_APPLICABLE
from mig_assist.workspace.tasks import (
    StatedAbsent,
    doubt_about,
    find_task,
    nearest_name,
    workspace_tasks,
)

_FENCE = re.compile(
    r"\s*(?:>\s*)*(?:[-*+]\s+|\d+[.)]\s+)?(?P<fence>`{3,}|~{3,})\s*(?P<language>[^\s`{]*)"
)
_SHELLS = frozenset(
    ("", "bash", "sh", "shell", "zsh", "fish", "console", "shellsession", "sh-session",
     "shell-session", "terminal", "text", "txt", "plain", "plaintext", "powershell", "pwsh",
     "bat", "cmd")
)  # fmt: skip
_SPAN = re.compile(r"(`+)(?P<code>.+?)(?<!`)\1(?!`)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_RUN = re.compile(
    r"(?<![\w./-])mise(?:\s+-\S+(?:\s+(?!run\s|r\s|tasks?\s|t\s|-)\S+)?)*\s+(?:(?:tasks?|t)\s+)?(?:run|r)\s+(?P<rest>[^\n]*)"
)
_ENDS = re.compile(r"\s*(?:&&|\|\|?|;|&(?!\w)|>|<(?=\s)|\)|\n).*")
_WITH_VALUE = frozenset(
    ("-C", "--cd", "-E", "--env", "-j", "--jobs", "-o", "--output", "-s", "--shell", "-t", "--tool",
     "--timeout", "--task-cache", "--allow-env", "--allow-net", "--allow-read", "--allow-write",
     "--affected-base", "--affected-head")
)  # fmt: skip
_NAME = re.compile(r"(?://[\w./@-]*:|:)?\w[\w:.+@/-]*")
_PLACEHOLDER = re.compile(
    r"[A-Z][A-Z0-9_-]*|(?:(?:my|your|some|the|a|other|any)[-_:]?)?(?:mise[-_])?(?:task|name|command)"
    r"(?:[-_:]?(?:name|here|\d))*|xxx+|foo|bar|baz|x|y"
)
_TYPED = re.compile(r"(?: {4}|\t)\s*(?:\$ )?mise |\s*\$ mise ")
_COMPOUND = re.compile(r"\w[-:_]\w|^//")
_ROOT_DOCUMENTS = frozenset(
    ("readme.md", "contributing.md", "development.md", "agents.md", "pull_request_template.md")
)
_TEMPLATE_FOLDERS = (".github", ".gitlab", ".forgejo", ".gitea")
_HISTORY = re.compile(r"(?:^|/)(?:changelog|changes|history|releases?)(?:[-_.][^/]*)?\.md$", re.I)
_SKIPPED = frozenset(("node_modules", "target", "vendor", "venv", "__pycache__"))
_MOST_DOCUMENTS = 2000
_MOST_FOLDERS = 50
_DEEPEST = 6


class Mention(NamedTuple):
    """A task's name after `mise run` in a text, with its 1-based line."""

    name: str
    line: int


def task_name_findings(workspace: Workspace) -> Iterator[Finding]:
    """Findings about names in mig-assist.toml, documents and templates for pull requests.

    Where mise is not installed nobody knows the tasks; what is stated to be absent is told anyway.
    """
    yield from _stated_absent(workspace)
    try:
        tasks = workspace_tasks(workspace)
    except NoMise:
        return
    except NoTaskList as error:
        yield Finding(
            "tests/tasks-unknown",
            Severity.NOTE,
            f"The names of tasks were not checked: {error.title}.",
            f"{error.fix}." if error.fix else "",
        )
        return
    yield from _in_configuration(workspace, tasks)
    if tasks:
        yield from _in_documents(workspace, tasks)


def task_mentions(markdown: str) -> Iterator[Mention]:
    """The tasks that a document tells its reader to run.

    Commands are looked for in code spans and in fences of a shell; in prose only names such as
    ``test:postgres`` count, because "mise run" may go on in plain words. Placeholders, patterns
    and paths are no names.
    """
    fence = ""
    shell = False
    comment = False
    for number, line in enumerate(markdown.split("\n"), start=1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark["fence"].startswith(fence) and not mark["language"]:
                fence = ""
            elif shell:
                yield from (Mention(name, number) for name in _run_names(_COMMENT.sub("", line)))
            continue
        if mark and not (mark["fence"][0] == "`" and "`" in line[mark.end() :]):
            fence, shell = mark["fence"], mark["language"].lower() in _SHELLS
            continue
        text, comment = _without_comments(line, comment)
        for span in _SPAN.finditer(text):
            yield from (Mention(name, number) for name in _run_names(span["code"]))
        typed = _TYPED.match(text)
        for name in _run_names(_SPAN.sub(" ", text)):
            if typed or _COMPOUND.search(name):
                yield Mention(name, number)


def _run_names(code: str) -> Iterator[str]:
    """The names after each `mise run` of a line of code."""
    for run in _RUN.finditer(code):
        rest = _ENDS.sub("", run["rest"])
        yield from _names(rest.split())
        # A second command on the same line.
        yield from _run_names(run["rest"])


def _names(words: Sequence[str]) -> Iterator[str]:
    """Task names among the words after `mise run`: one at the start, one after each `:::`."""
    expected, skip = True, False
    for word in words:
        if skip:
            skip = False
        elif word == ":::":
            expected = True
        elif not expected:
            continue
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        else:
            expected = False
            name = word.strip("\"'").rstrip(".,;:!?)")
            if _NAME.fullmatch(name) and not _PLACEHOLDER.fullmatch(name) and not _is_path(name):
                yield name


def _is_path(name: str) -> bool:
    return ("/" in name and not name.startswith("//")) or "..." in name or "::" in name


def _without_comments(line: str, inside: bool) -> tuple[str, bool]:
    """A line without HTML comments, and whether one goes on in the next."""
    kept = ""
    while line:
        head, mark, line = line.partition("-->" if inside else "<!--")
        kept += "" if inside else head
        inside = inside != bool(mark)
    return kept, inside


def _in_configuration(workspace: Workspace, tasks: Sequence[Task]) -> Iterator[Finding]:
    config = workspace.config
    for command, name in config.tasks.items():
        if find_task(name, tasks) is None and name not in config.commands:
            yield _missing(workspace, "tasks", command, name, tasks)
        elif command in ALL and (doubt := doubt_about(workspace, command, tasks)):
            yield Finding(
                "tests/doubtful-task",
                Severity.NOTE,
                f"{command} under [tasks]: {doubt}.",
                "Correct the name, if it is a slip.",
                object=name,
                path=CONFIG_NAME,
                line=_line_of(workspace.root, "tasks", command),
            )
    start = config.postgres.start_task
    if start and start not in config.tasks and start not in config.commands:
        here = [task for task in tasks if task.absolute or task.folder == HERE]
        if find_task(start, here) is None:
            yield _missing(workspace, "postgres", "start_task", start, here)


def _stated_absent(workspace: Workspace) -> Iterator[Finding]:
    """What is not examined here by the workspace's own word is never passed over in silence."""
    for command, reason in workspace.config.absent.items():
        yield Finding(
            NOT_APPLICABLE,
            Severity.NOTE,
            f"{StatedAbsent(command, reason).told}.",
            object=command,
            path=CONFIG_NAME,
            line=_line_of(workspace.root, "absent", command),
        )


def _missing(
    workspace: Workspace, section: str, key: str, name: str, tasks: Sequence[Task]
) -> Finding:
    nearest = nearest_name(name, tasks)
    return Finding(
        "tests/task-missing",
        Severity.ERROR,
        f"{key} under [{section}] is {name}, and the workspace has no mise task of that name.",
        f'Write {key} = "{nearest}", if that is what it is called now.'
        if nearest
        else "Correct the name, or remove the line. `mise tasks --all` lists what there is.",
        object=name,
        path=CONFIG_NAME,
        line=_line_of(workspace.root, section, key),
    )


def _line_of(root: Path, section: str, key: str) -> int | None:
    """The line of a key in mig-assist.toml; None where it is written in an unusual way."""
    try:
        lines = read_source(root / CONFIG_NAME, CONFIG_NAME).text.split("\n")
    except UnreadableSource:
        return None
    current = ""
    for number, line in enumerate(lines, start=1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            current = header[1]
        elif current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


def _in_documents(workspace: Workspace, tasks: Sequence[Task]) -> Iterator[Finding]:
    dead = [
        (path, mention)
        for path in _documents(workspace)
        for mention in _mentions_in(workspace.root, path)
        if not _alive(mention.name, tasks)
    ]
    if not dead:
        return
    # A document may speak of a folder with tasks of its own; only now is it worth asking there.
    try:
        tasks = workspace_tasks(workspace, folders=_mise_folders(workspace.root))
    except NoTaskList:  # one of those folders is not trusted: what it has is not known
        return
    for path, mention in dead:
        if _alive(mention.name, tasks):
            continue
        nearest = nearest_name(mention.name, tasks)
        yield Finding(
            "docs/dead-task",
            Severity.NOTE if _is_history(workspace, path) else Severity.WARNING,
            f"`mise run {mention.name}` names no task of the workspace.",
            f"Write `mise run {nearest}`, if that is what it is called now."
            if nearest
            else "Name a task that exists: `mise tasks --all` lists them.",
            object=mention.name,
            path=path,
            line=mention.line,
        )


def _mentions_in(root: Path, name: str) -> Iterable[Mention]:
    path = root / name
    try:
        inside = path.resolve().is_relative_to(root.resolve())
        text = read_source(path, name).text if inside else ""
    except (UnreadableSource, OSError, RuntimeError):  # the last two for links in a circle
        return ()
    if "mise" not in text:
        return ()
    return dict.fromkeys(task_mentions(text))


def _alive(name: str, tasks: Iterable[Task]) -> bool:
    """Whether `mise run NAME` runs something in some folder of the repository."""
    return any(task.answers(name) for task in tasks)


def _is_history(workspace: Workspace, path: str) -> bool:
    """Whether a document says how things were when it was written."""
    return any(
        path == place or path.startswith(f"{place}/") for place in workspace.config.docs.adr
    ) or bool(_HISTORY.search(path))


def _documents(workspace: Workspace) -> list[str]:
    """The Markdown files that tell people what to run, relative to the workspace."""
    root, docs = workspace.root, workspace.config.docs
    found = {name: None for name in _names_in(root) if name.lower() in _ROOT_DOCUMENTS}
    for folder in _TEMPLATE_FOLDERS:
        found |= dict.fromkeys(
            path
            for path in _markdown_below(root, folder)
            if "template" in path.lower() and "issue" not in path.lower()
        )
    for place in ("docs", *docs.data, *docs.user, *docs.adr):
        if place.lower().endswith(".md") and (root / place).is_file():
            found[place] = None
        else:
            found |= dict.fromkeys(_markdown_below(root, place))
    return list(found)[:_MOST_DOCUMENTS]


def _markdown_below(root: Path, folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(root / folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        below = os.path.relpath(place, root)
        yield from (f"{below}/{name}" for name in sorted(files) if name.lower().endswith(".md"))


def _mise_folders(root: Path) -> tuple[str, ...]:
    """The folders below the workspace that have tasks of their own, as far as they are few."""
    found: list[str] = []
    for place, folders, _ in os.walk(root):
        below = os.path.relpath(place, root)
        depth = 0 if below == "." else below.count("/") + 1
        folders[:] = (
            sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
            if depth < _DEEPEST
            else []
        )
        if depth and any(os.path.lexists(f"{place}/{name}") for name in MISE_FILES):
            found.append(below)
    return tuple(found[:_MOST_FOLDERS])


def _names_in(root: Path) -> list[str]:
    try:
        return sorted(os.listdir(root))  # noqa: PTH208
    except OSError:
        return []
