"""Embeddings: vectors with a text for each original, as one value that can be indexed by rows."""

__all__ = ["Embeddings"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError, ShapeError


@dataclass(frozen=True, eq=False)
class Embeddings:
    """n vectors and what each stands for.

    `take` picks rows, as `gausscape.items.take` asks of any container.

    Args:
        vectors: Shape (n, d), numbers.
        originals: What each vector stands for, as a text to show: n of them. Of a picture its file name, say.

    Raises:
        ShapeError: If the vectors are no matrix, or there is not one text for each.
        DataError: If an original is no text, or the vectors are no numbers.

    Example:
        Sentences as TF-IDF and SVD (latent semantic analysis, Deerwester et al. 1990) make vectors of them; any model
        that gives vectors will do as well:

        >>> from sklearn.decomposition import TruncatedSVD
        >>> from sklearn.feature_extraction.text import TfidfVectorizer
        >>> texts = ["the refund is late", "my refund never came", "where is my refund", "thank you for the help",
        ...          "many thanks for your help", "great help thank you", "the parcel is broken",
        ...          "a broken parcel came", "parcel came broken again", "refund for a broken parcel",
        ...          "thank you for the refund", "the help never came"]
        >>> counts = TfidfVectorizer().fit_transform(texts)
        >>> vectors = TruncatedSVD(4, random_state=0).fit_transform(counts)
        >>> said = Embeddings(vectors, texts)
        >>> len(said), said[2:4].originals
        (12, ('where is my refund', 'thank you for the help'))
        >>> import gausscape as gs
        >>> space = gs.fit(said, latent=2, method="pca")
        >>> space.sample(1, seed=0).items.originals[0].startswith("near: ")
        True
    """

    vectors: np.ndarray
    originals: tuple[str, ...]

    def __post_init__(self):
        vectors = np.asarray(self.vectors)
        if vectors.ndim != 2:
            raise ShapeError(
                f"Embeddings need vectors of shape (n, d), but got shape {vectors.shape}. Stack them, one row each."
            )
        if vectors.dtype.kind not in "biuf":
            raise DataError(f"Embeddings need vectors of numbers, but got type {vectors.dtype}. Convert them.")
        if isinstance(self.originals, str) or len(self.originals) != len(vectors):
            raise ShapeError(
                f"{len(vectors)} vectors need {len(vectors)} originals, but {len(self.originals)} came. Pass one text for each."
            )
        odd = next((k for k, text in enumerate(self.originals) if not isinstance(text, str)), None)
        if odd is not None:
            kind = type(self.originals[odd]).__name__
            raise DataError(
                f"Originals need to be texts, but number {odd} is a {kind}. Pass what should be shown of it."
            )
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "originals", tuple(self.originals))

    def __repr__(self) -> str:
        first = repr(self.originals[0][:40]) if self.originals else "none"
        return f"Embeddings({len(self):,} vectors of {self.vectors.shape[1]:,} numbers, first: {first})"

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: Any) -> "Embeddings":
        """The rows at a slice, a list of positions or one position, as Embeddings."""
        return self.take(np.arange(len(self))[rows])

    def take(self, rows: Any) -> "Embeddings":
        """The rows at these positions, in this order."""
        rows = np.atleast_1d(np.asarray(rows, dtype=np.int64))
        return Embeddings(self.vectors[rows], tuple(self.originals[row] for row in rows))
