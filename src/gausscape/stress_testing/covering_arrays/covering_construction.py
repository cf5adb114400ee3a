"""How is a covering array made? Greedily: rows start from an open combination and close as many others as they can.

Each batch of candidate rows starts from open combinations of one set of axes and takes, axis by axis, the bin that closes
most others and still leaves a way into the shell (as AETG does); the best few are kept. Libraries for t-way arrays do not
know that an array must lie in a shell, where the bins of all axes together decide what can occur at all.

References:
    Cohen, Dalal, Fredman & Patton 1997, The AETG system, section 4.
"""

__all__ = ["construct"]

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_reach import Placed, Reach
from gausscape.stress_testing.covering_arrays.box_starts import Starts
from gausscape.stress_testing.covering_arrays.combinations import Combinations
from gausscape.stress_testing.covering_arrays.covering_array import CoveringArray
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.radial_reach import RadialReach
from gausscape.stress_testing.covering_arrays.searched_reach import SearchedReach
from gausscape.stress_testing.covering_arrays.shell import Shell

CANDIDATES = 48
AT_ONCE = 6
AS_GOOD = 0.9
TRIES = 3


def construct(
    space: Space,
    grid: LatentBins,
    shell: Shell,
    *,
    strength: int,
    starts: Starts,
    seed: int,
    budget: int | None = None,
    hit: np.ndarray | None = None,
) -> CoveringArray:
    """The covering array, or what completes objects that have hit combinations (sets, bins^t) already."""
    if budget is not None and budget < 1:
        raise ConfigurationError(
            f"A budget needs to be 1 row or more, but got {budget}. Pass None for as many as it takes."
        )
    rng = np.random.default_rng([seed, 71])
    reach = _find_reach(grid, shell, starts, seed)
    feasible = reach.feasible(strength)
    table = Combinations(grid.axes, grid.bins, strength, feasible if hit is None else feasible & ~hit)
    in_each = np.full(len(table.sets), int(feasible.sum()))
    infeasible, before = table.count - int(in_each.sum()), int(in_each.sum()) - table.left
    failed = np.zeros(table.open.shape, dtype=np.uint8)
    x: list[np.ndarray] = []
    new: list[int] = []
    unreached = np.zeros_like(in_each)
    while table.left and (budget is None or len(x) < budget):
        number, seeds, candidates = _candidates(table, reach, rng)
        placed = reach.place(candidates, table.sets[number], rng)
        for row, gain in _best_first(table, placed, AT_ONCE if budget is None else min(AT_ONCE, budget - len(x))):
            x.append(placed.x[row])
            new.append(gain)
        unreached[number] += _give_up(table, failed, number, seeds[~placed.found])
    z = grid.codes(np.array(x)) if x else np.zeros((0, space.latent))
    return CoveringArray(
        z=z,
        bins=grid.find(z),
        new=np.array(new, dtype=np.int64),
        exceedance=space.of_codes.exceedance(space.aggregate.surprise(z)),
        grid=grid,
        shell=shell,
        strength=strength,
        combinations=table.count,
        infeasible=infeasible,
        unreached=int(unreached.sum()),
        covered=before + sum(new),
        feasible_by_set=in_each - unreached,
    )


def _find_reach(grid: LatentBins, shell: Shell, starts: Starts, seed: int) -> Reach:
    """Exact for one Gaussian, by search for any other law."""
    law = grid.aggregate.law
    if isinstance(law, GaussianLaw):
        return RadialReach(grid, shell, starts, law)
    return SearchedReach(grid, shell, starts, np.random.default_rng([seed, 73]))


def _candidates(table: Combinations, reach: Reach, rng: np.random.Generator) -> tuple[int, np.ndarray, np.ndarray]:
    """Rows of bins (candidates, axes) that each have an open combination of one set of axes; the set, and which these are."""
    number = int(rng.choice(len(table.sets), p=table.left_by_set / table.left))
    seeds = rng.choice(np.flatnonzero(table.open[number]), size=CANDIDATES)
    rows = np.zeros((CANDIDATES, table.axes), dtype=np.int64)
    held = table.sets[number]
    rows[:, held] = table.unpacked(seeds)
    assigned = held
    for axis in rng.permutation(np.setdiff1d(np.arange(table.axes), held)):
        gains = table.gains_of_next(rows, assigned, int(axis)) + rng.random((CANDIDATES, table.bins))
        rows[:, axis] = np.where(reach.allowed(rows, assigned), gains, -1.0).argmax(1)
        assigned = np.append(assigned, axis)
    return number, seeds, rows


def _best_first(table: Combinations, placed: Placed, most: int) -> list[tuple[int, int]]:
    """Close the combinations of the best rows; (row, how many it closed) of each that is nearly as good as the first."""
    taken: list[tuple[int, int]] = []
    usable = np.flatnonzero(placed.found)
    while len(usable) and len(taken) < most:
        gains = table.gains(placed.rows[usable])
        best = int(gains.argmax())
        if gains[best] == 0 or (taken and gains[best] < AS_GOOD * taken[0][1]):
            break
        row = int(usable[best])
        taken.append((row, int(table.close(placed.rows[row : row + 1])[0])))
    return taken


def _give_up(table: Combinations, failed: np.ndarray, number: int, seeds: np.ndarray) -> int:
    """Count failures of combinations of one set; those that failed often enough are no longer wanted. How many."""
    given_up = 0
    for seed in np.unique(seeds):
        failed[number, seed] += 1
        if failed[number, seed] >= TRIES and table.open[number, seed]:
            table.forget(number, int(seed))
            given_up += 1
    return given_up
