"""Does each scenario carry what its object got, its true neighbour, and the change from both?"""

import numpy as np
import pytest

import gausscape as gs
from gausscape.outcome import Outcome
from gausscape.stress_testing.asking import Neighbours, ask_scenarios
from gausscape.stress_testing.failures.failure_rule import find_rule
from gausscape.stress_testing.level_rows import tabulate_levels
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.placing import Placed, judge_codes
from gausscape.stress_testing.scenarios import Kind


@pytest.fixture(scope="module")
def digits():
    items = gs.load_data("digits")
    return gs.fit(items, latent=6, method="pca"), items


def place(space, maker, n, *, spread=1.0, tail="all", asked=0.1, seed=0):
    rng = np.random.default_rng(seed)
    z = space.aggregate.unwhiten(spread * rng.normal(size=(n, len(space.live_axes))))
    rarity, support, gates, gate = judge_codes(space, z)
    depth = np.linalg.norm(space.aggregate.whiten(z), axis=1)
    return Placed(tail, asked, z, maker.draw_noise(n, rng), depth, rarity, support, gates, gate, acceptance=1.0)


def brightness(images):
    return np.asarray(images, float).reshape(len(images), -1).mean(1)


def test_each_scenario_is_told_by_its_own_object(digits):
    space, items = digits
    maker, y = Maker(space), Outcome.of(brightness)
    neighbours = Neighbours.of(space, items)
    parts = [place(space, maker, 40), place(space, maker, 25, spread=3.0, tail="far", asked=0.01, seed=1)]
    rule = find_rule("y < 4").bind(y)
    found, near = ask_scenarios(parts, y, maker, neighbours=neighbours, rule=rule, referee=None, centre_y=5.0)
    assert len(found) == 65
    assert len(set(found.ids.tolist())) == 65
    np.testing.assert_allclose(found.y, brightness(found.items))
    np.testing.assert_allclose(found.from_centre, found.y - 5.0)
    u = space.aggregate.whiten(found.z)
    every = space.aggregate.whiten(space.embed(items).mean)
    true = ((u[:, None] - every[None]) ** 2).sum(2).argmin(1)
    np.testing.assert_array_equal(found.nearest_row, true)
    np.testing.assert_array_equal(found.nearest, items.ids[true])
    np.testing.assert_allclose(found.from_nearest, found.y - brightness(items.values[true]))
    assert set(near.ids) == set(found.nearest)
    np.testing.assert_array_equal(found.fails, found.y < 4)
    np.testing.assert_array_equal(found.kind[~found.fails], "")
    hits = found.kind[found.fails]
    assert set(hits) <= {Kind.NOT_AN_OBJECT, Kind.UNJUDGED}
    np.testing.assert_array_equal(hits == Kind.NOT_AN_OBJECT, found.gates[found.fails] < 0.01)


def test_the_levels_table_counts_what_the_scenarios_say(digits):
    space, _ = digits
    maker, y = Maker(space), Outcome.of(brightness)
    refused = Placed.refusal(space, "radial", 1e-9, "too fine", noise_size=0)
    parts = [place(space, maker, 40), refused, place(space, maker, 30, spread=4.0)]
    rule = find_rule("y < 4").bind(y)
    found, _ = ask_scenarios(parts, y, maker, neighbours=None, rule=rule, referee=None, centre_y=5.0)
    rows = tabulate_levels(parts, found, with_rule=True)
    assert [row.n for row in rows] == [40, 0, 30]
    assert rows[1].refused == "too fine"
    first = found.take(np.arange(40))
    assert rows[0].hits == first.fails.sum()
    assert rows[0].judged == (first.gates >= 0.01).sum()
    assert rows[0].failed == (first.fails & (first.gates >= 0.01)).sum()
    assert sum(rows[0].kinds.values()) == rows[0].hits
    assert sum(rows[0].support.values()) == 40
    assert rows[0].fail_lower <= rows[0].fail_share <= rows[0].fail_upper


def test_a_model_that_breaks_is_a_case_and_not_lost(digits):
    space, _ = digits
    maker = Maker(space)

    def fragile(images):
        y = brightness(images)
        y[::3] = np.nan
        return y

    y = Outcome.of(fragile)
    parts = [place(space, maker, 30)]
    found, _ = ask_scenarios(parts, y, maker, neighbours=None, rule=find_rule("y > 1e9").bind(y), referee=None, centre_y=5.0)
    lost = np.isnan(found.y)
    assert lost.sum() == 10
    assert found.fails[lost].all()
    assert not found.fails[~lost].any()
    assert {failure.row for failure in found.failures} == set(np.flatnonzero(lost))
    assert {failure.row for failure in found.take(lost).failures} == set(range(10))
