"""Coverage: which combinations of latent bins does a set of objects show within a shell, which are missing, what completes it?

References:
    Dola et al. 2023, Input distribution coverage: measuring feature interaction adequacy in neural network testing,
    section 3 (t-way coverage of a partitioned latent space).
"""

__all__ = ["Coverage", "Missing", "measure_coverage"]

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import find_starts
from gausscape.stress_testing.covering_arrays.combinations import Combinations
from gausscape.stress_testing.covering_arrays.covering import read_design
from gausscape.stress_testing.covering_arrays.covering_array import CoveringArray
from gausscape.stress_testing.covering_arrays.covering_construction import construct
from gausscape.stress_testing.covering_arrays.shell import Shell

SHOWN = 8


@final
@dataclass(frozen=True)
class Missing:
    """A combination of bins that the objects do not show, though it occurs in the shell.

    Args:
        axes: Positions of its directions, (t,).
        bins: Their bins, 0 for the lowest, (t,).
        words: The same told to a reader, one text for each direction.
        row: Row of the completion that shows it.
    """

    axes: tuple[int, ...]
    bins: tuple[int, ...]
    words: tuple[str, ...]
    row: int

    def __str__(self) -> str:
        return " and ".join(self.words)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Coverage:
    """The share of feasible combinations that objects hit.

    Args:
        objects: How many were given.
        inside: How many of them have a code in the shell; the others hit nothing.
        hit: Feasible combinations that at least one of them shows.
        by_pair: Share of the feasible combinations hit, over all sets of axes that hold both of a pair, (axes, axes); the
            diagonal over all sets that hold the axis. NaN where no set holds both (strength 1).
        missing: The first few that are missing, each with the row of the completion that shows it.
        completion: The scenarios that show all that is missing.
        examples: The objects of the rows that `missing` names, in native form, one for each.
        drawn: Whether codes are posterior draws of objects (True), or were given.

    Example:
        >>> import gausscape as gs
        >>> spots = np.random.default_rng(0).uniform(size=(500, 4, 4)).astype("float32")
        >>> space = gs.fit(spots, latent=3, method="pca")
        >>> coverage = measure_coverage(space, spots[:6], bins=3, between=(1, 0.01))
        >>> 0 < coverage.hit < coverage.feasible, coverage.hit + coverage.completion.new.sum() == coverage.feasible
        (True, np.True_)
    """

    objects: int
    inside: int
    hit: int
    by_pair: np.ndarray
    missing: tuple[Missing, ...]
    completion: CoveringArray
    examples: Any
    drawn: bool

    @property
    def feasible(self) -> int:
        """Combinations that occur in the shell, as far as is known."""
        return self.completion.feasible

    @property
    def share(self) -> float:
        """hit / feasible, in [0, 1]."""
        return self.hit / self.feasible if self.feasible else 1.0

    def __str__(self) -> str:
        design = self.completion
        rest = "complete it" if design.covered == design.feasible else f"bring it to {design.share:.1%}"
        return (
            f"{self.inside:,} of {self.objects:,} objects lie at {design.shell} and hit {self.share:.1%} of {self.feasible:,} "
            f"feasible combinations of the bins of any {design.strength} of {design.grid.axes} directions, {design.grid.bins} "
            f"bins each; {len(design):,} scenarios {rest}"
        )

    def __repr__(self) -> str:
        return f"Coverage({self})"

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        return {
            **{name: getattr(self, name) for name in ("objects", "inside", "hit", "feasible", "share", "drawn")},
            "by_pair": self.by_pair.tolist(),
            "missing": [
                {"axes": each.axes, "bins": each.bins, "words": each.words, "row": each.row} for each in self.missing
            ],
            "completion": self.completion.document(),
        }


def measure_coverage(
    space: Space,
    data: Any = None,
    *,
    z: np.ndarray | None = None,
    strength: int = 2,
    bins: int = 5,
    between: tuple[float, float] | Shell | None = None,
    axes: int | np.ndarray | None = None,
    seed: int = 0,
    budget: int | None = None,
) -> Coverage:
    """How many of the feasible combinations of latent bins objects hit, and which scenarios would complete them.

    An object's code is one draw from its posterior: the law and its shells describe draws, and posterior means lie closer
    to the centre than those.

    Args:
        space: Space that was fitted to this kind of data.
        data: Objects in native form, or Items.
        z: Latent points (n, latent) instead of objects, as of scenarios.
        strength, bins, between, axes: See `covering_scenarios`.
        seed: Of the posterior draws and of the completion.
        budget: Of the completion, at most so many rows; None for as many as it takes.

    Raises:
        ConfigurationError: If there are both objects and latent points or neither, or an option is impossible.
        CalibrationError: If the outer exceedance is finer than the calibration certifies.
    """
    if (data is None) == (z is None):
        raise ConfigurationError("Coverage needs objects or latent points, one of them. Pass data, or z=codes.")
    grid, shell = read_design(space, bins=bins, between=between, axes=axes, strength=strength)
    codes = _drawn(space, data, seed) if z is None else _checked(space, z)
    inside = shell.holds(space.aggregate.surprise(codes))
    hit = Combinations(grid.axes, bins, strength).shown(grid.find(codes[inside]))
    completion = construct(
        space,
        grid,
        shell,
        strength=strength,
        starts=find_starts("data", grid, shell),
        seed=seed,
        budget=budget,
        hit=hit,
    )
    missing = _missing(completion, hit)
    return Coverage(
        objects=len(codes),
        inside=int(inside.sum()),
        hit=completion.covered - int(completion.new.sum()),
        by_pair=_by_pair(completion, hit),
        missing=missing,
        completion=completion,
        examples=space.decode(completion.z[[each.row for each in missing]]) if missing else None,
        drawn=z is None,
    )


def _drawn(space: Space, data: Any, seed: int) -> np.ndarray:
    """One draw from the posterior of each object, (n, latent)."""
    posterior = space.embed(data)
    return posterior.sample(np.random.default_rng([seed, 74]).standard_normal(posterior.mean.shape))


def _checked(space: Space, z: Any) -> np.ndarray:
    """Latent points (n, latent), or a ShapeError."""
    z = np.asarray(z, dtype=np.float64)
    if z.ndim != 2 or z.shape[1] != space.latent:
        raise ShapeError(
            f"Coverage needs latent points of shape (n, {space.latent}), but got {z.shape}. Pass the z of scenarios, or data."
        )
    return z


def _missing(completion: CoveringArray, hit: np.ndarray) -> tuple[Missing, ...]:
    """Of each of the first rows of a completion one combination that it is the first to show."""
    grid, strength = completion.grid, completion.strength
    table = Combinations(grid.axes, grid.bins, strength, ~hit)
    told: list[Missing] = []
    for row, bins in enumerate(completion.bins[:SHOWN]):
        is_new = table.is_open(bins)
        table.close(bins[None])
        axes = table.sets[is_new.argmax()].tolist()
        words = tuple(grid.words(axis, int(bins[axis])) for axis in axes)
        told.append(Missing(tuple(axes), tuple(bins[axes].tolist()), words, row))
    return tuple(told)


def _by_pair(completion: CoveringArray, hit: np.ndarray) -> np.ndarray:
    """Share of the feasible combinations that are hit, over the sets of axes that hold each pair, (axes, axes)."""
    axes = completion.grid.axes
    table = Combinations(axes, completion.grid.bins, completion.strength)
    holds = (table.sets[:, :, None] == np.arange(axes)).any(1).astype(np.float64)
    hits = holds.T @ (hit.sum(1)[:, None] * holds)
    feasible = holds.T @ (completion.feasible_by_set[:, None] * holds)
    return np.where(feasible > 0, np.minimum(hits / np.maximum(feasible, 1), 1.0), np.nan)
