"""A few tiny, seeded rows with every common kind of column."""

__all__ = ["example_items"]

from typing import Any

import numpy as np


def example_items(n: int = 64, seed: int = 0) -> Any:
    """Made-up orders: numbers, integers, true/false, categories and dates that hang together, some of them missing.

    Args:
        n: Number of rows.
        seed: Seed of the rows.

    Returns:
        A pandas data frame.

    Example:
        >>> frame = example_items(5)
        >>> frame.columns.tolist()
        ['amount', 'items', 'express', 'city', 'ordered', 'rating']
        >>> example_items(5, seed=1).equals(example_items(5, seed=1))
        True
    """
    import pandas

    random = np.random.default_rng(seed)
    size = random.normal(size=n)
    amount = np.round(np.exp(3 + 0.6 * size + 0.2 * random.normal(size=n)), 2)
    city = np.array(["Bergen", "Graz", "Porto"])[np.digitize(size + random.normal(size=n), [-0.6, 0.6])]
    day = random.integers(0, 500, size=n)
    rating = np.round(3.5 - 0.5 * size + 0.5 * random.normal(size=n), 1)
    return pandas.DataFrame(
        {
            "amount": amount,
            "items": random.poisson(np.exp(0.5 + 0.4 * size)) + 1,
            "express": random.random(n) < 1 / (1 + np.exp(-size)),
            "city": pandas.Categorical(city, categories=["Bergen", "Graz", "Porto"]),
            "ordered": pandas.Timestamp("2023-01-01") + pandas.to_timedelta(day, unit="D"),
            "rating": np.where(random.random(n) < 0.2, np.nan, rating),
        }
    )
