"""Codes are moved so far that they fail the gates as often as real ones, and no stricter gates move them farther."""

import numpy as np
import pytest

from gausscape.space.aggregate import Aggregate
from gausscape.space.calibration import Calibration
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.jitter import TRIED, find_jitter
from gausscape.space.seed_codes import JITTER
from gausscape.space.whitening import Whitening


@pytest.fixture(scope="module")
def flat() -> tuple[Aggregate, Calibration]:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(6000, 3)) * [1.0, 1.0, 0.05]
    law = GaussianLaw(Whitening(np.zeros(3), np.eye(3)))
    ids = np.array([str(row) for row in range(3000)])
    held = codes[3000:5000]
    outer = held[np.argsort(-law.surprise(held))[:400]]
    aggregate = Aggregate(law, np.arange(3), 3, codes[:3000], ids, outer, held, np.full((2000, 3), 0.01))
    return aggregate, Calibration.fit(law.surprise(held), seed=0)


def gate(width: float):
    return lambda z: {"thin": np.where(np.abs(z[:, 2]) < width, 0.5, 0.001)}


def test_draws_fail_as_often_as_real_codes_where_that_can_be_reached(flat):
    aggregate, calibration = flat
    jitter = find_jitter(aggregate, calibration, gate(0.05))
    assert TRIED[0] <= jitter <= TRIED[-1]
    near = aggregate.near(np.full(4000, float(calibration.level(0.01))), np.random.default_rng(1), jitter=jitter)
    draws = (np.abs(near[:, 2]) >= 0.05).mean()
    # A third of real codes fail at every level; 250 draws a jitter and some 60 real objects leave an error of about .07.
    assert abs(draws - 0.317) < 0.3


def test_gates_that_nobody_fails_leave_the_widest_jitter_that_is_tried(flat):
    assert find_jitter(*flat, gate(np.inf)) in TRIED


def test_too_few_real_codes_leave_the_default(flat):
    aggregate, calibration = flat
    few = Aggregate(
        aggregate.law,
        aggregate.live,
        3,
        aggregate.codes,
        aggregate.ids,
        aggregate.tails[:10] * 0.1,
        aggregate.held_out[:5],
    )
    assert find_jitter(few, calibration, gate(0.05)) == JITTER


def test_it_is_always_the_same(flat, untouched_randomness):
    assert find_jitter(*flat, gate(0.05)) == find_jitter(*flat, gate(0.05))
