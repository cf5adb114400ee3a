"""Covering scenarios: few codes in a shell that together show every reachable combination of bins of any t directions.

Plain random draws at a stated rarity repeat what is common there and miss combinations. A covering array of strength t
has every combination of bins of any t axes at least once, so an effect that needs t directions at once cannot hide
between the rows.

References:
    Dola et al. 2024, CIT4DNN: Generating diverse and rare inputs for neural networks using latent space combinatorial
    testing, sections 3.2 and 3.3.
"""

__all__ = ["CoveringArray", "covering_scenarios", "read_design"]

import numpy as np

from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import find_starts
from gausscape.stress_testing.covering_arrays.combinations import check_size
from gausscape.stress_testing.covering_arrays.covering_array import CoveringArray
from gausscape.stress_testing.covering_arrays.covering_construction import construct
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell


def covering_scenarios(
    space: Space,
    *,
    strength: int = 2,
    bins: int = 5,
    between: tuple[float, float] | Shell | None = None,
    axes: int | np.ndarray | None = None,
    directions: str = "data",
    seed: int = 0,
    budget: int | None = None,
) -> CoveringArray:
    """Codes in a shell that together show every feasible combination of the bins of any t directions.

    Each direction of the whitened live axes is cut into bins of equal probability of the standard normal. The first rows
    show most. What cannot occur together in the data can occur in an array, so look at the support of its objects: of
    digits in 16 axes at an exceedance from 10% to 1%, 31% passed the gates anywhere in their bins and 41% near the data, but
    91% where only the 6 directions that change most were cut.

    Args:
        space: Space to stress.
        strength: t: 2 for pairs, 3 for triples.
        bins: Of each direction.
        between: Two calibrated exceedances, the more common first: (0.01, 0.0001). None for these, the outer one raised to
            what the calibration certifies.
        axes: Directions: None for all, in order of the change of the decoded object, a number for the first so many, or
            orthonormal rows over the whitened live axes.
        directions: "data" keeps each code as near to a real one as its bins allow, "uniform" takes any code of its bins.
        seed: Of the construction.
        budget: At most so many rows; None for as many as it takes.

    Returns:
        CoveringArray. Under one Gaussian law feasibility is exact; under other laws it is searched, see `unreached`. Three-way
        coverage of 9 directions with 20 bins each takes some 15,000 rows and 10 seconds.

    Raises:
        ConfigurationError: If an option is impossible.
        CalibrationError: If the outer exceedance is finer than the calibration certifies.

    Example:
        >>> import gausscape as gs
        >>> spots = np.random.default_rng(0).uniform(size=(500, 4, 4)).astype("float32")
        >>> array = covering_scenarios(gs.fit(spots, latent=3, method="pca"), bins=2, between=(0.1, 0.01))
        >>> array.covered, array.feasible, array.combinations
        (12, 12, 12)
    """
    grid, shell = read_design(space, bins=bins, between=between, axes=axes, strength=strength)
    starts = find_starts(directions, grid, shell)
    return construct(space, grid, shell, strength=strength, starts=starts, seed=seed, budget=budget)


def read_design(
    space: Space,
    *,
    bins: int,
    between: tuple[float, float] | Shell | None,
    axes: int | np.ndarray | None,
    strength: int,
) -> tuple[LatentBins, Shell]:
    """The bins and the shell that were asked for, checked."""
    shell = between if isinstance(between, Shell) else Shell.between(space.of_codes, between)
    grid = LatentBins.of(space, bins=bins, axes=axes)
    check_size(grid.axes, bins, strength)
    return grid, shell
