"""What changed, and what stayed? Features of the two objects, as the space sees them and as they were observed."""

__all__ = ["FeatureChange", "in_words", "list_feature_changes"]

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gausscape.local_change.ends import Ends
from gausscape.local_change.noise import noise_of
from gausscape.local_change.per_space import once_per_space
from gausscape.space.space import Space

STAYED = 0.1
NOISY_SHARE = 0.95
NOISY_CODES = 256
MENTIONED = 3


@dataclass(frozen=True)
class FeatureChange:
    """How one feature differs between a and b; sizes are in standard deviations of that feature in the population.

    Args:
        name: Of the feature.
        before: Its value at a, as the space sees it (measured on what a's code decodes to), in the feature's own units.
        after: The same at b.
        size: after - before in standard deviations of the feature among decoded held-out objects.
        observed_before: Its value measured on a itself; NaN where a lacks it.
        observed_after: The same on b.
        observed_size: observed_after - observed_before in the same standard deviations.
        noise: 95% of the sizes that one object shows when it is measured again stay below this.
        typical: Median size, without its sign, between two random objects: that a feature stayed says more if it seldom does.
    """

    name: str
    before: float
    after: float
    size: float
    observed_before: float
    observed_after: float
    observed_size: float
    noise: float
    typical: float

    @property
    def change(self) -> float:
        """after - before, in the feature's own units."""
        return self.after - self.before

    @property
    def observed_change(self) -> float:
        """observed_after - observed_before, in the feature's own units."""
        return self.observed_after - self.observed_before

    @property
    def moved(self) -> bool:
        """Whether it moved more than measuring again would move it, and than a tenth of a standard deviation."""
        return abs(self.size) > self._least

    @property
    def stayed(self) -> bool:
        """Whether it did not; what an end lacks, such as the slant of a blank image, neither moved nor stayed."""
        return abs(self.size) <= self._least

    @property
    def signs_disagree(self) -> bool:
        """Whether the objects themselves changed the other way, by more than noise: then the space did not see it."""
        return self.moved and abs(self.observed_size) > self._least and self.size * self.observed_size < 0

    @property
    def _least(self) -> float:
        return max(self.noise, STAYED)

    def __str__(self) -> str:
        observed = f", observed {self.observed_before:.3g} to {self.observed_after:.3g}"
        known = np.isfinite(self.observed_change)
        return f"{self.name} {self.size:+.1f} sd ({self.before:.3g} to {self.after:.3g}{observed if known else ''})"

    def document(self) -> dict[str, Any]:
        """JSON-able; what is not known is None."""
        told = asdict(self) | {"change": self.change, "observed_change": self.observed_change}
        told = {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in told.items()}
        return told | {"moved": self.moved, "stayed": self.stayed, "signs_disagree": self.signs_disagree}


def list_feature_changes(space: Space, ends: Ends) -> tuple[FeatureChange, ...]:
    """The features of one change, the largest first.

    Args:
        space: Decodes and measures.
        ends: One change.
    """
    scale, noise, typical = _usual(space)
    seen = [space.modality.features(space.codec.cells(side.mean)) for side in ends.posteriors]
    observed = [space.modality.features(*space.codec.observed(side.tensors)).values[0] for side in (ends.a, ends.b)]
    before, after = (features.values[0] for features in seen)
    size, observed_size = _scaled(after - before, scale), _scaled(observed[1] - observed[0], scale)
    columns = (before, after, size, observed[0], observed[1], observed_size, noise, typical)
    rows = [FeatureChange(name, *(float(column[k]) for column in columns)) for k, name in enumerate(seen[0].names)]
    return tuple(sorted(rows, key=lambda row: -abs(np.nan_to_num(row.size))))


def in_words(features: Sequence[FeatureChange]) -> str:
    """What changed most, what stayed, and where the objects themselves say the opposite."""
    moved = [feature for feature in features if feature.moved]
    # What differs between most pairs of objects comes first: that a flag which is never set stayed is no news.
    stayed = [feature.name for feature in sorted(features, key=lambda row: -row.typical) if feature.stayed]
    if not moved:
        words = "No feature changed by more than noise."
    else:
        words = f"What changed: {_first([str(feature) for feature in moved])}."
        words += f" What stayed: {_first(stayed)}." if stayed else ""
    opposite = [feature.name for feature in features if feature.signs_disagree]
    return words + (f" On the objects themselves the other way round: {_first(opposite)}." if opposite else "")


def _first(names: Sequence[str]) -> str:
    more = f"; and {len(names) - MENTIONED} more" if len(names) > MENTIONED else ""
    return "; ".join(names[:MENTIONED]) + more


@once_per_space
def _usual(space: Space) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each feature over decoded held-out codes: standard deviation, size that measuring again reaches, typical size."""
    scale = space.population.feature_spread
    codes = space.aggregate.held_out[:NOISY_CODES]
    trips = noise_of(space).round_trip
    row = np.random.default_rng([47, len(codes)]).integers(len(trips.errors), size=len(codes))
    once, again = (
        space.modality.features(space.codec.cells(space.aggregate.full(codes + errors[row]))).values
        for errors in (trips.errors, trips.repeats)
    )
    noise = np.quantile(np.nan_to_num(np.abs(_scaled(again - once, scale))), NOISY_SHARE, axis=0)
    # Held-out codes come in no order of their own: neighbouring rows are random pairs.
    pairs = np.diff(space.population.features.values, axis=0)
    return scale, noise, np.median(np.nan_to_num(np.abs(_scaled(pairs, scale))), axis=0)


def _scaled(change: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.divide(change, scale, out=np.zeros_like(change), where=scale > 0)
