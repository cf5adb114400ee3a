"""What is a tail, and what may be said of codes drawn from it? The noun that radial and directional tails share.

A tail ranks codes by how far out they lie (a surprise, in nats) and turns that into a probability by calibration objects. Two
things are called a tail: the radial one ("unlike anything, in any direction") and a directional one ("so far that way").
They differ much: of ten-dimensional standard normal codes 1 in 1,000 has a radius above 5.4, but a coordinate above 3.1.
"""

__all__ = ["Tail", "TailDraw"]

import abc
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.calibration import Calibration, Exceedance
from gausscape.space.gated import Gated, draw_gated
from gausscape.space.space import Space
from gausscape.space.support import label_support


@final
@dataclass(frozen=True, eq=False)
class TailDraw:
    """Codes of a tail, each with what may be said of it.

    Args:
        z: Latent points, (n, latent).
        depth: How far out, in standard deviations: the norm of the whitened code, or its coordinate along the direction, (n,).
        exceedance: Probability of a code at least so far out in this tail, with its 90% interval.
        support: Label of each, (n,).
        gates: Smallest p-value of the support gates, (n,).
        gate: Name of the gate that has it, (n,).
        acceptance: Share of all codes that were proposed at this level which pass the gates.
    """

    z: np.ndarray
    depth: np.ndarray
    exceedance: Exceedance
    support: np.ndarray
    gates: np.ndarray
    gate: np.ndarray
    acceptance: float

    def __len__(self) -> int:
        return len(self.z)


class Tail(abc.ABC):
    """A tail of a space's codes. Its final subclasses say how far out a code lies, and which codes lie at a level.

    Args:
        space: The space.
        name: What it is called in tables.
        calibration: Of the tail's own surprise.
    """

    is_radial: ClassVar[bool]

    def __init__(self, space: Space, name: str, calibration: Calibration):
        self.space = space
        self.name = name
        self.calibration = calibration

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, certifies down to {self.calibration.floor:.2g})"

    def draw(self, n: int, exceedance: float, rng: np.random.Generator, *, at_least: bool = False) -> TailDraw:
        """n codes whose calibrated exceedance is exactly p, or at most p.

        Many more are proposed, and those handed out first that pass the support gates. Where too few pass, the rest are
        handed out too, labelled UNSUPPORTED.

        Args:
            n: How many.
            exceedance: p.
            rng: Source of randomness.
            at_least: Codes at least as far out instead; their exceedance is uniform in (floor, p].

        Raises:
            CalibrationError: If p is finer than the calibration objects certify, 1 / (20 n).
            ConfigurationError: If p is not in (0, 1], or n below 1.
        """
        if n < 1:
            raise ConfigurationError(f"A tail needs at least 1 code to draw, but got {n}. Pass n=20, say.")
        floor = self.calibration.floor
        spread = at_least and exceedance > floor
        levels = self.calibration.level(rng.uniform(floor, exceedance, n) if spread else np.full(n, exceedance))

        def propose(many: int) -> np.ndarray:
            level = np.resize(levels, many)
            return self.space.aggregate.unwhiten(self._at_level(self.places(level, rng), level))

        found = draw_gated(n, propose, self.space.gates_of_codes, each_its_own=spread)
        return self._told(found, self._surprise(self.space.aggregate.whiten(found.z)), found.acceptance)

    def beyond(self, depths: np.ndarray, n: int, rng: np.random.Generator) -> TailDraw:
        """n codes at each stated depth, whether or not any object was ever seen so far out.

        The same n places are followed outwards, and nothing is chosen by the gates: they tell where objects stop being
        objects. The exceedance goes on by the tail law; below the floor it is an extrapolation and the label UNSUPPORTED.

        Args:
            depths: Standard deviations, (k,).
            n: How many at each.
            rng: Source of randomness.

        Returns:
            k n codes: first all n at the first depth, in the order of the places.
        """
        depths = np.asarray(depths, dtype=np.float64)
        places = self.places(np.full(n, np.inf), rng)
        z = self.at_depth(np.tile(places, (len(depths), 1)), np.repeat(depths, n))
        return self.describe(z)

    def describe(self, z: np.ndarray) -> TailDraw:
        """What may be said of latent points (n, latent) as codes of this tail."""
        found = Gated.of(z, self.space.gates_of_codes(z))
        return self._told(found, self._surprise(self.space.aggregate.whiten(z)), found.acceptance)

    def _told(self, found: Gated, surprise: np.ndarray, acceptance: float) -> TailDraw:
        rarity, u = self.calibration.exceedance(surprise), self.space.aggregate.whiten(found.z)
        beyond = self.calibration.beyond(surprise)
        support = label_support(beyond, found.smallest, rarity.probability, self.calibration.floor * (1 - 1e-9))
        return TailDraw(found.z, self._depth(u), rarity, support, found.smallest, found.gate, acceptance)

    @property
    def _last_surprise(self) -> float:
        """Surprise of the outermost calibration object: beyond it a code counts as extrapolated."""
        draws = len(self.calibration.reference) // self.calibration.count
        return float(self.calibration.reference[-draws])

    @property
    @abc.abstractmethod
    def last_observed(self) -> float:
        """Depth of the outermost calibration object, in standard deviations."""

    @abc.abstractmethod
    def level_depth(self, exceedance: float) -> float:
        """Depth at which the calibrated exceedance is p, in standard deviations.

        Raises:
            CalibrationError: If p is finer than the calibration objects certify.
        """

    @abc.abstractmethod
    def exceedance(self, depth: np.ndarray) -> Exceedance:
        """Calibrated probability of lying at least so far out, for depths (k,) in standard deviations."""

    @abc.abstractmethod
    def places(self, levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """New whitened codes (n, live) like the real ones near levels of surprise (n,), inf for the outermost."""

    @abc.abstractmethod
    def at_depth(self, u: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Latent points (n, latent): whitened codes u (n, live) moved outwards or inwards to these depths (n,)."""

    @abc.abstractmethod
    def _depth(self, u: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _surprise(self, u: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _at_level(self, u: np.ndarray, levels: np.ndarray) -> np.ndarray: ...
