"""Laws of moved objects: features go where they were asked, immutable columns stay, and what cannot be reached is said."""

import numpy as np
import pytest

import gausscape
from gausscape.errors import ConfigurationError, ShapeError
from gausscape.modalities.tables.example import example_items
from gausscape.stress_testing.conditions.like import like

PENGUINS = gausscape.load_data("penguins")
SPACE = gausscape.fit(PENGUINS, method="pca", latent=5)
ROW = PENGUINS.values.iloc[[0]]


def test_a_feature_moves_as_far_as_asked_and_what_comes_along_does():
    still, moved = (like(SPACE, ROW, {"body_mass_g": size}, n=100) for size in (0.0, 1.5))
    assert still.length < 1e-9
    assert abs(still.reached["body_mass_g"]) < 1e-9
    assert abs(moved.reached["body_mass_g"] - 1.5) < 0.05
    assert moved.items.body_mass_g.mean() > still.items.body_mass_g.mean() + 800
    # Heavier penguins have longer flippers.
    assert moved.items.flipper_length_mm.mean() > still.items.flipper_length_mm.mean() + 3
    assert len(np.unique(moved.z, axis=0)) == 100
    # At the object itself its own details are kept.
    assert abs(still.items.body_mass_g.mean() - ROW.body_mass_g.item()) < 100


def test_immutable_columns_keep_the_value_of_the_object():
    held = ["island", "sex", "year"]
    moved = like(SPACE, ROW, {"bill_length_mm": 2.0}, n=200, immutable=held)
    for name in held:
        assert (moved.items[name] == ROW[name].item()).all()
    assert set(moved.mended) == {f"{name} == {ROW[name].item()!r}" for name in held}
    assert abs(moved.reached["bill_length_mm"] - 2) < 0.1


def test_several_features_move_at_once_and_levels_by_their_probability():
    moved = like(SPACE, ROW, {"body_mass_g": 1.0, "bill_depth_mm": -0.5})
    assert abs(moved.reached["body_mass_g"] - 1) < 0.05
    assert abs(moved.reached["bill_depth_mm"] + 0.5) < 0.05
    moved = like(SPACE, ROW, {"sex = male": -2.0}, n=50)
    assert abs(moved.reached["sex = male"] + 2) < 0.05
    assert ROW.sex.item() == "male"
    assert (moved.items.sex == "female").mean() > 0.5


def test_a_feature_that_cannot_move_so_far_is_said_to():
    moved = like(SPACE, ROW, {"flipper_length_mm": 20.0})
    assert moved.reached["flipper_length_mm"] < 10
    assert "+20 for flipper_length_mm was asked, but the decoder goes no further" in moved.note
    assert moved.exceedance.probability[0] < 0.05


def test_images_and_trained_tables_move_too():
    digits = gausscape.load_data("digits")
    space = gausscape.fit(digits, method="pca", latent=8)
    moved = like(space, digits.values[0], {"thickness": 1.0}, n=10)
    assert moved.items.shape == (10, 8, 8)
    assert abs(moved.reached["thickness"] - 1) < 0.1
    frame = example_items(400)
    space = gausscape.fit(frame, latent=3, schedule=gausscape.Schedule(steps=80), seed=0)
    moved = like(space, frame.iloc[:1], {"amount": 1.0}, n=30, immutable=["city", "express", "ordered"])
    assert moved.noise.shape[1] > 0
    assert abs(moved.reached["amount"] - 1) < 0.1
    for name in ("city", "express", "ordered"):
        assert (moved.items[name] == frame[name].iloc[0]).all()


@pytest.mark.parametrize(
    ("move", "options", "words"),
    [
        ({"mass": 1.0}, {}, ["'mass'", "body_mass_g"]),
        ({}, {}, ["standard deviations"]),
        ({"year": np.nan}, {}, ["finite"]),
        ({"year": 1.0}, {"immutable": ["isle"]}, ["'isle'", "island"]),
        ({"year": 1.0}, {"immutable": "island"}, ["list"]),
        ({"year": 1.0}, {"n": 0}, ["n of at least 1"]),
    ],
)
def test_what_cannot_be_moved_is_refused_in_words(move, options, words):
    with pytest.raises(ConfigurationError) as refusal:
        like(SPACE, ROW, move, **options)
    assert all(word in str(refusal.value) for word in words), str(refusal.value)


def test_one_object_with_its_immutable_values_is_needed():
    with pytest.raises(ShapeError, match="exactly one"):
        like(SPACE, PENGUINS.values.iloc[:2], {"year": 1.0})
    with pytest.raises(ConfigurationError, match="missing in this object"):
        like(SPACE, PENGUINS.values.iloc[[3]], {"year": 1.0}, immutable=["sex"])
