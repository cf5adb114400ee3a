"""What every test shares: one thread, shapes and types checked in the rooms that compute, and the larger data sets."""

import os

# Before torch is imported: two threads on a shared machine stall, and one thread makes sums repeat bit by bit.
os.environ["OMP_NUM_THREADS"] = "1"

from pathlib import Path

import jaxtyping

# Annotations are checked where only gausscape itself calls. The public verbs are left out: they refuse a wrong type
# with an error of their own, which tests must be able to see, and which the check would forestall.
CHECKED_ROOMS = (
    "gausscape.gaussian",
    "gausscape.likelihoods",
    "gausscape.networks",
    "gausscape.modality",
    "gausscape.space.aggregate",
    "gausscape.space.building",
    "gausscape.space.codec",
    "gausscape.space.support",
    "gausscape.training.linear",
    "gausscape.training.reporting",
    "gausscape.training.splits",
)
jaxtyping.install_import_hook(list(CHECKED_ROOMS), "beartype.beartype")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of larger data sets: $GAUSSCAPE_TEST_DATA, else ../shared/data beside the repository."""
    asked = os.environ.get("GAUSSCAPE_TEST_DATA")
    folder = Path(asked) if asked else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the larger data sets, but {folder} is no folder: set GAUSSCAPE_TEST_DATA")
    return folder


@pytest.fixture
def untouched_randomness():
    """Fails the test if the global random states of numpy and torch differ afterwards (row N8)."""
    before = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002 - it is the caller's stream that is watched
    yield
    after = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    assert all(np.array_equal(old, new) for old, new in zip(before[0], after[0], strict=True))
    assert torch.equal(before[1], after[1])
