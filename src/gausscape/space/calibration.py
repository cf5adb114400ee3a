"""How rare is this really? Surprise under a law turned into a probability that held-out objects bear out.

The surprise t = -log(exceedance under the law) of objects that the fit never saw says how wrong the law is: if it is
right, t is Exp(1). The calibrated exceedance is S(t) = P(a new object is at least this surprising):

- bulk: conformal ranks, S(t_(i)) = i / (n + 1) for the i-th largest of n, interpolated in between;
- tail: above the threshold t_0 with S(t_0) = 0.1, a generalised Pareto law,
  S(t) = S(t_0) (1 + xi (t - t_0) / b)^(-1 / xi), with xi pulled towards 0, where a right law has it: posterior mean of
  (xi, log b) under xi ~ N(0, 0.25^2), xi >= -0.2;
- between n S = 100 and n S = 20 the one passes smoothly into the other, and S never rises.

The interval comes from 400 bootstrap samples of calibration objects, in each of which the centre of the prior of xi is
drawn as well (randomise-then-optimise: the interval must not forget what the prior decided), and the tail's spread is
widened by 1.2, for what the bootstrap of a few hundred tail points misses.

Several posterior draws of an object share its weight, S(t) = E_x P(t(z) >= t given x); the bootstrap draws objects.

How well that does, by simulation with known truth: t is Exp(1), 0.7 Exp(1), Exp(1)^.75, or what a single Gaussian
makes of a t_6, a log-normal scale and a 90/10 scale mixture of Gaussians in ten dimensions. Given are the mean of
|log10(actual / claimed)| over claims of 10, 1 and 0.1%, and how often the 90% interval holds the truth at each.

    truth           n = 360             n = 2,000           n = 10,000
    exact           .20  .93 .92 .92    .09  .87 .98 .97    .05  .90 .83 .80
    light           .19  .96 .91 .91    .10  .83 .92 .91    .03  .87 .97 .93
    curved light    .21  .96 .88 .88    .10  .83 .93 .91    .03  .87 .97 .93
    t_6             .19  .89 .91 .79    .09  .90 .85 .82    .04  .93 .93 .90
    log-normal      .19  .91 .85 .87    .08  .85 .91 .96    .04  .97 1.0 .90
    overlapping     .23  .92 .87 .89    .11  .88 .90 .94    .04  .83 .90 .93
    (repeats)       100                 100                 30

For comparison at n = 2,000, 80 repeats: xi >= 0 without a prior and ranks down to n S = 10 gave .09 (exact), .10 (t_6)
and .19 (overlapping), with intervals that held the 0.1% truth in 75, 82 and 14% of cases. With a few hundred objects a
claim of 0.1% is good to a factor of two or three, as its interval says; heavy tails are the weak spot (79% at n = 360).

References:
    Bates et al. 2023, Testing for outliers with conformal p-values, section 2 (2104.08279).
    Coles 2001, An introduction to statistical modeling of extreme values, chapter 4.
    Martins & Stedinger 2000, Generalized maximum likelihood GEV estimators (a prior on xi).
    Bardsley et al. 2014, Randomize-then-optimize, section 2.
"""

__all__ = ["Calibration", "Exceedance"]

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import CalibrationError, ConfigurationError, DamagedFileError, DataError, ShapeError
from gausscape.space.objects_in_order import LEAST_OBJECTS, ObjectsInOrder
from gausscape.space.tail import TailGrid, bootstrap_interval, find_bulk_weight

_FEW_OBJECTS = 20
_TAIL_SHARE = 0.1
_LEAST_TAIL_OBJECTS = 10
_SMALLEST_PROBABILITY = 1e-300
_ARRAYS = ("knots", "log_probability", "log_lower", "log_upper", "reference")


@final
@dataclass(frozen=True)
class Exceedance:
    """Probability that an object is at least as unusual as this one, with its interval.

    Attributes:
        probability: P(exceed), shape (n,), in (0, 1].
        lower: Lower end of the interval, shape (n,).
        upper: Upper end of the interval, shape (n,).
        confidence: Confidence of the interval.
        floor: Smallest probability that the calibration data certify, 1 / (20 n); what is smaller is printed as such.

    Example:
        >>> rarity = Exceedance(np.array([0.2, 0.0101]), np.array([0.18, 0.006]), np.array([0.22, 0.015]))
        >>> len(rarity), rarity[1]
        (2, Exceedance(0.0101 [0.006, 0.015]))
        >>> [float(each.probability[0]) for each in rarity]
        [0.2, 0.0101]
    """

    probability: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    confidence: float = 0.9
    floor: float = 0.0

    def __len__(self) -> int:
        return len(self.probability)

    def __getitem__(self, index: int | slice | np.ndarray) -> "Exceedance":
        """The chosen rows; one row for an integer."""
        arrays = (np.atleast_1d(array[index]) for array in (self.probability, self.lower, self.upper))
        return Exceedance(*arrays, confidence=self.confidence, floor=self.floor)

    def __iter__(self) -> Iterator["Exceedance"]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        shown = 6
        rows = [
            f"<{self.floor:.2g}" if p < self.floor else f"{p:.3g} [{low:.2g}, {high:.2g}]"
            for p, low, high in zip(self.probability[:shown], self.lower, self.upper, strict=False)
        ]
        more = f", ... {len(self) - shown} more" if len(self) > shown else ""
        return f"Exceedance({', '.join(rows)}{more})"


@final
@dataclass(frozen=True, repr=False)
class Calibration:
    """The calibrated exceedance as a function of surprise, stored as a table that is interpolated in log p.

    Attributes:
        knots: Surprise, ascending, shape (m,), in nats.
        log_probability: log S at the knots, descending, shape (m,).
        log_lower: log of the lower end of its interval, shape (m,).
        log_upper: log of the upper end, shape (m,).
        reference: Surprise of the calibration objects, all draws, ascending, shape (n k,).
        count: Number n of calibration objects.
        confidence: Confidence of the interval.

    Example:
        >>> calibration = Calibration.fit(np.random.default_rng(0).exponential(size=2000), seed=0)
        >>> calibration
        Calibration(2000 objects, certifies down to 2.5e-05)
        >>> calibration.exceedance([0.0, 2.0, 5.0])
        Exceedance(1 [1, 1], 0.13 [0.12, 0.14], 0.00889 [0.0058, 0.012])
    """

    knots: np.ndarray
    log_probability: np.ndarray
    log_lower: np.ndarray
    log_upper: np.ndarray
    reference: np.ndarray
    count: int
    confidence: float = 0.9

    @classmethod
    def fit(cls, surprise: np.ndarray, *, seed: int, confidence: float = 0.9) -> "Calibration":
        """Calibrate on objects that neither the encoder nor the law was fitted to.

        Args:
            surprise: One number per object, shape (n,), or k posterior draws of each, shape (n, k); in nats, >= 0.
            seed: Of the bootstrap.
            confidence: Of the interval, in (0, 1).

        Raises:
            DataError: If a surprise is negative or not finite.
            ShapeError: If the array has neither one nor two axes.
            CalibrationError: If there are fewer than 2 objects, or all are equally surprising.
            ConfigurationError: If the confidence is not in (0, 1).

        Example:
            >>> draws = np.random.default_rng(0).exponential(size=(500, 4))
            >>> Calibration.fit(draws, seed=0).count
            500
        """
        if not 0 < confidence < 1:
            raise ConfigurationError(f"A confidence needs to lie in (0, 1), but got {confidence!r}. Pass 0.9 for 90%.")
        objects = ObjectsInOrder.of(surprise)
        share = min(max(_TAIL_SHARE, _LEAST_TAIL_OBJECTS / objects.count), 0.5)
        # Far below the floor nothing is certified, but the table goes on, so that rarer stays rarer.
        bulk, tail = np.linspace(1, share, 300), np.geomspace(share, 1e-4 / (20 * objects.count), 400)
        log_p = np.log(np.concatenate([bulk, tail[1:]]))
        bulk_weight = find_bulk_weight(log_p, share, objects.count)
        threshold = float(objects.quantile(np.array([share]))[0])
        grid = TailGrid.over(objects, threshold)
        shape, scale = grid.posterior_mean(np.ones((1, len(grid.objects))), prior_centres=np.zeros(1))
        log_depth = np.maximum(np.log(share) - log_p, 0.0)
        in_tail = threshold + scale * np.expm1(shape * log_depth) / shape
        knots = bulk_weight * objects.quantile(np.exp(log_p)) + (1 - bulk_weight) * in_tail
        knots[0] = 0.0
        # Blending two falling curves need not give a falling one, and ties in the data give equal knots.
        knots = np.maximum.accumulate(knots)
        knots += 1e-12 * knots[-1] * np.arange(len(knots))
        log_lower, log_upper = bootstrap_interval(objects, grid, knots, bulk_weight, confidence, seed)
        return cls(
            knots=knots,
            log_probability=log_p,
            log_lower=np.minimum.accumulate(np.minimum(log_lower, log_p)),
            log_upper=np.minimum.accumulate(np.minimum(np.maximum(log_upper, log_p), 0.0)),
            reference=objects.surprise[::-1].copy(),
            count=objects.count,
            confidence=confidence,
        )

    @property
    def floor(self) -> float:
        """Smallest exceedance that is certified, 1 / (20 n): a twentieth of what one calibration object stands for.

        With fewer than 20 objects no tail can be fitted, and it is what ranks alone certify, 1 / (n + 1).

        Example:
            >>> Calibration.fit(np.random.default_rng(0).exponential(size=500), seed=0).floor
            0.0001
        """
        return 1.0 / (20 * self.count) if self.count >= _FEW_OBJECTS else 1.0 / (self.count + 1)

    def exceedance(self, surprise: np.ndarray) -> Exceedance:
        """Calibrated probability of at least this surprise, with its interval.

        More surprise never has the larger probability. What comes out below `floor` is an extrapolation that ranks
        objects but is no longer a certified probability.

        Args:
            surprise: Shape (n,), in nats; or (n, k) draws of each object, whose probabilities are averaged. May be inf.

        Raises:
            DataError: If a surprise is NaN.

        Example:
            >>> calibration = Calibration.fit(np.random.default_rng(0).exponential(size=2000), seed=0)
            >>> bool(np.all(np.diff(calibration.exceedance(np.linspace(0, 20, 50)).probability) < 0))
            True
        """
        surprise = np.asarray(surprise, float)
        if surprise.ndim > 2:
            raise ShapeError(
                f"An exceedance needs surprise of shape (n,) or (n, k), but got {surprise.shape}. "
                "Pass one row per object."
            )
        missing = int(np.isnan(surprise).sum())
        if missing:
            raise DataError(
                f"An exceedance needs a surprise that is a number, but {missing} of {surprise.size} are NaN. "
                "Drop these rows, or find out why the law gave them."
            )
        curves = [self._probability(surprise, log) for log in (self.log_probability, self.log_lower, self.log_upper)]
        rows = [np.atleast_1d(curve.mean(1) if surprise.ndim == 2 else curve) for curve in curves]
        return Exceedance(*rows, confidence=self.confidence, floor=self.floor)

    def level(self, probability: np.ndarray | float) -> np.ndarray:
        """The surprise at a calibrated exceedance: the inverse of `exceedance`.

        Args:
            probability: p in [floor, 1], any shape.

        Returns:
            Surprise in nats, same shape.

        Raises:
            CalibrationError: If a p is below the floor.
            ConfigurationError: If a p is not in (0, 1].

        Example:
            >>> calibration = Calibration.fit(np.random.default_rng(0).exponential(size=2000), seed=0)
            >>> calibration.exceedance(calibration.level([0.1, 0.001])).probability.round(6)
            array([0.1  , 0.001])
        """
        probability = np.asarray(probability, float)
        if not ((probability > 0) & (probability <= 1)).all():
            raise ConfigurationError(
                f"An exceedance needs to lie in (0, 1], but got {probability!r}. Pass 0.01 for one object in a hundred."
            )
        # A floor that was computed elsewhere may differ in its last digit.
        if (probability < self.floor * (1 - 1e-9)).any():
            least = probability.min()
            raise CalibrationError(
                f"{self.count} calibration objects certify exceedances down to {self.floor:.2g}, but got {least:.2g}. "
                f"Ask for {self.floor:.2g} or more, or calibrate on {np.ceil(0.05 / least - 1e-6):.0f} objects or more."
            )
        return np.interp(-np.log(probability), -self.log_probability, self.knots)

    def log_density_ratio(self, surprise: np.ndarray, *, edge: str = "probability") -> np.ndarray:
        """log of (density of the calibrated law / density of the fitted law) at codes of this surprise, shape as given.

        Drawing from the fitted law and weighting by exp of it is drawing from the calibrated law. Under the fitted law t is
        Exp(1); the calibrated density is -dS/dt. The slope of log S is taken over some forty coarse steps, for over single
        ranks it would be noise.

        Args:
            surprise: t, in nats, any shape.
            edge: "probability" for S itself, "lower" or "upper" for an end of its interval in place of S.

        Example:
            >>> calibration = Calibration.fit(np.random.default_rng(0).exponential(size=5000), seed=0)
            >>> bool(np.abs(calibration.log_density_ratio([0.1, 1.0, 3.0])).max() < 0.4)  # the law is right: no correction
            True
        """
        surprise = np.asarray(surprise, float)
        curve = {"probability": self.log_probability, "lower": self.log_lower, "upper": self.log_upper}[edge]
        levels = np.concatenate([np.linspace(1, 0.1, 13), np.geomspace(0.1, max(self.floor, 1e-6), 21)[1:]])
        t = np.interp(-np.log(levels), -self.log_probability, self.knots)
        log_s = np.interp(t, self.knots, curve)
        t, log_s = t[np.append(True, np.diff(t) > 0)], log_s[np.append(True, np.diff(t) > 0)]
        slopes = np.maximum(-np.diff(log_s) / np.diff(t), 1e-3)
        step = np.clip(np.searchsorted(t, surprise, side="right") - 1, 0, len(slopes) - 1)
        return np.log(slopes[step]) + log_s[step] - slopes[step] * (surprise - t[step]) + surprise

    def beyond(self, surprise: np.ndarray) -> np.ndarray:
        """How many calibration objects are at least this surprising, shape of the argument, whole numbers.

        With k draws of each object its share of draws counts, rounded down in total.

        Example:
            >>> Calibration.fit(np.arange(1, 101.0), seed=0).beyond([50.5, 99.5, 1000.0])
            array([50,  1,  0])
        """
        surprise = np.asarray(surprise, float)
        draws = len(self.reference) // self.count
        return (len(self.reference) - np.searchsorted(self.reference, surprise, side="left")) // draws

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """A JSON-able document and named arrays, for saving. See `from_state`.

        Example:
            >>> document, arrays = Calibration.fit(np.arange(1, 101.0), seed=0).state()
            >>> document
            {'count': 100, 'confidence': 0.9}
        """
        document = {"count": self.count, "confidence": self.confidence}
        return document, {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> "Calibration":
        """Rebuild a calibration from what `state` returned.

        Raises:
            DamagedFileError: If something is missing, misshapen, not finite or out of order.

        Example:
            >>> calibration = Calibration.fit(np.arange(1, 101.0), seed=0)
            >>> Calibration.from_state(*calibration.state()).level(0.1) == calibration.level(0.1)
            np.True_
        """
        try:
            loaded = {name: np.asarray(arrays[name], float) for name in _ARRAYS}
            calibration = cls(**loaded, count=int(document["count"]), confidence=float(document["confidence"]))
        except (KeyError, TypeError, ValueError) as cause:
            raise DamagedFileError(
                f"A saved calibration needs {', '.join(_ARRAYS)}, count and confidence, but reading stopped at "
                f"{cause}. The file is damaged: save the space again."
            ) from cause
        falling = (calibration.log_probability, calibration.log_lower, calibration.log_upper)
        sound = (
            all(array.ndim == 1 and len(array) and np.isfinite(array).all() for array in loaded.values())
            and all(len(curve) == len(calibration.knots) and (np.diff(curve) <= 0).all() for curve in falling)
            and (np.diff(calibration.knots) > 0).all()
            and (np.diff(calibration.log_probability) < 0).all()
            and (np.diff(calibration.reference) >= 0).all()
            and (calibration.log_lower <= calibration.log_probability).all()
            and (calibration.log_probability <= calibration.log_upper).all()
            and calibration.log_upper[0] <= 0
            and calibration.count >= LEAST_OBJECTS
            and len(calibration.reference) % calibration.count == 0
            and 0 < calibration.confidence < 1
        )
        if not sound:
            raise DamagedFileError(
                "A saved calibration needs finite curves that fall as surprise rises, but these are not. "
                "The file is damaged: save the space again."
            )
        return calibration

    def __repr__(self) -> str:
        return f"Calibration({self.count} objects, certifies down to {self.floor:.2g})"

    def _probability(self, surprise: np.ndarray, curve: np.ndarray) -> np.ndarray:
        slope = (curve[-1] - curve[-20]) / (self.knots[-1] - self.knots[-20])
        log_p = np.interp(surprise, self.knots, curve) + slope * np.maximum(surprise - self.knots[-1], 0.0)
        return np.maximum(np.exp(log_p), _SMALLEST_PROBABILITY)
