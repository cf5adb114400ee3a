"""What is the worst that happens to y within a stated locality? Random draws for a bound, a search for a worse one.

1. Draws, uniform in the ball; those that pass the support gates are objects, and y is asked about them. If m are, then
   with 95% confidence at most 1 - .05^(1/m) of the objects in the patch are worse than the worst of them (Wilks 1941).
2. A search (CMA-ES) from the worst of them, kept inside the ball and among objects. What it finds is a lower bound: there may
   be worse.

References:
    Wilks 1941, Determination of sample sizes for setting tolerance limits, Annals of Mathematical Statistics 12.
"""

__all__ = ["find_worst", "find_worst_pairs"]

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gausscape.items import Items
from gausscape.space.patch import Patch
from gausscape.space.space import Space
from gausscape.stress_testing.failures.answered_class import name_of_class
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.pursuit import Found, Replies, pursue
from gausscape.stress_testing.nearby.quest import Quest
from gausscape.stress_testing.nearby.surroundings import Surroundings
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.nearby.worst_telling import tell_worst

TOGETHER = 16
"""Centres that are searched around at once, sharing calls of y; their draws are held in memory together."""


def find_worst(
    space: Space,
    outcome: Any,
    centre: Any,
    *,
    radius: float | None = None,
    percentile: float | None = None,
    goal: str | None = None,
    rule: Any = None,
    referee: Referee | None = None,
    keep_class: bool = False,
    draws: int = 299,
    calls: int = 200,
    maker: Maker | None = None,
    seed: int = 0,
) -> WorstCase:
    """The worst case around one object.

    Around a real object what its code leaves out is carried along, so that y at distance 0 is y of the object itself, and a row
    keeps its categories until the code moves them (see `Surroundings`). Only what passes the support gates is ever the
    answer. An object that the model gives no answer for counts as the worst of all.

    Args:
        space: The fitted space.
        outcome: y.
        centre: One object in native form, Items with one object, or a latent point (latent,).
        radius: How far to go, in standard deviations.
        percentile: Instead of a radius; see `Space.patch`. With neither, the usual radius of a patch.
        goal: "fall", "rise", "change", or "failure" (the smallest margin of the rule); None for "failure" with a rule, else
            "change".
        rule: Failure rule, see `find_rule`; says whether the worst is a failure.
        referee: Says whether the worst still is what the centre was.
        keep_class: Whether to look only among objects that the referee gives the class of the centre: its label, or what the
            referee says of it. In a wide patch the worst otherwise tends to be an object of another class, whose answer is
            right. Nothing is kept where the referee is not sure of a centre without a label. A search finds the places where
            a referee errs as it finds those of the model: look at what it finds, or ask somebody else.
        draws: Random draws; y is asked about those that are objects.
        calls: Objects that the search may ask y about after that; 0 for none.
        maker: Makes objects around a latent point; None for Maker(space).
        seed: Of draws and search.

    Raises:
        ConfigurationError: If a setting is impossible.
        ShapeError, DataError: If the centre is not one object of this space.

    Example:
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> images = example_items(200)
        >>> space = fit(images, latent=2, method="pca")
        >>> worst = find_worst(space, lambda x: x.mean(axis=(1, 2)), images[:1], goal="fall", draws=59, calls=60)
        >>> worst.y <= worst.random_worst <= worst.start_y, round(worst.worse_share, 2)
        (True, 0.05)
    """
    patch = space.patch(centre, radius, percentile=percentile)
    label = "" if not isinstance(centre, Items) or centre.labels is None else name_of_class(centre.labels[0])
    quest = Quest.of(
        space,
        outcome,
        goal=goal,
        rule=rule,
        referee=referee,
        keep_class=keep_class,
        draws=draws,
        calls=calls,
        maker=maker,
        seed=seed,
    )
    return _find_around([patch], [label], quest)[0][1]


def find_worst_pairs(
    space: Space,
    outcome: Any,
    items: Any,
    *,
    radius: float | None = None,
    percentile: float | None = None,
    goal: str | None = None,
    rule: Any = None,
    referee: Referee | None = None,
    keep_class: bool = False,
    draws: int = 299,
    calls: int = 200,
    maker: Maker | None = None,
    seed: int = 0,
) -> tuple[WorstCase, ...]:
    """The worst case around each of several objects, the worst first; calls of y are shared.

    Args:
        space: The fitted space.
        outcome: y.
        items: n objects in native form, or Items.
        radius, percentile, goal, rule, referee, keep_class, draws, calls, maker, seed: As for `find_worst`, for each of them. All are
            searched around with the same random numbers, so that each answer is the one that `find_worst` gives.

    Returns:
        n worst cases, those of the largest badness first: breaks of the model, then by the goal.

    Raises:
        ConfigurationError, ShapeError, DataError: As for `find_worst`.
    """
    items = Items.of(items)
    quest = Quest.of(
        space,
        outcome,
        goal=goal,
        rule=rule,
        referee=referee,
        keep_class=keep_class,
        draws=draws,
        calls=calls,
        maker=maker,
        seed=seed,
    )
    found: list[tuple[float, WorstCase]] = []
    for first in range(0, len(items), TOGETHER):
        some = items.take(np.arange(first, min(first + TOGETHER, len(items))))
        patches = [space.patch(some.take([row]), radius, percentile=percentile) for row in range(len(some))]
        labels = [""] * len(some) if some.labels is None else [name_of_class(label) for label in some.labels]
        found += _find_around(patches, labels, quest)
    return tuple(case for _, case in sorted(found, key=lambda pair: -pair[0]))


def _find_around(patches: Sequence[Patch], labels: Sequence[str], quest: Quest) -> list[tuple[float, WorstCase]]:
    """(badness, worst case) of each patch, in their order."""
    places, meant = [], []
    for patch, label in zip(patches, labels, strict=True):
        place = Surroundings.of(patch, quest.maker, np.random.default_rng([quest.seed, 62]))
        if not label and quest.referee is not None:
            start = quest.space.modality.to_items(place.cells(patch.centre[None].copy()))
            label = str(quest.referee.judge(start, patch.centre[None])[0])
        meant.append(label)
        places.append(replace(place, referee=quest.referee, kept_class=label) if quest.keep_class else place)
    found = _run(places, quest)
    return [
        (_badness(each, quest), tell_worst(place, each, label, quest))
        for place, each, label in zip(places, found, meant, strict=True)
    ]


def _run(places: Sequence[Surroundings], quest: Quest) -> list[Found]:
    """All pursuits side by side: what they want to know next goes to y in one call."""
    pursuits = [
        pursue(place, quest.goal, draws=quest.draws, calls=quest.calls, rng=np.random.default_rng([quest.seed, 61]))
        for place in places
    ]
    found: dict[int, Found] = {}
    wanted = {k: next(pursuit) for k, pursuit in enumerate(pursuits)}
    while wanted:
        cells = torch.cat([places[k].cells(places[k].ball.codes(offsets)) for k, offsets in wanted.items()])
        replies = _ask(quest, cells)
        following, row = {}, 0
        for k, offsets in wanted.items():
            own = slice(row, row + len(offsets))
            row += len(offsets)
            try:
                following[k] = pursuits[k].send(Replies(replies.y[own], replies.margin[own], replies.cells[own]))
            except StopIteration as end:
                found[k] = end.value
        wanted = following
    return [found[k] for k in range(len(places))]


def _ask(quest: Quest, cells: torch.Tensor) -> Replies:
    values = quest.space.modality.to_items(cells)
    answers = quest.outcome(values)
    margin = np.full(len(cells), np.nan)
    if quest.rule is not None:
        margin = quest.rule.margin(values, answers, quest.outcome)
    return Replies(answers.values, margin, cells)


def _badness(found: Found, quest: Quest) -> float:
    return float(quest.goal.badness(np.array([found.y]), found.start_y, np.array([found.margin]))[0])
