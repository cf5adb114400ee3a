"""Small fitted spaces, and linear spaces whose codes are mapped by a matrix, for laws that hold whatever the axes."""

import copy

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space.aggregate import Aggregate
from gausscape.space.codec import Codec
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.round_trip import RoundTrip
from gausscape.space.space import Space
from gausscape.space.whitening import Whitening
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule


@pytest.fixture(scope="session")
def images():
    return example_items(240)


@pytest.fixture(scope="session")
def space(images):
    return fit(images, method="pca", latent=3)


@pytest.fixture(scope="session")
def linear():
    """A linear space of enough objects for statistics."""
    return fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)


@pytest.fixture(scope="session")
def deep(images):
    """An autoencoder with two decoders."""
    return fit(images, latent=2, schedule=Schedule(steps=120, decoders=2))


@pytest.fixture(scope="session")
def rows():
    return example_rows(200)


@pytest.fixture(scope="session")
def table_space(rows):
    return fit(rows, latent=3, schedule=Schedule(steps=200))


@pytest.fixture(scope="session")
def mapped():
    return _mapped


@pytest.fixture(scope="session")
def remeasured(linear):
    """(codes of 2,000 fresh objects, each measured once and again with the noise of near objects)."""
    fresh = example_items(2000, seed=21)
    z = linear.embed(fresh).sample(np.random.default_rng(0).standard_normal((len(fresh), 3)))
    residual = linear.codec.residual_cells(linear.codec.tensors(fresh), z)
    u = linear.aggregate.whiten(z)
    near = KDTree(u).query(u, k=11)[1]
    seen = [linear.codec.observed_again(z, residual[near[:, k]], seed=k) for k in (3, 8)]
    return z, *seen


def _mapped(space: Space, matrix: np.ndarray, *, law: bool = True) -> Space:
    """A linear space with codes z M: its objects, its decoder and, unless kept as it is, its law follow."""
    networks = copy.deepcopy(space.codec.networks)
    state = networks.state_dict()
    forward, back = torch.from_numpy(matrix), torch.from_numpy(np.linalg.inv(matrix))
    state["encoder.matrix"] = (state["encoder.matrix"].double() @ forward).float()
    state["decoder.weight"] = (state["decoder.weight"].double() @ back.T).float()
    networks.load_state_dict(state)
    old, whitening = space.aggregate, space.aggregate.law.whitening
    if law:
        factor = np.linalg.cholesky(matrix.T @ whitening.factor @ whitening.factor.T @ matrix)
        whitening = Whitening(whitening.mean @ matrix, factor)
    aggregate = Aggregate(
        law=GaussianLaw(whitening),
        live=old.live,
        latent=old.latent,
        codes=old.codes @ matrix,
        ids=old.ids,
        tails=old.tails @ matrix,
        held_out=old.held_out @ matrix,
    )
    return Space(
        Codec(space.modality, networks),
        aggregate,
        of_objects=space.of_objects,
        of_codes=space.of_codes,
        gates=space.gates,
        round_trip=RoundTrip(space.round_trip.errors @ matrix, space.round_trip.repeats @ matrix),
        record=space.record,
    )
