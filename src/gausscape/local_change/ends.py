"""What changed into what? The two ends of each change: checked, embedded and paired."""

__all__ = ["Ends", "Side", "read_ends"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gausscape.errors import DataError, ShapeError
from gausscape.gaussian import Gaussian
from gausscape.items import Items, take
from gausscape.modality import Tensors
from gausscape.space.space import Space


@dataclass(frozen=True)
class Side:
    """The objects at one end of n changes; a single object stands for all n.

    Args:
        values: In native form, with a leading axis of objects.
        tensors: The same, checked.
        posterior: Of each object.
        ids: Where they are known.
        rows: Which object each change has at this end, (n,).
    """

    values: Any
    tensors: Tensors
    posterior: Gaussian
    ids: np.ndarray | None
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.posterior)

    def take(self, changes: np.ndarray) -> "Side":
        """The objects of some changes, one for each."""
        rows = self.rows[changes]
        where = torch.from_numpy(rows)
        return Side(
            take(self.values, rows),
            {name: tensor[where] for name, tensor in self.tensors.items()},
            self.posterior[rows],
            None if self.ids is None else self.ids[rows],
            np.arange(len(rows)),
        )


@dataclass(frozen=True)
class Ends:
    """n changes from a to b.

    Args:
        a: Where they begin.
        b: Where they end.
        identical: Whether both ends are the same object, cell by cell, (n,).
    """

    a: Side
    b: Side
    identical: np.ndarray

    def __len__(self) -> int:
        return len(self.a.rows)

    def take(self, changes: np.ndarray) -> "Ends":
        """Some of the changes."""
        return Ends(self.a.take(changes), self.b.take(changes), self.identical[changes])

    @property
    def posteriors(self) -> tuple[Gaussian, Gaussian]:
        """Posterior at each end of each change, (n, latent)."""
        return self.a.posterior[self.a.rows], self.b.posterior[self.b.rows]


def read_ends(space: Space, a: Any, b: Any) -> Ends:
    """Read, embed and pair: n objects with n, one with n, or n with one.

    Args:
        space: Whose kind of data they are.
        a: Objects in native form or Items; a single array may come without its leading axis of 1.
        b: As a.

    Raises:
        ShapeError: If the numbers of objects do not pair, or there are none.
        DataError: If the objects are not of the kind that was fitted; the message says which end.
    """
    sides = [_read(space, value, name) for value, name in ((a, "a"), (b, "b"))]
    counts = [len(side) for side in sides]
    n = max(counts)
    if not set(counts) <= {1, n}:
        raise ShapeError(
            f"Changes need as many objects in a as in b, or one in either, but a has {counts[0]} and b has {counts[1]}. "
            "Pass pairs in the same order, or one object to compare all others with."
        )
    first, second = (
        Side(side.values, side.tensors, side.posterior, side.ids, np.zeros(n, int) if len(side) == 1 else np.arange(n))
        for side in sides
    )
    return Ends(first, second, _identical(first, second))


def _read(space: Space, value: Any, name: str) -> Side:
    ids = value.ids.astype(str) if isinstance(value, Items) else None
    values = value.values if isinstance(value, Items) else value
    try:
        if _is_empty(values):
            raise ShapeError(
                "A change needs at least one object, but none came. Pass one, or as many as on the other side."
            )
        values, tensors = space.codec.read(values)
        posterior = space.codec.embed(tensors)
    except DataError as error:
        raise type(error)(f"In {name}: {error}") from error
    return Side(values, tensors, posterior, ids, np.arange(len(posterior)))


def _is_empty(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.size == 0
    return hasattr(values, "__len__") and not len(values)


def _identical(a: Side, b: Side) -> np.ndarray:
    same = np.ones(len(a.rows), dtype=bool)
    for name in a.tensors:
        first, second = (side.tensors[name].reshape(len(side), -1).numpy() for side in (a, b))
        # The single object of one side is compared in place, not copied for each change.
        same &= ((first == second) | ((first != first) & (second != second))).all(1)
    return same
