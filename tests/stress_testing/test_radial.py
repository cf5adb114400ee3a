"""The radial tail says what the space itself says, and follows the data or all directions."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.modalities.images.example import example_items
from gausscape.space.space import Space
from gausscape.stress_testing.radial import RadialTail
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)


def test_a_radial_draw_is_what_the_space_says_of_it(space):
    drawn = RadialTail(space).draw(30, 0.05, np.random.default_rng(6))
    told = space.assess_codes(drawn.z)
    np.testing.assert_allclose(told["exceedance"], drawn.exceedance.probability, rtol=1e-6)
    assert np.array_equal(told["support"], drawn.support)
    np.testing.assert_allclose(drawn.depth, np.linalg.norm(space.aggregate.whiten(drawn.z), axis=1))


def test_unknown_directions_are_refused(space):
    with pytest.raises(ConfigurationError, match="'data' or 'uniform'"):
        RadialTail(space, "sideways")


def test_farther_rays_of_real_codes_are_followed_not_all_directions(space):
    data, uniform = RadialTail(space), RadialTail(space, "uniform")
    assert (data.name, uniform.name) == ("radial", "uniform")
    accepted = [tail.draw(200, 0.05, np.random.default_rng(9)).acceptance for tail in (data, uniform)]
    # At most 1,000 proposals each: a share's standard deviation is below .016, six of them below .1.
    assert accepted[0] > accepted[1] - 0.1
