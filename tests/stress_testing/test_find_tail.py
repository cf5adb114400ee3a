"""Names become the directions that they say; what is unknown is refused with what is near."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.space.space import Space
from gausscape.stress_testing.find_tail import find_tail
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)


def test_axes_are_ranked_by_what_they_change(space):
    metric = space.population.metrics.mean(0)
    axes = [find_tail(space, f"axis {rank}").direction for rank in (1, 2, 3)]
    changes = [axis @ metric @ axis for axis in axes]
    assert changes == sorted(changes, reverse=True)
    np.testing.assert_allclose(np.abs(np.array(axes) @ np.array(axes).T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(find_tail(space, "minus axis 1").direction, -axes[0], atol=1e-12)
    assert find_tail(space, "axis 1").meaning != find_tail(space, "minus axis 1").meaning


def test_a_feature_rises_up_its_tail_and_falls_down_it(space):
    names, risen = space.population.features.names, 0
    for column in np.flatnonzero(space.population.feature_spread > 0):
        try:
            pair = [find_tail(space, f"{way} {names[column]}") for way in ("up", "down")]
        except ConfigurationError:  # a feature that does not move here
            continue
        codes = [tail.draw(40, 0.1, np.random.default_rng(8)).z for tail in pair]
        up, down = (np.nanmean(space.modality.features(space.codec.cells(z)).values[:, column]) for z in codes)
        assert up > down, names[column]
        risen += 1
    assert risen >= 2


def test_towards_a_label_lie_the_objects_of_that_label(space):
    images = example_items(600, seed=3)
    u = space.aggregate.whiten(space.embed(images).mean)
    data = Items.of(images, labels=np.where(u[:, 0] > 0.5, "right", "left"))
    tail = find_tail(space, "towards right", data)
    coordinate = u @ tail.direction
    assert coordinate[u[:, 0] > 0.5].mean() > coordinate[u[:, 0] <= 0.5].mean() + 0.5
    with pytest.raises(ConfigurationError, match="Did you mean 'right'"):
        find_tail(space, "towards rihgt", data)
    with pytest.raises(ConfigurationError, match="with labels"):
        find_tail(space, "towards right")


@pytest.mark.parametrize("wrong", ["", "sideways", "axis", "axis 0", "axis 9", "up", "up nosuchthing", "towards"])
def test_unknown_names_are_refused(space, wrong):
    with pytest.raises(ConfigurationError):
        find_tail(space, wrong)


def test_near_features_are_named_and_a_tail_is_handed_back(space):
    name = space.population.features.names[0]
    with pytest.raises(ConfigurationError, match="Did you mean"):
        find_tail(space, f"up {name}x")
    tail = find_tail(space, "radial")
    assert find_tail(space, tail) is tail
