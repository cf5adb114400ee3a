"""Gates are held-out p-values, and labels get worse, never better, as evidence falls."""

import itertools

import numpy as np
import pytest

from gausscape.errors import CalibrationError
from gausscape.space.support import Gate, Support, label_support

RANK = {Support.SUPPORTED: 0, Support.RARE_OBSERVED: 1, Support.EXTRAPOLATED: 2, Support.UNSUPPORTED: 3}


@pytest.mark.parametrize("two_sided", [False, True])
def test_a_gate_s_p_value_is_valid_for_exchangeable_values(two_sided):
    # Exact, no chance: of n + 1 exchangeable values each is equally likely to be the new one. One-sided the rank is
    # uniform; two-sided the share at or below a level is at most the level.
    n = 99
    values = np.random.default_rng(0).normal(size=n + 1)
    gates = [Gate.fit("cycle", np.delete(values, new), two_sided=two_sided) for new in range(n + 1)]
    p = np.concatenate([gate.p_value(values[[new]]) for new, gate in enumerate(gates)])
    for level in (0.01, 0.05, 0.1, 0.5):
        share = (p <= level + 1e-12).mean()
        assert share <= level + 1e-12
        if not two_sided:
            assert share == pytest.approx(level)


def test_ties_are_counted_against_the_object():
    gate = Gate.fit("neighbours", np.array([1.0, 1.0, 1.0, 2.0]))
    assert gate.p_value(np.array([1.0, 2.0, 2.1, 0.0])).tolist() == [1.0, 0.4, 0.2, 1.0]


def test_p_values_fall_as_values_rise_and_nan_is_the_most_extreme():
    gate = Gate.fit("residual", np.random.default_rng(1).normal(size=50))
    p = gate.p_value(np.array([-9.0, -1.0, 0.0, 1.0, 9.0, np.inf, np.nan]))
    assert (np.diff(p) <= 0).all()
    assert p[-1] == p[-2] == 1 / 51
    assert (p > 0).all()
    both = Gate.fit("residual", gate.reference, two_sided=True).p_value(np.array([-9.0, 0.0, 9.0, np.nan]))
    assert both[0] == both[2] == both[3] == 2 / 51
    assert both[1] > 0.5


def test_shape_follows_the_values():
    assert Gate.fit("cycle", np.arange(9.0)).p_value(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("values", [[], [np.nan], [1.0, np.inf]])
def test_a_gate_without_finite_values_is_refused_by_name(values):
    with pytest.raises(CalibrationError, match="'cycle'"):
        Gate.fit("cycle", np.array(values))


def test_labels_never_improve_as_evidence_falls():
    beyonds, gates, probabilities, floor = [0, 1, 9, 10, 500], [0.001, 0.01, 0.049, 0.05, 1.0], [1e-6, 1e-3, 0.5], 1e-4
    grid = list(itertools.product(beyonds, gates, probabilities))
    labels = {
        point: RANK[Support(label_support(*(np.array([value]) for value in point), floor)[0])] for point in grid
    }
    for one, other in itertools.product(grid, grid):
        if all(a <= b for a, b in zip(one, other, strict=True)):
            assert labels[one] >= labels[other], (one, other)
    assert set(labels.values()) == {0, 1, 2, 3}


def test_labels_of_no_objects_are_none():
    assert label_support(*(np.zeros(0) for _ in range(3)), 1e-4).shape == (0,)
