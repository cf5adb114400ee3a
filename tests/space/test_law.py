"""Laws of latent codes, held to what a law must do. Statistical tests fail by chance less than once in 1e6 runs."""

import json

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, ShapeError
from gausscape.space.flow_law import FlowLaw
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.ladder import choose_law, law_from_state
from gausscape.space.law import Law
from gausscape.space.mixture_law import MixtureLaw
from gausscape.space.whitening import Whitening

# A share of n draws strays further than this many standard errors once in 2e6 times; the rest is left for the
# Monte-Carlo reference of a mixture or flow, which has an error of its own.
FIVE_SIGMA = 5.0


def two_clusters(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.array([[-3.0, 1.0, 0.0], [3.0, -1.0, 2.0]])[rng.integers(2, size=n)]
    return centres + rng.normal(size=(n, 3)) * [1.0, 0.5, 2.0]


@pytest.fixture(scope="module")
def laws() -> dict[str, Law]:
    codes = two_clusters(3000, 0)
    return {
        "gaussian": GaussianLaw.fit(codes),
        "mixture": MixtureLaw.fit(codes, seed=0),
        "flow": FlowLaw.fit(codes, seed=0, epochs=3),
    }


NAMES = ("gaussian", "mixture", "flow")


@pytest.mark.parametrize("dimension", [1, 2, 10, 64])
def test_gaussian_surprise_is_the_chi_square_tail(dimension):
    law = GaussianLaw(Whitening(np.zeros(dimension), np.eye(dimension)))
    radii = np.linspace(0, 25, 60)
    z = np.zeros((60, dimension))
    z[:, 0] = radii
    np.testing.assert_allclose(law.surprise(z), -stats.chi2.logsf(radii**2, dimension), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 10, 64, 200])
def test_gaussian_surprise_goes_on_smoothly_where_floats_end(dimension):
    law = GaussianLaw(Whitening(np.zeros(dimension), np.eye(dimension)))
    squared = np.linspace(900, 3000, 4000)
    z = np.zeros((4000, dimension))
    z[:, 0] = np.sqrt(squared)
    slope = np.diff(law.surprise(z)) / np.diff(squared)
    assert (slope > 0).all()
    # d t / d r^2 rises towards 1/2 for d > 2 and never jumps, also where the formula changes hands.
    np.testing.assert_allclose(np.diff(slope), 0, atol=2e-4)
    two = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
    assert two.surprise([[1e5, 0.0]]) == pytest.approx(0.5e10, rel=1e-12)


def test_whitening_round_trip_and_unit_covariance():
    codes = two_clusters(500, 1)
    whitening = Whitening.fit(codes)
    u = whitening.whiten(codes)
    np.testing.assert_allclose(np.cov(u.T, bias=True), np.eye(3), atol=1e-10)
    np.testing.assert_allclose(whitening.unwhiten(u), codes, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_surprise_of_own_sample_is_exponential(laws, name):
    n = 40_000
    surprise = laws[name].surprise(laws[name].sample(n, np.random.default_rng(5)))
    assert (surprise >= 0).all()
    for p in (0.5, 0.1, 0.01, 0.001):
        # The reference sample of 200,000 adds a fifth of the variance; 0.06 p covers the steps between its knots.
        allowed = FIVE_SIGMA * np.sqrt(1.2 * p * (1 - p) / n) + 0.06 * p
        assert abs((surprise >= -np.log(p)).mean() - p) < allowed


@pytest.mark.parametrize("name", NAMES)
def test_standard_normal_points_become_codes_of_the_law(laws, name):
    law = laws[name]
    v = np.random.default_rng(8).standard_normal((20_000, law.dimension))
    codes = law.from_normal(v)
    surprise = law.surprise(codes)
    for level in (0.5, 0.1, 0.01):
        # A count of 20,000 and the 100,000 draws behind the rank: 5.5 standard errors, false alarm below 1e-6.
        error = np.sqrt(level * (1 - level) * (1 / 20_000 + 1 / 100_000))
        assert abs((surprise >= -np.log(level)).mean() - level) < 5.5 * error
    fresh = law.sample(20_000, np.random.default_rng(9))
    for axis in range(law.dimension):
        assert stats.ks_2samp(codes[:, axis], fresh[:, axis]).pvalue > 1e-7
    near = law.from_normal(v[:500] + 1e-7)
    assert np.abs(near - codes[:500]).max() < 1e-3  # continuous: a small step stays a small step


@pytest.mark.parametrize("name", NAMES)
def test_surprise_rises_strictly_as_density_falls(laws, name):
    law = laws[name]
    directions = np.random.default_rng(1).normal(size=(400, 3))
    u = np.concatenate([radius * directions for radius in (0.1, 0.5, 1.0, 2.0, 5.0, 20.0, 200.0)])
    z = law.unwhiten(u)
    order = np.argsort(-law.log_density(z))
    log_density, surprise = law.log_density(z)[order], law.surprise(z)[order]
    apart = np.diff(log_density) < -1e-6
    assert np.isfinite(surprise).all()
    assert (np.diff(surprise)[apart] > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_density_integrates_to_one(laws, name):
    law = laws[name]
    rng = np.random.default_rng(2)
    wide = GaussianLaw(Whitening(law.whitening.mean, 1.6 * law.whitening.factor))
    z = wide.sample(60_000, rng)
    ratio = np.exp(law.log_density(z) - wide.log_density(z))
    assert abs(ratio.mean() - 1) < FIVE_SIGMA * ratio.std() / np.sqrt(len(z))


@pytest.mark.parametrize("name", NAMES)
def test_far_tail_is_that_of_a_gaussian(laws, name):
    law = laws[name]
    ray = law.unwhiten(np.outer([50.0, 100.0, 200.0], [0.6, 0.0, 0.8]))
    surprise, log_density = law.surprise(ray), law.log_density(ray)
    # Far out t differs from -log p by logarithms only.
    np.testing.assert_allclose(np.diff(surprise), -np.diff(log_density), rtol=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_radius_reaches_the_level_and_nothing_lies_outside(laws, name):
    law = laws[name]
    directions = np.random.default_rng(3).normal(size=(50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    levels = np.linspace(4.0, 40.0, 50)
    radius = law.radius_along(7 * directions, levels)
    np.testing.assert_allclose(law.surprise(law.unwhiten(radius[:, None] * directions)), levels, rtol=1e-6)
    for further in (1.001, 1.2, 2.0, 10.0):
        assert (law.surprise(law.unwhiten(further * radius[:, None] * directions)) > levels).all()


def test_gaussian_radius_inverts_surprise_beyond_the_range_of_floats():
    law = GaussianLaw(Whitening(np.zeros(4), np.eye(4)))
    levels = np.array([0.0, 1e-6, 1.0, 499.0, 501.0, 1e4, 1e6])
    radius = law.radius_along(np.ones((7, 4)), levels)
    np.testing.assert_allclose(law.surprise(radius[:, None] * np.full((7, 4), 0.5)), levels, rtol=1e-6, atol=1e-12)


def test_radius_takes_the_outermost_of_several_crossings():
    rng = np.random.default_rng(4)
    codes = np.concatenate([rng.normal(-6, 1, (800, 1)), rng.normal(6, 1, (800, 1))])
    law = MixtureLaw.fit(codes, seed=0)
    # The centre is a gap: the ray enters the cluster, and only leaving it counts.
    assert law.surprise(law.unwhiten([[0.0]])) > 5.0
    edge = law.unwhiten(law.radius_along([[1.0]], 5.0)[:, None])
    assert 7.5 < edge < 10.0


@pytest.mark.parametrize("name", NAMES)
def test_state_round_trip_is_exact(laws, name):
    law = laws[name]
    document, arrays = law.state()
    again = law_from_state(json.loads(json.dumps(document)), arrays)
    z = two_clusters(200, 9)
    assert type(again) is type(law)
    np.testing.assert_array_equal(again.surprise(z), law.surprise(z))
    np.testing.assert_array_equal(again.log_density(z), law.log_density(z))
    np.testing.assert_array_equal(again.sample(9, np.random.default_rng(0)), law.sample(9, np.random.default_rng(0)))


@pytest.mark.parametrize("name", NAMES)
def test_damaged_state_is_refused(laws, name):
    document, arrays = laws[name].state()
    for key in arrays:
        with pytest.raises(DamagedFileError):
            law_from_state(document, {other: array for other, array in arrays.items() if other != key})
        with pytest.raises(DamagedFileError):
            law_from_state(document, arrays | {key: np.full_like(arrays[key], np.nan, dtype=float)})
    with pytest.raises(DamagedFileError):
        law_from_state(document | {"law": "horoscope"}, arrays)
    with pytest.raises(DamagedFileError):
        law_from_state(document | {"dimension": 5}, arrays)


def test_same_seed_same_law():
    codes = two_clusters(1000, 6)
    for law in (MixtureLaw, FlowLaw):
        extra = {"epochs": 1} if law is FlowLaw else {}
        first, second = (law.fit(codes, seed=3, **extra) for _ in range(2))
        np.testing.assert_array_equal(first.surprise(codes), second.surprise(codes))


def test_fitting_a_flow_leaves_the_global_random_state_alone():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    FlowLaw.fit(two_clusters(300, 7), seed=0, epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_ladder_stops_at_the_first_law_that_holds():
    # A right Gaussian fails the KS test at 1% in one seed out of a hundred; this seed is not one of them.
    codes = np.random.default_rng(0).normal(size=(3000, 4)) @ np.diag([1, 2, 3, 4.0])
    law, rungs = choose_law(codes[:2000], codes[2000:], seed=0)
    assert law.name == "gaussian"
    assert [rung.passed for rung in rungs] == [True]


def test_ladder_climbs_when_a_gaussian_is_contradicted():
    codes = two_clusters(3000, 8)
    law, rungs = choose_law(codes[:2000], codes[2000:], seed=0)
    assert law.name == "mixture"
    assert [rung.name for rung in rungs] == ["gaussian", "mixture"]
    assert rungs[1].gain > 0
    assert rungs[1].held_out_log_likelihood == pytest.approx(law.log_density(codes[2000:]).mean())


def test_ladder_takes_the_likeliest_when_none_holds():
    rng = np.random.default_rng(0)
    law, rungs = choose_law(rng.normal(size=(1000, 2)), rng.normal(5.0, 3.0, size=(500, 2)), seed=0)
    assert not any(rung.passed for rung in rungs)
    best = max(rungs, key=lambda rung: rung.held_out_log_likelihood)
    assert law.name == best.name


def test_bad_codes_are_refused(laws):
    law = laws["gaussian"]
    for bad in (np.nan, np.inf):
        with pytest.raises(DataError, match="finite"):
            law.surprise([[0.0, bad, 0.0]])
    with pytest.raises(ShapeError):
        law.surprise(np.zeros((4, 2)))
    with pytest.raises(ShapeError):
        law.surprise(np.zeros(3))
    with pytest.raises(DataError, match="needs more than"):
        Whitening.fit(np.eye(3))
    with pytest.raises(DataError, match="dead axes"):
        Whitening.fit(np.random.default_rng(0).normal(size=(100, 1)) * [[1.0, 2.0]])
    with pytest.raises(DataError, match="dead axes"):
        Whitening.fit(np.random.default_rng(0).normal(size=(100, 2)) * [[1.0, 0.0]])
    with pytest.raises(DataError, match="direction"):
        law.radius_along(np.zeros((1, 3)), 3.0)
    with pytest.raises(DataError, match="level"):
        law.radius_along(np.ones((1, 3)), -1.0)
    with pytest.raises(ConfigurationError):
        FlowLaw.fit(np.random.default_rng(0).normal(size=(100, 1)), seed=0)


def test_no_rows_in_no_rows_out(laws):
    for law in laws.values():
        assert law.surprise(np.empty((0, 3))).shape == (0,)
        assert law.sample(0, np.random.default_rng(0)).shape == (0, 3)
