"""The windows that count as usual: pools of their scores, a queue of those that have to wait, and when to stop taking in."""

__all__ = ["UsualWindows", "Waiting"]

from dataclasses import dataclass

import numpy as np

from gausscape.watching.conformal import Pool, VectorPool
from gausscape.watching.memory import normal_score

WAIT = 50
REMEMBERED = 30
FEWEST_REMEMBERED = 5
BET = 1.0
BEYOND_DOUBT = float(np.log(1e6))
MOST_EVIDENCE = BEYOND_DOUBT + 5.0


@dataclass
class Waiting:
    """One recent window.

    Args:
        phase: Its place in the season.
        vector: Its standardised mean, (live + 2,).
        score: How unusual it was, in nats.
        features: Mean of its objects' features, (features,).
        size: Number of its objects.
        suspect: Whether it may belong to a change, and so must not count as usual.
    """

    phase: int
    vector: np.ndarray
    score: float
    features: np.ndarray
    size: int
    suspect: bool = False


class UsualWindows:
    """Pools of scores by phase of the season, and the windows that wait to join them.

    Every window joins 50 windows after it came, whether or not it was an alarm: leaving alarms out would thin the very tail
    that false alarms come from, and they would come too often. Only once a change is beyond doubt (a cumulated bet of a
    million to one against chance, which chance reaches less than once in a million windows) the windows since it began are
    left out, and nothing joins until that evidence is used up again.

    Args:
        scores, vectors: Pools by phase.
        evidence: Logarithm of the cumulated bet.
        doubtless: Whether nothing joins now.
        since: How many windows ago the evidence last began at 0.
        queue: Recent windows, the oldest first, at most 50.
    """

    def __init__(self, scores: list[Pool], vectors: list[VectorPool]):
        self.scores, self.vectors = scores, vectors
        self.evidence = 0.0
        self.doubtless = False
        self.since = 0
        self.queue: list[Waiting] = []

    def direction(self) -> np.ndarray | None:
        """Unit vector from usual windows of their phases to the last 30, (live + 2,).

        None of these is in the pools yet, so that the direction says nothing about what it is compared with. None if there are
        fewer than 5, or too few usual windows of the stream are known to tell a shift from the stream's own centre.
        """
        if len(self.queue) < FEWEST_REMEMBERED or not all(pool.is_ready for pool in self.vectors):
            return None
        recent = self.queue[-REMEMBERED:]
        centres = {phase: self.vectors[phase].vectors.mean(0) for phase in {each.phase for each in recent}}
        mean = np.mean([each.vector - centres[each.phase] for each in recent], axis=0)
        length = float(np.linalg.norm(mean))
        return mean / length if length > 0 else None

    def weigh(self, p: float, drift_p: float | None) -> None:
        """Take in the p-values of a window: has a change become beyond doubt, or has it passed?"""
        bets = [BET * normal_score(each) - BET**2 / 2 for each in (p, drift_p) if each is not None]
        # The mean of fair bets is a fair bet, however the two depend on each other.
        self.evidence = min(MOST_EVIDENCE, self.evidence + float(np.logaddexp.reduce(bets)) - np.log(len(bets)))
        self.since += 1
        if self.evidence <= 0:
            self.evidence, self.since, self.doubtless = 0.0, 0, False
        elif self.evidence >= BEYOND_DOUBT and not self.doubtless:
            self.doubtless = True
            for each in self.queue[max(0, len(self.queue) - self.since) :]:
                each.suspect = True

    def wait(self, window: Waiting, uniforms: np.ndarray) -> Waiting | None:
        """Queue a window; the oldest of 51 leaves the queue, joins the pools unless it is suspect, and is given back."""
        window.suspect = self.doubtless
        self.queue.append(window)
        if len(self.queue) <= WAIT:
            return None
        oldest = self.queue.pop(0)
        if oldest.suspect:
            return None
        self.scores[oldest.phase].join(oldest.score, uniform=float(uniforms[0]))
        self.vectors[oldest.phase].join(oldest.vector, uniform=float(uniforms[1]))
        return oldest
