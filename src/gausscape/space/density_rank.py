"""How surprising is a code, and how far out does a level lie, where the law has no closed form for it?"""

__all__ = ["DensityRank", "outermost_crossing"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import special

from gausscape.space.law import Law
from gausscape.space.standard_normal import chi_square_surprise

_DRAWS = 100_000
_SEED = 20_24
_KNOTS = 400
_BEYOND_LAST_KNOT = 100


@final
@dataclass(frozen=True)
class DensityRank:
    """Surprise as a function of the log density: t = -log P(-log p(Z) >= s), from draws of the law itself.

    Draws give t at 400 knots, down to the level that 100 of 100,000 draws exceed (t = 6.9). For one Gaussian the
    answer is closed, g(s) = -log P(chi2_d >= 2 (s - s_mode)), and t is interpolated linearly against that g. Beyond the
    last knot the slope is 1: for any mixture the region {-log p > s} has mass ~ exp(-s) s^(d/2 - 1), as for one
    Gaussian, so t - g tends to a constant.

    Example:
        >>> from gausscape.space.gaussian_law import GaussianLaw
        >>> law = GaussianLaw.fit(np.random.default_rng(0).normal(size=(500, 2)))
        >>> rank = DensityRank.of(law, likely_modes=np.zeros((1, 2)))
        >>> u = np.array([[2.0, 0.0]])
        >>> rank.surprise(law._white_log_density(u)).round(1), law._white_surprise(u)  # sampled, and closed
        (array([2.]), array([2.]))
    """

    knots: np.ndarray
    surprises: np.ndarray
    mode: float
    dimension: int

    @classmethod
    def of(cls, law: Law, likely_modes: np.ndarray) -> "DensityRank":
        """From 100,000 draws of a law, whose highest density is the highest found at draws and likely modes (m, d)."""
        draws = law._white_sample(_DRAWS, np.random.default_rng(_SEED))
        scores = np.sort(-law._white_log_density(draws))
        mode = float(min(scores[0], -law._white_log_density(likely_modes).max()))
        # Even steps on the logit scale put as many knots into the tail as around the mode.
        edge = special.logit(_BEYOND_LAST_KNOT / _DRAWS)
        beyond = special.expit(np.linspace(-edge, edge, _KNOTS)) * _DRAWS
        ranks = np.unique(_DRAWS - np.round(beyond).astype(int))
        surprises = -np.log1p(-(ranks + 0.5) / _DRAWS)
        knots = chi_square_surprise(2 * (scores[ranks] - mode), law.dimension)
        rising = np.flatnonzero(np.diff(np.maximum.accumulate(knots), prepend=0.0) > 0)
        return cls(np.append(0.0, knots[rising]), np.append(0.0, surprises[rising]), mode, law.dimension)

    def surprise(self, log_density: np.ndarray) -> np.ndarray:
        """Surprise in nats at log densities in whitened coordinates, both of shape (n,)."""
        gaussian = chi_square_surprise(2 * np.maximum(-log_density - self.mode, 0.0), self.dimension)
        beyond = np.maximum(gaussian - self.knots[-1], 0.0)
        return np.interp(gaussian, self.knots, self.surprises) + beyond

    def arrays(self) -> dict[str, np.ndarray]:
        """Named arrays, for saving. See `rebuild`."""
        return {"rank_knots": self.knots, "rank_surprises": self.surprises, "rank_mode": np.array(self.mode)}

    @classmethod
    def rebuild(cls, arrays: dict[str, np.ndarray], dimension: int) -> "DensityRank":
        """The rank that returned these arrays; a ValueError if they do not rise."""
        knots, surprises = arrays["rank_knots"], arrays["rank_surprises"]
        if knots.shape != surprises.shape or not (np.diff(knots) > 0).all() or not (np.diff(surprises) > 0).all():
            raise ValueError("ranks that do not rise")
        return cls(knots, surprises, float(arrays["rank_mode"]), dimension)


def outermost_crossing(
    surprise: Callable[[np.ndarray], np.ndarray], directions: np.ndarray, levels: np.ndarray, steps: int = 48
) -> np.ndarray:
    """Largest r with surprise(r v) = level, by a scan from outside and bisection; 0 if even r = 0 lies above it.

    Args:
        surprise: Points u (n, d) -> surprise (n,), in nats, that grows without bound along every ray.
        directions: v, unit vectors, shape (n, d).
        levels: Surprise to reach, shape (n,), in nats.
        steps: Of the scan.

    Example:
        >>> outermost_crossing(lambda u: np.square(u).sum(1) / 2, np.eye(2), np.array([2.0, 8.0])).round(6)
        array([2., 4.])
    """

    def along(radii: np.ndarray) -> np.ndarray:
        return surprise(radii[:, None] * directions)

    outer = np.full(len(directions), 2.0 + np.sqrt(directions.shape[1]))
    while (short := along(outer) <= levels).any():
        outer = np.where(short, 1.5 * outer, outer)
    inner = np.zeros(len(directions))
    left = np.arange(len(directions))
    # From outside inwards, until each ray has met its outermost crossing.
    for share in np.arange(steps - 1, -1, -1) / steps:
        below = surprise((share * outer[left])[:, None] * directions[left]) <= levels[left]
        inner[left[below]] = share * outer[left[below]]
        left = left[~below]
        if not len(left):
            break
    crossed = np.ones(len(directions), dtype=bool)
    crossed[left] = False
    above = np.minimum(inner + outer / steps, outer)
    below_gap, above_gap = along(inner) - levels, along(above) - levels
    rows = np.flatnonzero(crossed)
    for _ in range(100):
        # Regula falsi, the stale end's gap halved (Illinois; Dowell & Jarratt 1971): few steps where the surprise bends little.
        width = above[rows] - inner[rows]
        share = -below_gap[rows] / np.maximum(above_gap[rows] - below_gap[rows], 1e-300)
        middle = inner[rows] + np.clip(share, 1e-3, 1 - 1e-3) * width
        gap = surprise(middle[:, None] * directions[rows]) - levels[rows]
        below = gap <= 0
        low, high = rows[below], rows[~below]
        inner[low], below_gap[low], above_gap[low] = middle[below], gap[below], above_gap[low] / 2
        above[high], above_gap[high], below_gap[high] = middle[~below], gap[~below], below_gap[high] / 2
        done = (above[rows] - inner[rows] < 1e-10) | (np.abs(gap) < 1e-11)
        inner[rows[done]] = above[rows[done]] = middle[done]
        rows = rows[~done]
        if not len(rows):
            break
    return np.where(crossed, 0.5 * (inner + above), 0.0)
