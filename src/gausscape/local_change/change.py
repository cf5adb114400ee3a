"""Change: how far two objects lie apart, against what is usual, what differs, and what lies between them."""

__all__ = ["Change"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.local_change.directions import Direction
from gausscape.local_change.features import FeatureChange
from gausscape.local_change.interval import Uncertainty
from gausscape.local_change.noise import LEVEL
from gausscape.local_change.path import Path
from gausscape.local_change.verdict import Verdict, verdict_of
from gausscape.modality import Comparison
from gausscape.space.support import Support


@dataclass(frozen=True, repr=False)
class Change:
    """The answer to "how far is it from a to b?", in standard deviations of the aggregate law on the live axes.

    Args:
        distance: Mahalanobis distance of the two posterior means: for ranking changes.
        percentile: Percent of random pairs of held-out objects that lie closer together than a and b.
        interval: 90% interval of that percentage, (low, high), all measured sources together.
        distance_interval: 90% interval of the distance, likewise.
        uncertainty: The same by source: "posterior", "calibration", and "model" (None without refits: not measured).
        landmark_neighbour: Median distance of a held-out object to its nearest held-out neighbour.
        landmark_again: 95% of the distances between two measurements of one object stay below this.
        noise_source: Where that noise was measured.
        pairs: Distances of random held-out pairs at the percentiles 0, 1 ... 100, shape (101,).
        detectability: d', the difference in units of the round-trip error: is there a change at all? Not for ranking.
        accuracy: Phi(d' / sqrt 2): how often an ideal observer who sees both once says rightly which is which.
        distinguishable: Whether d' is more than 95% of two measurements of one object differ by (false alarms: 5%). As
            measured; `verdict` is withheld where an object lies outside the data.
        noise_probability: Share of two measurements of one object that differ at least as much.
        jeffreys: Jeffreys divergence of the two posteriors, nats.
        fisher_rao: Their Fisher-Rao distance, nats^(1/2).
        wasserstein: Their 2-Wasserstein distance, in latent units.
        chord: Euclidean distance of the two decoded objects, cell by cell.
        input_distance: Euclidean distance of the two objects themselves, cell by cell: the rival that needs no fit.
            It has no percentile, for a space keeps no objects.
        stable: Whether spaces fitted with other seeds agree; None without refits.
        stability: Why, in a sentence.
        features: What changed and what stayed, the largest first.
        directions: Shares of the squared distance, the largest first.
        path: What lies between.
        difference: Picture of b less picture of a as the space sees them, for rasters; else None.
        observed_difference: The same of the objects themselves.
        support: How far a and b are backed by data.
        identical: Whether a and b are the same object, cell by cell.
        a_id, b_id: Ids of the two objects where they are known.
        comparison: Which parts were added, removed or retyped, for objects that have parts; else None.

    References:
        Green & Swets 1966, Signal detection theory and psychophysics (d').
    """

    distance: float
    percentile: float
    interval: tuple[float, float]
    distance_interval: tuple[float, float]
    uncertainty: Uncertainty
    landmark_neighbour: float
    landmark_again: float
    noise_source: str
    pairs: np.ndarray
    detectability: float
    accuracy: float
    distinguishable: bool
    noise_probability: float
    jeffreys: float
    fisher_rao: float
    wasserstein: float
    chord: float
    input_distance: float
    stable: bool | None
    stability: str
    features: tuple[FeatureChange, ...]
    directions: tuple[Direction, ...]
    path: Path
    difference: np.ndarray | None
    observed_difference: np.ndarray | None
    support: tuple[Support, Support]
    identical: bool
    a_id: str | None = None
    b_id: str | None = None
    comparison: Comparison | None = None

    @property
    def is_noise(self) -> bool:
        """Whether two measurements of one and the same object could differ as much."""
        return not self.distinguishable

    @property
    def verdict(self) -> Verdict:
        """SAME, NOISE, CHANGED, or WITHHELD where an object lies outside the data."""
        return verdict_of(self.identical, self.distinguishable, Support.UNSUPPORTED in self.support)

    @property
    def landmark_pair(self) -> float:
        """Median distance of two random held-out objects."""
        return float(self.pairs[50])

    @property
    def dominant_source(self) -> str:
        """Which source leaves the percentile most uncertain: "posterior", "calibration" or "model"."""
        return str(self.uncertainty.dominant[0])

    @property
    def length(self) -> float:
        """Pull-back length of the path, in nats^(1/2)."""
        return self.path.length

    @property
    def changed(self) -> tuple[FeatureChange, ...]:
        """The features that moved by more than noise, the largest first."""
        return tuple(feature for feature in self.features if feature.moved)

    @property
    def stayed(self) -> tuple[FeatureChange, ...]:
        """The features that did not."""
        return tuple(feature for feature in self.features if feature.stayed)

    def __str__(self) -> str:
        from gausscape.local_change.words import tell

        return tell(self)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects and pictures. What was not measured is None."""
        bands = {name: None if band is None else band.document() for name, band in self.uncertainty.sources.items()}
        plain = (
            "distance", "percentile", "landmark_neighbour", "landmark_again", "landmark_pair", "noise_source",
            "detectability", "accuracy", "distinguishable", "is_noise", "noise_probability", "jeffreys", "fisher_rao",
            "wasserstein", "chord", "length", "dominant_source", "stable", "stability", "identical", "a_id", "b_id",
        )  # fmt: skip
        return {name: getattr(self, name) for name in plain} | {
            "interval": list(self.interval),
            "distance_interval": list(self.distance_interval),
            "intervals": bands,
            "level": LEVEL,
            "verdict": self.verdict.value,
            "support": [label.value for label in self.support],
            # Two rows of a table may share no column that both have.
            "input_distance": None if np.isnan(self.input_distance) else self.input_distance,
            "pairs": self.pairs.tolist(),
            "features": [feature.document() for feature in self.features],
            "directions": [direction.document() for direction in self.directions],
            "path": self.path.document(),
            "comparison": None if self.comparison is None else self.comparison.document(),
        }
