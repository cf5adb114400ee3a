"""How graphs are told as cells: node by node, or by measures of the whole."""

__all__ = ["Form"]

import abc
from typing import Any

import numpy as np
import torch
from torch import Tensor

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
