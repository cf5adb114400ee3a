"""What changed and what stayed: planted differences are named, with their sign and size."""

import json

import numpy as np
import pytest

from gausscape.local_change import measure_change
from gausscape.local_change.features import FeatureChange, in_words


def row(name="age", *, size=2.0, observed_size=2.0, noise=0.2, typical=1.0) -> FeatureChange:
    return FeatureChange(name, 10.0, 10.0 + size, size, 11.0, 11.0 + observed_size, observed_size, noise, typical)


def test_a_brighter_object_is_told_as_brighter(space, images):
    dark, bright = np.argsort(images.reshape(len(images), -1).mean(1))[[20, 220]]
    change = measure_change(space, images[dark], images[bright])
    brightness = next(feature for feature in change.features if feature.name.startswith("brightness"))
    assert brightness.change > 0
    assert brightness.size > 1
    assert brightness.observed_change > 0
    assert not brightness.signs_disagree
    assert brightness in change.changed
    np.testing.assert_allclose(brightness.change, brightness.after - brightness.before)


def test_features_are_ranked_and_divided(space, images):
    change = measure_change(space, images[0], images[1])
    sizes = [abs(feature.size) for feature in change.features]
    assert sizes == sorted(sizes, reverse=True)
    assert set(change.changed) | set(change.stayed) == set(change.features)
    assert not set(change.changed) & set(change.stayed)


def test_columns_of_a_table_are_told_in_their_own_units(table_space, rows):
    low, high = rows["amount"].argsort().to_numpy()[[2, -3]]
    change = measure_change(table_space, rows.iloc[[low]], rows.iloc[[high]])
    amount = next(feature for feature in change.features if feature.name == "amount")
    np.testing.assert_allclose(amount.observed_before, rows["amount"].iloc[low], rtol=0.02)
    np.testing.assert_allclose(amount.observed_after, rows["amount"].iloc[high], rtol=0.02)
    assert amount.change > 0
    assert change.difference is None
    assert change.observed_difference is None


def test_what_a_row_lacks_is_not_made_up(table_space, rows):
    lacks = rows[rows["rating"].isna()].index[0]
    has = rows[rows["rating"].notna()].index[0]
    change = measure_change(table_space, rows.loc[[lacks]], rows.loc[[has]])
    rating = next(feature for feature in change.features if feature.name == "rating")
    assert np.isnan(rating.observed_before)
    assert np.isfinite([rating.before, rating.after, rating.observed_after]).all()
    assert rating.document()["observed_before"] is None
    assert not rating.signs_disagree


def test_the_difference_of_two_pictures_has_a_sign(space, images):
    change = measure_change(space, images[0], images[1])
    np.testing.assert_allclose(change.observed_difference, (images[1].astype(float) - images[0]) / 255, atol=1e-6)
    seen = space.reconstruct(images[:2]).astype(float) / 255
    np.testing.assert_allclose(change.difference, seen[1] - seen[0], atol=2 / 255)


def test_a_disagreement_of_sign_is_told():
    assert row(observed_size=-1.0).signs_disagree
    assert not row(observed_size=-0.1).signs_disagree
    assert not row(observed_size=float("nan")).signs_disagree
    assert "the other way round: age" in in_words([row(observed_size=-1.0)])
    assert "other way" not in in_words([row()])


@pytest.mark.parametrize(("size", "noise", "stayed"), [(0.05, 0.0, True), (0.5, 0.6, True), (-0.5, 0.2, False)])
def test_what_noise_can_do_is_no_change(size, noise, stayed):
    assert row(size=size, noise=noise).stayed == stayed


def test_the_words_name_both_what_changed_and_what_stayed():
    words = in_words([row(f"f{i}", size=5.0 - i) for i in range(5)] + [row("still", size=0.0)])
    assert "f0 +5.0 sd (10 to 15, observed 11 to 13)" in words
    assert "observed" not in in_words([row(observed_size=float("nan"))])
    assert "and 2 more" in words
    assert "What stayed: still." in words
    flags = [row("flag", size=0.0, typical=0.0), row("weight", size=0.05, typical=0.9)]
    assert "What stayed: weight; flag." in in_words([row(), *flags])
    assert in_words([row(size=0.0)]) == "No feature changed by more than noise."


def test_what_a_blank_image_lacks_is_neither_moved_nor_stayed(space, images):
    change = measure_change(space, images[0], np.zeros_like(images[0]))
    assert "nan" not in str(change)
    json.dumps(change.document(), allow_nan=False)
    unknown = row(size=float("nan"))
    assert not unknown.moved
    assert not unknown.stayed
    assert not unknown.signs_disagree
