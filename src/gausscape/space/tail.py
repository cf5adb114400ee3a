"""How does the tail beyond the ranks go on, and how sure is that? A generalised Pareto law, and a bootstrap of both.

The formulas and their references are in `gausscape.space.calibration`.
"""

__all__ = ["TailGrid", "bootstrap_interval", "find_bulk_weight"]

from dataclasses import dataclass

import numpy as np

from gausscape.space.objects_in_order import ObjectsInOrder

_BLEND_FROM, _BLEND_TO = 20.0, 100.0

_SHAPE_PRIOR_SPREAD = 0.25
_LEAST_SHAPE = -0.2
_LARGEST_SHAPE = 0.9
_SHAPE_STEP = 0.025
# Stands in for xi = 0, where the formula divides by xi: the difference is below 1e-5 in log S.
_ZERO_SHAPE = 1e-6
_TAIL_WIDENING = 1.2
_BOOTSTRAPS = 400


@dataclass(frozen=True)
class TailGrid:
    """Log-likelihood of the excesses above the threshold on a grid of (xi, log b), one row per object that has any.

    Attributes:
        threshold: Surprise t_0 above which the tail begins, in nats.
        shapes: xi of each cell, shape (cells,).
        log_scales: log b of each cell.
        log_likelihood: Shape (objects above the threshold, cells).
        objects: Their numbers.

    Example:
        >>> objects = ObjectsInOrder.of(np.random.default_rng(0).exponential(size=5000))
        >>> grid = TailGrid.over(objects, threshold=2.3)
        >>> shape, scale = grid.posterior_mean(np.ones((1, len(grid.objects))), prior_centres=np.zeros(1))
        >>> bool(abs(shape[0]) < 0.2 and abs(scale[0] - 1) < 0.2)  # an exponential tail has xi = 0 and b = 1
        True
    """

    threshold: float
    shapes: np.ndarray
    log_scales: np.ndarray
    log_likelihood: np.ndarray
    objects: np.ndarray

    @classmethod
    def over(cls, objects: ObjectsInOrder, threshold: float) -> "TailGrid":
        """Lay the grid around the excesses of these objects."""
        above = objects.surprise > threshold
        excess, owner = objects.surprise[above] - threshold, objects.owner[above]
        by_owner = np.argsort(owner, kind="stable")
        excess, owner = excess[by_owner], owner[by_owner]
        owners, starts = np.unique(owner, return_index=True)
        typical = excess.mean() if len(excess) else 1.0
        # Steps are finer than the posterior is wide (about 1 / sqrt(tail objects)), so that its mean is not grainy.
        half_width = min(1.5, 6.0 / np.sqrt(max(len(owners), 1)))
        offsets = np.linspace(-half_width, half_width, 25)
        shapes, log_scales, log_likelihood = [], [], []
        for shape in np.arange(_LEAST_SHAPE, _LARGEST_SHAPE, _SHAPE_STEP):
            shape = shape if abs(shape) > _ZERO_SHAPE else _ZERO_SHAPE
            # Cells follow the ridge of equal mean excess, b / (1 - xi), along which the likelihood is nearly flat.
            log_scale = np.log(typical) + np.log1p(-min(shape, 0.8)) + offsets
            stretched = 1 + shape * excess[:, None] / np.exp(log_scale)
            # Beyond the end of a bounded tail the likelihood is zero; a large number keeps sums finite.
            log_density = np.where(stretched > 0, -(1 + 1 / shape) * np.log(np.maximum(stretched, 1e-300)), -1e4)
            by_object = np.add.reduceat(log_density - log_scale, starts) if len(owners) else np.zeros((0, 25))
            shapes.append(np.full(len(offsets), shape))
            log_scales.append(log_scale)
            log_likelihood.append(by_object / objects.draws)
        return cls(
            threshold,
            np.concatenate(shapes),
            np.concatenate(log_scales),
            np.concatenate(log_likelihood, axis=1),
            owners,
        )

    def posterior_mean(self, times: np.ndarray, prior_centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of xi, and exp of that of log b, when objects count so many times: (r, objects) -> (r,)."""
        score = times @ self.log_likelihood - 0.5 * ((self.shapes - prior_centres[:, None]) / _SHAPE_PRIOR_SPREAD) ** 2
        weight = np.exp(score - score.max(1, keepdims=True))
        weight /= weight.sum(1, keepdims=True)
        shape = weight @ self.shapes
        return np.where(np.abs(shape) > _ZERO_SHAPE, shape, _ZERO_SHAPE), np.exp(weight @ self.log_scales)


def find_bulk_weight(log_p: np.ndarray, share: float, count: int) -> np.ndarray:
    """Weight of the ranks against the tail model: 1 in the bulk, 0 where fewer than 20 objects lie beyond.

    Args:
        log_p: log of the exceedance, any shape.
        share: Exceedance at which the tail begins; above it ranks alone count.
        count: Number of calibration objects.

    Example:
        >>> find_bulk_weight(np.log([0.5, 0.1, 0.03, 0.01]), 0.1, 1000).round(3)
        array([1.   , 1.   , 0.158, 0.   ])
    """
    progress = (log_p + np.log(count / _BLEND_FROM)) / np.log(_BLEND_TO / _BLEND_FROM)
    progress = np.clip(progress, 0.0, 1.0)
    return np.where(log_p >= np.log(share) - 1e-12, 1.0, progress**2 * (3 - 2 * progress))


def bootstrap_interval(
    objects: ObjectsInOrder,
    grid: TailGrid,
    knots: np.ndarray,
    bulk_weight: np.ndarray,
    confidence: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the interval of log S at the knots, from bootstrap samples of objects.

    Args:
        objects: Calibration objects.
        grid: Of their tail.
        knots: Surprise, ascending, shape (m,), in nats.
        bulk_weight: Weight of the ranks at the knots, shape (m,).
        confidence: Of the interval, in (0, 1).
        seed: Of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    bins = np.searchsorted(knots, objects.surprise, side="right")
    excess = np.maximum(knots - grid.threshold, 0.0)
    in_bulk = np.empty((_BOOTSTRAPS, len(knots)))
    tail_times = np.empty((_BOOTSTRAPS, len(grid.objects)))
    tail_shares = np.empty(_BOOTSTRAPS)
    for repeat in range(_BOOTSTRAPS):
        times = np.bincount(rng.integers(objects.count, size=objects.count), minlength=objects.count)
        weights = times[objects.owner] / objects.draws
        beyond = np.cumsum(np.bincount(bins, weights, len(knots) + 1)[:0:-1])[::-1]
        in_bulk[repeat] = np.log(np.maximum(beyond, 0.5) / objects.count)
        tail_times[repeat] = times[grid.objects]
        tail_shares[repeat] = max(weights[objects.surprise > grid.threshold].sum(), 0.5) / objects.count
    shapes, scales = grid.posterior_mean(tail_times, rng.normal(0.0, _SHAPE_PRIOR_SPREAD, _BOOTSTRAPS))
    stretched = np.maximum(1 + (shapes / scales)[:, None] * excess, 1e-12)
    in_tail = np.log(tail_shares)[:, None] - np.log(stretched) / shapes[:, None]
    middle = np.median(in_tail, axis=0)
    in_tail = middle + _TAIL_WIDENING * (in_tail - middle)
    replicates = bulk_weight * in_bulk + (1 - bulk_weight) * in_tail
    lower, upper = np.quantile(replicates, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return lower, upper
