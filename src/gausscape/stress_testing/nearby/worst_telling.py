"""What is told of a worst case: the objects, where they lie, what changed, whether it is a failure and whose, and the bound."""

__all__ = ["tell_worst", "wilks_bound"]

from typing import Any

import numpy as np
import torch

from gausscape.space.space import Space
from gausscape.stress_testing.failures.sorting import judge_hits
from gausscape.stress_testing.nearby.pursuit import Found
from gausscape.stress_testing.nearby.quest import Quest
from gausscape.stress_testing.nearby.surroundings import Surroundings
from gausscape.stress_testing.nearby.worst_case import WorstCase

CONFIDENCE = 0.95
TOLD_FEATURES = 5
LEAST_MOVE = 0.1
"""In standard deviations of a feature; less is not told."""


def tell_worst(place: Surroundings, found: Found, label: str, quest: Quest) -> WorstCase:
    """The answer of one pursuit.

    Args:
        place: The locality.
        found: What the pursuit came to.
        label: Class of the object in the centre, "" if nobody is sure of it.
        quest: What was looked for.
    """
    space, patch = place.space, place.patch
    z = place.ball.codes(found.offset[None])
    start, worst = (space.modality.to_items(found.cells[k : k + 1]) for k in (0, 1))
    told = space.assess_codes(z)
    gates = np.minimum.reduce([told[name] for name in space.gates if name in told])
    fails, kind = None, ""
    if quest.rule is not None:
        fails = bool(found.margin <= 0)
        kind = str(_kind(quest, worst, z=z, gates=gates, fails=fails, label=label))
    return WorstCase(
        centre=patch.id or ("an object" if patch.object is not None else "a latent point"),
        start=start,
        start_y=found.start_y,
        radius=patch.radius,
        goal=quest.goal.name,
        item=worst,
        z=z[0],
        noise=place.noise,
        y=found.y,
        distance=float(np.linalg.norm(found.offset)),
        exceedance=float(told["exceedance"][0]),
        support=str(told["support"][0]),
        random_y=found.random_y,
        random_worst=found.random_worst,
        worse_share=wilks_bound(len(found.random_y)),
        search=found.search,
        features=_moved(space, found.cells),
        fails=fails,
        kind=kind,
        calls=found.calls,
        draws=quest.draws,
        kept_class=place.kept_class,
        outcome=quest.outcome.name,
    )


def _kind(quest: Quest, worst: Any, *, z: np.ndarray, gates: np.ndarray, fails: bool, label: str) -> str:
    """What the hit is, if the worst was meant to have the class of the centre."""
    if quest.rule is None:
        return ""
    return judge_hits(
        quest.rule,
        quest.referee,
        outcome=quest.outcome,
        values=worst,
        z=z,
        answers=quest.outcome(worst),
        fails=np.array([fails]),
        gates=gates,
        intended=np.array([label]),
    ).kind[0]


def _moved(space: Space, cells: torch.Tensor) -> tuple[tuple[str, float], ...]:
    """Features that differ most between two objects, in standard deviations of the population, the largest first."""
    features = space.modality.features(cells)
    spread = space.population.feature_spread
    change = features.values[1] - features.values[0]
    sizes = np.nan_to_num(np.divide(change, spread, out=np.zeros_like(change), where=spread > 0))
    order = np.argsort(-np.abs(sizes), kind="stable")[:TOLD_FEATURES]
    return tuple((features.names[k], float(sizes[k])) for k in order if abs(sizes[k]) >= LEAST_MOVE)


def wilks_bound(draws: int, *, confidence: float = CONFIDENCE) -> float:
    """With this confidence at most this share of a population is worse than the worst of so many random draws.

    1 - (1 - confidence)^(1/draws) (Wilks 1941); 1 without draws.

    Example:
        >>> round(wilks_bound(299), 4), round(wilks_bound(59), 3)
        (0.01, 0.05)
    """
    return 1 - (1 - confidence) ** (1 / draws) if draws else 1.0
