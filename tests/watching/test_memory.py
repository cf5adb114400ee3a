"""The memory test: the threshold gives the stated rate, and a shift that stays is found."""

import numpy as np
import pytest

from gausscape.watching.memory import Memory, threshold_for


@pytest.mark.parametrize("rate", [0.05, 0.005])
def test_the_threshold_gives_the_stated_rate(rate):
    # Runs between alarms are roughly exponential with a mean of 1 / rate: with k of them the mean is known to 1 / sqrt(k).
    rng = np.random.default_rng(5)
    chains, steps = 2_000, round(40 / rate)
    level, alarms = np.zeros(chains), 0
    threshold = threshold_for(rate)
    for _ in range(steps):
        level = np.maximum(0, level + 0.5 * rng.standard_normal(chains) - 0.125)
        crossed = level >= threshold
        alarms += int(crossed.sum())
        level[crossed] = 0
    expected = rate * chains * steps
    assert abs(alarms / expected - 1) < 6 / np.sqrt(expected) + 0.02  # 2%: the grid, and that all chains begin at 0


def test_the_bound_of_the_fair_bets_is_never_broken():
    # A sum of bets cannot err more often than once in e^h windows (Shin et al. 2022), so the exact threshold lies below.
    assert all(threshold_for(rate) < -np.log(rate) for rate in (0.1, 0.01, 0.001, 0.0001))


def test_small_p_values_that_stay_are_found_and_large_ones_are_not():
    memory = Memory(threshold_for(0.001))
    assert not any(memory.update(0.6) for _ in range(1_000))
    assert any(memory.update(0.2) for _ in range(60))
    assert memory.level < memory.threshold
