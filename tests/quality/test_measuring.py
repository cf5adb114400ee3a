"""A report holds the same figures for generated and real objects, prints, and is JSON."""

import json

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.errors import ConfigurationError, DataError
from gausscape.quality import measure_quality, space_quality
from gausscape.space.safe_json import finite


def people(n, seed):
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 12, n).clip(18, 90)
    income = np.exp(0.02 * age + 0.4 * rng.standard_normal(n))
    city = rng.choice(["Graz", "Porto", "Turku"], n, p=[0.5, 0.3, 0.2])
    frame = pd.DataFrame({"age": age, "income": income, "city": city, "rich": np.where(income > 2.5, "yes", "no")})
    frame.loc[rng.random(n) < 0.1, "income"] = np.nan
    return frame


@pytest.fixture(scope="module")
def frame():
    return people(600, 0)


@pytest.fixture(scope="module")
def space(frame):
    return gs.fit(frame, seed=0, schedule=gs.Schedule(steps=60))


def test_a_report_prints_and_is_json(frame):
    report = measure_quality(
        frame[:200], frame[200:400], frame[400:], target="rich", constraints=["age between 30 and 100"], name="people"
    )
    text = str(report)
    for words in (
        "Quality of people",
        "boosting",
        "linear",
        "learning rich",
        "exact copies",
        "missing cells",
        "breaks:",
    ):
        assert words in text
    again = json.loads(json.dumps(finite(report.document()), allow_nan=False))
    assert again["objects"] == {"fitted": 200, "held out": 200, "generated": 200}
    (violation,) = report.violations
    assert violation.generated == pytest.approx((frame[400:].age < 30).mean())
    assert report.missing_error < 0.1


def test_real_rows_are_as_good_as_real_rows(frame):
    report = measure_quality(people(400, 1), people(400, 2), people(400, 3), target="rich")
    # KS of two samples of 400 is .06 on average with a standard deviation of .02.
    assert report.margin_error < 0.15
    assert abs(report.two_sample[0].generated - 0.5) < 0.12
    assert report.association_error < 0.12


def test_shuffled_columns_are_found_out():
    fitted, unseen, made = people(400, 1), people(400, 2), people(400, 3)
    rng = np.random.default_rng(0)
    broken = pd.DataFrame({name: made[name].to_numpy()[rng.permutation(400)] for name in made})
    good, bad = (measure_quality(fitted, unseen, rows, target="rich") for rows in (made, broken))
    assert bad.association_error > 2 * good.association_error
    assert bad.two_sample[0].generated > 0.65
    assert bad.usefulness.generated < good.usefulness.generated
    assert bad.margin_error == pytest.approx(good.margin_error)


def test_equal_seeds_give_equal_reports(frame):
    first, again = (measure_quality(frame[:150], frame[150:300], frame[300:450], seed=3) for _ in range(2))
    assert first == again


def test_a_space_is_judged_on_rows_it_did_not_see(space, frame):
    report = space_quality(space, frame, target="rich", seed=1)
    counts = space.record["counts"]
    assert report.objects["held out"] == counts["calibration"] + counts["audit"]
    assert report.objects["fitted"] == report.objects["generated"] == counts["fit"] + counts["validation"]
    # Ages are cut at 18, so that a fitted row without income can come again by chance.
    assert report.privacy.copies < 0.02


def test_unseen_rows_may_be_given(space, frame):
    report = space_quality(space, frame, people(100, 9), generated=50)
    assert report.objects == {"fitted": 600, "held out": 100, "generated": 50}


def test_breaks_are_those_of_what_is_written_and_mended_rows_are_told_apart(space, frame):
    unseen = people(100, 9)
    # Real rows are counted as they came: one that lies on the end to the last bit breaks nothing.
    least = float(unseen.age.sort_values().iloc[40])
    report = space_quality(space.constrained([f"age between {least!r} and 100"]), frame, unseen)
    (violation,) = report.violations
    assert violation.generated == 0
    assert violation.real == pytest.approx(((unseen.age < least) | (unseen.age > 100)).mean())
    assert report.mended is not None
    assert 0.1 < report.mended < 0.9
    assert "rows mended" in str(report)
    assert report.document()["mended"] == report.mended


def test_a_misspelt_target_is_told_its_near_ones(frame):
    with pytest.raises(ConfigurationError, match="Near ones: rich"):
        measure_quality(frame[:200], frame[200:400], frame[400:], target="rihc")


def test_other_data_than_the_fit_are_refused(space, frame):
    with pytest.raises(DataError, match="600 objects of the fit"):
        space_quality(space, people(600, 5))
    with pytest.raises(DataError, match="600 objects of the fit"):
        space_quality(space, frame[:300])


@pytest.mark.parametrize("generated", [3, True, 2.5])
def test_an_impossible_number_is_refused(space, frame, generated):
    with pytest.raises(ConfigurationError, match="at least 10"):
        space_quality(space, frame, generated=generated)


def test_too_few_objects_and_strange_targets_are_refused(frame):
    with pytest.raises(DataError, match="at least 10 generated objects, but got 4"):
        measure_quality(frame, frame, frame[:4])
    with pytest.raises(ConfigurationError, match="one of the columns"):
        measure_quality(frame, frame, frame, target="nothing")


def test_images_are_judged_by_their_features():
    images = np.random.default_rng(0).uniform(size=(90, 5, 5)).astype("float32")
    report = measure_quality(images[:30], images[30:60], images[60:])
    assert report.margins
    assert report.usefulness is None
