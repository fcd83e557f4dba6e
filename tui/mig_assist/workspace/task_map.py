"""Which task of a workspace is meant by what the migration page calls it.

The page's own name decides where a task has it. Otherwise the words of names and descriptions
are weighed. A match below :data:`CERTAIN`, or one that another comes close to, stays a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from mig_assist.workspace import task_names
from mig_assist.workspace.mise import HERE, Task

CERTAIN = 80
"""A score from which a match is taken without a question."""

MARGIN = 10
"""By how much it has to be ahead of the next one."""

_WORTH_NAMING = 45
_MOST_NAMED = 4


class Candidate(NamedTuple):
    """A task that may be meant, with a score and what speaks for it."""

    task: Task
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """What a name of the page stands for in a workspace.

    Attributes:
        task: the task; None where that is not certain.
        candidates: what came into question, the best first.
    """

    command: str
    task: Task | None
    reason: str
    candidates: tuple[Candidate, ...] = ()


def match_task(command: str, tasks: Sequence[Task], homes: Iterable[str] = ()) -> Match:
    """Find the task that one of the page's names stands for.

    Args:
        command: the page's name.
        tasks: what mise lists.
        homes: the folders of the migrations and store tests, relative to the workspace root; a
            task of a folder that holds one of them is preferred to the same of another.
    """
    near = _near(homes)
    named = [
        task for task in tasks if task.answers(command) and (task.folder in near or _above(task))
    ]
    if named:
        nearest = min(named, key=lambda task: _distance(task, near))
        return Match(command, nearest, "it has the page's name")
    wanted = _WANTED.get(command)
    weighed = (_weigh(command, wanted, task, near) for task in tasks)
    candidates = [each for each in weighed if each and each.score >= _WORTH_NAMING]
    if wanted is not None and wanted.side:
        candidates = _only_one_left(wanted.side, candidates, tasks)
    candidates.sort(key=lambda each: (-each.score, each.task.name))
    shown = tuple(candidates[:_MOST_NAMED])
    if not candidates:
        return Match(command, None, "nothing resembles it")
    best, *others = candidates
    if best.score < CERTAIN:
        return Match(command, None, "none is clearly it", shown)
    if any(other.score > best.score - MARGIN for other in others):
        return Match(command, None, "more than one may be it", shown)
    return Match(command, best.task, best.reason, shown)


def known_better_as(command: str, task: Task, homes: Iterable[str] = ()) -> str:
    """The other name of the page that a task resembles, where it is not at all like ``command``."""
    near = _near(homes)

    def score(name: str) -> int:
        found = _weigh(name, _WANTED.get(name), task, near)
        return found.score if found else 0

    if task.answers(command) or score(command) >= _WORTH_NAMING:
        return ""
    best = max(task_names.ALL, key=score)
    return best if task.answers(best) or score(best) >= CERTAIN else ""


_CONCEPTS: Mapping[str, str] = {
    written: concept
    for concept, spellings in {
        "migrate": "migrates migration migrations migrating mig",
        "libsql": "sqlite sqlite3 turso",
        "postgres": "postgresql pg psql pgsql",
        "start": "starts up ensure boot launch",
        "services": "service compose docker containers container infra db database",
        "test": "tests testing nextest",
        "store": "stores storage persistence",
        "lint": "lints linter linters linting",
        "check": "checks clippy",
    }.items()
    for written in spellings.split()
}
_NEUTRAL = frozenset(
    "all ci full everything workspace every local dev development gateway rust run db the"
    " services".split()
)
_OTHER_WORK = frozenset(
    "stop down reset drop rollback revert undo redo destroy wipe delete clean remove rm seed dump"
    " backup restore generate gen new create add make watch fix format fmt bench coverage cov"
    " install setup log logs shell console status list ls dry info plan wait kill".split()
)
"""A task with one of these in its name does something else, or something that cannot be undone."""

_ELSEWHERE = frozenset("prod production deploy deployment staging remote release cloud".split())
_LOSING = frozenset("drop drops reset resets wipe wipes delete deletes recreate recreates".split())
_DOUBTS = {
    _ELSEWHERE: "it may reach a server elsewhere",
    _LOSING: "it may remove data",
}
"""A task with one of these in its name or description is never taken by its words alone."""

_SIDES = frozenset(("libsql", "postgres"))


class _Wanted(NamedTuple):
    """The words by which a task of the page is known, each with its points.

    Attributes:
        parts: of each, the word that gives most counts; in a description it counts ten less.
        helpful: words that add five each.
        side: the backend that is meant, where the other one's word rules a task out.
        refused: further words that rule a task out.
        whole: whether a task for a part of the repository would be too little.
    """

    parts: tuple[Mapping[str, int], ...]
    helpful: frozenset[str] = frozenset()
    side: str = ""
    refused: frozenset[str] = frozenset()
    whole: bool = False


_CHECKS = frozenset(("check", "lint", "test", "smoke", "verify", "validate"))
_WANTED: Mapping[str, _Wanted] = {
    task_names.LIBSQL_MIGRATE: _Wanted(
        ({"migrate": 55}, {"libsql": 35}), side="libsql", refused=_CHECKS
    ),
    task_names.POSTGRES_MIGRATE: _Wanted(
        ({"migrate": 55}, {"postgres": 35}), side="postgres", refused=_CHECKS
    ),
    task_names.POSTGRES_START: _Wanted(
        ({"postgres": 50, "services": 30}, {"start": 40}), refused=_CHECKS | {"migrate"}
    ),
    task_names.STORE_TESTS: _Wanted(
        ({"test": 50}, {"store": 40}), refused=frozenset(("smoke", "lint"))
    ),
    task_names.POSTGRES_TESTS: _Wanted(
        ({"test": 50}, {"postgres": 40}),
        helpful=frozenset(("store", "rust")),
        side="postgres",
        refused=frozenset(("smoke", "lint", "migrate")),
    ),
    task_names.SMOKE: _Wanted(
        ({"smoke": 55}, {"postgres": 35}), helpful=frozenset(("gateway",)), side="postgres"
    ),
    task_names.LINT: _Wanted(({"lint": 85, "check": 65},), whole=True),
    task_names.TEST: _Wanted(({"test": 85},), whole=True),
}


def _weigh(
    command: str, wanted: _Wanted | None, task: Task, near: Mapping[str, int]
) -> Candidate | None:
    in_name = _words(_apart(task.label))
    if any(_written(_apart(name)) == _written(command) for name in (task.label, *task.aliases)):
        own = task.folder in near or _above(task)
        score = 120 if own else CERTAIN - 1 if wanted and wanted.whole else 110
        where = "" if own else ", in another folder"
        return Candidate(task, score, f"it has the page's name in some spelling{where}")
    if wanted is None or in_name.keys() & (_OTHER_WORK | wanted.refused):
        return None
    project = _words(task.folder)
    described = _words(task.description)
    if wanted.side and (in_name | described).keys() & _SIDES == _SIDES - {wanted.side}:
        return None
    beside = task.folder in near and task.folder != HERE
    score, said = 0, []
    for part in wanted.parts:
        points, word = max(_points(part, in_name, project, described, beside))
        score += points
        if word:
            said.append(word)
    if not said:
        return None
    if "lint" in wanted.parts[0] and "lint" in described and "lint" not in in_name:
        score += 15
        said.append(f'"{described["lint"]}" in its description')
    score += 5 * len(wanted.helpful & (in_name | project).keys())
    score -= _strangeness(wanted, in_name.keys() - project.keys())
    if wanted.whole:
        score -= 20 * (task.folder not in near and not _above(task))
    elif beside:
        score += 10
    for words, doubt in _DOUBTS.items():
        if (in_name | described).keys() & words:
            score = min(score, CERTAIN - 20)
            said.append(f"but {doubt}")
    return Candidate(task, score, f"it has {', '.join(said)}")


def _strangeness(wanted: _Wanted, in_name: Set[str]) -> int:
    """What a name loses for words that say more than is wanted."""
    known = {word for part in wanted.parts for word in part}
    strange = in_name - known - wanted.helpful - _NEUTRAL
    return (20 if wanted.whole else 10) * len(strange - _SIDES) + 15 * len(strange & _SIDES)


def _points(
    part: Mapping[str, int],
    in_name: Mapping[str, str],
    project: Mapping[str, str],
    described: Mapping[str, str],
    beside: bool,
) -> Iterable[tuple[int, str]]:
    yield 0, ""
    for word, points in part.items():
        if word in in_name:
            yield points, f'"{in_name[word]}" in its name'
        if word in described:
            yield points - 10, f'"{described[word]}" in its description'
        if word == "store" and word in project:
            yield points, f'"{project[word]}" in its folder'
        elif word == "store" and beside:
            yield points - 10, "its place beside the migrations"


def _only_one_left(
    side: str, candidates: list[Candidate], tasks: Sequence[Task]
) -> list[Candidate]:
    """Where another task is plainly the other backend's, one that names none is this one's."""
    other = next(iter(_SIDES - {side}))
    names = [_words(_apart(task.label)).keys() for task in tasks]
    if any({"migrate", side} <= words for words in names):
        return candidates
    if not any({"migrate", other} <= words and not words & _OTHER_WORK for words in names):
        return candidates
    return [
        each._replace(
            score=min(each.score + 25, 90), reason=f"{each.reason}, and another one is {other}'s"
        )
        if _names_no_side(each.task)
        else each
        for each in candidates
    ]


def _names_no_side(task: Task) -> bool:
    in_name = _words(_apart(task.label)).keys()
    said = in_name | _words(task.description).keys()
    return "migrate" in in_name and not said & (_SIDES | _ELSEWHERE | _LOSING)


def _written(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", name.lower()))


def _apart(name: str) -> str:
    """A name whose words are told apart by capitals, with spaces."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("PostgreSQL", "Postgres"))


def _words(text: str) -> dict[str, str]:
    """What each word of a text means, with the word as it is written there."""
    return {_CONCEPTS.get(word, word): word for word in reversed(_written(text))}


def _near(homes: Iterable[str]) -> dict[str, int]:
    """The folders that hold one of ``homes``, with how far they are from the root."""
    near = {HERE: 0}
    for home in homes:
        parts = home.split("/")
        near |= {"/".join(parts[:depth]): depth for depth in range(1, len(parts) + 1)}
    return near


def _above(task: Task) -> bool:
    """Whether the task's project lies above the workspace, and so has it in itself."""
    return all(part == ".." for part in task.folder.split("/"))


def _distance(task: Task, near: Mapping[str, int]) -> tuple[int, int]:
    if task.folder == HERE:
        return (0, 0)
    return (1, task.folder.count("..")) if _above(task) else (2, near[task.folder])
