"""Telescoping sums: exact for any black box, and equal to gradient times movement where y is linear."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.explanation.telescoping import DETAIL, UNDIVIDED, explain_change
from gausscape.items import Items
from gausscape.space.patch_directions import opposite_name
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(3, 8, 8))
    return (0.5 + 0.08 * np.tensordot(rng.normal(size=(300, 3)), base, 1) + 0.01 * rng.normal(size=(300, 8, 8))).clip(0, 1)


@pytest.fixture(scope="module")
def space(images):
    return fit(images, latent=3, method="pca")


def step_like(x):
    return (x[:, 0, 0] > 0.5) + np.floor(10 * x[:, 4, 4]) * (x[:, 7, 1] > 0.4)


@pytest.mark.parametrize("y", [lambda x: x[:, 2, 3], lambda x: np.exp(3 * x.mean((1, 2))), step_like])
@pytest.mark.parametrize("steps", [1, 5])
def test_the_parts_sum_exactly_whatever_the_model(space, images, y, steps):
    answer = explain_change(space, y, images[0], images[1], steps=steps)
    assert answer.difference == pytest.approx(float(y(images[1:2])[0] - y(images[:1])[0]))
    assert sum(each.amount for each in answer.contributions) == pytest.approx(answer.difference, abs=1e-9)
    assert answer.completeness_error < 1e-6
    assert len(answer.y) == steps + 1 == len(answer.support) == len(answer.pictures)


def test_a_linear_y_is_split_by_gradient_times_movement(space, images):
    weights = np.random.default_rng(3).normal(size=(8, 8))
    answer = explain_change(space, lambda x: (x * weights).sum((1, 2)), images[0], images[1], steps=2)
    u = space.aggregate.whiten(space.embed(images[:2]).mean)
    for direction in space.patch(answer.codes[1], 0.5 * float(np.linalg.norm(u[1] - u[0]))).directions(3):
        ends = space.decode(space.aggregate.unwhiten(u[:1] + np.array([[0.0], [1.0]]) * 1e-1 * direction.vector))
        slope = ((ends[1] - ends[0]) * weights).sum() / 1e-1
        moved = float((u[1] - u[0]) @ direction.vector)
        name = direction.name if moved > 0 else opposite_name(direction.name)  # what is seen from a to b
        found = next(each for each in answer.contributions if each.name == name)
        assert found.moved == pytest.approx(abs(moved), abs=1e-6)
        assert found.amount == pytest.approx(slope * moved, abs=0.02 * np.abs(weights).sum() * 0.05)


def test_what_the_space_leaves_out_has_a_line_of_its_own(images):
    space = fit(images, latent=1, method="pca")
    answer = explain_change(space, lambda x: x[:, 0, 0], images[0], images[1])
    assert DETAIL in [each.name for each in answer.contributions]


def test_a_way_of_one_s_own_and_ids(space, images):
    means = space.embed(images[:2]).mean
    bow = np.linspace(means[0], means[1], 5)
    bow[2] += 0.3
    some = Items.of(images[:2])
    answer = explain_change(space, lambda x: x[:, 1, 1], some.take([0]), some.take([1]), codes=bow)
    assert len(answer.y) == 5
    assert (answer.a_id, answer.b_id) == ("0", "1")
    assert answer.completeness_error < 1e-6
    assert "from 0 to 1" in str(answer)


def test_steps_where_the_model_fails_are_told_apart(space, images):
    calls = []

    def touchy(x):
        calls.append(len(x))
        inner = ~np.isclose(x[:, None], images[:2][None], atol=1e-9).all((2, 3)).any(1)
        return np.where(inner, np.nan, x[:, 3, 3])

    answer = explain_change(space, touchy, images[0], images[1], steps=3)
    assert answer.failures > 0
    assert sum(each.amount for each in answer.contributions) == pytest.approx(answer.difference)
    assert UNDIVIDED in [each.name for each in answer.contributions] or answer.difference == 0


def test_bad_calls_are_refused_in_words(space, images):
    y = lambda x: x[:, 0, 0]  # noqa: E731
    with pytest.raises(ConfigurationError, match="at least 1 step"):
        explain_change(space, y, images[0], images[1], steps=0)
    with pytest.raises(ShapeError, match="for b, but 2 came"):
        explain_change(space, y, images[0], images[:2])
    with pytest.raises(ShapeError, match="start at a"):
        explain_change(space, y, images[0], images[1], codes=np.zeros((4, 3)))
    with pytest.raises(DataError, match="failed there"):
        explain_change(space, lambda x: np.full(len(x), np.nan), images[0], images[1])
