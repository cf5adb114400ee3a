"""What is unusual near a place? Objects that differ more than their distance says, and directions that change too much."""

__all__ = ["NearObjects", "Unusual", "UnusualDirection", "find_unusual"]

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch

from gausscape.items import Items
from gausscape.space.ball import Ball
from gausscape.space.patch_directions import Direction, Directions
from gausscape.space.population import Population
from gausscape.space.pull_back import path_length
from gausscape.space.space import Space

NEAR = 2.0
MOST_NEAR = 500
STEPS = 5
LEAST_SHARE = 0.01
SHOWN = 3
AT_CENTRE = 1e-3
"""Nearer than this the decoder's single precision is all that a quotient of change and distance would tell."""
MUCH_MORE = 1.5


@final
@dataclass(frozen=True, eq=False)
class NearObjects:
    """Objects inside or next to a patch, the most unusual first.

    The p-values are ranks among the objects that are here, (1 + #{others at least as extreme}) / n: of n objects one
    always comes first with 1 / n, so they say where to look and not that something is wrong.

    Args:
        ids: Shape (n,).
        rows: Their positions in the data that were asked about, or in the kept fitted codes, (n,).
        distances: From the centre, in standard deviations, (n,).
        change: How much the decoded object changes from the centre to there for each standard deviation, in units of
            distinguishability, (n,); NaN within .001 of it.
        residual: What the object's code leaves undescribed, -log p(x | z) in nats, (n,); None without data.
        p_change, p_residual: Rank of each measure, (n,); None without data.
        p_value: Twice the smaller one at most 1 (Bonferroni), or `p_change` alone without data, (n,).
    """

    ids: np.ndarray
    rows: np.ndarray
    distances: np.ndarray
    change: np.ndarray
    residual: np.ndarray | None
    p_change: np.ndarray
    p_residual: np.ndarray | None
    p_value: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def describe(self, position: int) -> str:
        """One object in words, against what is typical of the others."""
        own, here = self.change[position], self.change[np.isfinite(self.change)]
        typical = float(np.median(here)) if len(here) else 0.0
        words = f"{self.ids[position]}, {self.distances[position]:.2f} away"
        if np.isfinite(own) and typical > 0:
            words += f": changes {own / typical:.1f} times as much for its distance as is typical here"
        if self.residual is not None:
            words += f", {self.residual[position] - float(np.median(self.residual)):+.1f} nats undescribed against the typical one"
        return f"{words} (p {self.p_value[position]:.2g})"


@final
@dataclass(frozen=True, eq=False)
class UnusualDirection:
    """A direction of a patch against the same direction elsewhere.

    Args:
        direction: The direction; `direction.change` is the change of the decoded object for each standard deviation here.
        typical: Median of that change over held-out places.
        ratio: The one over the other.
        p_value: (1 + #{held-out places that change as much along it}) / (places + 1).
    """

    direction: Direction
    typical: float
    ratio: float
    p_value: float


@final
@dataclass(frozen=True, eq=False)
class Unusual:
    """What is unusual near a patch.

    Args:
        objects: Those within `reach`, the most unusual first.
        directions: Directions that carry 1% of the change here or more, the largest ratio to what is typical first.
        reach: Twice the radius of the patch, in standard deviations.
        in_reach: How many objects lie within it; the nearest 500 of them are measured.
        from_data: Whether the objects themselves were measured; otherwise fitted objects, by their codes alone.
    """

    objects: NearObjects
    directions: tuple[UnusualDirection, ...]
    reach: float
    in_reach: int
    from_data: bool

    def __str__(self) -> str:
        kind = "of the given" if self.from_data else "of the fitted"
        several = self.in_reach != 1
        lines = [
            f"{self.in_reach:,} {kind} objects lie{'' if several else 's'} within {self.reach:.2f} standard deviations."
        ]
        if not self.from_data:
            lines.append("They are judged by their codes alone: pass data to see what the codes leave undescribed.")
        lines += [f"- {self.objects.describe(position)}" for position in range(min(SHOWN, len(self.objects)))]
        strong = [each for each in self.directions if each.p_value <= 0.05 and each.ratio >= MUCH_MORE]
        lines += [
            f"- along {each.direction.name}: objects change {each.ratio:.1f} times as much as is typical (p {each.p_value:.2g})"
            for each in strong[:SHOWN]
        ]
        if not strong:
            lines.append("No direction changes objects much more than it does elsewhere.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        near = self.objects
        return {
            "reach": self.reach,
            "in_reach": self.in_reach,
            "from_data": self.from_data,
            "objects": {
                "ids": near.ids.tolist(),
                "rows": near.rows.tolist(),
                "distances": near.distances.tolist(),
                "change": [float(value) if np.isfinite(value) else None for value in near.change],
                "residual": None if near.residual is None else near.residual.tolist(),
                "p_value": near.p_value.tolist(),
            },
            "directions": [
                {
                    "direction": each.direction.document(),
                    "typical": each.typical,
                    "ratio": each.ratio if np.isfinite(each.ratio) else None,
                    "p_value": each.p_value,
                }
                for each in self.directions
            ],
        }


def find_unusual(space: Space, ball: Ball, directions: Directions, *, data: Any) -> Unusual:
    """What is unusual within twice the radius of a ball; among data in native form or Items, or fitted objects for None."""
    reach, residual, tensors = NEAR * ball.radius, None, None
    if data is None:
        z, ids = space.aggregate.full(space.aggregate.codes), space.aggregate.ids
    else:
        items = Items.of(data)
        tensors = space.codec.tensors(items)
        z, ids = space.codec.embed(tensors).mean, items.ids
    distances = ball.distances(space.aggregate.whiten(z))
    within = np.flatnonzero(distances <= reach)
    near = within[np.argsort(distances[within], kind="stable")][:MOST_NEAR]
    if tensors is not None:
        chosen = torch.from_numpy(near)
        residual = space.codec.residual({name: values[chosen] for name, values in tensors.items()}, z[near])
    objects = _rank(
        space.population,
        ball,
        z[near],
        ids=ids[near].astype(str),
        rows=near,
        distances=distances[near],
        residual=residual,
    )
    return Unusual(objects, _unusual_directions(space.population, directions), reach, len(within), data is not None)


def _rank(
    population: Population,
    ball: Ball,
    z: np.ndarray,
    *,
    ids: np.ndarray,
    rows: np.ndarray,
    distances: np.ndarray,
    residual: np.ndarray | None,
) -> NearObjects:
    """Rank objects at latent points z (n, latent) by their decoded change from the centre and by their residual."""
    share = np.linspace(0, 1, STEPS)[:, None]
    paths = ball.centre + share * (z - ball.centre)[:, None]
    length = np.asarray(path_length(population.codec, paths), dtype=np.float64) if len(z) else np.zeros(0)
    away = distances > AT_CENTRE
    change = np.where(away, length / np.where(away, distances, 1.0), np.nan)
    p_change = _ranks(change)
    p_residual = None if residual is None else _ranks(residual)
    p_value = p_change if p_residual is None else np.minimum(1.0, 2 * np.minimum(p_change, p_residual))
    order = np.lexsort([distances, p_change if p_residual is None else p_residual, p_change, p_value])

    def sort(values: np.ndarray | None) -> Any:
        return None if values is None else values[order]

    return NearObjects(*map(sort, (ids, rows, distances, change, residual, p_change, p_residual, p_value)))


def _ranks(values: np.ndarray) -> np.ndarray:
    """(number of values at least as large, its own included) / n, (n,); 1 where a value is unknown."""
    known = np.where(np.isnan(values), -np.inf, values)
    as_large = len(known) - np.searchsorted(np.sort(known), known, side="left")
    return np.where(np.isnan(values), 1.0, as_large / max(1, len(known)))


def _unusual_directions(population: Population, directions: Directions) -> tuple[UnusualDirection, ...]:
    """The directions of a patch that matter there, each against what it does at held-out places."""
    found = []
    for each in directions:
        if each.share < LEAST_SHARE:
            continue
        elsewhere = np.sqrt(np.einsum("i,pij,j->p", each.vector, population.metrics, each.vector).clip(min=0))
        typical = float(np.median(elsewhere))
        ratio = each.change / typical if typical > 0 else np.inf
        # In a linear space all places are alike but for rounding, which must not decide a rank.
        as_much = int((elsewhere >= each.change * (1 - 1e-6)).sum())
        found.append(UnusualDirection(each, typical, ratio, (1 + as_much) / (len(elsewhere) + 1)))
    return tuple(sorted(found, key=lambda one: -one.ratio))
