"""Agreement: how well does y on rendered objects stand for y on real ones?

It is Lin's concordance (1989), 1 - mean (y - y')^2 / (var y + var y' + (mean y - mean y')^2): 1 where the two
are equal, 0 where they share nothing, and less than the correlation where level or scale differ. For labels it is the
share that is equal. A region is judged against its own spread of y, but never against less than a quarter of the overall
standard deviation: where y hardly moves, small errors are no disagreement.
Of changes, which have no sign of their own, it is taken about 0.
"""

__all__ = ["Agreement", "measure_agreement"]

from dataclasses import dataclass
from typing import Any

import numpy as np

BOOTSTRAPS = 200
DECIDES = 0.5


@dataclass(frozen=True)
class Agreement:
    """How well rendered objects stand for real ones, over all objects or in one region.

    Args:
        objects: Number of real objects that were compared.
        agreement: Concordance of y (of its change, where residuals are carried); for labels the share that is equal.
        low, high: 90% interval from resampling objects.
        correlation: Pearson's, of the same numbers; None where one of them is constant.
        same_decision: Share on the same side of 0.5, where y is a probability; else None.
        reconstruction: Agreement of y on plainly decoded objects, whatever the rendering.
        spread: Standard deviation of y on the real objects.
        failed: Share of the cases that y failed on.
        reach: Distance from the region's centre to the farthest object compared, in standard deviations; None overall.
    """

    objects: int
    agreement: float
    low: float
    high: float
    correlation: float | None
    same_decision: float | None
    reconstruction: float
    spread: float
    failed: float
    reach: float | None = None

    def __str__(self) -> str:
        words = f"{self.agreement:.2f} ({self.low:.2f} to {self.high:.2f}) on {self.objects} real objects"
        if self.correlation is not None:
            words += f", correlation {self.correlation:.2f}"
        if self.same_decision is not None:
            words += f", same decision {self.same_decision:.0%}"
        return words

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return dict(vars(self))


def measure_agreement(
    answers: np.ndarray,
    real: np.ndarray,
    *,
    base: np.ndarray | None = None,
    plain: tuple[np.ndarray, np.ndarray],
    kind: str,
    floor: float = 0.0,
    failed: float = 0.0,
    reach: float | None = None,
    seed: int = 0,
) -> Agreement:
    """Compare y on rendered objects with y on real ones.

    Args:
        answers: y on rendered objects, (n, draws).
        real: y on the real objects that they stand for, (n,).
        base: y on the objects that they were moved from, (n,), to compare changes; None to compare y itself.
        plain: y on plain reconstructions and on the same real objects, both (m,).
        kind: What y is: "number", "probability" or "label".
        floor: Least standard deviation of y that errors are held against.
        failed, reach: Told in the answer.
        seed: Of the resampling.

    Example:
        >>> y = np.linspace(0, 1, 20)
        >>> measure_agreement(y[:, None], y, plain=(y, y), kind="number").agreement
        1.0
    """
    score = _equal if kind == "label" else _concordance
    spread = float(plain[1].std()) if len(plain[1]) else 0.0
    if min(len(real), len(plain[1])) < 2:
        return Agreement(len(real), 0.0, 0.0, 1.0, None, None, 0.0, spread, failed, reach)
    index = np.random.default_rng([seed, 43]).integers(len(real), size=(BOOTSTRAPS, len(real)))
    value, *resampled = score(answers, real, base, floor, index)
    low, high = np.quantile(resampled, [0.05, 0.95])
    ours = answers.mean(1)
    same = float(((ours >= DECIDES) == (real >= DECIDES)).mean()) if kind == "probability" else None
    start = np.zeros(len(real)) if base is None else base
    return Agreement(
        len(real),
        float(value),
        float(low),
        float(high),
        _correlation(ours - start, real - start),
        same,
        float(score(plain[0][:, None], plain[1], None, floor, np.zeros((0, len(plain[1])), dtype=int))[0]),
        spread,
        failed,
        reach,
    )


def _equal(
    answers: np.ndarray, real: np.ndarray, base: np.ndarray | None, floor: float, index: np.ndarray
) -> np.ndarray:
    """Share of equal labels, of all objects and then of each row of the index, (1 + len(index),)."""
    same = (answers == real[:, None]).mean(1)
    return np.concatenate([[same.mean()], same[index].mean(1)])


def _concordance(
    answers: np.ndarray, real: np.ndarray, base: np.ndarray | None, floor: float, index: np.ndarray
) -> np.ndarray:
    """Concordance of all objects, then of each row of the index, (1 + len(index),)."""
    draws = answers.shape[1]
    # The mean of a few draws errs by the noise of the draws, which is not the codes' fault.
    noise = answers.var(1, ddof=1) / draws if draws > 1 else np.zeros(len(real))
    start = np.zeros(len(real)) if base is None else base
    index = np.concatenate([np.arange(len(real))[None], index])
    ours, theirs, noise = (answers.mean(1) - start)[index], (real - start)[index], noise[index].mean(1)
    left = ((ours - theirs) ** 2).mean(1) - noise
    if base is not None:
        scale = np.maximum((ours**2).mean(1) + (theirs**2).mean(1), 4 * floor**2)
    else:
        spread = (ours.var(1) - noise).clip(0) + theirs.var(1) + (ours.mean(1) - theirs.mean(1)) ** 2
        scale = np.maximum(spread, 2 * floor**2)
    # Where y is constant, real and rendered alike, nothing disagrees.
    return np.where(scale > 0, 1 - left.clip(0) / np.where(scale > 0, scale, 1.0), 1.0)


def _correlation(ours: np.ndarray, theirs: np.ndarray) -> float | None:
    if ours.std() <= 1e-12 * max(1.0, np.abs(ours).max()) or theirs.std() <= 1e-12 * max(1.0, np.abs(theirs).max()):
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])
