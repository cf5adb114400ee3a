"""CoveringArray: codes in a shell that show combinations of latent bins, and what they leave out."""

__all__ = ["CoveringArray"]

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.space.calibration import Exceedance
from gausscape.space.space import Samples, Space
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell


@final
@dataclass(frozen=True, eq=False, repr=False)
class CoveringArray:
    """Codes in a shell, few for the combinations they show, those that add most first.

    Args:
        z: Latent points, (n, latent).
        bins: In which bin of each direction they lie, 0 for the lowest, (n, axes).
        new: How many combinations each row is the first to show, (n,).
        exceedance: Calibrated probability of a code at least as unusual as each, with its 90% interval.
        grid: The directions and their bins.
        shell: Where all codes lie.
        strength: t, so many axes go into a combination.
        combinations: Number of all combinations.
        infeasible: So many have no code in the shell at all, by interval arithmetic (one Gaussian law only).
        unreached: For so many a search found none; whether there is one is unknown (other laws only).
        covered: So many occur in at least one row, or were covered before.
        feasible_by_set: Feasible ones of each set of axes, in lexical order, (sets,).

    Example:
        >>> import gausscape as gs
        >>> from gausscape.stress_testing.covering_arrays.covering import covering_scenarios
        >>> spots = np.random.default_rng(0).uniform(size=(500, 4, 4)).astype("float32")
        >>> space = gs.fit(spots, latent=3, method="pca")
        >>> array = covering_scenarios(space, strength=2, bins=3, between=(0.5, 0.01))
        >>> array.covered == array.feasible, bool((array.exceedance.probability <= 0.5001).all())
        (True, True)
    """

    z: np.ndarray
    bins: np.ndarray
    new: np.ndarray
    exceedance: Exceedance
    grid: LatentBins
    shell: Shell
    strength: int
    combinations: int
    infeasible: int
    unreached: int
    covered: int
    feasible_by_set: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    @property
    def axes(self) -> tuple[str, ...]:
        """What a reader sees change along each direction."""
        return self.grid.names

    @property
    def feasible(self) -> int:
        """Combinations that occur in the shell, as far as is known."""
        return self.combinations - self.infeasible - self.unreached

    @property
    def share(self) -> float:
        """Share of these that are covered; 1 unless a budget stopped the construction."""
        return self.covered / self.feasible if self.feasible else 1.0

    def words(self, row: int) -> tuple[str, ...]:
        """The bins of a row, told to a reader."""
        return tuple(self.grid.words(axis, int(place)) for axis, place in enumerate(self.bins[row]))

    def samples(self, space: Space) -> Samples:
        """The rows as objects of the space, each with its label."""
        return space.describe_codes(self.z)

    def __str__(self) -> str:
        told = (
            f"{len(self):,} scenarios at {self.shell} show {self.covered:,} of {self.feasible:,} feasible combinations of the "
            f"bins of any {self.strength} of {self.grid.axes} directions, {self.grid.bins} bins each"
        )
        left_out = [f"{self.infeasible:,} cannot occur there"] if self.infeasible else []
        left_out += [f"{self.unreached:,} were not found there"] if self.unreached else []
        return "; ".join([told, *left_out])

    def __repr__(self) -> str:
        return f"CoveringArray({self})"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        shell = {"common": self.shell.common, "rare": self.shell.rare, "certified": self.shell.certified}
        plain = ("strength", "combinations", "infeasible", "unreached", "covered", "feasible")
        return {
            "shell": shell,
            "directions": list(self.grid.names),
            "vectors": self.grid.rotation[: self.grid.axes].tolist(),
            "bins_of_each": self.grid.bins,
            **{name: getattr(self, name) for name in plain},
            **{name: getattr(self, name).tolist() for name in ("z", "bins", "new")},
            **{name: getattr(self.exceedance, name).tolist() for name in ("probability", "lower", "upper")},
        }
