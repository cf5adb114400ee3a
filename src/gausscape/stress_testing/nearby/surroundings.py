"""Surroundings: the objects around one object, what becomes of it on the way there, and which of them are objects at all."""

__all__ = ["Surroundings"]

from dataclasses import dataclass
from functools import cached_property
from typing import Self, final

import numpy as np
import torch

from gausscape.space.ball import Ball
from gausscape.space.gated import ACCEPTED
from gausscape.space.patch import Patch
from gausscape.space.space import Space, cycle_error
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.maker import Maker


@final
@dataclass(frozen=True, eq=False)
class Surroundings:
    """Objects at offsets from a centre; the offset 0 gives the centre's own object, whatever is random about the rest.

    Around a real object its residual is carried: cells are g(z) + x - g(z_x) (so that y at distance 0 is y(x)). For a table
    that holds for categories as well: to the probability of each level the row's own deviation from it is added, and the
    largest wins. So a row keeps its category, also one that is unusual for its code, until the code moves the
    probability of another level up by more than one against its own.

    Around a latent point there is no residual: expected objects, and where objects are drawn (tables) one noise for all.

    Args:
        patch: The locality.
        maker: Makes objects around a latent point.
        noise: Its noise, (noise_size,); empty around a real object.
        residual: What the code of the real object leaves out, (1, cells); None around a latent point.
        referee: Names classes; None where objects may change theirs.
        kept_class: The class that an object has to have, by the referee; "" for any.
    """

    patch: Patch
    maker: Maker
    noise: np.ndarray
    residual: torch.Tensor | None
    referee: Referee | None = None
    kept_class: str = ""

    @classmethod
    def of(cls, patch: Patch, maker: Maker, rng: np.random.Generator) -> Self:
        """Those of a patch."""
        if patch.object is None:
            return cls(patch, maker, maker.draw_noise(1, rng)[0], None)
        codec = patch.space.codec
        residual = codec.residual_cells(codec.tensors(patch.object), patch.centre[None].copy())
        return cls(patch, maker, np.zeros(0), residual)

    @property
    def space(self) -> Space:
        """The fitted space."""
        return self.patch.space

    @cached_property
    def ball(self) -> Ball:
        """The geometry of the locality."""
        return Ball(self.space.aggregate, self.patch.centre, self.patch.radius)

    def cells(self, z: np.ndarray) -> torch.Tensor:
        """Cells of the objects at latent points (n, latent), float32, (n, cells)."""
        if self.residual is not None:
            return self.space.codec.cells(z) + self.residual
        return self.maker.cells(z, np.tile(self.noise, (len(z), 1)))

    def strangeness(self, z: np.ndarray) -> np.ndarray:
        """How far latent points (n, latent) are from being allowed objects, (n,): 0 where all support gates are at least .01.

        Outside it is 1 plus the sum over the failed gates of log(measure / its own value at p = .01): it falls smoothly on the
        way back, where the p-value itself is flat. An object of another class than the one to be kept is at 1.
        """
        space = self.space
        measures = {
            "neighbours": space.aggregate.neighbours(z)[0],
            "cycle": cycle_error(space.codec, z, space.live_axes),
        }
        if "spread" in space.gates:
            measures["spread"] = space.codec.spread(z)
        outside = np.zeros(len(z))
        for name, values in measures.items():
            gate = space.gates[name]
            fails = gate.p_value(values) < ACCEPTED
            limit = max(float(np.quantile(gate.reference, 1 - ACCEPTED)), 1e-300)
            excess = np.log(np.maximum(np.nan_to_num(values, nan=1e30, posinf=1e30), limit) / limit)
            outside += np.where(fails, 1.0 + excess, 0.0)
        rows = np.flatnonzero(outside == 0)
        if self.referee is not None and self.kept_class and len(rows):
            judged = self.referee.judge(space.modality.to_items(self.cells(z[rows])), z[rows])
            outside[rows[judged != self.kept_class]] = 1.0
        return outside
