"""What windows of m usual objects look like, for every m: the null against which a window is held."""

__all__ = ["PARTS", "Reference", "Scores"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError

PARTS = ("shift", "spread", "residual")
WINDOWS = 1000
TAIL = 0.1
FEWEST = 20
KEPT_SIZES = 64
MOST_DRAWN = 2000


@dataclass(frozen=True)
class Scores:
    """-log of a p-value of one window among windows of as many usual objects, in nats; larger is more unusual.

    Args:
        shift: Of the mean code: the squared length of the standardised mean, Hotelling's T^2.
        spread: Of the mean rarity: are objects farther out, or closer in, than usual?
        residual: Of the mean residual: are objects less well described by their codes, or better, than usual?
    """

    shift: float
    spread: float
    residual: float

    @property
    def combined(self) -> float:
        """The most unusual of the three; its own rank among windows decides, so no correction for three is needed."""
        return max(self.shift, self.spread, self.residual)

    @property
    def leading(self) -> str:
        """Which of the three it is."""
        return PARTS[int(np.argmax([self.shift, self.spread, self.residual]))]

    @property
    def probability(self) -> dict[str, float]:
        """p-value of each part, by name."""
        return {name: float(min(1.0, np.exp(-getattr(self, name)))) for name in PARTS}


class Reference:
    """Usual objects, their mean and covariance, and windows drawn from them.

    Args:
        table: Rows of usual objects as `Rows.table` has them, (n, live + 2), in random order; at least 20.
        seed: Of the windows.
        halve: Whether every second row is kept for `fresh_windows` of single objects.

    Example:
        >>> reference = Reference(np.random.default_rng(0).normal(size=(500, 4)), seed=0)
        >>> away = reference.standardise(np.full((10, 4), 1.0))
        >>> reference.scores(away.mean(0) * np.sqrt(10), 10).combined > 5
        True
    """

    def __init__(self, table: np.ndarray, *, seed: int, halve: bool = True):
        if len(table) < FEWEST:
            raise DataError(
                f"A watch needs {FEWEST} usual objects or more, but got {len(table)}. Give it more, or learn longer."
            )
        self.table = np.ascontiguousarray(table, dtype=np.float64)
        self.seed, self.halve = seed, halve
        self.mean = self.table.mean(0)
        centred = self.table - self.mean
        self.live = self.table.shape[1] - 2
        covariance = centred[:, : self.live].T @ centred[:, : self.live] / (len(table) - 1)
        # A few per cent of the identity keep nearly dead directions from shouting.
        covariance += 0.02 * np.trace(covariance) / self.live * np.eye(self.live) + 1e-12 * np.eye(self.live)
        self.covariance = covariance
        self._factor = np.linalg.cholesky(covariance)
        self._spread = np.maximum(centred[:, self.live :].std(0), 1e-6)
        self._white = self.standardise(self.table)
        joint = np.cov(self._white.T) + 1e-9 * np.eye(self._white.shape[1])
        self._joint = np.linalg.cholesky(joint)
        self._sizes: dict[int, dict[str, Any]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def standardise(self, table: np.ndarray) -> np.ndarray:
        """Rows (n, live + 2) with mean 0; the codes with covariance 1, rarity and residual with variance 1."""
        centred = table - self.mean
        codes = np.linalg.solve(self._factor, centred[:, : self.live].T).T
        return np.column_stack([codes, centred[:, self.live :] / self._spread])

    def vector(self, table: np.ndarray) -> np.ndarray:
        """A window as one point: the standardised mean of its rows (m, live + 2), times sqrt(m); (live + 2,)."""
        return self.standardise(table).mean(0) * np.sqrt(len(table))

    def scores(self, vector: np.ndarray, m: int) -> Scores:
        """How unusual a window of m objects is, part by part."""
        known = self._known(m)["parts"]
        values = _parts(vector[None], self.live)
        return Scores(*(float(_surprise(known[name], values[name])[0]) for name in PARTS))

    def distances(self, m: int) -> np.ndarray:
        """Distances of the mean of windows of m usual objects, ascending, in standard deviations of the law, (1,000,)."""
        return self._known(m)["distances"]

    def usual_distances(self, m: int, limit: float) -> np.ndarray:
        """Distances that 5%, 50%, 95% and all but `limit` of these windows do not exceed, (4,)."""
        quantiles = self._known(m)["quantiles"]
        if limit not in quantiles:
            quantiles[limit] = np.quantile(self._known(m)["lengths"], [0.05, 0.5, 0.95, 1 - limit])
        return quantiles[limit] / np.sqrt(m)

    def fresh_windows(self, m: int, n: int) -> np.ndarray:
        """Standardised vectors of n windows of m usual objects that `scores` does not know, (n or fewer, live + 2).

        Of single objects these are every second one, each once, so that they are truly new to `scores`.
        """
        if m == 1:
            return self._white[1::2]
        return self._drawn(m, n, salt=43)

    def _known(self, m: int) -> dict[str, Any]:
        size = usual_size(m)
        if size not in self._sizes:
            windows = self._white[:: 1 + self.halve] if size == 1 else self._drawn(size, WINDOWS, salt=42)
            parts = {name: np.sort(values) for name, values in _parts(windows, self.live).items()}
            in_law = windows[:, : self.live] @ self._factor.T
            if len(self._sizes) >= KEPT_SIZES:
                self._sizes.pop(next(iter(self._sizes)))
            self._sizes[size] = {"parts": parts, "lengths": np.sort(np.linalg.norm(in_law, axis=1)), "quantiles": {}}
        known = self._sizes[size]
        return known | {"distances": known["lengths"] / np.sqrt(m)}

    def _drawn(self, m: int, n: int, *, salt: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, salt, m])
        drawn = min(m, MOST_DRAWN)
        many = max(1, 2_000_000 // (drawn * self._white.shape[1]))
        means = [
            self._white[rng.integers(0, len(self), (min(many, n - start), drawn))].mean(1)
            for start in range(0, n, many)
        ]
        # The centre is known from as many objects only: a real window differs from it by that error as well.
        error = rng.standard_normal((n, self._white.shape[1])) @ self._joint.T
        return np.concatenate(means) * np.sqrt(drawn) + error * np.sqrt(m / len(self))


def usual_size(m: int) -> int:
    """m up to 20, beyond it the nearest of sizes 5% apart: a standardised mean hardly depends on m there.

    Example:
        >>> [usual_size(m) for m in (1, 20, 1000, 1010)]
        [1, 20, 991, 991]
    """
    return m if m <= 20 else round(20 * 1.05 ** round(np.log(m / 20) / np.log(1.05)))


def _parts(vectors: np.ndarray, live: int) -> dict[str, np.ndarray]:
    values = ((vectors[:, :live] ** 2).sum(1), np.abs(vectors[:, live]), np.abs(vectors[:, live + 1]))
    return dict(zip(PARTS, values, strict=True))


def _surprise(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """-log of the share of known values (ascending) at least as large; beyond their last tenth an exponential tail."""
    n = len(known)
    start = int(np.floor((1 - TAIL) * n))
    rank = (n - np.searchsorted(known, values, side="left") + 0.5) / (n + 1)
    scale = max(float((known[start:] - known[start]).mean()), 1e-12)
    tail = -np.log((n - start + 0.5) / (n + 1)) + (values - known[start]) / scale
    return np.where(values >= known[start], tail, -np.log(rank))
