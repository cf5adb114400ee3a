"""Laws of the renderings: what is carried is the object itself, what is drawn follows its seed, what is expected has no luck."""

import numpy as np
import pytest
import torch

from gausscape.errors import ConfigurationError
from gausscape.likelihoods import Bernoulli, Categorical, GradedGaussian, LearnedGaussian, Product
from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space.rendering import Carried, Drawn, Expected, find_rendering, suitable_rendering
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def images():
    return fit(example_items(200), latent=3, method="pca")


@pytest.fixture(scope="module")
def table():
    return fit(example_rows(120).drop(columns="rating"), latent=3, method="pca")


def test_what_is_carried_to_its_own_code_is_the_object(images):
    x = example_items(20, seed=5)
    tensors = images.codec.tensors(x)
    z = images.codec.embed(tensors).mean
    residual = images.codec.residual_cells(tensors, z)
    back = images.modality.to_items(Carried().cells(images.codec, z, residual, seed=0))
    assert np.array_equal(back, x)


def test_without_a_residual_carried_is_expected(images):
    z = np.random.default_rng(0).normal(size=(10, 3))
    none = torch.zeros(1, 64)
    assert torch.equal(Carried().cells(images.codec, z, none, seed=0), Expected().cells(images.codec, z, none, seed=0))


def test_draws_follow_their_seed_and_average_to_the_expected_object(images):
    z = np.zeros((2000, 3))
    none = torch.zeros(1, 64)
    draws = Drawn().cells(images.codec, z, none, seed=3)
    assert torch.equal(draws, Drawn().cells(images.codec, z, none, seed=3))
    assert not torch.equal(draws, Drawn().cells(images.codec, z, none, seed=4))
    expected = Expected().cells(images.codec, z[:1], none, seed=0)
    # 64 normal means at 7 standard errors: false-alarm rate 64 * 3e-12.
    error = draws.std(0) / len(draws) ** 0.5
    assert ((draws.mean(0) - expected[0]).abs() < 7 * error).all()


def test_two_points_that_share_a_seed_share_the_noise(table):
    z = np.random.default_rng(1).normal(size=(400, 3)) / 2
    none = torch.zeros(1, table.codec.networks.likelihood.cells)
    near = z + 0.01
    same = Drawn().cells(table.codec, z, none, seed=3) - Drawn().cells(table.codec, near, none, seed=3)
    other = Drawn().cells(table.codec, z, none, seed=3) - Drawn().cells(table.codec, near, none, seed=4)
    assert same.square().mean() < 0.1 * other.square().mean()


@pytest.mark.parametrize(
    ("likelihood", "real", "suits"),
    [
        (LearnedGaussian(4), True, Carried()),
        (LearnedGaussian(4), False, Expected()),
        (Bernoulli(4), True, Carried()),
        (Categorical(3), True, Drawn()),
        (Product([LearnedGaussian(2)]), True, Carried()),
        (Product([LearnedGaussian(2), Bernoulli(1)]), True, Drawn()),
        (Product([LearnedGaussian(2), GradedGaussian([[0.0]])]), False, Drawn()),
    ],
)
def test_the_rendering_suits_the_data(likelihood, real, suits):
    assert suitable_rendering(likelihood, real=real) == suits


def test_names_find_their_rendering_and_strange_ones_are_refused():
    for kind in (Expected, Drawn, Carried):
        assert find_rendering(kind.name) == kind()
        assert find_rendering(kind()) == kind()
    for wrong in ("mean", 3, None):
        with pytest.raises(ConfigurationError, match="expected, drawn, carried"):
            find_rendering(wrong)
