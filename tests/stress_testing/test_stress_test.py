"""Is the whole test what its parts say, the same when it is repeated, and right about what is planted?"""

import json

import numpy as np
import pytest

import gausscape as gs
from gausscape.errors import CalibrationError, ConfigurationError, DamagedFileError, DataError
from gausscape.space.safe_json import finite
from gausscape.stress_testing import Design, Disagree, confirm_by_plain_sampling, load_stress_test, stress_test
from gausscape.stress_testing.scenarios import Kind

SMALL = Design(each=30, rays=5)


def balance(images):
    """Brightness of the left half less that of the right: it varies along the axes of the space."""
    images = np.asarray(images, float)
    return images[:, :, :4].mean((1, 2)) - images[:, :, 4:].mean((1, 2))


@pytest.fixture(scope="module")
def digits():
    items = gs.load_data("digits")
    return gs.fit(items, latent=6, method="pca"), items


@pytest.fixture(scope="module")
def test_of_balance(digits):
    space, items = digits
    return stress_test(
        space, balance, items, exceedance=(0.1, 0.01), tails=("radial", "axis 1"), where="label == 3", fails="y < -47",
        around=items.take([0, 1]), design=SMALL, calls=1500,
    )  # fmt: skip


@pytest.fixture(scope="module")
def penguins():
    return gs.fit(gs.load_data("penguins"), latent=4, method="pca"), gs.load_data("penguins")


def test_every_level_of_every_tail_is_there(test_of_balance):
    rows = [(row.tail, row.asked) for row in test_of_balance.levels]
    assert rows[:4] == [("radial", 0.1), ("radial", 0.01), ("axis 1", 0.1), ("axis 1", 0.01)]
    assert rows[4][0] == "where label == 3"
    for row in test_of_balance.levels[:4]:
        own = test_of_balance.scenarios.where(tail=row.tail, asked=row.asked)
        assert len(own) == row.n == 30
        np.testing.assert_allclose(own.exceedance.probability, row.asked, rtol=1e-6)
        assert row.lower <= row.asked <= row.upper
    assert {response.tail for response in test_of_balance.responses} == {"radial", "axis 1"}
    assert len(test_of_balance.worst) == 2


def test_its_probability_is_that_of_plain_sampling(digits, test_of_balance):
    found = test_of_balance.failure_probability
    plain = confirm_by_plain_sampling(digits[0], balance, "y < -47", calls=100_000, seed=5)
    # Both carry 90% intervals; widened threefold on the log scale they miss one another less than once in 1e6 runs.
    error = np.log(found.upper / found.lower) + np.log(plain.upper / plain.lower)
    assert abs(np.log(found.value / plain.value)) < 3 * error


def test_the_same_settings_make_the_same_test(digits, test_of_balance):
    space, items = digits
    json.dumps(test_of_balance.settings)
    again = stress_test(space, balance, items, **test_of_balance.arguments | {"calls": 0})
    np.testing.assert_array_equal(again.scenarios.ids, test_of_balance.scenarios.ids)
    np.testing.assert_array_equal(again.scenarios.z, test_of_balance.scenarios.z)
    np.testing.assert_array_equal(again.scenarios.y, test_of_balance.scenarios.y)


def test_a_saved_test_comes_back(digits, test_of_balance, tmp_path):
    space, items = digits
    test_of_balance.save(tmp_path / "kept")
    back = load_stress_test(tmp_path / "kept", space)
    assert str(back) == str(test_of_balance)
    assert finite(back.document()) == finite(test_of_balance.document())
    np.testing.assert_array_equal(back.scenarios.items, test_of_balance.scenarios.items)
    for name, column in test_of_balance.scenarios.columns().items():
        np.testing.assert_array_equal(back.scenarios.columns()[name], column)
    other = gs.fit(items, latent=3, method="pca")
    with pytest.raises(ConfigurationError, match="needs the space that made its scenarios"):
        load_stress_test(tmp_path / "kept", other)
    damaged = bytearray((tmp_path / "kept" / "scenarios.parquet").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "kept" / "scenarios.parquet").write_bytes(bytes(damaged))
    with pytest.raises(DamagedFileError, match=r"scenarios\.parquet"):
        load_stress_test(tmp_path / "kept", space)


def test_a_worse_model_is_told_from_the_same_one(digits, test_of_balance):
    space, items = digits

    def run(model):
        return stress_test(
            space, model, items, exceedance=(0.1, 0.01), tails=("radial", "axis 1"), where="label == 3", fails="y < -47", design=SMALL,
            calls=0,
        )  # fmt: skip

    same = run(balance).against(test_of_balance)
    assert not same.got_worse
    assert not same.got_better
    assert {row.verdict for row in same.levels} == {"no difference shown"}
    darker = run(lambda images: balance(images) - 15).against(test_of_balance)
    assert darker.got_worse
    assert not darker.got_better
    changed = set(darker.got_worse)
    old = dict(zip(test_of_balance.scenarios.ids, test_of_balance.scenarios.y, strict=True))
    assert all(-47 <= old[name] < -32 for name in changed)
    assert "worse" in {row.verdict for row in darker.levels}
    # Nothing else than the scenarios is compared.
    with pytest.raises(ConfigurationError, match="same scenarios"):
        stress_test(space, balance, exceedance=(0.2,), fails="y < -47", design=SMALL, calls=0).against(test_of_balance)
    with pytest.raises(ConfigurationError, match="one failure rule"):
        stress_test(
            space, balance, items, exceedance=(0.1, 0.01), tails=("radial", "axis 1"), where="label == 3", fails="y < -40",
            design=SMALL, calls=0,
        ).against(test_of_balance)  # fmt: skip


def test_hits_are_sorted_into_kinds(digits):
    space, items = digits

    def sure_of_all(images):
        """Says 3 of everything."""
        p = np.zeros((len(images), 10))
        p[:, 3] = 1.0
        return p

    y = gs.Outcome.of(sure_of_all, classes=list(range(10)), target=3)
    test = stress_test(space, y, items, exceedance=(0.3,), fails="wrong label", design=SMALL, calls=0)
    kinds = test.kinds
    assert set(kinds) == {kind.value for kind in Kind if kind is not Kind.NONE}
    assert sum(kinds.values()) == test.scenarios.fails.sum() > 0
    assert kinds[Kind.UNJUDGED] == 0
    sure = test.scenarios.judged != ""
    assert (test.scenarios.judged[test.scenarios.fails] != "3").all()
    assert not test.scenarios.fails[~sure].any()
    assert test.levels[0].judged <= sure.sum()


def test_a_worst_case_says_that_it_follows_the_own_class_of_its_object(digits):
    space, items = digits
    centres = np.asarray(items.labels)
    around = items.take([int(np.flatnonzero(centres == label)[0]) for label in (2, 7)])

    def by_light(images):
        """Ten classes by brightness: a model, not a good one."""
        light = np.asarray(images, float).mean((1, 2))[:, None]
        p = np.exp(-((light - np.linspace(0, 16, 10)) ** 2) / 8)
        return p / p.sum(1, keepdims=True)

    y = gs.Outcome.of(by_light, classes=list(range(10)), target=9, name="P(9)")
    # A second model of ten classes judges; nobody has to say which of its classes is meant.
    few = Design(each=10, rays=3)
    test = stress_test(
        space, y, items, exceedance=(0.3,), fails="wrong label", referee=gs.Outcome.of(by_light), around=around, design=few, calls=0
    )  # fmt: skip
    assert {case.outcome: case.own_class for case in test.worst} == {"P(2)": "2", "P(7)": "7"}
    for case in test.worst:
        assert f"P({case.own_class}), the probability of its own class, {case.start_y:.4g} ->" in str(case)
        assert case.document()["own_class"] == case.own_class
    of_nine = stress_test(space, y, items, exceedance=(0.3,), around=around, design=few, calls=0)
    assert {case.own_class for case in of_nine.worst} == {""}
    assert not any("own class" in str(case) for case in of_nine.worst)


def test_two_models_that_agree_never_disagree(digits):
    space, items = digits

    def by_balance(images):
        p = 1 / (1 + np.exp(-balance(images) / 20))
        return np.stack([p, 1 - p], 1)

    y = gs.Outcome.of(by_balance, classes=["bright", "dark"], target="dark", name="first")
    twin = gs.Outcome.of(by_balance, classes=["bright", "dark"], target="dark", name="twin")
    test = stress_test(space, y, items, exceedance=(0.1,), fails=Disagree(twin), design=SMALL, calls=300)
    assert not test.scenarios.fails.any()
    assert test.failure_probability.bound.startswith("never found")
    assert test.failure_probability.upper < 0.05
    assert any("No scenario hits the rule" in note for note in test.notes)


def test_a_rule_that_is_always_true_is_told(digits):
    space, items = digits
    test = stress_test(space, balance, items, exceedance=(0.1,), fails="y > -1000", design=SMALL, calls=300)
    assert test.failure_probability.bound.startswith("always true")
    assert any("right way round" in note for note in test.notes)


def test_levels_that_cannot_be_certified_are_refused(digits):
    space, items = digits
    with pytest.raises(CalibrationError, match=r"1 / \(20 n\)"):
        stress_test(space, balance, items, exceedance=(1e-7,))
    with pytest.raises(CalibrationError, match=r"in \(0, 1\]"):
        stress_test(space, balance, items, exceedance=(10,))


def test_impossible_conditions_are_told_before_the_model_is_asked(penguins):
    space, items = penguins
    y = gs.Outcome.of(lambda frame: frame["body_mass_g"].to_numpy(float))
    with pytest.raises(DataError, match="nearest"):
        stress_test(space, y, items, exceedance=(0.1,), where="body_mass_g > 1000000", design=SMALL, calls=0)
    assert y.calls == 0


def test_constraints_hold_in_every_scenario(penguins):
    space, items = penguins
    legal = space.constrained(["body_mass_g between 3000 and 5000", "bill_depth_mm <= bill_length_mm", "sex = female"])
    test = stress_test(
        legal, lambda frame: frame["body_mass_g"].to_numpy(float), items, exceedance=(0.1, 0.01),
        tails=("radial", "up bill_length_mm"),
        where="island == 'Biscoe' and bill_length_mm > 45", fails="y > 4990", around=items.take([3]),
        design=Design(each=40, rays=4, strength=2, bins=3, beyond=12.0), calls=500,
    )  # fmt: skip
    responses = [response.items for response in test.responses]
    modes = [mode.item for mode in test.failure_probability.modes]
    for frame in [test.scenarios.items, *responses, *modes, *[case.item for case in test.worst]]:
        mass = frame["body_mass_g"].dropna()
        assert mass.between(3000, 5000).all()
        both = frame[["bill_depth_mm", "bill_length_mm"]].dropna()
        assert (both["bill_depth_mm"] <= both["bill_length_mm"]).all()
        assert (frame["sex"].dropna() == "female").all()
    assert test.settings["constraints"]
    given = test.scenarios.where(tail="where island == 'Biscoe' and bill_length_mm > 45").items
    assert (given["island"] == "Biscoe").all()
    assert (given["bill_length_mm"] > 45).all()


def test_a_model_that_breaks_on_some_is_told_and_not_dropped(digits):
    space, items = digits

    def fragile(images):
        y = balance(images)
        if (y > 45).any():
            raise ValueError("too bright")
        return y

    y = gs.Outcome.of(fragile, batch=8)
    test = stress_test(space, y, items, exceedance=(0.1,), fails="y < -500", design=Design(each=80, rays=0), calls=0)
    lost = np.isnan(test.scenarios.y)
    assert lost.any()
    assert test.scenarios.fails[lost].all()
    assert any("too bright" in note for note in test.notes)
    assert test.check("errors <= 0")[0].is_broken()


def test_a_model_that_speaks_of_other_classes_is_not_called_wrong(digits):
    space, items = digits
    y = gs.Outcome.of(lambda images: np.tile([0.2, 0.8], (len(images), 1)), classes=["odd", "even"], target="odd")
    with pytest.raises(ConfigurationError, match="the same classes"):
        stress_test(space, y, items, exceedance=(0.1,), fails="wrong label", design=SMALL, calls=0)


def test_two_tests_of_different_targets_are_not_compared(digits):
    space, items = digits

    def run(target):
        y = gs.Outcome.of(lambda images: np.tile([0.2, 0.8], (len(images), 1)), classes=["odd", "even"], target=target)
        return stress_test(space, y, items, exceedance=(0.1,), fails="y < 0.1", design=SMALL, calls=0)

    with pytest.raises(ConfigurationError, match="'odd' and the new one for 'even'"):
        run("even").against(run("odd"))
