"""Modality: how one kind of data becomes tensors, is encoded and decoded, and is drawn.

A kind of data lives in one folder of `gausscape.modalities` (or in a package that registers the entry point group
`gausscape.modalities`) and exports `MODALITY`, a subclass. Nothing else in gausscape names a kind of data.
"""

__all__ = [
    "Autoencoder",
    "Comparison",
    "Edit",
    "Features",
    "Modality",
    "Picture",
    "Tensors",
    "find_modality",
    "modalities",
    "recognise",
]

import abc
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.errors import ConfigurationError, DataError
from gausscape.gaussian import Gaussian
from gausscape.likelihoods import Likelihood

SHOWN_EDITS = 6
WEIGHT_DECAY = 0.03

Tensors = dict[str, Tensor]
"""Objects as tensors by name, all with the same first length n; compact (uint8 where that is enough)."""


@dataclass(frozen=True)
class Picture:
    """A neutral picture of one object, for figures and pages that know no kind of data.

    Args:
        kind: "raster" (data: array (h, w) or (h, w, 3) in [0, 1]), "rows" (data: list of (name, text) pairs),
            "line" (data: array (time, channels)) or "node-link" (data: a mapping with "directed", "nodes" and "edges":
            a node has "id", "x", "y" in [0, 1] and may have "label" (a few letters), "type" (its place in the legend) and
            "status"; an edge has "source" and "target" and may have "label", "type", "width" in (0, 1] and "status"; a status
            is "same", "added", "removed" or "retyped", and a removed thing is drawn as a ghost; "node_types" and
            "edge_types" are the words of the legend, "note" is a line below).
        data: What the kind says.
    """

    kind: str
    data: Any


@dataclass(frozen=True)
class Edit:
    """One part in which two objects differ.

    Args:
        action: "added", "removed" or "retyped" (or "changed", for a number).
        what: Of what kind the part is: "node", "edge".
        text: In words: "edge 3-7 (single) added".
    """

    action: str
    what: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """Part by part, how one object becomes another.

    Args:
        edits: What was added, removed or retyped; none if the two are equal.
        pictures: Of the two, in one layout, so that they can be compared by eye; what differs has a status.
        aligned: How parts of the one were matched with parts of the other: "by name", "exactly" (fewest edits, proven) or
            "by search" (few edits; fewer may exist).
    """

    edits: tuple[Edit, ...]
    pictures: tuple[Picture, Picture]
    aligned: str

    def __str__(self) -> str:
        if not self.edits:
            return "Part by part the two are equal."
        told = "; ".join(edit.text for edit in self.edits[:SHOWN_EDITS])
        more = f"; and {len(self.edits) - SHOWN_EDITS} more" if len(self.edits) > SHOWN_EDITS else ""
        return f"Part by part ({self.aligned}), {len(self.edits)} edit{'s'[: len(self.edits) != 1]}: {told}{more}."

    def document(self) -> dict[str, Any]:
        """JSON-able, without the pictures."""
        return {"aligned": self.aligned, "edits": [asdict(edit) for edit in self.edits]}


@dataclass(frozen=True)
class Features:
    """Numbers of objects that people recognise: the columns of a table, the slant of a stroke.

    Args:
        names: One name each, distinct.
        values: Shape (n, features), float64, in the units that the names say; NaN where an object lacks it.
        noticeable: Differences that people begin to see, (features,), in the same units; None for 0. A feature whose
            spread over the population is smaller is no name for a change.
    """

    names: tuple[str, ...]
    values: np.ndarray
    noticeable: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.names)

    def varying(self, spread: np.ndarray) -> np.ndarray:
        """The spreads (features,), 0 where nobody would notice so little."""
        return spread if self.noticeable is None else np.where(spread >= self.noticeable, spread, 0.0)


class Autoencoder(nn.Module):
    """Encoder, decoder and likelihood of one kind of data.

    Args:
        encoder: Module from inputs (a `Tensors`) to a pair (mean, log_std), each (n, latent).
        decoder: Module from z (n, latent) to the likelihood's output (n, outputs).
        likelihood: What that output means.
        latent: Number of latent coordinates.
        document: How to build the same networks again: JSON-able arguments.

    Attributes:
        others: Further decoders on the same encoder, whose disagreement shows where decoding is guesswork.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, likelihood: Likelihood, *, latent: int, document: dict):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood
        self.others = nn.ModuleList()
        self.latent = latent
        self.document = document

    def encode(self, inputs: Tensors) -> Gaussian:
        """Posterior of each object, (n, latent); the standard deviation is kept within e^-12 .. e^4 (row N6)."""
        mean, log_std = self.encoder(inputs)
        if mean.dtype == torch.bfloat16:  # under mixed precision the code itself stays in full precision
            mean, log_std = mean.float(), log_std.float()
        return Gaussian(mean, torch.exp(log_std.clamp(-12.0, 4.0)))


class Modality(abc.ABC):
    """What gausscape needs to know of one kind of data: how it is coded, how it is told, and a document.

    A modality is learned from the fitting data by `infer`, then frozen. `document` is its JSON-able state;
    `from_document` its inverse.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for people: what this kind holds."""

    endings: ClassVar[tuple[str, ...]]
    """Endings of the files that `to_file` writes, the usual one first."""

    notes: tuple[str, ...] = ()
    """What was chosen and why ("likelihood: Bernoulli, because ..."), printed by a fit."""

    @classmethod
    @abc.abstractmethod
    def accepts(cls, values: Any) -> bool:
        """Whether these values look like this kind of data; must be cheap and import nothing heavy."""

    @classmethod
    @abc.abstractmethod
    def infer(cls, values: Any, **options: Any) -> "Modality":
        """Learn sizes, schema and default likelihood from the values; refuse what cannot be fitted.

        Raises:
            DataError: If the values cannot be used; the message names the row, column or file.
            ConfigurationError: If an option is unknown or impossible.
        """

    @classmethod
    def witnesses(cls, values: Any, known: Any = None) -> tuple[np.ndarray, Any]:
        """Of objects that come in parts, those that show what no part before has shown: a new level, an extreme, a first gap.

        A fit of more objects than memory holds lets `infer` learn from a sample and from these, so that what it learns is true of
        all objects.

        Args:
            values: A part, in native form.
            known: What this gave for the part before; None for the first.

        Returns:
            Positions within the part, and what is known now.
        """
        return np.empty(0, dtype=np.int64), known

    @abc.abstractmethod
    def to_tensors(self, values: Any) -> Tensors:
        """Values in native form -> tensors, checked against what was learned.

        Raises:
            SchemaError, ShapeError, DataError: If the values differ in shape, columns, categories or finiteness.
        """

    @abc.abstractmethod
    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """(what the encoder sees, what the decoder is scored on) of one batch, as floats.

        With a generator this is one training presentation and may be random (binary draws of grey pixels, masked
        cells); without, it is the deterministic view that every measure uses. The second has "cells" (n, cells) and,
        where cells can be missing, "observed" (n, cells): 1 where a cell is there, else 0; a training presentation may give a cell a
        weight between.
        """

    @abc.abstractmethod
    def networks(self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None) -> Autoencoder:
        """Fresh networks.

        Args:
            latent: Number of latent coordinates.
            size: Number of fitting objects (small data want small networks).
            architecture: None for the default, a mapping in the modality's own terms, or own modules.
            tensors: Some fitting objects, to start the decoder's bias at typical cells; None when loading.
        """

    @abc.abstractmethod
    def to_items(self, cells: Tensor) -> Any:
        """Cells (n, cells), a likelihood's mean or draw -> objects in the native form that was fitted."""

    @abc.abstractmethod
    def pictures(self, values: Any) -> list[Picture]:
        """A neutral picture of each object."""

    @abc.abstractmethod
    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        """Numbers of objects that people recognise, measured on their cells.

        Args:
            cells: Expected cells of a decoder, or observed ones, (n, cells). The numbers follow the cells smoothly: a
                category is told as the probability of each level, not as the likeliest one.
            observed: Where cells can be missing, 1 for those that are there, (n, cells).
        """

    @abc.abstractmethod
    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """(names of the inputs that can be changed one by one, which of them each cell belongs to, (cells,))."""

    @abc.abstractmethod
    def document(self) -> dict:
        """JSON-able state."""

    @classmethod
    @abc.abstractmethod
    def from_document(cls, document: dict) -> "Modality":
        """The modality with that state."""

    @abc.abstractmethod
    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """A file of objects and what is said of each; no pickle.

        Args:
            values: n objects in native form.
            told: By name, each (n,), or (n, k).
            ending: One of `endings`.
        """

    @classmethod
    def several(cls, value: Any) -> Any:
        """A batch of one from one object that came without its batch axis; None if it is no such thing."""
        return value[None] if isinstance(value, np.ndarray) and value.ndim > 0 else None

    def compare(self, a: Any, b: Any) -> Comparison | None:
        """Part by part, how object a becomes object b, each a batch of one; None where objects have no parts to match."""
        return None

    def suggested_latent(self) -> int:
        """Latent coordinates to start from when the user names none; dead axes are dropped afterwards."""
        return 16

    def suggested_kl_weight(self) -> float:
        """Weight of the divergence in training when the user names no objective; 1 is the evidence lower bound itself."""
        return 1.0

    def suggested_tightening(self, latent: int) -> dict[str, Any]:
        """Settings of the objective, by name, that tighten its bound (`draws`, `sharing`), when the user names none.

        They are taken only where the divergence has weight 1 and no free bits: elsewhere there is no bound to tighten.

        Args:
            latent: Number of latent coordinates.
        """
        return {}

    def suggested_weight_decay(self, latent: int) -> float:
        """Weight decay of the networks' matrices when the schedule names none.

        Args:
            latent: Number of latent coordinates.
        """
        return WEIGHT_DECAY

    def suggested_schedule(self, objects: int) -> dict[str, Any]:
        """Settings of the training schedule, by name, when the user names none; what is left out keeps its default.

        Args:
            objects: Number of fitting objects.
        """
        return {}

    def schema_yaml(self) -> str:
        """What was learned of the columns, as YAML for people to edit.

        Raises:
            ConfigurationError: If these objects have no columns.
        """
        raise no_schema(self.name)

    @classmethod
    def draft_schema(cls, values: Any, **options: Any) -> str:
        """The schema that `infer` would make of these values, as YAML for people to edit.

        Raises:
            ConfigurationError: If such objects have no columns, or an option is unknown.
        """
        raise no_schema(cls.name)

    def constrained(self, constraints: Sequence[Any]) -> "Modality":
        """The same kind of data, whose generated objects obey constraints without exception.

        Args:
            constraints: Sentences about named columns, such as "age between 18 and 95".

        Raises:
            ConfigurationError: If these objects have no columns, or a constraint is unknown, impossible or contradicted.
        """
        raise ConfigurationError(
            f"Constraints need objects with named columns, as tables have, but this space holds {self.name}. "
            "State a condition on a feature instead, as in where='thickness > 0.4'."
        )

    def holding(self, value: Any) -> "Modality":
        """The same kind of data, whose generated objects keep what is declared immutable as one object has it.

        Args:
            value: A batch of one.
        """
        return self

    def lacking(self, values: Any) -> np.ndarray:
        """Which parts of each object are missing and could be filled, (n, parts), bool; here by cells."""
        _, targets = self.present(self.to_tensors(values), None)
        observed = targets.get("observed")
        return np.zeros((len(targets["cells"]), 1), dtype=bool) if observed is None else (observed == 0).numpy()

    def filled(self, values: Any, cells: Tensor) -> Any:
        """Objects with their gaps filled from cells (n, cells); what is there stays as it came, where the kind can keep it so."""
        return self.to_items(cells)

    def picture_recipe(self) -> dict[str, Any] | None:
        """How expected cells become a picture by rules that need no Python: what `pictures(to_items(cells))` shows.

        None where a page must be given pictures of places instead. A mapping by "kind":

        - "raster": height, width, channels; "levels", the number of steps from 0 to 1 that pixels are rounded to, or None;
        - "line": time, channels, names; scale and shift of each channel; low and high, the limits, or None; "whole", whether
          numbers are rounded;
        - "rows": columns, each with its name, how its text is found, and tables of numbers (see `Recipe` in web/src/lib/types.ts).
        """
        return None

    def columns_of(self, values: Any) -> dict[str, np.ndarray]:
        """Named columns of objects as they stand, for conditions; none where objects have no columns.

        Returns:
            By name, each (n,): float64 with NaN where missing, datetime64[us] with NaT, or objects with None.
        """
        return {}

    def broken(self, values: Any) -> dict[str, np.ndarray]:
        """Which objects, as they came, break each constraint, each (n,); none without constraints."""
        return {}

    def mended(self, cells: Tensor) -> dict[str, np.ndarray]:
        """Which objects at these cells (n, cells) had to be mended, by constraint, each (n,); none without constraints."""
        return {}


def no_schema(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"A schema needs objects with named columns, as tables have, but these are {name}. "
        "What a space knows of them is told by: gausscape info SPACE."
    )


def modalities() -> dict[str, type[Modality]]:
    """All kinds of data by name: the folders of `gausscape.modalities`, then entry points of other packages.

    Example:
        >>> "images" in modalities()
        True
    """
    found: dict[str, type[Modality]] = {}
    package = importlib.import_module("gausscape.modalities")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        found[module.name] = importlib.import_module(f"gausscape.modalities.{module.name}").MODALITY
    for entry in importlib.metadata.entry_points(group="gausscape.modalities"):
        found.setdefault(entry.name, entry.load())
    return found


def find_modality(name: str) -> type[Modality]:
    """The kind of data of that name.

    Raises:
        ConfigurationError: If there is none.
    """
    known = modalities()
    if name not in known:
        raise ConfigurationError(f"A kind of data needs one of the names {', '.join(known)}, but got {name!r}. Choose one.")
    return known[name]


def recognise(values: Any) -> type[Modality]:
    """The kind of data that accepts these values.

    Raises:
        DataError: If none does, or more than one.
    """
    known = modalities()
    matches = [kind for kind in known.values() if kind.accepts(values)]
    if len(matches) == 1:
        return matches[0]
    shape = f" of shape {values.shape}" if isinstance(values, np.ndarray) else ""
    if not matches:
        kinds = "; ".join(f"{name}: {kind.summary}" for name, kind in known.items())
        raise DataError(f"No kind of data fits a {type(values).__name__}{shape}. Known kinds: {kinds}. Convert the data.")
    names = ", ".join(kind.name for kind in matches)
    raise DataError(f"A {type(values).__name__}{shape} could be {names}. Say which with modality=... (--modality).")
