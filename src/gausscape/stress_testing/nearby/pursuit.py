"""One pursuit: which objects around one centre is y asked about, one batch after the other, and what was the worst?

It is a generator, so that pursuits around several centres can share calls of y: it yields offsets, and is sent the answers.
"""

__all__ = ["Found", "Replies", "pursue"]

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

from gausscape.stress_testing.nearby.goal import Goal
from gausscape.stress_testing.nearby.local_search import LocalSearch
from gausscape.stress_testing.nearby.surroundings import Surroundings

TRIED_PER_CALL = 3
"""A search may look at so many places a call of y; those that are no objects cost none."""


@dataclass(frozen=True, eq=False)
class Replies:
    """What came back for k objects.

    Args:
        y: (k,); NaN where the model failed.
        margin: Of the failure rule, (k,).
        cells: The objects as y received them, (k, cells).
    """

    y: np.ndarray
    margin: np.ndarray
    cells: torch.Tensor


@dataclass(frozen=True, eq=False)
class Found:
    """What a pursuit came to.

    Args:
        offset: Of the worst object, (live,), in standard deviations.
        cells: Of the object in the centre and of the worst, as y received them, (2, cells).
        y: y of it.
        margin: Of the failure rule there.
        start_y: y at offset 0.
        random_y: y of the random draws that are objects, (m,).
        random_worst: The worst of them.
        search: In words.
        calls: Objects that y was asked about.
    """

    offset: np.ndarray
    cells: torch.Tensor
    y: float
    margin: float
    start_y: float
    random_y: np.ndarray
    random_worst: float
    search: str
    calls: int


class _Record:
    """The worst so far."""

    def __init__(self, goal: Goal, dimension: int, start: Replies):
        self.goal, self.start_y = goal, float(start.y[0])
        self.start_cells = self.cells = start.cells[:1]
        self.offset, self.y, self.margin = np.zeros(dimension), self.start_y, float(start.margin[0])
        self.badness = float(self.judge(start)[0])
        self.calls = 1

    def judge(self, replies: Replies) -> np.ndarray:
        return self.goal.badness(replies.y, self.start_y, replies.margin)

    def note(self, offsets: np.ndarray, replies: Replies) -> np.ndarray:
        """Badness of each, (k,); the worst is kept."""
        self.calls += len(offsets)
        badness = self.judge(replies)
        if len(badness) and badness.max() > self.badness:
            worst = int(badness.argmax())
            self.offset, self.badness = offsets[worst], float(badness[worst])
            self.cells = replies.cells[worst : worst + 1]
            self.y, self.margin = float(replies.y[worst]), float(replies.margin[worst])
        return badness


def pursue(
    around: Surroundings, goal: Goal, *, draws: int, calls: int, rng: np.random.Generator
) -> Generator[np.ndarray, Replies, Found]:
    """Offsets to ask y about, batch by batch: first the centre, then random draws, then the search.

    Args:
        around: The locality.
        goal: What is worse.
        draws: Random draws, uniform in the ball.
        calls: Objects that the search may ask about.
        rng: Source of randomness.

    Yields:
        Offsets (k, live) of objects; send their `Replies`.

    Returns:
        What was found.
    """
    ball = around.ball
    record = _Record(goal, ball.dimension, (yield np.zeros((1, ball.dimension))))
    offsets = ball.uniform(draws, rng)
    offsets = offsets[around.strangeness(ball.codes(offsets)) == 0]
    random_y, badness = np.zeros(0), np.zeros(0)
    if len(offsets):
        random = yield offsets
        random_y, badness = random.y, record.note(offsets, random)
    search = _why_not(record, badness, calls)
    if not search:
        start = offsets[int(badness.argmax())]
        before = record.calls
        yield from _search(around, record, start, scale=float(badness.std()), calls=calls, rng=rng)
        search = f"CMA-ES, {record.calls - before} calls"
        if not np.isfinite(record.badness):
            search += ", until the model broke"
    return Found(
        record.offset,
        torch.cat([record.start_cells, record.cells]),
        record.y,
        record.margin,
        record.start_y,
        random_y,
        float(random_y[int(badness.argmax())]) if len(badness) else record.start_y,
        search,
        record.calls,
    )


def _why_not(record: _Record, badness: np.ndarray, calls: int) -> str:
    """Why there is nothing to search for, in words; "" if there is."""
    if not calls:
        return "random draws alone"
    if not np.isfinite(record.start_y):
        return "none: the model broke at the start"
    if not len(badness):
        return "none: no random draw is an object"
    if not np.isfinite(badness).all():
        return "random draws alone: the model broke there"
    if np.ptp(badness) == 0:
        return "none: y did not vary"
    return ""


def _search(
    around: Surroundings, record: _Record, start: np.ndarray, *, scale: float, calls: int, rng: np.random.Generator
) -> Generator[np.ndarray, Replies, None]:
    ball = around.ball
    search = LocalSearch(start, ball.radius, scale=scale, rng=rng)
    left, tries = calls, TRIED_PER_CALL * calls
    while left > 0 and tries > 0 and np.isfinite(record.badness):
        if search.is_done:
            search = LocalSearch(record.offset, ball.radius, scale=scale, rng=rng)
        offsets = search.ask()
        tries -= len(offsets)
        strangeness = around.strangeness(ball.codes(offsets))
        rows = np.flatnonzero(strangeness == 0)
        badness = np.zeros(len(offsets))
        if len(rows) > left:
            # Too few calls are left for a whole generation: they go to as many of it as there are.
            rows = rows[:left]
            record.note(offsets[rows], (yield offsets[rows]))
            return
        if len(rows):
            badness[rows] = record.note(offsets[rows], (yield offsets[rows]))
            left -= len(rows)
        if np.isfinite(badness).all():
            search.tell(badness, strangeness)
