"""What is measured of each object of a window: where it lies, how unusual that is, and how much its code leaves out."""

__all__ = ["Rows", "held_out_rows", "measure_rows"]

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gausscape.errors import CalibrationError
from gausscape.gaussian import Gaussian
from gausscape.modality import Features, Tensors
from gausscape.space.calibration import Calibration
from gausscape.space.space import Space
from gausscape.space.support import Gate

DRAWS = 16
MOST_SCORE = 30.0


@dataclass(frozen=True)
class Rows:
    """One row an object.

    Args:
        table: (n, live + 2): whitened posterior mean in standard deviations of the law, normal score of its calibrated
            exceedance (larger is rarer), normal score of its residual (larger is less well described).
        uncertain: Variance of each whitened coordinate under the object's own posterior, (n, live).
        features: Features of the objects as they came.
    """

    table: np.ndarray
    uncertain: np.ndarray
    features: Features

    def __len__(self) -> int:
        return len(self.table)


def measure_rows(space: Space, values: Any) -> Rows:
    """Measure objects in native form, at least one.

    Raises:
        DataError: If they are not of the kind that was fitted.
    """
    tensors: Tensors = space.codec.tensors(values)
    posterior = space.codec.embed(tensors)
    residual = space.codec.residual(tensors, posterior.mean)
    table = np.column_stack(
        [
            space.aggregate.whiten(posterior.mean),
            _score_of_rarity(space.of_objects, space.aggregate.surprise_of_objects(posterior)),
            score_of_residual(space.gates["residual"], residual),
        ]
    )
    cells, observed = space.codec.observed(tensors)
    inverse = np.linalg.inv(space.aggregate.law.whitening.factor)
    uncertain = posterior.std[:, space.live_axes] ** 2 @ (inverse**2).T
    return Rows(table, uncertain, space.modality.features(cells, observed))


def held_out_rows(space: Space, *, seed: int) -> np.ndarray:
    """Such a table of the held-out objects that a space keeps, at most 2,000, (h, live + 2), in random order.

    The space keeps residuals without saying whose they are, so they are dealt out at random: that a rare object is also
    described badly is not known here. Windows of the stream put that right as they join the pool.

    Raises:
        CalibrationError: If the space is of an older version that did not keep enough.
    """
    aggregate, rng = space.aggregate, np.random.default_rng([seed, 41])
    if aggregate.held_out_std is None:
        raise CalibrationError(
            "A watch needs the spread of held-out codes, but this space was saved by an older version without it. "
            "Fit it again, or pass objects that count as usual: reference=..."
        )
    order = rng.permutation(len(aggregate.held_out))
    posterior = Gaussian(aggregate.full(aggregate.held_out[order]), _full_std(space, aggregate.held_out_std[order]))
    residual = space.gates["residual"]
    levels = (np.arange(len(order)) + 0.5) / len(order)
    dealt = rng.permutation(np.quantile(residual.reference, levels, method="inverted_cdf"))
    return np.column_stack(
        [
            aggregate.whiten(posterior.mean),
            _score_of_rarity(space.of_objects, aggregate.surprise_of_objects(posterior)),
            left_out_score_of_residual(residual, dealt),
        ]
    )


def left_out_score_of_residual(gate: Gate, residual: np.ndarray) -> np.ndarray:
    """`score_of_residual` of the calibration objects themselves, the extreme ones among the others, as a new object would be.

    Example:
        >>> gate = Gate.fit("residual", np.append(np.arange(99.0), 200.0))
        >>> left_out_score_of_residual(gate, np.array([49.0, 200.0])).round(1).tolist()
        [-0.0, 5.1]
    """
    scores, known = score_of_residual(gate, residual), np.sort(gate.reference)
    if len(known) > 2:
        for extreme, others in ((known[-1], known[:-1]), (known[0], known[1:])):
            scores[residual == extreme] = score_of_residual(Gate.fit(gate.name, others), np.array([extreme]))[0]
    return scores


def score_of_residual(gate: Gate, residual: np.ndarray) -> np.ndarray:
    """Normal score of the rank among calibration objects; beyond them it goes on linearly, so that worse stays worse.

    Example:
        >>> gate = Gate.fit("residual", np.arange(99.0))
        >>> score_of_residual(gate, np.array([49.0, 98.0, 200.0])).round(1).tolist()
        [0.0, 2.3, 5.1]
    """
    reference = gate.reference
    n = len(reference)
    known, first = np.unique(reference, return_index=True)
    last = np.append(first[1:], n)
    scores = special.ndtri(((first + last) / 2 + 0.5) / (n + 1))
    spread = max(
        float(np.subtract(*np.quantile(reference, [0.75, 0.25]))) / 1.349, 1e-12 * max(1.0, abs(float(known[-1])))
    )
    residual = np.where(np.isnan(residual), np.inf, residual)
    beyond = np.maximum(residual - known[-1], 0.0) / spread
    below = np.maximum(known[0] - residual, 0.0) / spread
    return np.clip(np.interp(residual, known, scores) + beyond - below, -MOST_SCORE, MOST_SCORE)


def _score_of_rarity(calibration: Calibration, surprise: np.ndarray) -> np.ndarray:
    probability = calibration.exceedance(surprise).probability
    return -special.ndtri(np.clip(probability, 1e-150, 1 - 1e-3))


def _full_std(space: Space, std: np.ndarray) -> np.ndarray:
    full = np.ones((len(std), space.latent))
    full[:, space.live_axes] = std
    return full
