"""Laws of the path: its ends, its length, its labels, and what another route gains."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.local_change import Geodesic, Straight, measure_change
from gausscape.local_change.path import walk
from gausscape.space.support import Support


@pytest.mark.parametrize("path", ["straight", "geodesic"])
@pytest.mark.parametrize("steps", [2, 5, 9])
def test_the_path_starts_and_ends_at_the_objects(deep, images, path, steps):
    change = measure_change(deep, images[0], images[1], path=path, steps=steps)
    ends = deep.embed(images[:2]).mean
    np.testing.assert_allclose(change.path.codes[[0, -1]], ends, atol=1e-5)
    assert len(change.path) == len(change.path.pictures) == len(change.path.exceedance) == steps
    assert set(change.path.support) <= {label.value for label in Support}
    assert change.path.route == path


def test_a_straight_path_is_straight_in_whitened_coordinates(space, images):
    codes = measure_change(space, images[0], images[1]).path.codes
    np.testing.assert_allclose(np.diff(space.aggregate.whiten(codes), 2, axis=0), 0, atol=1e-9)


def test_a_geodesic_is_no_longer_than_the_line(space, deep, images):
    for each in (space, deep):
        path = measure_change(each, images[0], images[1], path="geodesic").path
        assert path.length <= path.straight_length * (1 + 1e-3)
        np.testing.assert_allclose(path.straight_length, measure_change(each, images[0], images[1]).length, rtol=1e-5)


def test_the_length_does_not_hang_on_the_steps_that_are_shown(deep, images):
    lengths = [measure_change(deep, images[0], images[1], steps=steps).length for steps in (2, 5, 9, 17)]
    np.testing.assert_allclose(lengths, lengths[0], rtol=0.02)


def test_each_decoder_has_its_own_length(space, deep, images):
    assert len(measure_change(space, images[0], images[1]).path.lengths) == 1
    path = measure_change(deep, images[0], images[1]).path
    assert len(path.lengths) == 2
    assert path.lengths[0] == path.length
    assert path.lengths[0] != path.lengths[1]
    assert "between 2 decoders" in str(path)


def test_a_path_that_leaves_the_data_says_so(linear):
    centre, far = np.zeros(3), np.full(3, 30.0)
    path = walk(linear, Straight(), centre, far, steps=5)
    assert path.leaves_data
    assert path.backed[0]
    assert not path.backed[-1]
    assert "leaves the data" in str(path)
    assert path.document()["leaves_data"]
    assert not walk(linear, Straight(), centre, centre, steps=2).leaves_data


def test_the_route_is_a_name_or_an_object(space, images):
    for route in (Straight(), Geodesic()):
        named = measure_change(space, images[0], images[1], path=route.name)
        np.testing.assert_array_equal(
            measure_change(space, images[0], images[1], path=route).path.codes, named.path.codes
        )
    for wrong in ("shortest", None, 3):
        with pytest.raises(ConfigurationError, match="straight, geodesic"):
            measure_change(space, images[0], images[1], path=wrong)
