"""What does the live model say of a place? Decoded, judged and asked about y, as Python does it."""

__all__ = ["LiveModel"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.outcome import Outcome
from gausscape.page.pack import bits, pack, singles
from gausscape.page.pictures_part import write_pictures
from gausscape.space.space import Space
from gausscape.space.support import Support

MOST_PLACES = 256


class LiveModel:
    """Spaces and outcomes behind one question.

    Args:
        spaces: By the id that the page knows them by.
        outcomes: y, each behind one batched call.
    """

    def __init__(self, spaces: Mapping[str, Space], outcomes: Sequence[Outcome] = ()):
        self.spaces = dict(spaces)
        self.outcomes = tuple(outcomes)

    def answer(self, question: Mapping[str, Any]) -> bytes:
        """A payload, as the page unpacks it: "pictures", "exceedance", "lower", "upper", "support", "nearest", and "y" by outcome.

        Args:
            question: {"space": id, "u": rows of whitened coordinates, at most 256}.

        Raises:
            ConfigurationError: If there is no such space.
            ShapeError, DataError: If the coordinates cannot be used.
        """
        name = question.get("space")
        if not isinstance(name, str) or name not in self.spaces:
            raise ConfigurationError(
                f"A question needs the id of a space ({', '.join(self.spaces)}), but got {name!r}. Reload the page."
            )
        space = self.spaces[name]
        z = space.aggregate.unwhiten(_coordinates(question.get("u"), len(space.live_axes)))
        samples = space.describe_codes(z)
        y = {outcome.name: singles(outcome(samples.items).values) for outcome in self.outcomes}
        return pack(
            {
                "pictures": write_pictures(space.modality.pictures(samples.items)),
                "exceedance": singles(samples.exceedance.probability),
                "lower": singles(samples.exceedance.lower),
                "upper": singles(samples.exceedance.upper),
                "support": bits([[*Support].index(Support(label)) for label in samples.support]),
                "nearest": [str(each) for each in samples.nearest],
                "y": y,
            }
        )


def _coordinates(given: Any, dimension: int) -> np.ndarray:
    try:
        u: np.ndarray = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        u = np.empty((0, 0))
    if u.ndim != 2 or not 1 <= len(u) <= MOST_PLACES or u.shape[1] != dimension:
        raise ShapeError(
            f"A question needs 1 to {MOST_PLACES} rows of {dimension} whitened coordinates, but got {u.shape or 'none'}. "
            "Reload the page: it may be of another space."
        )
    if not np.isfinite(u).all():
        raise DataError("Coordinates need to be finite, but some are not. Reload the page.")
    return u
