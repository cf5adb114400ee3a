"""How graphs are told as cells: node by node, or by measures of the whole."""

__all__ = ["Form", "read_architecture"]

import abc
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.configuration import where
from gausscape.errors import ConfigurationError
from gausscape.modalities.graphs.arrays import GraphArrays
from gausscape.modality import Autoencoder, Features, Tensors


class Form(abc.ABC):
    """One way of telling graphs as cells."""

    @abc.abstractmethod
    def tensors(self, arrays: GraphArrays) -> Tensors:
        """Checked graphs as tensors, one row each."""

    @abc.abstractmethod
    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """(what the encoder sees, {"cells", "observed"})."""

    @abc.abstractmethod
    def networks(self, latent: int, *, size: int, architecture: Any, tensors: Tensors | None) -> Autoencoder:
        """Fresh networks."""

    @abc.abstractmethod
    def items(self, cells: Tensor) -> list[Any]:
        """Cells (n, cells) -> networkx graphs."""

    @abc.abstractmethod
    def features(self, cells: Tensor, observed: Tensor | None) -> Features:
        """Numbers that people recognise."""

    @abc.abstractmethod
    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """(names of the parts, part of each cell)."""

    @abc.abstractmethod
    def document(self) -> dict[str, Any]:
        """JSON-able state beside the schema."""


def read_architecture(architecture: Any, known: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Settings from a mapping, checked.

    Args:
        architecture: None or a mapping.
        known: By name, the least and the largest value.

    Raises:
        ConfigurationError: If the architecture cannot be used.
    """
    if architecture is None:
        return {}
    names = ", ".join(known)
    if not isinstance(architecture, Mapping):
        raise ConfigurationError(
            f"An architecture of graphs needs a mapping with {names}, but got {type(architecture).__name__}. Pass one."
        )
    for key, value in architecture.items():
        line = where(architecture, key)
        if key not in known:
            raise ConfigurationError(f"An architecture of graphs takes {names}, but got {key!r}{line}. Use one of these.")
        low, high = known[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigurationError(
                f"An architecture of graphs needs {key} as a whole number from {low} to {high}, but got {value!r}{line}. Change it."
            )
    return dict(architecture)
