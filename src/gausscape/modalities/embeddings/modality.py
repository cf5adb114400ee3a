"""Embeddings as tensors: turned onto their principal directions, scored as Gaussian cells, told by the nearest originals."""

__all__ = ["EmbeddingModality"]

import base64
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.architectures import BLOCKS, WIDTH, read_sizes
from gausscape.errors import ConfigurationError, DataError, SchemaError, ShapeError
from gausscape.likelihoods import LearnedGaussian
from gausscape.modalities.embeddings.container import Embeddings
from gausscape.modalities.embeddings.landmarks import Landmarks
from gausscape.modality import Autoencoder, Features, Modality, Picture, Tensors
from gausscape.networks import Decoder, DenseDecoder, DenseEncoder, own_pair
from gausscape.space.column_files import column_bytes, npz_bytes

SIZES = {"width": WIDTH, "blocks": BLOCKS}
FEWEST, LONGEST, MOST_AXES = 10, 4_096, 128
NAMED, SHOWN_NEAREST = 8, 3
NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class EmbeddingModality(Modality):
    """Vectors of one length, with texts.

    A cell is a vector's coordinate along a principal direction, over one common scale: distances between vectors stay
    as they are. What lies beyond the first 128 directions is left out; a note says how much that is.

    Args:
        dtype: NumPy type of the vectors.
        centre: Mean vector, (d,).
        axes: Principal directions, (cells, d), orthonormal.
        scale: Length in vector units of a cell's 1.
        landmarks: Originals that are kept to tell what is near.
        notes: What was chosen and why.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> made = Embeddings(rng.normal(size=(40, 6)), tuple(f"number {k}" for k in range(40)))
        >>> kind = EmbeddingModality.infer(made)
        >>> kind.to_items(kind.to_tensors(made)["vector"]).originals[3]
        'near: number 3'
    """

    dtype: str
    centre: np.ndarray
    axes: np.ndarray
    scale: float
    landmarks: Landmarks
    notes: tuple[str, ...] = ()

    name: ClassVar[str] = "embeddings"
    summary: ClassVar[str] = "gausscape.modalities.embeddings.Embeddings: vectors (n, d), and a text for each original"
    endings: ClassVar[tuple[str, ...]] = (".npz", ".parquet", ".csv")

    @classmethod
    def accepts(cls, values: Any) -> bool:
        return isinstance(values, Embeddings)

    @classmethod
    def infer(cls, values: Any, **options: Any) -> "EmbeddingModality":
        """Learn the principal directions and keep up to 1,000 originals.

        Args:
            values: Embeddings, at least 10, of 2 to 4,096 numbers each.
            **options: None are known.
        """
        if options:
            raise ConfigurationError(
                f"Embeddings take no options, but got {', '.join(sorted(options))}. Leave them away."
            )
        vectors = _vectors(values)
        n, width = vectors.shape
        if n < FEWEST:
            raise DataError(f"A fit of embeddings needs at least {FEWEST}, but {n} came. Collect more.")
        if not 2 <= width <= LONGEST:
            raise ShapeError(
                f"Embeddings need vectors of 2 to {LONGEST:,} numbers, but got {width:,}. Shorten them by PCA first."
            )
        centre = vectors.mean(0)
        _, strengths, directions = np.linalg.svd(vectors - centre, full_matrices=False)
        variance = strengths**2 / n
        total = float(variance.sum())
        if not total > NO_VARIANCE * float((centre**2).sum() + 1e-300):
            raise DataError(
                f"Embeddings need vectors that differ, but all {n} are the same. Check the model that made them."
            )
        count = max(2, min(MOST_AXES, int((variance > NO_VARIANCE * total).sum())))
        # The sign of a direction is arbitrary; the largest entry is made positive, so that equal data give equal signs.
        axes = directions[:count]
        axes = axes * np.where(axes[np.arange(count), np.abs(axes).argmax(1)] < 0, -1.0, 1.0)[:, None]
        scale = float(np.sqrt(total / count))
        cells = (vectors - centre) @ axes.T / scale
        share = float(variance[:count].sum()) / total
        notes = (
            f"{count} principal directions of {width} numbers hold {share:.1%} of the variance; the rest is left out",
        )
        landmarks = Landmarks.choose(cells, values.originals)
        return cls(str(values.vectors.dtype), centre, axes.astype(np.float32), scale, landmarks, notes)

    @property
    def cells(self) -> int:
        """Number of principal directions."""
        return len(self.axes)

    def to_tensors(self, values: Any) -> Tensors:
        """ "vector" (n, cells), float32; the originals play no part in any measure."""
        vectors = _vectors(values)
        if vectors.shape[1] != len(self.centre):
            raise SchemaError(
                f"This space needs vectors of {len(self.centre)} numbers, but got {vectors.shape[1]}. "
                "Use the model that made the others."
            )
        # A matrix product may add up a row in another order when it has other company; a sum row by row does not.
        turned = np.einsum("nd,cd->nc", vectors - self.centre, self.axes.astype(np.float64)) / self.scale
        return {"vector": torch.from_numpy(turned.astype(np.float32))}

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        return {"vector": tensors["vector"]}, {"cells": tensors["vector"]}

    def networks(
        self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None
    ) -> Autoencoder:
        """Residual perceptrons, 128 wide below 5,000 vectors, else 256, unless a mapping says width or blocks; or own modules."""
        likelihood = LearnedGaussian(self.cells, shared=False)
        if isinstance(architecture, tuple | list):
            encoder, decoder, settings = own_pair(architecture)
        else:
            usual = {"width": 128 if size < 5_000 else 256, "blocks": 2}
            settings = usual | read_sizes(architecture, SIZES, of="An architecture of embeddings", also="a pair of torch modules")
            encoder = DenseEncoder(self.cells, latent, **settings)
            decoder = DenseDecoder(latent, self.cells, **settings)
        if tensors is not None:
            likelihood.start_at(tensors["vector"])
            if isinstance(decoder, Decoder):
                decoder.start_at(likelihood.initial_output(tensors["vector"]))
        document = {"size": size, "architecture": settings}
        return Autoencoder(_VectorEncoder(encoder), decoder, likelihood, latent=latent, document=document)

    def to_items(self, cells: Tensor) -> Embeddings:
        """Vectors at these cells; their originals are told as "near: ...", the nearest kept one."""
        numbers = cells.detach().cpu().numpy().astype(np.float64)
        vectors = numbers @ self.axes.astype(np.float64) * self.scale + self.centre
        kind = np.dtype(self.dtype)
        vectors = np.rint(vectors) if kind.kind in "biu" else vectors
        near = self.landmarks.nearest(numbers)[:, 0]
        return Embeddings(vectors.astype(kind), tuple(f"near: {self.landmarks.texts[k]}" for k in near))

    def pictures(self, values: Any) -> list[Picture]:
        """Rows: the original, and the nearest kept ones."""
        near = self.landmarks.nearest(self.to_tensors(values)["vector"].numpy().astype(np.float64), count=SHOWN_NEAREST)
        return [
            Picture(
                "rows",
                [("original", text), *((f"nearest {k + 1}", self.landmarks.texts[at]) for k, at in enumerate(row))],
            )
            for text, row in zip(values.originals, near, strict=True)
        ]

    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        """Coordinates along the first eight principal directions, named by their ends, and the distance from the mean."""
        numbers = cells.detach().cpu().numpy().astype(np.float64) * self.scale
        count = min(NAMED, self.cells)
        names = (*self.landmarks.name_directions(count), "distance from the mean vector")
        return Features(names, np.column_stack([numbers[:, :count], np.linalg.norm(numbers, axis=1)]))

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The first eight principal directions, and all others together."""
        count = min(NAMED, self.cells)
        others = ("all other directions",) if self.cells > count else ()
        return (*self.landmarks.name_directions(count), *others), np.minimum(np.arange(self.cells), count)

    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """A file of the vectors.

        .npz holds them as "items" and the texts as "originals"; .parquet and .csv have a column for each number, and what
        is told under names with a leading _.
        """
        vectors, originals = values.vectors, np.array(values.originals, dtype=str)
        if ending == ".npz":
            return npz_bytes({"items": vectors, "originals": originals} | told)
        columns: dict[str, Any] = {"original": originals} | {
            f"dimension {k + 1}": vectors[:, k] for k in range(vectors.shape[1])
        }
        return column_bytes(columns | {f"_{name}": column for name, column in told.items() if column.ndim == 1}, ending)

    def suggested_latent(self) -> int:
        return max(2, min(16, self.cells // 2))

    def suggested_kl_weight(self) -> float:
        """0.25, as for tables: the cells are as few."""
        return 0.25

    def document(self) -> dict:
        return {
            "dtype": self.dtype,
            "centre": self.centre.tolist(),
            "axes": base64.b64encode(self.axes.astype("<f4").tobytes()).decode("ascii"),
            "scale": self.scale,
            "landmarks": self.landmarks.document(),
            "notes": list(self.notes),
        }

    @classmethod
    def from_document(cls, document: dict) -> "EmbeddingModality":
        centre = np.array(document["centre"], dtype=np.float64)
        axes = np.frombuffer(base64.b64decode(document["axes"]), "<f4").astype(np.float32).reshape(-1, len(centre))
        landmarks = Landmarks.from_document(document["landmarks"])
        return cls(document["dtype"], centre, axes, document["scale"], landmarks, tuple(document["notes"]))


class _VectorEncoder(nn.Module):
    """Hands the cells of the inputs to an encoder."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return self.encoder(inputs["vector"])


def _vectors(values: Any) -> np.ndarray:
    if not isinstance(values, Embeddings):
        raise DataError(
            f"Embeddings need gausscape.modalities.embeddings.Embeddings(vectors, originals), but a {type(values).__name__} came. "
            "Wrap the vectors, with a text for each."
        )
    vectors = values.vectors.astype(np.float64)
    if not np.isfinite(vectors).all():
        row = int(np.argwhere(~np.isfinite(vectors).all(1))[0, 0])
        raise DataError(
            f"Embeddings need finite numbers, but vector {row} has NaN or infinite ones. Repair or drop it."
        )
    return vectors
