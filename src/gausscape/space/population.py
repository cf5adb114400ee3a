"""What is usual in this space? Neighbour distances, the spread of features, and how much a step changes what is decoded."""

__all__ = ["Population"]

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from gausscape.modality import Features
from gausscape.space.aggregate import NEIGHBOURS, Aggregate
from gausscape.space.codec import Codec
from gausscape.space.pull_back import metric_at

MOST_DECODED = 512
MOST_METRICS = 64


@final
@dataclass(frozen=True, eq=False)
class Population:
    """What a place of the space is compared with, from held-out codes; each part is computed when first asked for.

    Args:
        codec: Decodes held-out codes.
        aggregate: Holds them.
    """

    codec: Codec
    aggregate: Aggregate

    @cached_property
    def fitted(self) -> np.ndarray:
        """Whitened codes of fitted objects, at most 10,000, (m, live)."""
        return self.aggregate.fitted.codes

    @cached_property
    def held_out(self) -> np.ndarray:
        """Whitened codes of held-out objects, at most 2,000, (h, live)."""
        return self.aggregate.law.whiten(self.aggregate.held_out)

    @cached_property
    def neighbour_distances(self) -> np.ndarray:
        """Distances of each held-out code to its nearest fitted codes, ascending, in standard deviations, (h, 5 or fewer)."""
        return self.aggregate.fitted.query(self.held_out, min(NEIGHBOURS, len(self.fitted)))[0]

    @property
    def diameter(self) -> float:
        """No two codes of objects, fitted or held out, lie farther apart than this, in standard deviations."""
        return 2 * float(np.linalg.norm(np.concatenate([self.fitted, self.held_out]), axis=1).max())

    @cached_property
    def features(self) -> Features:
        """Features of at most 512 decoded held-out codes."""
        codes = _evenly(self.aggregate.held_out, MOST_DECODED)
        return self.codec.modality.features(self.codec.cells(self.aggregate.full(codes)))

    @cached_property
    def feature_spread(self) -> np.ndarray:
        """Standard deviation of each of these features, (features,); 0 where one never moves noticeably or is never known."""
        values = self.features.values
        known = np.isfinite(values)
        count = np.maximum(known.sum(0), 1)
        centred = np.where(known, values, 0.0)
        centred = np.where(known, values - centred.sum(0) / count, 0.0)
        spread = np.sqrt((centred**2).sum(0) / count)
        # Below this share of its size a number moves by the rounding of the decoder's single precision alone.
        spread = np.where(spread > 1e-6 * np.abs(np.where(known, values, 0.0)).max(0, initial=0.0), spread, 0.0)
        return self.features.varying(spread)

    @cached_property
    def metrics(self) -> np.ndarray:
        """Pull-back metric at at most 64 held-out codes, in whitened coordinates, (places, live, live)."""
        return self.metric(self.aggregate.full(_evenly(self.aggregate.held_out, MOST_METRICS)))

    def metric(self, z: np.ndarray) -> np.ndarray:
        """Pull-back metric L' M L at latent points (n, latent), (n, live, live).

        For a unit vector w, sqrt(w' (L' M L) w) is how much a standard deviation along w changes the decoded object, in
        units of distinguishability: the Fisher length under the likelihood (Arvanitidis et al. 2022, section 3).
        """
        live, factor = self.aggregate.live, self.aggregate.law.whitening.factor
        own = np.asarray(metric_at(self.codec, z), dtype=np.float64)[:, live][:, :, live]
        return factor.T @ own @ factor


def _evenly(codes: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows, evenly spread over all; held-out codes come in no order of their own."""
    return codes[np.unique(np.linspace(0, len(codes) - 1, most).round().astype(int))]
