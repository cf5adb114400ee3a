"""Embeddings: vectors that another model made of texts, pictures or anything else, beside the originals' texts."""

__all__ = ["MODALITY", "Embeddings"]

from gausscape.modalities.embeddings.container import Embeddings
from gausscape.modalities.embeddings.modality import EmbeddingModality

MODALITY = EmbeddingModality
