"""A program while it is being written: steps on values of one object, and the constants that they use."""

__all__ = ["Draft", "Operand", "Shape"]

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.page.program.recording import UnknownStep, Value

Shape = tuple[int, ...]
Operand = tuple[str, Shape]
"""A value or a constant: its name, and its shape without the axis of the batch."""

SIZES = (3, 4)
"""Objects in the two runs that are compared: what grows with them is the batch."""


class Draft:
    """Steps and constants so far.

    A decoder is run on 3 objects and on 4. What has 3 rows in the one run and 4 in the other has a row an object; everything
    else must be the same in both.

    Args:
        inputs: Number of latent coordinates.
    """

    def __init__(self, inputs: int):
        self.steps: list[dict[str, Any]] = []
        self.constants: dict[str, np.ndarray] = {}
        self._named: dict[int, Operand] = {0: ("z", (inputs,))}
        self._kept: dict[tuple[int, bool], tuple[Tensor, str]] = {}

    def add(self, op: str, operands: list[Operand], shape: Shape, **settings: Any) -> Operand:
        """One more step; its answer."""
        name = f"v{len(self.steps)}"
        self.steps.append(
            {"op": op, "out": name, "in": [name for name, _ in operands], "shape": list(shape), **settings}
        )
        return name, shape

    def bind(self, value: Value | None, operand: Operand) -> None:
        """Call a recorded value what it is called here."""
        if value is not None:
            self._named[value.number] = operand

    def of(self, value: Value) -> Operand:
        """What a recorded value is called here."""
        return self._named[value.number]

    def constant(self, values: np.ndarray) -> Operand:
        """A constant, as it stands."""
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(values, dtype=np.float32)
        return name, tuple(self.constants[name].shape)

    def kept(self, tensor: Tensor, *, transposed: bool = False) -> Operand:
        """A tensor of the decoder as a constant; the same one again is kept once."""
        known = self._kept.get((id(tensor), transposed))
        if known is None:
            values = tensor.t() if transposed else tensor
            name, _ = self.constant(values.to(torch.float64).numpy())
            known = self._kept[id(tensor), transposed] = tensor, name
        return known[1], tuple(self.constants[known[1]].shape)

    def operand(self, pair: tuple[Any, Any], rank: int) -> Operand:
        """What an elementwise operation takes: a value, a number, or a tensor that is the same for every object.

        Args:
            pair: As it stood in the two runs.
            rank: Axes of the answer, that of the batch included.
        """
        one, other = pair
        if isinstance(one, Value):
            name, shape = self.of(one)
            if len(shape) + 1 != rank:
                raise UnknownStep("values of different rank meet")
            return name, shape
        if isinstance(one, Tensor):
            if one.ndim == rank:
                if one.shape[0] != other.shape[0] and not bool((one == one[:1]).all() and (other == one[:1]).all()):
                    raise UnknownStep("a constant differs from object to object")
                one, other = one[0], other[0]
            if one.shape != other.shape or not torch.equal(one, other):
                raise UnknownStep("a constant changes with the number of objects")
            return (
                self.kept(one) if one.ndim < rank and one is pair[0] else self.constant(one.to(torch.float64).numpy())
            )
        if isinstance(one, bool | int | float):
            return self.constant(np.array(float(one)))
        raise UnknownStep(f"a {type(one).__name__} meets a value")


def without_batch(one: tuple[int, ...], other: tuple[int, ...]) -> Shape:
    """The shape of one object's share of a value, by its shapes in the two runs.

    Rows of several parts of each object, one object after the other, count as one more axis.
    """
    first, second = SIZES
    if not one or not other or one[1:] != other[1:] or one[0] % first or one[0] // first != other[0] / second:
        raise UnknownStep(f"objects of a batch meet in shape {one}")
    parts = one[0] // first
    return one[1:] if parts == 1 else (parts, *one[1:])
