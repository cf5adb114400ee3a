"""What the tests of outcomes share: a few images, a marked one among them, and models by name."""

import sys
from pathlib import Path

import numpy as np
import pytest

# "blackboxes:function" must be importable here and in worker processes, which take over this list.
sys.path.insert(0, str(Path(__file__).parent))

MARKED = 13


@pytest.fixture
def images() -> np.ndarray:
    """40 different images of 4 x 4."""
    return np.random.default_rng(0).random((40, 4, 4))


@pytest.fixture
def poisoned(images) -> np.ndarray:
    """The same, and row 13 carries the mark that the models of `blackboxes` cannot bear."""
    images = images.copy()
    images[MARKED, 0, 0] = 99
    return images
