"""Tests from counts hold their level where it is hardest, bounds are their inversion, corrections do what they promise."""

import numpy as np
import pytest
from scipy import stats

from gausscape.explanation.partial_conjunction import (
    PATCH_LEVEL,
    benjamini_hochberg,
    bound_patches,
    bound_share,
    holm,
    judge_patches,
    judge_share,
    one_sided,
)

LEVELS = (0.001, 0.025, 0.05, 0.2)


def law_of_count(chances: np.ndarray) -> np.ndarray:
    """P(count = k) for k = 0 .. n of independent patches that show a direction with these chances."""
    law = np.ones(1)
    for chance in chances:
        law = np.convolve(law, [1 - chance, chance])
    return law


def false_alarms(p_values: list[float], law: np.ndarray, level: float) -> float:
    return float(law[np.array(p_values) <= level].sum())


# --- one patch -----------------------------------------------------------------------------------------------------


def test_p_values_are_those_of_a_t_test():
    sample = np.random.default_rng(0).normal(0.4, 1, (20, 7))
    error = sample.std(0, ddof=1) / np.sqrt(20)
    up, down = one_sided(sample.mean(0), error, 19)
    np.testing.assert_allclose(up, stats.ttest_1samp(sample, 0, alternative="greater").pvalue)
    np.testing.assert_allclose(down, stats.ttest_1samp(sample, 0, alternative="less").pvalue)


def test_what_says_nothing_has_p_1_both_ways():
    effect = np.array([np.nan, 3.0, 3.0, np.inf, 0.0])
    error = np.array([1.0, np.nan, 1.0, 1.0, 0.0])
    up, down = one_sided(effect, error, np.array([9.0, 9.0, 0.0, 9.0, 9.0]))
    assert (up == 1).all()
    assert (down == 1).all()


def test_an_effect_without_error_is_certain():
    up, down = one_sided(np.array([1e-30, -1e-30]), np.zeros(2), 5)
    assert up.tolist() == [0.0, 1.0]
    assert down.tolist() == [1.0, 0.0]


# --- n patches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "u"), [(1, 1), (7, 4), (60, 31), (60, 6), (61, 31), (200, 150)])
@pytest.mark.parametrize("t", [0.01, 0.1])
def test_the_test_of_patches_holds_its_level_exactly(n, u, t):
    # Exact, for the least favourable effects and for others under the null: u - 1 true patches, the rest at or below t.
    rng = np.random.default_rng(n)
    p_values = [judge_patches(count, n, at_least=u, patch_level=t) for count in range(n + 1)]
    worst = np.r_[np.ones(u - 1), np.full(n - u + 1, t)]
    others = [np.r_[rng.random(u - 1), t * rng.random(n - u + 1)], np.r_[np.ones(u - 1), np.zeros(n - u + 1)]]
    for level in LEVELS:
        alarms = [false_alarms(p_values, law_of_count(chances), level) for chances in (worst, *others)]
        assert max(alarms) <= level + 1e-12
        assert alarms[0] >= max(alarms) - 1e-12, "another configuration is less favourable than the proof says"


@pytest.mark.parametrize("n", [1, 7, 60, 200])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_test_of_the_population_holds_its_level_exactly(n, share):
    for t in (0.01, 0.1):
        p_values = [judge_share(count, n, share=share, patch_level=t) for count in range(n + 1)]
        for power, beside, true in ((1.0, t, share), (0.7, t, share), (1.0, 0.0, share), (1.0, t, share / 2)):
            law = law_of_count(np.full(n, true * power + (1 - true) * beside))
            assert all(false_alarms(p_values, law, level) <= level + 1e-12 for level in LEVELS)


def test_a_majority_of_patches_alone_is_no_majority_of_the_population():
    # Half the population goes up without doubt: more than half of 60 patches then do in 45% of samples.
    law = law_of_count(np.full(60, 0.5))
    patches = [judge_patches(count, 60, at_least=31, patch_level=1e-6) for count in range(61)]
    population = [judge_share(count, 60, patch_level=1e-6) for count in range(61)]
    assert false_alarms(patches, law, 0.05) > 0.4
    assert false_alarms(population, law, 0.05) <= 0.05


@pytest.mark.parametrize("n", [1, 9, 60])
def test_bounds_are_the_inversion_of_the_tests(n):
    for count in range(n + 1):
        for level in LEVELS:
            at_least = bound_patches(count, n, level=level)
            rejected = [u for u in range(1, n + 1) if judge_patches(count, n, at_least=u) <= level]
            assert rejected == list(range(1, at_least + 1))
            assert at_least <= count
            share = bound_share(count, n, level=level)
            if share > 0:
                assert judge_share(count, n, share=share) == pytest.approx(level)


def test_the_bound_of_the_share_holds_as_often_as_it_says():
    bounds = np.array([bound_share(count, 60, level=0.05) for count in range(61)])
    for share in np.linspace(0, 1, 21):
        law = law_of_count(np.full(60, share + (1 - share) * PATCH_LEVEL))
        assert law[bounds > share + 1e-12].sum() <= 0.05 + 1e-12


def test_more_patches_that_show_it_never_prove_less():
    counts = range(61)
    for function in (bound_patches, bound_share):
        values = [function(count, 60) for count in counts]
        assert values == sorted(values)
    for values in ([judge_patches(k, 60, at_least=31) for k in counts], [judge_share(k, 60) for k in counts]):
        assert values == sorted(values, reverse=True)


# --- many tests ----------------------------------------------------------------------------------------------------


def test_holm_is_the_step_down_procedure():
    rng = np.random.default_rng(1)
    for _ in range(200):
        p = rng.random(8) ** 3
        adjusted = holm(p)
        rejected = set()
        for step, position in enumerate(np.argsort(p)):
            if p[position] > 0.05 / (8 - step):
                break
            rejected.add(int(position))
        assert set(np.flatnonzero(adjusted <= 0.05)) == rejected
        assert (adjusted >= p).all()
        assert (adjusted <= np.minimum(1, 8 * p)).all()


def test_benjamini_hochberg_is_scipy_s_also_by_column():
    p = np.random.default_rng(2).random((30, 4)) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p, axis=0))


def test_no_tests_need_no_correction():
    assert holm(np.empty(0)).shape == (0,)
