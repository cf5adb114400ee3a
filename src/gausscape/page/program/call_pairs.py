"""The same operation in both runs of a decoder: what it was given, and what one object's share of its answer looks like."""

__all__ = ["CallPair", "Write", "axis_of"]

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gausscape.page.program.drafting import SIZES, Draft, Operand, Shape, without_batch
from gausscape.page.program.recording import Call, UnknownStep, Value


class CallPair:
    """The same call in both runs."""

    def __init__(self, one: Call, other: Call):
        self.one, self.other = one, other
        self.shapes = [
            without_batch(a.shape, b.shape) if a is not None and b is not None else ()
            for a, b in zip(one.outputs, other.outputs, strict=True)
        ]

    @property
    def shape(self) -> Shape:
        """Of the answer, without the batch."""
        return self.shapes[0]

    @property
    def rank(self) -> int:
        """Axes of the answer, that of the batch included."""
        first = self.one.outputs[0]
        return 0 if first is None else len(first.shape)

    def __getitem__(self, name: str) -> Any:
        return self.one.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        found = self.one.arguments.get(name)
        return default if found is None else found

    def both(self, name: str) -> tuple[Any, Any]:
        return self.one.arguments[name], self.other.arguments[name]

    def value(self, draft: Draft, name: str = "self") -> Operand:
        """An argument that must follow from the latent point, and has one row an object."""
        found = self[name]
        if not isinstance(found, Value):
            raise UnknownStep(f"{self.one.name} of a constant by a value")
        if found.shape[0] != SIZES[0]:
            raise UnknownStep(f"{self.one.name} of objects in pieces")
        return draft.of(found)

    def fixed(self, name: str) -> Tensor | None:
        """An argument that must be the same in both runs."""
        one, other = self.both(name)
        if one is None:
            return None
        if not isinstance(one, Tensor) or one.shape != other.shape or not torch.equal(one, other):
            raise UnknownStep(f"{self.one.name} with a {name} that changes from object to object")
        return one

    def axis(self, name: str = "dim", *, of: str = "self") -> int:
        """An axis, counted without that of the batch."""
        return axis_of(self[name], len(self[of].shape))


Write = Callable[[CallPair, Draft], None]
"""Adds the steps of an operation to a draft."""


def axis_of(dim: int, rank: int) -> int:
    """An axis without that of the batch."""
    axis = dim % rank - 1
    if axis < 0:
        raise UnknownStep("objects of a batch meet along their axis")
    return axis
