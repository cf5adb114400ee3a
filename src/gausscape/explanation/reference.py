"""Reference: what do real objects say about the features: how far they spread, and which input each belongs to?"""

__all__ = ["Reference"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.explanation.swaps import Read, own_parts
from gausscape.items import Items
from gausscape.modality import Features
from gausscape.space.space import Space

REFERENCE_ROWS = 2000
ROUNDING = 1e-9


@dataclass(frozen=True)
class Reference:
    """The features, measured on at most 2,000 real objects.

    Args:
        read: Cells (n, cells) -> features (n, features).
        names: Of the features.
        spread: Population standard deviation of each, in its own units; 0 where it does not vary.
        owners: Input part that each belongs to, -1 for a feature of several, (features,).
        part_of_cell: Which part each cell belongs to, (cells,).
    """

    read: Read
    names: tuple[str, ...]
    spread: np.ndarray
    owners: np.ndarray
    part_of_cell: np.ndarray

    @classmethod
    def of(cls, space: Space, items: Items, features: Any, seed: int) -> "Reference":
        """From real objects; `features` as in `explain`."""
        rows = np.random.default_rng([seed, 47]).permutation(len(items))[:REFERENCE_ROWS]
        tensors = space.codec.tensors(items.take(rows))
        cells, observed = space.codec.observed(tensors)
        if observed is not None:
            cells = torch.where(observed > 0, cells, space.codec.cells(space.codec.embed(tensors).mean))
        names, read, noticeable = _reader(space, features, cells[:1])
        values = read(cells)
        values = np.where(np.isfinite(values).any(0), values, 0.0)
        part_of_cell = space.modality.parts()[1]
        owners = own_parts(read, part_of_cell, cells) if len(cells) > 1 else np.full(len(names), -1)
        spread = np.nanstd(values, axis=0)
        # A spread that is rounding is none: dividing by it would make noise a feature.
        spread[spread <= ROUNDING * np.maximum(1.0, np.nanmax(np.abs(values), axis=0))] = 0.0
        spread[spread < noticeable] = 0.0
        return cls(read, names, spread, owners, part_of_cell)


def _reader(space: Space, features: Any, example: torch.Tensor) -> tuple[tuple[str, ...], Read, np.ndarray]:
    """(names, cells -> values, differences that people begin to see) of the features asked for."""
    modality = space.modality
    if callable(features):

        def told(cells: torch.Tensor) -> Features:
            answer = features(modality.to_items(cells))
            if isinstance(answer, Features):
                return answer
            if not isinstance(answer, Mapping):
                raise ConfigurationError(
                    f"features= needs a function that gives Features or a mapping from name to numbers, but it gave a "
                    f"{type(answer).__name__}. Return {{'slant': slants}}, say."
                )
            return Features(
                tuple(answer), np.stack([np.asarray(each, dtype=np.float64) for each in answer.values()], axis=1)
            )

        own = told(example)
        return own.names, lambda cells: told(cells).values, _noticeable(own)
    own = modality.features(example)
    names, noticeable = own.names, _noticeable(own)
    if features is None:
        return names, lambda cells: modality.features(cells).values, noticeable
    unknown = [name for name in features if name not in names]
    if unknown or isinstance(features, str) or not len(features):
        raise ConfigurationError(
            f"features= needs a list of names among {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}, but got "
            f"{(unknown or [features])[0]!r}. Choose from these."
        )
    chosen = [names.index(name) for name in features]
    return tuple(features), lambda cells: modality.features(cells).values[:, chosen], np.zeros(len(chosen))


def _noticeable(features: Features) -> np.ndarray:
    return np.zeros(len(features)) if features.noticeable is None else features.noticeable
