"""Conditioned: objects that fulfil a condition, and how likely such objects are."""

__all__ = ["Conditioned"]

from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.failure_probability import Estimate


@dataclass(frozen=True, eq=False, repr=False)
class Conditioned:
    """Codes and noise of n objects that fulfil a condition, drawn from the calibrated law given it.

    Args:
        condition: In words.
        intended: Class that it asks for, "" for none.
        z: Latent points, (n, latent).
        noise: What decides what the codes leave open, (n, k).
        probability: P(condition) under the calibrated law, at least so rare where an exceedance was asked; its interval holds
            the error of sampling and of calibration.
        decodes: Objects that were made and judged.
        distinct: Number of different codes among the n.
        effective: For a widened law, how many plain draws the weights behind the probability are worth; else the hits.
        temperature: That it was drawn at.
        observed: (real objects that fulfil it, real objects); None if no data came.
        observed_lower, observed_upper: 90% Clopper-Pearson interval of that share; NaN without data.
        note: For readers: how likely, how that compares with real objects, and what to mind.
    """

    condition: str
    intended: str
    z: np.ndarray
    noise: np.ndarray
    probability: Estimate
    decodes: int
    distinct: int
    effective: float
    temperature: float = 1.0
    observed: tuple[int, int] | None = None
    observed_lower: float = float("nan")
    observed_upper: float = float("nan")
    note: str = ""

    def __len__(self) -> int:
        return len(self.z)

    def __repr__(self) -> str:
        return f"Conditioned({len(self)} objects where {self.condition}; {self.note})"
