"""Each measure is 0 (or half) for equal laws, and follows a known difference."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from gausscape.errors import ConfigurationError, DataError
from gausscape.quality.associations import measure_associations
from gausscape.quality.columns import code_alike
from gausscape.quality.margins import measure_margins
from gausscape.quality.privacy import measure_privacy
from gausscape.quality.two_sample import area_under_curve, measure_two_sample
from gausscape.quality.usefulness import measure_usefulness


def draw(n, seed, *, rho=0.8, shift=0.0):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 3))
    x = z[:, 0] + shift
    y = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    level = np.where(0.9 * y + 0.3 * z[:, 2] > 0, "yes", "no").astype(object)
    return {"x": x, "y": y, "level": level}


def three(n=400, **options):
    return code_alike([draw(n, 1), draw(n, 2), draw(n, 3, **options)])


def test_margins_see_a_shift_and_nothing_else():
    # Two samples of 400 differ by KS .16 with probability 5e-5 for one column; a shift by 1 gives .38.
    found = {margin.name: margin for margin in measure_margins(*three(shift=1.0))}
    assert found["x"].generated > 0.3 > 0.17 > found["y"].generated
    assert found["x"].real < 0.17
    assert (found["x"].measure, found["level"].measure) == ("KS", "TV")


def test_associations_see_a_lost_dependence():
    kept = {kind.measure: kind for kind in measure_associations(*three())}
    lost = {kind.measure: kind for kind in measure_associations(*three(rho=0.0))}
    assert set(kept) == {"Pearson", "Spearman", "correlation ratio"}
    assert lost["Pearson"].generated > 0.6 > 0.15 > kept["Pearson"].generated
    assert lost["Pearson"].real == kept["Pearson"].real


def test_cramers_v_is_one_for_copies_and_small_for_strangers():
    rng = np.random.default_rng(0)
    a, b = (rng.choice(["p", "q", "r"], 500).astype(object) for _ in range(2))
    same, apart = code_alike([{"a": a, "b": a}, {"a": a, "b": b}])
    (kind,) = measure_associations(same, same, apart)
    assert kind.measure == "Cramer's V"
    assert kind.real == 0
    assert kind.generated > 0.8


def test_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 20, 300).astype(float), rng.random(300) < 0.4
    assert area_under_curve(scores, positive)[0] == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


def test_its_standard_error_is_that_of_repetition():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        positive = np.repeat([True, False], 60)
        found.append(area_under_curve(rng.standard_normal(120) + positive, positive))
    areas, errors = np.array(found).T
    assert areas.std() == pytest.approx(errors.mean(), rel=0.25)


def test_a_classifier_tells_a_shift_and_not_two_real_samples():
    for test in measure_two_sample(*three(shift=2.0), seed=0):
        assert test.generated > 0.8
        assert test.lower <= test.generated <= test.upper
        # A standard error of .02: five of them have a false-alarm rate below 1e-6.
        assert abs(test.real - 0.5) < 0.1


def test_only_the_boosting_sees_what_is_not_linear():
    rng = np.random.default_rng(0)
    sets = [{"x": x, "y": np.where(rng.random(600) < 0.5, x, -x)} for x in rng.standard_normal((2, 600))]
    sets.append({"x": rng.standard_normal(600), "y": rng.standard_normal(600)})
    boosting, linear = measure_two_sample(*code_alike(sets), seed=0)
    assert boosting.generated > 0.8
    assert abs(linear.generated - 0.5) < 0.12


@pytest.mark.parametrize(("target", "measure"), [("level", "AUC"), ("y", "R2")])
def test_real_objects_teach_what_noise_cannot(target, measure):
    fitted, held_out, good = three()
    good = measure_usefulness(fitted, held_out, good, target=target, seed=0)
    rows = draw(400, 3)
    rows[target] = np.random.default_rng(4).permutation(rows[target])
    noise = code_alike([draw(400, 1), draw(400, 2), rows])
    bad = measure_usefulness(*noise, target=target, seed=0)
    assert good.measure == measure
    assert abs(good.generated - good.real) < 0.15
    assert bad.generated < good.generated


def test_several_levels_are_scored_by_accuracy():
    x = np.random.default_rng(0).uniform(0, 3, 300)
    sets = [{"x": x, "third": np.array(["a", "b", "c"], object)[x.astype(int)]}] * 3
    found = measure_usefulness(*code_alike(sets), target="third", seed=0)
    assert found.measure == "accuracy"
    assert found.real > 0.95


def test_a_target_that_is_no_column_or_never_varies_is_refused():
    sets = three()
    with pytest.raises(ConfigurationError, match="one of the columns"):
        measure_usefulness(*sets, target="z", seed=0)
    flat = code_alike([{"x": np.arange(30.0), "y": np.zeros(30)}] * 3)
    with pytest.raises(DataError, match="two kinds"):
        measure_usefulness(*flat, target="y", seed=0)


def test_privacy_sees_copies_and_not_fresh_rows():
    fitted, held_out, fresh = three(600)
    found = measure_privacy(fitted, held_out, fresh, seed=0)
    # 600 coin flips: five standard deviations are .1.
    assert abs(found.nearer - 0.5) < 0.11
    assert abs(found.real - 0.5) < 0.16
    assert found.copies == found.real_copies == 0
    leaked = measure_privacy(fitted, held_out, fitted, seed=0)
    assert leaked.copies == 1
    assert leaked.nearer > 0.6
