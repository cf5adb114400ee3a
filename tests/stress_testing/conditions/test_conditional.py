"""Laws of drawing under a condition: everything fulfils it, the probability is that of counting, impossible things are named."""

import numpy as np
import pytest

import gausscape
from gausscape.errors import CalibrationError, ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modalities.tables.example import example_items
from gausscape.stress_testing.conditions.condition_text import parse_condition
from gausscape.stress_testing.conditions.conditional import draw_given
from gausscape.stress_testing.maker import Maker

PENGUINS = gausscape.load_data("penguins")
SPACE = gausscape.fit(PENGUINS, method="pca", latent=4)
MAKER = Maker(SPACE)
DRAWN = Maker(SPACE, "drawn")
Z_FALSE = 5.0  # a normal statistic beyond it: once in 1.7 million


def counted(maker: Maker, text: str, draws: int = 60_000) -> tuple[float, float]:
    """P(condition) under the calibrated law by counting weighted draws, and its standard error."""
    space, condition = maker.space, parse_condition(text, maker.space, PENGUINS)
    rng = np.random.default_rng(7)
    z = space.aggregate.full(space.aggregate.law.sample(draws, rng))
    weights = np.exp(space.of_codes.log_density_ratio(space.aggregate.surprise(z)))
    holds = condition.holds(maker.items(z, maker.draw_noise(draws, rng)))
    share = float((weights * holds).sum() / weights.sum())
    return share, float(np.sqrt(np.square(weights * (holds - share)).sum()) / weights.sum())


@pytest.mark.parametrize("maker", [MAKER, DRAWN], ids=["expected", "drawn"])
@pytest.mark.parametrize(
    "text",
    [
        "body_mass_g > 5000",
        "body_mass_g > 5600 and sex == 'female'",
        "label == Gentoo and body_mass_g < 4000",
        "not island in ('Dream', 'Biscoe') and flipper_length_mm >= 212",
    ],
)
def test_all_objects_fulfil_it_none_twice_and_the_probability_is_that_of_counting(maker, text):
    given = draw_given(SPACE, text, 40, maker=maker, data=PENGUINS, rng=3)
    condition = parse_condition(text, SPACE, PENGUINS)
    assert condition.holds(maker.items(given.z, given.noise)).all()
    assert given.z.shape == (40, SPACE.latent)
    assert given.noise.shape == (40, maker.noise_size)
    assert given.distinct == 40
    share, error = counted(maker, text)
    p = given.probability
    assert p.lower <= p.value <= p.upper
    # Both errors in logarithms; the variation of the estimate includes its own interval's width.
    assert abs(np.log(p.value / share)) < Z_FALSE * np.hypot(error / share, max(p.variation, 0.05))
    assert given.observed == (int(condition.holds(PENGUINS.values).sum()), len(PENGUINS))


def test_objects_given_a_rare_condition_are_spread_like_counted_ones():
    text = "body_mass_g > 5600 and sex == 'female'"
    given = draw_given(SPACE, text, 200, rng=1)
    rng = np.random.default_rng(2)
    z = SPACE.aggregate.full(SPACE.aggregate.law.sample(200_000, rng))
    rare = z[parse_condition(text, SPACE).holds(MAKER.items(z))]
    u, v = SPACE.aggregate.whiten(given.z), SPACE.aggregate.whiten(rare)
    error = np.sqrt(v.var(0) / 20 + v.var(0) / len(v))  # 200 states of correlated chains are worth at least 20
    assert (np.abs(u.mean(0) - v.mean(0)) < Z_FALSE * error).all()
    assert (u.std(0) > 0.4 * v.std(0)).all()


def test_a_temperature_widens_the_law_and_leaves_the_probability():
    text = "body_mass_g > 5000"
    plain, wide = (draw_given(SPACE, text, 300, rng=5, temperature=t) for t in (1.0, 2.0))
    lengths = [np.linalg.norm(SPACE.aggregate.whiten(each.z), axis=1).mean() for each in (plain, wide)]
    assert lengths[1] > lengths[0] + 0.2
    both = np.hypot(plain.probability.variation, wide.probability.variation)
    assert abs(np.log(wide.probability.value / plain.probability.value)) < Z_FALSE * both


def test_an_exceedance_keeps_what_is_at_least_so_rare():
    given = draw_given(SPACE, "sex == female", 20, exceedance=0.05, rng=1)
    assert (SPACE.assess_codes(given.z)["exceedance"] <= 0.05 * (1 + 1e-9)).all()
    assert given.probability.value < 0.05
    with pytest.raises(CalibrationError):
        draw_given(SPACE, "sex == female", 20, exceedance=2.0)


def test_a_function_is_met_by_drawing_and_what_it_never_meets_is_named():
    given = draw_given(SPACE, lambda frame: (frame.body_mass_g > 4500).to_numpy(), 10)
    assert (MAKER.items(given.z, given.noise).body_mass_g > 4500).all()
    with pytest.raises(DataError, match="nothing tells how far"):
        draw_given(SPACE, lambda frame: (frame.body_mass_g > 1e6).to_numpy(), 10, decodes=3000)


def test_what_is_impossible_is_named_with_the_nearest_possible_thing():
    with pytest.raises(DataError) as refusal:
        draw_given(SPACE, "flipper_length_mm > 500", 10)
    said = str(refusal.value)
    assert "No object where flipper_length_mm > 500 was found" in said
    eased = said.rpartition("Ask for ")[2].rstrip(".")
    assert draw_given(SPACE, eased, 5).distinct == 5


def test_constraints_of_the_space_hold_under_a_condition():
    space = SPACE.constrained(["body_mass_g <= 5500", "sex is known"])
    maker = Maker(space)
    given = draw_given(space, "body_mass_g > 5200", 30)
    items = maker.items(given.z, given.noise)
    assert items.body_mass_g.between(5200, 5500, inclusive="right").all()
    assert items.sex.notna().all()
    with pytest.raises(DataError, match="nearest has body_mass_g 5500"):
        draw_given(space, "body_mass_g > 6000", 10, decodes=5000)


def test_the_same_seed_gives_the_same_objects(untouched_randomness):
    one, other = (draw_given(SPACE, "body_mass_g > 6000", 10, rng=4, decodes=8000) for _ in range(2))
    assert np.array_equal(one.z, other.z)
    assert one.probability == other.probability
    for n, decodes, temperature in ((0, 1000, 1.0), (5, 10, 1.0), (5, 1000, 0.0)):
        with pytest.raises(ConfigurationError):
            draw_given(SPACE, "body_mass_g > 5000", n, decodes=decodes, temperature=temperature)


def test_levels_and_numbers_of_a_trained_table_space_are_found_together():
    frame = example_items(400)
    schedule = gausscape.Schedule(steps=80)
    space = gausscape.fit(frame, latent=3, schedule=schedule, seed=0)
    maker = Maker(space)
    assert maker.noise_size > 0
    text = "city == Graz and not express and amount > 60"
    given = draw_given(space, text, 30, data=Items.of(frame), decodes=8000)
    items = maker.items(given.z, given.noise)
    assert ((items.city == "Graz") & ~items.express & (items.amount > 60)).all()
    rng = np.random.default_rng(1)
    z = space.aggregate.full(space.aggregate.law.sample(20_000, rng))
    weights = np.exp(space.of_codes.log_density_ratio(space.aggregate.surprise(z)))
    holds = parse_condition(text, space).holds(maker.items(z, maker.draw_noise(len(z), rng)))
    share = float((weights * holds).sum() / weights.sum())
    error = 1 / np.sqrt(max(holds.sum(), 1))
    assert abs(np.log(given.probability.value / share)) < Z_FALSE * np.hypot(error, given.probability.variation)
