"""Does an object lie where the data are? Gates, each a held-out p-value, and the label that follows from them.

A decoder answers anywhere, also where it never saw anything (Arvanitidis et al. 2018, 1710.11379). Gates tell:

- neighbours: distance of the code to its nearest codes of fitted objects, in standard deviations;
- cycle: does encoding the decoded object come back to the code, in units of the posterior?
- spread (if several decoders were trained): do they agree on what is decoded?
- residual (objects only): how badly is the object itself described by its own code?

Each gate ranks against the same measure on calibration objects: p = (1 + #{at least as extreme}) / (n + 1)
(Bates et al. 2023, 2104.08279).
"""

__all__ = ["Gate", "Support", "label_support"]

import enum
from dataclasses import dataclass

import numpy as np

from gausscape.errors import CalibrationError


class Support(enum.StrEnum):
    """How far an object is backed by data; the weaker, the less its outcome may be quoted as a probability."""

    SUPPORTED = "SUPPORTED"
    RARE_OBSERVED = "RARE_OBSERVED"
    EXTRAPOLATED = "EXTRAPOLATED"
    UNSUPPORTED = "UNSUPPORTED"


@dataclass(frozen=True)
class Gate:
    """Held-out values of one measure; larger is less like the data.

    Args:
        name: "neighbours", "cycle", "spread" or "residual".
        reference: Values on calibration objects, ascending, shape (n,).
        two_sided: Whether small values are suspicious too (Nalisnick et al. 2019: too well described is odd as well).

    Example:
        >>> gate = Gate.fit("cycle", np.arange(99.0))
        >>> gate.p_value(np.array([-1.0, 98.5]))
        array([1.  , 0.01])
    """

    name: str
    reference: np.ndarray
    two_sided: bool = False

    @classmethod
    def fit(cls, name: str, values: np.ndarray, *, two_sided: bool = False) -> "Gate":
        """A gate from its measure on calibration objects (n,)."""
        values = np.asarray(values, dtype=np.float64)
        if not len(values) or not np.isfinite(values).all():
            raise CalibrationError(
                f"The gate {name!r} needs finite values on calibration objects, but {int((~np.isfinite(values)).sum())} of "
                f"{len(values)} are not. The networks give no usable output here: fit again with a smaller learning rate."
            )
        return cls(name, np.sort(values), two_sided)

    def p_value(self, values: np.ndarray) -> np.ndarray:
        """Share of the data that is at least as extreme, in (0, 1], shape of `values`; NaN counts as most extreme."""
        values = np.where(np.isnan(values), np.inf, values)
        n = len(self.reference)
        above = n - np.searchsorted(self.reference, values, side="left")
        upper = (1 + above) / (n + 1)
        if not self.two_sided:
            return upper
        lower = (1 + np.searchsorted(self.reference, values, side="right")) / (n + 1)
        return np.minimum(1.0, 2 * np.minimum(upper, lower))


def label_support(beyond: np.ndarray, gates: np.ndarray, probability: np.ndarray, floor: float) -> np.ndarray:
    """The label of each object or code.

    - UNSUPPORTED: a gate below .01, or an exceedance below what the calibration can certify;
    - EXTRAPOLATED: no calibration object lies beyond;
    - RARE_OBSERVED: 1 to 9 lie beyond, or a gate below .05;
    - SUPPORTED: the rest.

    Args:
        beyond: Number of calibration objects that are at least as unusual, shape (n,).
        gates: Smallest p-value of the gates, shape (n,).
        probability: Calibrated exceedance, shape (n,).
        floor: Smallest exceedance that the calibration can certify.

    Returns:
        Array of `Support`, shape (n,).

    Example:
        >>> label_support(np.array([50, 3, 0, 50]), np.array([0.6, 0.6, 0.6, 0.001]), np.array([0.4, 0.01, 0.001, 0.4]), 1e-4)
        array(['SUPPORTED', 'RARE_OBSERVED', 'EXTRAPOLATED', 'UNSUPPORTED'],
              dtype='<U13')
    """
    labels = np.full(len(beyond), Support.SUPPORTED.value, dtype="<U13")
    labels[(beyond < 10) | (gates < 0.05)] = Support.RARE_OBSERVED.value
    labels[beyond == 0] = Support.EXTRAPOLATED.value
    labels[(gates < 0.01) | (probability < floor)] = Support.UNSUPPORTED.value
    return labels
