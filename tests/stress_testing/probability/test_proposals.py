"""Proposals: each draws what its density says."""

import numpy as np
import pytest

from gausscape.stress_testing.probability.proposals import Band, Bell, HalfSpace, Inflated, Shifted

D = 3
LAWS = {
    "shifted": Shifted(np.array([1.0, -0.5, 0.0])),
    "inflated": Inflated(D, 1.3),
    "half space": HalfSpace(np.array([0.6, 0.8, 0.0]), 1.0),
    "beyond": Band(D, 2.0, np.inf),
    "within": Band(D, 0.0, 1.5),
    "bell": Bell(np.array([0.5, 0.0, 0.0]), np.array([[1.0, 0.3, 0], [0.3, 0.8, 0], [0, 0, 0.6]])),
}


@pytest.mark.parametrize("name", LAWS)
def test_the_density_integrates_to_one(name):
    u = np.random.default_rng(0).standard_normal((200_000, D))
    ratio = np.exp(LAWS[name].log_ratio(u))
    assert abs(ratio.mean() - 1) < 6 * ratio.std() / np.sqrt(len(u))  # false alarm 2e-9


@pytest.mark.parametrize("name", LAWS)
def test_draws_follow_the_density(name):
    rng = np.random.default_rng(1)
    plain, drawn = rng.standard_normal((200_000, D)), LAWS[name].draw(100_000, rng)
    ratio = np.exp(LAWS[name].log_ratio(plain))
    for value in (lambda u: u[:, 0], lambda u: np.square(u).sum(1), lambda u: u[:, 0] * u[:, 1]):
        expected, seen = ratio * value(plain), value(drawn)
        error = np.hypot(expected.std() / np.sqrt(len(plain)), seen.std() / np.sqrt(len(drawn)))
        assert abs(expected.mean() - seen.mean()) < 6 * error
