"""Counting failures in one shard: of real objects, or of scenarios drawn from the calibrated law."""

__all__ = ["CountSource", "CountWork", "DrawnScenarios", "RealObjects"]

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from gausscape.chunks import Chunks
from gausscape.errors import DataError
from gausscape.items import Items, take
from gausscape.scale.asked_outcome import AskedOutcome
from gausscape.scale.band_counts import BandCounts
from gausscape.scale.kept_space import KeptSpace
from gausscape.scale.score_work import batches
from gausscape.scale.work import Bench, Shard, Work
from gausscape.stress_testing.failures.answered_class import name_of_class
from gausscape.stress_testing.failures.failure_rule import FailureRule, Wrong, find_rule
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import answers_at
from gausscape.stress_testing.maker import Maker

if TYPE_CHECKING:
    from gausscape.outcome import Outcome
    from gausscape.outcome.answers import Answers
    from gausscape.space.space import Space

DRAWN = 83
"""Sets the streams of the scenarios apart from all others of the same seed."""


class CountSource(abc.ABC):
    """Where the objects of some shards come from.

    Attributes:
        name: "real" or "drawn".
    """

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """Objects in each of its shards."""

    @abc.abstractmethod
    def read(self, number: int) -> Any:
        """What can be had without the space."""

    @abc.abstractmethod
    def met(self, space: "Space", number: int, objects: Any) -> tuple[Items, dict[str, np.ndarray]]:
        """(objects, their "exceedance" and "support", each (n,))."""


@final
@dataclass(frozen=True)
class RealObjects(CountSource):
    """Chunks of real objects; each chunk is a shard."""

    chunks: Chunks
    name: ClassVar[str] = "real"

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.chunks.sizes

    def read(self, number: int) -> Items:
        return self.chunks.read(number)

    def met(self, space: "Space", number: int, objects: Items) -> tuple[Items, dict[str, np.ndarray]]:
        told = [space.assess(few) for few in batches(objects.values)]
        return objects, {name: np.concatenate([part[name] for part in told]) for name in ("exceedance", "support")}


@final
@dataclass(frozen=True)
class DrawnScenarios(CountSource):
    """Scenarios of the calibrated law: shard k follows from (seed, k) alone.

    A scenario's exceedance is uniform from the floor of the calibration to 1, as that of a new object is; its direction is one
    in which real codes lie that far out.
    """

    of_shards: tuple[int, ...]
    seed: int
    name: ClassVar[str] = "drawn"

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.of_shards

    def read(self, number: int) -> None:
        return None

    def met(self, space: "Space", number: int, objects: None) -> tuple[Items, dict[str, np.ndarray]]:
        n, law = self.sizes[number], space.aggregate
        rng = np.random.default_rng([self.seed, DRAWN, number])
        levels = space.of_codes.level(rng.uniform(space.of_codes.floor, 1, n))
        rays = law.directions(n, rng, uniform=False, level=levels, jitter=space.jitter)
        z, maker = law.unwhiten(law.at_level(rays, levels)), Maker(space)
        told = space.assess_codes(z)
        ids = np.char.add(f"scenario-{number}-", np.arange(n).astype(str))
        return Items(maker.items(z, maker.draw_noise(n, rng)), ids, name="scenarios"), told


@final
@dataclass(frozen=True)
class CountWork(Work):
    """What a worker is told of a count: the shards of the first source, then those of the next.

    Args:
        sources: Where the objects come from.
        space: The space, in a folder.
        outcome: y.
        fails: The failure rule, as text.
    """

    sources: tuple[CountSource, ...]
    space: KeptSpace
    outcome: AskedOutcome
    fails: str

    @property
    def sizes(self) -> tuple[int, ...]:
        """Objects in each shard."""
        return tuple(size for source in self.sources for size in source.sizes)

    def place(self, number: int) -> tuple[CountSource, int]:
        """The source of a shard, and which of that source's own it is."""
        for source in self.sources:
            if number < len(source.sizes):
                return source, number
            number -= len(source.sizes)
        raise DataError(f"There are {len(self.sizes):,} shards, but one {number:,} beyond them was asked for.")

    def open(self) -> "CountBench":
        return CountBench(self, self.space.load(), self.outcome.outcome)


@final
class CountBench(Bench):
    """The work with its space loaded and y open."""

    def __init__(self, work: CountWork, space: "Space", outcome: "Outcome"):
        self._work = work
        self._space = space
        self._outcome = outcome

    def read(self, number: int) -> Any:
        source, own = self._work.place(number)
        return source.read(own)

    def make(self, number: int, objects: Any) -> Shard:
        source, own = self._work.place(number)
        items, told = source.met(self._space, own, objects)
        outcome = self._outcome.afresh()
        answers = outcome(items)
        fails = failing(self._work.fails, items, answers, outcome)
        counts = BandCounts.of(told["exceedance"], told["support"], fails, np.isnan(answers.values))
        return Shard(None, len(items), {"source": source.name, "bands": counts.document()})


def failing(fails: str, items: Items, answers: "Answers", outcome: "Outcome") -> np.ndarray:
    """Whether each answer is a failure, bool (n,); no answer is one, whatever the rule."""
    found = np.ones(len(items), dtype=bool)
    known = np.flatnonzero(np.isfinite(answers.values))
    if len(known):
        labels = None if items.labels is None else items.labels[known]
        rule = rule_for(fails, labels)
        if items.labels is None and isinstance(rule, Wrong):
            raise DataError(f"The rule {fails!r} needs objects with labels of their own, but these have none. Name the label column.")
        found[known] = rule.fails(take(items.values, known), answers_at(answers, known), outcome)
    return found


def rule_for(fails: str, labels: np.ndarray | None) -> FailureRule:
    """The rule that a text means; what label is right, each object itself says."""
    return find_rule(fails, referee=OwnLabels(np.zeros(0) if labels is None else labels))


@final
class OwnLabels(Referee):
    """The labels that real objects came with: no judgement is needed, and none is made.

    Args:
        labels: Of the very objects that will be judged, (n,).
    """

    words = "the objects' own labels"

    def __init__(self, labels: np.ndarray):
        self._labels = np.array([name_of_class(label) for label in labels], dtype=str)

    def judge(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        return self._labels
