"""What passes the gates comes first, levels keep their own proposals, and the share that passed is reported."""

import numpy as np
import pytest

from gausscape.space.gated import ACCEPTED, MOST_ROUNDS, OVERDRAW, Gated, draw_gated


def gates(z: np.ndarray) -> dict[str, np.ndarray]:
    return {"one": np.where(z[:, 0] < 0.3, 0.5, 1e-3), "two": np.full(len(z), 0.4)}


def test_those_that_pass_come_first_and_the_share_is_of_all():
    rng = np.random.default_rng(0)
    found = draw_gated(200, lambda m: rng.random((m, 1)), gates)
    assert found.passes.all()
    # 1,000 proposals: 6.5 standard deviations of a share of .3, false-alarm rate 1e-10.
    assert abs(found.acceptance - 0.3) < 6.5 * np.sqrt(0.21 / (OVERDRAW * 200))


def test_where_none_passes_the_rest_is_handed_out_after_all_rounds():
    asked = []

    def propose(m: int) -> np.ndarray:
        asked.append(m)
        return np.ones((m, 1))

    found = draw_gated(7, propose, gates)
    assert len(found.z) == 7
    assert not found.passes.any()
    assert found.acceptance == 0
    assert asked[0] == OVERDRAW * 7
    assert sum(asked) == OVERDRAW * MOST_ROUNDS * 7


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_row_is_only_replaced_by_proposals_of_its_own(share):
    rng = np.random.default_rng(1)

    def propose(m: int) -> np.ndarray:
        return np.c_[rng.random(m) * 0.3 / share, np.tile(np.arange(20.0), m // 20)]

    found = draw_gated(20, propose, gates, each_its_own=True)
    assert np.array_equal(found.z[:, 1], np.arange(20.0))


def test_the_gate_with_the_smallest_p_value_is_named():
    found = Gated.of(np.zeros((2, 1)), {"a": np.array([0.5, 0.002]), "b": np.array([0.02, 0.3])})
    assert found.gate.tolist() == ["b", "a"]
    assert found.smallest.tolist() == [0.02, 0.002]
    assert found.passes.tolist() == [True, False]
    assert ACCEPTED == 0.01
