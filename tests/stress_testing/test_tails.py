"""What every tail promises: draws at exactly the level asked, honest labels, refusals below what is certified."""

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.modalities.images.example import example_items
from gausscape.space.support import Support
from gausscape.stress_testing.find_tail import find_tail
from gausscape.stress_testing.tails import Tail
from gausscape.training.fitting import fit

NAMES = ("radial", "uniform", "axis 1")


@pytest.fixture(scope="module")
def tails() -> dict[str, Tail]:
    space = fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)
    return {name: find_tail(space, name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("p", [0.5, 0.1, 0.01])
def test_draws_have_exactly_the_exceedance_asked(tails, name, p):
    drawn = tails[name].draw(40, p, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.exceedance.probability, p, rtol=1e-4)
    again = tails[name].describe(drawn.z)
    np.testing.assert_allclose(again.exceedance.probability, p, rtol=1e-4)
    assert np.array_equal(again.support, drawn.support)
    assert np.array_equal(again.gate, drawn.gate)
    assert np.array_equal(again.depth, drawn.depth)
    assert len(drawn) == 40
    assert 0 <= drawn.acceptance <= 1


@pytest.mark.parametrize("name", NAMES)
def test_at_least_as_rare_is_uniform_between_floor_and_p(tails, name):
    tail = tails[name]
    drawn = tail.draw(300, 0.1, np.random.default_rng(1), at_least=True)
    floor = tail.calibration.floor
    # Kolmogorov-Smirnov on 300 independent levels: false-alarm rate 1e-7.
    assert stats.kstest(drawn.exceedance.probability, stats.uniform(floor, 0.1 - floor).cdf).pvalue > 1e-7


@pytest.mark.parametrize("name", NAMES)
def test_finer_levels_than_certified_are_refused(tails, name):
    tail = tails[name]
    floor = tail.calibration.floor
    assert floor == 1 / (20 * tail.calibration.count)
    assert len(tail.draw(2, floor, np.random.default_rng(0))) == 2
    with pytest.raises(CalibrationError, match="certify"):
        tail.draw(2, floor / 2, np.random.default_rng(0))
    with pytest.raises(CalibrationError, match="certify"):
        tail.level_depth(floor / 2)
    with pytest.raises(ConfigurationError, match="at least 1"):
        tail.draw(0, 0.1, np.random.default_rng(0))
    with pytest.raises(ConfigurationError, match=r"\(0, 1\]"):
        tail.draw(2, 1.5, np.random.default_rng(0))


@pytest.mark.parametrize("name", NAMES)
def test_depth_and_exceedance_are_inverse_and_fall_outwards(tails, name):
    tail = tails[name]
    for p in (0.3, 0.1, 0.01):
        assert tail.exceedance(np.array([tail.level_depth(p)])).probability[0] == pytest.approx(p, rel=0.02)
    depths = np.linspace(0, 3 * tail.last_observed, 60)
    rarity = tail.exceedance(depths)
    assert (np.diff(rarity.probability) <= 0).all()
    assert (rarity.lower <= rarity.probability).all()
    assert (rarity.probability <= rarity.upper).all()


@pytest.mark.parametrize("name", NAMES)
def test_beyond_stands_at_the_stated_depths_and_is_never_called_supported(tails, name):
    tail = tails[name]
    depths = tail.last_observed * np.array([1.3, 2.0, 4.0])
    drawn = tail.beyond(depths, 6, np.random.default_rng(2))
    np.testing.assert_allclose(drawn.depth, np.repeat(depths, 6), rtol=1e-9)
    assert set(drawn.support) <= {Support.EXTRAPOLATED, Support.UNSUPPORTED}
    assert (np.diff(drawn.exceedance.probability.reshape(3, 6), axis=0) < 0).all()
    assert (drawn.support[drawn.exceedance.probability < tail.calibration.floor] == Support.UNSUPPORTED).all()


@pytest.mark.parametrize("name", NAMES)
def test_labels_follow_the_gates_and_the_tail_s_own_calibration(tails, name):
    drawn = tails[name].draw(60, 0.1, np.random.default_rng(3))
    passes = drawn.gates >= 0.05
    assert (drawn.support[passes] == Support.SUPPORTED).all()
    assert (drawn.support[drawn.gates < 0.01] == Support.UNSUPPORTED).all()
    assert set(drawn.gate) <= {"neighbours", "cycle", "spread"}


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_codes_and_the_caller_s_randomness_is_untouched(tails, name, untouched_randomness):
    one, two, other = (tails[name].draw(10, 0.1, np.random.default_rng(seed)).z for seed in (4, 4, 5))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
