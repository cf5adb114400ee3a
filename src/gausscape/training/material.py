"""What a fit works on: the objects at hand, as tensors and in their groups, and where training gets its batches."""

__all__ = ["Material", "chosen_kind", "held_material", "learned_kind"]

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.items import Items
from gausscape.modality import Modality, Tensors, find_modality, recognise
from gausscape.training.feed import Feed
from gausscape.training.splits import Split, split_objects


@dataclass(frozen=True)
class Material:
    """Objects of one kind, ready to be fitted.

    Args:
        kind: The kind of data, learned.
        items: The objects at hand, with their ids.
        tensors: The same as tensors.
        split: Rows of each group among them.
        digest: Of all data.
        objects: How many there are in all.
        feed: Where training gets its batches; None for the fitting group at hand.
        told: What the record of the fit says beside.
    """

    kind: Modality
    items: Items
    tensors: Tensors
    split: Split
    digest: str
    objects: int
    feed: Feed | None = None
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def fitting(self) -> int:
        """How many objects are fitted."""
        return len(self.split.fit) if self.feed is None else self.feed.objects


def held_material(items: Items, modality: str | dict | Modality | None, *, seed: int) -> Material:
    """All objects in memory.

    Args:
        items: At least one.
        modality: As in `fit`.
        seed: Of the split.
    """
    kind = learned_kind(modality, items.values, items.modality)
    tensors = kind.to_tensors(items.values)
    split = split_objects(tensors, seed=seed)
    return Material(kind, items, tensors, split, _digest(items, tensors), len(items))


def learned_kind(asked: str | dict | Modality | None, values: Any, named: str | None) -> Modality:
    """The kind of data, as it was asked for or learned from these values."""
    if isinstance(asked, Modality):
        return asked
    options = {key: value for key, value in asked.items() if key != "name"} if isinstance(asked, dict) else {}
    return chosen_kind(asked, values, named).infer(values, **options)


def chosen_kind(asked: str | dict | Modality | None, values: Any, named: str | None) -> type[Modality]:
    """The class of the kind: the one asked for, the one the source names, or the one that the values look like."""
    if isinstance(asked, Modality):
        return type(asked)
    name = asked.get("name") if isinstance(asked, dict) else asked or named
    return find_modality(name) if name else recognise(values)


def _digest(items: Items, tensors: Tensors) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name].numpy()).data)
    digest.update("\0".join(items.ids.astype(str).tolist()).encode())
    return digest.hexdigest()
