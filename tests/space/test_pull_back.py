"""The pull-back metric against closed forms of a linear decoder, and short paths against the straight line."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.likelihoods import Bernoulli, LearnedGaussian
from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space import pull_back
from gausscape.space.codec import Codec
from gausscape.space.pull_back import geodesics, metric_at, path_length
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule


@pytest.fixture(scope="module")
def linear() -> Codec:
    return fit(example_items(300, seed=1), latent=3, method="pca", seed=0).codec


@pytest.fixture(scope="module")
def deep() -> Codec:
    return fit(example_items(300, seed=1), latent=2, schedule=Schedule(steps=80), seed=0).codec


@pytest.fixture(scope="module")
def table() -> Codec:
    return fit(example_rows(300, seed=1), latent=2, schedule=Schedule(steps=60), seed=0).codec


def metric_of(codec: Codec) -> np.ndarray:
    """W' W / s^2, from the weights."""
    weight = codec.networks.decoder.weight.double().numpy()
    return weight.T @ weight / float(codec.networks.likelihood.std.double()) ** 2


def some(codec: Codec, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, codec.latent))


def test_the_metric_of_a_linear_decoder_is_the_closed_form(linear):
    metric = metric_of(linear)
    found = metric_at(linear, some(linear, 600, 0))
    np.testing.assert_allclose(found, np.broadcast_to(metric, found.shape), rtol=1e-4, atol=1e-4 * metric.max())


def test_lengths_of_a_linear_decoder_are_straight_distances(linear):
    a, b = some(linear, 20, 1), some(linear, 20, 2)
    expected = np.sqrt(np.einsum("ni,ij,nj->n", b - a, metric_of(linear), b - a))
    np.testing.assert_allclose(path_length(linear, np.linspace(a, b, 7, axis=1)), expected, rtol=1e-4)


def test_the_shortest_path_of_a_linear_decoder_is_the_straight_line(linear):
    a, b = some(linear, 5, 3), some(linear, 5, 4)
    np.testing.assert_allclose(geodesics(linear, a, b, steps=6), np.linspace(a, b, 6, axis=1), atol=1e-3)


@pytest.mark.parametrize("name", ["deep", "table"])
def test_the_metric_is_what_a_short_step_measures(name, request):
    # length^2 = dz' M dz up to the third order of the step.
    codec = request.getfixturevalue(name)
    z, step = some(codec, 30, 5), 1e-2 * some(codec, 30, 6)
    metric = metric_at(codec, z)
    expected = np.sqrt(np.einsum("ni,nij,nj->n", step, metric, step))
    np.testing.assert_allclose(path_length(codec, np.stack([z - step / 2, z + step / 2], axis=1)), expected, rtol=2e-2)
    np.testing.assert_allclose(metric, metric.transpose(0, 2, 1), rtol=1e-5, atol=1e-6 * metric.max())
    assert (np.linalg.eigvalsh(metric) >= -1e-5 * metric.max()).all()


@pytest.mark.parametrize("name", ["linear", "deep", "table"])
def test_lengths_add_up_and_do_not_depend_on_the_way_round(name, request):
    codec = request.getfixturevalue(name)
    paths = np.random.default_rng(7).standard_normal((4, 9, codec.latent)).cumsum(1) / 3
    whole = path_length(codec, paths)
    assert (whole > 0).all()
    np.testing.assert_allclose(path_length(codec, paths[:, :5]) + path_length(codec, paths[:, 4:]), whole, rtol=1e-5)
    np.testing.assert_allclose(path_length(codec, paths[:, ::-1]), whole, rtol=1e-5)


@pytest.mark.parametrize("name", ["deep", "table"])
def test_short_paths_join_the_ends_and_are_never_longer_than_the_line(name, request, untouched_randomness):
    codec = request.getfixturevalue(name)
    a, b = some(codec, 12, 8), some(codec, 12, 9)
    paths = geodesics(codec, a, b, steps=12)
    np.testing.assert_allclose(paths[:, 0], a)
    np.testing.assert_allclose(paths[:, -1], b)
    line = path_length(codec, np.linspace(a, b, 12, axis=1))
    found = path_length(codec, paths)
    assert (found <= line * (1 + 1e-6)).all()
    assert np.array_equal(paths, geodesics(codec, a, b, steps=12))
    np.testing.assert_allclose(path_length(codec, geodesics(codec, a[3:4], b[3:4], steps=12)), found[3:4], rtol=1e-2)


def bowl() -> Codec:
    """A surface with a hill between the ends, so that the short path goes round it."""

    class Hill(nn.Module):
        def forward(self, z):
            return torch.cat([z, 3 * torch.exp(-2 * (z**2).sum(-1, keepdim=True))], -1)

    law = LearnedGaussian(3, floor=0.0).requires_grad_(False)
    return stand_in(Hill(), law, 2)


def stand_in(decoder: nn.Module, law: nn.Module, latent: int) -> Codec:
    """A codec that can only decode."""
    codec = object.__new__(Codec)
    codec.networks = SimpleNamespace(
        decoder=decoder.eval().requires_grad_(False), likelihood=law, latent=latent, state_dict=dict
    )
    return codec


def test_short_paths_go_round_a_hill_in_equal_steps():
    codec, a, b = bowl(), np.array([[-1.5, 0.1]]), np.array([[1.5, 0.1]])
    path = geodesics(codec, a, b, steps=20)
    assert path_length(codec, path) < 0.8 * path_length(codec, np.linspace(a, b, 20, axis=1))
    assert path[0, 10, 1] > 0.4
    steps = path_length(codec, np.stack([path[0, :-1], path[0, 1:]], axis=1))
    assert steps.std() < 0.1 * steps.mean()


def test_dead_axes_stay_on_the_straight_line():
    codec, a, b = bowl(), np.array([[-1.5, 0.1]]), np.array([[1.5, 0.1]])
    path = geodesics(codec, a, b, steps=20, live=np.array([0]))
    np.testing.assert_allclose(path[0, :, 1], 0.1)
    none = geodesics(codec, a, b, steps=20, live=np.array([], dtype=int))
    np.testing.assert_allclose(none, np.linspace(a, b, 20, axis=1))


def test_a_path_from_a_point_to_itself_stays_there(deep):
    z = some(deep, 2, 10)
    np.testing.assert_allclose(geodesics(deep, z, z, steps=4), np.repeat(z[:, None], 4, axis=1))
    assert (path_length(deep, np.repeat(z[:, None], 4, axis=1)) == 0).all()


def test_64_axes_at_once():
    torch_rng = torch.Generator().manual_seed(0)
    layer = nn.Linear(64, 80)
    layer.weight.data = torch.randn(80, 64, generator=torch_rng) / 8
    codec = stand_in(layer, Bernoulli(80), 64)
    z = some(codec, 40, 11)
    probability = torch.sigmoid(layer(torch.from_numpy(z).float())).double().numpy()
    weight = layer.weight.double().numpy()
    expected = np.einsum("ki,nk,kj->nij", weight, probability * (1 - probability), weight)
    np.testing.assert_allclose(metric_at(codec, z), expected, rtol=1e-3, atol=1e-4)


class _Square(torch.autograd.Function):
    """x^2 with a reverse mode only."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, *gradients):
        return 2 * ctx.saved_tensors[0] * gradients[0]


def test_a_decoder_without_a_forward_mode_goes_in_reverse(monkeypatch):
    class Own(nn.Module):
        def forward(self, z):
            return _Square.apply(z)

    taken = []
    reverse = pull_back._slopes_in_reverse
    monkeypatch.setattr(pull_back, "_slopes_in_reverse", lambda *ends: taken.append(1) or reverse(*ends))
    codec = stand_in(Own(), LearnedGaussian(3, floor=0.0).requires_grad_(False), 3)
    z = some(codec, 6, 12)
    np.testing.assert_allclose(metric_at(codec, z), np.stack([np.diag(4 * row**2) for row in z]), rtol=1e-4)
    assert taken


def test_no_points_have_no_metric(deep):
    assert metric_at(deep, np.zeros((0, 2))).shape == (0, 2, 2)
    assert path_length(deep, np.zeros((0, 5, 2))).shape == (0,)
    assert geodesics(deep, np.zeros((0, 2)), np.zeros((0, 2)), steps=3).shape == (0, 3, 2)


def test_points_that_do_not_fit_are_refused(deep):
    with pytest.raises(ShapeError, match=r"\(n, 2\)"):
        metric_at(deep, np.zeros((3, 4)))
    with pytest.raises(ShapeError, match=r"\(paths, points, 2\)"):
        path_length(deep, np.zeros((3, 2)))
    with pytest.raises(ShapeError, match="as many ends"):
        geodesics(deep, np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(DataError, match="finite"):
        metric_at(deep, np.full((1, 2), np.nan))
    with pytest.raises(ConfigurationError, match="at least 2 steps"):
        geodesics(deep, np.zeros((1, 2)), np.zeros((1, 2)), steps=1)
