"""Which rules of a few conditions hold more failures than chance would? A beam search over thresholds at quantiles."""

__all__ = ["Region", "search_regions"]

from dataclasses import dataclass
from typing import final

import numpy as np

LONGEST = 3
WIDTH = 20
"""Rules kept at each length."""
QUANTILES = np.arange(0.1, 0.91, 0.1)
WORTH = 1.05
"""A further condition has to raise the quality by a twentieth, or the shorter rule is told."""


@final
@dataclass(frozen=True)
class Region:
    """A box over some features.

    Args:
        bounds: (feature, low, high), both ends included, -inf or inf for none; one entry a feature.

    Example:
        >>> Region(((0, 0.5, np.inf),)).holds(np.array([[0.2], [0.7], [np.nan]])).tolist()
        [False, True, False]
    """

    bounds: tuple[tuple[int, float, float], ...]

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Which rows (n, features) lie inside, bool (n,); what is not known lies nowhere."""
        inside = np.ones(len(values), dtype=bool)
        for feature, low, high in self.bounds:
            inside &= (values[:, feature] >= low) & (values[:, feature] <= high)
        return inside

    def narrowed(self, feature: int, low: float, high: float) -> "Region":
        """With one more bound; two on one feature become one."""
        own = {k: (least, most) for k, least, most in self.bounds}
        least, most = own.get(feature, (-np.inf, np.inf))
        own[feature] = (max(least, low), min(most, high))
        return Region(tuple((k, *pair) for k, pair in sorted(own.items())))


def search_regions(values: np.ndarray, failing: np.ndarray, *, least: int, most: int) -> list[Region]:
    """Regions in the order in which they were found, each among what those before it left over.

    Args:
        values: Features, (n, features); NaN where unknown.
        failing: Which fail, bool (n,).
        least: Fewest rows of a region.
        most: Most regions.

    Example:
        >>> values = np.arange(100.0)[:, None]
        >>> search_regions(values, values[:, 0] > 80, least=8, most=1)
        [Region(bounds=((0, 79.5, inf),))]
    """
    found: list[Region] = []
    left = np.ones(len(values), dtype=bool)
    while len(found) < most and 0 < failing[left].sum() < left.sum():
        region = _best(values[left], failing[left], least=least)
        if region is None:
            break
        found.append(region)
        left &= ~region.holds(values)
    return found


@dataclass(frozen=True)
class _Rule:
    region: Region
    inside: np.ndarray
    quality: float


def _best(values: np.ndarray, failing: np.ndarray, *, least: int) -> Region | None:
    conditions = _conditions(values)
    if not conditions:
        return None
    holds = np.stack([Region((condition,)).holds(values) for condition in conditions]).astype(np.float32)
    share = float(failing.mean())
    beam = [_Rule(Region(()), np.ones(len(values), dtype=bool), 0.0)]
    best: _Rule | None = None
    for _ in range(LONGEST):
        grown: dict[bytes, _Rule] = {}
        for rule in beam:
            # How many rows, and how many failures, would be left with each further condition.
            counts = holds @ np.stack([rule.inside, rule.inside & failing], axis=1).astype(np.float32)
            n, hits = counts.T.astype(np.float64)
            # A z-score of the share inside against the share of all (binomial quality, Atzmueller 2015, section 3.1).
            quality = np.where(
                n >= least, (hits - n * share) / np.sqrt(np.maximum(n, 1) * share * (1 - share)), -np.inf
            )
            quality[n == rule.inside.sum()] = -np.inf
            for k in np.argsort(-quality, kind="stable")[:WIDTH]:
                if quality[k] <= max(rule.quality * WORTH, 0.0):
                    break
                region = rule.region.narrowed(*conditions[k])
                inside = rule.inside & (holds[k] > 0)
                grown.setdefault(inside.tobytes(), _Rule(region, inside, float(quality[k])))
        beam = sorted(grown.values(), key=lambda rule: -rule.quality)[:WIDTH]
        if beam and (best is None or beam[0].quality > WORTH * best.quality):
            best = beam[0]
    return None if best is None else best.region


def _conditions(values: np.ndarray) -> list[tuple[int, float, float]]:
    """Bounds on one feature each, halfway between two of its values, at about its deciles."""
    found: list[tuple[int, float, float]] = []
    for feature in range(values.shape[1]):
        known = values[np.isfinite(values[:, feature]), feature]
        distinct = np.unique(known)
        if len(distinct) < 2:
            continue
        middles = (distinct[1:] + distinct[:-1]) / 2
        if len(middles) > len(QUANTILES):
            at = np.searchsorted(distinct, np.quantile(known, QUANTILES))
            middles = np.unique(middles[np.clip(at - 1, 0, len(middles) - 1)])
        for middle in middles:
            found += [(feature, -np.inf, float(middle)), (feature, float(middle), np.inf)]
    return found
