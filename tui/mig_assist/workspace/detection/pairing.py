"""Which two groups of files are the sides of pairs: evidence, ranking, choice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from mig_assist.backend import Backend
from mig_assist.workspace.detection.naming import Foreign, Group
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.twins import plain

CLEARLY_AHEAD = 3
"""A candidate stands out when it has this many times the pairs of the next one."""

UNFINISHED = 2
"""Newest versions that may have one side only, because somebody is writing the other."""

_ASIDE = frozenset(
    "test tests testdata test-data test_data fixture fixtures example examples sample samples"
    " demo demos bench benches benchmark benchmarks third_party third-party archive archived"
    " backup backups deprecated legacy old".split()
)
_MOST_COMPARED = 40


@dataclass(frozen=True)
class Candidate:
    """Two groups that share versions."""

    libsql: Group
    postgres: Group

    @property
    def layout(self) -> Layout:
        """The candidate as a layout."""
        return Layout(self.libsql.side, self.postgres.side)

    @cached_property
    def shared(self) -> frozenset[int]:
        """The versions that both sides hold."""
        return frozenset(self.libsql.names.keys() & self.postgres.names.keys())

    @cached_property
    def baseline(self) -> int:
        """The first version that both sides share."""
        return min(self.shared)

    @cached_property
    def half(self) -> tuple[tuple[int, Backend], ...]:
        """The versions since the baseline that only one side holds, with that side."""
        sides = ((Backend.LIBSQL, self.libsql), (Backend.POSTGRES, self.postgres))
        return tuple(
            sorted(
                (version, backend)
                for backend, group in sides
                for version in group.names
                if version > self.baseline and version not in self.shared
            )
        )

    @cached_property
    def like_named(self) -> int:
        """How many shared versions have the same name on both sides."""
        return sum(
            not {*map(plain, self.libsql.names[version])}.isdisjoint(
                map(plain, self.postgres.names[version])
            )
            for version in self.shared
        )

    @cached_property
    def set_aside(self) -> bool:
        """Whether it lies among tests, examples or what is kept for old times' sake."""
        folders = (self.libsql.folder, self.postgres.folder)
        return any(part.lower() in _ASIDE for folder in folders for part in folder.split("/"))

    @property
    def same_family(self) -> bool:
        """Whether the folders differ in nothing but a backend's name."""
        return self.libsql.family == self.postgres.family

    @property
    def strength(self) -> tuple[int, int, int, int]:
        """For ranking: pairs, like names, sides named for their backend, kinship of folders."""
        return len(self.shared), self.like_named, self.named, self.same_family

    @property
    def named(self) -> int:
        """How many of the sides are named for their backend."""
        return sum(group.backend is not None for group in (self.libsql, self.postgres))

    @cached_property
    def territory(self) -> str:
        """The folder that both sides lie in, with a slash at its end; empty for the root."""
        return _common_folder(_slashed(self.libsql.folder), _slashed(self.postgres.folder))

    @property
    def shown(self) -> str:
        """Both places, for people."""
        return f"{self.libsql.shown} + {self.postgres.shown}"

    @property
    def evidence(self) -> str:
        """Why it was taken for a layout, for people."""
        total = len(self.shared) + len(self.half)
        text = f"{len(self.shared)} of {total} versions since V{self.baseline} have both files"
        if self.like_named < len(self.shared):
            text += f", {self.like_named} of them with one name"
        return text


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that was looked at and not taken."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the files say.

    Attributes:
        choice: the candidate that clearly stands out.
        candidates: all that hold pairs, best first; the choice is the first where there is one.
        rejections: what looked like a side or a candidate, and why it was not taken.
    """

    choice: Candidate | None
    candidates: tuple[Candidate, ...]
    rejections: tuple[Rejection, ...]


def rank(groups: Sequence[Group], start: str = "") -> Ranking:
    """Compare every group that may be a side with every other.

    Args:
        groups: what :func:`~mig_assist.workspace.detection.naming.groups_in` found.
        start: the folder where the user is, relative to the root. Pairs that lie nearer to it
            than the strongest ones do keep those from being taken without a question.
    """
    couples = [couple for couple in _couples(groups) if _comparable(couple)]
    problems = [(couple, _problem(couple)) for couple in couples]
    sound = [couple for couple, problem in problems if not problem]
    kept, weaker = _strongest(sound)
    kept.sort(key=_standing)
    compared = {id(side) for couple in couples for side in (couple.libsql, couple.postgres)}
    rejections = (
        *(Rejection(couple.shown, problem) for couple, problem in problems if problem),
        *weaker,
        *_alone(group for group in groups if id(group) not in compared),
    )
    return Ranking(_choice(kept, start), tuple(kept), rejections)


def _couples(groups: Sequence[Group]) -> Iterable[Candidate]:
    """Groups that may belong together: those of one family, and the largest of all."""
    usable = [group for group in groups if not isinstance(group.backend, Foreign)]
    families: defaultdict[str, list[Group]] = defaultdict(list)
    for group in usable:
        families[group.family].append(group)
    seen: set[tuple[int, int]] = set()
    for pool in (*families.values(), usable):
        largest = sorted(pool, key=lambda group: -len(group.names))[:_MOST_COMPARED]
        for libsql, postgres in permutations(largest, 2):
            if (id(libsql), id(postgres)) not in seen and _may_be_sides(libsql, postgres):
                seen.add((id(libsql), id(postgres)))
                yield Candidate(libsql, postgres)


def _may_be_sides(libsql: Group, postgres: Group) -> bool:
    fits = libsql.backend is not Backend.POSTGRES and postgres.backend is not Backend.LIBSQL
    return fits and (libsql.backend, postgres.backend) != (None, None)


def _comparable(candidate: Candidate) -> bool:
    """Whether two groups have so much in common that a word about them is of use."""
    if candidate.same_family:
        named = candidate.libsql.backend is not None and candidate.postgres.backend is not None
        return named or bool(candidate.shared)
    return len(candidate.shared) >= 3 and candidate.like_named * 3 >= len(candidate.shared) * 2


def _problem(candidate: Candidate) -> str:
    """Why two groups are no pairs; empty where they are."""
    if not candidate.shared:
        return "no version is in both"
    sides = (candidate.libsql, candidate.postgres)
    for group, other in (sides, sides[::-1]):
        repeated = [version for version, names in group.names.items() if len(names) > 1]
        unlike = [v for v in repeated if {*group.names[v]} != {*other.names.get(v, group.names[v])}]
        if len(unlike) * 3 > len(group.names) or len(repeated) * 3 > len(group.names) * 2:
            return f"several files share a version in {group.folder or 'one folder'}"
    if moved := _numbered_apart(candidate):
        return moved
    newest = max(candidate.shared)
    unfinished = sum(version > newest for version, _ in candidate.half)
    total = len(candidate.shared) + len(candidate.half) - min(unfinished, UNFINISHED)
    return f"only {candidate.evidence}" if len(candidate.shared) * 3 < total * 2 else ""


def _numbered_apart(candidate: Candidate) -> str:
    """Whether each side counts for itself, so that equal numbers mean different changes.

    The first file of a side that came later says nothing: it holds what the other one had by then.
    """
    firsts = [min(group.names) for group in (candidate.libsql, candidate.postgres)]
    later = max(firsts) if firsts[0] != firsts[1] and max(firsts) in candidate.shared else None
    places: list[dict[str, set[int]]] = []
    for group in (candidate.libsql, candidate.postgres):
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        for version, names in group.names.items():
            if version != later or min(group.names) != later:
                for name in names:
                    by_name[plain(name)].add(version)
        places.append(by_name)
    apart = [n for n in places[0] if n in places[1] and places[0][n].isdisjoint(places[1][n])]
    if len(apart) <= candidate.like_named:
        return ""
    example = max(apart, key=lambda name: min(places[0][name]))
    version = min(places[0][example])
    name = candidate.libsql.names[version][0]
    return (
        f"each side counts for itself: {name!r} is V{version} in {candidate.libsql.folder} and"
        f" V{min(places[1][example])} in {candidate.postgres.folder}"
    )


def _strongest(sound: Sequence[Candidate]) -> tuple[list[Candidate], list[Rejection]]:
    """Leave out candidates whose files belong to a better one, and older ways of naming."""
    rivals: defaultdict[Hashable, list[Candidate]] = defaultdict(list)
    for candidate in sound:
        for place in _places(candidate):
            rivals[place].append(candidate)
    kept: list[Candidate] = []
    rejections: list[Rejection] = []
    for candidate in sound:
        others = (other for place in _places(candidate) for other in rivals[place])
        reasons = (_loses(candidate, other) for other in others if other is not candidate)
        if reason := next(filter(None, reasons), ""):
            rejections.append(Rejection(candidate.shown, reason))
        else:
            kept.append(candidate)
    return kept, rejections


def _places(candidate: Candidate) -> tuple[Hashable, ...]:
    """What only one of several candidates can have: each side, and both folders."""
    return id(candidate.libsql), id(candidate.postgres), _folders(candidate)


def _folders(candidate: Candidate) -> tuple[str, str]:
    return candidate.libsql.folder, candidate.postgres.folder


def _loses(candidate: Candidate, other: Candidate) -> str:
    """Why one candidate gives way to another; empty where it does not."""
    if candidate.libsql is other.libsql or candidate.postgres is other.postgres:
        return f"{other.shown} fits better" if _fits_better(other, candidate) else ""
    if _folders(candidate) == _folders(other) and max(other.shared) > max(candidate.shared):
        return f"an older way of naming the files in the same folders; now {other.shown}"
    return ""


def _fits_better(one: Candidate, other: Candidate) -> bool:
    if one.set_aside != other.set_aside:
        return other.set_aside
    if len(one.shared) >= CLEARLY_AHEAD * len(other.shared):
        return True
    close = len(other.shared) < CLEARLY_AHEAD * len(one.shared)
    return close and (one.named, *one.strength) > (other.named, *other.strength)


def _standing(candidate: Candidate) -> tuple[bool, list[int], str]:
    return candidate.set_aside, [-number for number in candidate.strength], candidate.shown


def _alone(groups: Iterable[Group]) -> Iterable[Rejection]:
    for group in groups:
        if isinstance(group.backend, Foreign):
            yield Rejection(group.shown, "it belongs to another database")
        elif group.backend is not None:
            yield Rejection(group.shown, f"nothing for {group.backend.other.label} belongs to it")


def _choice(candidates: Sequence[Candidate], start: str) -> Candidate | None:
    eligible = [candidate for candidate in candidates if not candidate.set_aside]
    if not eligible:
        return None
    best, *others = eligible
    if any(len(other.shared) * CLEARLY_AHEAD > len(best.shared) for other in others):
        return None
    nearness = [_common_folder(c.territory, _slashed(start)).count("/") for c in eligible]
    return None if max(nearness) > nearness[0] else best


def _slashed(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _common_folder(one: str, other: str) -> str:
    parts = []
    for a, b in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if a != b:
            break
        parts.append(f"{a}/")
    return "".join(parts)
