"""Plans for rules without a direction: they hit more of the regions they were made for than draws of the law do."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.errors import ConfigurationError
from gausscape.space.space import Space
from gausscape.space.support import Support
from gausscape.stress_testing.hunts.hunted_regions import draw_balls
from gausscape.stress_testing.hunts.hunting import HuntPlan, hunt_plan
from gausscape.stress_testing.maker import Maker

P, CALLS = 0.01, 100


@cache
def table() -> Space:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((1500, 4)) @ rng.standard_normal((4, 4))
    frame = pd.DataFrame(rows, columns=list("abcd"))
    frame["side"] = np.where(rows[:, 0] + rng.standard_normal(1500) > 0, "left", "right")
    return gs.fit(frame, latent=4, method="pca", seed=0)


@cache
def plan() -> HuntPlan:
    return hunt_plan(table(), CALLS, probability=P, candidates=4000)


def test_a_plan_hits_more_than_draws_of_the_law():
    # With 2,000 tails and 20,000 balls both shares are exact to .03; draws of the law hit 1 - .99^100 = 63% of each.
    assert plan().tails_hit > 0.85
    assert plan().regions_hit > 0.55
    all_interior = hunt_plan(table(), CALLS, probability=P, candidates=4000, tail_share=0)
    drawn = table().aggregate.law.sample(CALLS, np.random.default_rng(1))
    u = table().aggregate.whiten(table().aggregate.full(drawn))
    crowd = table().aggregate.whiten(
        table().aggregate.full(table().aggregate.law.sample(4000, np.random.default_rng(2)))
    )
    assert all_interior.regions_hit > draw_balls(crowd, P, np.random.default_rng(3)).hit_by(u).mean() + 0.03


def test_every_scenario_is_an_object_and_carries_its_noise():
    told = table().assess_codes(plan().z)
    assert len(plan()) == CALLS
    assert plan().noise.shape == (CALLS, Maker(table()).noise_size)
    assert (told["support"] != Support.UNSUPPORTED).all()
    assert (plan().design == "tail").sum() == 30


def test_a_part_of_a_plan_keeps_both_designs():
    first = plan().design[: CALLS // 2]
    assert 10 <= (first == "tail").sum() <= 20


def test_masses_share_out_the_law():
    assert plan().mass.sum() == pytest.approx(1)
    assert (plan().mass >= 0).all()
    # "a above its median" is half of the law: the masses of scenarios there say so, roughly.
    values = Maker(table()).items(plan().z, plan().noise)["a"].to_numpy(float)
    middle = np.median(
        table().decode(table().aggregate.full(table().aggregate.law.sample(4000, np.random.default_rng(2))))["a"]
    )
    assert abs(plan().mass[values > middle].sum() - 0.5) < 0.2


def test_the_same_seed_gives_the_same_plan():
    again = hunt_plan(table(), CALLS, probability=P, candidates=4000)
    assert np.array_equal(again.z, plan().z)
    assert np.array_equal(again.design, plan().design)
    other = hunt_plan(table(), CALLS, probability=P, candidates=4000, seed=1)
    assert not np.array_equal(other.z, plan().z)


@pytest.mark.parametrize(
    ("calls", "options"),
    [
        (0, {}),
        (10, {"probability": 0.0}),
        (10, {"tail_share": 1.5}),
        (10, {"probability": 1e-3, "candidates": 1000}),
        (10, {"features": ["no such feature"], "probability": P, "candidates": 4000}),
    ],
)
def test_impossible_plans_are_refused(calls, options):
    with pytest.raises(ConfigurationError, match="A hunt"):
        hunt_plan(table(), calls, **options)
