"""Which planes of a space does a page show, what do they hold, and what are their sides called?"""

__all__ = ["Plane", "find_planes", "plane_words", "quantiles_along", "write_plane"]

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from gausscape.page.asked import Asked
from gausscape.page.pack import bits, halves, singles
from gausscape.page.pictures_part import picture_side, write_pictures
from gausscape.page.wording import side_words
from gausscape.space.ball import Ball
from gausscape.space.patch_directions import Directions, describe_directions, find_directions, mean_metric
from gausscape.space.space import Space
from gausscape.space.support import Support

RADIUS = 2.0
"""Around the centre, in standard deviations: where directions are judged by how much they change what is decoded."""

OUTERMOST = 1e-3
REACHES = (3.0, 5.0)
QUANTILES = 30
DRAWS = 20_000
SIDES = (41, 31, 21, 11)
LABELS = [label.value for label in Support]


@dataclass(frozen=True, eq=False)
class Plane:
    """A two-dimensional section through the centre of the law.

    Args:
        id: Short and distinct.
        name: In words.
        origin: Whitened coordinates of its middle, (live,).
        directions: Two, or one in a space of one live axis.
        reach: Half its side, in standard deviations.
        whole: Whether it is the whole space.
        first: Whether it is the one that readers meet first.
    """

    id: str
    name: str
    origin: np.ndarray
    directions: Directions
    reach: float
    whole: bool
    first: bool = True

    def places(self, side: int) -> np.ndarray:
        """Whitened coordinates of side x side places, row by row from the top left, corners included, (n, live)."""
        line = np.linspace(-self.reach, self.reach, side)
        vectors = self.directions.vectors
        if len(vectors) == 1:
            return self.origin + line[:, None] * vectors[0]
        across, up = np.meshgrid(line, line[::-1])
        return self.origin + across.reshape(-1, 1) * vectors[0] + up.reshape(-1, 1) * vectors[1]


def find_planes(space: Space) -> list[Plane]:
    """The whole space where it has one or two live axes; else three planes through its centre.

    Those are spanned by the directions in which decoded objects change most (the first two, the next two), and by the two
    axes that carry most information.

    Args:
        space: Decodes and names.
    """
    d = len(space.live_axes)
    origin = np.zeros(d)
    ball = Ball(space.aggregate, space.aggregate.unwhiten(origin[None])[0], RADIUS)
    metric = mean_metric(space.population, ball)

    def named(vectors: np.ndarray) -> Directions:
        return describe_directions(space.population, ball, vectors, metric=metric)

    reach = _reach(space)
    if d <= 2:
        name = "The whole space" if d == 2 else "The whole space, a line"
        return [Plane("whole", name, origin, named(np.eye(d)), reach, True)]
    principal = find_directions(space.population, ball, metric=metric).vectors
    nats = np.asarray(space.record.get("axes", {}).get("nats", np.zeros(space.latent)))[space.live_axes]
    largest = np.sort(np.argsort(-nats, kind="stable")[:2])
    second = [2, 3] if d > 3 else [0, 2]
    numbers = " and ".join(str(axis + 1) for axis in space.live_axes[largest])
    chosen = (
        ("most", "Where objects change most", principal[:2]),
        ("next", "Where they change next", principal[second]),
        ("axes", f"Axes {numbers}, which carry most", np.eye(d)[largest]),
    )  # fmt: skip
    return [Plane(key, name, origin, named(vectors), reach, False, key == "most") for key, name, vectors in chosen]


def write_plane(
    space: Space, plane: Plane, *, asked: Asked, share: float, draws: int, with_atlas: bool
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A plane as the page has it, and y on its grid by outcome.

    Args:
        space: Whose plane.
        plane: Where.
        asked: y.
        share: Of all calls, what this plane may take.
        draws: Objects drawn in each place for the uncertainty of y; 0 for none.
        with_atlas: Whether pictures are decoded here, for the browser cannot.
    """
    line = len(plane.directions) == 1
    sample = space.modality.pictures(space.decode(space.aggregate.unwhiten(plane.places(3)[:1])))[0]
    side = picture_side(sample, first=plane.first)
    across, up = plane.directions.vectors[0], None if line else plane.directions.vectors[1]
    grid_side = max(side, SIDES[-2])
    codes = space.aggregate.unwhiten(plane.places(grid_side))
    told = space.assess_codes(codes)
    atlas = None
    if with_atlas:
        atlas = {"side": side, "pictures": write_pictures(_pictures(space, plane, side))}
    fields, y = _fields(space, plane, asked, share, draws)
    return {
        "id": plane.id,
        "name": plane.name,
        "origin": singles(plane.origin),
        "across": singles(across),
        "up": None if up is None else singles(up),
        "words": plane_words(plane.directions),
        "reach": plane.reach,
        "whole": plane.whole,
        "quantiles": {
            "across": singles(quantiles_along(space, across)),
            "up": singles(np.zeros(0) if up is None else quantiles_along(space, up)),
        },
        "support": {"side": grid_side, "labels": bits([LABELS.index(label) for label in told["support"]])},
        "outcomes": fields,
        "atlas": atlas,
    }, y


def plane_words(directions: Directions) -> dict[str, str]:
    """What its four sides are called."""
    right, left = side_words(directions[0])
    up, down = side_words(directions[1]) if len(directions) > 1 else ("", "")
    return {"left": left, "right": right, "down": down, "up": up}


def _pictures(space: Space, plane: Plane, side: int) -> list:
    return space.modality.pictures(space.decode(space.aggregate.unwhiten(plane.places(side))))


def _fields(
    space: Space, plane: Plane, asked: Asked, share: float, draws: int
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """y of the expected objects on a grid, as fine as the calls allow."""
    cells = 1 if len(plane.directions) == 1 else 2
    side = next((side for side in SIDES if side**cells * (1 + draws) <= asked.most(share)), 0)
    if not side:
        return [], {outcome.name: np.zeros(0) for outcome in asked.outcomes}
    codes = space.aggregate.unwhiten(plane.places(side))
    y = asked.answers(space.decode(codes), len(codes))
    repeats = [asked.answers(space.codec.items(codes, seed=37 + draw), len(codes)) for draw in range(draws)]
    fields = []
    for outcome in asked.outcomes:
        error = None
        if draws > 1:
            with np.errstate(invalid="ignore"):
                error = halves(np.std([each[outcome.name] for each in repeats], axis=0, ddof=1))
        fields.append({"name": outcome.name, "side": side, "y": halves(y[outcome.name]), "error": error})
    return fields, y


def _reach(space: Space) -> float:
    """To the 1-in-1,000 level along the axes, within sensible bounds, in half standard deviations."""
    rays = np.concatenate([np.eye(len(space.live_axes)), -np.eye(len(space.live_axes))])
    level = space.of_codes.level(max(OUTERMOST, space.of_codes.floor))
    radius = float(np.median(space.aggregate.law.radius_along(rays, level)))
    return float(np.clip(np.ceil(2 * radius) / 2, *REACHES))


def quantiles_along(space: Space, vector: np.ndarray) -> np.ndarray:
    """Places along a direction between which equal shares of the law lie."""
    shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
    law = space.aggregate.law
    if law.name == "gaussian":
        return stats.norm.ppf(shares)
    return np.quantile(law.whiten(law.sample(DRAWS, np.random.default_rng(0))) @ vector, shares)
