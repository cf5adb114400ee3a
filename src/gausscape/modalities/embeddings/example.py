"""A few tiny seeded embeddings, for tests and first tries."""

__all__ = ["example_items"]

import numpy as np

from gausscape.modalities.embeddings.container import Embeddings

TOPICS = ("refund", "parcel", "thanks", "login")
MOODS = ("late", "kind", "broken", "quick")
WIDTH = 10


def example_items(n: int = 64, seed: int = 0) -> Embeddings:
    """n vectors of 10 numbers: a topic and a mood have a direction each, more or less strong, with noise.

    Example:
        >>> made = example_items(3)
        >>> made.vectors.shape, len(made.originals)
        ((3, 10), 3)
    """
    fixed, rng = np.random.default_rng(17), np.random.default_rng(seed)
    directions = fixed.normal(size=(len(TOPICS) + len(MOODS), WIDTH))
    topic, mood = rng.integers(len(TOPICS), size=n), rng.integers(len(MOODS), size=n)
    strength = np.exp(rng.normal(0, 0.3, (2, n, 1)))
    vectors = (
        strength[0] * directions[topic]
        + 0.5 * strength[1] * directions[len(TOPICS) + mood]
        + rng.normal(0, 0.1, (n, WIDTH))
    )
    texts = tuple(f"{TOPICS[a]} {MOODS[b]} {k}" for k, (a, b) in enumerate(zip(topic, mood, strict=True)))
    return Embeddings(vectors.astype(np.float32), texts)
