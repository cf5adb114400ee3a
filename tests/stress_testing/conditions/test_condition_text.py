"""Conditions are judged on the objects themselves, and their distance is 0 exactly where they hold."""

import numpy as np
import pandas
import polars
import pytest

import gausscape
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modalities.tables.example import example_items
from gausscape.stress_testing.conditions.condition_text import parse_condition
from gausscape.stress_testing.maker import Maker

FRAME = example_items(400)
SPACE = gausscape.fit(FRAME, method="pca", latent=4)
PENGUINS = gausscape.load_data("penguins")
LAND = gausscape.fit(PENGUINS, method="pca", latent=4)

TRUTHS = [
    ("amount > 30 and items <= 2", lambda f: (f.amount > 30) & (f["items"] <= 2)),
    ("amount between 10 and 20 or express", lambda f: f.amount.between(10, 20) | f.express),
    ("not (city in ('Graz', 'porto'))", lambda f: ~f.city.isin(["Graz", "Porto"])),
    (
        "ordered >= 2023-09-01 and ordered < '2023-12-24'",
        lambda f: (f.ordered >= "2023-09-01") & (f.ordered < "2023-12-24"),
    ),
    ("rating is missing", lambda f: f.rating.isna()),
    ("not rating > 3", lambda f: f.rating <= 3),
    ("items > rating", lambda f: f["items"] > f.rating),
    ("items not in (1, 2)", lambda f: ~f["items"].isin([1, 2])),
    ("express != True", lambda f: ~f.express),
]


@pytest.mark.parametrize(("text", "truth"), TRUTHS)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_condition_holds_where_the_columns_say_so(text, truth, library):
    condition = parse_condition(text, SPACE)
    values = FRAME if library == "pandas" else polars.from_pandas(FRAME)
    expected = truth(FRAME).to_numpy(dtype=bool)
    assert 0 < expected.mean() < 1
    assert np.array_equal(condition.holds(values), expected)
    violation = condition.violation(values)
    assert (violation >= 0).all()
    assert np.array_equal(violation == 0, expected)


def test_distances_are_standard_deviations_the_farthest_of_and_the_nearest_of_or():
    one, other = (parse_condition(text, SPACE).violation(FRAME) for text in ("amount > 60", "items > 6"))
    spread = FRAME.amount.std(ddof=0)
    assert np.allclose(one, np.maximum(60 - FRAME.amount, 0) / spread, rtol=0.25)
    assert np.allclose(parse_condition("amount > 60 and items > 6", SPACE).violation(FRAME), np.maximum(one, other))
    assert np.allclose(parse_condition("amount > 60 or items > 6", SPACE).violation(FRAME), np.minimum(one, other))


def test_the_distance_from_a_level_vanishes_where_the_object_takes_it():
    rng = np.random.default_rng(0)
    maker = Maker(SPACE)
    z = SPACE.aggregate.unwhiten(1.5 * rng.standard_normal((500, 4)))
    noise = maker.draw_noise(500, rng)
    items, expected = maker.items(z, noise), SPACE.modality.features(SPACE.codec.cells(z))
    for text in ("city == Graz", "city != Graz", "express = yes", "rating is missing"):
        condition = parse_condition(text, SPACE)
        assert condition.asks_chances
        away = condition.violation(items, expected, noise)
        assert np.array_equal(away == 0, condition.holds(items))
        # Graded: it takes many values, not only 0 and 1.
        assert len(np.unique(away)) > 20 or not (away > 0).any()


def test_features_of_images_have_conditions_with_or_without_their_unit():
    images = gausscape.load_data("digits")
    space = gausscape.fit(images, method="pca", latent=6)
    values = images.values[:300]
    cells = space.modality.present(space.modality.to_tensors(values), None)[1]["cells"]
    features = space.modality.features(cells)
    thickness = features.values[:, features.names.index("thickness (pixels)")]
    middle = float(np.median(thickness))
    for name in ("thickness", "`thickness (pixels)`"):
        assert np.array_equal(parse_condition(f"{name} > {middle}", space).holds(values), thickness > middle)


def test_a_label_is_that_of_four_of_the_five_nearest():
    condition = parse_condition("label == Gentoo", LAND, PENGUINS)
    assert condition.intended == "Gentoo"
    assert parse_condition("label != Gentoo", LAND, PENGUINS).intended == ""
    holds = condition.holds(PENGUINS.values)
    codes = LAND.aggregate.whiten(LAND.embed(PENGUINS).mean)
    nearest = np.argsort(np.linalg.norm(codes[:, None] - codes, axis=2), axis=1, kind="stable")[:, :5]
    assert np.array_equal(holds, (np.asarray(PENGUINS.labels)[nearest] == "Gentoo").sum(1) >= 4)
    away = condition.violation(PENGUINS.values)
    assert np.array_equal(away == 0, holds)
    assert len(np.unique(away)) > 100


def test_a_function_is_a_condition_without_grades():
    condition = parse_condition(lambda frame: (frame.amount > 30).to_numpy(), SPACE)
    assert not condition.is_graded
    assert np.array_equal(condition.violation(FRAME) == 0, FRAME.amount > 30)
    assert parse_condition(condition, SPACE) is condition
    for wrong in (lambda frame: 1 / 0, lambda frame: frame.amount.to_numpy(), lambda frame: np.array([True])):
        with pytest.raises(ConfigurationError):
            parse_condition(wrong, SPACE).holds(FRAME)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("amout > 3", ["'amout'", "amount"]),
        ("city == Gratz", ["city", "Gratz", "Graz"]),
        ("city > 3", ["levels"]),
        ("amount == abc", ["'amount'", "number"]),
        ("ordered > 3", ["date"]),
        ("amount > 5 and amount < 3", ["amount > 5", "amount < 3", "exclude"]),
        ("city == Graz and city == Porto", ["exclude"]),
        ("items = 3 and items != 3", ["exclude"]),
        ("rating is missing and rating > 3", ["exclude"]),
        ("label == 7", ["data"]),
        ("amount > ordered", ["Compare"]),
        (7, ["text"]),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(text, words):
    with pytest.raises(ConfigurationError) as refusal:
        parse_condition(text, SPACE)
    assert all(word in str(refusal.value) for word in words), str(refusal.value)


def test_labels_need_labels():
    with pytest.raises(DataError, match="no labels"):
        parse_condition("label == 7", SPACE, Items.of(FRAME))
    with pytest.raises(ConfigurationError, match="Gentoo"):
        parse_condition("class == Gento", LAND, PENGUINS)


def test_a_possible_alternative_makes_a_condition_possible():
    condition = parse_condition("(amount > 5 and amount < 3) or items == 2", SPACE)
    assert np.array_equal(condition.holds(FRAME), pandas.Series(FRAME["items"] == 2))
