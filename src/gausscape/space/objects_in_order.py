"""Which calibration objects are the most surprising, and how surprising is one of a given rank?"""

__all__ = ["LEAST_OBJECTS", "ObjectsInOrder"]

from dataclasses import dataclass

import numpy as np

from gausscape.errors import CalibrationError, DataError, ShapeError

LEAST_OBJECTS = 2


@dataclass(frozen=True)
class ObjectsInOrder:
    """All draws of all objects, most surprising first, each with its object's number.

    Attributes:
        surprise: Descending, shape (count * draws,), in nats.
        owner: Number of the object that each is a draw of.
        count: Number of objects.
        draws: Draws of each.

    Example:
        >>> objects = ObjectsInOrder.of(np.array([[1.0, 4.0], [2.0, 3.0]]))
        >>> objects.surprise, objects.owner
        (array([4., 3., 2., 1.]), array([0, 1, 1, 0]))
    """

    surprise: np.ndarray
    owner: np.ndarray
    count: int
    draws: int

    @classmethod
    def of(cls, surprise: np.ndarray) -> "ObjectsInOrder":
        """Order surprise of shape (n,), or (n, k) with k draws of each object.

        Raises:
            ShapeError: If the array has neither one nor two axes.
            CalibrationError: If there are fewer than 2 objects, or all are equally surprising.
            DataError: If a surprise is negative or not finite.
        """
        surprise = np.asarray(surprise, float)
        if surprise.ndim not in (1, 2):
            raise ShapeError(
                f"Calibration needs surprise of shape (n,) or (n, k), but got {surprise.shape}. "
                "Pass one row per object."
            )
        table = surprise[:, None] if surprise.ndim == 1 else surprise
        count, draws = table.shape
        if count < LEAST_OBJECTS or not draws:
            raise CalibrationError(
                f"Calibration needs at least {LEAST_OBJECTS} objects, but got {count if draws else 0}. "
                "Hold more objects back from the fit."
            )
        wrong = ~(np.isfinite(table) & (table >= 0)).all(1)
        if wrong.any():
            raise DataError(
                f"Calibration needs surprise that is finite and >= 0, but {int(wrong.sum())} of {count} objects have "
                f"other values (first: object {int(np.flatnonzero(wrong)[0])}). Drop them, or find out why."
            )
        if table.min() == table.max():
            raise CalibrationError(
                f"Calibration needs objects of different surprise, but all {count} have {table.min():g}. "
                "Check that the codes vary."
            )
        order = np.argsort(-table, axis=None, kind="stable")
        return cls(table.ravel()[order], order // draws, count, draws)

    def quantile(self, probability: np.ndarray) -> np.ndarray:
        """Surprise that is exceeded with this conformal probability, i / (n + 1) at the i-th largest."""
        ranks = np.arange(1, len(self.surprise) + 1) / self.draws / (self.count + 1)
        return np.interp(probability, ranks, self.surprise)
