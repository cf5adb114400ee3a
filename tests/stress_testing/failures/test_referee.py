"""Referees name what they are sure of, and nothing else."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.outcome import Outcome
from gausscape.stress_testing.failures.referee import CheckReferee, ModelReferee, NeighbourReferee, find_referee
from gausscape.training.fitting import fit

CLASSES = ("cat", "dog")


@pytest.fixture(scope="module")
def images():
    return example_items(400, seed=2)


@pytest.fixture(scope="module")
def space(images):
    return fit(images, latent=2, method="pca")


@pytest.fixture(scope="module")
def halves(space, images):
    """The sign of the first whitened axis: a class that the latent space knows exactly."""
    return np.where(space.aggregate.whiten(space.embed(images).mean)[:, 0] > 0, "right", "left")


def test_neighbours_name_the_class_around_an_object_and_are_silent_at_the_border(space, images, halves):
    referee = NeighbourReferee(space, Items.of(images, labels=halves))
    fresh = example_items(200, seed=3)
    position = space.aggregate.whiten(space.embed(fresh).mean)[:, 0]
    judged = referee.judge(fresh)
    far = np.abs(position) > 0.7
    assert (judged[far] == np.where(position > 0, "right", "left")[far]).mean() > 0.95
    sure, right = referee.reliability
    assert 0.7 < sure <= 1
    assert right > 0.9
    torn = NeighbourReferee(
        space, Items.of(images, labels=np.random.default_rng(0).choice(["a", "b", "c"], len(images)))
    )
    assert torn.reliability[0] < 0.4


def test_objects_without_a_label_have_no_vote(space, images, halves):
    some = halves.astype(object)
    some[:200] = None
    assert "200 labelled" in NeighbourReferee(space, Items.of(images, labels=some)).words


def test_neighbours_need_labels_and_enough_of_them(space, images):
    with pytest.raises(DataError, match="no labels"):
        NeighbourReferee(space, Items.of(images))
    with pytest.raises(DataError, match="more than 5"):
        NeighbourReferee(space, Items.of(images[:5], labels=np.arange(5)))


def test_numbers_name_classes_as_text_does(space, images):
    judged = NeighbourReferee(space, Items.of(images, labels=np.full(len(images), 7.0))).judge(images[:3])
    assert judged.tolist() == ["7"] * 3


def test_a_model_is_sure_from_its_least_probability_on():
    y = Outcome.of(lambda x: np.stack([x, 1 - x], 1), classes=CLASSES, target="cat")
    x = np.array([0.85, 0.6, 0.15, 0.81])
    assert ModelReferee(y).judge(x).tolist() == ["cat", "", "dog", "cat"]
    assert ModelReferee(y, least=0.5).judge(x).tolist() == ["cat", "cat", "dog", "cat"]
    assert ModelReferee(y).numbers(x) == pytest.approx(x)
    assert ModelReferee(y).judge(x[:0]).shape == (0,)


def test_a_model_that_breaks_or_gives_numbers_names_nothing():
    broken = Outcome.of(lambda x: np.stack([x, np.where(x > 0.8, np.nan, 1 - x)], 1), classes=CLASSES, target="cat")
    assert ModelReferee(broken).judge(np.array([0.1, 0.9])).tolist() == ["dog", ""]
    number = ModelReferee(Outcome.of(lambda x: 3 * x))
    assert number.judge(np.array([1.0])).tolist() == [""]
    assert number.numbers(np.array([1.0])).tolist() == [3.0]


def test_a_model_of_many_classes_needs_no_target_to_name_them():
    x = np.linspace(0, 9, 10)
    sure = ModelReferee(lambda x: np.eye(10)[np.rint(x).astype(int)])
    assert sure.judge(x).tolist() == [str(k) for k in range(10)]
    assert np.isnan(sure.numbers(x)).all()
    assert sure.outcome.calls == 10
    labels = ModelReferee(lambda x: np.array(["cat", "dog", "owl"])[x.astype(int) % 3])
    assert labels.judge(x[:3]).tolist() == ["cat", "dog", "owl"]
    assert np.isnan(labels.numbers(x[:3])).all()
    # The same model with a target answers with numbers as ever, and asked for y itself still wants one.
    assert ModelReferee(sure.outcome.with_target(9)).numbers(x).tolist() == [0.0] * 9 + [1.0]
    with pytest.raises(ConfigurationError, match="target=9"):
        sure.outcome(x)


def test_a_check_gives_labels_or_numbers_one_each():
    assert CheckReferee(lambda x: [None, "a"]).judge(np.zeros(2)).tolist() == ["", "a"]
    assert np.isnan(CheckReferee(lambda x: ["a", "b"]).numbers(np.zeros(2))).all()
    assert CheckReferee(lambda x: 2 * x).numbers(np.ones(2)).tolist() == [2, 2]
    with pytest.raises(ShapeError, match="one label or number for each of 2"):
        CheckReferee(lambda x: ["a"]).judge(np.zeros(2))
    with pytest.raises(ShapeError, match="one label or number"):
        CheckReferee(lambda x: 3).judge(np.zeros(2))


def test_what_can_be_a_referee():
    assert isinstance(find_referee(Outcome.of(lambda x: x)), ModelReferee)
    assert isinstance(find_referee(lambda x: x), CheckReferee)
    check = CheckReferee(lambda x: x)
    assert find_referee(check) is check
    with pytest.raises(ConfigurationError, match="but a int came"):
        find_referee(3)
