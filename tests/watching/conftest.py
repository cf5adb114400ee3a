"""One small space of rows whose law is known, for all tests of this folder."""

import numpy as np
import pandas
import pytest

from gausscape.space.space import Space
from gausscape.training.fitting import fit

NAMES = ("amount", "age", "hours", "visits")
MIX = np.array([[2.0, 0.5, 0.0, 0.3], [0.0, 1.0, 0.7, -0.4]])


def _draw(n: int, rng: np.random.Generator) -> pandas.DataFrame:
    return pandas.DataFrame(rng.normal(size=(n, 2)) @ MIX + 0.3 * rng.normal(size=(n, 4)), columns=list(NAMES))


@pytest.fixture(scope="session")
def draw_rows():
    """(n, generator) -> n rows in law: two factors, four columns, a little noise."""
    return _draw


@pytest.fixture(scope="session")
def space() -> Space:
    return fit(_draw(4000, np.random.default_rng(0)), latent=2, method="pca", modality="tables")
