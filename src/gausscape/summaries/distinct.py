"""Distinct: how many different objects came, exactly while there are few, and within a stated error beyond."""

__all__ = ["Distinct"]

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from gausscape.summaries.summary import Summary, refuse_other_settings


@dataclass(frozen=True, eq=False)
class Distinct(Summary):
    """The `size` smallest different hashes (k minimum values; Bar-Yossef et al. 2002).

    Up to `size` different objects are counted exactly. Beyond, the k-th smallest of hashes spread over [0, 1) lies near k / n,
    and (k - 1) / (that hash) is an unbiased estimate of n with a relative standard error of about 1 / sqrt(k - 2).

    Args:
        size: Most hashes kept, k.
        hashes: The smallest different ones, ascending, uint64.

    Example:
        >>> hashes = np.random.default_rng(0).integers(2**64, size=100_000, dtype=np.uint64)
        >>> seen = Distinct.of(hashes[:60_000]).merged(Distinct.of(hashes[40_000:]))
        >>> seen.is_exact, abs(seen.estimate / 100_000 - 1) < 5 * seen.relative_error
        (False, True)

    References:
        Bar-Yossef, Jayram, Kumar, Sivakumar & Trevisan 2002, Counting distinct elements in a data stream, algorithm 1.
        Beyer, Haas, Reinwald, Sismanis & Gemulla 2007, On synopses for distinct-value estimation, section 3 (the estimate).
    """

    size: int
    hashes: np.ndarray

    @classmethod
    def of(cls, hashes: np.ndarray, *, size: int = 16_384) -> "Distinct":
        """Of well-mixed 64-bit hashes, equal for equal objects, (n,)."""
        return cls(size, np.unique(np.asarray(hashes, dtype=np.uint64))[:size])

    @property
    def is_exact(self) -> bool:
        """Whether all different hashes are kept."""
        return len(self.hashes) < self.size

    @property
    def estimate(self) -> int:
        """How many different objects there are."""
        return len(self.hashes) if self.is_exact else round((self.size - 1) * 2.0**64 / float(self.hashes[-1]))

    @property
    def relative_error(self) -> float:
        """Standard error of the estimate as a share of it; 0 where it is exact."""
        return 0.0 if self.is_exact else (self.size - 2) ** -0.5

    def merged(self, other: Self) -> Self:
        refuse_other_settings(self.size, other.size, "the number of hashes kept")
        return replace(self, hashes=np.unique(np.concatenate([self.hashes, other.hashes]))[: self.size])

    def document(self) -> dict[str, Any]:
        return {"size": self.size, "hashes": [f"{value:016x}" for value in self.hashes.tolist()]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        return cls(document["size"], np.array([int(value, 16) for value in document["hashes"]], dtype=np.uint64))
