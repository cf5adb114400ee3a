"""Is an object a function of its code and its noise, and do many draws follow the decoder's law?"""

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.errors import ConfigurationError
from gausscape.stress_testing.maker import Maker


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"height": rng.normal(170, 10, 400), "colour": rng.choice(["red", "green", "blue"], 400, p=[0.6, 0.3, 0.1])})
    return gs.fit(frame, latent=2, seed=0, schedule=gs.Schedule(steps=60))


def test_the_same_arguments_make_the_same_objects(table):
    maker = Maker(table)
    rng = np.random.default_rng(1)
    z, noise = rng.normal(size=(50, 2)), maker.draw_noise(50, rng)
    assert maker.noise_size == noise.shape[1] > 0
    pd.testing.assert_frame_equal(maker.items(z, noise), maker.items(z, noise))
    assert not maker.items(z, noise).equals(maker.items(z, maker.draw_noise(50, rng)))


def test_draws_by_noise_follow_the_same_law_as_draws_by_seed(table):
    maker = Maker(table)
    n = 20_000
    z = np.zeros((n, 2))
    by_noise = maker.items(z, maker.draw_noise(n, np.random.default_rng(2)))
    by_seed = table.decode(z, seed=3)
    for colour in ("red", "green", "blue"):
        shares = [(frame["colour"] == colour).mean() for frame in (by_noise, by_seed)]
        # Two counts of 20,000: 5 standard errors of a difference, false alarm below 1e-6 each.
        assert abs(shares[0] - shares[1]) < 5 * np.sqrt(2 * 0.25 / n)
    for level in (0.1, 0.5, 0.9):
        low = np.quantile(by_seed["height"], level)
        assert abs((by_noise["height"] <= low).mean() - level) < 5 * np.sqrt(2 * 0.25 / n)


def test_pictures_are_expected_and_need_no_noise():
    images = np.random.default_rng(0).uniform(size=(120, 4, 4)).astype("float32")
    space = gs.fit(images, latent=2, method="pca")
    maker = Maker(space)
    assert maker.noise_size == 0
    z = space.embed(images).mean
    np.testing.assert_array_equal(maker.items(z, maker.draw_noise(len(z), np.random.default_rng(0))), space.decode(z))


def test_a_residual_of_no_real_object_is_refused(table):
    with pytest.raises(ConfigurationError, match="'expected' or 'drawn'"):
        Maker(table, "carried")
