"""Equivalent pairs are silent, and nearly every way to break one side is found and named.

What is asked is what the checks of items 6 and 7, `mig-assist parity` and the wizard ask. The
rates are printed with the suite's summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.kept import Shelf
from mig_assist.engines.schema import Schema
from mig_assist.engines.statements import SqlSyntaxError
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.stages import Stages, open_stages
from mig_assist.verify.parity.versions import Version
from mig_assist.verify.parity.walk import Outcome, Walk
from tests.pairs.reading import EquivalentPair
from tests.verify.parity.mutants import Mutant, equivalent_pairs, mutants_of

FOUND = 0.99
"""The share of mutants that have to be found, with the right object named."""

EVERY = 4
"""One in so many mutants is tried, so that the suite stays fast; with 1 all are."""

PAIRS = equivalent_pairs()


def version(number: int, sql: Mapping[Backend, str]) -> Version:
    scripts = {
        backend: MigrationScript(number, "pair", "", text, f"{backend}/V{number}__pair.sql")
        for backend, text in sql.items()
    }
    return Version(number, scripts)


@dataclass
class Ground:
    """Both engines with what a pair stands on, for one version after another."""

    walk: Walk
    stages: Stages

    def tried(self, sql: Mapping[Backend, str]) -> Outcome:
        self.stages.failures.clear()
        return self.walk.tried(version(2, sql))


@contextmanager
def ground_of(pair: EquivalentPair, root: Path, postgres_url: str) -> Iterator[Ground]:
    with open_stages(Shelf(root, postgres_url), (), commits=True) as stages:
        walk = Walk(stages, {})
        walk.begin()
        if pair.before:
            walk.go_on([version(1, pair.before)], rows=False)
        yield Ground(walk, stages)


def divergences(outcome: Outcome) -> list[Divergence]:
    """What a person is told as an error or a warning."""
    found = [parting.divergence for parting in outcome.partings if parting.mended is None]
    return [each for each in found if each.severity is not Severity.NOTE]


def names(divergence: Divergence) -> frozenset[str]:
    """The table, and the object as far as it has a name of its own."""
    thing = divergence.object.partition(":")[0].partition(".")[0]
    return frozenset((divergence.table, thing))


def schema(outcome: Outcome, side: Backend) -> Schema:
    assert outcome.history is not None
    return outcome.history.schemas[side is Backend.POSTGRES]


@dataclass
class Rates:
    tried: Counter[str] = field(default_factory=Counter)
    missed: list[Mutant] = field(default_factory=list)

    @property
    def found(self) -> float:
        total = self.tried.total()
        return (total - len(self.missed)) / total if total else 1.0

    def __str__(self) -> str:
        lines = [
            f"{self.tried.total() - len(self.missed)} of {self.tried.total()} mutants found"
            f" ({self.found:.1%})",
            *(f"  missed: {mutant}" for mutant in self.missed),
        ]
        return "\n".join(lines)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_equivalent_pairs_are_silent(
    pair: EquivalentPair, tmp_path: Path, postgres_url: str
) -> None:
    with ground_of(pair, tmp_path, postgres_url) as ground:
        outcome = ground.tried(pair.sql)
    assert not outcome.failures
    assert not outcome.gave_up
    assert divergences(outcome) == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_broken_pairs_are_found(
    pair: EquivalentPair,
    tmp_path: Path,
    postgres_url: str,
    rates: Rates,
) -> None:
    own = Rates()
    with ground_of(pair, tmp_path, postgres_url) as ground:
        whole = ground.tried(pair.sql)
        for mutant in list(mutants_of(pair))[::EVERY]:
            judge(ground, whole, mutant, own)
    rates.tried += own.tried
    rates.missed += own.missed
    assert own.found >= FOUND or len(own.missed) <= 1, str(own)


def judge(ground: Ground, whole: Outcome, mutant: Mutant, rates: Rates) -> None:
    """Try a mutant; one that its engine refuses, or to which it gives the same schema, is none."""
    try:
        outcome = ground.tried({**mutant.pair.sql, mutant.side: mutant.sql})
    except SqlSyntaxError:
        return
    if outcome.failures:
        return
    if not mutant.is_about_rows and schema(outcome, mutant.side) == schema(whole, mutant.side):
        return
    rates.tried[mutant.kind] += 1
    if not any(mutant.names & names(found) for found in divergences(outcome)):
        rates.missed.append(mutant)


def test_hardly_a_mutant_is_missed(
    rates: Rates, record_property: Callable[[str, object], None]
) -> None:
    """Over all pairs together; this test runs after the ones above."""
    record_property("rate", str(rates))
    assert rates.tried.total() > 100, "the tests above have to run before"
    assert rates.found >= FOUND, str(rates)


@pytest.fixture(scope="module")
def rates() -> Rates:
    return Rates()
