"""How sure is a distance, and its percentile? 90% intervals from the measurement, the calibration and the model."""

__all__ = ["DRAWS", "Band", "Uncertainty", "calibration_band", "measurement_band", "model_band"]

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from gausscape.local_change.ruler import TAILS, Ruler

DRAWS = 200
CHUNK = 4096


@dataclass(frozen=True)
class Band:
    """90% intervals of n distances and of their percentiles.

    Args:
        distance: (n, 2), in standard deviations of the aggregate law.
        percentile: (n, 2), in percent.
    """

    distance: np.ndarray
    percentile: np.ndarray

    def take(self, changes: np.ndarray) -> "Band":
        """Those of some changes."""
        return Band(self.distance[changes], self.percentile[changes])

    def document(self) -> dict[str, Any]:
        """JSON-able, of the first change."""
        return {"distance": self.distance[0].tolist(), "percentile": self.percentile[0].tolist()}


@dataclass(frozen=True)
class Uncertainty:
    """The three parts of what is not known of n changes.

    Args:
        posterior: Both objects were measured with noise.
        calibration: The unit and the percentile come from finitely many objects.
        model: A space fitted with another seed answers something else; None where it was not measured.
    """

    posterior: Band
    calibration: Band
    model: Band | None

    @property
    def sources(self) -> dict[str, Band | None]:
        """Each part by its name; None where it was not measured."""
        return {"posterior": self.posterior, "calibration": self.calibration, "model": self.model}

    def total(self, distance: np.ndarray, percentile: np.ndarray) -> Band:
        """All measured parts together: their reaches below and above add as variances do, (n, 2) each."""
        return Band(
            _together(distance, [band.distance for band in self._measured.values()], np.inf),
            _together(percentile, [band.percentile for band in self._measured.values()], 100.0),
        )

    @property
    def dominant(self) -> np.ndarray:
        """Name of the part whose percentile interval is widest, (n,)."""
        names = np.array(list(self._measured))
        widths = np.stack([np.ptp(band.percentile, axis=1) for band in self._measured.values()])
        return names[widths.argmax(0)]

    def take(self, changes: np.ndarray) -> "Uncertainty":
        """Those of some changes."""
        model = None if self.model is None else self.model.take(changes)
        return Uncertainty(self.posterior.take(changes), self.calibration.take(changes), model)

    @property
    def _measured(self) -> dict[str, Band]:
        return {name: band for name, band in self.sources.items() if band is not None}


def measurement_band(shift: np.ndarray, identical: np.ndarray, ruler: Ruler, *, noise: np.ndarray) -> Band:
    """What the distance of the two true codes may be, given a shift that was measured with noise.

    The interval holds each distance t at which the measured distance D is usual: neither P(norm(t v + e) >= D) nor
    P(norm(t v + e) <= D) is below 5%, with the measured direction v and e the difference of two round-trip errors
    (Neyman's inversion). Noise makes distances longer, so the interval reaches further down than up; it always
    contains D. Held-out pairs are longer for the same reason: the percentile is moved by the width of the interval
    alone, about D in place of its middle.

    Args:
        shift: Whitened shifts, (n, live).
        identical: Changes between one object and itself: nothing is unknown there, (n,).
        ruler: Turns distances into percentiles.
        noise: Whitened differences of two errors, (m, live).
    """
    distance = np.linalg.norm(shift, axis=1)
    reach = [_reach(shift[start : start + CHUNK], noise) for start in range(0, len(shift), CHUNK)]
    edges = np.where(identical[:, None], 0.0, np.concatenate(reach))
    low, middle, high = edges.T
    ranked = [ruler.percentile(np.maximum(distance + edge - middle, 0.0)) for edge in (low, high)]
    return Band(np.stack([np.minimum(low, distance), np.maximum(high, distance)], 1), np.stack(ranked, 1))


def calibration_band(distance: np.ndarray, identical: np.ndarray, ruler: Ruler, *, fitted: int, dimension: int) -> Band:
    """What finitely many objects leave open: the covariance that is the unit, and the rank among held-out pairs.

    For codes from a Gaussian law, n times the ratio of the true squared distance to the one in units of their own
    covariance is chi-squared with n - d degrees of freedom (Muirhead 1982, theorem 3.2.12). The percentile's part is
    `Ruler.chance`.

    Args:
        distance: Measured distances, (n,).
        identical: Changes between one object and itself: nothing is unknown there, (n,).
        ruler: Of the space.
        fitted: Number of objects whose codes gave the covariance.
        dimension: Number of live axes, d.
    """
    factor = np.sqrt(stats.chi2.ppf(TAILS, max(fitted - dimension, 1)) / fitted)
    factor = np.array([min(factor[0], 1.0), max(factor[1], 1.0)])
    percentile = np.where(identical[:, None], 0.0, ruler.chance(distance))
    return Band(distance[:, None] * factor, percentile)


def model_band(distance: np.ndarray, percentile: np.ndarray, *, ratios: np.ndarray, percentiles: np.ndarray) -> Band:
    """What another seed would have said: this answer +- t s, s the standard deviation over all fits.

    Percentiles are compared as they are; distances as multiples of each space's own median pair, since each space has
    a unit of its own.

    Args:
        distance: This space's distances, (n,).
        percentile: Its percentiles, (n,).
        ratios: Distance as a multiple of the median pair in every space, this one first, (fits, n).
        percentiles: Percentiles in every space, this one first, (fits, n).
    """
    t = stats.t.ppf(TAILS[1], len(ratios) - 1)
    unit = np.divide(distance, ratios[0], out=np.ones_like(distance), where=ratios[0] > 0)
    margin = t * np.stack([ratios.std(0, ddof=1) * unit, percentiles.std(0, ddof=1)])
    return Band(
        np.stack([np.maximum(distance - margin[0], 0), distance + margin[0]], 1),
        np.stack([np.maximum(percentile - margin[1], 0), np.minimum(percentile + margin[1], 100)], 1),
    )


def _reach(shift: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """(low, middle, high) for each shift, (n, 3): where norm(t v + e) = D for each e, and of these the quantiles."""
    distance = np.linalg.norm(shift, axis=1, keepdims=True)
    direction = np.divide(shift, distance, out=np.zeros_like(shift), where=distance > 0)
    direction[distance[:, 0] == 0, 0] = 1.0
    along = direction @ noise.T
    length = (noise**2).sum(1)
    # Where the noise alone is longer than D, a short t explains D as well as the root does: 0 for the lower end, and
    # for the upper end the root or the point of the ray that comes nearest.
    root = np.maximum(np.sqrt(np.maximum(along**2 - length + distance**2, 0.0)) - along, 0.0)
    low = np.where(length < distance**2, root, 0.0)
    # Ranks instead of interpolated quantiles: one partial sort each.
    first, half, last = (round(share * (len(noise) - 1)) for share in (TAILS[0], 0.5, TAILS[1]))
    root.partition((half, last), axis=1)
    low.partition(first, axis=1)
    return np.stack([low[:, first], np.maximum(root[:, half], low[:, first]), root[:, last]], axis=1)


def _together(value: np.ndarray, bands: list[np.ndarray], most: float) -> np.ndarray:
    below = np.sqrt(sum(np.maximum(value - band[:, 0], 0) ** 2 for band in bands))
    above = np.sqrt(sum(np.maximum(band[:, 1] - value, 0) ** 2 for band in bands))
    return np.stack([np.maximum(value - below, 0.0), np.minimum(value + above, most)], axis=1)
