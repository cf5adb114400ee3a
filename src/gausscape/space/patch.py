"""Patch: a small neighbourhood in a space, and what can be said of it: who lives there, what it looks like, what moves."""

__all__ = ["Patch"]

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.items import Items
from gausscape.space.ball import Ball
from gausscape.space.patch_directions import Direction, Directions, describe_directions, find_directions, mean_metric
from gausscape.space.patch_grid import PatchGrid, chosen_plane, grid_positions
from gausscape.space.patch_members import Members, Share, find_within
from gausscape.space.patch_place import read_centre, read_radius
from gausscape.space.patch_unusual import Unusual, find_unusual
from gausscape.space.space import Samples, Space


@final
@dataclass(frozen=True, eq=False, repr=False)
class Patch:
    """All codes within a radius of a centre, in standard deviations of the aggregate law: made by `Space.patch`.

    In whitened coordinates u of the live axes it is the ball {u: norm(u - u_centre) <= radius}.

    Args:
        space: The space that it is a patch of.
        centre: Latent point, (latent,).
        radius: In standard deviations of the aggregate law.
        object: The object at the centre, in native form as a batch of one; None if the centre is a latent point.
        id: Its id, if it came with one.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> patch = space.patch(spots[0], radius=0.5)
        >>> patch.sample(5).items.shape, patch.grid(side=3).samples.items.shape
        ((5, 4, 4), (9, 4, 4))
        >>> bool(patch.contains(patch.probes(100)).all())
        True
    """

    space: Space
    centre: np.ndarray
    radius: float
    object: Any = None
    id: str | None = None

    @classmethod
    def around(
        cls, space: Space, centre: Any, radius: float | None = None, *, percentile: float | None = None
    ) -> "Patch":
        """The patch around an object or a latent point; see `Space.patch`."""
        z, native, name = read_centre(space, centre)
        # What is generated around an object keeps what is immutable in it.
        return cls(space if native is None else space.holding(native), z, read_radius(space, radius, percentile), native, name)

    @property
    def u(self) -> np.ndarray:
        """The centre in whitened coordinates, (live,)."""
        return self._ball.u

    def contains(self, z: Any) -> np.ndarray:
        """Whether each latent point (n, latent) lies inside, (n,).

        Raises:
            ShapeError: If the points have another number of coordinates.
        """
        return self._ball.reaches(self.distances(z))

    def distances(self, z: Any) -> np.ndarray:
        """Distance of each latent point (n, latent) from the centre, in standard deviations, (n,)."""
        z = np.asarray(z, dtype=np.float64)
        if z.ndim != 2 or z.shape[1] != self.space.latent:
            raise ShapeError(
                f"A patch measures latent points of shape (n, {self.space.latent}), but got {z.shape}. Pass space.embed(x).mean."
            )
        return self._ball.distances(self.space.aggregate.whiten(z))

    # --- draw ---------------------------------------------------------------------------------------------------

    def sample(self, n: int, *, seed: int = 0) -> Samples:
        """n objects, uniform in the patch, each with its label.

        Args:
            n: How many.
            seed: Of the draws.
        """
        _check_number(n, "sample")
        return self.space.describe_codes(self._ball.codes(self._ball.uniform(n, np.random.default_rng([seed, 42]))))

    def probes(self, n: int, *, seed: int = 0) -> np.ndarray:
        """n codes (n, latent), uniform in the patch in antithetic pairs: rows 0 and 1 lie opposite, so do 2 and 3 ...

        Nothing is decoded. The mean of each pair is the centre, so what is linear in a code costs no variance.

        Args:
            n: How many, an even number.
            seed: Of the draws.
        """
        _check_number(n, "probes")
        if n % 2:
            raise ConfigurationError(f"Probes come in pairs and need an even number, but got {n}. Pass n={n + 1}.")
        return self._ball.codes(self._ball.pairs(n, np.random.default_rng([seed, 43])))

    def directions(self, count: int | None = None) -> Directions:
        """Orthonormal directions, those in which the decoded object changes most first, told by the features they move.

        Args:
            count: How many; None for all live axes.
        """
        if count is None:
            return self._directions
        _check_number(count, "directions")
        return Directions(self._directions.directions[:count])

    def grid(
        self, side: int = 7, *, directions: Sequence[Direction | np.ndarray] | np.ndarray | Directions | None = None
    ) -> PatchGrid:
        """side x side decoded objects on a plane through the centre, spanning the radius; a strip on one live axis.

        Args:
            side: Objects along each direction; with an odd number the one in the middle is the centre.
            directions: Two of `directions()` or two vectors over the live axes; None for the two that change most.
        """
        dimension = self._ball.dimension
        positions = grid_positions(side, self.radius, axes=dimension)
        if directions is None:
            plane = self.directions(min(2, dimension))
        else:
            vectors = chosen_plane(directions, dimension)
            plane = describe_directions(self.space.population, self._ball, vectors, metric=self._metric)
        offsets = positions.reshape(-1, 2)[:, : len(plane)] @ plane.vectors
        inside = self._ball.reaches(np.linalg.norm(positions, axis=-1))
        return PatchGrid(self.space.describe_codes(self._ball.codes(offsets)), positions, inside, plane)

    # --- who lives here -----------------------------------------------------------------------------------------

    def members(self, data: Any = None) -> Members:
        """Objects inside, nearest first, with their distances.

        Args:
            data: Objects in native form, or Items; None for the fitted objects whose codes the space keeps (at most
                10,000).
        """
        if data is None:
            distances, ids = self._ball.distances(self.space.population.fitted), self.space.aggregate.ids
        else:
            items = Items.of(data)
            distances, ids = self.distances(self.space.embed(items).mean), items.ids
        return find_within(distances, self._ball.reaches(distances), ids)

    @cached_property
    def share(self) -> Share:
        """Share of the population whose codes lie inside, by held-out objects (at most 2,000), with a 90% interval."""
        distances = self._ball.distances(self.space.population.held_out)
        return Share.of(int(self._ball.reaches(distances).sum()), len(distances))

    @property
    def is_empty(self) -> bool:
        """Whether no object that the space keeps, fitted or held out, lies inside."""
        return not len(self._fitted) and not self.share.count

    @cached_property
    def support(self) -> str:
        """Label of the centre: that of the object, or that of the latent point."""
        if self.object is not None:
            return str(self.space.support(self.object)[0])
        return str(self.space.assess_codes(self.centre[None])["support"][0])

    @cached_property
    def percentile(self) -> float:
        """Percent of held-out objects whose nearest fitted object lies no farther than the radius."""
        return 100 * float(self._ball.reaches(self.space.population.neighbour_distances[:, 0]).mean())

    def unusual(self, data: Any = None) -> Unusual:
        """What is unusual inside the patch or next to it, within twice the radius.

        Objects: those whose decoded form changes most for their distance from the centre, and, with data, those that
        their own code describes worst. Directions: those along which decoded objects change more here than elsewhere.

        Args:
            data: Objects in native form, or Items; None for the fitted objects, judged by their codes alone.
        """
        return find_unusual(self.space, self._ball, self.directions(), data=data)

    # --- in words -----------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        where = (
            f"object {self.id}"
            if self.id is not None
            else "one object"
            if self.object is not None
            else "a latent point"
        )
        fitted, kept = len(self._fitted), len(self.space.population.fitted)
        lines = [
            f"A patch with a radius of {self.radius:.3g} standard deviations around {where}: "
            f"{self.percentile:.0f}% of objects have their nearest fitted object no farther away.",
            f"It holds {fitted:,} of {kept:,} fitted objects, and {self.share}.",
            f"Its centre is {self.support}.",
        ]
        if self.is_empty:
            lines.append("No object that the space knows lies inside: what is decoded here rests on the decoder alone.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the object, which is in its native form."""
        return {
            "centre": self.centre.tolist(),
            "u": self.u.tolist(),
            "id": self.id,
            "radius": self.radius,
            "percentile": self.percentile,
            "support": self.support,
            "share": self.share.document(),
            "members": self._fitted.document(),
            "is_empty": self.is_empty,
            "directions": self.directions().document(),
        }

    @cached_property
    def _ball(self) -> Ball:
        return Ball(self.space.aggregate, self.centre, self.radius)

    @cached_property
    def _fitted(self) -> Members:
        return self.members()

    @cached_property
    def _metric(self) -> np.ndarray:
        return mean_metric(self.space.population, self._ball)

    @cached_property
    def _directions(self) -> Directions:
        return find_directions(self.space.population, self._ball, metric=self._metric)


def _check_number(n: Any, verb: str) -> None:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ConfigurationError(f"{verb} needs a whole number of at least 1, but got {n!r}. Pass 10, say.")
