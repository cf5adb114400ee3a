"""How much do two measurements of one and the same object differ? The noise below which a change says nothing."""

__all__ = ["LEVEL", "Noise", "noise_of"]

from dataclasses import dataclass

import numpy as np

from gausscape.errors import CalibrationError
from gausscape.local_change.per_space import once_per_space
from gausscape.space.law import Law
from gausscape.space.round_trip import RoundTrip
from gausscape.space.space import Space

LEVEL = 0.05
"""Share of re-measured objects that are taken for a change (false alarms)."""

DRAWS = 2_000


@dataclass(frozen=True)
class Noise:
    """Errors of measured codes.

    Args:
        round_trip: The errors.
        law: Whose standard deviations are the unit.
        source: Where the errors come from, in words.
    """

    round_trip: RoundTrip
    law: Law
    source: str

    @property
    def again(self) -> float:
        """Distance in standard deviations of the law below which 95% of two measurements of one object lie."""
        return self.round_trip.again(self.law, 1 - LEVEL)

    def differences(self, n: int, *, seed: int) -> np.ndarray:
        """Differences between the errors of two objects in whitened coordinates, in n draws and their opposites, (2 n, live).

        With their opposites, so that a change from a to b and one from b to a meet the same noise.
        """
        errors = self.round_trip.errors
        rng = np.random.default_rng([seed, 29])
        first = rng.integers(len(errors), size=n)
        second = (first + rng.integers(1, max(2, len(errors)), size=n)) % len(errors)
        centre = self.law.whiten(np.zeros((1, errors.shape[1])))
        half = self.law.whiten(errors[first] - errors[second]) - centre
        return np.concatenate([half, -half])


@once_per_space
def noise_of(space: Space) -> Noise:
    """The noise of a space: of objects measured anew, or in a folder of an older version what the encoder states."""
    try:
        return Noise(space.round_trip, space.aggregate.law, "objects measured again")
    except CalibrationError:
        std = space.codec.embed_again(space.aggregate.full(space.aggregate.held_out)).std[:, space.live_axes]
        # Few held-out objects are drawn for several times, so that the landmark does not hang on a handful of draws.
        std = np.tile(std, (-(-DRAWS // len(std)), 1))
        draws = np.random.default_rng(41).standard_normal((2, *std.shape))
        return Noise(
            RoundTrip(*(std * draws)), space.aggregate.law, "the encoder's own statement, which is over-confident"
        )
